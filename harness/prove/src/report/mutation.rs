//! What mutations prove, for a reader on a terminal and as JSON.

use std::collections::BTreeMap;

use fixproof::report::prose::{SENTENCE, plural};
use fixproof::report::sanitize::one_line;
use fixproof::report::style::{Paint, Style, painted};

use super::headline::headline;
use crate::mutation::{FieldStanding, MutatedAnswer, MutatedField, MutationProof};
use crate::{Proof, ProofResult};

/// How long a name may be.
const NAME: usize = 160;
/// How many names of scenarios stand in one line.
const SCENARIOS: usize = 6;
/// The header that most answers have and few suites look at.
const CONTENT_TYPE: &str = "header.content-type";

/// Everything a reader wants at the end.
pub(super) fn mutation_summary(proof: &Proof, mutation: &MutationProof, quiet: bool, style: Style) -> String {
    let mut out = String::new();
    if !mutation.unhealthy.is_empty() {
        out.push_str("with nothing changed, not everything is green:\n");
        for red in &mutation.unhealthy {
            let detail = one_line(&red.detail, SENTENCE);
            out.push_str(&format!("  {}: {detail}\n", one_line(&red.scenario, NAME)));
        }
    }
    if !quiet && proof.result != ProofResult::Interrupted {
        holes(mutation, &mut out);
    }
    if !quiet {
        accepted(mutation, &mut out);
    }
    for (standing, word) in [(FieldStanding::Weak, "weak "), (FieldStanding::Blind, "blind")] {
        for (answer, field) in mutation.of_standing(standing) {
            let word = painted(word, Paint::Red, style.colour);
            out.push_str(&format!("{word} {}\n", shortcoming(answer, field)));
        }
    }
    strays(mutation, &mut out, style);
    missed(mutation, &mut out, style);
    needless(mutation, &mut out, style);
    let of = |standing| mutation.of_standing(standing).count();
    let (holes, accepted) = (of(FieldStanding::Unread), of(FieldStanding::Accepted));
    let accepted = if accepted == 0 { String::new() } else { format!(", {accepted} accepted as it is") };
    out.push_str(&format!(
        "mutations: noticed {}; fields read: {} noticed in every way{accepted}; {holes} field{} that no scenario reads\n",
        mutation.mutations,
        mutation.fields,
        plural(holes)
    ));
    let (word, paint) = headline(proof);
    let rest = verdict(proof, mutation);
    out.push_str(&format!("{}: {rest}\n", painted(word, paint, style.colour)));
    out
}

/// What goes unnoticed and may, with the reasons.
fn accepted(proof: &MutationProof, out: &mut String) {
    for (answer, field) in proof.of_standing(FieldStanding::Accepted) {
        for accepted in &field.accepted {
            out.push_str(&format!(
                "accepted {} {} {}: {}\n",
                one_line(&answer.answer, NAME),
                one_line(&field.field, NAME),
                with(accepted.change),
                one_line(&accepted.why, SENTENCE)
            ));
        }
    }
}

/// Who turns red by what it does not read.
fn strays(proof: &MutationProof, out: &mut String, style: Style) {
    for stray in &proof.strays {
        let word = painted("stray", Paint::Red, style.colour);
        let first = stray.mutations.first().map(|name| one_line(name, NAME)).unwrap_or_default();
        let more = match stray.mutations.len().saturating_sub(1) {
            0 => String::new(),
            more => format!(" and {more} more together"),
        };
        out.push_str(&format!(
            "{word} {} does not read {first}{more}, and is not green beside it: {}\n",
            one_line(&stray.scenario, NAME),
            one_line(&stray.detail, SENTENCE)
        ));
    }
}

/// Who does not notice what the suite's files say that they must.
fn missed(proof: &MutationProof, out: &mut String, style: Style) {
    for missed in &proof.missed {
        let changes: Vec<String> = missed.changes.iter().map(|change| with(change)).collect();
        let changes = if changes.is_empty() { String::new() } else { format!(" {}", changes.join(" or ")) };
        out.push_str(&format!(
            "{} {}: {} must notice {} {}{changes}, and does not: {}\n",
            painted("missed", Paint::Red, style.colour),
            one_line(&missed.place, NAME),
            one_line(&missed.scenario, NAME),
            one_line(&missed.answer, NAME),
            one_line(&missed.field, NAME),
            one_line(&missed.detail, SENTENCE)
        ));
    }
}

/// Acceptances that must go.
fn needless(proof: &MutationProof, out: &mut String, style: Style) {
    for needless in &proof.needless {
        out.push_str(&format!(
            "{} {}: it accepts {} {} {}, but {}\n",
            painted("needless", Paint::Red, style.colour),
            one_line(&needless.place, NAME),
            one_line(&needless.answer, NAME),
            one_line(&needless.field, NAME),
            with(needless.change),
            one_line(&needless.detail, SENTENCE)
        ));
    }
}

