//! What went over the wire: which sample and which attempt show it, and their lines.

use crate::model::{Attempt, Finding, Outcome, Phase, Sample, Value};

use super::prose::{SENTENCE, plural};
use super::sanitize::one_line;

/// How much of one line of evidence is shown.
const EVIDENCE: usize = 200;
/// How many lines of what was sent, and of what came back, are shown.
pub const LINES: (usize, usize) = (12, 24);

/// What went over the wire in that sample.
pub fn evidence(outcome: &Outcome, out: &mut String) {
    let Some((index, sample)) = outcome.deciding() else { return };
    if telling(sample).is_some() {
        out.push('\n');
        sample_evidence(outcome, index, out);
    }
}

/// What went over the wire in one sample.
pub fn sample_evidence(outcome: &Outcome, index: usize, out: &mut String) {
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
pub fn telling(sample: &Sample) -> Option<&Attempt> {
    let attempts = &sample.attempts;
    let broken = |attempt: &&Attempt| {
        attempt.observation.obstacle.is_some() || attempt.findings.iter().any(Finding::breaks)
    };
    attempts.iter().find(broken).or(attempts.last())
}
