//! Facts of a log that may have been cut off: what is not certain is told as such.

use fixproof_core::model::{Cut, Facts, Rest, Value};

/// What of a log was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Short {
    /// How many entries were looked at.
    pub(super) read: u64,
    /// Are they the newest there are?
    pub(super) newest: bool,
}

/// Collects facts.
#[derive(Debug, Default)]
pub(super) struct Teller {
    pub(super) facts: Facts,
    pub(super) short: Option<Short>,
}

impl Teller {
    /// A fact that what was not looked at could change in this way. Without a value it is missing, or may be in there.
    pub(super) fn tell(&mut self, name: impl Into<String>, value: Option<Value>, rest: Rest) {
        let name = name.into();
        match (self.short, value) {
            (Some(short), seen) => self.facts.insert_cut(name, Cut { seen, rest, read: short.read }),
            (None, Some(value)) => self.facts.insert(name, value),
            (None, None) => {}
        }
    }

    /// A fact of the newest entry: certain where the newest were looked at and it is among them.
    pub(super) fn newest(&mut self, name: impl Into<String>, value: Option<Value>) {
        match (self.short, value) {
            (Some(Short { newest: true, .. }), Some(value)) => self.facts.insert(name.into(), value),
            (_, value) => self.tell(name, value, Rest::Changes),
        }
    }
}
