//! A proof by mutation, for a terminal, in the words of mutation testing.

use std::collections::BTreeMap;

use fixproof::report::prose::{SENTENCE, plural};
use fixproof::report::sanitize::one_line;
use fixproof::report::style::{Paint, Style, painted};

use super::headline::headline;
use crate::mutation::{FalseAlarm, FieldStanding, MissingKill, MutatedAnswer, MutatedField, MutationProof};
use crate::{Proof, ProofResult};

/// How long a name may be.
const NAME: usize = 160;
/// How many names of scenarios stand in one line.
const SCENARIOS: usize = 6;
/// The header that most answers have and few suites look at.
const CONTENT_TYPE: &str = "header.content-type";

/// Everything a reader wants at the end of a proof.
pub(super) fn mutation_summary(proof: &Proof, mutation: &MutationProof, quiet: bool, style: Style) -> String {
    let mut out = Lines { text: String::new(), style };
    if !mutation.unhealthy.is_empty() {
        out.text.push_str("with nothing changed, these scenarios did not pass:\n");
        for red in &mutation.unhealthy {
            let detail = one_line(&red.detail, SENTENCE);
            out.text.push_str(&format!("  {}: {detail}\n", one_line(&red.scenario, NAME)));
        }
    }
    if !quiet && proof.result != ProofResult::Interrupted {
        uncovered(mutation, &mut out.text);
    }
    if !quiet {
        suppressed(mutation, &mut out.text);
    }
    for (standing, word) in
        [(FieldStanding::PartiallyKilled, "partially killed"), (FieldStanding::Survived, "survived")]
    {
        for (answer, field) in mutation.of_standing(standing) {
            out.bad(word, &survivor(answer, field));
        }
    }
    mutation.false_alarms.iter().for_each(|alarm| out.bad("false alarm", &false_alarm(alarm)));
    mutation.missing_kills.iter().for_each(|missing| out.bad("missing kill", &missing_kill(missing)));
    for unused in &mutation.unused_suppressions {
        let [place, answer, field] =
            [&unused.place, &unused.answer, &unused.field].map(|t| one_line(t, NAME));
        let detail = one_line(&unused.detail, SENTENCE);
        out.bad("unused suppression", &format!("{place}: {answer} {field} {}: {detail}", unused.change));
    }
    let of = |standing| mutation.of_standing(standing).count();
    let (uncovered, suppressed) = (of(FieldStanding::Uncovered), of(FieldStanding::Suppressed));
    let suppressed = if suppressed == 0 { String::new() } else { format!(", {suppressed} suppressed") };
    out.text.push_str(&format!(
        "mutations: {} killed; fields read: {} killed in every way{suppressed}; {uncovered} field{} uncovered\n",
        mutation.mutations,
        mutation.fields,
        plural(uncovered)
    ));
    let (word, paint) = headline(proof);
    let rest = verdict(proof, mutation);
    out.text.push_str(&format!("{}: {rest}\n", painted(word, paint, style.colour)));
    out.text
}

/// Lines of text, and how they are drawn.
struct Lines {
    text: String,
    style: Style,
}

impl Lines {
    /// A line about something that fails the proof.
    fn bad(&mut self, word: &str, rest: &str) {
        let word = painted(word, Paint::Red, self.style.colour);
        self.text.push_str(&format!("{word} {rest}\n"));
    }
}

/// Allowed survivors, with the reasons.
fn suppressed(mutation: &MutationProof, out: &mut String) {
    for (answer, field) in mutation.of_standing(FieldStanding::Suppressed) {
        for suppressed in &field.suppressed {
            let [answer, name] = [&answer.answer, &field.field].map(|text| one_line(text, NAME));
            let why = one_line(&suppressed.why, SENTENCE);
            out.push_str(&format!("suppressed {answer} {name} {}: {why}\n", suppressed.change));
        }
    }
}

