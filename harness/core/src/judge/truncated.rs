//! Evaluates expectations on truncated values: undecided where the rest could change the result.
//!
//! A count of what was read is a lower bound of the true count. A lower bound above an upper limit breaks the limit,
//! whatever follows; one below it proves nothing. So absence is never proved here, and presence is.

use std::cmp::Ordering;

use crate::model::{Cause, Cut, Evaluation, Expectation, Rest, Undecided, Value, WhenTruncated};

use super::select::selected;

/// Evaluates one expectation against a value of which only a part was seen.
pub(super) fn judge_truncated(expectation: &Expectation, cut: &Cut) -> Evaluation {
    let truth = match &cut.seen {
        None => Ok(None),
        Some(seen) => certain(expectation, seen, cut.rest),
    };
    match truth {
        Err(cause) => Evaluation::Fail(cause),
        Ok(None) => Evaluation::Inconclusive(Undecided::Truncated { read: cut.read }),
        Ok(Some(holds)) if holds != expectation.negated => Evaluation::Pass,
        Ok(Some(_)) => Evaluation::Fail(Cause::Differs),
    }
}

/// Does it hold whatever the rest is? `None` where the rest decides.
fn certain(expectation: &Expectation, seen: &Value, rest: Rest) -> Result<Option<bool>, Cause> {
    let there = match &expectation.at {
        None => true,
        // A list only grows, so a node that a path selects stays there; whether there are more, and at which index, is
        // not known.
        Some(path) => !selected(seen, path).is_empty(),
    };
    if expectation.operator.presence {
        let stays = there && (expectation.at.is_none() || rest == Rest::Raises);
        return if stays { expectation.holds(seen).map(Some) } else { Ok(None) };
    }
    if expectation.at.is_some() {
        return Ok(None);
    }
    let away = match (rest, seen) {
        (Rest::Changes, _) => return Ok(None),
        (_, Value::Json(_)) | (Rest::Raises, _) => Ordering::Greater,
        (Rest::Lowers, _) => Ordering::Less,
    };
    match expectation.operator.truncated {
        WhenTruncated::Undecided => expectation.holds(seen).map(|_| None),
        WhenTruncated::Decided => expectation.holds(seen).map(Some),
        WhenTruncated::HoldsForGood => Ok(expectation.holds(seen)?.then_some(true)),
        WhenTruncated::BySide(certain) => certain(expectation.operands(), seen, away),
    }
}
