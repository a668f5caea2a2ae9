//! Sentences and words that several formats share: verdicts, reasons, counts, the host, the newest proof.

use crate::model::{
    CheckItem, Decision, Finding, Judgement, Outcome, ProofMention, Provenance, Reason, Rejection, Report,
    SelfCheck, Tally, Undecided, Value, Verdict,
};

use super::sanitize::one_line;
use super::style::Paint;

/// How much of one sentence is shown.
pub const SENTENCE: usize = 400;

/// Is it judged and not green?
pub fn is_red(verdict: Verdict) -> bool {
    verdict.is_judged() && verdict != Verdict::Passed
}

/// Why it is not green, on one line.
pub fn reason(outcome: &Outcome) -> Option<String> {
    match &outcome.reason {
        Reason::Passed => None,
        Reason::Failed { cause, detail } if detail.is_empty() => {
            Some(format!("{cause}: {}", cause.meaning()))
        }
        Reason::Failed { cause, detail } => Some(format!("{cause}: {}", one_line(detail, SENTENCE))),
        Reason::Blocked { by } => {
            let verb = if by.len() == 1 { "is" } else { "are" };
            Some(format!("needs {}, which {verb} red", names(by, 6)))
        }
        Reason::Inconclusive(why) => Some(undecided(why)),
        Reason::Skipped { reason } => Some(one_line(reason, SENTENCE)),
    }
}

/// Why it can't be told, and what to do about it.
fn undecided(why: &Undecided) -> String {
    match why {
        Undecided::TooFewSamples { need: Some(_), .. } => format!("{why}: raise the `count` of its sample"),
        Undecided::TooFewSamples { need: None, .. } => {
            format!("{why}: lower its confidence or mend what was missed")
        }
        Undecided::Deadline => format!("{why}: raise --deadline"),
        Undecided::Interrupted => format!("{why}: run it again"),
        Undecided::Truncated { .. } => format!("{why}: raise the limit, or narrow what is asked for"),
        Undecided::NotRecorded { .. } => {
            format!("{}: run it against the target", one_line(&why.to_string(), SENTENCE))
        }
        Undecided::SickHost { .. } => {
            format!(
                "{}: mend the host the harness runs on, or take another, and run it again",
                one_line(&why.to_string(), SENTENCE)
            )
        }
        Undecided::HarnessLate { .. } => format!("{why}: run it on a quieter machine, or lower --parallel"),
    }
}

