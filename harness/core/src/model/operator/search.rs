//! The searches: `contains`, `starts-with`, `ends-with`, `matches`.

use serde_json::Value as Json;

use crate::model::{Cause, Value, equal, equal_json};

use super::row::{Operands, Operator, OperatorRow, Search, Subject, Takes, Vacuous, WhenTruncated};

pub(super) const ROWS: &[Operator] =
    &[Operator::CONTAINS, Operator::STARTS_WITH, Operator::ENDS_WITH, Operator::MATCHES];

impl Operator {
    /// `contains`
    pub const CONTAINS: Operator = Operator(&OperatorRow {
        truncated: WhenTruncated::HoldsForGood,
        vacuous: empty_text,
        example: containing,
        search: Some(Search::Piece),
        ..OperatorRow::new(
            "contains",
            Takes::Element,
            "A text within a text, an element within a list, a key within an object.",
            contains,
        )
    });

    /// `starts-with`
    pub const STARTS_WITH: Operator = Operator(&OperatorRow {
        vacuous: empty_text,
        example: |operands, _| operands.values.first().cloned(),
        search: Some(Search::Start),
        ..OperatorRow::new("starts-with", Takes::Text, "A text's beginning.", |o, v| {
            texts(o, v, |seen, wanted| seen.starts_with(wanted))
        })
    });

    /// `ends-with`
    pub const ENDS_WITH: Operator = Operator(&OperatorRow {
        vacuous: empty_text,
        example: |operands, _| operands.values.first().cloned(),
        search: Some(Search::Piece),
        ..OperatorRow::new("ends-with", Takes::Text, "A text's end.", |o, v| {
            texts(o, v, |seen, wanted| seen.ends_with(wanted))
        })
    });

    /// `matches`
    pub const MATCHES: Operator = Operator(&OperatorRow {
        aliases: &["regex"],
        vacuous: any_text,
        example: matching,
        search: Some(Search::Pattern),
        ..OperatorRow::new(
            "matches",
            Takes::Pattern,
            "A regular expression found anywhere in a text; anchor it with ^ and $.",
            matches,
        )
    });
}

fn texts(operands: Operands<'_>, seen: &Value, holds: fn(&str, &str) -> bool) -> Result<bool, Cause> {
    match (seen, operands.first()?) {
        (Value::Text(seen), Value::Text(wanted)) => Ok(holds(seen, wanted)),
        _ => Err(Cause::Incomparable),
    }
}

fn contains(operands: Operands<'_>, seen: &Value) -> Result<bool, Cause> {
    match (seen, operands.first()?) {
        (Value::Text(seen), Value::Text(wanted)) => Ok(seen.contains(wanted.as_str())),
        (Value::Json(Json::Array(list)), wanted) => Ok(list.iter().any(|element| match wanted {
            Value::Json(wanted) => equal_json(element, wanted),
            scalar => equal(&Value::from_json(element.clone()), scalar) == Some(true),
        })),
        (Value::Json(Json::Object(map)), Value::Text(key)) => Ok(map.contains_key(key)),
        _ => Err(Cause::Incomparable),
    }
}

fn matches(operands: Operands<'_>, seen: &Value) -> Result<bool, Cause> {
    match (seen, operands.pattern) {
        (Value::Text(seen), Some(pattern)) => Ok(pattern.0.is_match(seen)),
        (_, None) => Err(Cause::Internal),
        _ => Err(Cause::Incomparable),
    }
}

fn empty_text(operands: Operands<'_>, _: &Subject) -> Option<Vacuous> {
    match operands.values.first() {
        Some(Value::Text(text)) if text.is_empty() => {
            Some(Vacuous::CannotFail("every text contains the empty text"))
        }
        _ => None,
    }
}

/// A pattern that matches the empty text and texts that have nothing in common.
fn any_text(operands: Operands<'_>, _: &Subject) -> Option<Vacuous> {
    let pattern = &operands.pattern?.0;
    ["", "\u{1}", "zq~9", "\n\n", "Ünïcode 字"]
        .iter()
        .all(|text| pattern.is_match(text))
        .then_some(Vacuous::CannotFail("the pattern matches every text"))
}

/// What was seen with the element or key in it; of a text only the element.
fn containing(operands: Operands<'_>, seen: &Value) -> Option<Value> {
    let wanted = operands.values.first()?;
    match seen {
        Value::Json(Json::Array(list)) => {
            let mut list = list.clone();
            list.push(match wanted {
                Value::Json(json) => json.clone(),
                scalar => serde_json::to_value(scalar).ok()?,
            });
            Some(Value::Json(Json::Array(list)))
        }
        Value::Json(Json::Object(map)) => {
            let Value::Text(key) = wanted else { return None };
            let mut map = map.clone();
            map.insert(key.clone(), Json::Null);
            Some(Value::Json(Json::Object(map)))
        }
        _ => Some(wanted.clone()),
    }
}

/// A text that the pattern matches, where one is easily found: one of its alternatives without its metacharacters.
fn matching(operands: Operands<'_>, seen: &Value) -> Option<Value> {
    let (Value::Text(_), pattern) = (seen, &operands.pattern?.0) else { return None };
    plain_words(pattern.as_str()).find(|text| pattern.is_match(text)).map(Value::Text)
}

/// The alternatives of a pattern without its metacharacters.
pub fn plain_words(pattern: &str) -> impl Iterator<Item = String> {
    pattern.split('|').map(|part| {
        let part = part.strip_prefix("(?i)").unwrap_or(part);
        part.chars().filter(|c| !matches!(c, '^' | '$' | '\\' | '(' | ')' | '?' | '*' | '+')).collect()
    })
}
