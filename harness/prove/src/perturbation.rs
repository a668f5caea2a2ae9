//! Perturbations: one fact of a healthy observation changed at a time, as a broken target would show it. Pure.
//!
//! A change is only one that a target could show. A time can't be longer than the observation's own timeout, and a
//! count can't be below zero: an expectation that nothing but the impossible breaks is not proved by it.

use std::time::Duration;

use serde_json::{Number, Value as Json};

use fixproof::model::{Change, Expectation, Fact, FactPath, Facts, Kind, Share, Value, equal};

mod document;

use document::within;

/// What becomes of a value.
enum New {
    Gone,
    Is(Value),
}

/// The facts of an observation with what an expectation looks at changed. Nothing where there is no such change of it.
/// `timeout` is the observation's own.
pub(crate) fn changed(
    change: Change,
    expectation: &Expectation,
    facts: &Facts,
    timeout: Duration,
) -> Option<Facts> {
    let (FactPath::Plain(fact) | FactPath::Aggregate(fact, _)) = &expectation.that else { return None };
    let seen = match facts.get(fact) {
        Some(Fact::Seen(value)) => Some(value),
        Some(Fact::Cut(cut)) => cut.seen.as_ref(),
        Some(Fact::Unreadable(_)) => return None,
        None => None,
    };
    let longest = |seen: &Value| longest(fact, seen, timeout);
    let new = match &expectation.at {
        None => new_value(change, expectation, seen, longest)?,
        Some(path) => within(change, expectation, seen, path, longest)?,
    };
    let mut facts = facts.clone();
    match (new, facts.get(fact).cloned()) {
        (New::Gone, _) => facts.remove(fact),
        (New::Is(value), Some(Fact::Cut(mut cut))) => {
            cut.seen = Some(value);
            facts.insert_cut(fact.to_string(), cut);
        }
        (New::Is(value), _) => facts.insert(fact.to_string(), value),
    }
    Some(facts)
}

/// The longest time that a fact can be. One that is measured here ends with the observation; one that the target
/// tells may be any, but a hundred times what is healthy is a fault already.
fn longest(fact: &str, seen: &Value, timeout: Duration) -> Duration {
    match seen {
        _ if fact.starts_with("time.") => timeout,
        Value::Duration(seen) => seen.saturating_mul(100).max(timeout.saturating_mul(2)),
        _ => timeout,
    }
}

/// A text that no expectation wants.
const ANOTHER: &str = "~another~";

fn new_value(
    change: Change,
    expectation: &Expectation,
    seen: Option<&Value>,
    longest: impl Fn(&Value) -> Duration,
) -> Option<New> {
    let Some(seen) = seen else {
        return (change == Change::Present).then(|| New::Is(anything(expectation.kind)));
    };
    let new = match change {
        Change::Absent => return Some(New::Gone),
        Change::Present => return None,
        Change::OtherType => other_type(seen),
        Change::OtherValue => other_value(expectation, seen)?,
        Change::Empty => empty(seen)?,
        Change::Forbidden => forbidden(expectation, seen)?,
        Change::FarAbove => far_above(expectation, seen, longest(seen))?,
        Change::FarBelow => far_below(expectation, seen)?,
    };
    (equal(&new, seen) != Some(true)).then_some(New::Is(new))
}

fn anything(kind: Kind) -> Value {
    match kind {
        Kind::Null => Value::Null,
        Kind::Flag => Value::Flag(true),
        Kind::Number => Value::count(1),
        Kind::Text | Kind::Json => Value::Text(ANOTHER.to_owned()),
        Kind::Duration => Value::Duration(Duration::from_secs(1)),
        Kind::Size => Value::Size(1),
        Kind::Share => Value::Share(Share::percent(100)),
    }
}

fn other_type(seen: &Value) -> Value {
    match seen {
        Value::Text(text) => {
            text.parse::<i64>().map_or(Value::Flag(true), |number| Value::Number(number.into()))
        }
        Value::Json(_) | Value::Null => Value::Flag(true),
        other => Value::Text(other.to_string()),
    }
}