/// At most so many names, and how many more there are.
pub fn names<T: AsRef<str>>(all: &[T], most: usize) -> String {
    let shown: Vec<String> = all.iter().take(most).map(|name| one_line(name.as_ref(), 120)).collect();
    match all.len().saturating_sub(most) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The ending of a counted word.
pub fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// The findings that only warn.
pub fn warnings(outcome: &Outcome) -> impl Iterator<Item = &Finding> {
    outcome.findings.iter().filter(|finding| finding.warns())
}

/// `failed[layer/reason] id: title`
pub fn headline(outcome: &Outcome) -> String {
    let card = &outcome.scenario;
    let cause = outcome.cause().map(|cause| format!("[{cause}]")).unwrap_or_default();
    let title = one_line(&card.title, SENTENCE);
    format!("{}{cause} {}: {title}", outcome.verdict.name(), one_line(&card.id, 120))
}

/// Could the expectation not be evaluated?
pub fn cannot_tell(finding: &Finding) -> bool {
    matches!(finding.held, crate::model::Evaluation::Inconclusive(_))
}

/// What must be said of a run against the simulated staging.
pub fn simulated(report: &Report) -> Option<String> {
    let simulated = report.provenance.simulated.as_ref()?;
    let profile = one_line(&simulated.profile, 80);
    let speed = simulated.speed;
    Some(format!(
        "against the simulated staging, profile {profile}, clock ×{speed}: says nothing about a real environment"
    ))
}

/// What must be said beside addresses of a simulated staging.
pub const GONE: &str = "The simulated staging went with its run, and so did its addresses: `fixproof simulate --profile NAME` starts one to ask by hand.";

/// What must be said of a recorded run that was judged again.
pub fn replayed(report: &Report) -> Option<String> {
    let replay = report.provenance.replay.as_ref()?;
    let same = if replay.suite_hash == report.provenance.suite_hash {
        "with the suite it was made with"
    } else {
        "with another suite than it was made with: a scenario may ask something else today, and was answered what it asked then"
    };
    let (run, when) = (one_line(&replay.run, 80), report.provenance.started);
    Some(format!("a replay: nobody was asked; the recording of run {run} of {when} was judged again, {same}"))
}

/// `passed 100% of 25 judged, threshold 80% (lower 95% bound 88.7%)`
pub fn numbers(report: &Report) -> String {
    let Decision { percentage, gate, lower_bound, .. } = &report.decision;
    let threshold = gate.threshold;
    let Some(percentage) = percentage else { return format!("nothing was judged, threshold {threshold}") };
    let judged = report.tally.judged();
    // Rounded down, as the percentage is.
    let bound =
        lower_bound.map(|bound| format!(" (lower 95% bound {:.1}%)", (bound * 1000.0).floor() / 10.0));
    format!("passed {percentage} of {judged} judged, threshold {threshold}{}", bound.unwrap_or_default())
}

/// The word, what follows it, and its colour.
pub fn word(report: &Report) -> (&'static str, String, Paint) {
    let decision = &report.decision;
    match decision.judgement {
        Judgement::Approved if report.provenance.replay.is_some() => (
            "REPLAYED",
            ": the gate holds on what was recorded; a replay signs nothing off".to_owned(),
            Paint::Yellow,
        ),
        Judgement::Approved if decision.partial => (
            "PARTIAL",
            ": the gate holds on what ran; a partial run signs nothing off".to_owned(),
            Paint::Yellow,
        ),
        Judgement::Approved => ("APPROVED", ": the gate holds".to_owned(), Paint::Green),
        Judgement::Rejected => {
            let count = decision.rejections.len();
            ("REJECTED", format!(": the gate does not hold, for {count} reason{}", plural(count)), Paint::Red)
        }
        Judgement::NothingJudged => {
            ("NOTHING JUDGED", ": no scenario was judged, so nothing is approved".to_owned(), Paint::Red)
        }
        Judgement::Interrupted => (
            "INTERRUPTED",
            ": the run was ended early; what was judged so far approves nothing".to_owned(),
            Paint::Red,
        ),
    }
}

/// The words of [`verdict_word`], all of them.
pub const WORDS: [&str; 7] =
    ["approved", "simulated", "partial", "replayed", "rejected", "nothing-judged", "interrupted"];

/// The verdict as one word for machines: `approved`, `simulated` (the gate holds, and no real environment was asked),
/// `partial`, `replayed`, `rejected`, `nothing-judged` or `interrupted`. Only `approved` signs anything off.
#[must_use]
pub fn verdict_word(report: &Report) -> &'static str {
    match report.decision.judgement {
        Judgement::Approved if report.provenance.replay.is_some() => "replayed",
        Judgement::Approved if report.decision.partial => "partial",
        Judgement::Approved if report.provenance.simulated.is_some() => "simulated",
        Judgement::Approved => "approved",
        Judgement::Rejected => "rejected",
        Judgement::NothingJudged => "nothing-judged",
        Judgement::Interrupted => "interrupted",
    }
}

/// One reason against the fix.
pub fn rejected(rejection: &Rejection) -> String {
    match rejection {
        Rejection::BelowThreshold { percentage, threshold } => {
            format!("below the threshold: {percentage} passed, {threshold} wanted")
        }
        Rejection::ComponentBelow { component, percentage, threshold } => {
            let seen = percentage.map_or_else(
                || "none of its scenarios was judged".to_owned(),
                |percentage| format!("{percentage} passed"),
            );
            format!(
                "component {} below its own threshold: {seen}, {threshold} wanted",
                one_line(component, 120)
            )
        }
        Rejection::Critical { scenario, verdict } => {
            format!("critical scenario {} is {}, and must be passed", one_line(scenario, 120), verdict.name())
        }
    }
}

