//! Many samples, one verdict: aggregates, the share that was met, and when no further sample can change it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Number;

use crate::model::{
    Aggregate, Cause, Expectation, Fact, FactPath, Finding, Grounds, Held, Layer, Operator, Repetition,
    Sample, Severity, Share, Undecided, Value,
};

use super::expectation::finding;
use super::operators::row;
use super::statistics::{percentile_rank, reaches, samples_needed};

/// Was a sample met: an observation came back from every step and every plain expectation that can turn it red held?
#[must_use]
pub fn sample_is_met(sample: &Sample) -> bool {
    !sample.attempts.is_empty()
        && sample.attempts.iter().all(|attempt| {
            attempt.observation.obstacle.is_none()
                && attempt
                    .findings
                    .iter()
                    .all(|finding| finding.severity == Severity::Warn || finding.held == Held::Yes)
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

/// Can a further sample change the verdict? `aggregates` are the expectations on all samples together.
#[must_use]
pub fn outlook(planned: u32, samples: &[Sample], aggregates: &[(usize, Expectation)]) -> Outlook {
    let taken = u64::try_from(samples.len()).unwrap_or(u64::MAX);
    let planned = u64::from(planned);
    if taken >= planned {
        return Outlook::Decided;
    }
    let met = count_met(samples);
    let red: Vec<&Expectation> =
        aggregates.iter().map(|(_, e)| e).filter(|e| e.severity == Severity::Error).collect();
    let shares: Vec<&&Expectation> = red.iter().filter(|e| e.that == FactPath::SamplesMet).collect();
    if shares.is_empty() {
        // All must be met. A sample that was merely late may be followed by one that breaks: not decided.
        let broken = samples.iter().any(|sample| !sample.met && !merely_late(sample));
        return if broken { Outlook::Decided } else { Outlook::Open };
    }
    let plain =
        shares.iter().all(|e| !e.negated && matches!(e.operator, Operator::AtLeast | Operator::MoreThan));
    if !plain {
        return Outlook::Open;
    }
    let holds = |expectation: &Expectation, met: u64| {
        Share::of(met, planned).is_some_and(|share| {
            (row(expectation.operator).holds)(expectation, &Value::Share(share)) == Ok(true)
        })
    };
    let at_worst = shares.iter().all(|e| {
        holds(e, met) && e.confidence.is_none_or(|confidence| confident(e, met, planned, confidence))
    });
    let at_best = shares.iter().all(|e| holds(e, met + (planned - taken)));
    if (at_worst && shares.len() == red.len()) || !at_best { Outlook::Decided } else { Outlook::Open }
}

fn confident(expectation: &Expectation, met: u64, n: u64, confidence: Share) -> bool {
    matches!(expectation.wanted.first(), Some(Value::Share(share)) if reaches(met, n, *share, confidence))
}

fn count_met(samples: &[Sample]) -> u64 {
    u64::try_from(samples.iter().filter(|sample| sample.met).count()).unwrap_or(u64::MAX)
}

/// Is the harness's own lateness all that is wrong with a sample?
fn merely_late(sample: &Sample) -> bool {
    sample.attempts.iter().all(|attempt| {
        attempt.observation.obstacle.is_none() && !attempt.findings.iter().any(Finding::breaks)
    })
}

/// Judges the expectations on all samples together. `aggregates` carry the index of the step they belong to.
#[must_use]
pub fn aggregate_findings(
    aggregates: &[(usize, Expectation)],
    samples: &[Sample],
    settled_after: Option<Duration>,
) -> Vec<Finding> {
    aggregates
        .iter()
        .map(|(step, expectation)| {
            let (held, seen) = match &expectation.that {
                FactPath::SamplesMet => samples_met(expectation, samples),
                FactPath::SettleAfter => match settled_after {
                    Some(after) => compared(expectation, Value::Duration(after)),
                    None => (Held::No(Cause::Missing), "it never settled".to_owned()),
                },
                FactPath::Aggregate(fact, aggregate) => {
                    together(expectation, *step, fact, *aggregate, samples)
                }
                FactPath::Plain(fact) => (Held::No(Cause::Internal), format!("`{fact}` is no aggregate")),
            };
            let name = samples.iter().find_map(|s| s.attempts.get(*step)).and_then(|a| a.step.as_ref());
            finding(name, expectation, held, seen)
        })
        .collect()
}

fn compared(expectation: &Expectation, value: Value) -> (Held, String) {
    let seen = value.to_string();
    match (row(expectation.operator).holds)(expectation, &value) {
        Ok(holds) if holds != expectation.negated => (Held::Yes, seen),
        Ok(_) => (Held::No(Cause::Differs), seen),
        Err(cause) => (Held::No(cause), seen),
    }
}

fn samples_met(expectation: &Expectation, samples: &[Sample]) -> (Held, String) {
    let (met, taken) = (count_met(samples), u64::try_from(samples.len()).unwrap_or(u64::MAX));
    let Some(share) = Share::of(met, taken) else {
        return (Held::No(Cause::Missing), "no sample was taken".to_owned());
    };
    let seen = format!("{share} ({met} of {taken} samples)");
    let (held, _) = compared(expectation, Value::Share(share));
    let (Held::Yes, Some(confidence)) = (&held, expectation.confidence) else { return (held, seen) };
    let Some(Value::Share(wanted)) = expectation.wanted.first() else {
        return (Held::No(Cause::Internal), seen);
    };
    if reaches(met, taken, *wanted, confidence) {
        (Held::Yes, seen)
    } else {
        let need = samples_needed(met, taken, *wanted, confidence);
        (Held::CannotTell(Undecided::TooFewSamples { have: taken, need }), seen)
    }
}

/// One number out of a fact of all samples. A sample without the fact counts as worse than every other, so that
/// those that came back can't speak for those that did not.
fn together(
    expectation: &Expectation,
    step: usize,
    fact: &str,
    aggregate: Aggregate,
    samples: &[Sample],
) -> (Held, String) {
    let values: Vec<Option<&Value>> = samples.iter().map(|sample| fact_of(sample, step, fact)).collect();
    let mut present: Vec<&Value> = values.iter().copied().flatten().collect();
    let absent = values.len() - present.len();
    present.sort_by(|a, b| super::compare::compare(a, b).unwrap_or(std::cmp::Ordering::Equal));
    let upper = matches!(expectation.operator, Operator::AtMost | Operator::LessThan) != expectation.negated;
    let index = match aggregate {
        Aggregate::Min => (!values.is_empty()).then_some(0),
        Aggregate::Max => values.len().checked_sub(1),
        Aggregate::Percentile(percent) => percentile_rank(percent, values.len()),
        Aggregate::Mean => None,
    };
    let chosen = match (aggregate, index) {
        (Aggregate::Mean, _) if absent == 0 => mean(&present),
        (_, Some(index)) if absent == 0 || upper => present.get(index).map(|value| (*value).clone()),
        (_, Some(index)) => {
            index.checked_sub(absent).and_then(|i| present.get(i)).map(|value| (*value).clone())
        }
        _ => None,
    };
    let of = match absent {
        0 => String::new(),
        n => format!(
            " ({n} of {} samples have no `{fact}`, and count as worse than every other)",
            values.len()
        ),
    };
    match chosen {
        Some(value) => {
            let (held, seen) = compared(expectation, value.clone());
            (late(expectation, &value, held, samples, step, fact), seen + &of)
        }
        None => (Held::No(Cause::Missing), format!("nothing to tell it from{of}")),
    }
}

/// As for a single time: what would hold without the harness's own part can't be told.
fn late(
    expectation: &Expectation,
    value: &Value,
    held: Held,
    samples: &[Sample],
    step: usize,
    fact: &str,
) -> Held {
    let (Held::No(Cause::Differs), Value::Duration(seen), true) = (&held, value, fact.starts_with("time."))
    else {
        return held;
    };
    let own = samples
        .iter()
        .filter_map(|s| s.attempts.get(step))
        .map(|a| a.observation.own)
        .max()
        .unwrap_or_default();
    if own.is_zero() {
        return held;
    }
    match compared(expectation, Value::Duration(seen.saturating_sub(own))).0 {
        Held::Yes => Held::CannotTell(Undecided::HarnessLate {
            own_nanos: u64::try_from(own.as_nanos()).unwrap_or(u64::MAX),
        }),
        _ => held,
    }
}

fn fact_of<'a>(sample: &'a Sample, step: usize, fact: &str) -> Option<&'a Value> {
    let attempt = sample.attempts.get(step)?;
    if attempt.observation.obstacle.is_some() {
        return None;
    }
    match attempt.observation.facts.get(fact) {
        Some(Fact::Seen(value)) => Some(value),
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a mean of counts is a floating-point number")]
fn mean(values: &[&Value]) -> Option<Value> {
    let n = values.len();
    match values.first()? {
        Value::Duration(_) => {
            let nanos: u128 =
                values.iter().map(|v| if let Value::Duration(d) = v { d.as_nanos() } else { 0 }).sum();
            let mean = nanos / n as u128;
            Some(Value::Duration(Duration::from_nanos(u64::try_from(mean).unwrap_or(u64::MAX))))
        }
        Value::Size(_) => {
            let bytes: u128 =
                values.iter().map(|v| if let Value::Size(b) = v { u128::from(*b) } else { 0 }).sum();
            Some(Value::Size(u64::try_from(bytes / n as u128).unwrap_or(u64::MAX)))
        }
        Value::Number(_) => {
            let sum: f64 =
                values.iter().filter_map(|v| if let Value::Number(x) = v { x.as_f64() } else { None }).sum();
            Number::from_f64(sum / n as f64).map(Value::Number)
        }
        _ => None,
    }
}

/// Why the scenario has its verdict, and the findings that decided: those of the deciding sample first, then those
/// on all samples together.
#[must_use]
pub fn grounds(
    repetition: &Repetition,
    samples: &[Sample],
    aggregates: &[(usize, Expectation)],
    settled_after: Option<Duration>,
) -> (Grounds, Vec<Finding>) {
    let tolerant =
        aggregates.iter().any(|(_, e)| e.severity == Severity::Error && e.that == FactPath::SamplesMet);
    let settled = settled_after.is_some();
    let aggregates = aggregate_findings(aggregates, samples, settled_after);
    let settling = matches!(repetition, Repetition::Settle(_));
    let deciding = deciding_sample(samples, settling && settled);
    let mut findings: Vec<Finding> = deciding
        .map(|(_, sample)| sample.attempts.iter().flat_map(|a| a.findings.iter().cloned()).collect())
        .unwrap_or_default();
    findings.extend(aggregates);
    let must_hold = !(tolerant || (settling && settled));
    let grounds = if samples.is_empty() {
        broke(Cause::Internal, "no sample was taken")
    } else {
        let own =
            must_hold.then(|| deciding.and_then(|(at, s)| sample_grounds(s, at, samples.len()))).flatten();
        own.or_else(|| harness_grounds(samples)).unwrap_or_else(|| {
            let start = if must_hold { 0 } else { findings.len() - aggregate_count(&findings, deciding) };
            finding_grounds(&findings[start..]).unwrap_or(Grounds::Held)
        })
    };
    (grounds, findings)
}

fn aggregate_count(findings: &[Finding], deciding: Option<(usize, &Sample)>) -> usize {
    findings.len() - deciding.map_or(0, |(_, s)| s.attempts.iter().map(|a| a.findings.len()).sum())
}

/// The first sample that was not met, one that broke before one that was merely late; else the last.
fn deciding_sample(samples: &[Sample], last: bool) -> Option<(usize, &Sample)> {
    let numbered = || samples.iter().enumerate();
    let unmet =
        numbered().find(|(_, s)| !s.met && !merely_late(s)).or_else(|| numbered().find(|(_, s)| !s.met));
    if last { numbered().next_back() } else { unmet.or_else(|| numbered().next_back()) }
}

fn broke(cause: Cause, detail: impl Into<String>) -> Grounds {
    Grounds::Broke { cause, detail: detail.into() }
}

/// A harness of its own making that failed in any sample makes the scenario errored, however many may be unmet.
fn harness_grounds(samples: &[Sample]) -> Option<Grounds> {
    samples.iter().flat_map(|s| &s.attempts).find_map(|attempt| {
        let obstacle = attempt.observation.obstacle.as_ref()?;
        (obstacle.cause.layer() == Layer::Harness).then(|| broke(obstacle.cause, obstacle.detail.clone()))
    })
}

fn sample_grounds(sample: &Sample, at: usize, of: usize) -> Option<Grounds> {
    let prefix = if of > 1 { format!("sample {} of {of}: ", at + 1) } else { String::new() };
    for attempt in &sample.attempts {
        if let Some(obstacle) = &attempt.observation.obstacle {
            let step = attempt.step.as_ref().map(|s| format!("step `{s}`: ")).unwrap_or_default();
            return Some(broke(obstacle.cause, format!("{prefix}{step}{}", obstacle.detail)));
        }
        match finding_grounds(&attempt.findings) {
            Some(Grounds::Broke { cause, detail }) => return Some(broke(cause, format!("{prefix}{detail}"))),
            Some(other) if sample.attempts.len() == 1 => return Some(other),
            _ => {}
        }
    }
    let findings: Vec<Finding> = sample.attempts.iter().flat_map(|a| a.findings.clone()).collect();
    finding_grounds(&findings)
}

/// The first finding that breaks; else the first that can't be told.
fn finding_grounds(findings: &[Finding]) -> Option<Grounds> {
    let red = || findings.iter().filter(|finding| finding.severity == Severity::Error);
    let broken = red().find_map(|finding| match &finding.held {
        Held::No(cause) => Some(broke(*cause, sentence(finding))),
        Held::Yes | Held::CannotTell(_) => None,
    });
    broken.or_else(|| {
        red().find_map(|finding| match &finding.held {
            Held::CannotTell(why) => Some(Grounds::Undecided(why.clone())),
            Held::Yes | Held::No(_) => None,
        })
    })
}

fn sentence(finding: &Finding) -> String {
    let step: String = finding.step.as_ref().map(|s: &Arc<str>| format!("step `{s}`: ")).unwrap_or_default();
    // The planner writes an expectation's text as its subject followed by what is wanted.
    let what = finding.expectation.strip_suffix(finding.wanted.as_str()).map_or("", str::trim_end);
    format!("{step}{what} is {}, wanted {}", finding.seen, finding.wanted)
}
