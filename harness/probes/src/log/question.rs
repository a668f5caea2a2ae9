//! What is asked of a log, made ready.

use std::sync::Arc;
use std::time::Duration;

use regex::Regex;
use serde_json_path::JsonPath;

use super::groups::Group;
use super::source::Source;

/// Everything one observation needs.
pub(super) struct Question {
    pub(super) source: Source,
    pub(super) looking: Arc<Looking>,
}

/// How entries are read and what is looked for in them.
pub(super) struct Looking {
    pub(super) reading: Reading,
    /// Most entries that are looked at.
    pub(super) limit: u64,
    /// How far back from now, on the target's clock.
    pub(super) since: Option<Duration>,
    pub(super) pattern: Option<Regex>,
    /// What the pattern's named groups are.
    pub(super) groups: Vec<Group>,
    /// Are instances told apart?
    pub(super) distinct: bool,
    /// The group that names the instance, where no path does.
    pub(super) instance_group: Option<String>,
    pub(super) sequence: Option<Sequence>,
    pub(super) outcome: Option<Outcome>,
}

/// How entries are read.
pub(super) struct Reading {
    pub(super) format: Format,
    pub(super) messages: Vec<JsonPath>,
    pub(super) times: Times,
    pub(super) instance: Option<JsonPath>,
}

/// How a log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Auto,
    Json,
    Lines,
    Text,
}

/// Where an entry says when it was written.
pub(super) enum Times {
    /// In a document; a line of text begins with it.
    At(JsonPath),
    /// In a line of text.
    Written(Regex),
}

/// What a group is to say one after another.
pub(super) struct Sequence {
    pub(super) group: String,
    pub(super) order: Vec<String>,
}

/// How an instance fared.
pub(super) struct Outcome {
    pub(super) success: Regex,
    pub(super) failure: Regex,
    /// Between 0 and 1.
    pub(super) confidence: f64,
}
