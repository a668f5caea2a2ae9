//! What came of the mutations: a field of a healthy answer changed, and which scenarios noticed.

use std::sync::Arc;

use serde::Serialize;

use fixproof::model::{Change, Counted};

/// What mutations prove.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MutationProof {
    /// How many runs it took.
    pub trials: usize,
    /// Changes of fields that a scenario reads which turned one of their readers red, of those that were made.
    pub mutations: Counted,
    /// Fields that are noticed in every way that counts, of those that a scenario reads.
    pub fields: Counted,
    /// Scenarios that were not green although nothing was changed.
    pub unhealthy: Vec<NotGreen>,
    /// Every kind of answer, by name.
    pub answers: Vec<MutatedAnswer>,
    /// Scenarios that turned red by a field that they do not read.
    pub strays: Vec<Stray>,
    /// What a scenario must notice by the suite's files, and does not, by file and position.
    pub missed: Vec<MissedChange>,
    /// What the suite's files accept without need, by file and position.
    pub needless: Vec<NeedlessAcceptance>,
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

/// A scenario that should have been green.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotGreen {
    /// Which.
    pub scenario: Arc<str>,
    /// What was seen, one line.
    pub detail: String,
}

/// A scenario that turned red by fields that it does not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stray {
    /// Which.
    pub scenario: Arc<str>,
    /// What was changed, as `ANSWER FIELD CHANGE`: each alone, or where none alone did it, all of them together.
    pub mutations: Vec<String>,
    /// What was seen, one line.
    pub detail: String,
}

/// A field that a scenario must notice and does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MissedChange {
    /// The scenario.
    pub scenario: String,
    /// The answer.
    pub answer: String,
    /// The field.
    pub field: String,
    /// Those of [`Change::DEMANDS`] that it misses.
    pub changes: Vec<&'static str>,
    /// Where it is written that it must: `controls/noticed.toml:12:1`
    pub place: String,
    /// Why it misses them, one line.
    pub detail: String,
}

/// An acceptance that excuses nothing: it would hide the next mistake, and must go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NeedlessAcceptance {
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

/// A change that goes unnoticed, and that a person accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AcceptedChange {
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
    /// The scenarios that read it: an expectation that can turn them red looks at it, or a capture.
    pub readers: Vec<Arc<str>>,
    /// The scenarios of which it can't be told whether they read it: they saw the answer through a log query, a command
    /// or frames that they awaited, or only warn of it.
    pub perhaps: Vec<Arc<str>>,
    /// Those of `readers` that no change turned red.
    pub blind: Vec<Arc<str>>,
    /// What no scenario noticed: `dropped`, `another type`, `another value`.
    pub unnoticed: Vec<&'static str>,
    /// Those of `unnoticed` that need not be noticed.
    pub accepted: Vec<AcceptedChange>,
    /// What was done to it, in the order of [`Change::ALL`].
    pub changes: Vec<MutationOutcome>,
}

/// What is proved of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldStanding {
    /// A scenario turns red when it is missing, when it is of another type, and when another value stands there.
    Noticed,
    /// It is read, and what goes unnoticed is accepted for a reason.
    Accepted,
    /// It is read, and one of these goes unnoticed.
    Weak,
    /// It is read, and no change of it turns anything red.
    Blind,
    /// No scenario is known to read it, and no change of it turned anything red: a hole in the suite.
    Unread,
    /// It was not tried: the filter left it out, or the proof was interrupted.
    Untried,
}

impl FieldStanding {
    /// All of them, from best to worst.
    pub const ALL: [FieldStanding; 6] = [
        FieldStanding::Noticed,
        FieldStanding::Accepted,
        FieldStanding::Weak,
        FieldStanding::Blind,
        FieldStanding::Unread,
        FieldStanding::Untried,
    ];

    /// The kebab-case word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            FieldStanding::Noticed => "noticed",
            FieldStanding::Accepted => "accepted",
            FieldStanding::Weak => "weak",
            FieldStanding::Blind => "blind",
            FieldStanding::Unread => "unread",
            FieldStanding::Untried => "untried",
        }
    }
}

/// What came of one change of one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MutationOutcome {
    /// What was done.
    pub change: Change,
    /// Who turned red.
    pub red: Vec<Arc<str>>,
    /// Who looked and stayed green.
    pub green: Vec<Arc<str>>,
    /// Of whom it can't be told: they came to no verdict, also when asked again.
    pub undecided: Vec<Arc<str>>,
}
