//! One sample: was it met? And many: can a further one change the verdict?

use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    Attempt, Evaluation, Expectation, FactPath, Finding, Limit, Sample, Settling, Severity, Share, Undecided,
    Value,
};

use super::statistics::reaches;
use super::timing_uncertainty::{harness_late, late_timeout};

/// An expectation on all samples together, and the name of the step it belongs to. A step that was not reached
/// is not in a sample, so that its place in the list says nothing.
#[derive(Debug, Clone)]
pub struct Overall {
    /// The step's name; nothing for the only step of a plain scenario.
    pub step: Option<Arc<str>>,
    /// What must hold.
    pub expectation: Expectation,
}

/// Was a sample met: an observation came back from every step and every plain expectation that can turn it red held?
#[must_use]
pub fn sample_is_met(sample: &Sample) -> bool {
    !sample.attempts.is_empty()
        && sample.attempts.iter().all(|attempt| {
            attempt.observation.obstacle.is_none() && !attempt.findings.iter().any(Finding::stands_in_the_way)
        })
}

/// What further samples could still do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// They may change the verdict.
    Open,
    /// The verdict stands, whatever they would show.
    Decided,
}

/// Can a further sample change the verdict? `overall` are the expectations on all samples together.
#[must_use]
pub fn outlook(planned: u32, samples: &[Sample], overall: &[Overall]) -> Outlook {
    let taken = u64::try_from(samples.len()).unwrap_or(u64::MAX);
    let planned = u64::from(planned);
    if taken >= planned {
        return Outlook::Decided;
    }
    let red: Vec<&Expectation> =
        overall.iter().map(|o| &o.expectation).filter(|e| e.severity == Severity::Error).collect();
    let shares: Vec<&&Expectation> = red.iter().filter(|e| e.that == FactPath::SamplesMet).collect();
    if shares.is_empty() {
        // All must be met. A sample that was merely late may be followed by one that breaks: not decided.
        let broken = samples.iter().any(|sample| !sample.met && !merely_late(sample));
        return if broken { Outlook::Decided } else { Outlook::Open };
    }
    let plain = shares.iter().all(|e| !e.negated && matches!(e.operator.limit, Some(Limit::Lower { .. })));
    if !plain {
        return Outlook::Open;
    }
    let holds = |expectation: &Expectation, met: u64| {
        Share::of(met, planned).is_some_and(|share| expectation.holds(&Value::Share(share)) == Ok(true))
    };
    let (met, late) = (count_met(samples), count_late(samples));
    let at_worst = shares.iter().all(|e| {
        holds(e, met) && e.confidence.is_none_or(|confidence| confident(e, met, planned, confidence))
    });
    let at_best = shares.iter().all(|e| holds(e, met + late + (planned - taken)));
    if (at_worst && shares.len() == red.len()) || !at_best { Outlook::Decided } else { Outlook::Open }
}

fn confident(expectation: &Expectation, met: u64, n: u64, confidence: Share) -> bool {
    matches!(expectation.wanted.first(), Some(Value::Share(share)) if reaches(met, n, *share, confidence))
}

/// The state of a settling scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It held for long enough, from this time after its start.
    After(Duration),
    /// It began to hold in time, but has not held for long enough yet.
    Holding,
    /// It does not hold, or began to hold too late.
    Not,
}

/// Has a settling scenario settled? It holds from the end of the first met sample after which none was unmet.
#[must_use]
pub fn settled(samples: &[Sample], settling: &Settling) -> Settled {
    let mut since = None;
    for sample in samples {
        if !sample.met {
            since = None;
            continue;
        }
        let end = sample.after.saturating_add(sample.took);
        let began = *since.get_or_insert(end);
        if began <= settling.within && end.saturating_sub(began) >= settling.hold {
            return Settled::After(began);
        }
    }
    if since.is_some_and(|began| began <= settling.within) { Settled::Holding } else { Settled::Not }
}

/// How many were met.
pub(super) fn count_met(samples: &[Sample]) -> u64 {
    u64::try_from(samples.iter().filter(|sample| sample.met).count()).unwrap_or(u64::MAX)
}

/// How many were not met for no other reason than the harness itself or its host.
pub(super) fn count_late(samples: &[Sample]) -> u64 {
    let late = samples.iter().filter(|sample| !sample.met && merely_late(sample)).count();
    u64::try_from(late).unwrap_or(u64::MAX)
}

/// Is a sample only undecided: the harness was late, its host is sick, or a value was truncated?
pub(super) fn merely_late(sample: &Sample) -> bool {
    let timed_out = |attempt: &Attempt| late_timeout(&attempt.observation).is_some();
    let late = |attempt: &Attempt| {
        timed_out(attempt) || attempt.findings.iter().any(|finding| late_reason(finding).is_some())
    };
    sample.attempts.iter().any(late)
        && sample.attempts.iter().all(|attempt| {
            let stopped = attempt.observation.obstacle.is_some() && !timed_out(attempt);
            !stopped && !attempt.findings.iter().any(Finding::breaks)
        })
}

fn late_reason(finding: &Finding) -> Option<&Undecided> {
    match &finding.evaluation {
        Evaluation::Inconclusive(
            why @ (Undecided::HarnessLate { .. }
            | Undecided::SickHost { .. }
            | Undecided::Truncated { .. }
            | Undecided::NotRecorded { .. }),
        ) => Some(why),
        Evaluation::Inconclusive(
            Undecided::TooFewSamples { .. } | Undecided::Deadline | Undecided::Interrupted,
        )
        | Evaluation::Pass
        | Evaluation::Fail(_) => None,
    }
}

/// Why some samples are undecided: a sick host or a truncation before lateness, and the largest lateness.
pub(super) fn why_late(samples: &[Sample]) -> Undecided {
    let attempts = || samples.iter().flat_map(|sample| &sample.attempts);
    let reasons = attempts().flat_map(|attempt| &attempt.findings).filter_map(late_reason);
    let firm = reasons.into_iter().find(|why| !matches!(why, Undecided::HarnessLate { .. }));
    let own = || attempts().map(|attempt| attempt.observation.own).max().unwrap_or_default();
    firm.cloned().unwrap_or_else(|| harness_late(own()))
}
