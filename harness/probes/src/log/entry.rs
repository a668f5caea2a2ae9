//! Bytes to entries: timestamp, instance and message of each.

use serde_json::Value as Json;
use serde_json_path::JsonPath;
use time::OffsetDateTime;

use fixproof_core::model::{Cause, ProbeError, shortened_bytes};

use super::config::{Format, Parsing, Times};
use super::material::Part;
use super::timestamp;

/// One entry of a log.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    /// Its timestamp, if it has one.
    pub(super) time: Option<OffsetDateTime>,
    /// The instance that wrote it, if it names one.
    pub(super) instance: Option<String>,
    /// Its text.
    pub(super) message: String,
}

/// The paths of a message by default.
pub(super) const MESSAGES: [&str; 4] =
    ["$.jsonPayload.message", "$.textPayload", "$.message", "$.protoPayload.status.message"];

/// Parses every entry of a part, in its order.
///
/// # Errors
/// Invalid JSON where JSON is required.
pub(super) fn entries(part: Part, parsing: &Parsing, all: &mut Vec<Entry>) -> Result<(), ProbeError> {
    let (from, bytes, torn) = match part {
        Part::Entries(list) => {
            all.extend(list.iter().map(|json| of_json(json, parsing)));
            return Ok(());
        }
        Part::Bytes { from, bytes, torn } => (from, bytes, torn),
    };
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    let begins = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    match (parsing.format, begins) {
        (_, None) => Ok(()),
        (Format::Json, _) => document(bytes, &from, parsing, all),
        // A text may begin with a bracket too: `[INFO] …` is no JSON.
        (Format::Auto, Some(b'[')) if !torn => {
            document(bytes, &from, parsing, all).or_else(|_| lines(bytes, &from, torn, parsing, all))
        }
        (Format::Auto | Format::Lines | Format::Text, _) => lines(bytes, &from, torn, parsing, all),
    }
}

/// A JSON list; any other document is one entry.
fn document(bytes: &[u8], from: &str, parsing: &Parsing, all: &mut Vec<Entry>) -> Result<(), ProbeError> {
    match serde_json::from_slice::<Json>(bytes) {
        Ok(Json::Array(list)) => all.extend(list.iter().map(|json| of_json(json, parsing))),
        Ok(one) => all.push(of_json(&one, parsing)),
        Err(error) => return Err(not_json(from, &error.to_string(), bytes)),
    }
    Ok(())
}

fn lines(
    bytes: &[u8],
    from: &str,
    torn: bool,
    parsing: &Parsing,
    all: &mut Vec<Entry>,
) -> Result<(), ProbeError> {
    let first_of_part = all.len();
    for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate().skip(usize::from(torn)) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let json = match parsing.format {
            Format::Text => None,
            Format::Auto if !line.trim_ascii_start().starts_with(b"{") => None,
            Format::Auto => serde_json::from_slice::<Json>(line).ok(),
            Format::Lines | Format::Json => match serde_json::from_slice::<Json>(line) {
                Ok(json) => Some(json),
                Err(error) => {
                    return Err(not_json(
                        &format!("line {} of {from}", number + 1),
                        &error.to_string(),
                        line,
                    ));
                }
            },
        };
        let entry = match json {
            Some(json) => of_json(&json, parsing),
            None => {
                // A continuation line (a stack trace) has the time of the line before it.
                let before = all.get(first_of_part..).and_then(<[Entry]>::last);
                of_text(&String::from_utf8_lossy(line), before, parsing)
            }
        };
        all.push(entry);
    }
    Ok(())
}

fn of_text(line: &str, before: Option<&Entry>, parsing: &Parsing) -> Entry {
    let own = match &parsing.times {
        Times::Written(pattern) => pattern.captures(line).and_then(|found| {
            let group = found.get(1).or_else(|| found.get(0))?;
            timestamp::parse(group.as_str())
        }),
        Times::At(_) => timestamp::at_beginning(line),
    };
    let time = own.or_else(|| before.and_then(|entry| entry.time));
    Entry { time, instance: None, message: line.to_owned() }
}

fn of_json(json: &Json, parsing: &Parsing) -> Entry {
    if let Json::String(line) = json {
        return of_text(line, None, parsing);
    }
    let time = match &parsing.times {
        Times::At(path) => match scalar_at(path, json) {
            Some(Json::String(text)) => timestamp::parse(text),
            Some(Json::Number(number)) => number.as_f64().and_then(timestamp::from_number),
            _ => None,
        },
        Times::Written(_) => None,
    };
    let instance = parsing.instance.as_ref().and_then(|path| scalar_at(path, json)).map(text_of);
    let message = parsing.messages.iter().find_map(|path| scalar_at(path, json)).map(text_of);
    Entry { time, instance, message: message.unwrap_or_else(|| json.to_string()) }
}

/// The first scalar that a path finds; null is none.
fn scalar_at<'a>(path: &JsonPath, json: &'a Json) -> Option<&'a Json> {
    path.query(json).into_iter().find(|node| !matches!(node, Json::Null | Json::Array(_) | Json::Object(_)))
}

fn text_of(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn not_json(from: &str, error: &str, bytes: &[u8]) -> ProbeError {
    let begins = shortened_bytes(bytes, 80);
    ProbeError { cause: Cause::NotJson, detail: format!("{from} is not JSON ({error}): {begins:?}") }
}
