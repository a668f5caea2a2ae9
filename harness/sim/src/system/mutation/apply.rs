//! What a change makes of a value. A pure function of the value, the change and a seed.

use serde_json::{Number, Value, json};

use super::{Change, Path, Segment, Shape};
use crate::servers::seed::mix;

/// Deeper places are not distinguished.
const DEEPEST: usize = 16;

/// Words of health contracts and their opposites: a changed answer should be one that could be
/// given.
const OPPOSITES: [(&str, &str); 9] = [
    ("healthy", "unhealthy"),
    ("ready", "not_ready"),
    ("connected", "disconnected"),
    ("closed", "open"),
    ("staging", "production"),
    ("active", "inactive"),
    ("running", "stopped"),
    ("completed", "failed"),
    ("enabled", "disabled"),
];

/// Changes the values at a place of a document; returns whether the document changed.
pub(super) fn changed(document: &mut Value, path: &Path, change: Change, seed: u64) -> bool {
    if change == Change::Dropped {
        return path.take_out(document);
    }
    let mut any = false;
    path.each(document, &mut |value| {
        if let Some(new) = other(value, change, seed).filter(|new| new != value) {
            *value = new;
            any = true;
        }
    });
    any
}

/// Another value in its place; nothing where the change makes no sense.
fn other(value: &Value, change: Change, seed: u64) -> Option<Value> {
    Some(match (change, value) {
        (Change::Retyped, value) => retyped(value),
        (Change::Replaced, Value::Null) => json!("unexpected"),
        (Change::Replaced, Value::Bool(flag)) => json!(!flag),
        (Change::Replaced, Value::String(text)) => json!(other_text(text, seed)),
        (Change::Replaced, Value::Array(list)) if list.is_empty() => json!(["unexpected"]),
        (Change::Replaced, Value::Object(members)) if members.is_empty() => json!({"unexpected": 1}),
        (Change::Raised, Value::Number(number)) => Value::Number(raised(number)?),
        (Change::Lowered, Value::Number(number)) => Value::Number(lowered(number)?),
        (Change::Emptied, Value::String(text)) if !text.is_empty() => json!(""),
        (Change::Emptied, Value::Array(list)) if !list.is_empty() => json!([]),
        (Change::Emptied, Value::Object(members)) if !members.is_empty() => json!({}),
        (Change::Emptied, _) => Value::Null,
        (Change::Replaced | Change::Raised | Change::Lowered | Change::Dropped, _) => return None,
    })
}

/// The same thing in another type, as a careless change of a service writes it.
fn retyped(value: &Value) -> Value {
    match value {
        Value::Null => json!("null"),
        Value::Bool(flag) => json!(flag.to_string()),
        Value::Number(number) => json!(number.to_string()),
        Value::String(_) => json!(true),
        Value::Array(list) => json!(list.len()),
        Value::Object(_) => json!("[object Object]"),
    }
}

/// Ten times as much, and more.
fn raised(number: &Number) -> Option<Number> {
    match (number.as_u64(), number.as_i64()) {
        (Some(count), _) => Some(count.saturating_mul(10).saturating_add(1000).into()),
        (None, Some(whole)) => Some(whole.saturating_abs().saturating_mul(10).saturating_add(1000).into()),
        (None, None) => Number::from_f64(number.as_f64()?.abs() * 10.0 + 1000.0),
    }
}

/// Nothing; less than nothing where it was nothing or less.
fn lowered(number: &Number) -> Option<Number> {
    match (number.as_i64(), number.as_f64()?) {
        (Some(whole), _) if number.is_i64() || number.is_u64() => {
            Some(if whole > 0 { 0 } else { whole.saturating_mul(10).saturating_sub(1) }.into())
        }
        (_, fraction) if fraction > 0.0 => Number::from_f64(0.0),
        (_, fraction) => Number::from_f64(fraction * 10.0 - 1.0),
    }
}

/// Another text of the same form: letters for letters, digits for digits. Where there is a usual opposite, that.
pub(super) fn other_text(text: &str, seed: u64) -> String {
    if text.is_empty() {
        return "unexpected".to_owned();
    }
    let lower = text.to_lowercase();
    for (well, ill) in OPPOSITES {
        if lower == well {
            return if text == lower { ill.to_owned() } else { ill.to_uppercase() };
        }
    }
    // From 1 to 8 further, so that no digit and no letter stays what it is.
    let turn = u8::try_from(1 + mix(seed, text.len() as u64) % 8).unwrap_or(1);
    let turned = |first: u8, of: u8, c: char| {
        let place = u8::try_from(c).map_or(0, |byte| byte - first);
        char::from(first + (place + turn) % of)
    };
    let other: String = text
        .chars()
        .map(|c| match c {
            '0'..='9' => turned(b'0', 10, c),
            'a'..='z' => turned(b'a', 26, c),
            'A'..='Z' => turned(b'A', 26, c),
            c => c,
        })
        .collect();
    if other == text { format!("unexpected {text}") } else { other }
}

