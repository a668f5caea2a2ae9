//! The table of operators: name, what it takes, and its logic. One row is all there is to one operator.

use std::cmp::Ordering;

use crate::model::{Cause, Expectation, Operator, Value};

use super::compare::{compare, equal, equal_json};

/// What an operator takes in the suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// One value of the fact's kind.
    One,
    /// One value of a measurable kind (number, duration, size, share).
    Measure,
    /// A list of values of the fact's kind.
    Several,
    /// `[low, high]`, both of a measurable kind.
    Range,
    /// A text, or an element of a list.
    Element,
    /// A text.
    Text,
    /// A regular expression.
    Pattern,
    /// True or false.
    Flag,
    /// A whole number, or `[least, most]`.
    Length,
    /// The name of a kind.
    KindName,
}

/// One operator.
pub struct OperatorRow {
    /// Which.
    pub operator: Operator,
    /// What it takes.
    pub takes: Takes,
    /// One line for docs and schema.
    pub meaning: &'static str,
    /// Does it hold for one seen value? `Err` says why it can't even be compared.
    pub(super) holds: fn(&Expectation, &Value) -> Result<bool, Cause>,
}

/// Every operator, in the order of [`Operator::ALL`].
pub static OPERATORS: &[OperatorRow] = &[
    OperatorRow {
        operator: Operator::Equals,
        takes: Takes::One,
        meaning: "the same value of the same kind",
        holds: equals,
    },
    OperatorRow {
        operator: Operator::OneOf,
        takes: Takes::Several,
        meaning: "equal to one of a list",
        holds: one_of,
    },
    OperatorRow {
        operator: Operator::LessThan,
        takes: Takes::Measure,
        meaning: "below the value",
        holds: |e, v| ordered(e, v, Ordering::is_lt),
    },
    OperatorRow {
        operator: Operator::AtMost,
        takes: Takes::Measure,
        meaning: "the value or below",
        holds: |e, v| ordered(e, v, Ordering::is_le),
    },
    OperatorRow {
        operator: Operator::AtLeast,
        takes: Takes::Measure,
        meaning: "the value or above",
        holds: |e, v| ordered(e, v, Ordering::is_ge),
    },
    OperatorRow {
        operator: Operator::MoreThan,
        takes: Takes::Measure,
        meaning: "above the value",
        holds: |e, v| ordered(e, v, Ordering::is_gt),
    },
    OperatorRow {
        operator: Operator::Within,
        takes: Takes::Range,
        meaning: "between two values, both included",
        holds: within,
    },
    OperatorRow {
        operator: Operator::Contains,
        takes: Takes::Element,
        meaning: "a text within a text, an element of a list, a key of an object",
        holds: contains,
    },
    OperatorRow {
        operator: Operator::StartsWith,
        takes: Takes::Text,
        meaning: "a text's beginning",
        holds: |e, v| texts(e, v, |seen, wanted| seen.starts_with(wanted)),
    },
    OperatorRow {
        operator: Operator::EndsWith,
        takes: Takes::Text,
        meaning: "a text's end",
        holds: |e, v| texts(e, v, |seen, wanted| seen.ends_with(wanted)),
    },
    OperatorRow {
        operator: Operator::Matches,
        takes: Takes::Pattern,
        meaning: "a regular expression found anywhere in a text; anchor it with ^ and $",
        holds: matches,
    },
    OperatorRow {
        operator: Operator::Exists,
        takes: Takes::Flag,
        meaning: "it is there (null counts as there)",
        holds: |_, _| Ok(true),
    },
    OperatorRow {
        operator: Operator::HasLength,
        takes: Takes::Length,
        meaning: "so many characters, elements or keys; [least, most] for a range",
        holds: has_length,
    },
    OperatorRow {
        operator: Operator::IsEmpty,
        takes: Takes::Flag,
        meaning: "a text, list or object with nothing in it",
        holds: is_empty,
    },
    OperatorRow {
        operator: Operator::IsA,
        takes: Takes::KindName,
        meaning: "of this kind: number, text, boolean, list, object, null",
        holds: is_a,
    },
];

/// The row of an operator.
#[must_use]
pub fn row(operator: Operator) -> &'static OperatorRow {
    // The table is in the order of the enum, which a test keeps.
    &OPERATORS[operator as usize]
}

/// The kind names that `is-a` takes.
/// The kinds of a JSON value, as suites name them.
pub const KIND_NAMES: &[&str] = &["number", "text", "boolean", "list", "object", "null"];

