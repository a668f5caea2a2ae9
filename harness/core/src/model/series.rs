//! Values that a probe collected for the judge to aggregate: series of values, and counts of trials.

use super::{Facts, Kind, Rest, Unreadable, Value};

/// What is known of a source that was read in part, because it was cut off at a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partial {
    /// How many entries were read.
    pub read: u64,
    /// Are they the newest ones?
    pub newest: bool,
}

/// Values in the order of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The beginning of the names of its facts: `duration.took`.
    pub name: String,
    /// The kind of its values.
    pub kind: Kind,
    /// The values.
    pub values: Vec<Value>,
    /// Why a value can't be read, if one can't: no fact of the series is known then.
    pub unreadable: Option<Unreadable>,
}

/// How many of several trials succeeded.
#[derive(Debug, Clone, PartialEq)]
pub struct Trials {
    /// The beginning of the names of its facts: `outcome`.
    pub name: &'static str,
    /// How many succeeded.
    pub successes: u64,
    /// How many failed.
    pub failures: u64,
    /// Of the lower bound; between 0 and 1.
    pub confidence: f64,
}

/// Everything that an observation collected for the judge.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Collected {
    /// Series of values.
    pub series: Vec<Series>,
    /// Counts of trials.
    pub trials: Vec<Trials>,
    /// Set when the source was read in part.
    pub partial: Option<Partial>,
}

impl Facts {
    /// Adds a fact of a source that may have been read in part; `rest` says how the part that was not read can change it.
    /// Without a value the fact is missing, or may be in that part.
    pub fn insert_of(
        &mut self,
        partial: Option<Partial>,
        name: impl Into<String>,
        value: Option<Value>,
        rest: Rest,
    ) {
        let name = name.into();
        match (partial, value) {
            (Some(partial), seen) => self.insert_cut(name, super::Cut { seen, rest, read: partial.read }),
            (None, Some(value)) => self.insert(name, value),
            (None, None) => {}
        }
    }

    /// Adds a fact of the newest entry: certain if the newest entries were read and it is among them.
    pub fn insert_newest(&mut self, partial: Option<Partial>, name: impl Into<String>, value: Option<Value>) {
        match (partial, value) {
            (Some(Partial { newest: true, .. }), Some(value)) => self.insert(name.into(), value),
            (_, value) => self.insert_of(partial, name, value, Rest::Changes),
        }
    }
}
