//! The configuration of a `log` probe: plain data.

use std::time::Duration;

use regex::Regex;
use serde_json_path::JsonPath;

/// How entries are parsed and what is searched in them.
pub(super) struct Config {
    pub(super) parsing: Parsing,
    /// Most entries that are analyzed.
    pub(super) limit: u64,
    /// How far back from now, in target time.
    pub(super) since: Option<Duration>,
    pub(super) pattern: Option<Regex>,
    /// The named groups of the pattern.
    pub(super) groups: Vec<Group>,
    /// Are instances distinguished?
    pub(super) distinct: bool,
    /// The group that names the instance, when no path does.
    pub(super) instance_group: Option<String>,
    pub(super) sequence: Option<Sequence>,
    pub(super) outcome: Option<Outcome>,
}

/// How entries are parsed.
pub(super) struct Parsing {
    pub(super) format: Format,
    pub(super) messages: Vec<JsonPath>,
    pub(super) times: Times,
    pub(super) instance: Option<JsonPath>,
}

/// The format of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Auto,
    Json,
    Lines,
    Text,
}

/// Where the timestamp of an entry is.
pub(super) enum Times {
    /// At a path in a JSON document; a line of text begins with it.
    At(JsonPath),
    /// In a line of text.
    Written(Regex),
}

/// A named group of the pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) of: Type,
}

/// The type of a group's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    Number,
    Seconds,
    Milliseconds,
    Duration,
    Share,
}

impl Type {
    /// The words of the setting `types`, in its order.
    pub(super) const WORDS: [(&'static str, Type); 6] = [
        ("number", Type::Number),
        ("seconds", Type::Seconds),
        ("milliseconds", Type::Milliseconds),
        ("duration", Type::Duration),
        ("share", Type::Share),
        ("text", Type::Text),
    ];

    /// The word of the setting.
    pub(super) fn word(self) -> &'static str {
        Type::WORDS.iter().find(|(_, of)| *of == self).map_or("text", |(word, _)| word)
    }
}

/// The words that a group is expected to contain, in this order.
pub(super) struct Sequence {
    pub(super) group: String,
    pub(super) order: Vec<String>,
}

/// The messages by which an instance succeeds or fails.
pub(super) struct Outcome {
    pub(super) success: Regex,
    pub(super) failure: Regex,
    /// Between 0 and 1.
    pub(super) confidence: f64,
}
