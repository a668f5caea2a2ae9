//! What a run's report says of the newest proof of its suite.

use serde::{Deserialize, Serialize};

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// How many were seen.
    pub seen: u64,
    /// Of how many.
    pub of: u64,
}

impl Counted {
    /// Counts one more.
    pub fn add(&mut self, seen: bool) {
        self.of += 1;
        self.seen += u64::from(seen);
    }
}

impl std::fmt::Display for Counted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.seen, self.of)
    }
}

/// What a run's report says of the newest proof for its suite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofMention {
    /// The target it was made against.
    pub target: String,
    /// SHA-256 of that target's file. Where it is not the run's own, the limits may be others.
    pub target_hash: String,
    /// When it was begun, as the proof writes it.
    pub started: String,
    /// What it came to, as the proof writes it.
    pub result: String,
    /// Was it narrowed by a filter?
    pub partial: bool,
    /// Scenarios seen red for their reasons.
    pub sensitivity: Counted,
    /// Times a scenario stayed green where it had to.
    pub specificity: Counted,
}
