//! The part of Cloud Logging's query language that people write: comparisons, AND, OR, NOT, parentheses, free text.
//! Whatever else is written is refused, never guessed. A tree is made by `parse`, and `matches` looks at one entry.

mod lexer;
mod matches;
mod parse;

use regex::Regex;
use time::OffsetDateTime;

pub(crate) use parse::parse;

/// What an entry must be like.
#[derive(Debug, Clone)]
pub(crate) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Compare(Vec<String>, Operator, Operand),
    /// `field:*`.
    Present(Vec<String>),
    /// Free text: in any field.
    Anywhere(String),
    /// `log_id("…")`.
    LogId(String),
}

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Has,
    Matches,
    MatchesNot,
}

/// What it is compared with.
#[derive(Debug, Clone)]
pub(crate) enum Operand {
    Text(String),
    Severity(u16),
    Time(OffsetDateTime),
    Pattern(Regex),
}

/// The severities and their numbers.
const SEVERITIES: [(&str, u16); 9] = [
    ("DEFAULT", 0),
    ("DEBUG", 100),
    ("INFO", 200),
    ("NOTICE", 300),
    ("WARNING", 400),
    ("ERROR", 500),
    ("CRITICAL", 600),
    ("ALERT", 700),
    ("EMERGENCY", 800),
];

/// The number of a severity.
fn severity(word: &str) -> Option<u16> {
    SEVERITIES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, number)| *number)
}