/// `breakers fails by backend GET /health $ another type, which it does not read: status is 503`
fn false_alarm(alarm: &FalseAlarm) -> String {
    let first = alarm.mutations.first().map(|name| one_line(name, NAME)).unwrap_or_default();
    let more = match alarm.mutations.len().saturating_sub(1) {
        0 => String::new(),
        more => format!(" with {more} more"),
    };
    let (scenario, detail) = (one_line(&alarm.scenario, NAME), one_line(&alarm.detail, SENTENCE));
    format!("{scenario} fails by {first}{more}, which it does not read: {detail}")
}

/// `controls/fields.toml:4:21: health must kill backend GET /health $.status dropped: it still passes`
fn missing_kill(missing: &MissingKill) -> String {
    let [place, scenario, answer, field] =
        [&missing.place, &missing.scenario, &missing.answer, &missing.field].map(|text| one_line(text, NAME));
    let changes = missing.changes.join(", ");
    let changes = if changes.is_empty() { changes } else { format!(" {changes}") };
    let detail = one_line(&missing.detail, SENTENCE);
    format!("{place}: {scenario} must kill {answer} {field}{changes}: {detail}")
}

/// `backend GET /health $.version: read by startup-probe; survived: another type, another value`
fn survivor(answer: &MutatedAnswer, field: &MutatedField) -> String {
    let [answer, name] = [&answer.answer, &field.field].map(|text| one_line(text, NAME));
    let mut line = format!("{answer} {name}: read by {}", names(&field.readers));
    let is_suppressed = |change: &str| field.suppressed.iter().any(|one| one.change == change);
    let survived: Vec<&str> =
        field.survived.iter().filter(|change| !is_suppressed(change)).copied().collect();
    if !survived.is_empty() {
        line.push_str(&format!("; survived: {}", survived.join(", ")));
    }
    if field.standing == FieldStanding::PartiallyKilled && !field.blind.is_empty() {
        line.push_str(&format!("; no kill by {}", names(&field.blind)));
    }
    line
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

/// The fields that no scenario reads, by their answers. Of one within another only the outer one is named.
fn uncovered(mutation: &MutationProof, out: &mut String) {
    let (mut by_answer, mut types) = (BTreeMap::new(), 0);
    for (answer, field) in mutation.of_standing(FieldStanding::Uncovered) {
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
    out.push_str("uncovered: fields that no scenario is known to read\n");
    for (name, (answer, fields)) in by_answer {
        let list = match answer.asked_by.is_empty() {
            true => format!("no scenario requests it ({} fields)", fields.len()),
            false => outermost(&fields).join(", "),
        };
        out.push_str(&format!("  {}: {list}\n", one_line(name, NAME)));
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

/// What follows the word.
fn verdict(proof: &Proof, mutation: &MutationProof) -> String {
    match proof.result {
        ProofResult::Proved if proof.partial => {
            "every tried change of a field that is read is killed, without a false alarm; the rest was not tried"
                .to_owned()
        }
        ProofResult::Proved => match mutation.of_standing(FieldStanding::Suppressed).count() {
            0 => "every change of a field that is read is killed, without a false alarm".to_owned(),
            n => format!(
                "every change of a field that is read is killed or suppressed ({n} field{}), without a false alarm",
                plural(n)
            ),
        },
        ProofResult::NotProved | ProofResult::NothingJudged => shortcomings(mutation),
        ProofResult::Unhealthy => {
            "scenarios failed with nothing changed, so a failure after a change proves nothing".to_owned()
        }
        ProofResult::Interrupted => "an incomplete proof proves nothing".to_owned(),
    }
}

/// `2 fields partially killed, 1 field survived, 0 false alarms, 1 missing kill`
fn shortcomings(mutation: &MutationProof) -> String {
    let of = |standing| mutation.of_standing(standing).count();
    let counted = |count: usize, what: &str, rest: &str| format!("{count} {what}{}{rest}", plural(count));
    let mut all = vec![
        counted(of(FieldStanding::PartiallyKilled), "field", " partially killed"),
        counted(of(FieldStanding::Survived), "field", " survived"),
        counted(mutation.false_alarms.len(), "false alarm", ""),
    ];
    for (count, what) in [
        (mutation.missing_kills.len(), "missing kill"),
        (mutation.unused_suppressions.len(), "unused suppression"),
    ] {
        all.extend((count > 0).then(|| counted(count, what, "")));
    }
    all.join(", ")
}
