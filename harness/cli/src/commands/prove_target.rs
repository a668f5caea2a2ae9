//! `fixproof prove --target NAME` of a real environment: no fault is injected. It runs once, as with `fixproof run`, and
//! its answers are judged again with one fact changed at a time.

use fixproof::engine::Selection;
use fixproof::model::{Code, InvalidInput, Problem, Report, Verdict};
use fixproof::report::{FormatOptions, format_named, text};
use fixproof::{LoadedHarness, PlannedRun};
use fixproof_prove::recorded::Source;

use crate::output::Exit;
use crate::output::progress::RunProgress;
use crate::output::terminal;
use crate::reports::{ReportWriter, all_written, print_written};

use super::prove_from::prove_report;
use super::prove_request::ProveRequest;
use super::run::drive;

/// The run that a proof was made of. It must not take the place of the report of a run.
const RECORDING: &str = "proof-run.json";

/// Runs the suite once against a real target, and proves the scenarios by its answers.
pub(super) fn prove_target(loaded: &LoadedHarness, request: &ProveRequest) -> Result<Exit, InvalidInput> {
    match recorded(loaded, request)? {
        Err(exit) => Ok(exit),
        Ok(report) => prove_report(&report, loaded, Source::Target, request),
    }
}

/// The report of one run, written beside the others; or the exit code where there is none to prove anything by.
fn recorded(loaded: &LoadedHarness, request: &ProveRequest) -> Result<Result<Report, Exit>, InvalidInput> {
    if let Some(problem) = misplaced(request) {
        return Err(problem.into());
    }
    let Some(format) = format_named("json") else { return Ok(Err(Exit::Unfinished)) };
    let place = request.reports.folder.as_ref().map(|folder| folder.join(RECORDING));
    let papers = ReportWriter::alone(format, place.as_deref(), FormatOptions::default())
        .map_err(InvalidInput::from)?;
    let selection = Selection { filters: request.filters.clone(), ..Selection::default() };
    let output = request.output;
    let PlannedRun { plan, .. } = loaded.start(&selection)?;
    if !output.is_quiet() {
        terminal::problems(plan.warnings(), plan.sources(), output.style);
    }
    let Some(report) = drive(plan, RunProgress::new(output)) else { return Ok(Err(Exit::Unfinished)) };
    let written = papers.write(&report);
    let is_red = |verdict: Verdict| verdict.is_judged() && verdict != Verdict::Passed;
    if report.outcomes.iter().any(|outcome| is_red(outcome.verdict)) {
        terminal::complain(&text::summary(&report, text::Detail::Normal, output.style));
        terminal::complain("scenarios that did not pass prove nothing: fix them, then prove again");
    }
    print_written(&written, output.is_quiet());
    if !all_written(&written) {
        return Ok(Err(Exit::Unfinished));
    }
    Ok(if report.provenance.interrupted { Err(Exit::Interrupted) } else { Ok(report) })
}

/// An option that only applies to controls.
fn misplaced(request: &ProveRequest) -> Option<Problem> {
    let option = match (request.jobs, request.reports.more.is_empty()) {
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
