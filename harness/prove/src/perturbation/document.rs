//! What stands at a path within a document, changed, taken out, or put there.

use std::time::Duration;

use serde_json::Value as Json;

use super::{ANOTHER, New, new_value};
use fixproof::model::{Change, Expectation, Value, plain_words};

/// The same for what stands at a path within a document. All that it selects is taken out; of several one is changed.
pub(super) fn within(
    change: Change,
    expectation: &Expectation,
    seen: Option<&Value>,
    path: &serde_json_path::JsonPath,
    longest: impl Fn(&Value) -> Duration,
) -> Option<New> {
    let mut document = match seen {
        Some(Value::Json(document)) => document.clone(),
        Some(scalar) => serde_json::to_value(scalar).ok()?,
        None => Json::Object(serde_json::Map::new()),
    };
    let places: Vec<String> =
        path.query_located(&document).locations().map(|place| place.to_json_pointer()).collect();
    if seen.is_none() || places.is_empty() {
        return (change == Change::Present && add(&mut document, path))
            .then(|| New::Is(Value::from_json(document)));
    }
    if change == Change::Absent {
        // From behind, so that the places before stay where they are.
        return places
            .iter()
            .rev()
            .all(|place| take_out(&mut document, place))
            .then(|| New::Is(Value::from_json(document)))
            .or(Some(New::Gone));
    }
    let node = document.pointer_mut(places.first()?)?;
    let New::Is(value) = new_value(change, expectation, Some(&Value::from_json(node.clone())), longest)?
    else {
        return None;
    };
    *node = match value {
        Value::Json(json) => json,
        scalar => serde_json::to_value(&scalar).ok()?,
    };
    Some(New::Is(Value::from_json(document)))
}

/// Takes a place out of a document; not the document itself.
fn take_out(document: &mut Json, place: &str) -> bool {
    let Some((above, last)) = place.rsplit_once('/') else { return false };
    match document.pointer_mut(above) {
        Some(Json::Object(map)) => {
            map.shift_remove(&last.replace("~1", "/").replace("~0", "~"));
            true
        }
        Some(Json::Array(list)) => {
            last.parse().ok().filter(|at| *at < list.len()).map(|at: usize| list.remove(at)).is_some()
        }
        _ => false,
    }
}

/// Puts something at a path of a document, so that the path selects it.
fn add(document: &mut Json, path: &serde_json_path::JsonPath) -> bool {
    let text = path.to_string();
    add_plain(document, &text) || add_element(document, &text, path)
}

/// Puts an element that a filter (`$.list[?@.kind == 'bad']`) selects into the list before it: one that is made of the
/// filter's own words.
fn add_element(document: &mut Json, text: &str, path: &serde_json_path::JsonPath) -> bool {
    let Some((list, filter)) = text.rsplit_once("[?") else { return false };
    let Ok(list) = serde_json_path::JsonPath::parse(list) else { return false };
    let Some(place) = list.query_located(document).locations().next().map(|l| l.to_json_pointer()) else {
        return false;
    };
    let mut quoted: Vec<Json> = filter.split(['\'', '"']).skip(1).step_by(2).map(Json::from).collect();
    let words: Vec<Json> =
        quoted.iter().filter_map(Json::as_str).flat_map(plain_words).map(Json::from).collect();
    quoted.extend(words);
    quoted.extend([ANOTHER.into(), true.into(), false.into(), 1_000_000.into(), (-1).into(), Json::Null]);
    let names: Vec<&str> = filter
        .split('@')
        .filter_map(|rest| rest.strip_prefix('.').or_else(|| rest.strip_prefix("['")))
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or(""))
        .collect();
    let objects = names.iter().flat_map(|name| {
        quoted.iter().map(|word| Json::Object([((*name).to_owned(), word.clone())].into_iter().collect()))
    });
    let candidates: Vec<Json> = quoted.iter().cloned().chain(objects).collect();
    for candidate in candidates {
        let mut tried = document.clone();
        match tried.pointer_mut(&place) {
            Some(Json::Array(list)) => list.push(candidate),
            Some(Json::Object(map)) => {
                map.insert(ANOTHER.to_owned(), candidate);
            }
            _ => return false,
        }
        if !path.query(&tried).is_empty() {
            *document = tried;
            return true;
        }
    }
    false
}

/// Puts something at a plain path (`$.a.b`, `$['a']['b']`) of a document.
fn add_plain(document: &mut Json, path: &str) -> bool {
    let plain = path.replace("['", ".").replace("']", "");
    let Some(names) = plain.strip_prefix("$.") else { return false };
    if names.is_empty() || names.contains(['[', '*', '?', '"', '\'']) || names.contains("..") {
        return false;
    }
    let mut at = document;
    for name in names.split('.') {
        let Json::Object(map) = at else { return false };
        at = map.entry(name).or_insert_with(|| Json::Object(serde_json::Map::new()));
    }
    *at = Json::String(ANOTHER.to_owned());
    true
}
