//! Events of a run: a closed set, sent to a listener in order.

use std::sync::Arc;

use crate::model::{Outcome, Report, ScenarioCard};

/// One event. Its texts are already redacted.
#[derive(Debug)]
pub enum Event<'a> {
    /// The run begins.
    RunStarted {
        /// Scenarios that will run.
        planned: usize,
        /// Scenarios left out.
        skipped: usize,
    },
    /// A scenario starts.
    ScenarioStarted {
        /// Which.
        scenario: &'a Arc<ScenarioCard>,
    },
    /// A repeated scenario has taken one more sample.
    SampleTaken {
        /// Which.
        scenario: &'a Arc<ScenarioCard>,
        /// How many it has now.
        taken: u32,
        /// How many are planned; nothing for a settling one.
        planned: Option<u32>,
        /// How many of them were met.
        met: u32,
    },
    /// A scenario has its verdict.
    ScenarioFinished {
        /// What came of it.
        outcome: &'a Outcome,
    },
    /// The run is over.
    RunFinished {
        /// Everything.
        report: &'a Report,
    },
}

/// Receives the events of a run. Called from one task; must not block for long.
pub trait Listener: Send {
    /// Takes one event.
    fn take(&mut self, event: &Event<'_>);
}

/// A no-op listener.
impl Listener for () {
    fn take(&mut self, _: &Event<'_>) {}
}

/// A listener that is any function.
impl<F: FnMut(&Event<'_>) + Send> Listener for F {
    fn take(&mut self, event: &Event<'_>) {
        self(event);
    }
}
