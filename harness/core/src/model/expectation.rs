//! What must hold, with every variable filled in, and what was found.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Cause, ExpectationCard, Kind, Operands, Operator, Pattern, Share, Value};

/// Does a broken expectation make the scenario red?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Visible and counted, never red.
    Warn,
    /// Red.
    #[default]
    Error,
}

impl Severity {
    /// Is it red?
    #[must_use]
    pub fn is_error(&self) -> bool {
        *self == Severity::Error
    }
}

/// How the samples of a scenario are made one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Aggregate {
    /// The smallest.
    Min,
    /// The arithmetic mean.
    Mean,
    /// The nearest-rank percentile: the value at rank ⌈p/100 · n⌉ of n sorted values. 50, 90, 95 or 99.
    Percentile(u8),
    /// The largest.
    Max,
}

impl Aggregate {
    /// All of them, with the word that ends a fact's name.
    pub const ALL: [(&'static str, Aggregate); 7] = [
        ("min", Aggregate::Min),
        ("mean", Aggregate::Mean),
        ("p50", Aggregate::Percentile(50)),
        ("p90", Aggregate::Percentile(90)),
        ("p95", Aggregate::Percentile(95)),
        ("p99", Aggregate::Percentile(99)),
        ("max", Aggregate::Max),
    ];

    /// The word.
    #[must_use]
    pub fn name(self) -> &'static str {
        Aggregate::ALL.iter().find(|(_, aggregate)| *aggregate == self).map_or("percentile", |(name, _)| name)
    }

    /// The aggregate of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Aggregate> {
        Aggregate::ALL.iter().find(|(known, _)| *known == name).map(|(_, aggregate)| *aggregate)
    }
}

impl Serialize for Aggregate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Aggregate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Aggregate, D::Error> {
        let name = String::deserialize(deserializer)?;
        Aggregate::named(&name).ok_or_else(|| serde::de::Error::custom(format!("unknown aggregate `{name}`")))
    }
}

/// What an expectation looks at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FactPath {
    /// A fact of each observation.
    Plain(Arc<str>),
    /// A fact of all samples together: `time.connect.p95`.
    Aggregate(Arc<str>, Aggregate),
    /// `samples.met`: the share of samples that were met.
    SamplesMet,
    /// `settle.after`: how long it took until all expectations held.
    SettleAfter,
}

impl FactPath {
    /// The path of that name that is no fact of any observation.
    #[must_use]
    pub fn of_all_samples(name: &str) -> Option<FactPath> {
        [FactPath::SamplesMet, FactPath::SettleAfter].into_iter().find(|path| path.to_string() == name)
    }
}

/// As suites name it: `time.total.p95`.
impl std::fmt::Display for FactPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            FactPath::Plain(fact) => f.write_str(fact),
            FactPath::Aggregate(fact, aggregate) => write!(f, "{fact}.{}", aggregate.name()),
            FactPath::SamplesMet => f.write_str("samples.met"),
            FactPath::SettleAfter => f.write_str("settle.after"),
        }
    }
}

/// One promise, ready to be judged: nothing left to look up.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// What it looks at.
    pub that: FactPath,
    /// The JSONPath into it.
    pub at: Option<serde_json_path::JsonPath>,
    /// The comparison.
    pub operator: Operator,
    /// What it is compared with: one value, or several for `one-of` and `within`.
    pub wanted: Vec<Value>,
    /// The compiled pattern of `matches`.
    pub pattern: Option<Pattern>,
    /// `not = true`
    pub negated: bool,
    /// Red or only visible.
    pub severity: Severity,
    /// For `samples.met`: how sure the lower bound must be.
    pub confidence: Option<Share>,
    /// The kind the probe's table declares for the fact ([`Kind::Json`]: whatever the target sent).
    pub kind: Kind,
    /// The same for a report.
    pub card: Arc<ExpectationCard>,
}

