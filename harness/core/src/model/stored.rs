//! A report read back from its JSON. It was redacted when it was born, and nothing can be added to it on the way back:
//! the document is taken whole, of this version and in agreement with itself, or not at all.

use std::sync::Arc;

use serde::{Deserialize, Deserializer};

use super::{ComponentTally, Decision, FoldedCause, Judgement, Outcome, Provenance, Report, Tally, Verdict};

/// The largest report that is read, in bytes: a hundred times a large run's.
const LARGEST: usize = 512 << 20;

/// Why a document is not read as a report.
#[derive(Debug)]
pub enum ReadError {
    /// It is no JSON, or ends in the middle.
    NotJson(serde_json::Error),
    /// It is JSON, and nothing says that it is a report.
    NoReport,
    /// It is a report of another version.
    Version(String),
    /// It says of which version it is, and is not of that shape.
    Shape {
        /// `outcomes[3].verdict`
        at: String,
        /// What is wrong there.
        error: serde_json::Error,
    },
    /// It says two things that can't both be true: it was changed after the run.
    Contradiction(String),
    /// It is larger than any report.
    TooLarge(usize),
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let version = Report::SCHEMA;
        match self {
            ReadError::NotJson(error) if error.is_eof() => {
                write!(f, "it ends in the middle, at {}: it was cut off", place(error))
            }
            ReadError::NotJson(error) => write!(f, "it is not JSON: {error}"),
            ReadError::NoReport => {
                write!(f, "it is JSON, but no report: a report begins with `\"schema\": \"{version}\"`")
            }
            ReadError::Version(found) => {
                write!(
                    f,
                    "version `{found}` is not supported, only `{version}`: run the suite again to write a new report"
                )
            }
            ReadError::Shape { at, error } => {
                write!(f, "it says `{version}`, and is not of that shape at `{at}`: {error}")
            }
            ReadError::Contradiction(what) => {
                write!(f, "it contradicts itself, so it was changed after the run: {what}")
            }
            ReadError::TooLarge(bytes) => {
                write!(f, "it has {bytes} bytes, and no report has more than {LARGEST}")
            }
        }
    }
}

fn place(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ReadError::NotJson(error) | ReadError::Shape { error, .. } => Some(error),
            ReadError::NoReport
            | ReadError::Version(_)
            | ReadError::Contradiction(_)
            | ReadError::TooLarge(_) => None,
        }
    }
}

/// The one thing that every version says.
#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    schema: Option<serde_json::Value>,
}

/// A report as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(rename = "schema")]
    _schema: String,
    provenance: Provenance,
    decision: Decision,
    tally: Tally,
    components: Vec<ComponentTally>,
    causes: Vec<FoldedCause>,
    #[serde(deserialize_with = "super::compact::read")]
    outcomes: Vec<Outcome>,
}

impl Report {
    /// Reads a report back from the bytes of its JSON format.
    ///
    /// # Errors
    /// When they are no report of this version, or one that was cut off or changed so that it contradicts itself.
    pub fn read(bytes: &[u8]) -> Result<Report, ReadError> {
        if bytes.len() > LARGEST {
            return Err(ReadError::TooLarge(bytes.len()));
        }
        let head: Head = serde_json::from_slice(bytes)
            .map_err(|error| if error.is_data() { ReadError::NoReport } else { ReadError::NotJson(error) })?;
        match head.schema {
            Some(serde_json::Value::String(schema)) if schema == Report::SCHEMA => {}
            Some(serde_json::Value::String(schema)) if schema.starts_with("fixproof-report/") => {
                return Err(ReadError::Version(schema));
            }
            _ => return Err(ReadError::NoReport),
        }
        let mut json = serde_json::Deserializer::from_slice(bytes);
        let written: Written = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let at = error.path().to_string();
            ReadError::Shape { at, error: error.into_inner() }
        })?;
        agrees(&written)?;
        let Written { provenance, decision, tally, components, causes, outcomes, .. } = written;
        Ok(Report { schema: Report::SCHEMA, provenance, decision, tally, components, causes, outcomes })
    }
}

