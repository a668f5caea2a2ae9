//! The self-check of the harness's own host: raw measures, what they mean, and how uncertain they make a time.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Value;
use super::seconds::{from_seconds, seconds};

/// How far a measured time may be from the true one because of the harness's own host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Doubt {
    /// The true time may be shorter by so much.
    #[serde(serialize_with = "seconds", deserialize_with = "from_seconds")]
    pub shorter: Duration,
    /// The true time may be longer by so much.
    #[serde(serialize_with = "seconds", deserialize_with = "from_seconds")]
    pub longer: Duration,
    /// Why, for a reader.
    pub sentence: String,
}

/// The limit of open files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileLimit {
    /// Open when the run began.
    pub open: u64,
    /// What the plan may open at the same moment, those included.
    pub wanted: u64,
    /// What the process may open, after it was raised; nothing where there is no limit.
    pub allowed: Option<u64>,
    /// What it was before it was raised, if it was.
    pub raised_from: Option<u64>,
}

/// Measures of the host during a run. All times are wall-clock times.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HostMeasures {
    /// How often the harness wanted to wake.
    pub beats: u64,
    /// 99 of 100 times it was no later than this.
    pub lag_p99: Duration,
    /// The latest it was.
    pub lag_max: Duration,
    /// The furthest the calendar went ahead of the monotonic clock in one step, or over the whole run.
    pub ahead: Duration,
    /// The furthest it fell behind.
    pub behind: Duration,
    /// The load average at the end, where the system says.
    pub load: Option<f64>,
    /// Open files, where the system says.
    pub files: Option<FileLimit>,
}

/// One thing about the host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckItem {
    /// `lag`, `clocks` or `files`.
    pub name: Cow<'static, str>,
    /// What was measured; null where it could not be.
    pub measured: Value,
    /// Beyond which it is not healthy; null where nothing is.
    pub limit: Value,
    /// Is it as it should be?
    pub healthy: bool,
    /// For a reader.
    pub sentence: String,
}

/// The result of the self-check of the harness's own host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelfCheck {
    /// All items, in the order a reader wants them.
    pub items: Vec<CheckItem>,
}

impl SelfCheck {
    /// Those that are not as they should be.
    pub fn sick(&self) -> impl Iterator<Item = &CheckItem> {
        self.items.iter().filter(|item| !item.healthy)
    }
}
