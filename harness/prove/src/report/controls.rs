//! A proof by controls, for a terminal.

use fixproof::model::Counted;
use fixproof::report::prose::{SENTENCE, plural};
use fixproof::report::sanitize::one_line;
use fixproof::report::style::{Paint, Style, painted};

use super::headline::headline;
use crate::controls::{Blind, Cell, ControlOutcome, ControlProof, ControlResult, Row, Tried};
use crate::{Proof, ProofResult};

/// The sign of a mark in a table, and what it means.
pub(super) fn sign(mark: ControlResult) -> (&'static str, &'static str) {
    match mark {
        ControlResult::Red => ("R", "failed for its reason"),
        ControlResult::Blocked => ("b", "blocked by one of the failed"),
        ControlResult::Green => ("·", "passed"),
        ControlResult::Unclaimed => ("u", "nothing is claimed of it"),
        ControlResult::Skipped => ("s", "skipped by its author"),
        ControlResult::StayedGreen => ("G!", "passed, and had to fail"),
        ControlResult::OtherVerdict => ("V!", "another verdict than it had to have"),
        ControlResult::OtherCause => ("C!", "failed for another reason"),
        ControlResult::OtherWords => ("W!", "failed with another message"),
        ControlResult::NotGreen => ("R!", "did not pass, and had to"),
        ControlResult::NotBlocked => ("B!", "not blocked, and had to be"),
        ControlResult::BlockedByAnother => ("b!", "blocked by another"),
        ControlResult::NeverAsked => ("?!", "named, and did not run"),
    }
}

/// The rows of scenarios that ran beside a fault: a narrowed proof does not run all of them.
pub(super) fn asked_rows(proof: &ControlProof) -> Vec<&Row> {
    proof.matrix.iter().filter(|row| row.marks.iter().any(Option::is_some)).collect()
}

