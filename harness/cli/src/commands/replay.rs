//! `fixproof replay`: what was recorded, judged again with today's suite. Nobody is asked, so nothing is signed off.

use fixproof::report::text;

use crate::arguments::ReplayArguments;
use crate::exit::Exit;
use crate::paper::{Papers, tell};
use crate::{stored, terminal};

/// Judges a stored report again.
pub(crate) fn replay(arguments: &ReplayArguments) -> Exit {
    let style = terminal::style(arguments.suite.color);
    let papers = match Papers::only(&arguments.report, arguments.formats.options()) {
        Ok(papers) => papers,
        Err(problems) => return terminal::refuse(&problems.into(), style),
    };
    let recorded = match stored::report(&arguments.from) {
        Ok(report) => report,
        Err(problem) => return terminal::refuse(&problem.into(), style),
    };
    let target = arguments.target.as_ref().unwrap_or(&recorded.provenance.target);
    let loaded = match arguments.suite.harness(Some(target)).load() {
        Ok(loaded) => loaded,
        Err(invalid) => return terminal::refuse(&invalid, style),
    };
    let (recall, warnings) = match loaded.recall(&recorded) {
        Ok(recalled) => recalled,
        Err(invalid) => return terminal::refuse(&invalid, style),
    };
    if !arguments.quiet {
        terminal::problems(&warnings, loaded.sources(), style);
    }
    let report = loaded.replay(&recall, arguments.threshold);
    let written = papers.write(&report);
    let summary = text::summary(&report, text::Detail::of(arguments.quiet, arguments.verbose), style);
    if papers.use_stdout() {
        terminal::complain(&summary)
    } else {
        terminal::data(&summary)
    }
    tell(&written, arguments.quiet);
    if written.iter().any(|paper| paper.outcome.is_err()) {
        Exit::Unfinished
    } else {
        Exit::of(&report.decision)
    }
}