/// The shape of a value.
fn shape(value: &Value) -> Shape {
    match value {
        Value::Null => Shape::Null,
        Value::Bool(_) => Shape::Flag,
        Value::Number(_) => Shape::Number,
        Value::String(_) => Shape::Text,
        Value::Array(list) if list.is_empty() => Shape::EmptyList,
        Value::Array(_) => Shape::List,
        Value::Object(members) if members.is_empty() => Shape::EmptyObject,
        Value::Object(_) => Shape::Object,
    }
}

/// Visits every place of a document with its shape.
pub(super) fn places(document: &Value, at: &Path, visit: &mut dyn FnMut(&Path, Shape)) {
    visit(at, shape(document));
    if at.0.len() == DEEPEST {
        return;
    }
    match document {
        Value::Array(list) => {
            let below = at.down(Segment::Each);
            list.iter().for_each(|element| places(element, &below, visit));
        }
        Value::Object(members) => {
            for (name, member) in members {
                places(member, &at.down(Segment::Member(name.clone())), visit);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::Field;
    use super::*;

    fn sample() -> Value {
        json!({
            "status": "healthy", "flag": true, "count": 3, "zero": 0, "below": -2, "share": 99.9, "none": null,
            "nothing": "", "list": [], "members": {}, "rows": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
            "token": "eyJ0.abc-9._x", "sign": "…",
        })
    }

    fn all() -> Vec<(Path, Shape)> {
        let mut all = std::collections::BTreeMap::new();
        places(&sample(), &Path::default(), &mut |path, shape| {
            all.insert(path.clone(), shape);
        });
        all.into_iter().collect()
    }

    fn at(document: &mut Value, path: &Path) -> Vec<Value> {
        let mut found = Vec::new();
        path.each(document, &mut |value| found.push(value.clone()));
        found
    }

    #[test]
    fn every_change_does_what_it_says_and_nothing_else() {
        for (path, shape) in all() {
            for change in Change::of(&Field::Body(path.clone()), shape) {
                let mut document = sample();
                assert!(changed(&mut document, &path, *change, 7), "{path} {change:?} changed nothing");
                assert_ne!(document, sample(), "{path} {change:?}");
                let (old, new) = (at(&mut sample(), &path), at(&mut document, &path));
                for (old, new) in old.iter().zip(&new) {
                    let same_type = std::mem::discriminant(old) == std::mem::discriminant(new);
                    match change {
                        Change::Dropped => unreachable!(),
                        Change::Retyped => assert!(!same_type, "{path}"),
                        Change::Replaced => assert!(same_type || old.is_null(), "{path}"),
                        Change::Raised => assert!(new.as_f64() > old.as_f64() && same_type, "{path}"),
                        Change::Lowered => assert!(new.as_f64() < old.as_f64() && same_type, "{path}"),
                        Change::Emptied => assert!(
                            [json!(""), json!([]), json!({}), json!(null)].contains(new),
                            "{path} {new}"
                        ),
                    }
                }
                assert_eq!(new.is_empty(), *change == Change::Dropped, "{path} {change:?}");
                // With the field put back, or taken out of both, nothing is left of the change.
                let mut without = sample();
                if path.take_out(&mut document) | path.take_out(&mut without) {
                    assert_eq!(document, without, "{path} {change:?} changed something else");
                }
            }
        }
    }

    #[test]
    fn another_text_is_of_the_same_form_and_the_same_for_the_same_seed() {
        assert_eq!(other_text("healthy", 1), "unhealthy");
        assert_eq!(other_text("READY", 1), "NOT_READY");
        for text in ["eyJ0.abc-9._x", "2026-11-21T16:50:00Z", "600s", "z9Z", "…", " "] {
            for seed in 0..20 {
                let other = other_text(text, seed);
                assert_ne!(other, text);
                assert_eq!(other, other_text(text, seed));
                if text.is_ascii() && text != " " {
                    let form = |text: &str| -> Vec<(bool, bool)> {
                        text.chars().map(|c| (c.is_ascii_digit(), c.is_ascii_alphabetic())).collect()
                    };
                    assert_eq!(form(&other), form(text), "{other}");
                }
            }
        }
    }

    #[test]
    fn the_elements_of_a_list_are_one_place() {
        let names: Vec<String> = all().iter().map(|(path, _)| path.to_string()).collect();
        assert!(names.contains(&"$.rows[*].name".to_owned()) && names.contains(&"$".to_owned()), "{names:?}");
        assert_eq!(names.len(), 17, "{names:?}");
    }

    #[test]
    fn a_change_that_makes_no_sense_changes_nothing() {
        for (name, change) in
            [("status", Change::Raised), ("rows", Change::Replaced), ("gone", Change::Dropped)]
        {
            let mut document = sample();
            let path = Path(vec![Segment::Member(name.to_owned())]);
            assert!(!changed(&mut document, &path, change, 1), "{name}");
            assert_eq!(document, sample());
        }
    }
}
