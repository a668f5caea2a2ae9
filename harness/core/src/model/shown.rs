//! A value as a finding keeps it.

use std::fmt::{Display, Formatter, Result as Written};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Kind, Pattern, Value, excerpt};

/// The longest text of a value that a finding keeps, in characters.
pub(super) const LONGEST: usize = 300;

/// A value as a finding keeps it: bounded, and never a secret.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// The whole value.
    Whole(Value),
    /// The beginning of a large one, as text.
    Beginning {
        /// The text, with how many bytes it had.
        text: String,
        /// The kind of the value.
        kind: Kind,
    },
    /// A value that was given as a secret.
    Secret,
}

impl Shown {
    /// The value, or its beginning.
    #[must_use]
    pub fn of(value: &Value) -> Shown {
        let text = match value {
            Value::Text(_) | Value::Json(_) => value.to_string(),
            _ => return Shown::Whole(value.clone()),
        };
        match excerpt(&text, LONGEST) {
            whole if whole == text => Shown::Whole(value.clone()),
            text => Shown::Beginning { text, kind: value.kind() },
        }
    }

    /// What an expectation compares with.
    #[must_use]
    pub fn wanted(values: &[Value], pattern: Option<&Pattern>) -> Vec<Shown> {
        match pattern {
            Some(pattern) => vec![Shown::of(&Value::Text(pattern.0.as_str().to_owned()))],
            None => values.iter().map(Shown::of).collect(),
        }
    }

    /// The kind of the value.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Shown::Whole(value) => value.kind(),
            Shown::Beginning { kind, .. } => *kind,
            Shown::Secret => Kind::Text,
        }
    }
}

impl Display for Shown {
    fn fmt(&self, f: &mut Formatter<'_>) -> Written {
        match self {
            Shown::Whole(value) => value.fmt(f),
            Shown::Beginning { text, .. } => f.write_str(text),
            Shown::Secret => f.write_str("[secret]"),
        }
    }
}

/// What is no plain value in the JSON of a report.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum NotWhole {
    Beginning { text: String, kind: Kind },
    Secret(bool),
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Shown::Whole(value) => value.serialize(serializer),
            Shown::Beginning { text, kind } => {
                NotWhole::Beginning { text: text.clone(), kind: *kind }.serialize(serializer)
            }
            Shown::Secret => NotWhole::Secret(true).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Shown {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Shown, D::Error> {
        use serde::de::Error;
        let json = serde_json::Value::deserialize(deserializer)?;
        if !["beginning", "secret"].iter().any(|tag| json.get(tag).is_some()) {
            return Value::from_written(json).map(Shown::Whole).map_err(D::Error::custom);
        }
        Ok(match serde_json::from_value(json).map_err(D::Error::custom)? {
            NotWhole::Beginning { text, kind } => Shown::Beginning { text, kind },
            NotWhole::Secret(_) => Shown::Secret,
        })
    }
}
