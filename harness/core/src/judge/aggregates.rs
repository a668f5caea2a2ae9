//! All samples together: the share that was met, percentiles, means, the time until it settled.

use std::time::Duration;

use serde_json::Number;

use crate::model::{
    Aggregate, Cause, Cut, Doubt, Evaluation, Expectation, Fact, FactPath, Finding, Limit, Sample, Seen,
    Share, Shown, Undecided, Value, compare, percentile_rank,
};

use super::expectation::absent;
use super::samples::{Overall, count_late, count_met, merely_late, why_late};
use super::statistics::{reaches, samples_needed};
use super::timing_uncertainty::{largest, late_timeout, own_part, undecided};

/// Judges the expectations on all samples together.
#[must_use]
pub fn overall_findings(
    overall: &[Overall],
    samples: &[Sample],
    settled_after: Option<Duration>,
    stepped: Option<&Doubt>,
) -> Vec<Finding> {
    overall
        .iter()
        .map(|one| {
            let (held, seen) = match &one.expectation.that {
                FactPath::SamplesMet => samples_met(&one.expectation, samples),
                FactPath::SettleAfter => match settled_after {
                    Some(after) => settle_after(&one.expectation, after, stepped),
                    None => (never_settled(samples), Seen::NotSettled),
                },
                FactPath::Aggregate(fact, aggregate) => together(one, fact, *aggregate, samples),
                FactPath::Plain(fact) => (Evaluation::Fail(Cause::Internal), Seen::NoFact(fact.clone())),
            };
            Finding::of(&one.expectation, held, seen)
        })
        .collect()
}

fn compared(expectation: &Expectation, value: &Value) -> Evaluation {
    match expectation.holds(value) {
        Ok(holds) if holds != expectation.negated => Evaluation::Pass,
        Ok(_) => Evaluation::Fail(Cause::Differs),
        Err(cause) => Evaluation::Fail(cause),
    }
}

/// How long it took until it held: nothing that a busy harness makes longer by more than it is late for one answer.
fn settle_after(expectation: &Expectation, after: Duration, stepped: Option<&Doubt>) -> (Evaluation, Seen) {
    let value = Value::Duration(after);
    let (held, seen) = (compared(expectation, &value), Seen::Value(Shown::Whole(value)));
    if !matches!(held, Evaluation::Pass | Evaluation::Fail(Cause::Differs)) {
        return (held, seen);
    }
    let why = undecided(expectation, after, held == Evaluation::Pass, Duration::ZERO, stepped);
    (why.map_or(held, Evaluation::Inconclusive), seen)
}

/// As undecided as the last attempt that was not met, by which the scenario as a whole is judged.
fn never_settled(samples: &[Sample]) -> Evaluation {
    match samples.iter().rev().find(|sample| !sample.met) {
        Some(last) if merely_late(last) => Evaluation::Inconclusive(why_late(std::slice::from_ref(last))),
        _ => Evaluation::Fail(Cause::Missing),
    }
}

fn samples_met(expectation: &Expectation, samples: &[Sample]) -> (Evaluation, Seen) {
    let (met, taken) = (count_met(samples), u64::try_from(samples.len()).unwrap_or(u64::MAX));
    let (Some(share), Some(at_best)) = (Share::of(met, taken), Share::of(met + count_late(samples), taken))
    else {
        return (Evaluation::Fail(Cause::Missing), Seen::NoSample);
    };
    let seen = Seen::Samples { met, of: taken };
    let held = compared(expectation, &Value::Share(share));
    if share != at_best
        && (compared(expectation, &Value::Share(at_best)) == Evaluation::Pass) != (held == Evaluation::Pass)
    {
        return (Evaluation::Inconclusive(why_late(samples)), seen);
    }
    let (Evaluation::Pass, Some(confidence)) = (&held, expectation.confidence) else { return (held, seen) };
    let Some(Value::Share(wanted)) = expectation.wanted.first() else {
        return (Evaluation::Fail(Cause::Internal), seen);
    };
    if reaches(met, taken, *wanted, confidence) {
        (Evaluation::Pass, seen)
    } else {
        let need = samples_needed(met, taken, *wanted, confidence);
        (Evaluation::Inconclusive(Undecided::TooFewSamples { have: taken, need }), seen)
    }
}

/// On which side a sample without the fact counts: on the worse one, so that those that came back can't speak
/// for those that did not.
#[derive(Clone, Copy)]
enum Absent {
    Above,
    Below,
}

/// The worse side, or both where neither is the better one: then it must hold on both.
fn worse_sides(expectation: &Expectation) -> &'static [Absent] {
    match (expectation.operator.limit, expectation.negated) {
        (Some(Limit::Upper { .. }), false) | (Some(Limit::Lower { .. }), true) => &[Absent::Above],
        (Some(Limit::Lower { .. }), false) | (Some(Limit::Upper { .. }), true) => &[Absent::Below],
        _ => &[Absent::Above, Absent::Below],
    }
}

/// One number out of a fact of all samples. Where it breaks, and samples lack the fact only because the harness was late,
/// it is undecided.
fn together(overall: &Overall, fact: &str, aggregate: Aggregate, samples: &[Sample]) -> (Evaluation, Seen) {
    let (held, seen) = number_of_all(overall, fact, aggregate, samples);
    let cut_off = |sample: &Sample| sample.attempts.iter().any(|a| late_timeout(&a.observation).is_some());
    let lost = |sample: &&Sample| fact_of(sample, overall, fact).is_none() && cut_off(sample);
    match held {
        Evaluation::Fail(_) if samples.iter().any(|sample| lost(&sample)) => {
            (Evaluation::Inconclusive(why_late(samples)), seen)
        }
        _ => (held, seen),
    }
}

