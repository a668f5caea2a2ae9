//! Equality and order of typed values. Different kinds are neither equal nor ordered: they are incomparable.

use std::cmp::Ordering;

use serde_json::Number;

use super::Value;

/// Whole numbers above this magnitude are not all representable as `f64`.
const TOO_LARGE: f64 = 1e37;

/// The order of two numbers, exact also between integers and floating point.
fn compare_numbers(a: &Number, b: &Number) -> Option<Ordering> {
    let whole = |n: &Number| n.as_i64().map(i128::from).or_else(|| n.as_u64().map(i128::from));
    match (whole(a), whole(b)) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        (Some(a), None) => compare_float(b.as_f64()?, a).map(Ordering::reverse),
        (None, Some(b)) => compare_float(a.as_f64()?, b),
        (None, None) => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "whole floats below TOO_LARGE fit an i128; a fraction is below 2^53, where larger integers keep their order"
)]
fn compare_float(float: f64, whole: i128) -> Option<Ordering> {
    if float.fract() == 0.0 && float.abs() < TOO_LARGE {
        Some((float as i128).cmp(&whole))
    } else {
        float.partial_cmp(&(whole as f64))
    }
}

/// The order of two values of the same measurable kind. `None` where their kinds differ or have no order.
#[must_use]
pub fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => compare_numbers(a, b),
        (Value::Duration(a), Value::Duration(b)) => Some(a.cmp(b)),
        (Value::Size(a), Value::Size(b)) => Some(a.cmp(b)),
        (Value::Share(a), Value::Share(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// Are two values the same? `None` where their kinds differ.
#[must_use]
pub fn equal(a: &Value, b: &Value) -> Option<bool> {
    match (a, b) {
        (Value::Null, Value::Null) => Some(true),
        (Value::Flag(a), Value::Flag(b)) => Some(a == b),
        (Value::Text(a), Value::Text(b)) => Some(a == b),
        (Value::Json(a), Value::Json(b)) if a.is_array() == b.is_array() => Some(equal_json(a, b)),
        _ => compare(a, b).map(Ordering::is_eq),
    }
}

/// Deep equality of JSON with numbers compared by value: `1` is `1.0`, and the order of keys means nothing.
#[must_use]
pub fn equal_json(a: &serde_json::Value, b: &serde_json::Value) -> bool {
    use serde_json::Value as Json;
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => compare_numbers(a, b).is_some_and(Ordering::is_eq),
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal_json(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, a)| b.get(k).is_some_and(|b| equal_json(a, b)))
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn number(json: serde_json::Value) -> Value {
        Value::from_json(json)
    }

    #[test]
    fn integers_beyond_float_precision_differ() {
        assert_eq!(
            equal(&number(json!(9_007_199_254_740_993_u64)), &number(json!(9_007_199_254_740_992.0))),
            Some(false)
        );
        assert_eq!(equal(&number(json!(u64::MAX)), &number(json!(-1))), Some(false));
    }

    #[test]
    fn one_is_one_point_zero() {
        assert_eq!(equal(&number(json!(1)), &number(json!(1.0))), Some(true));
        assert!(equal_json(&json!({"a": [1, 2.0]}), &json!({"a": [1.0, 2]})));
    }

    #[test]
    fn a_number_and_a_text_are_incomparable() {
        assert_eq!(equal(&number(json!(503)), &number(json!("503"))), None);
        assert_eq!(compare(&number(json!(1)), &Value::Size(1)), None);
    }
}
