//! Many findings, one reason: why a scenario has its verdict.

use std::time::Duration;

use crate::model::{
    Cause, Doubt, Evaluation, FactPath, Finding, Layer, Reason, Repetition, Sample, Settling, Severity,
    Undecided, Value,
};

use super::aggregates::{attempt_of, fact_of, overall_findings};
use super::samples::{Outlook, Overall, merely_late, outlook};
use super::timing_uncertainty::late_timeout;

/// Why a scenario has its verdict, and what that was read from.
#[derive(Debug)]
pub struct VerdictReason {
    /// Why.
    pub reason: Reason,
    /// The index of the sample the reason speaks of; else of the last one. Nothing without samples.
    pub deciding_sample: Option<usize>,
    /// The findings of the deciding sample, then those on all samples together.
    pub findings: Vec<Finding>,
}

/// A reason, with the index of the sample it was seen in.
type Located = (Option<usize>, Reason);

/// Derives the reason for a scenario's verdict. What broke comes before what is inconclusive. `stepped` says how far
/// the clocks went apart while the scenario ran.
#[must_use]
pub fn verdict_reason(
    repetition: &Repetition,
    samples: &[Sample],
    overall: &[Overall],
    settled_after: Option<Duration>,
    stepped: Option<&Doubt>,
) -> VerdictReason {
    let settled = settled_after.is_some();
    let settling = matches!(repetition, Repetition::Settle(_));
    let deciding = if settling { last_sample(samples, settled) } else { first_unmet(samples) };
    let together = overall_findings(overall, samples, settled_after, stepped);
    let at_deciding = |reason: Reason| (deciding.map(|(at, _)| at), reason);
    let of_sample = deciding
        .filter(|(_, sample)| !sample.met && !settled && !is_tolerant(repetition, overall))
        .map(|(at, sample)| (Some(at), sample_reason(sample, &which(repetition, at, samples.len()))));
    let first_broken = together.iter().zip(overall).find(|(finding, _)| finding.breaks());
    let of_all = finding_reason(&together).map(|all| match first_broken {
        Some((_, broken)) => traced(at_deciding(all), broken, samples),
        None => at_deciding(all),
    });
    let too_late = match repetition {
        Repetition::Settle(settling) if !settled => too_late(settling, samples),
        _ => None,
    };
    let empty = samples.is_empty().then(|| broke(Cause::Internal, "no sample was taken"));
    let broke = |found: &Option<Located>| found.clone().filter(|(_, r)| matches!(r, Reason::Failed { .. }));
    let (deciding_sample, reason) = empty
        .map(at_deciding)
        .or_else(|| broke(&of_sample))
        .or_else(|| harness_reason(samples))
        .or(too_late.map(at_deciding))
        .or_else(|| broke(&of_all))
        .or(of_sample)
        .or(of_all)
        .unwrap_or_else(|| at_deciding(Reason::Passed));
    let doubtful = stepped.filter(|doubt| turns_round(repetition, settled_after, doubt, &reason));
    let reason = doubtful.map_or(reason, |doubt| {
        Reason::Inconclusive(Undecided::SickHost { sentence: doubt.sentence.clone() })
    });
    let attempts = deciding_sample.and_then(|at| samples.get(at)).into_iter().flat_map(|s| &s.attempts);
    let findings = attempts.flat_map(|attempt| attempt.findings.iter().cloned()).chain(together).collect();
    VerdictReason { reason, deciding_sample, findings }
}

/// What stands when the run's deadline cut a scenario short: only what no further sample could have changed.
/// `planned` is how many samples there would have been; nothing where that has no meaning.
#[must_use]
pub fn cut_short(reason: Reason, planned: Option<u32>, samples: &[Sample], overall: &[Overall]) -> Reason {
    let stands = match &reason {
        Reason::Failed { cause, .. } if cause.layer() == Layer::Harness => !samples.is_empty(),
        Reason::Failed { .. } => {
            planned.is_some_and(|planned| outlook(planned, samples, overall) == Outlook::Decided)
        }
        Reason::Passed | Reason::Blocked { .. } | Reason::Inconclusive(_) | Reason::Skipped { .. } => false,
    };
    if stands { reason } else { Reason::Inconclusive(Undecided::Deadline) }
}

