//! The results of mutations: a field of a healthy answer changed, and which scenarios killed the change.

use std::sync::Arc;

use serde::Serialize;

use fixproof::model::{Change, Counted, Outcome, Reason};
use fixproof_sim::Change as Applied;

/// What mutations prove.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MutationProof {
    /// How many runs it took.
    pub trials: usize,
    /// Killed changes of fields that a scenario reads, of those that were made.
    pub mutations: Counted,
    /// Fields of which every demand is killed, of those that a scenario reads.
    pub fields: Counted,
    /// Scenarios that did not pass while nothing was changed.
    pub unhealthy: Vec<NotGreen>,
    /// Every kind of answer, by name.
    pub answers: Vec<MutatedAnswer>,
    /// Scenarios that failed by a field that they do not read.
    pub false_alarms: Vec<FalseAlarm>,
    /// Changes that a scenario must kill by `[[noticed]]`, and does not, by file and position.
    pub missing_kills: Vec<MissingKill>,
    /// Entries of `[[accepted]]` that suppress nothing, by file and position.
    pub unused_suppressions: Vec<UnusedSuppression>,
}

impl MutationProof {
    /// All fields of a standing, with their answers.
    pub fn of_standing(
        &self,
        standing: FieldStanding,
    ) -> impl Iterator<Item = (&MutatedAnswer, &MutatedField)> {
        self.answers.iter().flat_map(move |answer| {
            let fields = answer.fields.iter().filter(move |field| field.standing == standing);
            fields.map(move |field| (answer, field))
        })
    }
}

/// The results of all mutations, before they are judged.
pub struct MutationResults {
    /// Every answer with its fields.
    pub answers: Vec<MutatedAnswer>,
    /// Scenarios that fail by a field they do not read.
    pub false_alarms: Vec<FalseAlarm>,
    /// Scenarios that did not pass although nothing was changed.
    pub unhealthy: Vec<NotGreen>,
    /// How many runs it took.
    pub trials: usize,
    /// Was it interrupted?
    pub interrupted: bool,
    /// Filters that match no scenario and no answer, and the names that there are.
    pub unmatched: Option<(Vec<String>, Vec<String>)>,
}

/// A scenario that should have passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotGreen {
    /// Which.
    pub scenario: Arc<str>,
    /// What was seen, one line.
    pub detail: String,
}

impl NotGreen {
    /// A scenario that did not pass, with the reason.
    pub(super) fn of(outcome: &Outcome) -> Option<NotGreen> {
        let detail = match &outcome.reason {
            Reason::Passed => return None,
            Reason::Failed { cause, detail } => format!("{cause}: {detail}"),
            Reason::Blocked { .. } => "blocked".to_owned(),
            Reason::Inconclusive(why) => why.to_string(),
            Reason::Skipped { reason } => reason.clone(),
        };
        Some(NotGreen { scenario: outcome.scenario.id.clone(), detail })
    }
}

/// A scenario that failed by fields that it does not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FalseAlarm {
    /// Which.
    pub scenario: Arc<str>,
    /// What was changed, as `ANSWER FIELD CHANGE`: each alone, or where none alone did it, all of them together.
    pub mutations: Vec<String>,
    /// What was seen, one line.
    pub detail: String,
}

/// Changes of a field that a scenario must kill and does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MissingKill {
    /// The scenario.
    pub scenario: String,
    /// The answer.
    pub answer: String,
    /// The field.
    pub field: String,
    /// Those of [`Change::DEMANDS`] that survive it.
    pub changes: Vec<&'static str>,
    /// Where it is written that it must: `controls/noticed.toml:12:1`
    pub place: String,
    /// Why they survive, one line.
    pub detail: String,
}

/// An entry of `[[accepted]]` that suppresses nothing: it would hide the next survivor, and must be removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnusedSuppression {
    /// The answer that it names.
    pub answer: String,
    /// The field.
    pub field: String,
    /// The change.
    pub change: &'static str,
    /// Where it is written: `controls/services.toml:12`
    pub place: String,
    /// What is wrong with it, one line.
    pub detail: String,
}

/// A change that survives, and is suppressed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SuppressedChange {
    /// One of [`Change::DEMANDS`].
    pub change: &'static str,
    /// The reason that was given.
    pub why: String,
}

/// One kind of answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MutatedAnswer {
    /// `backend GET /health/ready`
    pub answer: String,
    /// The scenarios that ask for it.
    pub asked_by: Vec<Arc<str>>,
    /// Its fields, by name.
    pub fields: Vec<MutatedField>,
}

/// One field of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MutatedField {
    /// `status`, `header.content-type`, `text`, or a JSONPath.
    pub field: String,
    /// The word.
    pub standing: FieldStanding,
    /// The scenarios that read it: with an expectation that can fail them, or a capture.
    pub readers: Vec<Arc<str>>,
    /// The scenarios that may read it: they saw the answer through a log query, a command
    /// or frames that they awaited, or only warn of it.
    pub perhaps: Vec<Arc<str>>,
    /// Those of `readers` that kill no change of it.
    pub blind: Vec<Arc<str>>,
    /// The demands that no scenario kills: `dropped`, `another type`, `another value`.
    pub survived: Vec<&'static str>,
    /// Those of `survived` that are suppressed.
    pub suppressed: Vec<SuppressedChange>,
    /// What was done to it, in the order of [`Change::ALL`].
    pub changes: Vec<MutationOutcome>,
}

/// The standing of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldStanding {
    /// A scenario fails when it is missing, when it is of another type, and when it has another value.
    Killed,
    /// It is read, and every change that survives is suppressed for a reason.
    Suppressed,
    /// It is read, and some changes of it survive.
    PartiallyKilled,
    /// It is read, and every change of it survives.
    Survived,
    /// No scenario is known to read it, and every change of it survives.
    Uncovered,
    /// It was not tried: the filter left it out, or the proof was interrupted.
    Untried,
}

impl FieldStanding {
    /// All of them, from best to worst.
    pub const ALL: [FieldStanding; 6] = [
        FieldStanding::Killed,
        FieldStanding::Suppressed,
        FieldStanding::PartiallyKilled,
        FieldStanding::Survived,
        FieldStanding::Uncovered,
        FieldStanding::Untried,
    ];

    /// The kebab-case word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            FieldStanding::Killed => "killed",
            FieldStanding::Suppressed => "suppressed",
            FieldStanding::PartiallyKilled => "partially-killed",
            FieldStanding::Survived => "survived",
            FieldStanding::Uncovered => "uncovered",
            FieldStanding::Untried => "untried",
        }
    }
}

/// What came of one change of one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MutationOutcome {
    /// What was done.
    pub change: Change,
    /// The scenarios that failed: they kill it.
    pub red: Vec<Arc<str>>,
    /// The scenarios that still passed.
    pub green: Vec<Arc<str>>,
    /// The scenarios without a verdict, even after retries.
    pub undecided: Vec<Arc<str>>,
}

/// The change that the simulated staging applied. An oracle shares no code with the harness, so it has an enum of its own.
pub(super) fn change(applied: Applied) -> Change {
    match applied {
        Applied::Dropped => Change::Absent,
        Applied::Retyped => Change::OtherType,
        Applied::Replaced => Change::OtherValue,
        Applied::Raised => Change::FarAbove,
        Applied::Lowered => Change::FarBelow,
        Applied::Emptied => Change::Empty,
    }
}
