//! The report for a reader on a terminal: complete without colour, everything from a target made harmless and bounded.

use crate::model::{Attempt, Finding, Outcome, Phase, Reason, Sample, Undecided, Value, Verdict};

use super::harmless::{Paint, one_line, painted};
use super::{Style, frame};

pub use super::summary::summary;
pub use super::verdict::verdict;

/// How much of one sentence is shown.
pub(super) const SENTENCE: usize = 400;
/// How much of one line of evidence is shown.
const EVIDENCE: usize = 200;
/// How many lines of what was sent, and of what came back, are shown.
pub(super) const LINES: (usize, usize) = (12, 24);
/// How many findings are shown in frames.
const FINDINGS: usize = 10;

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Only what is red, and the verdict.
    Quiet,
    /// A line for each scenario, and everything about the red ones.
    Normal,
    /// And what was seen where it is green.
    Verbose,
}

impl Detail {
    /// What the two switches mean together.
    #[must_use]
    pub fn of(quiet: bool, verbose: bool) -> Detail {
        match (quiet, verbose) {
            (true, _) => Detail::Quiet,
            (false, true) => Detail::Verbose,
            (false, false) => Detail::Normal,
        }
    }
}

/// The colour of a verdict.
fn paint(verdict: Verdict) -> Paint {
    match verdict {
        Verdict::Passed => Paint::Green,
        Verdict::Skipped => Paint::Dim,
        Verdict::Inconclusive | Verdict::Blocked => Paint::Yellow,
        Verdict::Failed | Verdict::Errored => Paint::Red,
    }
}

/// Is it judged and not green?
pub(super) fn is_red(verdict: Verdict) -> bool {
    verdict.is_judged() && verdict != Verdict::Passed
}

/// One line: `passed        backend-health  1.2s`; a red one with its reason.
#[must_use]
pub fn scenario_line(outcome: &Outcome, style: Style) -> String {
    let word = painted(&format!("{:<12}", outcome.verdict.name()), paint(outcome.verdict), style.colour);
    let mut line = format!("{word}  {}", one_line(&outcome.scenario.id, 120));
    if outcome.started.is_some() {
        line.push_str("  ");
        line.push_str(&Value::Duration(outcome.took).to_string());
    }
    if outcome.scenario.critical && is_red(outcome.verdict) {
        line.push_str("  critical");
    }
    if let Some(reason) = reason(outcome) {
        line.push_str("  ");
        line.push_str(&reason);
    }
    let warnings = warnings(outcome).count();
    if warnings > 0 {
        line.push_str(&format!("  ({warnings} warning{})", plural(warnings)));
    }
    line
}

/// Why it is not green, on one line.
pub(super) fn reason(outcome: &Outcome) -> Option<String> {
    match &outcome.grounds {
        Reason::Passed => None,
        Reason::Failed { cause, detail } if detail.is_empty() => {
            Some(format!("{cause}: {}", cause.meaning()))
        }
        Reason::Failed { cause, detail } => Some(format!("{cause}: {}", one_line(detail, SENTENCE))),
        Reason::Blocked { by } => {
            let verb = if by.len() == 1 { "is" } else { "are" };
            Some(format!("needs {}, which {verb} red", names(by, 6)))
        }
        Reason::Inconclusive(why) => Some(undecided(why)),
        Reason::Skipped { reason } => Some(one_line(reason, SENTENCE)),
    }
}

/// Why it can't be told, and what to do about it.
fn undecided(why: &Undecided) -> String {
    match why {
        Undecided::TooFewSamples { need: Some(_), .. } => format!("{why}: raise the `count` of its sample"),
        Undecided::TooFewSamples { need: None, .. } => {
            format!("{why}: lower its confidence or mend what was missed")
        }
        Undecided::Deadline => format!("{why}: raise --deadline"),
        Undecided::Interrupted => format!("{why}: run it again"),
        Undecided::Truncated { .. } => format!("{why}: raise the limit, or narrow what is asked for"),
        Undecided::NotRecorded { .. } => {
            format!("{}: run it against the target", one_line(&why.to_string(), SENTENCE))
        }
        Undecided::SickHost { .. } => {
            format!(
                "{}: mend the host the harness runs on, or take another, and run it again",
                one_line(&why.to_string(), SENTENCE)
            )
        }
        Undecided::HarnessLate { .. } => format!("{why}: run it on a quieter machine, or lower --parallel"),
    }
}

