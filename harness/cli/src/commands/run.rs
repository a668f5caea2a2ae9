//! `fixproof run`: load, plan, run, write, decide.

use fixproof::PlannedRun;
use fixproof::engine::{Event, Plan, Stopper, run as run_plan, stopper};
use fixproof::model::Report;
use fixproof::report::text;

use crate::arguments::RunArguments;
use crate::display::Display;
use crate::exit::Exit;
use crate::github::Actions;
use crate::notify::Notifier;
use crate::paper::Papers;
use crate::proof_writer;
use crate::terminal;

/// Runs scenarios and decides.
pub(crate) fn run(arguments: &RunArguments) -> Exit {
    let style = terminal::style(arguments.suite.color);
    let papers = match Papers::tried(arguments) {
        Ok(papers) => papers,
        Err(problems) => return terminal::refuse(&problems.into(), style),
    };
    let notifier = match Notifier::of(&arguments.notify) {
        Ok(notifier) => notifier,
        Err(problems) => return terminal::refuse(&problems.into(), style),
    };
    let harness = arguments.suite.harness().select(arguments.selection.selection());
    let PlannedRun { plan, simulated } = match harness.plan() {
        Ok(planned) => planned,
        Err(invalid) => return terminal::refuse(&invalid, style),
    };
    if !arguments.quiet {
        terminal::problems(plan.warnings(), plan.sources(), style);
    }
    let proof = proof_writer::newest(&arguments.reports, plan.suite_hash());
    let plan = plan
        .with_proof(proof)
        .with_secrets(notifier.secrets())
        .with_threshold(arguments.threshold)
        .with_deadline(arguments.deadline)
        .with_parallel(arguments.parallel.map(usize::from));
    let display = Display::new(arguments.quiet, style);
    let report = match drive(plan, display) {
        Ok(report) => report,
        Err(error) => {
            terminal::complain(&format!("error: the runtime can't be started: {error}"));
            return Exit::Unfinished;
        }
    };
    drop(simulated);
    let written = papers.write(&report);
    let how = text::Detail::of(arguments.quiet, arguments.verbose);
    let summary = text::summary(&report, how, style);
    if papers.use_stdout() {
        terminal::complain(&summary)
    } else {
        terminal::data(&summary)
    }
    papers.tell(&written, arguments.quiet);
    if let Some(actions) = Actions::around(arguments) {
        actions.tell(&report, &written);
    }
    let exit = if written.iter().any(|paper| paper.outcome.is_err()) {
        Exit::Unfinished
    } else {
        Exit::of(&report.decision)
    };
    // Last of all: whatever comes of it, the verdict has been told and the exit code is known.
    notifier.tell(&report, arguments.quiet);
    exit
}

/// Runs a plan on a runtime of its own, with the display listening and Ctrl-C ending it early.
pub(crate) fn drive(plan: Plan, display: Display) -> std::io::Result<Report> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (stopper, stop) = stopper();
    // As a task of the runtime, so that a scenario that comes home wakes no other thread.
    let running = runtime.spawn(async move {
        let watcher = tokio::spawn(watch_for_interrupts(stopper));
        let mut display = display;
        let report = run_plan(plan, &mut |event: &Event<'_>| display.take(event), stop).await;
        watcher.abort();
        report
    });
    let report = runtime.block_on(running).map_err(std::io::Error::other)?;
    // A probe that hangs in a blocking call (a resolver) must not keep the report from being written.
    runtime.shutdown_background();
    Ok(report)
}

/// The first Ctrl-C or SIGTERM ends the run with its reports; the second ends the program.
pub(crate) async fn watch_for_interrupts(stopper: Stopper) {
    for _ in 0..2 {
        interrupted().await;
        if stopper.is_stopped() {
            std::process::exit(i32::from(Exit::Interrupted.code()));
        }
        terminal::complain(
            "interrupted: cleaning up, then writing what was judged so far (again to end at once)",
        );
        stopper.stop();
    }
}

/// Waits for Ctrl-C or SIGTERM.
pub(crate) async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Where signals can't be listened to, the default action still ends the program.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