/// May some samples be unmet, because an expectation says how many must be?
fn is_tolerant(repetition: &Repetition, overall: &[Overall]) -> bool {
    let repeated = match repetition {
        Repetition::Sample(_) | Repetition::Burst(_) => true,
        Repetition::Once | Repetition::Settle(_) => false,
    };
    let says =
        |o: &Overall| o.expectation.severity == Severity::Error && o.expectation.that == FactPath::SamplesMet;
    repeated && overall.iter().any(says)
}

/// Too few samples were met, or too many lack the fact a number is made of: what most of them ran into is the cause, so
/// that an outage seen in samples is reported like one that was seen once.
fn traced(of_all: Located, broken: &Overall, samples: &[Sample]) -> Located {
    let (_, Reason::Failed { cause, detail }) = &of_all else { return of_all };
    let numbered = || samples.iter().enumerate();
    let (reasons, how): (Vec<(usize, Reason)>, _) = match (&broken.expectation.that, cause) {
        (FactPath::SamplesMet, _) => {
            let unmet = numbered().filter(|(_, sample)| !sample.met && !merely_late(sample));
            (unmet.map(|(at, sample)| (at, sample_reason(sample, ""))).collect(), "unmet")
        }
        (FactPath::Aggregate(fact, _), Cause::Missing) => {
            let without = numbered().filter(|(_, sample)| fact_of(sample, broken, fact).is_none());
            (without.map(|(at, sample)| (at, lost(sample, broken, fact))).collect(), "without it")
        }
        _ => return of_all,
    };
    let mut causes: Vec<(Cause, usize, usize, String)> = Vec::new();
    for (at, reason) in reasons {
        let Reason::Failed { cause, detail } = reason else { continue };
        match causes.iter_mut().find(|(known, ..)| *known == cause) {
            Some((_, count, ..)) => *count += 1,
            None => causes.push((cause, 1, at, detail)),
        }
    }
    let of: usize = causes.iter().map(|(_, count, ..)| count).sum();
    // Of equally frequent causes the first seen stands.
    match causes.into_iter().rev().max_by_key(|(_, count, ..)| *count) {
        Some((cause, count, at, first)) => {
            (Some(at), broke(cause, format!("{detail}; {count} of {of} {how}: {first}")))
        }
        None => of_all,
    }
}

/// Why a sample has nothing to say about a step's fact: the obstacle that stood in that step's way, what kept the step
/// from being reached, or an observation that came back without it.
fn lost(sample: &Sample, broken: &Overall, fact: &str) -> Reason {
    match attempt_of(sample, broken) {
        None => sample_reason(sample, ""),
        Some(attempt) => match &attempt.observation.obstacle {
            Some(obstacle) => {
                let step = broken.step.as_ref().map(|s| format!("step `{s}`: ")).unwrap_or_default();
                broke(obstacle.cause, format!("{step}{}", obstacle.detail))
            }
            None => broke(Cause::Missing, format!("it came back without `{fact}`")),
        },
    }
}

/// Could a settling scenario have another verdict, had the clocks not gone apart? Time that did not pass may be what it
/// lacked to settle, or to break while it held; time that passed unseen may be beyond what it was given.
fn turns_round(repetition: &Repetition, settled: Option<Duration>, doubt: &Doubt, reason: &Reason) -> bool {
    let Repetition::Settle(settling) = repetition else { return false };
    match (settled, reason) {
        (_, Reason::Failed { cause, .. }) if cause.layer() == Layer::Harness => false,
        (Some(after), _) => {
            let held_less = !doubt.shorter.is_zero() && !settling.hold.is_zero();
            held_less || after.saturating_add(doubt.longer) > settling.within
        }
        (None, _) => !doubt.shorter.is_zero(),
    }
}

