//! From verdicts to one word.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Cause, Share, Verdict};

/// The gate, ready to be applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Passed / judged must reach this.
    pub threshold: Share,
    /// Stricter thresholds per component.
    pub components: Vec<(Arc<str>, Share)>,
}

/// How many scenarios have which verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// All that were planned.
    pub planned: u64,
    /// Every expectation held.
    pub passed: u64,
    /// The target did not keep the promise.
    pub failed: u64,
    /// The harness could not ask.
    pub errored: u64,
    /// Something it needs is red.
    pub blocked: u64,
    /// No verdict was possible.
    pub inconclusive: u64,
    /// Left out.
    pub skipped: u64,
}

impl Tally {
    /// Counts one.
    pub fn add(&mut self, verdict: Verdict) {
        self.planned += 1;
        match verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Failed => self.failed += 1,
            Verdict::Errored => self.errored += 1,
            Verdict::Blocked => self.blocked += 1,
            Verdict::Inconclusive => self.inconclusive += 1,
            Verdict::Skipped => self.skipped += 1,
        }
    }

    /// All but the skipped.
    #[must_use]
    pub fn judged(&self) -> u64 {
        self.passed + self.failed + self.errored + self.blocked + self.inconclusive
    }

    /// Passed / judged; nothing when nothing was judged.
    #[must_use]
    pub fn percentage(&self) -> Option<Share> {
        Share::of(self.passed, self.judged())
    }

    /// How many have a verdict.
    #[must_use]
    pub fn of(&self, verdict: Verdict) -> u64 {
        match verdict {
            Verdict::Passed => self.passed,
            Verdict::Failed => self.failed,
            Verdict::Errored => self.errored,
            Verdict::Blocked => self.blocked,
            Verdict::Inconclusive => self.inconclusive,
            Verdict::Skipped => self.skipped,
        }
    }
}

/// One component of the target, with a tally of its scenarios.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComponentTally {
    /// Which component.
    pub component: Arc<str>,
    /// The components it can't work without.
    pub depends_on: Vec<Arc<str>>,
    /// Its `url` without user, password, query and fragment; nothing where it has none.
    pub address: Option<String>,
    /// How many have which verdict.
    pub tally: Tally,
}

impl ComponentTally {
    /// A component of which nothing is known but its name.
    #[must_use]
    pub fn named(component: Arc<str>) -> ComponentTally {
        ComponentTally { component, ..ComponentTally::default() }
    }
}

/// The one word the exit code follows from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Judgement {
    /// The gate holds.
    Approved,
    /// The gate does not hold.
    Rejected,
    /// Nothing was judged.
    NothingJudged,
    /// The run was interrupted; what was judged is no approval.
    Interrupted,
}

/// One reason why the gate does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "reason", deny_unknown_fields)]
pub enum Rejection {
    /// The percentage is below the threshold.
    BelowThreshold {
        /// Passed / judged.
        percentage: Share,
        /// The threshold.
        threshold: Share,
    },
    /// A component is below its own threshold.
    ComponentBelow {
        /// Which.
        component: Arc<str>,
        /// Its passed / judged; nothing when none of its scenarios was judged.
        percentage: Option<Share>,
        /// Its threshold.
        threshold: Share,
    },
    /// A critical scenario is anything but passed.
    Critical {
        /// Which.
        scenario: Arc<str>,
        /// What it is.
        verdict: Verdict,
    },
}

/// The gate's answer, with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The word.
    pub judgement: Judgement,
    /// Narrowed by a filter, a shard or a protected target: it judges what it ran and signs nothing off.
    pub partial: bool,
    /// Passed / judged.
    pub percentage: Option<Share>,
    /// The gate it was held against.
    pub gate: Gate,
    /// Every reason against it.
    pub rejections: Vec<Rejection>,
    /// One-sided 95 % lower confidence bound (Clopper–Pearson) of the pass share, for a reader; it decides nothing.
    pub lower_bound: Option<f64>,
}

/// One cause with everything that follows from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoldedCause {
    /// The component it was seen at.
    pub component: Arc<str>,
    /// Layer and reason; nothing where the root is inconclusive.
    pub cause: Option<Cause>,
    /// What was seen, one line.
    pub detail: String,
    /// The scenarios that saw it.
    pub seen_by: Vec<Arc<str>>,
    /// The scenarios that are red because of it: blocked by it, or unavailable at components that depend on it.
    pub effects: Vec<Arc<str>>,
    /// The components of the effects that depend on this one.
    pub dependents: Vec<Arc<str>>,
}
