//! What an expectation came to, as values. Words are made of them here by `Display`, and no code reads those words.

use std::fmt::{Display, Formatter, Result as Written};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::shown::LONGEST;
use super::{
    Aggregate, Cause, Cut, Evaluation, Excerpt, Expectation, FactPath, Kind, Operator, Place, Rest, Severity,
    Share, Shown, Takes, Value, excerpt,
};

/// An expectation as a report keeps it, once a scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectationCard {
    /// The step's name, where the scenario has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Arc<str>>,
    /// What it looks at.
    pub fact: FactPath,
    /// The JSONPath into it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The comparison.
    pub operator: Operator,
    /// `not = true`
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not: bool,
    /// What it is compared with.
    pub wanted: Vec<Shown>,
    /// For `samples.met`: how sure the lower bound must be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Share>,
    /// Red or only visible.
    #[serde(default, skip_serializing_if = "Severity::is_error")]
    pub severity: Severity,
    /// The lines it is written in.
    pub excerpt: Excerpt,
}

impl ExpectationCard {
    /// One for tests that never look at it.
    #[cfg(test)]
    pub(crate) fn unnamed() -> Arc<ExpectationCard> {
        let place = Place { file: "x.toml".into(), line: 1, column: 1 };
        Arc::new(ExpectationCard {
            step: None,
            fact: FactPath::SamplesMet,
            at: None,
            operator: Operator::ALL[0],
            not: false,
            wanted: Vec::new(),
            confidence: None,
            severity: Severity::Error,
            excerpt: Excerpt { place, text: String::new(), mark: (0, 0) },
        })
    }

    /// Where it is written.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.excerpt.place
    }

    /// Do both demand the same, wherever they are written and however severe they are?
    #[must_use]
    pub fn says_the_same(&self, other: &ExpectationCard) -> bool {
        let ExpectationCard { step: _, fact, at, operator, not, wanted, confidence, severity: _, excerpt: _ } =
            self;
        (fact, at, operator) == (&other.fact, &other.at, &other.operator)
            && (not, wanted, confidence) == (&other.not, &other.wanted, &other.confidence)
    }

    /// The fact of one observation that it looks at, in a single one or in all samples together.
    #[must_use]
    pub fn base_fact(&self) -> Option<&str> {
        match &self.fact {
            FactPath::Plain(fact) | FactPath::Aggregate(fact, _) => Some(fact),
            FactPath::SamplesMet | FactPath::SettleAfter => None,
        }
    }

    /// Does it look at a time that was measured?
    #[must_use]
    pub fn is_of_a_time(&self) -> bool {
        self.base_fact().is_some_and(|fact| fact.starts_with("time."))
    }

    /// `body $.status`
    #[must_use]
    pub fn subject(&self) -> String {
        let confidence = self.confidence.map(|share| format!(" with {share} confidence")).unwrap_or_default();
        let path = self.at.as_ref().map(|at| format!(" {at}")).unwrap_or_default();
        format!("{}{confidence}{path}", self.fact)
    }

    /// `equals 200`, `not one-of "a", "b"`
    #[must_use]
    pub fn wanted_text(&self) -> String {
        let not = if self.not { "not " } else { "" };
        let shown = |value: &Shown| match value {
            Shown::Whole(Value::Text(pattern)) if self.operator.takes == Takes::Pattern => {
                format!("/{pattern}/")
            }
            other => other.to_string(),
        };
        let joint = if self.operator.takes == Takes::Range { " and " } else { ", " };
        let values: Vec<String> = self.wanted.iter().map(shown).collect();
        format!("{not}{} {}", self.operator.name(), excerpt(&values.join(joint), LONGEST))
    }
}

/// `body $.status equals "healthy"`
impl Display for ExpectationCard {
    fn fmt(&self, f: &mut Formatter<'_>) -> Written {
        write!(f, "{} {}", self.subject(), self.wanted_text())
    }
}

/// What was seen where an expectation looked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Seen {
    /// The fact's value.
    Value(Shown),
    /// A value within the fact.
    Node {
        /// The value.
        value: Shown,
        /// Where it was found.
        path: String,
        /// How many more the path selects, where all of them hold.
        #[serde(default, skip_serializing_if = "is_zero")]
        more: u64,
    },
    /// The fact is missing.
    NoFact(Arc<str>),
    /// The path selects nothing.
    NoNode {
        /// The path.
        path: String,
        /// The beginning of the document.
        document: String,
    },
    /// Something that can't be read as the fact.
    Unreadable(String),
    /// A part of the value.
    Part {
        /// What the part says; nothing where it says nothing.
        value: Option<Shown>,
        /// What the rest can do to it.
        rest: Rest,
        /// How many entries were read.
        read: u64,
    },
    /// How many samples were met.
    Samples {
        /// The met ones.
        met: u64,
        /// All that were taken.
        of: u64,
    },
    /// One number of all samples.
    Aggregate {
        /// The number; nothing where it can't be computed.
        value: Option<Value>,
        /// The fact it is computed from.
        fact: Arc<str>,
        /// How many samples lack the fact.
        missing: u64,
        /// All that were taken.
        of: u64,
    },
    /// It did not settle.
    NotSettled,
    /// No sample was taken.
    NoSample,
    /// The recording does not have it.
    NotRecorded,
    /// A value, compared with one that is not known.
    NotComparable,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Seen {
    /// What a part of a value says.
    #[must_use]
    pub fn part(cut: &Cut) -> Seen {
        Seen::Part { value: cut.seen.as_ref().map(Shown::of), rest: cut.rest, read: cut.read }
    }

    /// A text that stands for what can't be read.
    #[must_use]
    pub fn unreadable(detail: &str) -> Seen {
        Seen::Unreadable(excerpt(detail, LONGEST))
    }

    /// A path that selects nothing in a value.
    #[must_use]
    pub fn no_node(path: &serde_json_path::JsonPath, value: &Value) -> Seen {
        let document = match value {
            Value::Json(document) => document.to_string(),
            other => serde_json::to_string(other).unwrap_or_default(),
        };
        Seen::NoNode { path: path.to_string(), document: excerpt(&document, LONGEST) }
    }

    fn kind(&self) -> Option<Kind> {
        match self {
            Seen::Value(value) | Seen::Node { value, .. } => Some(value.kind()),
            _ => None,
        }
    }
}