fn wanted(expectation: &Expectation) -> Result<&Value, Cause> {
    expectation.wanted.first().ok_or(Cause::Internal)
}

fn equals(expectation: &Expectation, seen: &Value) -> Result<bool, Cause> {
    equal(seen, wanted(expectation)?).ok_or(Cause::Incomparable)
}

fn one_of(expectation: &Expectation, seen: &Value) -> Result<bool, Cause> {
    let comparisons: Vec<bool> = expectation.wanted.iter().filter_map(|wanted| equal(seen, wanted)).collect();
    if comparisons.is_empty() { Err(Cause::Incomparable) } else { Ok(comparisons.contains(&true)) }
}

fn ordered(expectation: &Expectation, seen: &Value, holds: fn(Ordering) -> bool) -> Result<bool, Cause> {
    compare(seen, wanted(expectation)?).map(holds).ok_or(Cause::Incomparable)
}

fn within(expectation: &Expectation, seen: &Value) -> Result<bool, Cause> {
    let [low, high] = expectation.wanted.as_slice() else { return Err(Cause::Internal) };
    let above = compare(seen, low).ok_or(Cause::Incomparable)?.is_ge();
    let below = compare(seen, high).ok_or(Cause::Incomparable)?.is_le();
    Ok(above && below)
}

fn texts(expectation: &Expectation, seen: &Value, holds: fn(&str, &str) -> bool) -> Result<bool, Cause> {
    match (seen, wanted(expectation)?) {
        (Value::Text(seen), Value::Text(wanted)) => Ok(holds(seen, wanted)),
        _ => Err(Cause::Incomparable),
    }
}

fn contains(expectation: &Expectation, seen: &Value) -> Result<bool, Cause> {
    let wanted = wanted(expectation)?;
    match (seen, wanted) {
        (Value::Text(seen), Value::Text(wanted)) => Ok(seen.contains(wanted.as_str())),
        (Value::Json(serde_json::Value::Array(list)), wanted) => {
            Ok(list.iter().any(|element| match wanted {
                Value::Json(wanted) => equal_json(element, wanted),
                scalar => equal(&Value::from_json(element.clone()), scalar) == Some(true),
            }))
        }
        (Value::Json(serde_json::Value::Object(map)), Value::Text(key)) => Ok(map.contains_key(key)),
        _ => Err(Cause::Incomparable),
    }
}

fn matches(expectation: &Expectation, seen: &Value) -> Result<bool, Cause> {
    match (seen, &expectation.pattern) {
        (Value::Text(seen), Some(pattern)) => Ok(pattern.0.is_match(seen)),
        (_, None) => Err(Cause::Internal),
        _ => Err(Cause::Incomparable),
    }
}

/// Characters of a text, elements of a list, keys of an object.
fn length(seen: &Value) -> Option<u64> {
    let length = match seen {
        Value::Text(text) => text.chars().count(),
        Value::Json(serde_json::Value::Array(list)) => list.len(),
        Value::Json(serde_json::Value::Object(map)) => map.len(),
        _ => return None,
    };
    u64::try_from(length).ok()
}

fn has_length(expectation: &Expectation, seen: &Value) -> Result<bool, Cause> {
    let length = Value::count(length(seen).ok_or(Cause::Incomparable)?);
    match expectation.wanted.as_slice() {
        [exact] => equal(&length, exact).ok_or(Cause::Internal),
        [_, _] => within(expectation, &length),
        _ => Err(Cause::Internal),
    }
}

fn is_empty(expectation: &Expectation, seen: &Value) -> Result<bool, Cause> {
    let empty = length(seen).ok_or(Cause::Incomparable)? == 0;
    Ok(*wanted(expectation)? == Value::Flag(empty))
}

fn is_a(expectation: &Expectation, seen: &Value) -> Result<bool, Cause> {
    let name = match seen {
        Value::Null => "null",
        Value::Flag(_) => "boolean",
        Value::Number(_) => "number",
        Value::Text(_) => "text",
        Value::Json(serde_json::Value::Array(_)) => "list",
        Value::Json(_) => "object",
        Value::Duration(_) => "duration",
        Value::Size(_) => "size",
        Value::Share(_) => "share",
    };
    Ok(matches!(wanted(expectation)?, Value::Text(wanted) if wanted == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_row_for_every_operator_in_order() {
        let rows: Vec<Operator> = OPERATORS.iter().map(|row| row.operator).collect();
        assert_eq!(rows, Operator::ALL);
    }
}
