//! `fixproof prove --from REPORT.json`: could the scenarios have been red at all? A healthy run's observations are judged
//! again with one fact changed at a time. Nobody is asked.

use std::path::Path;

use fixproof::LoadedHarness;
use fixproof::model::{Change, Report, Suite, Target};
use fixproof::report::harmless;
use fixproof_prove::recorded::{Proved, ProvedExpectation, RecordedProof, Standing, prove_recorded};

use crate::arguments::ProveArguments;
use crate::commands::prove::refuse;
use crate::exit::Exit;
use crate::{stored, terminal};

/// How many unread facts of a scenario are named unless all are wanted.
const NAMED: usize = 5;

/// Proves the scenarios of a stored report.
pub(crate) fn prove_from(path: &Path, arguments: &ProveArguments) -> Exit {
    let report = match stored::report(path) {
        Ok(report) => report,
        Err(problem) => {
            return refuse(&problem.into(), arguments);
        }
    };
    match arguments.harness(Some(&report.provenance.target)).load() {
        Ok(loaded) => prove_report(&report, &loaded, "nobody was asked", arguments),
        Err(refused) => refuse(&refused, arguments),
    }
}

/// Proves the scenarios of a suite by what a report recorded. `asked` says who was asked for it now.
pub(super) fn prove_report(
    report: &Report,
    loaded: &LoadedHarness,
    asked: &str,
    arguments: &ProveArguments,
) -> Exit {
    let (recall, warnings) = match loaded.recall(report) {
        Ok(recalled) => recalled,
        Err(invalid) => return refuse(&invalid, arguments),
    };
    if !arguments.quiet {
        terminal::problems(&warnings, loaded.sources(), terminal::style(arguments.color));
    }
    let proof = prove_recorded(&recall);
    if arguments.format == "json" {
        match serde_json::to_string_pretty(&proof) {
            Ok(json) => terminal::data(&json),
            Err(error) => {
                terminal::complain(&format!("error: the proof can't be written as JSON: {error}"));
                return Exit::Unfinished;
            }
        }
    } else {
        terminal::data(&told(&proof, report, (loaded.suite(), loaded.target()), asked, arguments));
    }
    let counted = proof.sensitivity().1;
    match proof.is_whole() {
        true => Exit::Done,
        false if counted == 0 => Exit::NothingJudged,
        false => Exit::NotProved,
    }
}

/// A text of the suite or of the target on one line, with nothing in it that a terminal obeys.
fn line(text: &str) -> String {
    harmless(text).replace(['\n', '\r', '\t'], " ")
}

fn told(
    proof: &RecordedProof,
    report: &Report,
    (suite, target): (&Suite, &Target),
    asked: &str,
    arguments: &ProveArguments,
) -> String {
    let mut lines = Vec::new();
    let calm = |standing: &Standing| matches!(standing, Standing::Sensitive | Standing::LeftOut { .. });
    for proved in proof.scenarios.iter().filter(|proved| !arguments.quiet || !calm(&proved.standing)) {
        scenario(proved, arguments.verbose, &mut lines);
    }
    let run = &report.provenance;
    lines.push(String::new());
    lines.push(format!(
        "judged again: the recording of run {} against `{}`, one fact changed at a time; {asked}",
        line(&run.run),
        line(&run.target)
    ));
    if run.suite_hash != suite.hash {
        lines.push(
            "the suite is another than the recorded run's: what a scenario asks may have changed, and its recording answers what was asked then"
                .to_owned(),
        );
    }
    if run.target_hash != target.hash {
        lines.push(format!(
            "the file of the target is another than the recorded run's: judged by the limits that `{}` has today",
            line(&target.name)
        ));
    }
    lines.push(verdict(proof));
    lines.join("\n")
}

/// `SENSITIVITY 38/40: 1 blind (x), 1 not proved (y)`
fn verdict(proof: &RecordedProof) -> String {
    let (sensitive, counted) = proof.sensitivity();
    let named = |word: &str, of: fn(&Standing) -> bool| {
        let ids: Vec<&str> = proof.scenarios.iter().filter(|s| of(&s.standing)).map(|s| &*s.id).collect();
        (!ids.is_empty()).then(|| format!("{} {word} ({})", ids.len(), ids.join(", ")))
    };
    let rest: Vec<String> = [
        named("blind", |standing| *standing == Standing::Blind),
        named("not proved", |standing| matches!(standing, Standing::NotProved { .. })),
        named("left out", |standing| matches!(standing, Standing::LeftOut { .. })),
    ]
    .into_iter()
    .flatten()
    .collect();
    let rest = if rest.is_empty() { String::new() } else { format!(": {}", rest.join(", ")) };
    format!("SENSITIVITY {sensitive}/{counted}{rest}")
}

fn scenario(proved: &Proved, verbose: bool, lines: &mut Vec<String>) {
    let word = match &proved.standing {
        Standing::Sensitive => "sensitive",
        Standing::Blind => "BLIND",
        Standing::NotProved { .. } => "not proved",
        Standing::LeftOut { .. } => "left out",
    };
    let holes = proved.expectations.iter().filter(|e| e.hole.is_some()).count();
    let count = match (&proved.standing, proved.expectations.len()) {
        (Standing::NotProved { why }, _) => line(why),
        (Standing::LeftOut { reason }, _) => line(reason),
        (_, 0) => "it has no expectation that can turn it red".to_owned(),
        (_, all) => format!("{} of {all} expectations proved", all - holes),
    };
    lines.push(format!("{word:<11} {}  {count}", proved.id));
    for expectation in &proved.expectations {
        if verbose || expectation.hole.is_some() || expectation.is_weak {
            told_expectation(expectation, verbose, lines);
        }
    }
    for cause in &proved.unnoticed_obstacles {
        lines.push(format!("    hole: it stays green although its first step came to nothing ({cause})"));
    }
    if !proved.unread.is_empty() {
        let named = if verbose { proved.unread.len() } else { NAMED };
        let shown: Vec<_> = proved.unread.iter().take(named).map(|name| line(name)).collect();
        let more = match proved.unread.len().saturating_sub(named) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        lines.push(format!(
            "    {} recorded values that nothing looks at: {}{more}",
            proved.unread.len(),
            shown.join(", ")
        ));
    }
}

fn told_expectation(expectation: &ProvedExpectation, verbose: bool, lines: &mut Vec<String>) {
    let step = expectation.step.as_ref().map(|step| format!("step `{step}`: ")).unwrap_or_default();
    let what = format!("{step}{}", line(&expectation.text));
    let changes = |all: &[Change]| all.iter().map(|change| change.name()).collect::<Vec<_>>().join(", ");
    let verdict = match &expectation.hole {
        Some(why) => format!("hole: {what}: {why}"),
        None if expectation.is_weak => format!("weak: {what}: another value there turns nothing red"),
        None => format!("proved: {what}"),
    };
    lines.push(format!("    {verdict}"));
    lines.push(format!("      --> {}", expectation.place));
    if verbose && !expectation.noticed.is_empty() {
        lines.push(format!("      notices: {}", changes(&expectation.noticed)));
    }
    if !expectation.unnoticed.is_empty() && (verbose || expectation.hole.is_some()) {
        lines.push(format!("      does not notice: {}", changes(&expectation.unnoticed)));
    }
}
