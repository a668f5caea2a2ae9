//! `fixproof run`: plan, run, write, decide.

use std::time::Duration;

use fixproof::engine::{Plan, run as run_plan, stopper};
use fixproof::model::{InvalidInput, Report, Share};
use fixproof::{Harness, PlannedRun};

use crate::ci::github::Actions;
use crate::notify::{Notifier, NotifyRequest};
use crate::output::progress::RunProgress;
use crate::output::signals::stop_on_interrupt;
use crate::output::{Exit, Output, terminal};
use crate::proof_writer;
use crate::reports::{ReportRequest, ReportWriter, all_written};
use crate::runtime::block_on;

/// A run to make.
pub(crate) struct RunRequest {
    pub harness: Harness,
    /// Overrides the suite's.
    pub threshold: Option<Share>,
    /// Overrides the suite's.
    pub deadline: Option<Duration>,
    /// Overrides the suite's.
    pub parallel: Option<usize>,
    pub reports: ReportRequest,
    pub notify: NotifyRequest,
    /// Write the outputs of a continuous integration service?
    pub ci_output: bool,
    pub output: Output,
}

/// Runs scenarios and decides.
pub(crate) fn run(request: &RunRequest) -> Result<Exit, InvalidInput> {
    let output = request.output;
    let writer = ReportWriter::new(&request.reports)?;
    let notifier = Notifier::new(&request.notify)?;
    let PlannedRun { plan, simulated } = request.harness.plan()?;
    if !output.is_quiet() {
        terminal::problems(plan.warnings(), plan.sources(), output.style);
    }
    let folder = request.reports.folder.as_ref();
    let proof = folder.and_then(|folder| proof_writer::newest(folder, plan.suite_hash()));
    let plan = plan
        .with_proof(proof)
        .with_secrets(notifier.secrets())
        .with_threshold(request.threshold)
        .with_deadline(request.deadline)
        .with_parallel(request.parallel);
    let Some(report) = drive(plan, RunProgress::new(output)) else { return Ok(Exit::Unfinished) };
    drop(simulated);
    let written = writer.write(&report);
    writer.print(&report, &written, output);
    if request.ci_output
        && let Some(actions) = Actions::detect(&request.reports, &writer, &written)
    {
        actions.publish(&report);
    }
    // Last: the verdict is printed and the exit code is fixed.
    notifier.send(&report, output.is_quiet());
    Ok(Exit::of_run(&report, all_written(&written)))
}

/// Runs a plan on a runtime of its own; Ctrl-C ends it early. Nothing, with a message, where it could not run.
pub(crate) fn drive(plan: Plan, mut progress: RunProgress) -> Option<Report> {
    let (stopper, stop) = stopper();
    // As a task of the runtime, so that a scenario that ends wakes no other thread.
    let running = async move {
        let signals = tokio::spawn(stop_on_interrupt(stopper));
        let report = run_plan(plan, &mut progress, stop).await;
        signals.abort();
        report
    };
    match block_on(async { tokio::spawn(running).await })? {
        Ok(report) => Some(report),
        Err(error) => {
            terminal::complain(&format!("error: the run ended early: {error}"));
            None
        }
    }
}
