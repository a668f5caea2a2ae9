//! What `fixproof-prove` needs of a command line: simulated stagings, names of runs, and progress on stderr.

use std::sync::Arc;

use fixproof::LoadedHarness;
use fixproof::engine::{Stop, Stopper, stopper};
use fixproof::model::Simulated;
use fixproof_prove::lab::{JOBS_PER_PROCESSOR, Lab, Progress, ProofEvent, SimulatedStaging, StagingFactory};
use fixproof_prove::report::control_line;
use fixproof_sim::Staging;

use crate::output::progress::ProgressLine;
use crate::output::signals::stop_on_interrupt;
use crate::output::{Output, terminal};
use crate::runtime::block_on;
use crate::simulated_target::{SIMULATOR, StagingSimulator, StagingTarget};

impl StagingFactory for StagingSimulator {
    fn start(&self, simulated: &Simulated) -> Result<Box<dyn SimulatedStaging>, String> {
        Ok(Box::new(StagingTarget::named(simulated)?))
    }
}

impl SimulatedStaging for StagingTarget {
    fn staging(&self) -> &Staging {
        StagingTarget::staging(self)
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
    line: Option<ProgressLine>,
    output: Output,
}

impl Progress for Display {
    fn take(&self, event: ProofEvent<'_>) {
        match (event, &self.line) {
            (ProofEvent::Planned(count), Some(live)) => live.expect(count),
            (ProofEvent::Started(name), Some(live)) => live.began(name),
            (ProofEvent::Ended(name), Some(live)) => live.ended(name, true),
            (ProofEvent::Judged(outcome), Some(live)) if !outcome.held() => {
                live.print_above(&control_line(outcome, self.output.style));
            }
            (ProofEvent::Note(text), Some(live)) => live.print_above(text),
            (ProofEvent::Judged(outcome), None) if !self.output.is_quiet() => {
                terminal::complain(&control_line(outcome, self.output.style));
            }
            (ProofEvent::Note(text), None) if !self.output.is_quiet() => terminal::complain(text),
            _ => {}
        }
    }
}

/// Runs a proof on a runtime of its own, with progress, until it ends or is interrupted.
///
/// # Errors
/// The harness could not do its work, in one line.
pub(crate) fn drive<T, F>(
    output: Output,
    proof: impl FnOnce(Arc<dyn Progress>, (Stopper, Stop)) -> F,
) -> Result<T, String>
where
    F: Future<Output = Result<T, String>>,
{
    let line = (!output.is_quiet() && terminal::is_interactive()).then(ProgressLine::new);
    let display = Arc::new(Display { line, output });
    let result = block_on(async {
        let (stopper, stop) = stopper();
        let signals = tokio::spawn(stop_on_interrupt(stopper.clone()));
        let result = proof(display.clone(), (stopper, stop)).await;
        signals.abort();
        result
    });
    if let Some(line) = &display.line {
        line.clear();
    }
    result.unwrap_or_else(|| Err("the proof did not run".to_owned()))
}