/// The parts of a stored report, not checked for contradictions. Only redacting them makes a [`Report`] of them.
///
/// # Errors
/// When the document does not have the shape of a report.
pub fn parts(document: serde_json::Value) -> Result<super::ReportParts, serde_json::Error> {
    let Written { _schema: _, provenance, decision, tally, components, causes, outcomes } =
        serde_json::from_value(document)?;
    Ok(super::ReportParts { provenance, decision, tally, components, causes, outcomes })
}

/// What is said twice must be the same both times: verdicts follow from their reason, and the tallies from them.
fn agrees(written: &Written) -> Result<(), ReadError> {
    let contradiction = |what: String| Err(ReadError::Contradiction(what));
    for outcome in &written.outcomes {
        let follows = outcome.reason.verdict();
        if outcome.verdict != follows {
            let (id, says) = (&outcome.scenario.id, outcome.verdict.name());
            return contradiction(format!("`{id}` is {says}, but its reason means {}", follows.name()));
        }
    }
    if written.tally != counted(written, None) {
        return contradiction("its tally does not count its outcomes".to_owned());
    }
    if let Some(what) = unfounded(written) {
        return contradiction(what);
    }
    let wrong = written.components.iter().find(|row| row.tally != counted(written, Some(&row.component)));
    match wrong {
        Some(row) => contradiction(format!("the tally of `{}` does not count its outcomes", row.component)),
        None => Ok(()),
    }
}

/// The outcomes counted again: all of them, or those of one component.
fn counted(written: &Written, component: Option<&Arc<str>>) -> Tally {
    let mut tally = Tally::default();
    let of = |outcome: &&Outcome| component.is_none_or(|name| outcome.scenario.component == *name);
    written.outcomes.iter().filter(of).for_each(|outcome| tally.add(outcome.verdict));
    tally
}

/// What its decision says that does not follow from the rest: no approval may be written into a report by hand.
fn unfounded(written: &Written) -> Option<String> {
    let (decision, run) = (&written.decision, &written.provenance);
    if decision.percentage != written.tally.percentage() {
        return Some("its percentage is not passed of judged".to_owned());
    }
    if decision.partial != (!run.narrowing.is_empty() || run.replay.is_some()) {
        return Some("whether it is partial does not follow from what was left out".to_owned());
    }
    if (decision.judgement == Judgement::Interrupted) != run.interrupted {
        return Some("it is interrupted, and is not".to_owned());
    }
    if decision.judgement != Judgement::Approved {
        return None;
    }
    let critical = |outcome: &&Outcome| {
        let left_out = decision.partial && outcome.verdict == Verdict::Skipped;
        outcome.scenario.critical && outcome.verdict != Verdict::Passed && !left_out
    };
    if let Some(outcome) = written.outcomes.iter().find(critical) {
        let id = &outcome.scenario.id;
        return Some(format!("it is approved, and the critical `{id}` is {}", outcome.verdict.name()));
    }
    let below = decision.gate.components.iter().find(|(component, threshold)| {
        let tally = counted(written, Some(component));
        let left_out = decision.partial && tally.judged() == 0;
        !left_out && tally.percentage().is_none_or(|percentage| percentage < *threshold)
    });
    if let Some((component, _)) = below {
        return Some(format!("it is approved, and `{component}` is below its own threshold"));
    }
    let reaches = decision.percentage.is_some_and(|percentage| percentage >= decision.gate.threshold);
    (!reaches || !decision.rejections.is_empty())
        .then(|| "it is approved, and its gate does not hold".to_owned())
}

/// A number of a run that may be any of those there are.
pub(super) fn nonce<'de, D: Deserializer<'de>>(deserializer: D) -> Result<super::Nonce, D::Error> {
    let number = u32::deserialize(deserializer)?;
    super::Nonce::of_number(number)
        .ok_or_else(|| serde::de::Error::custom(format!("{number} is no number of a run")))
}
