//! Aggregates within one observation: the statistics of a series of values, and the share of trials that succeeded.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Number;

use crate::model::{
    Collected, Facts, Kind, Observation, Partial, Rest, Series, Share, Trials, Value, lower_bound,
    percentile_rank,
};

/// Aggregates what the probe collected, and adds the results to the facts.
pub fn aggregate(observation: &mut Observation) {
    let Collected { series, trials, partial } = std::mem::take(&mut observation.collected);
    for one in series {
        add_series(&one, partial, &mut observation.facts);
    }
    for one in trials {
        add_trials(&one, partial, &mut observation.facts);
    }
}

fn add_series(series: &Series, partial: Option<Partial>, facts: &mut Facts) {
    let name = |statistic: &str| format!("{}.{statistic}", series.name);
    let rows = statistics(series.kind, &series.values);
    if let Some(why) = &series.unreadable {
        // The readable values say nothing about the others.
        for (statistic, _, _) in rows {
            facts.insert_unreadable(name(statistic), why.cause, why.detail.clone());
        }
        return;
    }
    for (statistic, value, rest) in rows {
        facts.insert_of(partial, name(statistic), value, rest);
    }
    facts.insert_newest(partial, name("last"), series.values.last().cloned());
}

fn add_trials(trials: &Trials, partial: Option<Partial>, facts: &mut Facts) {
    let of = trials.successes + trials.failures;
    let share = Share::of(trials.successes, of);
    let bound = share.and_then(|_| bound(trials.successes, of, trials.confidence));
    let mut add = |name: &str, value: Option<Share>| {
        facts.insert_of(partial, format!("{}.{name}", trials.name), value.map(Value::Share), Rest::Changes);
    };
    add("share", share);
    add("lower-bound", bound);
}

/// The lower bound as a fraction, rounded down.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 10^9")]
fn bound(successes: u64, of: u64, confidence: f64) -> Option<Share> {
    const PARTS: u32 = 1_000_000_000;
    let parts = (lower_bound(successes, of, confidence) * f64::from(PARTS)).floor();
    Share::of(parts as u64, u64::from(PARTS))
}

type Row = (&'static str, Option<Value>, Rest);

fn statistics(kind: Kind, values: &[Value]) -> Vec<Row> {
    let mut rows: Vec<Row> = vec![
        ("count", Some(Value::count(values.len() as u64)), Rest::Raises),
        ("first", values.first().cloned(), Rest::Changes),
    ];
    if kind == Kind::Text {
        let texts: Vec<&str> = values.iter().filter_map(as_text).collect();
        let different: BTreeSet<&str> = texts.iter().copied().collect();
        rows.push(("values", Some(Value::Json(texts.into())), Rest::Raises));
        rows.push(("distinct", Some(Value::count(different.len() as u64)), Rest::Raises));
        return rows;
    }
    let mut sorted: Vec<&Value> = values.iter().collect();
    sorted.sort_by(|a, b| order(a, b));
    let p95 = percentile_rank(95, sorted.len()).and_then(|rank| sorted.get(rank));
    rows.push(("min", sorted.first().map(|value| (*value).clone()), Rest::Lowers));
    rows.push(("max", sorted.last().map(|value| (*value).clone()), Rest::Raises));
    rows.push(("p95", p95.map(|value| (*value).clone()), Rest::Changes));
    if kind != Kind::Share {
        let sum = sum(values);
        let mean = sum.as_ref().and_then(|sum| divided(sum, values.len()));
        // Numbers may be negative, durations not.
        let rest = if kind == Kind::Number { Rest::Changes } else { Rest::Raises };
        rows.push(("sum", sum, rest));
        rows.push(("mean", mean, Rest::Changes));
    }
    rows
}

fn as_text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal),
        },
        (Value::Duration(a), Value::Duration(b)) => a.cmp(b),
        (Value::Share(a), Value::Share(b)) => a.cmp(b),
        _ => Ordering::Equal,
    }
}