impl Expectation {
    /// What the operator compares with.
    #[must_use]
    pub fn operands(&self) -> Operands<'_> {
        Operands { values: &self.wanted, pattern: self.pattern.as_ref() }
    }

    /// Does the operator hold for one seen value, `not` left aside?
    ///
    /// # Errors
    /// Why the two can't be compared.
    pub fn holds(&self, seen: &Value) -> Result<bool, Cause> {
        (self.operator.holds)(self.operands(), seen)
    }

    /// Does it want something to be there?
    #[must_use]
    pub fn wants_presence(&self) -> bool {
        (self.wanted.first() == Some(&Value::Flag(true))) != self.negated
    }
}

/// Why an expectation is undecided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "undecided", deny_unknown_fields)]
pub enum Undecided {
    /// The samples are good, but too few for the confidence asked for.
    TooFewSamples {
        /// How many there were.
        have: u64,
        /// How many would do if they were as good.
        need: Option<u64>,
    },
    /// The run's deadline came first.
    Deadline,
    /// The user interrupted the run before it was decided.
    Interrupted,
    /// The harness was itself so late that the time may be its own.
    HarnessLate {
        /// The part of the time that may be the harness's own, in nanoseconds.
        own_nanos: u64,
    },
    /// What was looked at was cut off at a limit, and what is behind it may decide.
    Truncated {
        /// How many entries were looked at.
        read: u64,
    },
    /// It is judged by what an earlier run recorded, and the recording does not tell.
    NotRecorded {
        /// What it does not tell, for a reader.
        what: String,
    },
    /// The harness's host was not sound while the time was taken: a clock stepped, or the host itself is slow.
    SickHost {
        /// What is wrong with it, for a reader.
        sentence: String,
    },
}

impl Undecided {
    /// The words of those that a control may claim: what the target or the suite is to blame for, never the host.
    pub const CLAIMED: [&'static str; 2] = ["too-few-samples", "truncated"];

    /// The kebab-case word, as reports write it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Undecided::TooFewSamples { .. } => "too-few-samples",
            Undecided::Deadline => "deadline",
            Undecided::Interrupted => "interrupted",
            Undecided::HarnessLate { .. } => "harness-late",
            Undecided::Truncated { .. } => "truncated",
            Undecided::NotRecorded { .. } => "not-recorded",
            Undecided::SickHost { .. } => "sick-host",
        }
    }
}

impl std::fmt::Display for Undecided {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Undecided::TooFewSamples { have, need: Some(need) } => {
                write!(f, "{have} samples are too few for this confidence; {need} would do")
            }
            Undecided::TooFewSamples { have, need: None } => {
                write!(
                    f,
                    "{have} samples are too few for this confidence, and no number of samples would do at the share seen"
                )
            }
            Undecided::Deadline => f.write_str("the run's deadline came before it was decided"),
            Undecided::Interrupted => f.write_str("the run was interrupted before it was decided"),
            Undecided::NotRecorded { what } => write!(f, "the recording does not tell: {what}"),
            Undecided::SickHost { sentence } => {
                write!(f, "the harness's own host makes this time doubtful: {sentence}")
            }
            Undecided::HarnessLate { own_nanos } => {
                let own = super::value::duration_text(std::time::Duration::from_nanos(*own_nanos));
                write!(
                    f,
                    "up to {own} of the time may be the harness's own, so the target can't be blamed for it"
                )
            }
            Undecided::Truncated { read } => {
                write!(f, "only {read} entries were looked at and there are more, which may decide it")
            }
        }
    }
}

/// Did it hold?
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evaluation {
    /// Yes.
    #[default]
    Pass,
    /// No, for this cause.
    Fail(Cause),
    /// Undecided.
    Inconclusive(Undecided),
}

impl Evaluation {
    /// Did it hold?
    #[must_use]
    pub fn is_pass(&self) -> bool {
        *self == Evaluation::Pass
    }
}
