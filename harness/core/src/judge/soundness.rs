//! Expectations that say nothing: they hold whatever the target does, or nothing can satisfy them.

use std::time::Duration;

use crate::model::{Expectation, FactPath, Kind, Operator, Share, Value};

use super::compare::compare;
use super::expectation::wants_presence;

/// What is wrong with an expectation, if it says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Idle {
    /// It holds whatever the target does.
    CannotFail(&'static str),
    /// Nothing can satisfy it.
    CannotHold(&'static str),
}

/// Does an expectation say nothing? `always` is whether the fact is there whenever an observation came back.
#[must_use]
pub fn idle(expectation: &Expectation, always: bool) -> Option<Idle> {
    let found = match expectation.operator {
        Operator::Exists => exists(expectation, always)?,
        Operator::AtLeast | Operator::MoreThan | Operator::AtMost | Operator::LessThan => bound(expectation)?,
        Operator::Within => within(expectation)?,
        Operator::OneOf => one_of(expectation)?,
        Operator::Contains | Operator::StartsWith | Operator::EndsWith => match expectation.wanted.first() {
            Some(Value::Text(text)) if text.is_empty() => {
                Idle::CannotFail("every text has the empty text in it")
            }
            _ => return None,
        },
        Operator::Matches => pattern(expectation)?,
        Operator::IsA => is_a(expectation)?,
        Operator::HasLength => match expectation.wanted.as_slice() {
            [low, high] if compare(low, high).is_some_and(std::cmp::Ordering::is_gt) => {
                Idle::CannotHold("the range is empty: its first number is above its second")
            }
            _ => return None,
        },
        Operator::Equals | Operator::IsEmpty => return None,
    };
    // `exists` has looked at `not` itself.
    Some(match found {
        same if !expectation.negated || expectation.operator == Operator::Exists => same,
        Idle::CannotFail(why) => Idle::CannotHold(why),
        Idle::CannotHold(why) => Idle::CannotFail(why),
    })
}

/// Is a time held against more than anybody waits for an answer? What takes longer than `timeout` is no observation any
/// more, so that the limit never acts: as if somebody had raised it to an hour.
#[must_use]
pub fn beyond_reach(expectation: &Expectation, timeout: Duration) -> bool {
    let (FactPath::Plain(fact) | FactPath::Aggregate(fact, _)) = &expectation.that else { return false };
    let Some(Value::Duration(limit)) = expectation.wanted.first() else { return false };
    let from_above = match expectation.operator {
        Operator::AtMost | Operator::LessThan => true,
        Operator::AtLeast | Operator::MoreThan => false,
        _ => return false,
    };
    fact.starts_with("time.") && *limit > timeout && from_above != expectation.negated
}

fn exists(expectation: &Expectation, always: bool) -> Option<Idle> {
    let always = match &expectation.that {
        FactPath::Plain(_) => always && expectation.at.is_none(),
        FactPath::Aggregate(..) => false,
        FactPath::SamplesMet | FactPath::SettleAfter => true,
    };
    match (always, wants_presence(expectation)) {
        (true, true) => Some(Idle::CannotFail("this fact is there whenever an answer came back")),
        (true, false) => Some(Idle::CannotHold("this fact is there whenever an answer came back")),
        (false, _) => None,
    }
}

fn floor_and_ceiling(kind: Kind, that: &FactPath) -> (Option<Value>, Option<Value>) {
    let zero = match kind {
        Kind::Duration => Some(Value::Duration(Duration::ZERO)),
        Kind::Size => Some(Value::Size(0)),
        Kind::Share => Share::of(0, 1).map(Value::Share),
        Kind::Null | Kind::Flag | Kind::Number | Kind::Text | Kind::Json => None,
    };
    let whole = Share::of(1, 1).filter(|_| *that == FactPath::SamplesMet).map(Value::Share);
    (zero, whole)
}

fn bound(expectation: &Expectation) -> Option<Idle> {
    let (floor, ceiling) = floor_and_ceiling(expectation.kind, &expectation.that);
    let wanted = expectation.wanted.first()?;
    let against = |limit: &Option<Value>| limit.as_ref().and_then(|limit| compare(wanted, limit));
    let at_floor = against(&floor).is_some_and(std::cmp::Ordering::is_le);
    let at_ceiling = against(&ceiling).is_some_and(std::cmp::Ordering::is_ge);
    let above_ceiling = against(&ceiling).is_some_and(std::cmp::Ordering::is_gt);
    match expectation.operator {
        Operator::AtLeast if at_floor => Some(Idle::CannotFail("it is never below zero")),
        Operator::LessThan if at_floor => Some(Idle::CannotHold("it is never below zero")),
        Operator::AtMost if at_ceiling => Some(Idle::CannotFail("it is never above 100%")),
        Operator::MoreThan if at_ceiling => Some(Idle::CannotHold("it is never above 100%")),
        Operator::AtLeast if above_ceiling => Some(Idle::CannotHold("it is never above 100%")),
        Operator::LessThan if above_ceiling => Some(Idle::CannotFail("it is never above 100%")),
        _ => None,
    }
}

fn within(expectation: &Expectation) -> Option<Idle> {
    let [low, high] = expectation.wanted.as_slice() else { return None };
    if compare(low, high).is_some_and(std::cmp::Ordering::is_gt) {
        return Some(Idle::CannotHold("the range is empty: its first value is above its second"));
    }
    let (floor, ceiling) = floor_and_ceiling(expectation.kind, &expectation.that);
    let from_floor = compare(low, &floor?).is_some_and(std::cmp::Ordering::is_le);
    let to_ceiling = compare(high, &ceiling?).is_some_and(std::cmp::Ordering::is_ge);
    (from_floor && to_ceiling).then_some(Idle::CannotFail("every share is within that range"))
}

fn one_of(expectation: &Expectation) -> Option<Idle> {
    if expectation.wanted.is_empty() {
        return Some(Idle::CannotHold("the list is empty"));
    }
    let has = |flag| expectation.wanted.contains(&Value::Flag(flag));
    (expectation.kind == Kind::Flag && has(true) && has(false))
        .then_some(Idle::CannotFail("a boolean is always one of true and false"))
}

/// A pattern that finds nothing in particular: it matches the empty text and texts that have nothing in common.
fn pattern(expectation: &Expectation) -> Option<Idle> {
    let pattern = &expectation.pattern.as_ref()?.0;
    ["", "\u{1}", "zq~9", "\n\n", "Ünïcode 字"]
        .iter()
        .all(|text| pattern.is_match(text))
        .then_some(Idle::CannotFail("the pattern matches every text"))
}

fn is_a(expectation: &Expectation) -> Option<Idle> {
    if expectation.at.is_some() || expectation.kind == Kind::Json {
        return None;
    }
    let own = match expectation.kind {
        Kind::Flag => "boolean",
        Kind::Number => "number",
        Kind::Text => "text",
        Kind::Null | Kind::Duration | Kind::Size | Kind::Share | Kind::Json => "",
    };
    Some(match expectation.wanted.first() {
        Some(Value::Text(wanted)) if wanted == own => Idle::CannotFail("this fact is always of that kind"),
        _ => Idle::CannotHold("this fact is never of that kind"),
    })
}