fn sum(values: &[Value]) -> Option<Value> {
    let mut durations = Duration::ZERO;
    let (mut whole, mut floating) = (Some(0i64), 0.0);
    for value in values {
        match value {
            Value::Duration(duration) => durations = durations.checked_add(*duration)?,
            Value::Number(number) => {
                whole = whole.zip(number.as_i64()).and_then(|(a, b)| a.checked_add(b));
                floating += number.as_f64()?;
            }
            _ => return None,
        }
    }
    match values.first()? {
        Value::Duration(_) => Some(Value::Duration(durations)),
        _ => whole.map(Number::from).or_else(|| Number::from_f64(floating)).map(Value::Number),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a mean of counts is a floating-point number")]
fn divided(sum: &Value, among: usize) -> Option<Value> {
    match sum {
        Value::Duration(sum) => {
            let nanos = sum.as_nanos() / u128::try_from(among).ok()?;
            Some(Value::Duration(Duration::from_nanos(u64::try_from(nanos).ok()?)))
        }
        Value::Number(sum) => Number::from_f64(sum.as_f64()? / among as f64).map(Value::Number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Cause, Fact, Unreadable};

    fn millis(millis: u64) -> Value {
        Value::Duration(Duration::from_millis(millis))
    }

    fn facts(kind: Kind, values: Vec<Value>, partial: Option<Partial>) -> Facts {
        let series = Series { name: "x".to_owned(), kind, values, unreadable: None };
        aggregated(Collected { series: vec![series], partial, ..Collected::default() })
    }

    fn aggregated(collected: Collected) -> Facts {
        let mut observation = Observation { collected, ..Observation::default() };
        aggregate(&mut observation);
        observation.facts
    }

    #[test]
    fn a_series_has_the_statistics_of_its_values() {
        let facts = facts(Kind::Duration, [2000, 1000, 6000].map(millis).to_vec(), None);
        let fact = |name: &str| facts.value(&format!("x.{name}")).cloned();
        assert_eq!(
            ["min", "max", "mean", "p95", "sum", "first", "last"].map(fact),
            [1000, 6000, 3000, 6000, 9000, 2000, 6000].map(|value| Some(millis(value)))
        );
        assert_eq!(fact("count"), Some(Value::count(3)));
    }

    #[test]
    fn an_empty_series_has_a_count_of_zero_and_nothing_else() {
        let facts = facts(Kind::Number, Vec::new(), None);
        assert_eq!(facts.value("x.count"), Some(&Value::count(0)));
        assert_eq!(facts.iter().count(), 1);
    }

    #[test]
    fn an_unreadable_value_makes_every_statistic_unreadable() {
        let why = Unreadable { cause: Cause::Incomparable, detail: "n/a".to_owned() };
        let series = Series {
            name: "x".to_owned(),
            kind: Kind::Duration,
            values: vec![millis(1)],
            unreadable: Some(why.clone()),
        };
        let facts = aggregated(Collected { series: vec![series], ..Collected::default() });
        assert_eq!(facts.get("x.max"), Some(&Fact::Unreadable(why)));
    }

    #[test]
    fn texts_keep_the_order_of_time() {
        let words = ["INIT", "DATABASE", "INIT"].map(|word| Value::Text(word.to_owned()));
        let facts = facts(Kind::Text, words.to_vec(), None);
        let values = serde_json::json!(["INIT", "DATABASE", "INIT"]);
        assert_eq!(facts.value("x.values"), Some(&Value::Json(values)));
        assert_eq!(facts.value("x.distinct"), Some(&Value::count(2)));
    }

    #[test]
    fn of_a_partial_source_only_the_newest_value_is_certain() {
        let facts = facts(Kind::Duration, vec![millis(1)], Some(Partial { read: 1, newest: true }));
        assert_eq!(facts.value("x.last"), Some(&millis(1)));
        assert!(matches!(facts.get("x.max"), Some(Fact::Cut(_))));
    }

    #[test]
    fn trials_have_a_share_and_its_lower_bound() {
        let trials = |successes, failures| {
            let trials = Trials { name: "outcome", successes, failures, confidence: 0.95 };
            aggregated(Collected { trials: vec![trials], ..Collected::default() })
        };
        let some = trials(18, 2);
        assert_eq!(some.value("outcome.share"), Some(&Value::Share(Share::of(18, 20).unwrap())));
        let Some(Value::Share(bound)) = some.value("outcome.lower-bound") else { panic!("{some:?}") };
        assert!((bound.as_f64() - 0.717_381).abs() < 1e-5);
        assert!(trials(0, 0).is_empty(), "no trial, no share");
    }
}