/// `backend GET /health $.version: startup-probe reads it, and nothing notices: another type, another value`
fn shortcoming(answer: &MutatedAnswer, field: &MutatedField) -> String {
    let verb = if field.readers.len() == 1 { "reads" } else { "read" };
    let mut why = Vec::new();
    if !field.unnoticed.is_empty() {
        let accepted = |change: &str| field.accepted.iter().any(|accepted| accepted.change == change);
        let told = field.unnoticed.iter().filter(|change| !accepted(change));
        let told: Vec<String> = told.map(|change| with(change)).collect();
        if !told.is_empty() {
            why.push(format!("no scenario notices it {}", told.join(" or ")));
        }
    }
    if field.standing == FieldStanding::Weak && !field.blind.is_empty() {
        why.push(format!("{} never notices it", names(&field.blind)));
    }
    let why = why.join("; ");
    format!(
        "{} {}: {} {verb} it, and {why}",
        one_line(&answer.answer, NAME),
        one_line(&field.field, NAME),
        names(&field.readers)
    )
}

/// `with another type`
fn with(change: &str) -> String {
    change.replace("another", "with another")
}

fn names(scenarios: &[std::sync::Arc<str>]) -> String {
    let mut all: Vec<String> = scenarios.iter().take(SCENARIOS).map(|id| one_line(id, NAME)).collect();
    if scenarios.len() > SCENARIOS {
        all.push(format!("{} more", scenarios.len() - SCENARIOS));
    }
    match all.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }
}

/// The fields that nobody reads, by their answers. Of one within another only the outer one is named.
fn holes(proof: &MutationProof, out: &mut String) {
    let (mut by_answer, mut types) = (BTreeMap::new(), 0);
    for (answer, field) in proof.of_standing(FieldStanding::Unread) {
        if field.field == CONTENT_TYPE && !answer.asked_by.is_empty() {
            types += 1;
            continue;
        }
        let (_, fields) = by_answer.entry(&answer.answer).or_insert_with(|| (answer, Vec::new()));
        fields.push(field.field.as_str());
    }
    if by_answer.is_empty() && types == 0 {
        return;
    }
    out.push_str("holes: what no scenario is known to read\n");
    for (name, (answer, fields)) in by_answer {
        let told = if answer.asked_by.is_empty() {
            format!("no scenario asks for it ({} fields)", fields.len())
        } else {
            outermost(&fields).join(", ")
        };
        out.push_str(&format!("  {}: {told}\n", one_line(name, NAME)));
    }
    if types > 0 {
        out.push_str(&format!("  {CONTENT_TYPE} of {types} answer{}\n", plural(types)));
    }
}

fn outermost(fields: &[&str]) -> Vec<String> {
    let within =
        |field: &str, above: &str| field.strip_prefix(above).is_some_and(|rest| rest.starts_with(['.', '[']));
    let outer = fields.iter().filter(|field| !fields.iter().any(|above| within(field, above)));
    let named = |field: &&str| {
        let inner = fields.iter().filter(|other| within(other, field)).count();
        let name = one_line(field, NAME);
        if inner == 0 { name } else { format!("{name} and the {inner} in it") }
    };
    outer.map(named).collect()
}

fn verdict(proof: &Proof, mutation: &MutationProof) -> String {
    match proof.result {
        ProofResult::Proved if proof.partial => {
            "what the filter left is noticed by exactly those who read it; the rest was not tried".to_owned()
        }
        ProofResult::Proved => match mutation.of_standing(FieldStanding::Accepted).count() {
            0 => "every field that is read is noticed by exactly those who read it".to_owned(),
            n => format!(
                "every field that is read is noticed by exactly those who read it, but for {n} whose reasons stand in controls/"
            ),
        },
        ProofResult::NotProved | ProofResult::NothingJudged => shortcomings(mutation),
        ProofResult::Unhealthy => {
            "where nothing is changed not everything is green, so a red beside a change proves nothing"
                .to_owned()
        }
        ProofResult::Interrupted => "what was tried so far proves nothing".to_owned(),
    }
}

fn shortcomings(mutation: &MutationProof) -> String {
    let of = |standing| mutation.of_standing(standing).count();
    let (weak, blind) = (of(FieldStanding::Weak), of(FieldStanding::Blind));
    format!(
        "of {weak} field{} only some changes are noticed, of {blind} none, {} stray{}{}",
        plural(weak),
        match mutation.strays.len() {
            1 => "1 scenario is".to_owned(),
            n => format!("{n} are"),
        },
        match mutation.missed.len() {
            0 => String::new(),
            1 => ", 1 field is missed by who must notice it".to_owned(),
            n => format!(", {n} fields are missed by who must notice them"),
        },
        match mutation.needless.len() {
            0 => String::new(),
            1 => ", and 1 acceptance must go".to_owned(),
            n => format!(", and {n} acceptances must go"),
        }
    )
}

#[cfg(test)]
mod tests;
