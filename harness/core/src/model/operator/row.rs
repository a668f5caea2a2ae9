//! What a row of the operator table consists of.

use std::cmp::Ordering;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::{Cause, Kind, Share, Value};

/// One operator: a row of the table. Two are equal if their names are.
#[derive(Clone, Copy)]
pub struct Operator(pub(super) &'static OperatorRow);

/// All there is to one operator.
#[derive(Clone, Copy)]
pub struct OperatorRow {
    pub(super) name: &'static str,
    /// The operands in the suite.
    pub takes: Takes,
    /// One line for the editor and the docs.
    pub summary: &'static str,
    /// Its names in other tools: a suite that uses one gets a hint.
    pub aliases: &'static [&'static str],
    /// Whether it holds for one value.
    ///
    /// # Errors
    /// Why the value can't be compared with the operands.
    pub holds: fn(Operands<'_>, &Value) -> Result<bool, Cause>,
    /// What is known where only a part of the value was seen.
    pub truncated: WhenTruncated,
    /// Whether it is always or never true, whatever the target does.
    pub vacuous: fn(Operands<'_>, &Subject) -> Option<Vacuous>,
    /// A value for which it holds, to put where another was seen; `None` where none is known.
    pub example: fn(Operands<'_>, &Value) -> Option<Value>,
    /// The limit it sets, if it is one.
    pub limit: Option<Limit>,
    /// The kind of search, if it searches a text.
    pub search: Option<Search>,
    /// Which parts of a document it depends on.
    pub looks_inside: LooksInside,
    /// Whether it is about presence alone, so that a missing value may satisfy it.
    pub presence: bool,
}

impl OperatorRow {
    /// The key in an expectation.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// A comparison of whole values without anything special to it.
    pub(super) const fn new(
        name: &'static str,
        takes: Takes,
        summary: &'static str,
        holds: fn(Operands<'_>, &Value) -> Result<bool, Cause>,
    ) -> OperatorRow {
        OperatorRow {
            name,
            takes,
            summary,
            aliases: &[],
            holds,
            truncated: WhenTruncated::Undecided,
            vacuous: |_, _| None,
            example: |_, _| None,
            limit: None,
            search: None,
            looks_inside: LooksInside::Everything,
            presence: false,
        }
    }
}

impl Operator {
    /// The row, also in a constant.
    #[must_use]
    pub const fn row(self) -> &'static OperatorRow {
        self.0
    }
}

impl std::ops::Deref for Operator {
    type Target = OperatorRow;

    fn deref(&self) -> &OperatorRow {
        self.0
    }
}

impl PartialEq for Operator {
    fn eq(&self, other: &Operator) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Operator {}

impl std::fmt::Debug for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Operator {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Operator {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Operator, D::Error> {
        let name = String::deserialize(deserializer)?;
        Operator::named(&name).ok_or_else(|| serde::de::Error::custom(format!("unknown operator `{name}`")))
    }
}

/// The operands of an operator in the suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// One value of the fact's kind.
    One,
    /// One value of a measurable kind (number, duration, size, share).
    Measure,
    /// A list of values of the fact's kind.
    Several,
    /// `[low, high]`, both of a measurable kind.
    Range,
    /// A text, or an element of a list.
    Element,
    /// A text.
    Text,
    /// A regular expression.
    Pattern,
    /// True or false.
    Flag,
    /// A whole number, or `[low, high]`.
    Length,
    /// The name of a kind.
    KindName,
}

impl Takes {
    /// What is valid, for an error message.
    #[must_use]
    pub fn described(self) -> &'static str {
        match self {
            Takes::One => "one value",
            Takes::Measure => "a number, duration, size or share",
            Takes::Several => "a list of at least one value",
            Takes::Range => "a list of two values: [low, high]",
            Takes::Element => "a text or an element of a list",
            Takes::Text => "a text",
            Takes::Pattern => "a regular expression",
            Takes::Flag => "true or false",
            Takes::Length => "a whole number from 0, or [low, high]",
            Takes::KindName => "one of number, text, boolean, list, object, null",
        }
    }
}

/// The operands as they are compared: with every variable filled in.
#[derive(Debug, Clone, Copy)]
pub struct Operands<'e> {
    /// One value, or several for a list or a range.
    pub values: &'e [Value],
    /// The compiled pattern of a [`Search::Pattern`].
    pub pattern: Option<&'e Pattern>,
}

impl Operands<'_> {
    pub(super) fn first(&self) -> Result<&Value, Cause> {
        self.values.first().ok_or(Cause::Internal)
    }

    /// Is it `true`?
    pub(super) fn flag(&self) -> bool {
        self.values.first() == Some(&Value::Flag(true))
    }
}

/// A compiled regular expression, equal to another with the same text.
#[derive(Debug, Clone)]
pub struct Pattern(pub regex::Regex);

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

/// A limit: only a value beyond it shows that there is one. `inclusive` is whether the limit itself is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The value must not be above it.
    Upper {
        /// Is the limit itself allowed?
        inclusive: bool,
    },
    /// The value must not be below it.
    Lower {
        /// Is the limit itself allowed?
        inclusive: bool,
    },
    /// The value must be between two limits.
    Range,
}

/// How a text is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// At the start.
    Start,
    /// For a piece of it.
    Piece,
    /// By a regular expression.
    Pattern,
}

/// The parts of a document that an operator depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LooksInside {
    /// None: the type or the presence of the value decides.
    Nothing,
    /// The names of its direct members.
    Members,
    /// Everything in it.
    Everything,
}

/// What is known of a value of which only a part was seen.
#[derive(Debug, Clone, Copy)]
pub enum WhenTruncated {
    /// Nothing: the rest may change the answer.
    Undecided,
    /// Everything: the rest does not change the answer.
    Decided,
    /// That it holds, if it holds for the part: lists only grow.
    HoldsForGood,
    /// Depends on the side of the seen value on which the true one lies. `Ok(None)` is undecided.
    BySide(fn(Operands<'_>, &Value, Ordering) -> Result<Option<bool>, Cause>),
}

/// Why an expectation says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Vacuous {
    /// It holds whatever the target does.
    CannotFail(&'static str),
    /// No target can satisfy it.
    CannotHold(&'static str),
}

/// The fact that an expectation is about.
#[derive(Debug, Clone, Copy)]
pub struct Subject {
    /// Its kind.
    pub kind: Kind,
    /// Is it there whenever an observation came back?
    pub always_there: bool,
    /// Is it a node of a document, selected by a path?
    pub selected: bool,
    /// Is it a share of all, which can't exceed 100%?
    pub share_of_all: bool,
}

impl Subject {
    /// The least value it can have.
    pub(super) fn floor(&self) -> Option<Value> {
        match self.kind {
            Kind::Duration => Some(Value::Duration(Duration::ZERO)),
            Kind::Size => Some(Value::Size(0)),
            Kind::Share => Share::of(0, 1).map(Value::Share),
            Kind::Null | Kind::Flag | Kind::Number | Kind::Text | Kind::Json => None,
        }
    }

    /// The largest value it can have.
    pub(super) fn ceiling(&self) -> Option<Value> {
        Share::of(1, 1).filter(|_| self.share_of_all).map(Value::Share)
    }
}
