//! Expectations on what was looked at in part only: what the rest could still take back can't be told.
//!
//! A count of what was read is a floor under the true one. A floor above an upper limit breaks the promise, whatever
//! is behind the cut; a floor below it proves nothing. So absence is never proved here, and presence is.

use std::cmp::Ordering;

use crate::model::{Cause, Cut, Evaluation, Expectation, Operator, Rest, Undecided, Value};

use super::compare::compare;
use super::expectation::{selected, shown, wants_presence};
use super::operators::row;

/// Holds one expectation against a value of which only a part was looked at.
pub(super) fn judge_cut(expectation: &Expectation, cut: &Cut) -> (Evaluation, String) {
    let truth = match &cut.seen {
        None => Ok(None),
        Some(seen) => certain(expectation, seen, cut.rest),
    };
    let held = match truth {
        Err(cause) => Evaluation::Fail(cause),
        Ok(None) => Evaluation::Inconclusive(Undecided::Truncated { read: cut.read }),
        // `exists` has looked at `not` itself.
        Ok(Some(holds)) if holds != (expectation.negated && expectation.operator != Operator::Exists) => {
            Evaluation::Pass
        }
        Ok(Some(_)) => Evaluation::Fail(Cause::Differs),
    };
    (held, cut_text(cut))
}

/// What was seen, and that it is not all.
pub(super) fn cut_text(cut: &Cut) -> String {
    let Some(seen) = &cut.seen else { return format!("nothing in the {} entries that were read", cut.read) };
    let seen = shown(seen);
    match cut.rest {
        Rest::Raises => {
            format!("at least {seen} (of {} entries that were read, and there are more)", cut.read)
        }
        Rest::Lowers => {
            format!("at most {seen} (of {} entries that were read, and there are more)", cut.read)
        }
        Rest::Changes => format!("{seen} in the {} entries that were read, and there are more", cut.read),
    }
}

/// Does it hold whatever the rest is? Nothing where the rest decides.
fn certain(expectation: &Expectation, seen: &Value, rest: Rest) -> Result<Option<bool>, Cause> {
    let there = match &expectation.at {
        None => true,
        // A list only grows, so what a path finds in it stays there; but whether that is all, and what stands where,
        // is not known.
        Some(path) => !selected(seen, path).is_empty(),
    };
    if expectation.operator == Operator::Exists {
        let stays = there && (expectation.at.is_none() || rest == Rest::Raises);
        return Ok(stays.then(|| wants_presence(expectation)));
    }
    if expectation.at.is_some() {
        return Ok(None);
    }
    match (rest, seen) {
        (Rest::Changes, _) => Ok(None),
        (_, Value::Json(_)) => Ok(growing(expectation, seen)?),
        (Rest::Raises, _) => beyond(expectation, seen, Ordering::Greater),
        (Rest::Lowers, _) => beyond(expectation, seen, Ordering::Less),
    }
}

/// A list or object that may have more in it than was seen.
fn growing(expectation: &Expectation, seen: &Value) -> Result<Option<bool>, Cause> {
    let holds = || (row(expectation.operator).holds)(expectation, seen);
    let (wanted, length) = (&expectation.wanted, length(seen).ok_or(Cause::Incomparable)?);
    match expectation.operator {
        Operator::IsA => holds().map(Some),
        Operator::Contains => Ok(holds()?.then_some(true)),
        Operator::IsEmpty => Ok((length > 0).then(|| wanted.first() == Some(&Value::Flag(false)))),
        Operator::HasLength => {
            let most = wanted.last().ok_or(Cause::Internal)?;
            let order = compare(&Value::count(length), most).ok_or(Cause::Incomparable)?;
            Ok(order.is_gt().then_some(false))
        }
        Operator::Equals
        | Operator::OneOf
        | Operator::LessThan
        | Operator::AtMost
        | Operator::AtLeast
        | Operator::MoreThan
        | Operator::Within
        | Operator::StartsWith
        | Operator::EndsWith
        | Operator::Matches
        | Operator::Exists => holds().map(|_| None),
    }
}

fn length(seen: &Value) -> Option<u64> {
    let length = match seen {
        Value::Json(serde_json::Value::Array(list)) => list.len(),
        Value::Json(serde_json::Value::Object(map)) => map.len(),
        _ => return None,
    };
    u64::try_from(length).ok()
}

/// A measure whose true value is the seen one or lies beyond it, on the side that `away` names.
fn beyond(expectation: &Expectation, seen: &Value, away: Ordering) -> Result<Option<bool>, Cause> {
    // Where the seen value stands, looked at as if it were the floor and beyond were above.
    let against = |wanted: Option<&Value>| {
        let wanted = wanted.ok_or(Cause::Internal)?;
        let order = compare(seen, wanted).ok_or(Cause::Incomparable)?;
        Ok(if away == Ordering::Greater { order } else { order.reverse() })
    };
    let (first, last) = (expectation.wanted.first(), expectation.wanted.last());
    // An upper limit on what only rises can be broken for good, and a lower one reached for good.
    let limited = |order: Ordering, itself: bool| match order {
        Ordering::Greater => Some(false),
        Ordering::Equal if !itself => Some(false),
        Ordering::Equal | Ordering::Less => None,
    };
    let reached = |order: Ordering, itself: bool| match order {
        Ordering::Greater => Some(true),
        Ordering::Equal if itself => Some(true),
        Ordering::Equal | Ordering::Less => None,
    };
    let rises = away == Ordering::Greater;
    match expectation.operator {
        Operator::AtMost if rises => Ok(limited(against(first)?, true)),
        Operator::LessThan if rises => Ok(limited(against(first)?, false)),
        Operator::AtLeast if rises => Ok(reached(against(first)?, true)),
        Operator::MoreThan if rises => Ok(reached(against(first)?, false)),
        Operator::AtMost => Ok(reached(against(first)?, true)),
        Operator::LessThan => Ok(reached(against(first)?, false)),
        Operator::AtLeast => Ok(limited(against(first)?, true)),
        Operator::MoreThan => Ok(limited(against(first)?, false)),
        Operator::Within => Ok(limited(against(if rises { last } else { first })?, true)),
        Operator::Equals => Ok(limited(against(first)?, true)),
        Operator::OneOf => {
            let passed = |wanted| Ok(against(Some(wanted))? == Ordering::Greater);
            let all = expectation.wanted.iter().map(passed).collect::<Result<Vec<bool>, Cause>>()?;
            Ok(all.iter().all(|passed| *passed).then_some(false))
        }
        Operator::IsA => (row(expectation.operator).holds)(expectation, seen).map(Some),
        Operator::Contains
        | Operator::StartsWith
        | Operator::EndsWith
        | Operator::Matches
        | Operator::Exists
        | Operator::HasLength
        | Operator::IsEmpty => Err(Cause::Incomparable),
    }
}

#[cfg(test)]
mod tests;
