//! The unmet samples of a scenario with several, in JUnit's terms: a pass with unmet samples has
//! a `flakyFailure` for each, a red scenario a `rerunFailure` or `rerunError` for each but the one its own body tells.

use crate::model::{Attempt, Evaluation, Finding, Outcome, Sample, Value, Verdict};
use crate::report::evidence;
use crate::report::prose::SENTENCE;
use crate::report::sanitize::one_line;

/// How many of them one case has.
const A_CASE: usize = 20;
/// How many all cases of a file have together, as long as each that has some has one.
const A_FILE: usize = 4_000;
/// How many findings one of them tells.
const FINDINGS: usize = 3;

/// One sample that was not met.
pub(super) struct Rerun {
    /// `layer/reason`, or `inconclusive`.
    pub(super) type_: String,
    /// One line.
    pub(super) message: String,
    /// Its findings and its evidence.
    pub(super) body: String,
}

/// All of one case.
#[derive(Default)]
pub(super) struct Reruns {
    pub(super) listed: Vec<Rerun>,
    /// How many more there are.
    pub(super) left_out: usize,
}

/// How many a case may have in a report of these outcomes.
pub(super) fn most(outcomes: &[Outcome]) -> usize {
    let cases = outcomes.iter().filter(|outcome| unmet(outcome).next().is_some()).count();
    (A_FILE / cases.max(1)).clamp(1, A_CASE)
}

/// Those of one outcome, the first `most`, in the order of time.
pub(super) fn of(outcome: &Outcome, most: usize) -> Reruns {
    let listed = unmet(outcome).take(most).map(|(index, sample)| rerun(outcome, index, sample)).collect();
    Reruns { listed, left_out: unmet(outcome).count().saturating_sub(most) }
}

/// The samples that were not met. Where the scenario is red, its own body shows the deciding one.
fn unmet(outcome: &Outcome) -> impl Iterator<Item = (usize, &Sample)> {
    let own = outcome.deciding_sample.filter(|_| outcome.verdict != Verdict::Passed);
    outcome.samples.iter().enumerate().filter(move |(index, sample)| !sample.met && own != Some(*index))
}

fn rerun(outcome: &Outcome, index: usize, sample: &Sample) -> Rerun {
    let (type_, reason) = why(sample);
    let (number, of, after) = (index + 1, outcome.samples.len(), Value::Duration(sample.after));
    let message = format!("sample {number} of {of}, begun after {after}: {reason}");
    let mut body = format!("{message}\n");
    let breaking = || broken(sample).take(FINDINGS);
    for finding in breaking() {
        let (what, place) =
            (one_line(&finding.expectation.to_string(), SENTENCE), finding.expectation.place().to_string());
        body.push_str(&format!("  --> {}\n    {what}\n", one_line(&place, SENTENCE)));
        body.push_str(&format!("    saw {}\n", one_line(&finding.seen_text(), SENTENCE)));
    }
    evidence::sample_evidence(outcome, index, &mut body);
    Rerun { type_, message, body }
}

fn broken(sample: &Sample) -> impl Iterator<Item = &Finding> {
    sample.attempts.iter().flat_map(|attempt| &attempt.findings).filter(|f| f.stands_in_the_way())
}

/// Why a sample was not met: the probe's error, else what failed, else what is inconclusive.
fn why(sample: &Sample) -> (String, String) {
    let step = |attempt: &Attempt| {
        attempt.step.as_ref().map(|s| format!("step {}: ", one_line(s, 80))).unwrap_or_default()
    };
    let in_the_way = |attempt: &Attempt| {
        let obstacle = attempt.observation.obstacle.as_ref()?;
        let (step, detail) = (step(attempt), one_line(&obstacle.detail, SENTENCE));
        Some((obstacle.cause.to_string(), format!("{step}{}: {detail}", obstacle.cause)))
    };
    let held = |finding: &Finding| match &finding.evaluation {
        Evaluation::Pass => None,
        Evaluation::Fail(cause) => Some((
            cause.to_string(),
            format!(
                "{cause}: {}: saw {}",
                one_line(&finding.expectation.to_string(), SENTENCE),
                one_line(&finding.seen_text(), SENTENCE)
            ),
        )),
        Evaluation::Inconclusive(why) => Some((
            Verdict::Inconclusive.name().to_owned(),
            format!("inconclusive: {}", one_line(&why.to_string(), SENTENCE)),
        )),
    };
    let first_broken = || broken(sample).find(|finding| finding.breaks()).or_else(|| broken(sample).next());
    sample.attempts.iter().find_map(in_the_way).or_else(|| first_broken().and_then(held)).unwrap_or_else(
        || (Verdict::Failed.name().to_owned(), "it was not met, and nothing says why".to_owned()),
    )
}
