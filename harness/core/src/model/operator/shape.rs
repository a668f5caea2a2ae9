//! What a value is like, whatever it says: `exists`, `has-length`, `is-empty`, `is-a`.

use std::cmp::Ordering;

use serde_json::Value as Json;

use crate::model::{Cause, Kind, Value, compare, equal};

use super::limits::within;
use super::row::{LooksInside, Operands, Operator, OperatorRow, Subject, Takes, Vacuous, WhenTruncated};

pub(super) const ROWS: &[Operator] =
    &[Operator::EXISTS, Operator::HAS_LENGTH, Operator::IS_EMPTY, Operator::IS_A];

/// The kinds of a JSON value that `is-a` takes.
pub const KIND_NAMES: &[&str] = &["number", "text", "boolean", "list", "object", "null"];

impl Operator {
    /// `exists`
    pub const EXISTS: Operator = Operator(&OperatorRow {
        truncated: WhenTruncated::Decided,
        vacuous: exists_vacuous,
        looks_inside: LooksInside::Nothing,
        presence: true,
        ..OperatorRow::new("exists", Takes::Flag, "true: it is there; false: it is not.", |o, _| Ok(o.flag()))
    });

    /// `has-length`
    pub const HAS_LENGTH: Operator = Operator(&OperatorRow {
        truncated: WhenTruncated::BySide(has_length_truncated),
        vacuous: has_length_vacuous,
        looks_inside: LooksInside::Members,
        ..OperatorRow::new(
            "has-length",
            Takes::Length,
            "Characters of a text, elements of a list, keys of an object; [low, high] for a range.",
            has_length,
        )
    });

    /// `is-empty`
    pub const IS_EMPTY: Operator = Operator(&OperatorRow {
        truncated: WhenTruncated::BySide(is_empty_truncated),
        looks_inside: LooksInside::Nothing,
        ..OperatorRow::new(
            "is-empty",
            Takes::Flag,
            "true: a text, list or object is empty; false: it is not.",
            is_empty,
        )
    });

    /// `is-a`
    pub const IS_A: Operator = Operator(&OperatorRow {
        truncated: WhenTruncated::Decided,
        vacuous: is_a_vacuous,
        looks_inside: LooksInside::Nothing,
        ..OperatorRow::new(
            "is-a",
            Takes::KindName,
            "The kind of the value: number, text, boolean, list, object or null.",
            is_a,
        )
    });
}

fn exists_vacuous(operands: Operands<'_>, subject: &Subject) -> Option<Vacuous> {
    let why = "this fact is there whenever a response came back";
    subject.always_there.then(|| match operands.flag() {
        true => Vacuous::CannotFail(why),
        false => Vacuous::CannotHold(why),
    })
}

/// Characters of a text, elements of a list, keys of an object.
fn length(seen: &Value) -> Result<u64, Cause> {
    let length = match seen {
        Value::Text(text) => text.chars().count(),
        Value::Json(Json::Array(list)) => list.len(),
        Value::Json(Json::Object(map)) => map.len(),
        _ => return Err(Cause::Incomparable),
    };
    u64::try_from(length).map_err(|_| Cause::Incomparable)
}

fn has_length(operands: Operands<'_>, seen: &Value) -> Result<bool, Cause> {
    let length = Value::count(length(seen)?);
    match operands.values {
        [exact] => equal(&length, exact).ok_or(Cause::Internal),
        [_, _] => within(operands, &length),
        _ => Err(Cause::Internal),
    }
}

/// A list only grows: one that is too long stays so.
fn has_length_truncated(operands: Operands<'_>, seen: &Value, _: Ordering) -> Result<Option<bool>, Cause> {
    let most = operands.values.last().ok_or(Cause::Internal)?;
    let order = compare(&Value::count(length(seen)?), most).ok_or(Cause::Incomparable)?;
    Ok(order.is_gt().then_some(false))
}

fn has_length_vacuous(operands: Operands<'_>, _: &Subject) -> Option<Vacuous> {
    let [low, high] = operands.values else { return None };
    compare(low, high)
        .is_some_and(Ordering::is_gt)
        .then_some(Vacuous::CannotHold("the range is empty: its first number is above its second"))
}

fn is_empty(operands: Operands<'_>, seen: &Value) -> Result<bool, Cause> {
    Ok(*operands.first()? == Value::Flag(length(seen)? == 0))
}

/// A list only grows: one with something in it never becomes empty.
fn is_empty_truncated(operands: Operands<'_>, seen: &Value, _: Ordering) -> Result<Option<bool>, Cause> {
    Ok((length(seen)? > 0).then(|| !operands.flag()))
}

fn is_a(operands: Operands<'_>, seen: &Value) -> Result<bool, Cause> {
    let name = match seen {
        Value::Null => "null",
        Value::Flag(_) => "boolean",
        Value::Number(_) => "number",
        Value::Text(_) => "text",
        Value::Json(Json::Array(_)) => "list",
        Value::Json(_) => "object",
        Value::Duration(_) => "duration",
        Value::Size(_) => "size",
        Value::Share(_) => "share",
    };
    Ok(matches!(operands.first()?, Value::Text(wanted) if wanted == name))
}

fn is_a_vacuous(operands: Operands<'_>, subject: &Subject) -> Option<Vacuous> {
    if subject.selected || subject.kind == Kind::Json {
        return None;
    }
    let own = match subject.kind {
        Kind::Flag => "boolean",
        Kind::Number => "number",
        Kind::Text => "text",
        Kind::Null | Kind::Duration | Kind::Size | Kind::Share | Kind::Json => "",
    };
    Some(match operands.values.first() {
        Some(Value::Text(wanted)) if wanted == own => Vacuous::CannotFail("this fact is always of that kind"),
        _ => Vacuous::CannotHold("this fact is never of that kind"),
    })
}
