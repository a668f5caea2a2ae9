//! One red scenario in full: why, what was found, what went over the wire, and how to reproduce it.

use std::fmt::Write;

use crate::model::{Evaluation, Finding, Outcome, Timestamp, Verdict};
use crate::report::evidence;
use crate::report::prose::{reason, run_command};

use super::escape::{NAME, SENTENCE, beginning, code, element, fence, inline, link, names};
use super::view::{View, moment};

/// The most findings of one scenario.
const FINDINGS: usize = 8;

/// Folded, with what a reader sees before unfolding it.
pub(super) fn folded(view: &View<'_>, outcome: &Outcome) -> String {
    let card = &outcome.scenario;
    let cause = outcome.cause().map(|cause| format!(" {cause}")).unwrap_or_default();
    let critical = if card.critical { ", critical" } else { "" };
    format!(
        "<details>\n<summary>{}{cause}{critical}: {} {}</summary>\n\n{}\n</details>\n",
        outcome.verdict.name(),
        element(&card.id, NAME),
        element(&card.title, SENTENCE),
        details(view, outcome)
    )
}

/// Everything of it.
pub(super) fn details(view: &View<'_>, outcome: &Outcome) -> String {
    let mut out = facts(view, outcome);
    out.push_str(&findings(outcome));
    if outcome.verdict != Verdict::Blocked {
        let mut evidence = String::new();
        evidence::evidence(outcome, &mut evidence);
        if !evidence.trim().is_empty() {
            let lines: Vec<&str> = evidence
                .trim_matches('\n')
                .lines()
                .map(|line| line.strip_prefix("  ").unwrap_or(line))
                .collect();
            let _ = write!(out, "\n{}", fence(&lines.join("\n"), "text"));
        }
    }
    let _ = write!(out, "\n{}", fence(&again(view, outcome), "sh"));
    out
}

fn facts(view: &View<'_>, outcome: &Outcome) -> String {
    let card = &outcome.scenario;
    let mut out = String::new();
    let mut say = |name: &str, text: Option<String>| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            let _ = writeln!(out, "- {name}: {text}");
        }
    };
    say("why", reason(outcome).map(|why| inline(&why, 2 * SENTENCE)));
    say("meaning", outcome.cause().map(|cause| cause.meaning().to_owned()));
    let at =
        view.address(&card.component).map(|at| format!(" at {}", code(at, SENTENCE))).unwrap_or_default();
    say(
        "component",
        Some(format!("{}{at}; owner: {}", code(&card.component, NAME), super::view::team(card.owner))),
    );
    say("ran", outcome.started.map(|started| timing(started, outcome)));
    if outcome.verdict == Verdict::Blocked {
        return out;
    }
    say("stopped early", outcome.stopped_early.as_deref().map(|why| inline(why, SENTENCE)));
    say("critical", card.critical.then(|| "its failure alone rejects the fix".to_owned()));
    say("needs", (!card.needs.is_empty()).then(|| names(&card.needs, 10)));
    say("remedy", card.remedy.as_deref().map(|text| inline(text, 1000)));
    say("runbook", card.runbook.as_deref().map(link));
    say("required by", card.source.as_deref().map(|text| inline(text, SENTENCE)));
    say("written in", Some(code(&card.place.to_string(), SENTENCE)));
    for note in outcome.notes.iter().take(4) {
        say("note", Some(inline(note, SENTENCE)));
    }
    out
}

/// When, for how long, and how often.
fn timing(started: Timestamp, outcome: &Outcome) -> String {
    let took = crate::model::Value::Duration(outcome.took);
    let samples = &outcome.samples;
    let met = samples.iter().filter(|sample| sample.met).count();
    let planned = outcome.planned_samples.map(|planned| format!(" of {planned} planned")).unwrap_or_default();
    match samples.len() {
        0 | 1 => format!("{}, took {took}", moment(started)),
        taken => format!("{}, took {took}; {met} of {taken} samples met{planned}", moment(started)),
    }
}

/// What failed, what is inconclusive, and what warns.
fn findings(outcome: &Outcome) -> String {
    let tells = |finding: &&Finding| !matches!(finding.evaluation, Evaluation::Pass);
    let mut out = String::new();
    let all: Vec<&Finding> = outcome.findings.iter().filter(tells).collect();
    for finding in all.iter().take(FINDINGS) {
        let kind = if finding.warns() { "warning" } else { "expected" };
        let step = finding
            .expectation
            .step
            .as_ref()
            .map(|step| format!(" (step {})", code(step, NAME)))
            .unwrap_or_default();
        let _ = writeln!(
            out,
            "- {kind}{step}: {}; seen: {}",
            code(&finding.expectation.to_string(), SENTENCE),
            code(&finding.seen_text(), SENTENCE)
        );
    }
    let more = all.len().saturating_sub(FINDINGS);
    if more > 0 {
        let _ = writeln!(out, "- and {more} more, in `report.json`");
    }
    out
}

/// How to run it again, with the harness and by hand.
fn again(view: &View<'_>, outcome: &Outcome) -> String {
    let card = &outcome.scenario;
    let mut lines = vec![run_command(&view.report.provenance, &[&card.id])];
    if !card.reproduce.is_empty() && outcome.verdict != Verdict::Blocked {
        lines.push("# reproduce by hand:".to_owned());
        lines.push(beginning(&card.reproduce.join("\n"), 24, 3000));
    }
    lines.join("\n")
}
