//! Everything about one scenario that is not green.

use crate::model::Outcome;
use crate::report::evidence::evidence;
use crate::report::prose::{SENTENCE, headline, is_inconclusive, reason};
use crate::report::sanitize::one_line;
use crate::report::style::{Style, painted};

use super::frame;
use super::line::paint;

/// How many findings are shown in frames.
const FINDINGS: usize = 10;

/// Everything about one red scenario: why, findings, evidence, remedy.
#[must_use]
pub fn failure(outcome: &Outcome, style: Style) -> String {
    let head = painted(&headline(outcome), paint(outcome.verdict), style.colour);
    let mut out = format!("{head}\n  --> {}\n", one_line(&outcome.scenario.place.to_string(), SENTENCE));
    explain(outcome, &mut out);
    let shown = outcome.findings.iter().filter(|f| f.breaks() || is_inconclusive(f) || f.warns());
    let more = shown.clone().count().saturating_sub(FINDINGS);
    for finding in shown.take(FINDINGS) {
        out.push('\n');
        out.push_str(&frame::finding(finding, style));
        out.push('\n');
    }
    if more > 0 {
        out.push_str(&format!("  and {more} more; all of them are in the JSON report\n"));
    }
    evidence(outcome, &mut out);
    advice(outcome, &mut out);
    out
}

/// Why, how often, and where it stopped.
fn explain(outcome: &Outcome, out: &mut String) {
    if outcome.scenario.critical {
        out.push_str("  critical: its failure alone rejects the fix\n");
    }
    if let Some(reason) = reason(outcome) {
        out.push_str(&format!("  why: {reason}\n"));
    }
    if let Some(cause) = outcome.cause() {
        out.push_str(&format!("  meaning: {}\n", cause.meaning()));
    }
    let taken = outcome.samples.len();
    if taken > 1 || outcome.planned_samples.is_some_and(|planned| planned > 1) {
        let met = outcome.samples.iter().filter(|sample| sample.met).count();
        let planned =
            outcome.planned_samples.map(|planned| format!(" of {planned} planned")).unwrap_or_default();
        out.push_str(&format!("  samples: {met} met of {taken} taken{planned}\n"));
    }
    if let Some(why) = &outcome.stopped_early {
        out.push_str(&format!("  stopped early: {}\n", one_line(why, SENTENCE)));
    }
    for note in outcome.notes.iter().take(FINDINGS) {
        out.push_str(&format!("  note: {}\n", one_line(note, SENTENCE)));
    }
}

/// What the scenario's author says.
fn advice(outcome: &Outcome, out: &mut String) {
    let card = &outcome.scenario;
    let mut say = |name: &str, text: Option<String>| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            out.push_str(&format!("  {name}: {text}\n"));
        }
    };
    say("owner", card.owner.map(|owner| owner.name().to_owned()));
    say("remedy", card.remedy.as_deref().map(|text| one_line(text, 2000)));
    say("runbook", card.runbook.as_deref().map(|text| one_line(text, SENTENCE)));
    say("required by", card.source.as_deref().map(|text| one_line(text, SENTENCE)));
}