impl Display for Seen {
    fn fmt(&self, f: &mut Formatter<'_>) -> Written {
        match self {
            Seen::Value(value) => value.fmt(f),
            Seen::Node { value, path, more: 0 } => write!(f, "{value} at {path}"),
            Seen::Node { value, path, more } => write!(f, "{value} at {path} and {more} more"),
            Seen::NoFact(fact) => write!(f, "no `{fact}`"),
            Seen::NoNode { path, document } => write!(f, "nothing at {path} in {document}"),
            Seen::Unreadable(detail) => f.write_str(detail),
            Seen::Part { value: None, read, .. } => write!(f, "nothing in the {read} entries that were read"),
            Seen::Part { value: Some(value), rest, read } => match rest {
                Rest::Raises => {
                    write!(f, "at least {value} (of {read} entries that were read, and there are more)")
                }
                Rest::Lowers => {
                    write!(f, "at most {value} (of {read} entries that were read, and there are more)")
                }
                Rest::Changes => {
                    write!(f, "{value} in the {read} entries that were read, and there are more")
                }
            },
            Seen::Samples { met, of } => match Share::of(*met, *of) {
                Some(share) => write!(f, "{share} ({met} of {of} samples)"),
                None => f.write_str("no sample was taken"),
            },
            Seen::Aggregate { value: Some(value), missing: 0, .. } => value.fmt(f),
            Seen::Aggregate { value: Some(value), fact, missing, of } => {
                write!(f, "{value} ({missing} of {of} samples lack `{fact}`; counted as worst)")
            }
            Seen::Aggregate { value: None, fact, missing, of } => {
                write!(f, "not available; {missing} of {of} samples lack `{fact}` (counted as worst)")
            }
            Seen::NotSettled => f.write_str("not settled"),
            Seen::NoSample => f.write_str("no sample was taken"),
            Seen::NotRecorded => f.write_str("nothing that was recorded"),
            Seen::NotComparable => f.write_str("a value that can't be compared"),
        }
    }
}

/// What came of one expectation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The expectation.
    pub expectation: Arc<ExpectationCard>,
    /// What was seen.
    pub seen: Seen,
    /// Did it hold?
    #[serde(default, skip_serializing_if = "Evaluation::is_pass")]
    pub evaluation: Evaluation,
}

impl Finding {
    /// The finding of an expectation.
    #[must_use]
    pub fn of(expectation: &Expectation, evaluation: Evaluation, seen: Seen) -> Finding {
        Finding { expectation: expectation.card.clone(), seen, evaluation }
    }

    /// Does it make the scenario red?
    #[must_use]
    pub fn breaks(&self) -> bool {
        self.expectation.severity == Severity::Error && matches!(self.evaluation, Evaluation::Fail(_))
    }

    /// Does it keep a sample from being met? What is inconclusive does, a warning never.
    #[must_use]
    pub fn stands_in_the_way(&self) -> bool {
        self.expectation.severity == Severity::Error && self.evaluation != Evaluation::Pass
    }

    /// Is it something a reader should see although the scenario may be green?
    #[must_use]
    pub fn warns(&self) -> bool {
        self.expectation.severity == Severity::Warn && self.evaluation != Evaluation::Pass
    }

    /// What was seen, in words: `503`, `nothing at $.status in {}`.
    #[must_use]
    pub fn seen_text(&self) -> String {
        match (&self.evaluation, self.seen.kind()) {
            (Evaluation::Fail(Cause::Incomparable), Some(kind)) => {
                format!("{} ({})", self.seen, kind.described())
            }
            _ => self.seen.to_string(),
        }
    }
}

/// `step "a": body $.status is "failed", wanted equals "ready"`
impl Display for Finding {
    fn fmt(&self, f: &mut Formatter<'_>) -> Written {
        let ExpectationCard { step, .. } = &*self.expectation;
        if let Some(step) = step {
            write!(f, "step `{step}`: ")?;
        }
        let (subject, wanted) = (self.expectation.subject(), self.expectation.wanted_text());
        write!(f, "{subject} is {}, wanted {wanted}", self.seen_text())
    }
}

/// A fact's name, or `{"of": "time.total", "aggregate": "p95"}`.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum StoredPath {
    Name(Arc<str>),
    Aggregate { of: Arc<str>, aggregate: Aggregate },
}

impl Serialize for FactPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            FactPath::Plain(name) => StoredPath::Name(name.clone()),
            FactPath::Aggregate(of, aggregate) => {
                StoredPath::Aggregate { of: of.clone(), aggregate: *aggregate }
            }
            FactPath::SamplesMet | FactPath::SettleAfter => StoredPath::Name(self.to_string().into()),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for FactPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<FactPath, D::Error> {
        Ok(match StoredPath::deserialize(deserializer)? {
            StoredPath::Name(name) => FactPath::of_all_samples(&name).unwrap_or(FactPath::Plain(name)),
            StoredPath::Aggregate { of, aggregate } => FactPath::Aggregate(of, aggregate),
        })
    }
}
