//! The summary at the end of a run: components, causes, what is red in full, warnings, and the verdict.

use crate::model::{FoldedCause, Outcome, Report, Tally, Value, Verdict};
use crate::report::prose::{
    self, SENTENCE, Tone, VerdictLine, host_numbers, host_warnings, is_red, names, pass_rate, plural,
    proof_mention, rejections, replay_notice, simulated_notice, tally, verdict_line,
};
use crate::report::sanitize::one_line;
use crate::report::style::{Paint, Style, painted};

use super::{Detail, failure, frame, scenario_line};

/// How many of the slowest scenarios are named.
const SLOWEST: usize = 5;
/// The most names in one list.
const NAMES: usize = 20;

/// The summary of a run.
#[must_use]
pub fn summary(report: &Report, detail: Detail, style: Style) -> String {
    let mut out = String::new();
    if detail == Detail::Quiet {
        for outcome in report.outcomes.iter().filter(|outcome| is_red(outcome.verdict)) {
            out.push_str(&scenario_line(outcome, style));
            out.push('\n');
        }
        out.push_str(&verdict(report, style));
        return out;
    }
    components(report, detail, style, &mut out);
    // A blocked scenario has its line above and its cause below.
    for outcome in report.outcomes.iter().filter(|outcome| is_shown_in_full(outcome)) {
        out.push_str(&failure(outcome, style));
        out.push('\n');
    }
    warnings(report, style, &mut out);
    causes(&report.causes, style, &mut out);
    slowest(&report.outcomes, &mut out);
    notes(report, &mut out);
    out.push_str(&format!("proof: {}\n", proof_mention(&report.provenance)));
    let check = &report.provenance.self_check;
    let warnings = host_warnings(check);
    if warnings.is_empty() {
        out.push_str(&format!("host: {}\n", host_numbers(check)));
    }
    for warning in warnings {
        out.push_str(&format!("warning: host: {warning}\n"));
    }
    out.push('\n');
    out.push_str(&verdict(report, style));
    out
}

fn is_shown_in_full(outcome: &Outcome) -> bool {
    is_red(outcome.verdict) && outcome.verdict != Verdict::Blocked
}

fn heading(text: &str, style: Style) -> String {
    painted(text, Paint::Bold, style.colour)
}

fn components(report: &Report, detail: Detail, style: Style, out: &mut String) {
    let mut grouped: std::collections::BTreeMap<&str, Vec<&Outcome>> = std::collections::BTreeMap::new();
    for outcome in &report.outcomes {
        grouped.entry(&outcome.scenario.component).or_default().push(outcome);
    }
    for component in &report.components {
        let Some(outcomes) = grouped.remove(&*component.component) else { continue };
        group(&one_line(&component.component, 120), &component.tally, &outcomes, detail, style, out);
    }
    // A report names every component; a component missing there is counted here.
    for (name, outcomes) in grouped {
        let mut counted = Tally::default();
        outcomes.iter().for_each(|outcome| counted.add(outcome.verdict));
        group(&one_line(name, 120), &counted, &outcomes, detail, style, out);
    }
}

fn group(name: &str, counted: &Tally, outcomes: &[&Outcome], detail: Detail, style: Style, out: &mut String) {
    out.push_str(&format!("{} {}\n", heading(&format!("{name}:"), style), tally(counted)));
    for outcome in outcomes {
        out.push_str(&format!("  {}\n", scenario_line(outcome, style)));
        if detail == Detail::Verbose && outcome.verdict == Verdict::Passed {
            for finding in &outcome.findings {
                let (what, seen) =
                    (one_line(&finding.expectation.to_string(), 120), one_line(&finding.seen_text(), 120));
                out.push_str(&format!("      {what}: saw {seen}\n"));
            }
        }
    }
    out.push('\n');
}

/// Warnings of scenarios that are not shown in full above.
fn warnings(report: &Report, style: Style, out: &mut String) {
    for outcome in report.outcomes.iter().filter(|outcome| !is_red(outcome.verdict)) {
        for finding in prose::warnings(outcome) {
            out.push_str(&format!(
                "warning in {}:\n{}\n\n",
                one_line(&outcome.scenario.id, 120),
                frame::finding(finding, style)
            ));
        }
    }
}

fn causes(causes: &[FoldedCause], style: Style, out: &mut String) {
    for cause in causes {
        let effects = match cause.effects.len() {
            0 => String::new(),
            count => format!(", {count} effect{}", plural(count)),
        };
        let what = cause.cause.map_or_else(|| "inconclusive".to_owned(), |cause| cause.to_string());
        let component = one_line(&cause.component, 120);
        let detail = one_line(&cause.detail, SENTENCE);
        out.push_str(&format!(
            "{} {component} {what}: {detail}\n",
            heading(&format!("1 cause{effects}:"), style)
        ));
        let mut list = |name: &str, all: &[std::sync::Arc<str>]| {
            if !all.is_empty() {
                out.push_str(&format!("  {name}: {}\n", names(all, NAMES)));
            }
        };
        list("seen by", &cause.seen_by);
        list("effects", &cause.effects);
        list("dependents", &cause.dependents);
    }
}

fn slowest(outcomes: &[Outcome], out: &mut String) {
    let mut asked: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.started.is_some()).collect();
    if asked.len() < 2 {
        return;
    }
    asked.sort_by_key(|outcome| std::cmp::Reverse(outcome.took));
    let named: Vec<String> = asked
        .iter()
        .take(SLOWEST)
        .map(|outcome| format!("{} {}", one_line(&outcome.scenario.id, 120), Value::Duration(outcome.took)))
        .collect();
    out.push_str(&format!("slowest: {}\n", named.join(", ")));
}

fn notes(report: &Report, out: &mut String) {
    for note in &report.provenance.notes {
        out.push_str(&format!("note: {}\n", one_line(note, SENTENCE)));
    }
    for outcome in report.outcomes.iter().filter(|outcome| !is_red(outcome.verdict)) {
        for note in &outcome.notes {
            out.push_str(&format!(
                "note: {}: {}\n",
                one_line(&outcome.scenario.id, 120),
                one_line(note, SENTENCE)
            ));
        }
    }
}

/// The end of a summary: notices, the tally, the verdict and the reasons for it.
#[must_use]
pub fn verdict(report: &Report, style: Style) -> String {
    let mut out = String::new();
    for notice in [simulated_notice(report), replay_notice(report)].into_iter().flatten() {
        out.push_str(&painted(&notice, Paint::Yellow, style.colour));
        out.push('\n');
    }
    out.push_str(&format!("{}\n{}\n", tally(&report.tally), pass_rate(report)));
    let VerdictLine { word, meaning, tone } = verdict_line(report);
    let paint = match tone {
        Tone::Good => Paint::Green,
        Tone::Open => Paint::Yellow,
        Tone::Bad => Paint::Red,
    };
    out.push_str(&format!("{}: {meaning}\n", painted(word, paint, style.colour)));
    for rejection in rejections(report) {
        out.push_str(&format!("  {rejection}\n"));
    }
    if report.decision.partial {
        for narrowing in &report.provenance.narrowing {
            let count = narrowing.left_out;
            let ending = plural(usize::try_from(count).unwrap_or(usize::MAX));
            out.push_str(&format!("  {} left out {count} scenario{ending}\n", one_line(&narrowing.by, 200)));
        }
    }
    out
}
