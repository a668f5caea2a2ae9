//! The limits: `less-than`, `at-most`, `at-least`, `more-than`, `within`.

use std::cmp::Ordering;

use crate::model::{Cause, Value, compare};

use super::row::{Limit, Operands, Operator, OperatorRow, Subject, Takes, Vacuous, WhenTruncated};

pub(super) const ROWS: &[Operator] =
    &[Operator::LESS_THAN, Operator::AT_MOST, Operator::AT_LEAST, Operator::MORE_THAN, Operator::WITHIN];

impl Operator {
    /// `less-than`
    pub const LESS_THAN: Operator = Operator(&OperatorRow {
        limit: Some(Limit::Upper { inclusive: false }),
        truncated: WhenTruncated::BySide(|o, v, away| {
            limit_truncated(Limit::Upper { inclusive: false }, o, v, away)
        }),
        vacuous: |o, s| limit_vacuous(Limit::Upper { inclusive: false }, o, s),
        ..OperatorRow::new(
            "less-than",
            Takes::Measure,
            "Less than a number, duration, size or share.",
            |o, v| ordered(o, v, Ordering::is_lt),
        )
    });

    /// `at-most`
    pub const AT_MOST: Operator = Operator(&OperatorRow {
        aliases: &["max"],
        limit: Some(Limit::Upper { inclusive: true }),
        truncated: WhenTruncated::BySide(|o, v, away| {
            limit_truncated(Limit::Upper { inclusive: true }, o, v, away)
        }),
        vacuous: |o, s| limit_vacuous(Limit::Upper { inclusive: true }, o, s),
        example: |operands, _| operands.values.first().cloned(),
        ..OperatorRow::new("at-most", Takes::Measure, "At most a number, duration, size or share.", |o, v| {
            ordered(o, v, Ordering::is_le)
        })
    });

    /// `at-least`
    pub const AT_LEAST: Operator = Operator(&OperatorRow {
        aliases: &["min"],
        limit: Some(Limit::Lower { inclusive: true }),
        truncated: WhenTruncated::BySide(|o, v, away| {
            limit_truncated(Limit::Lower { inclusive: true }, o, v, away)
        }),
        vacuous: |o, s| limit_vacuous(Limit::Lower { inclusive: true }, o, s),
        example: |operands, _| operands.values.first().cloned(),
        ..OperatorRow::new(
            "at-least",
            Takes::Measure,
            "At least a number, duration, size or share.",
            |o, v| ordered(o, v, Ordering::is_ge),
        )
    });

    /// `more-than`
    pub const MORE_THAN: Operator = Operator(&OperatorRow {
        aliases: &["greater-than"],
        limit: Some(Limit::Lower { inclusive: false }),
        truncated: WhenTruncated::BySide(|o, v, away| {
            limit_truncated(Limit::Lower { inclusive: false }, o, v, away)
        }),
        vacuous: |o, s| limit_vacuous(Limit::Lower { inclusive: false }, o, s),
        ..OperatorRow::new(
            "more-than",
            Takes::Measure,
            "More than a number, duration, size or share.",
            |o, v| ordered(o, v, Ordering::is_gt),
        )
    });

    /// `within`
    pub const WITHIN: Operator = Operator(&OperatorRow {
        aliases: &["between"],
        limit: Some(Limit::Range),
        truncated: WhenTruncated::BySide(|o, v, away| limit_truncated(Limit::Range, o, v, away)),
        vacuous: within_vacuous,
        example: |operands, _| operands.values.first().cloned(),
        ..OperatorRow::new("within", Takes::Range, "Between two values, both included.", within)
    });
}

fn ordered(operands: Operands<'_>, seen: &Value, holds: fn(Ordering) -> bool) -> Result<bool, Cause> {
    compare(seen, operands.first()?).map(holds).ok_or(Cause::Incomparable)
}

pub(super) fn within(operands: Operands<'_>, seen: &Value) -> Result<bool, Cause> {
    let [low, high] = operands.values else { return Err(Cause::Internal) };
    let above = compare(seen, low).ok_or(Cause::Incomparable)?.is_ge();
    let below = compare(seen, high).ok_or(Cause::Incomparable)?.is_le();
    Ok(above && below)
}

/// The true value is the seen one or lies beyond it on the side `away`. So a limit on that side can be broken for good,
/// and one on the other side can be reached for good.
fn limit_truncated(
    limit: Limit,
    operands: Operands<'_>,
    seen: &Value,
    away: Ordering,
) -> Result<Option<bool>, Cause> {
    let (side, inclusive) = match limit {
        Limit::Upper { inclusive } => (Ordering::Greater, inclusive),
        Limit::Lower { inclusive } => (Ordering::Less, inclusive),
        Limit::Range => (away, true),
    };
    let wanted = match limit {
        Limit::Range if away == Ordering::Greater => operands.values.last(),
        _ => operands.values.first(),
    };
    let order = compare(seen, wanted.ok_or(Cause::Internal)?).ok_or(Cause::Incomparable)?;
    let passed = order == away;
    let reached = order == Ordering::Equal;
    Ok(match side == away {
        true => (passed || reached && !inclusive).then_some(false),
        false => (passed || reached && inclusive).then_some(true),
    })
}

fn limit_vacuous(limit: Limit, operands: Operands<'_>, subject: &Subject) -> Option<Vacuous> {
    let wanted = operands.values.first()?;
    let against = |end: Option<Value>| end.and_then(|end| compare(wanted, &end));
    let at_floor = against(subject.floor()).is_some_and(Ordering::is_le);
    let at_ceiling = against(subject.ceiling()).is_some_and(Ordering::is_ge);
    let above_ceiling = against(subject.ceiling()).is_some_and(Ordering::is_gt);
    let (floor, ceiling) = ("it is never below zero", "it is never above 100%");
    match limit {
        Limit::Lower { inclusive: true } if at_floor => Some(Vacuous::CannotFail(floor)),
        Limit::Upper { inclusive: false } if at_floor => Some(Vacuous::CannotHold(floor)),
        Limit::Upper { inclusive: true } if at_ceiling => Some(Vacuous::CannotFail(ceiling)),
        Limit::Lower { inclusive: false } if at_ceiling => Some(Vacuous::CannotHold(ceiling)),
        Limit::Lower { inclusive: true } if above_ceiling => Some(Vacuous::CannotHold(ceiling)),
        Limit::Upper { inclusive: false } if above_ceiling => Some(Vacuous::CannotFail(ceiling)),
        _ => None,
    }
}

fn within_vacuous(operands: Operands<'_>, subject: &Subject) -> Option<Vacuous> {
    let [low, high] = operands.values else { return None };
    if compare(low, high).is_some_and(Ordering::is_gt) {
        return Some(Vacuous::CannotHold("the range is empty: its first value is above its second"));
    }
    let from_floor = compare(low, &subject.floor()?).is_some_and(Ordering::is_le);
    let to_ceiling = compare(high, &subject.ceiling()?).is_some_and(Ordering::is_ge);
    (from_floor && to_ceiling).then_some(Vacuous::CannotFail("every share is within that range"))
}
