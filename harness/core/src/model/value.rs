//! One typed value: what a probe saw, or what an expectation wants.

use std::time::Duration;

use serde::de::Error;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Number;

use super::Share;

/// The kind of a value. Two values of different kinds are never compared, only called incomparable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// JSON's null.
    Null,
    /// True or false.
    Flag,
    /// A count or any other plain number.
    Number,
    /// Characters.
    Text,
    /// A length of time.
    Duration,
    /// A number of bytes.
    Size,
    /// A part of a whole.
    Share,
    /// A JSON document: as a fact's declared kind "whatever the target sent", as a value's kind a list or an object.
    Json,
}

impl Kind {
    /// The word messages use, with its article.
    #[must_use]
    pub fn described(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::Flag => "a boolean",
            Kind::Number => "a number",
            Kind::Text => "a text",
            Kind::Duration => "a duration",
            Kind::Size => "a size",
            Kind::Share => "a share",
            Kind::Json => "JSON",
        }
    }
}

/// A value with its unit in its type.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// JSON's null: present, and nothing.
    Null,
    /// True or false.
    Flag(bool),
    /// A plain number, as exact as it was written.
    Number(Number),
    /// Characters.
    Text(String),
    /// A length of time.
    Duration(Duration),
    /// A number of bytes.
    Size(u64),
    /// A part of a whole.
    Share(Share),
    /// A JSON list or object.
    Json(serde_json::Value),
}

impl Value {
    /// A plain count.
    #[must_use]
    pub fn count(number: u64) -> Value {
        Value::Number(number.into())
    }

    /// A JSON node: scalars become values of their own kind, lists and objects stay JSON.
    #[must_use]
    pub fn from_json(node: serde_json::Value) -> Value {
        match node {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(flag) => Value::Flag(flag),
            serde_json::Value::Number(number) => Value::Number(number),
            serde_json::Value::String(text) => Value::Text(text),
            composite => Value::Json(composite),
        }
    }

    /// The kind of this value.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Value::Null => Kind::Null,
            Value::Flag(_) => Kind::Flag,
            Value::Number(_) => Kind::Number,
            Value::Text(_) => Kind::Text,
            Value::Duration(_) => Kind::Duration,
            Value::Size(_) => Kind::Size,
            Value::Share(_) => Kind::Share,
            Value::Json(_) => Kind::Json,
        }
    }
}

/// Three significant digits in the unit that fits: `812µs`, `4.31ms`, `12s`, `1m 30s`.
#[must_use]
pub(crate) fn duration_text(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    let scaled = |unit: u128, name: &str| {
        #[expect(clippy::cast_precision_loss, reason = "three digits for a reader")]
        let amount = nanos as f64 / unit as f64;
        let decimals = match amount {
            a if a < 9.995 => 2,
            a if a < 99.95 => 1,
            _ => 0,
        };
        let text = format!("{amount:.decimals$}");
        let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        format!("{text}{name}")
    };
    match nanos {
        0 => "0s".to_owned(),
        n if n < 1_000 => format!("{n}ns"),
        n if n < 1_000_000 => scaled(1_000, "µs"),
        n if n < 1_000_000_000 => scaled(1_000_000, "ms"),
        n if n < 60_000_000_000 => scaled(1_000_000_000, "s"),
        _ => humantime::format_duration(Duration::from_secs(duration.as_secs())).to_string(),
    }
}

fn size_text(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    for (name, unit) in UNITS {
        if bytes >= unit {
            return if bytes.is_multiple_of(unit) {
                format!("{}{name}", bytes / unit)
            } else {
                let tenths = u128::from(bytes) * 10 / u128::from(unit);
                format!("{}.{}{name}", tenths / 10, tenths % 10)
            };
        }
    }
    format!("{bytes}B")
}

/// As a reader sees it: texts quoted, units attached.
impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Flag(flag) => write!(f, "{flag}"),
            Value::Number(number) => write!(f, "{number}"),
            Value::Text(text) => write!(f, "{text:?}"),
            Value::Duration(duration) => f.write_str(&duration_text(*duration)),
            Value::Size(bytes) => f.write_str(&size_text(*bytes)),
            Value::Share(share) => write!(f, "{share}"),
            Value::Json(json) => write!(f, "{json}"),
        }
    }
}

/// Plain JSON where JSON has the kind; `{"seconds": 0.25}`, `{"bytes": 512}`, `{"share": "4/5"}` where it hasn't.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn tagged<S: Serializer, T: Serialize>(s: S, key: &str, value: &T) -> Result<S::Ok, S::Error> {
            let mut map = s.serialize_map(Some(1))?;
            map.serialize_entry(key, value)?;
            map.end()
        }
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Flag(flag) => serializer.serialize_bool(*flag),
            Value::Number(number) => number.serialize(serializer),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Duration(duration) => tagged(serializer, "seconds", &duration.as_secs_f64()),
            Value::Size(bytes) => tagged(serializer, "bytes", bytes),
            Value::Share(share) => tagged(serializer, "share", share),
            Value::Json(json) => tagged(serializer, "json", json),
        }
    }
}

impl Value {
    /// The value that was written like this.
    ///
    /// # Errors
    /// A sentence, where no value is.
    pub(super) fn from_written(json: serde_json::Value) -> Result<Value, String> {
        let rows = match json {
            serde_json::Value::Object(rows) => rows,
            serde_json::Value::Array(_) => return Err("a list stands in `{\"json\": …}`".to_owned()),
            scalar => return Ok(Value::from_json(scalar)),
        };
        let mut rows = rows.into_iter();
        let (Some((tag, inner)), None) = (rows.next(), rows.next()) else {
            return Err("a value is an object of one key: seconds, bytes, share or json".to_owned());
        };
        let wrong = |inner: &serde_json::Value| format!("`{inner}` can't stand in `{{\"{tag}\": …}}`");
        match tag.as_str() {
            "seconds" => inner
                .as_f64()
                .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
                .map(Value::Duration)
                .ok_or_else(|| wrong(&inner)),
            "bytes" => inner.as_u64().map(Value::Size).ok_or_else(|| wrong(&inner)),
            "share" => {
                inner.as_str().and_then(Share::from_written).map(Value::Share).ok_or_else(|| wrong(&inner))
            }
            "json" => Ok(Value::Json(inner)),
            _ => Err(format!("there is no kind of value `{tag}`; there are: seconds, bytes, share, json")),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        Value::from_written(serde_json::Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_shown_in_the_unit_that_fits() {
        let shown = |nanos| Value::Duration(Duration::from_nanos(nanos)).to_string();
        assert_eq!(shown(812_000), "812µs");
        assert_eq!(shown(4_312_345), "4.31ms");
        assert_eq!(shown(100_000_000), "100ms");
        assert_eq!(shown(12_000_000_000), "12s");
        assert_eq!(shown(90_000_000_000), "1m 30s");
        assert_eq!(shown(0), "0s");
    }

    #[test]
    fn sizes_are_shown_in_binary_units() {
        assert_eq!(Value::Size(2 << 20).to_string(), "2MiB");
        assert_eq!(Value::Size(1536).to_string(), "1.5KiB");
        assert_eq!(Value::Size(7).to_string(), "7B");
    }
}
