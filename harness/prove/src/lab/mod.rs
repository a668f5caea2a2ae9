//! What every proof that runs scenarios shares: a suite, simulated stagings to run it against, and room on the machine.

mod admission;
pub(crate) mod cost;
mod runner;

use fixproof::model::Simulated;
use fixproof::{LoadedHarness, SimulatedTarget};
use fixproof_sim::Profile;

pub use admission::JOBS_PER_PROCESSOR;
pub(crate) use runner::{Job, Runner};

use crate::controls::ControlOutcome;

/// A running simulated staging whose answers can be changed.
pub trait SimulatedStaging: SimulatedTarget {
    /// The staging itself.
    fn staging(&self) -> &fixproof_sim::Staging;
}

/// Starts simulated stagings.
pub trait StagingFactory: Send + Sync {
    /// Starts one.
    ///
    /// # Errors
    /// Why it did not start.
    fn start(&self, simulated: &Simulated) -> Result<Box<dyn SimulatedStaging>, String>;
}

/// Something that happened while a proof was made.
#[derive(Debug, Clone, Copy)]
pub enum ProofEvent<'a> {
    /// So many runs are planned so far, those that are over included.
    Planned(usize),
    /// A run started.
    Started(&'a str),
    /// A run ended.
    Ended(&'a str),
    /// A control was judged.
    Judged(&'a ControlOutcome),
    /// A line for the reader.
    Note(&'a str),
}

/// Receives events, from any thread.
pub trait Progress: Send + Sync {
    /// Takes one.
    fn take(&self, event: ProofEvent<'_>);
}

/// A suite that was checked, and everything needed to run it against simulated stagings.
pub struct Lab {
    /// The suite and a target that is simulated.
    pub loaded: LoadedHarness,
    /// How many times faster than the wall the clock of a staging runs.
    pub speed: f64,
    /// How many runs are side by side at most.
    pub jobs: usize,
    /// Starts the stagings.
    pub stagings: &'static dyn StagingFactory,
}

impl Lab {
    /// What to simulate: a fault, or the healthy staging.
    pub(crate) fn simulated(&self, profile: Profile) -> Simulated {
        Simulated { profile: profile.name.to_owned(), speed: self.speed }
    }
}
