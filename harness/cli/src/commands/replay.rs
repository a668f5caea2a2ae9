//! `fixproof replay`: what was recorded, judged again with today's suite. Nobody is asked, so nothing is signed off.

use fixproof::engine::{Recall, replay as judge_again};
use fixproof::model::{Problem, Sources};
use fixproof::report::text;

use crate::arguments::ReplayArguments;
use crate::exit::Exit;
use crate::paper::{Papers, tell};
use crate::session::{self, Refused};
use crate::{stored, terminal};

/// Judges a stored report again.
pub(crate) fn replay(arguments: &ReplayArguments) -> Exit {
    let style = terminal::style(arguments.suite.color);
    let refuse = |problems: &[Problem], sources: &Sources| {
        terminal::problems(problems, sources, style);
        let exit = Exit::of_problems(problems);
        terminal::complain(&terminal::refusal(problems, exit));
        exit
    };
    let papers = match Papers::only(&arguments.report, arguments.formats.options()) {
        Ok(papers) => papers,
        Err(problems) => return refuse(&problems, &Sources::default()),
    };
    let recorded = match stored::report(&arguments.from) {
        Ok(report) => report,
        Err(problem) => return refuse(&[problem], &Sources::default()),
    };
    let mut offline = match session::offline(&arguments.suite(), &recorded.provenance.target) {
        Ok(offline) => offline,
        Err(Refused { problems, sources }) => return refuse(&problems, &sources),
    };
    let (recall, found) = Recall::of(&offline.suite, &offline.target, &offline.overlay, &recorded);
    offline.problems.extend(found.iter().cloned());
    let problems = offline.problems.clone().sorted();
    let Some(recall) = recall else { return refuse(&problems, &offline.sources) };
    if !arguments.quiet {
        terminal::problems(&problems, &offline.sources, style);
    }
    let report = judge_again(&recall, offline.identity(&arguments.suite()), arguments.threshold);
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