/// At most so many names, and how many more there are.
pub(super) fn names<T: AsRef<str>>(all: &[T], most: usize) -> String {
    let shown: Vec<String> = all.iter().take(most).map(|name| one_line(name.as_ref(), 120)).collect();
    match all.len().saturating_sub(most) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The ending of a counted word.
pub(super) fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

pub(super) fn warnings(outcome: &Outcome) -> impl Iterator<Item = &Finding> {
    outcome.findings.iter().filter(|finding| finding.warns())
}

/// `failed[layer/reason] id: title`
pub(super) fn headline(outcome: &Outcome) -> String {
    let card = &outcome.scenario;
    let cause = outcome.cause().map(|cause| format!("[{cause}]")).unwrap_or_default();
    let title = one_line(&card.title, SENTENCE);
    format!("{}{cause} {}: {title}", outcome.verdict.name(), one_line(&card.id, 120))
}

/// Everything a reader needs who was woken by this scenario.
#[must_use]
pub fn failure(outcome: &Outcome, style: Style) -> String {
    let head = painted(&headline(outcome), paint(outcome.verdict), style.colour);
    let mut out = format!("{head}\n  --> {}\n", one_line(&outcome.scenario.place.to_string(), SENTENCE));
    explain(outcome, &mut out);
    let shown = outcome.findings.iter().filter(|f| f.breaks() || cannot_tell(f) || f.warns());
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

pub(super) fn cannot_tell(finding: &Finding) -> bool {
    matches!(finding.held, crate::model::Evaluation::Inconclusive(_))
}

/// Why, how often, and where it stopped.
fn explain(outcome: &Outcome, out: &mut String) {
    if outcome.scenario.critical {
        out.push_str("  critical: red here rejects the fix, whatever the percentage\n");
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

/// The sample that decided, with its index: the last that was not met, or the last.
pub(super) fn decided(outcome: &Outcome) -> Option<(usize, &Sample)> {
    let samples = &outcome.samples;
    let decided = samples.iter().rposition(|sample| !sample.met).or(samples.len().checked_sub(1))?;
    Some((decided, samples.get(decided)?))
}

/// What went over the wire in that sample.
pub(super) fn evidence(outcome: &Outcome, out: &mut String) {
    let Some((index, sample)) = decided(outcome) else { return };
    if telling(sample).is_some() {
        out.push('\n');
        sample_evidence(outcome, index, out);
    }
}

/// What went over the wire in one sample.
pub(super) fn sample_evidence(outcome: &Outcome, index: usize, out: &mut String) {
    let Some(sample) = outcome.samples.get(index) else { return };
    let Some(attempt) = telling(sample) else { return };
    let observation = &attempt.observation;
    let step = attempt.step.as_ref().map(|step| format!(", step {}", one_line(step, 80))).unwrap_or_default();
    let (number, of) = (index + 1, outcome.samples.len());
    let probe = one_line(&attempt.probe, 80);
    out.push_str(&format!("  evidence (sample {number} of {of}{step}, {probe} probe):\n"));
    let lines = |mark: &str, lines: &[String], most: usize, out: &mut String| {
        let split = || lines.iter().flat_map(|line| line.lines());
        for line in split().take(most) {
            out.push_str(&format!("    {mark} {}\n", one_line(line, EVIDENCE)));
        }
        let more = split().count().saturating_sub(most);
        if more > 0 {
            out.push_str(&format!("    {mark} … {more} more line{}\n", plural(more)));
        }
    };
    lines(">", &observation.transcript.sent, LINES.0, out);
    lines("<", &observation.transcript.received, LINES.1, out);
    if let Some(obstacle) = &observation.obstacle {
        out.push_str(&format!("    ! {}: {}\n", obstacle.cause, one_line(&obstacle.detail, SENTENCE)));
    }
    if !observation.phases.is_empty() {
        let phases: Vec<String> = observation.phases.iter().map(phase).collect();
        out.push_str(&format!("    timeline: {}\n", phases.join(", ")));
    }
}

fn phase(phase: &Phase) -> String {
    let cut = if phase.complete { "" } else { " (cut off)" };
    format!("{} {}{cut}", one_line(&phase.name, 80), Value::Duration(phase.took))
}

/// The attempt that tells most: the one with an obstacle, or with a broken promise, or the last.
pub(super) fn telling(sample: &Sample) -> Option<&Attempt> {
    let attempts = &sample.attempts;
    let broken = |attempt: &&Attempt| {
        attempt.observation.obstacle.is_some() || attempt.findings.iter().any(Finding::breaks)
    };
    attempts.iter().find(broken).or(attempts.last())
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
    say("demanded by", card.source.as_deref().map(|text| one_line(text, SENTENCE)));
}
