//! What every proof is reported as: one envelope with one section, of the way that it was made.

use std::time::Duration;

use fixproof::LoadedHarness;
use fixproof::model::{Host, Timestamp, seconds};
use serde::Serialize;

use crate::controls::ControlProof;
use crate::mutation::MutationProof;
use crate::recorded::RecordedProof;

/// Everything that `prove` yields. Made of reports that are redacted already.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Proof {
    /// The version of this shape: `fixproof-proof/2`.
    pub schema: &'static str,
    /// Where, when and with what it was made.
    pub provenance: ProofProvenance,
    /// The one word the exit code follows from.
    pub result: ProofResult,
    /// Narrowed by a filter: it proves what it tried.
    pub partial: bool,
    /// What was found.
    #[serde(flatten)]
    pub section: Section,
}

/// What a proof found. Its key in JSON is the name of its kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Section {
    /// By the negative controls.
    Controls(ControlProof),
    /// By mutations of healthy answers.
    Mutation(MutationProof),
    /// By a recorded run.
    Recorded(RecordedProof),
}

/// A way to prove a suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofKind {
    /// By its negative controls.
    Controls,
    /// By mutations of healthy answers.
    Mutation,
    /// By a recorded run.
    Recorded,
}

impl ProofKind {
    /// All of them.
    pub const ALL: [ProofKind; 3] = [ProofKind::Controls, ProofKind::Mutation, ProofKind::Recorded];

    /// The key of its section.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ProofKind::Controls => "controls",
            ProofKind::Mutation => "mutation",
            ProofKind::Recorded => "recorded",
        }
    }
}

impl Proof {
    /// The version of the JSON shape.
    pub const SCHEMA: &'static str = "fixproof-proof/2";

    /// Puts a section into its envelope.
    #[must_use]
    pub fn new(provenance: ProofProvenance, result: ProofResult, section: Section) -> Proof {
        let partial = !provenance.filters.is_empty();
        Proof { schema: Proof::SCHEMA, provenance, result, partial, section }
    }

    /// Which way it was made.
    #[must_use]
    pub fn kind(&self) -> ProofKind {
        match self.section {
            Section::Controls(_) => ProofKind::Controls,
            Section::Mutation(_) => ProofKind::Mutation,
            Section::Recorded(_) => ProofKind::Recorded,
        }
    }
}

/// Where, when and with what a proof was made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProofProvenance {
    /// `fixproof 0.1.0`
    pub tool: String,
    /// Was it built with optimisation?
    pub optimised: bool,
    /// Of this proof.
    pub run: String,
    /// The target's name.
    pub target: String,
    /// The folder of the suite as the user named it.
    pub suite: String,
    /// SHA-256 of the suite: a run's report carries the proof of the same one.
    pub suite_hash: String,
    /// SHA-256 of the target's file: what failed failed by its limits.
    pub target_hash: String,
    /// SHA-256 of the files of controls; nothing for a recorded run.
    pub controls_hash: Option<String>,
    /// Start.
    pub started: Timestamp,
    /// How long it took on the wall.
    #[serde(serialize_with = "seconds")]
    pub wall: Duration,
    /// How the simulated staging was run; nothing for a recorded run.
    pub simulation: Option<Simulation>,
    /// The machine it ran on.
    pub host: Host,
    /// The filters that narrowed it.
    pub filters: Vec<String>,
}

/// How the simulated staging was run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Simulation {
    /// How many times faster than the wall its clock ran.
    pub speed: f64,
    /// How many runs were side by side at most.
    pub jobs: usize,
}

impl ProofProvenance {
    /// One for tests that look at its filters alone.
    #[cfg(test)]
    pub(crate) fn unnamed(filters: Vec<String>) -> ProofProvenance {
        ProofProvenance {
            tool: String::new(),
            optimised: false,
            run: String::new(),
            target: String::new(),
            suite: String::new(),
            suite_hash: String::new(),
            target_hash: String::new(),
            controls_hash: None,
            started: Timestamp(time::OffsetDateTime::UNIX_EPOCH),
            wall: Duration::ZERO,
            simulation: None,
            host: Host { name: String::new(), system: String::new(), processors: 1 },
            filters,
        }
    }

    /// The provenance of a proof that starts now.
    #[must_use]
    pub fn of(loaded: &LoadedHarness, filters: &[String]) -> ProofProvenance {
        let identity = loaded.identity();
        ProofProvenance {
            tool: identity.tool,
            optimised: identity.optimised,
            run: identity.run,
            target: loaded.target().name.clone(),
            suite: identity.suite,
            suite_hash: loaded.suite().hash.clone(),
            target_hash: loaded.target().hash.clone(),
            controls_hash: None,
            started: identity.begun,
            wall: Duration::ZERO,
            simulation: None,
            host: identity.host,
            filters: filters.to_vec(),
        }
    }
}

/// What a proof comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProofResult {
    /// Everything that was tried can fail, for its reason.
    Proved,
    /// Something can't.
    NotProved,
    /// Not even the staging without a fault passes, so nothing can be proved with it.
    Unhealthy,
    /// No scenario was left to prove.
    NothingJudged,
    /// Interrupted.
    Interrupted,
}

impl ProofResult {
    /// All of them.
    pub const ALL: [ProofResult; 5] = [
        ProofResult::Proved,
        ProofResult::NotProved,
        ProofResult::Unhealthy,
        ProofResult::NothingJudged,
        ProofResult::Interrupted,
    ];

    /// The kebab-case word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ProofResult::Proved => "proved",
            ProofResult::NotProved => "not-proved",
            ProofResult::Unhealthy => "unhealthy",
            ProofResult::NothingJudged => "nothing-judged",
            ProofResult::Interrupted => "interrupted",
        }
    }
}
