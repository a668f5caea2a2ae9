//! The one value a run ends with. Redacted when it is born; every format is a pure function of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::seconds::{from_seconds, seconds};
use super::stored::nonce;
use super::{
    ComponentTally, Decision, FoldedCause, Nonce, Outcome, ProofMention, SelfCheck, Tally, Timestamp,
};

/// Everything a run yields. Made by `Report::redacted` (in `redact`), or read back by
/// [`Report::read`] from a stored report.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The version of this shape: `fixproof-report/2`.
    pub schema: &'static str,
    /// Where, when and with what it was made.
    pub provenance: Provenance,
    /// The gate's answer.
    pub decision: Decision,
    /// How many scenarios have which verdict.
    pub tally: Tally,
    /// The same per component, in the target's order.
    pub components: Vec<ComponentTally>,
    /// The folded causes, most effects first.
    pub causes: Vec<FoldedCause>,
    /// One outcome for every planned scenario, in the order of the suite.
    #[serde(serialize_with = "super::compact::write")]
    pub outcomes: Vec<Outcome>,
}

/// The parts of a report before it is redacted. Nothing can be made of it but a [`Report`].
#[derive(Debug)]
pub struct ReportParts {
    /// Where, when and with what it was made.
    pub provenance: Provenance,
    /// The gate's answer.
    pub decision: Decision,
    /// How many scenarios have which verdict.
    pub tally: Tally,
    /// The same per component, in the target's order.
    pub components: Vec<ComponentTally>,
    /// The folded causes.
    pub causes: Vec<FoldedCause>,
    /// One outcome for every planned scenario.
    pub outcomes: Vec<Outcome>,
}

impl Report {
    /// The version of the JSON shape.
    pub const SCHEMA: &'static str = "fixproof-report/2";
}

/// Where, when and with what a report was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Name and version: `fixproof 0.1.0`.
    pub tool: String,
    /// Was it built with optimisation? An unoptimised build's own cost is larger.
    pub optimised: bool,
    /// Of this run.
    pub run: String,
    /// The run's own number, which `{{run.nonce}}` stood for.
    #[serde(serialize_with = "number", deserialize_with = "nonce")]
    pub nonce: Nonce,
    /// When the run was planned, which `{{run.begun}}` stood for.
    pub begun: Timestamp,
    /// The target's name.
    pub target: String,
    /// The folder of the suite as the user named it.
    pub suite: String,
    /// SHA-256 of the suite.
    pub suite_hash: String,
    /// SHA-256 of the target's file, with whose limits it was judged.
    pub target_hash: String,
    /// Start.
    pub started: Timestamp,
    /// How long it took, on the target's clock.
    #[serde(serialize_with = "seconds", deserialize_with = "from_seconds")]
    pub took: Duration,
    /// How long it took on the wall.
    #[serde(serialize_with = "seconds", deserialize_with = "from_seconds")]
    pub wall: Duration,
    /// The simulated staging, where that was the target.
    pub simulated: Option<Simulated>,
    /// Why the run is partial, if it is.
    pub narrowing: Vec<Narrowing>,
    /// Was it interrupted?
    pub interrupted: bool,
    /// The run whose recorded observations were judged again, without a request to the target.
    pub replay: Option<Replay>,
    /// The machine it ran on.
    pub host: Host,
    /// What the harness found out about it before and during the run.
    pub self_check: SelfCheck,
    /// What the harness found out about itself: its own cost, its own lateness.
    pub notes: Vec<String>,
    /// The newest proof that the scenarios of this very suite can turn red, where there is one.
    pub proof: Option<ProofMention>,
}

impl Provenance {
    /// The version in [`tool`](Provenance::tool), which is `NAME VERSION`.
    #[must_use]
    pub fn version(&self) -> &str {
        self.tool.rsplit(' ').next().unwrap_or_default()
    }
}

fn number<S: serde::Serializer>(nonce: &Nonce, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u32(nonce.number())
}

/// The run that a replay judged again. Everything else the provenance says of when and where is of that run, too; the
/// tool, the suite, its hash and the target's are the replay's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// Its name.
    pub run: String,
    /// The hash of the suite it was judged with then.
    pub suite_hash: String,
}

/// The simulated staging a run was made against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Simulated {
    /// Its profile.
    pub profile: String,
    /// How many times faster its clock ran.
    pub speed: f64,
}

/// One thing that left scenarios out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Narrowing {
    /// As the user wrote it: `--component database`.
    pub by: String,
    /// How many scenarios it left out.
    pub left_out: u64,
}

/// The machine a run was made on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// Operating system and processor.
    pub system: String,
    /// Processors the harness may use.
    pub processors: usize,
}