/// The tally in words, the empty verdicts left out: `25 planned: 24 passed, 1 failed`.
pub fn tally(tally: &Tally) -> String {
    let counted: Vec<String> = Verdict::ALL
        .iter()
        .filter(|verdict| tally.of(**verdict) > 0)
        .map(|verdict| format!("{} {}", tally.of(*verdict), verdict.name()))
        .collect();
    match counted.as_slice() {
        [] => format!("{} planned", tally.planned),
        counted => format!("{} planned: {}", tally.planned, counted.join(", ")),
    }
}

/// What a run's summary says of the newest proof.
pub fn mention(run: &Provenance) -> String {
    let Some(proof) = &run.proof else {
        return "proof: none for this suite; `fixproof prove` shows whether its scenarios can turn red"
            .to_owned();
    };
    let ProofMention { sensitivity, specificity, .. } = proof;
    format!(
        "proof: {}, sensitivity {sensitivity}, specificity {specificity}, of {}{}",
        one_line(&proof.result, 40),
        one_line(&proof.started, 40),
        other_limits(run, proof)
    )
}

/// What was red in the proof was red by its target's limits: where those are not the run's, a reader must know.
fn other_limits(run: &Provenance, proof: &ProofMention) -> String {
    if run.target_hash == proof.target_hash {
        return String::new();
    }
    let (then, now) = (one_line(&proof.target, 80), one_line(&run.target, 80));
    if then == now {
        format!("; against `{then}` as its file was then: it has changed since, and a limit in it may have")
    } else {
        format!("; against `{then}`: with its limits, and not with those of `{now}`")
    }
}

/// `lag 1.3ms, clocks 0ns, files 1024`: what was measured, in short.
pub fn host_numbers(check: &SelfCheck) -> String {
    let told = |item: &CheckItem| match &item.measured {
        Value::Null => None,
        measured => Some(one_line(&format!("{} {measured}", item.name), SENTENCE)),
    };
    check.items.iter().filter_map(told).collect::<Vec<_>>().join(", ")
}

/// The line for a terminal, and the warnings after it.
pub fn host_lines(check: &SelfCheck) -> Vec<String> {
    let warnings: Vec<String> = check
        .sick()
        .map(|item| {
            let limit = match &item.limit {
                Value::Null => String::new(),
                limit if item.name == "files" => format!(" (wanted: {limit} at least)"),
                limit => format!(" (wanted: {limit} at most)"),
            };
            format!(
                "warning: host: {}: {}{limit}",
                one_line(&item.name, 80),
                one_line(&item.sentence, SENTENCE)
            )
        })
        .collect();
    if warnings.is_empty() { vec![format!("host: {}", host_numbers(check))] } else { warnings }
}

/// One line for a property: whether it is sound, and the numbers.
pub fn host_property(check: &SelfCheck) -> String {
    let sick: Vec<String> = check.sick().map(|item| one_line(&item.name, 80)).collect();
    let sound = if sick.is_empty() { "sound".to_owned() } else { format!("not sound ({})", sick.join(", ")) };
    format!("{sound}: {}", host_numbers(check))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn check(lag: u64) -> SelfCheck {
        let item = |name: &'static str, measured, limit, healthy, sentence: &str| CheckItem {
            name: name.into(),
            measured,
            limit,
            healthy,
            sentence: sentence.to_owned(),
        };
        let millis = |n| Value::Duration(Duration::from_millis(n));
        SelfCheck {
            items: vec![
                item("lag", millis(lag), millis(50), lag <= 50, "wake-ups were late"),
                item("clocks", Value::Null, Value::Null, true, "can't be told"),
                item("files", Value::count(20), Value::count(30), lag <= 50, "20 files may be open"),
            ],
        }
    }

    #[test]
    fn a_sound_host_is_one_line_and_a_sick_one_a_warning_with_its_numbers_for_each() {
        assert_eq!(host_lines(&check(2)), ["host: lag 2ms, files 20"]);
        assert_eq!(
            host_lines(&check(90)),
            [
                "warning: host: lag: wake-ups were late (wanted: 50ms at most)",
                "warning: host: files: 20 files may be open (wanted: 30 at least)",
            ]
        );
        assert_eq!(host_property(&check(2)), "sound: lag 2ms, files 20");
        assert_eq!(host_property(&check(90)), "not sound (lag, files): lag 90ms, files 20");
    }
}
