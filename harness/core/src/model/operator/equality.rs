//! `equals` and `one-of`.

use std::cmp::Ordering;

use crate::model::{Cause, Kind, Value, compare, equal};

use super::row::{Operands, Operator, OperatorRow, Subject, Takes, Vacuous, WhenTruncated};

pub(super) const ROWS: &[Operator] = &[Operator::EQUALS, Operator::ONE_OF];

impl Operator {
    /// `equals`
    pub const EQUALS: Operator = Operator(&OperatorRow {
        aliases: &["is", "eq"],
        truncated: WhenTruncated::BySide(equals_truncated),
        example: |operands, _| operands.values.first().cloned(),
        ..OperatorRow::new("equals", Takes::One, "The same value of the same kind.", equals)
    });

    /// `one-of`
    pub const ONE_OF: Operator = Operator(&OperatorRow {
        aliases: &["in"],
        truncated: WhenTruncated::BySide(one_of_truncated),
        vacuous: one_of_vacuous,
        example: |operands, _| operands.values.first().cloned(),
        ..OperatorRow::new("one-of", Takes::Several, "The same as one of a list.", one_of)
    });
}

fn equals(operands: Operands<'_>, seen: &Value) -> Result<bool, Cause> {
    equal(seen, operands.first()?).ok_or(Cause::Incomparable)
}

fn one_of(operands: Operands<'_>, seen: &Value) -> Result<bool, Cause> {
    let comparisons: Vec<bool> = operands.values.iter().filter_map(|wanted| equal(seen, wanted)).collect();
    if comparisons.is_empty() { Err(Cause::Incomparable) } else { Ok(comparisons.contains(&true)) }
}

/// A measure that has passed the wanted value never comes back to it; of a list the rest decides.
fn equals_truncated(operands: Operands<'_>, seen: &Value, away: Ordering) -> Result<Option<bool>, Cause> {
    one_of_truncated(Operands { values: std::slice::from_ref(operands.first()?), ..operands }, seen, away)
}

fn one_of_truncated(operands: Operands<'_>, seen: &Value, away: Ordering) -> Result<Option<bool>, Cause> {
    if let Value::Json(_) = seen {
        return one_of(operands, seen).map(|_| None);
    }
    let mut all_passed = true;
    for wanted in operands.values {
        all_passed &= compare(seen, wanted).ok_or(Cause::Incomparable)? == away;
    }
    Ok(all_passed.then_some(false))
}

fn one_of_vacuous(operands: Operands<'_>, subject: &Subject) -> Option<Vacuous> {
    if operands.values.is_empty() {
        return Some(Vacuous::CannotHold("the list is empty"));
    }
    let has = |flag| operands.values.contains(&Value::Flag(flag));
    (subject.kind == Kind::Flag && has(true) && has(false))
        .then_some(Vacuous::CannotFail("a boolean is always one of true and false"))
}
