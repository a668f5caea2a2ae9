//! A proof by a recorded run, for a terminal.

use fixproof::model::Change;
use fixproof::report::prose::SENTENCE;
use fixproof::report::sanitize::one_line;
use fixproof::report::text::Detail;

use crate::recorded::{Proved, ProvedExpectation, RecordedProof, Source, Standing};

/// How many unread values of a scenario are named in normal detail.
const NAMED: usize = 5;

/// Every scenario, and the verdict.
pub(super) fn recorded_summary(proof: &RecordedProof, detail: Detail) -> String {
    let mut lines = Vec::new();
    let calm = |standing: &Standing| matches!(standing, Standing::Sensitive | Standing::LeftOut { .. });
    for proved in proof.scenarios.iter().filter(|proved| detail != Detail::Quiet || !calm(&proved.standing)) {
        write_scenario(proved, detail == Detail::Verbose, &mut lines);
    }
    lines.push(String::new());
    lines.push(format!(
        "judged again: the recording of run {} against `{}`, one fact changed at a time; {}",
        one_line(&proof.run, SENTENCE),
        one_line(&proof.target, SENTENCE),
        match proof.source {
            Source::Report => "no request was sent",
            Source::Target => "the target was asked once",
        }
    ));
    if !proof.same_suite {
        lines.push(
            "the suite has changed since the recorded run: a scenario may send something else today than was recorded"
                .to_owned(),
        );
    }
    if !proof.same_target {
        lines.push(
            "the file of the target has changed since the recorded run: judged by today's limits".to_owned(),
        );
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

fn write_scenario(proved: &Proved, verbose: bool, lines: &mut Vec<String>) {
    let word = match &proved.standing {
        Standing::Sensitive => "sensitive",
        Standing::Blind => "BLIND",
        Standing::NotProved { .. } => "not proved",
        Standing::LeftOut { .. } => "left out",
    };
    let gaps = proved.expectations.iter().filter(|e| e.gap.is_some()).count();
    let count = match (&proved.standing, proved.expectations.len()) {
        (Standing::NotProved { why }, _) => one_line(why, SENTENCE),
        (Standing::LeftOut { reason }, _) => one_line(reason, SENTENCE),
        (_, 0) => "no expectation can fail it".to_owned(),
        (_, all) => format!("{} of {all} expectations proved", all - gaps),
    };
    lines.push(format!("{word:<11} {}  {count}", proved.id));
    for expectation in &proved.expectations {
        if verbose || expectation.gap.is_some() || expectation.is_weak {
            write_expectation(expectation, verbose, lines);
        }
    }
    for cause in &proved.survived_errors {
        lines.push(format!("    gap: it still passes when its first step ends with {cause}"));
    }
    if !proved.unread.is_empty() {
        let named = if verbose { proved.unread.len() } else { NAMED };
        let shown: Vec<_> = proved.unread.iter().take(named).map(|name| one_line(name, SENTENCE)).collect();
        let more = match proved.unread.len().saturating_sub(named) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        lines.push(format!(
            "    {} recorded values that no expectation reads: {}{more}",
            proved.unread.len(),
            shown.join(", ")
        ));
    }
}

fn write_expectation(expectation: &ProvedExpectation, verbose: bool, lines: &mut Vec<String>) {
    let step = expectation.step.as_ref().map(|step| format!("step `{step}`: ")).unwrap_or_default();
    let what = format!("{step}{}", one_line(&expectation.text, SENTENCE));
    let changes = |all: &[Change]| all.iter().map(|change| change.name()).collect::<Vec<_>>().join(", ");
    let verdict = match &expectation.gap {
        Some(why) => format!("gap: {what}: {why}"),
        None if expectation.is_weak => format!("weak: {what}: another value there fails nothing"),
        None => format!("proved: {what}"),
    };
    lines.push(format!("    {verdict}"));
    lines.push(format!("      --> {}", expectation.place));
    if verbose && !expectation.killed.is_empty() {
        lines.push(format!("      kills: {}", changes(&expectation.killed)));
    }
    if !expectation.survived.is_empty() && (verbose || expectation.gap.is_some()) {
        lines.push(format!("      survived: {}", changes(&expectation.survived)));
    }
}