fn other_value(expectation: &Expectation, seen: &Value) -> Option<Value> {
    let wanted = |value: &Value| expectation.wanted.iter().any(|wanted| equal(wanted, value) == Some(true));
    Some(match seen {
        Value::Flag(flag) => Value::Flag(!flag),
        Value::Text(_) => Value::Text(ANOTHER.to_owned()),
        // The next value that is not wanted either: an allow-list may continue.
        Value::Number(number) => {
            let steps = 1..=u32::try_from(expectation.wanted.len()).unwrap_or(u32::MAX).saturating_add(1);
            steps.filter_map(|step| more(number, f64::from(step))).find(|value| !wanted(value))?
        }
        Value::Json(Json::Array(list)) => {
            let length = if list.len() == 1 { 2 } else { 1 };
            Value::Json(Json::Array(vec![Json::String(ANOTHER.to_owned()); length]))
        }
        Value::Json(Json::Object(map)) => {
            let names = [ANOTHER, "~other~"].into_iter().take(if map.len() == 1 { 2 } else { 1 });
            Value::Json(Json::Object(names.map(|name| (name.to_owned(), Json::Null)).collect()))
        }
        // What can be measured goes up and down instead.
        Value::Duration(_) | Value::Size(_) | Value::Share(_) | Value::Null | Value::Json(_) => return None,
    })
}

/// A number and so much more, whole where it was whole.
fn more(number: &Number, step: f64) -> Option<Value> {
    #[expect(clippy::cast_possible_truncation, reason = "a step is small or is cut to the largest there is")]
    let whole = number.as_i64().map(|whole| Number::from(whole.saturating_add(step as i64)));
    whole.or_else(|| Number::from_f64(number.as_f64()? + step)).map(Value::Number)
}

fn empty(seen: &Value) -> Option<Value> {
    match seen {
        Value::Text(_) => Some(Value::Text(String::new())),
        Value::Json(Json::Array(_)) => Some(Value::Json(Json::Array(Vec::new()))),
        Value::Json(Json::Object(_)) => Some(Value::Json(Json::Object(serde_json::Map::new()))),
        _ => None,
    }
}

/// What `not` forbids, put where something else was seen.
fn forbidden(expectation: &Expectation, seen: &Value) -> Option<Value> {
    expectation.negated.then(|| (expectation.operator.example)(expectation.operands(), seen)).flatten()
}

fn far_above(expectation: &Expectation, seen: &Value, longest: Duration) -> Option<Value> {
    Some(match seen {
        Value::Duration(_) => Value::Duration(longest),
        Value::Share(_) => Value::Share(Share::percent(100)),
        Value::Size(bytes) => {
            let limits = expectation.wanted.iter().filter_map(|wanted| match wanted {
                Value::Size(limit) => Some(*limit),
                _ => None,
            });
            let most = limits.fold(*bytes, u64::max);
            Value::Size(most.saturating_mul(10).saturating_add(1 << 20))
        }
        Value::Number(number) => {
            let largest = numbers(expectation).fold(number.as_f64()?, f64::max);
            more(number, largest.abs() * 10.0 + 1000.0)?
        }
        _ => return None,
    })
}

/// Nothing of it; of a number that was below zero or is a fraction, much less than that.
fn far_below(expectation: &Expectation, seen: &Value) -> Option<Value> {
    Some(match seen {
        Value::Duration(_) => Value::Duration(Duration::ZERO),
        Value::Share(_) => Value::Share(Share::percent(0)),
        Value::Size(_) => Value::Size(0),
        Value::Number(number) if number.is_u64() => Value::count(0),
        Value::Number(number) => {
            let smallest = numbers(expectation).fold(number.as_f64()?, f64::min);
            more(number, -(smallest.abs() * 10.0 + 1000.0))?
        }
        _ => return None,
    })
}

fn numbers(expectation: &Expectation) -> impl Iterator<Item = f64> {
    expectation.wanted.iter().filter_map(|wanted| match wanted {
        Value::Number(limit) => limit.as_f64(),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
