//! The report as workflow commands of GitHub Actions: an annotation at the line of each scenario that is red, folded
//! causes first, and the verdict last.
//!
//! GitHub shows ten annotations of a level and step and silently drops the others, so no more are written, and the
//! verdict says how many are missing. Blocked scenarios are listed under their cause and have no annotation.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Finding, FoldedCause, Judgement, Outcome, Place, Report, Verdict};
use crate::report::format::{Format, FormatError, FormatOptions, Rendered};
use crate::report::prose;
use crate::report::prose::{SENTENCE, is_red};
use crate::report::sanitize::{cut, one_line};

/// The format.
pub(super) struct Github;

/// How many annotations of one level GitHub shows of a step.
const SHOWN: usize = 10;
/// How many characters of a message are kept. Escaped, none has more than four bytes, below the 64 KiB
/// that GitHub takes.
const MESSAGE: usize = 15_000;
/// The most broken expectations of one scenario.
const FINDINGS: usize = 5;
/// How many scenarios are named in one list.
const NAMES: usize = 20;
/// The most reasons against the fix in the verdict.
const REASONS: usize = 10;

impl Format for Github {
    fn name(&self) -> &'static str {
        "github"
    }

    fn summary(&self) -> &'static str {
        "annotations for GitHub Actions; `run` prints them by itself there"
    }

    fn file_name(&self) -> &'static str {
        "github.txt"
    }

    fn render(&self, report: &Report, _: &FormatOptions) -> Result<Vec<Rendered>, FormatError> {
        let (reds, warnings) = (reds(report), warnings(report));
        // A failure the gate tolerates is no error of the step.
        let tolerates = report.decision.judgement == Judgement::Approved;
        let errors = if tolerates { Vec::new() } else { reds.iter().take(SHOWN).collect() };
        let tolerated: Vec<_> = if tolerates { reds.iter().take(SHOWN).collect() } else { Vec::new() };
        let room = SHOWN - tolerated.len();
        let mut out = String::new();
        errors.iter().for_each(|(outcome, cause)| out.push_str(&red("error", outcome, *cause)));
        tolerated.iter().for_each(|(outcome, cause)| out.push_str(&red("warning", outcome, *cause)));
        for (outcome, finding) in warnings.iter().take(room) {
            let title = format!("warning in {}", one_line(&outcome.scenario.id, 120));
            out.push_str(&command("warning", Some(finding.expectation.place()), &title, &broken(finding)));
        }
        let left_out = [reds.len().saturating_sub(SHOWN), warnings.len().saturating_sub(room)];
        out.push_str(&decided(report, left_out));
        Ok(vec![Rendered { part: None, bytes: out.into_bytes() }])
    }
}

/// Every scenario that has an annotation: one of each folded cause, then the others, critical ones first.
fn reds(report: &Report) -> Vec<(&Outcome, Option<&FoldedCause>)> {
    let own = |outcome: &&Outcome| is_red(outcome.verdict) && outcome.verdict != Verdict::Blocked;
    let of: BTreeMap<&str, &Outcome> =
        report.outcomes.iter().filter(own).map(|outcome| (&*outcome.scenario.id, outcome)).collect();
    let (mut annotated, mut seen) = (Vec::new(), BTreeSet::new());
    for cause in &report.causes {
        let members = || cause.seen_by.iter().filter_map(|id| of.get(&**id).copied());
        let first = members().find(|outcome| outcome.scenario.critical).or(members().next());
        if let Some(first) = first.filter(|first| seen.insert(&*first.scenario.id)) {
            annotated.push((first, Some(cause)));
        }
    }
    let mut others: Vec<&Outcome> =
        report.outcomes.iter().filter(own).filter(|outcome| !seen.contains(&*outcome.scenario.id)).collect();
    others.sort_by_key(|outcome| !outcome.scenario.critical);
    annotated.extend(others.into_iter().map(|outcome| (outcome, None)));
    annotated
}

/// Every broken expectation that is only to be seen.
fn warnings(report: &Report) -> Vec<(&Outcome, &Finding)> {
    let of = |outcome| prose::warnings(outcome).map(move |finding| (outcome, finding));
    report.outcomes.iter().flat_map(of).collect()
}

