//! A negative control as it was written: what is broken, who must see it and why, and who must not.

use super::{At, Cause, Sources, Span, Undecided, Verdict};

/// The controls of a suite, after loading.
#[derive(Debug, Clone, Default)]
pub struct Controls {
    /// All of them, by file and position.
    pub all: Vec<Control>,
    /// The changes of fields that may go unnoticed, by file and position.
    pub accepted: Vec<AllowedSurvivor>,
    /// The fields that scenarios must notice, by file and position.
    pub noticed: Vec<RequiredDetection>,
    /// Every file of the suite and of its controls, for places and excerpts.
    pub sources: Sources,
    /// SHA-256 over names and bytes of all files of controls, in hex.
    pub hash: String,
}

impl Controls {
    /// Those that turn a scenario red, with what they say of it.
    pub fn of<'a>(&'a self, scenario: &'a str) -> impl Iterator<Item = (&'a Control, &'a Claim)> {
        self.all.iter().filter_map(move |control| Some((control, control.claim(scenario)?)))
    }
}

/// One fault, with everything that must come of it.
#[derive(Debug, Clone)]
pub struct Control {
    /// The profile of the simulated staging.
    pub fault: At<String>,
    /// Why these scenarios turn red and no other.
    pub why: String,
    /// Who must turn red.
    pub red: Vec<Claim>,
    /// Who must be blocked by them.
    pub blocked: Vec<At<String>>,
    /// Who must stay passed.
    pub green: Green,
    /// Must the gate reject the whole suite?
    pub rejected: bool,
    /// The `[[control]]` header.
    pub span: Span,
}

impl Control {
    /// What is said of a scenario that must turn red.
    #[must_use]
    pub fn claim(&self, scenario: &str) -> Option<&Claim> {
        self.red.iter().find(|claim| claim.scenario.value == scenario)
    }

    /// Does it run the whole suite?
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.rejected || self.green == Green::Rest
    }

    /// Every scenario it names, in the order of the words.
    pub fn named(&self) -> impl Iterator<Item = &At<String>> {
        let green = match &self.green {
            Green::Named(green) => green.as_slice(),
            Green::Rest => &[],
        };
        self.red.iter().map(|claim| &claim.scenario).chain(&self.blocked).chain(green)
    }
}

/// One scenario that must turn red.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Which.
    pub scenario: At<String>,
    /// What for.
    pub reason: ExpectedReason,
    /// What the line that tells why must contain.
    pub says: Option<String>,
}

/// Why a scenario must be anything but passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedReason {
    /// A promise is not kept, or the harness can't ask.
    Cause(Cause),
    /// No verdict is possible, for this one of [`Undecided::CLAIMED`].
    Undecided(&'static str),
}

impl ExpectedReason {
    /// The reason of a word: `connect/refused`, `truncated`.
    #[must_use]
    pub fn named(word: &str) -> Option<ExpectedReason> {
        let cause = Cause::ALL.iter().find(|cause| cause.to_string() == word);
        let undecided = || Undecided::CLAIMED.into_iter().find(|claimed| *claimed == word);
        cause
            .map(|cause| ExpectedReason::Cause(*cause))
            .or_else(|| undecided().map(ExpectedReason::Undecided))
    }

    /// The verdict that follows from it.
    #[must_use]
    pub fn verdict(self) -> Verdict {
        match self {
            ExpectedReason::Cause(cause) => super::Reason::Failed { cause, detail: String::new() }.verdict(),
            ExpectedReason::Undecided(_) => Verdict::Inconclusive,
        }
    }
}

impl std::fmt::Display for ExpectedReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ExpectedReason::Cause(cause) => cause.fmt(f),
            ExpectedReason::Undecided(word) => f.write_str(word),
        }
    }
}

/// Who must stay passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Green {
    /// These.
    Named(Vec<At<String>>),
    /// Every scenario of the suite that is not named otherwise.
    Rest,
}

/// A change of a field that no scenario need notice, although one reads the field. What mutations find is a mistake
/// until a person says why it is none.
#[derive(Debug, Clone)]
pub struct AllowedSurvivor {
    /// The answer as mutations name it: `backend GET /api/threads`
    pub answer: At<String>,
    /// The field of it: `$.threads`
    pub field: At<String>,
    /// One of [`Change::DEMANDS`](super::Change::DEMANDS).
    pub change: &'static str,
    /// Why no scenario need notice, in one line.
    pub why: String,
    /// The `[[accepted]]` header.
    pub span: Span,
}

/// Fields of an answer that scenarios must notice by themselves. An unread field may be intended; one that is listed here
/// may not: a proof fails when its expectation is removed.
#[derive(Debug, Clone)]
pub struct RequiredDetection {
    /// The answer as mutations name it: `backend GET /health`
    pub answer: At<String>,
    /// Its fields: `status`, `$.status`
    pub fields: Vec<At<String>>,
    /// The scenarios, each of which must notice.
    pub by: Vec<At<String>>,
    /// What they must notice, of [`Change::DEMANDS`](super::Change::DEMANDS); whatever can be done to the field where it is empty.
    pub changes: Vec<At<String>>,
    /// The `[[noticed]]` header.
    pub span: Span,
}
