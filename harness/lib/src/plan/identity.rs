//! What the caller states about a run: tool, host, and the run's own number.

use crate::clock::Clock;
use crate::model::{Host, Nonce, ProofMention, Simulated, Timestamp};

/// Facts about a run that only its caller knows.
#[derive(Debug, Clone)]
pub struct Identity {
    /// `fixproof 0.1.0`
    pub tool: String,
    /// Was it built with optimisation?
    pub optimised: bool,
    /// The run's name.
    pub run: String,
    /// The run's own number, so that a scenario can send a value that was never sent before.
    pub nonce: Nonce,
    /// When it was planned: `{{run.begun}}`.
    pub begun: Timestamp,
    /// The suite's folder as the user named it.
    pub suite: String,
    /// The machine.
    pub host: Host,
    /// What the harness knows about itself and a reader should too.
    pub notes: Vec<String>,
    /// The simulated staging, where that is the target.
    pub simulated: Option<Simulated>,
    /// The newest proof for the suite, where there is one.
    pub proof: Option<ProofMention>,
}

impl Identity {
    /// The identity of an embedding program, from its name alone.
    #[must_use]
    pub fn named(tool: &str) -> Identity {
        let begun = Clock::WALL.timestamp();
        let nanos = begun.0.unix_timestamp_nanos().unsigned_abs();
        Identity {
            nonce: Nonce::from_seed(u64::try_from(nanos & u128::from(u64::MAX)).unwrap_or_default()),
            begun,
            tool: tool.to_owned(),
            optimised: !cfg!(debug_assertions),
            run: tool.to_owned(),
            suite: tool.to_owned(),
            host: Host {
                name: "unknown".to_owned(),
                system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
                processors: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            },
            notes: Vec::new(),
            simulated: None,
            proof: None,
        }
    }
}
