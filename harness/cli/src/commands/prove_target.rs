//! `fixproof prove --target NAME` of a real environment: no fault is injected. It runs once, as with `fixproof run`, and
//! its answers are judged again with one fact changed at a time.

use fixproof::engine::Selection;
use fixproof::model::{Code, InvalidInput, Problem, Report, Verdict};
use fixproof::report::{FormatOptions, format_named, text};
use fixproof::{LoadedHarness, PlannedRun};
use fixproof_prove::recorded::Source;

use crate::args::ProveArguments;
use crate::commands::drive;
use crate::commands::prove_from::prove_report;
use crate::output::progress::RunProgress;
use crate::output::terminal;
use crate::output::{Exit, Output};
use crate::reports::{ReportWriter, all_written, print_written};

/// The run that a proof was made of. It must not take the place of the report of a run.
const RECORDING: &str = "proof-run.json";

/// Runs the suite once against a real target, and proves the scenarios by its answers.
pub(crate) fn prove_target(prepared: LoadedHarness, arguments: &ProveArguments) -> Exit {
    match recorded(&prepared, arguments) {
        Err(refused) => terminal::refuse(&refused, arguments.style()),
        Ok(Err(exit)) => exit,
        Ok(Ok(report)) => prove_report(&report, &prepared, Source::Target, arguments),
    }
}

/// The report of one run, written beside the others; or the exit code where there is none to prove anything by.
fn recorded(
    prepared: &LoadedHarness,
    arguments: &ProveArguments,
) -> Result<Result<Report, Exit>, InvalidInput> {
    if let Some(problem) = misplaced(arguments) {
        return Err(problem.into());
    }
    let Some(format) = format_named("json") else { return Ok(Err(Exit::Unfinished)) };
    let place = arguments.reports.join(RECORDING);
    let papers =
        ReportWriter::alone(format, Some(&place), FormatOptions::default()).map_err(InvalidInput::from)?;
    let selection = Selection { filters: arguments.filters.clone(), ..Selection::default() };
    let style = arguments.style();
    let PlannedRun { plan, .. } = prepared.start(&selection)?;
    if !arguments.quiet {
        terminal::problems(plan.warnings(), plan.sources(), style);
    }
    let output = Output { style, detail: text::Detail::of(arguments.quiet, false) };
    let Some(report) = drive(plan, RunProgress::new(output)) else { return Ok(Err(Exit::Unfinished)) };
    let written = papers.write(&report);
    let is_red = |verdict: Verdict| verdict.is_judged() && verdict != Verdict::Passed;
    if report.outcomes.iter().any(|outcome| is_red(outcome.verdict)) {
        terminal::complain(&text::summary(&report, text::Detail::Normal, style));
        terminal::complain("scenarios that did not pass prove nothing: fix them, then prove again");
    }
    print_written(&written, arguments.quiet);
    if !all_written(&written) {
        return Ok(Err(Exit::Unfinished));
    }
    Ok(if report.provenance.interrupted { Err(Exit::Interrupted) } else { Ok(report) })
}

/// An option that only applies to controls.
fn misplaced(arguments: &ProveArguments) -> Option<Problem> {
    let option = match (arguments.jobs, arguments.report.is_empty()) {
        (None, true) => return None,
        (Some(_), _) => "--jobs",
        (None, false) => "--report",
    };
    let message = format!("{option} only applies to a simulated target, and this one is real");
    let help = match option {
        "--jobs" => "leave it out: a real target runs once",
        _ => "print the proof with --format json; its run is written into --reports",
    };
    Some(Problem::nowhere(Code::BadArgument, message).help(help))
}