fn number_of_all(
    overall: &Overall,
    fact: &str,
    aggregate: Aggregate,
    samples: &[Sample],
) -> (Evaluation, Seen) {
    let expectation = &overall.expectation;
    if let Some(cut) = samples.iter().find_map(|sample| cut_of(sample, overall, fact)) {
        return (Evaluation::Inconclusive(Undecided::Truncated { read: cut.read }), Seen::part(cut));
    }
    let mut present: Vec<&Value> = samples.iter().filter_map(|s| fact_of(s, overall, fact)).collect();
    present.sort_by(|a, b| compare(a, b).unwrap_or(std::cmp::Ordering::Equal));
    let missing = samples.len() - present.len();
    let seen = |value| Seen::Aggregate {
        value,
        fact: fact.into(),
        missing: u64::try_from(missing).unwrap_or(u64::MAX),
        of: u64::try_from(samples.len()).unwrap_or(u64::MAX),
    };
    let mut answer = None;
    for side in worse_sides(expectation) {
        let Some(value) = one_number(&present, missing, aggregate, *side) else {
            let held = if present.is_empty() {
                absent(expectation, Cause::Missing)
            } else {
                Evaluation::Fail(Cause::Missing)
            };
            return (held, seen(None));
        };
        let held = unless_late(overall, &value, compared(expectation, &value), samples, fact);
        if held != Evaluation::Pass {
            return (held, seen(Some(value)));
        }
        answer.get_or_insert(value);
    }
    (Evaluation::Pass, seen(answer))
}

fn one_number(present: &[&Value], missing: usize, aggregate: Aggregate, side: Absent) -> Option<Value> {
    let all = present.len() + missing;
    let rank = match aggregate {
        Aggregate::Mean => return if missing == 0 { mean(present) } else { None },
        Aggregate::Min => (all > 0).then_some(0),
        Aggregate::Max => all.checked_sub(1),
        Aggregate::Percentile(percent) => percentile_rank(percent, all),
    }?;
    let rank = match side {
        Absent::Above => rank,
        Absent::Below => rank.checked_sub(missing)?,
    };
    present.get(rank).map(|value| (*value).clone())
}

/// As for a single time: what the harness's own part may have caused is undecided.
fn unless_late(
    overall: &Overall,
    value: &Value,
    held: Evaluation,
    samples: &[Sample],
    fact: &str,
) -> Evaluation {
    let (Evaluation::Pass | Evaluation::Fail(Cause::Differs), Value::Duration(seen)) = (&held, value) else {
        return held;
    };
    let observations = || samples.iter().filter_map(|s| attempt_of(s, overall)).map(|a| &a.observation);
    let own = observations().map(|observation| own_part(fact, observation)).max().unwrap_or_default();
    let why = undecided(&overall.expectation, *seen, held == Evaluation::Pass, own, largest(observations()));
    why.map_or(held, Evaluation::Inconclusive)
}

/// What a sample's step came to; nothing where it was not reached.
pub(super) fn attempt_of<'a>(sample: &'a Sample, overall: &Overall) -> Option<&'a crate::model::Attempt> {
    sample.attempts.iter().find(|attempt| attempt.step == overall.step)
}

/// The fact of a sample; nothing where it was lost, cut or can't be read.
pub(super) fn fact_of<'a>(sample: &'a Sample, overall: &Overall, fact: &str) -> Option<&'a Value> {
    let attempt = attempt_of(sample, overall)?;
    if attempt.observation.obstacle.is_some() {
        return None;
    }
    match attempt.observation.facts.get(fact) {
        Some(Fact::Seen(value)) => Some(value),
        _ => None,
    }
}

/// What a sample saw only in part.
fn cut_of<'a>(sample: &'a Sample, overall: &Overall, fact: &str) -> Option<&'a Cut> {
    match attempt_of(sample, overall)?.observation.facts.get(fact) {
        Some(Fact::Cut(cut)) => Some(cut),
        Some(Fact::Seen(_) | Fact::Unreadable(_)) | None => None,
    }
}

/// The arithmetic mean; nothing where the values are not all of one measurable kind.
#[expect(clippy::cast_precision_loss, reason = "a mean of counts is a floating-point number")]
fn mean(values: &[&Value]) -> Option<Value> {
    let n = values.len();
    match values.first()? {
        Value::Duration(_) => {
            let nanos = |v: &&Value| if let Value::Duration(d) = v { Some(d.as_nanos()) } else { None };
            let sum = values.iter().map(nanos).sum::<Option<u128>>()?;
            Some(Value::Duration(Duration::from_nanos(u64::try_from(sum / n as u128).unwrap_or(u64::MAX))))
        }
        Value::Size(_) => {
            let bytes = |v: &&Value| if let Value::Size(b) = v { Some(u128::from(*b)) } else { None };
            let sum = values.iter().map(bytes).sum::<Option<u128>>()?;
            Some(Value::Size(u64::try_from(sum / n as u128).unwrap_or(u64::MAX)))
        }
        Value::Number(_) => {
            let number = |v: &&Value| if let Value::Number(x) = v { x.as_f64() } else { None };
            let sum = values.iter().map(number).sum::<Option<f64>>()?;
            Number::from_f64(sum / n as f64).map(Value::Number)
        }
        _ => None,
    }
}