/// Every answer was good, and still it has not settled: the first good one came too late.
fn too_late(settling: &Settling, samples: &[Sample]) -> Option<Reason> {
    let first = samples.first().filter(|_| samples.iter().all(|sample| sample.met))?;
    let [after, within] = [first.after + first.took, settling.within].map(Value::Duration);
    Some(broke(Cause::Differs, format!("it held only after {after}, wanted within {within}")))
}

/// The first sample that was not met, one that broke before one that was merely late; else the last.
fn first_unmet(samples: &[Sample]) -> Option<(usize, &Sample)> {
    let numbered = || samples.iter().enumerate();
    numbered()
        .find(|(_, s)| !s.met && !merely_late(s))
        .or_else(|| numbered().find(|(_, s)| !s.met))
        .or_else(|| numbered().next_back())
}

/// What a settling scenario is judged by: its last answer if it settled, its last bad one if it did not.
fn last_sample(samples: &[Sample], settled: bool) -> Option<(usize, &Sample)> {
    let mut backwards = samples.iter().enumerate().rev();
    let last = backwards.clone().next();
    if settled { last } else { backwards.find(|(_, sample)| !sample.met).or(last) }
}

/// Which sample is spoken of; nothing where there is only one.
fn which(repetition: &Repetition, at: usize, of: usize) -> String {
    match repetition {
        Repetition::Settle(settling) => {
            let within = Value::Duration(settling.within);
            format!("not settled within {within}; attempt {} of {of}: ", at + 1)
        }
        _ if of > 1 => format!("sample {} of {of}: ", at + 1),
        _ => String::new(),
    }
}

fn broke(cause: Cause, detail: impl Into<String>) -> Reason {
    Reason::Failed { cause, detail: detail.into() }
}

/// A harness error in any sample makes the scenario errored, however many samples may be unmet.
fn harness_reason(samples: &[Sample]) -> Option<Located> {
    samples.iter().enumerate().find_map(|(at, sample)| {
        let obstacles = sample.attempts.iter().filter_map(|attempt| attempt.observation.obstacle.as_ref());
        let own = obstacles.into_iter().find(|obstacle| obstacle.cause.layer() == Layer::Harness)?;
        Some((Some(at), broke(own.cause, own.detail.clone())))
    })
}

/// Why a sample was not met: what broke first; else what is undecided first.
fn sample_reason(sample: &Sample, prefix: &str) -> Reason {
    let mut undecided = None;
    for attempt in &sample.attempts {
        if let Some(why) = late_timeout(&attempt.observation) {
            return Reason::Inconclusive(why);
        }
        if let Some(obstacle) = &attempt.observation.obstacle {
            let step = attempt.step.as_ref().map(|s| format!("step `{s}`: ")).unwrap_or_default();
            return broke(obstacle.cause, format!("{prefix}{step}{}", obstacle.detail));
        }
        match finding_reason(&attempt.findings) {
            Some(Reason::Failed { cause, detail }) => return broke(cause, format!("{prefix}{detail}")),
            found => undecided = undecided.or(found),
        }
    }
    undecided
        .unwrap_or_else(|| broke(Cause::Internal, format!("{prefix}it was not met, and nothing says why")))
}

/// The first finding that breaks; else the first that is undecided.
fn finding_reason(findings: &[Finding]) -> Option<Reason> {
    let red = || findings.iter().filter(|finding| finding.expectation.severity == Severity::Error);
    let broken = red().find_map(|finding| match &finding.evaluation {
        Evaluation::Fail(cause) => Some(broke(*cause, finding.to_string())),
        Evaluation::Pass | Evaluation::Inconclusive(_) => None,
    });
    broken.or_else(|| {
        red().find_map(|finding| match &finding.evaluation {
            Evaluation::Inconclusive(why) => Some(Reason::Inconclusive(why.clone())),
            Evaluation::Pass | Evaluation::Fail(_) => None,
        })
    })
}
