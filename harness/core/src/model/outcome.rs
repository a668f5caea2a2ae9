//! What came of one scenario: exactly one verdict, with everything that was seen.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::seconds::{from_seconds, from_seconds_or_null, seconds, seconds_or_null};
use super::{Cause, Finding, Layer, Observation, Owner, Place, Timestamp, Undecided};

/// The six verdicts, from best to worst: "worse" is `max`. The only order of verdicts; a list with the worst first
/// sorts by [`std::cmp::Reverse`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every expectation held.
    Passed,
    /// Left out by the user's own words. Not judged.
    Skipped,
    /// A scenario it needs is red.
    Blocked,
    /// Observed, and the result is undecided.
    Inconclusive,
    /// The harness could not observe the target, for a cause of its own.
    Errored,
    /// The target was observed and an expectation broke.
    Failed,
}

impl Verdict {
    /// All six in the order of a summary: passed, then the others, worst first.
    pub const ALL: [Verdict; 6] = [
        Verdict::Passed,
        Verdict::Failed,
        Verdict::Errored,
        Verdict::Inconclusive,
        Verdict::Blocked,
        Verdict::Skipped,
    ];

    /// The word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Passed => "passed",
            Verdict::Failed => "failed",
            Verdict::Errored => "errored",
            Verdict::Blocked => "blocked",
            Verdict::Inconclusive => "inconclusive",
            Verdict::Skipped => "skipped",
        }
    }

    /// Does it count in the percentage?
    #[must_use]
    pub fn is_judged(self) -> bool {
        match self {
            Verdict::Passed
            | Verdict::Failed
            | Verdict::Errored
            | Verdict::Blocked
            | Verdict::Inconclusive => true,
            Verdict::Skipped => false,
        }
    }
}

/// Why a scenario has its verdict. The verdict follows from it; there is no second copy that could disagree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "why", deny_unknown_fields)]
pub enum Reason {
    /// Every expectation held.
    Passed,
    /// A promise was not kept, or the harness could not ask (layer `harness`).
    Failed {
        /// Layer and reason.
        cause: Cause,
        /// What was seen, one line.
        detail: String,
    },
    /// Scenarios it needs are red.
    Blocked {
        /// Which.
        by: Vec<Arc<str>>,
    },
    /// No verdict was possible.
    Inconclusive(Undecided),
    /// Left out.
    Skipped {
        /// The reason that was given for it.
        reason: String,
    },
}

impl Reason {
    /// The verdict that follows.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            Reason::Passed => Verdict::Passed,
            Reason::Failed { cause, .. } if cause.layer() == Layer::Harness => Verdict::Errored,
            Reason::Failed { .. } => Verdict::Failed,
            Reason::Blocked { .. } => Verdict::Blocked,
            Reason::Inconclusive(_) => Verdict::Inconclusive,
            Reason::Skipped { .. } => Verdict::Skipped,
        }
    }
}

/// What a reader must know of a scenario, whatever came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioCard {
    /// Its id.
    pub id: Arc<str>,
    /// Its title.
    pub title: String,
    /// Its component.
    pub component: Arc<str>,
    /// Who is asked first when it is red.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// Where the demand comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Does red here reject the fix?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub critical: bool,
    /// What it needs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Arc<str>>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What its author says to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Where more is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
    /// Where it stands.
    pub place: Place,
    /// Its own words in its file.
    pub text: Arc<str>,
    /// The line of the file that `text` begins with.
    pub text_line: u32,
    /// The probes of its steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub probes: Vec<Cow<'static, str>>,
    /// What a person types into a shell to ask the same, step by step; secrets and captured values are variables in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reproduce: Vec<String>,
}

/// One step of one sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// The step's name, where the scenario has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Arc<str>>,
    /// The probe.
    pub probe: Cow<'static, str>,
    /// What was seen.
    pub observation: Observation,
    /// What was found in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// One round through a scenario's steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// From the start of the scenario.
    #[serde(serialize_with = "seconds", deserialize_with = "from_seconds")]
    pub after: Duration,
    /// How long it took.
    #[serde(serialize_with = "seconds", deserialize_with = "from_seconds")]
    pub took: Duration,
    /// Did an observation come back and every plain expectation hold?
    pub met: bool,
    /// Its steps. A step that was not reached is not in it.
    pub attempts: Vec<Attempt>,
}

/// What came of one scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Which scenario.
    pub scenario: Arc<ScenarioCard>,
    /// Its verdict; always what `reason` says.
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason,
    /// The index of the sample that decided: the one the reason speaks of, else the last. Nothing without samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deciding_sample: Option<usize>,
    /// When a settling scenario began to hold, from its start; nothing for one that did not settle or need not.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "seconds_or_null",
        deserialize_with = "from_seconds_or_null"
    )]
    pub settled_after: Option<Duration>,
    /// The findings that decided: those of the deciding sample, and those on all samples together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Every sample that was taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<Sample>,
    /// How many samples were planned; `None` for a settling scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned_samples: Option<u32>,
    /// Why sampling stopped before its time, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_early: Option<String>,
    /// When it was started; nothing for a scenario that never was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
    /// How long it took, its waiting for a place not counted.
    #[serde(serialize_with = "seconds", deserialize_with = "from_seconds")]
    pub took: Duration,
    /// Things a reader should know: how much of the time may be the harness's own, and the like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Outcome {
    /// An outcome of a scenario that was not asked.
    #[must_use]
    pub fn unasked(scenario: Arc<ScenarioCard>, reason: Reason) -> Outcome {
        Outcome {
            verdict: reason.verdict(),
            scenario,
            reason,
            deciding_sample: None,
            settled_after: None,
            findings: Vec::new(),
            samples: Vec::new(),
            planned_samples: None,
            stopped_early: None,
            started: None,
            took: Duration::ZERO,
            notes: Vec::new(),
        }
    }

    /// The sample that decided, with its index.
    #[must_use]
    pub fn deciding(&self) -> Option<(usize, &Sample)> {
        let index = self.deciding_sample?;
        Some((index, self.samples.get(index)?))
    }

    /// Layer and reason, where something broke.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        match &self.reason {
            Reason::Failed { cause, .. } => Some(*cause),
            _ => None,
        }
    }
}
