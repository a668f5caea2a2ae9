//! One change of one value: what a broken target would show where a healthy one was seen.

use serde::{Serialize, Serializer};

/// How a value is changed, in an answer of the simulated staging or in a recorded observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// It is missing.
    Absent,
    /// It is present where it was missing.
    Present,
    /// Another type: `503` becomes `"503"`.
    OtherType,
    /// Another value of the same type.
    OtherValue,
    /// An empty text, list or object.
    Empty,
    /// The value that the expectation forbids.
    Forbidden,
    /// A much larger value than was seen and than is allowed, as far as that is possible.
    FarAbove,
    /// As little as possible: zero or less.
    FarBelow,
}

impl Change {
    /// All of them.
    pub const ALL: [Change; 8] = [
        Change::Absent,
        Change::Present,
        Change::OtherType,
        Change::OtherValue,
        Change::Empty,
        Change::Forbidden,
        Change::FarAbove,
        Change::FarBelow,
    ];

    /// What must be killed of a field of an answer; the words of [`demand`](Self::demand).
    pub const DEMANDS: [&'static str; 3] = ["dropped", "another type", "another value"];

    /// The words for it, also in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Change::Absent => "absent",
            Change::Present => "present",
            Change::OtherType => "another type",
            Change::OtherValue => "another value",
            Change::Empty => "empty",
            Change::Forbidden => "the forbidden value",
            Change::FarAbove => "far above",
            Change::FarBelow => "far below",
        }
    }

    /// Which demand it belongs to. One change of each demand must be killed: a limit is there on one side.
    #[must_use]
    pub fn demand(self) -> &'static str {
        match self {
            Change::Absent | Change::Present => Self::DEMANDS[0],
            Change::OtherType => Self::DEMANDS[1],
            Change::OtherValue | Change::Empty | Change::Forbidden | Change::FarAbove | Change::FarBelow => {
                Self::DEMANDS[2]
            }
        }
    }

    /// Does it leave a value of the same type, so that only an expectation on the value can fail?
    #[must_use]
    pub fn is_of_the_value(self) -> bool {
        match self {
            Change::OtherValue | Change::Forbidden | Change::FarAbove | Change::FarBelow => true,
            Change::Absent | Change::Present | Change::OtherType | Change::Empty => false,
        }
    }
}

impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
