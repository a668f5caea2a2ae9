//! What `fixproof-prove` needs of a command line: simulated stagings, names of runs, and progress on stderr.

use std::sync::Arc;

use fixproof::LoadedHarness;
use fixproof::engine::{Stop, Stopper, stopper};
use fixproof::model::Simulated;
use fixproof_prove::lab::{JOBS_PER_PROCESSOR, Lab, Progress, ProofEvent, SimulatedStaging, StagingFactory};
use fixproof_prove::report::control_line;
use fixproof_sim::Staging;

use crate::commands::run::watch_for_interrupts;
use crate::embedded::{Embedded, SIMULATOR, StagingSimulator};
use crate::live::Live;
use crate::terminal::{self, Style};

impl StagingFactory for StagingSimulator {
    fn start(&self, simulated: &Simulated) -> Result<Box<dyn SimulatedStaging>, String> {
        Ok(Box::new(Embedded::named(simulated)?))
    }
}

impl SimulatedStaging for Embedded {
    fn staging(&self) -> &Staging {
        Embedded::staging(self)
    }
}

/// A lab of a suite that was checked. `jobs` is the user's own limit.
pub(crate) fn lab(loaded: LoadedHarness, speed: f64, jobs: Option<u16>) -> Lab {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let jobs = jobs.map_or(JOBS_PER_PROCESSOR * processors, usize::from);
    Lab { loaded, speed, jobs, stagings: &SIMULATOR }
}

/// A bar on a terminal, lines elsewhere, nothing when quiet.
struct Display {
    live: Option<Live>,
    quiet: bool,
    style: Style,
}

impl Progress for Display {
    fn take(&self, event: ProofEvent<'_>) {
        match (event, &self.live) {
            (ProofEvent::Planned(count), Some(live)) => live.expects(count),
            (ProofEvent::Started(name), Some(live)) => live.began(name),
            (ProofEvent::Ended(name), Some(live)) => live.ended(name, true),
            (ProofEvent::Judged(outcome), Some(live)) if !outcome.held() => {
                live.aside(&control_line(outcome, self.style));
            }
            (ProofEvent::Note(text), Some(live)) => live.aside(text),
            (ProofEvent::Judged(outcome), None) if !self.quiet => {
                terminal::complain(&control_line(outcome, self.style));
            }
            (ProofEvent::Note(text), None) if !self.quiet => terminal::complain(text),
            _ => {}
        }
    }
}

/// Runs a proof on a runtime of its own, with progress, until it ends or is interrupted.
///
/// # Errors
/// The harness could not do its work, in one line.
pub(crate) fn drive<T, F>(
    quiet: bool,
    style: Style,
    proof: impl FnOnce(Arc<dyn Progress>, (Stopper, Stop)) -> F,
) -> Result<T, String>
where
    F: Future<Output = Result<T, String>>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("the runtime can't be started: {error}"))?;
    let display =
        Arc::new(Display { live: (!quiet && terminal::is_watched()).then(Live::new), quiet, style });
    let result = runtime.block_on(async {
        let (stopper, stop) = stopper();
        let watcher = tokio::spawn(watch_for_interrupts(stopper.clone()));
        let result = proof(display.clone(), (stopper, stop)).await;
        watcher.abort();
        result
    });
    if let Some(live) = &display.live {
        live.over();
    }
    runtime.shutdown_background();
    result
}