/// The annotation of one scenario, at the first expectation that broke.
fn red(level: &str, outcome: &Outcome, cause: Option<&FoldedCause>) -> String {
    let card = &outcome.scenario;
    let breaking = || outcome.findings.iter().filter(|finding| finding.breaks());
    let place = breaking().next().map_or(&card.place, |finding| finding.expectation.place());
    let what = outcome.cause().map(|cause| format!("[{cause}]")).unwrap_or_default();
    let critical = if card.critical { " (critical)" } else { "" };
    let title = format!("{}{what} {}{critical}", outcome.verdict.name(), one_line(&card.id, 120));
    let mut message = format!("{}\n", one_line(&card.title, SENTENCE));
    let mut say = |name: &str, text: Option<String>| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            message.push_str(&format!("{name}: {text}\n"));
        }
    };
    say("why", prose::reason(outcome));
    for finding in breaking().take(FINDINGS) {
        say("broken", Some(broken(finding)));
    }
    if let Some(cause) = cause {
        let others: Vec<_> = cause.seen_by.iter().filter(|id| **id != card.id).collect();
        say("also seen by", listed(&others));
        say("effects", listed(&cause.effects));
    }
    say("owner", card.owner.map(|owner| owner.name().to_owned()));
    say("remedy", card.remedy.as_deref().map(|text| one_line(text, 2000)));
    say("runbook", card.runbook.as_deref().map(|text| one_line(text, SENTENCE)));
    command(level, Some(place), &title, &message)
}

fn broken(finding: &Finding) -> String {
    let step = finding
        .expectation
        .step
        .as_ref()
        .map(|step| format!("step {}, ", one_line(step, 80)))
        .unwrap_or_default();
    let (expectation, seen) =
        (one_line(&finding.expectation.to_string(), SENTENCE), one_line(&finding.seen_text(), SENTENCE));
    format!("{step}{expectation}: saw {seen}")
}

fn listed<T: AsRef<str>>(ids: &[T]) -> Option<String> {
    (!ids.is_empty()).then(|| format!("{} ({})", prose::names(ids, NAMES), ids.len()))
}

/// The last annotation: the word, the numbers, the reasons, and what is not shown.
fn decided(report: &Report, [reds, warnings]: [usize; 2]) -> String {
    let verdict = prose::verdict_line(report);
    let mut message = format!("{verdict}\n{}\n", prose::pass_rate(report));
    message.push_str(&format!("{}\n", prose::tally(&report.tally)));
    for notice in [prose::simulated_notice(report), prose::replay_notice(report)].into_iter().flatten() {
        message.push_str(&format!("{notice}\n"));
    }
    let rejections = prose::rejections(report);
    for rejection in rejections.iter().take(REASONS) {
        message.push_str(&format!("{rejection}\n"));
    }
    if rejections.len() > REASONS {
        message.push_str(&format!("and {} more reasons\n", rejections.len() - REASONS));
    }
    let blocked = report.tally.blocked;
    if blocked > 0 {
        message.push_str(&format!("{blocked} blocked: listed under what they need\n"));
    }
    for (count, what) in [(reds, "red scenario"), (warnings, "warning")] {
        if count > 0 {
            let ending = prose::plural(count);
            message.push_str(&format!(
                "{count} {what}{ending} not annotated (GitHub shows {SHOWN} of a level): see the report\n"
            ));
        }
    }
    command("notice", None, &format!("fixproof: {}", verdict.word), &message)
}

/// One workflow command: any text in it stays one line and one command.
fn command(level: &str, place: Option<&Place>, title: &str, message: &str) -> String {
    let place = place.map(|place| {
        let file = property(&one_line(&place.file, SENTENCE));
        format!("file={file},line={},col={},", place.line.max(1), place.column.max(1))
    });
    let message = data(cut(message.trim_end(), MESSAGE));
    format!("::{level} {}title={}::{message}\n", place.unwrap_or_default(), property(title))
}

/// A command's text, escaped as GitHub reads it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a command's property, which ends at a comma or a colon.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escaped_message_is_never_longer_than_github_takes() {
        assert!(data(cut(&"%".repeat(1 << 20), MESSAGE)).len() < 64 << 10);
        assert!(data(cut(&"\u{1f4a5}".repeat(1 << 20), MESSAGE)).len() < 64 << 10);
    }
}