/// One line for a control that is over: `held        database-refused`.
#[must_use]
pub fn control_line(control: &ControlOutcome, style: Style) -> String {
    let (word, paint) = if control.held() { ("held", Paint::Green) } else { ("misbehaved", Paint::Red) };
    let word = painted(&format!("{word:<12}"), paint, style.colour);
    let deviations: Vec<String> = control.deviations().take(3).map(|cell| seen(cell, 80)).collect();
    let more = control.deviations().count().saturating_sub(deviations.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{word}  {}  {}{more}", one_line(&control.fault, 120), deviations.join("; "))
        .trim_end()
        .to_owned()
}

/// Everything a reader wants at the end of a proof.
pub(super) fn control_summary(proof: &Proof, controls: &ControlProof, quiet: bool, style: Style) -> String {
    let mut out = String::new();
    if !quiet {
        counts(proof, controls, &mut out);
    }
    if !controls.healthy.held() {
        out.push_str("positive control failed: without a fault these scenarios did not pass:\n");
        let deviations = controls.healthy.deviations();
        deviations.for_each(|cell| out.push_str(&format!("  {}\n", seen(cell, SENTENCE))));
    }
    for blind in &controls.blind {
        write_blind(blind, style, &mut out);
    }
    for control in controls.misbehaved() {
        misbehaved(control, style, &mut out);
    }
    if !quiet {
        for control in &controls.outcomes {
            if let Some(why) = &control.again {
                let fault = one_line(&control.fault, 120);
                let why = one_line(why, SENTENCE);
                out.push_str(&format!("note: {fault} was run once more, alone: {why}\n"));
            }
        }
        depth(controls, &mut out);
    }
    out.push_str(&format!("sensitivity {}, specificity {}\n", controls.sensitivity, controls.specificity));
    let (word, paint) = headline(proof);
    let rest = verdict(proof, controls);
    out.push_str(&format!("{}: {rest}\n", painted(word, paint, style.colour)));
    out
}

fn counts(proof: &Proof, controls: &ControlProof, out: &mut String) {
    let healthy = &controls.healthy.cells;
    let green = healthy.iter().filter(|cell| cell.mark == ControlResult::Green).count();
    let faults = controls.outcomes.len();
    let cells = controls.outcomes.iter().map(|control| control.cells.len()).sum::<usize>();
    let jobs = proof.provenance.simulation.map_or(1, |simulation| simulation.jobs);
    out.push_str(&format!(
        "without a fault: {green} of {} passed; beside {faults} fault{}: {cells} run, {jobs} at a time\n",
        healthy.len(),
        plural(faults),
    ));
}

/// How many expectations were seen to break: a scenario turns red by one of many.
fn depth(controls: &ControlProof, out: &mut String) {
    let Counted { seen, of } = controls.expectations;
    if of > seen {
        out.push_str(&format!(
            "expectations: {seen} of {of} failed beside a fault; the other {} are listed in the proof, and `fixproof prove --mutate` tries the fields they read\n",
            of - seen
        ));
    }
}

fn write_blind(blind: &Blind, style: Style, out: &mut String) {
    let word = painted("blind", Paint::Red, style.colour);
    out.push_str(&format!(
        "{word} {}: {}\n",
        one_line(&blind.scenario, 120),
        one_line(&blind.title, SENTENCE)
    ));
    if blind.tried.is_empty() {
        out.push_str("  no control expects it to fail\n");
    }
    for Tried { fault, expected, mark } in &blind.tried {
        let came = match mark.held() {
            true => "was",
            false => mark.name(),
        };
        out.push_str(&format!(
            "  {}: must be {}: {came}\n",
            one_line(fault, 120),
            one_line(&expected.to_string(), SENTENCE)
        ));
    }
}

fn misbehaved(control: &ControlOutcome, style: Style, out: &mut String) {
    let word = painted("misbehaved", Paint::Red, style.colour);
    out.push_str(&format!(
        "{word} {}: {}\n",
        one_line(&control.fault, 120),
        one_line(&control.why, SENTENCE)
    ));
    if let Some(place) = &control.place {
        out.push_str(&format!("  --> {}\n", one_line(&place.to_string(), SENTENCE)));
    }
    if let Some(gate) = control.gate.as_ref().filter(|gate| !gate.held) {
        out.push_str(&format!("  the gate must reject it; {}\n", one_line(&gate.seen, SENTENCE)));
    }
    for cell in control.deviations() {
        out.push_str(&format!("  {}\n", seen(cell, SENTENCE)));
    }
}

/// `login: must be passed, was failed connect/refused: 127.0.0.1:1 refused`
fn seen(cell: &Cell, limit: usize) -> String {
    let cause = cell.cause.as_ref().map(|cause| format!(" {cause}")).unwrap_or_default();
    let detail = match cell.detail.as_str() {
        "" => String::new(),
        detail => format!(": {}", one_line(detail, limit)),
    };
    let expected = one_line(&cell.expected.to_string(), limit);
    format!(
        "{}: must be {expected}, was {}{cause}{detail}",
        one_line(&cell.scenario, 120),
        cell.verdict.name()
    )
}

/// What follows the word.
pub(super) fn verdict(proof: &Proof, controls: &ControlProof) -> String {
    match proof.result {
        ProofResult::Proved if proof.partial => {
            "every control that the filter left is as expected; the rest was not tried".to_owned()
        }
        ProofResult::Proved => format!(
            "each of {} scenarios fails for its expected reason, and no other scenario fails beside it",
            controls.sensitivity.of
        ),
        ProofResult::NotProved | ProofResult::NothingJudged => shortcomings(controls),
        ProofResult::Unhealthy => {
            "scenarios fail without a fault, so a failure beside a fault proves nothing".to_owned()
        }
        ProofResult::Interrupted => "an incomplete proof proves nothing".to_owned(),
    }
}

fn shortcomings(controls: &ControlProof) -> String {
    let blind = match controls.blind.len() {
        0 => None,
        1 => Some("1 scenario is blind".to_owned()),
        n => Some(format!("{n} scenarios are blind")),
    };
    let misbehaved = match controls.misbehaved().count() {
        0 => None,
        1 => Some("1 control misbehaves".to_owned()),
        n => Some(format!("{n} controls misbehave")),
    };
    [blind, misbehaved].into_iter().flatten().collect::<Vec<_>>().join(", ")
}
