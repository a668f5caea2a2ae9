//! The last lines of a run: what was judged, against what, and the one word that follows.

use crate::model::{Decision, Judgement, Rejection, Report};

use super::Style;
use super::harmless::{Paint, one_line, painted};
use super::summary::tally;
use super::text::plural;

/// Simulated or not, the numbers, and the word.
#[must_use]
pub fn verdict(report: &Report, style: Style) -> String {
    let mut out = String::new();
    for notice in [simulated(report), replayed(report)].into_iter().flatten() {
        out.push_str(&painted(&notice, Paint::Yellow, style.colour));
        out.push('\n');
    }
    out.push_str(&format!("{}\n{}\n", tally(&report.tally), numbers(report)));
    let (word, rest, paint) = word(report);
    out.push_str(&format!("{}{rest}\n", painted(word, paint, style.colour)));
    for rejection in &report.decision.rejections {
        out.push_str(&format!("  {}\n", rejected(rejection)));
    }
    if report.decision.partial {
        for narrowing in &report.provenance.narrowing {
            let count = narrowing.left_out;
            let ending = plural(usize::try_from(count).unwrap_or(usize::MAX));
            out.push_str(&format!("  {} left out {count} scenario{ending}\n", one_line(&narrowing.by, 200)));
        }
    }
    out
}

/// What must be said of a run against the simulated staging.
pub(super) fn simulated(report: &Report) -> Option<String> {
    let simulated = report.provenance.simulated.as_ref()?;
    let profile = one_line(&simulated.profile, 80);
    let speed = simulated.speed;
    Some(format!(
        "against the simulated staging, profile {profile}, clock ×{speed}: says nothing about a real environment"
    ))
}

/// What must be said beside addresses of a simulated staging.
pub(super) const GONE: &str = "The simulated staging went with its run, and so did its addresses: `fixproof simulate --profile NAME` starts one to ask by hand.";

/// What must be said of a recorded run that was judged again.
pub(super) fn replayed(report: &Report) -> Option<String> {
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
pub(super) fn numbers(report: &Report) -> String {
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
pub(super) fn word(report: &Report) -> (&'static str, String, Paint) {
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
pub(super) const WORDS: [&str; 7] =
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
pub(super) fn rejected(rejection: &Rejection) -> String {
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
