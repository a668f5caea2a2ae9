//! The results of the negative controls: which scenarios failed for their reason, and which passed beside the fault.

use std::sync::Arc;
use std::time::Duration;

use serde::{Serialize, Serializer};

use fixproof::model::{Counted, ExpectedReason, Place, Verdict, seconds};

/// What the controls prove.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ControlProof {
    /// Scenarios that failed for every reason that a control claims, of those that run at all.
    pub sensitivity: Counted,
    /// How often a scenario passed beside a fault, of the times it had to.
    pub specificity: Counted,
    /// The positive control: no fault, everything passes.
    pub healthy: ControlOutcome,
    /// The negative controls, in the order of their files.
    pub outcomes: Vec<ControlOutcome>,
    /// Scenarios that were not seen red for a claimed reason, with everything that was tried.
    pub blind: Vec<Blind>,
    /// Scenario × fault.
    pub matrix: Vec<Row>,
    /// Expectations that were seen broken beside a fault, of those that could be: how deep the sensitivity goes.
    pub expectations: Counted,
    /// Those that were not: no control fails when one of them is removed.
    pub unbroken: Vec<Unbroken>,
}

impl ControlProof {
    /// The negative controls that did not do what they must.
    pub fn misbehaved(&self) -> impl Iterator<Item = &ControlOutcome> {
        self.outcomes.iter().filter(|control| !control.held())
    }
}

/// An expectation that no control broke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unbroken {
    /// Whose it is.
    pub scenario: Arc<str>,
    /// The step's name, where the scenario has several.
    pub step: Option<Arc<str>>,
    /// The expectation as a reader would say it.
    pub expectation: Arc<str>,
    /// Where it stands.
    pub place: Place,
}

/// The outcome of one control.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ControlOutcome {
    /// The profile of the simulated staging.
    pub fault: String,
    /// Why these scenarios must turn red, in the control's own words.
    pub why: String,
    /// Where the control stands; nothing for the positive one.
    pub place: Option<Place>,
    /// How long it took on the wall.
    #[serde(serialize_with = "seconds")]
    pub wall: Duration,
    /// Why it was run a second time, alone, if it was.
    pub again: Option<String>,
    /// What the whole suite had to come to, where the control says so.
    pub gate: Option<GateCell>,
    /// Every scenario that it ran or named, in the order of the suite.
    pub cells: Vec<Cell>,
}

impl ControlOutcome {
    /// Did everything come as it must?
    #[must_use]
    pub fn held(&self) -> bool {
        self.gate.as_ref().is_none_or(|gate| gate.held) && self.deviations().next().is_none()
    }

    /// What did not.
    pub fn deviations(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(|cell| !cell.mark.held())
    }
}

/// What the gate had to say and what it said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GateCell {
    /// Was it rejected?
    pub held: bool,
    /// What it was, in one line.
    pub seen: String,
}

/// One scenario beside one fault.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    /// Which scenario.
    pub scenario: Arc<str>,
    /// What it had to be.
    pub expected: Expected,
    /// What it was.
    pub verdict: Verdict,
    /// The layer and the reason, or why there is no verdict.
    pub cause: Option<String>,
    /// What was seen, one line.
    pub detail: String,
    /// How the two compare.
    pub mark: ControlResult,
}

/// What a scenario had to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "must")]
pub enum Expected {
    /// Red, or undecided, for this reason.
    Red {
        /// The verdict that follows from the reason.
        verdict: Verdict,
        /// The reason.
        #[serde(serialize_with = "shown")]
        cause: ExpectedReason,
        /// What the line that tells why must contain.
        says: Option<String>,
    },
    /// Blocked by one of the red.
    Blocked,
    /// Passed.
    Passed,
    /// Whatever it was: the control speaks of the gate alone.
    Anything,
}

impl std::fmt::Display for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Expected::Red { verdict, cause, says } => {
                write!(f, "{} {cause}", verdict.name())?;
                says.as_ref().map_or(Ok(()), |says| write!(f, " saying `{says}`"))
            }
            Expected::Blocked => f.write_str("blocked by one of the red"),
            Expected::Passed => f.write_str("passed"),
            Expected::Anything => f.write_str("anything"),
        }
    }
}

fn shown<S: Serializer>(reason: &ExpectedReason, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(reason)
}

/// One row a result: its name, whether it is as expected, and its meaning.
macro_rules! control_results {
    ($($variant:ident $name:literal $held:literal $meaning:literal;)*) => {
        /// How an outcome compares with what a control expects.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum ControlResult {
            $(#[doc = $meaning] $variant,)*
        }

        impl ControlResult {
            /// All of them.
            pub const ALL: [ControlResult; [$($name),*].len()] = [$(ControlResult::$variant),*];

            /// Is it as expected?
            #[must_use]
            pub fn held(self) -> bool {
                match self { $(ControlResult::$variant => $held,)* }
            }

            /// The kebab-case word.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(ControlResult::$variant => $name,)* }
            }
        }
    };
}

control_results! {
    Red "red" true "It failed for its reason.";
    Blocked "blocked" true "It was blocked by one of the failed.";
    Green "green" true "It passed beside the fault.";
    Unclaimed "unclaimed" true "Nothing was claimed of it.";
    Skipped "skipped" true "It has `skip`: neither proved nor counted.";
    StayedGreen "stayed-green" false "It passed, and had to fail: it is blind to this fault.";
    OtherVerdict "other-verdict" false "It neither passed nor has the verdict that it had to have.";
    OtherCause "other-cause" false "It failed for another reason.";
    OtherWords "other-words" false "It failed for its reason, with another message.";
    NotGreen "not-green" false "It had to pass: it blames its neighbour for this fault, or did not run.";
    NotBlocked "not-blocked" false "It had to be blocked.";
    BlockedByAnother "blocked-by-another" false "It was blocked by a scenario that the control does not call red.";
    NeverAsked "never-asked" false "It was named, and did not run.";
}

/// A scenario that was not seen red for every reason that is claimed of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Blind {
    /// Which.
    pub scenario: Arc<str>,
    /// Its title.
    pub title: String,
    /// What was tried, and what came of it; empty where no control turns it red.
    pub tried: Vec<Tried>,
}

/// One fault that a scenario was shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tried {
    /// The fault.
    pub fault: String,
    /// What the scenario had to be.
    pub expected: Expected,
    /// How that compares with what it was.
    pub mark: ControlResult,
}

impl Tried {
    /// Had the scenario to be *failed*? Errored or inconclusive alone shows no broken expectation.
    #[must_use]
    pub fn is_of_a_failure(&self) -> bool {
        matches!(self.expected, Expected::Red { verdict: Verdict::Failed, .. })
    }
}

/// One scenario beside every fault.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Which scenario.
    pub scenario: Arc<str>,
    /// One mark for each control, in their order; nothing where the scenario did not run.
    pub marks: Vec<Option<ControlResult>>,
}
