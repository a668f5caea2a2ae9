//! What the harness found out about its own host: raw measures, what they mean, and how far they put a time in doubt.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Value;
use super::observation::{from_seconds, seconds};

/// How far a time that was measured may be from the true one, through no doing of the target.
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

impl Doubt {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Doubt) -> Doubt {
        Doubt {
            shorter: self.shorter.saturating_add(other.shorter),
            longer: self.longer.saturating_add(other.longer),
            sentence: format!("{}; {}", self.sentence, other.sentence),
        }
    }
}

/// One measure of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measure {
    /// It took so long, on the wall.
    Took(Duration),
    /// It was not done after so long, on the wall.
    NotDone(Duration),
    /// It could not be measured, for this reason.
    Failed(String),
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

/// Everything that was measured before the first scenario. All times are of the wall.
#[derive(Debug, Clone, PartialEq)]
pub struct HostMeasures {
    /// The latest of some wake-ups while the rest was measured.
    pub timers: Measure,
    /// Connect and echo of one byte on 127.0.0.1: the median of some.
    pub loopback: Measure,
    /// The system's resolver, asked for `localhost`.
    pub resolver: Measure,
    /// The name servers its configuration names.
    pub name_servers: Vec<String>,
    /// What a TLS handshake and a password proof cost on this side.
    pub cryptography: Measure,
    /// Bytes of memory that are free to be used, where that can be told.
    pub memory: Option<u64>,
    /// Tasks that want a processor, on average over a minute, where that can be told.
    pub load: Option<f64>,
    /// Processors the harness may use.
    pub processors: usize,
    /// Open files, where that can be told.
    pub files: Option<FileLimit>,
}

/// What was measured while the run went on. All times are of the wall.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunMeasures {
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
}

/// One thing about the host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckItem {
    /// `timers`, `clocks`, `loopback` …
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

/// What the harness found out about its own host before and during a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelfCheck {
    /// How long the part before the first scenario took, on the wall.
    #[serde(serialize_with = "seconds", deserialize_with = "from_seconds")]
    pub took: Duration,
    /// All items, in the order a reader wants them.
    pub items: Vec<CheckItem>,
}

impl SelfCheck {
    /// Those that are not as they should be.
    pub fn sick(&self) -> impl Iterator<Item = &CheckItem> {
        self.items.iter().filter(|item| !item.healthy)
    }
}
