//! Sentences and words that several formats share: verdicts, reasons, counts, the host, the newest proof.

use crate::model::{
    CheckItem, Decision, Finding, Judgement, Outcome, ProofMention, Provenance, Reason, Rejection, Report,
    SelfCheck, Tally, Undecided, Value, Verdict,
};

use super::sanitize::one_line;

/// How much of one sentence is shown.
pub const SENTENCE: usize = 400;

/// Is it judged and not passed?
pub fn is_red(verdict: Verdict) -> bool {
    verdict.is_judged() && verdict != Verdict::Passed
}

/// Why it did not pass, on one line.
pub fn reason(outcome: &Outcome) -> Option<String> {
    match &outcome.reason {
        Reason::Passed => None,
        Reason::Failed { cause, detail } if detail.is_empty() => {
            Some(format!("{cause}: {}", cause.meaning()))
        }
        Reason::Failed { cause, detail } => Some(format!("{cause}: {}", one_line(detail, SENTENCE))),
        Reason::Blocked { by } => Some(format!("needs {}, which did not pass", names(by, 6))),
        Reason::Inconclusive(why) => Some(undecided(why)),
        Reason::Skipped { reason } => Some(one_line(reason, SENTENCE)),
    }
}

/// Why there is no result, and what to do about it.
fn undecided(why: &Undecided) -> String {
    match why {
        Undecided::TooFewSamples { need: Some(_), .. } => format!("{why}: raise the `count` of its sample"),
        Undecided::TooFewSamples { need: None, .. } => {
            format!("{why}: lower its confidence, or fix what the missed samples show")
        }
        Undecided::Deadline => format!("{why}: raise --deadline"),
        Undecided::Interrupted => format!("{why}: run it again"),
        Undecided::Truncated { .. } => format!("{why}: raise the limit, or narrow the request"),
        Undecided::NotRecorded { .. } => {
            format!("{}: run it against the target", one_line(&why.to_string(), SENTENCE))
        }
        Undecided::SickHost { .. } => {
            format!(
                "{}: fix the host that runs the harness, or use another one, then run it again",
                one_line(&why.to_string(), SENTENCE)
            )
        }
        Undecided::HarnessLate { .. } => {
            format!("{why}: run it on a less loaded machine, or lower --parallel")
        }
    }
}

/// At most `most` names, and how many more there are.
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
pub fn is_inconclusive(finding: &Finding) -> bool {
    matches!(finding.evaluation, crate::model::Evaluation::Inconclusive(_))
}

/// The notice for a run against the simulated staging.
pub fn simulated_notice(report: &Report) -> Option<String> {
    let simulated = report.provenance.simulated.as_ref()?;
    let profile = one_line(&simulated.profile, 80);
    let speed = simulated.speed;
    Some(format!(
        "against the simulated staging, profile {profile}, clock ×{speed}: says nothing about a real environment"
    ))
}

/// The notice beside addresses of a simulated staging.
pub const SIMULATION_ENDED: &str = "The simulated staging ended with its run, and its addresses are gone: `fixproof simulate --profile NAME` starts one for requests by hand.";

/// The notice for a recorded run that was judged again.
pub fn replay_notice(report: &Report) -> Option<String> {
    let replay = report.provenance.replay.as_ref()?;
    let same = if replay.suite_hash == report.provenance.suite_hash {
        "with the suite of the recording"
    } else {
        "with another suite than the recording's: a scenario may send another request today, but is judged by the recorded answer"
    };
    let (run, when) = (one_line(&replay.run, 80), report.provenance.started);
    Some(format!(
        "replay: no requests were sent; the recording of run {run} of {when} was judged again, {same}"
    ))
}

/// `passed 100% of 25 judged, threshold 80% (lower 95% bound 88.7%)`
pub fn pass_rate(report: &Report) -> String {
    let Decision { percentage, gate, lower_bound, .. } = &report.decision;
    let threshold = gate.threshold;
    let Some(percentage) = percentage else { return format!("nothing was judged, threshold {threshold}") };
    let judged = report.tally.judged();
    // Rounded down, as the percentage is.
    let bound =
        lower_bound.map(|bound| format!(" (lower 95% bound {:.1}%)", (bound * 1000.0).floor() / 10.0));
    format!("passed {percentage} of {judged} judged, threshold {threshold}{}", bound.unwrap_or_default())
}

/// Whether a verdict is good news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// The fix is approved.
    Good,
    /// The gate holds, but approves nothing.
    Open,
    /// The fix is not approved.
    Bad,
}

/// The verdict of a run for a reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictLine {
    /// In capitals: `APPROVED`.
    pub word: &'static str,
    /// What follows the word and a colon.
    pub meaning: String,
    /// How it is drawn.
    pub tone: Tone,
}

impl std::fmt::Display for VerdictLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.word, self.meaning)
    }
}

/// The verdict in a word and a sentence.
pub fn verdict_line(report: &Report) -> VerdictLine {
    let decision = &report.decision;
    let line = |word, meaning: &str, tone| VerdictLine { word, meaning: meaning.to_owned(), tone };
    match decision.judgement {
        Judgement::Approved if report.provenance.replay.is_some() => {
            line("REPLAYED", "the gate holds on the recording; a replay signs nothing off", Tone::Open)
        }
        Judgement::Approved if decision.partial => {
            line("PARTIAL", "the gate holds on what ran; a partial run signs nothing off", Tone::Open)
        }
        Judgement::Approved => line("APPROVED", "the gate holds", Tone::Good),
        Judgement::Rejected => {
            let count = rejections(report).len();
            let meaning = format!("the gate does not hold, for {count} reason{}", plural(count));
            line("REJECTED", &meaning, Tone::Bad)
        }
        Judgement::NothingJudged => {
            line("NOTHING JUDGED", "no scenario was judged, so nothing is approved", Tone::Bad)
        }
        Judgement::Interrupted => {
            line("INTERRUPTED", "the run ended early; partial results approve nothing", Tone::Bad)
        }
    }
}

/// The words of [`verdict_word`], all of them.
pub const VERDICT_WORDS: [&str; 7] =
    ["approved", "simulated", "partial", "replayed", "rejected", "nothing-judged", "interrupted"];

/// Does it approve the fix: a full run against a real environment, and the gate holds?
pub fn signs_off(report: &Report) -> bool {
    verdict_word(report) == "approved"
}

/// The verdict as one word for machines: `approved`, `simulated` (the gate holds, but against no real environment),
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

/// Every reason against the fix, one line each; blocked critical scenarios share one.
pub fn rejections(report: &Report) -> Vec<String> {
    let all = &report.decision.rejections;
    let blocked: Vec<&str> = all
        .iter()
        .filter_map(|one| match one {
            Rejection::Critical { scenario, verdict: Verdict::Blocked } => Some(&**scenario),
            Rejection::Critical { .. }
            | Rejection::BelowThreshold { .. }
            | Rejection::ComponentBelow { .. } => None,
        })
        .collect();
    let mut lines: Vec<String> = all.iter().filter_map(rejection).collect();
    match blocked.as_slice() {
        [] => {}
        [one] => lines.push(format!("critical scenario {} is blocked", quoted(one))),
        many => lines.push(format!("{} critical scenarios are blocked: {}", many.len(), names(many, 12))),
    }
    lines
}

/// One reason against the fix; nothing for a blocked scenario.
pub fn rejection(rejection: &Rejection) -> Option<String> {
    Some(match rejection {
        Rejection::BelowThreshold { percentage, threshold } => {
            format!("below the threshold: {percentage} passed, {threshold} required")
        }
        Rejection::ComponentBelow { component, percentage, threshold } => {
            let seen = percentage.map_or_else(
                || "none of its scenarios was judged".to_owned(),
                |percentage| format!("{percentage} passed"),
            );
            format!("component {} below its threshold: {seen}, {threshold} required", quoted(component))
        }
        Rejection::Critical { scenario, verdict } => {
            let what = match verdict {
                Verdict::Blocked => return None,
                Verdict::Failed | Verdict::Errored | Verdict::Passed => verdict.name().to_owned(),
                Verdict::Inconclusive | Verdict::Skipped => format!("is {}", verdict.name()),
            };
            format!("critical scenario {} {what}", quoted(scenario))
        }
    })
}

fn quoted(name: &str) -> String {
    format!("'{}'", one_line(name, 120))
}

/// `fixproof run ID --target NAME`: the command that runs these scenarios again, or all where none is named.
pub fn run_command(provenance: &Provenance, ids: &[&str]) -> String {
    let mut words = vec!["fixproof".to_owned(), "run".to_owned()];
    words.extend(ids.iter().map(|id| shell_word(id)));
    words.extend(["--target".to_owned(), shell_word(&provenance.target)]);
    if let Some(simulated) = &provenance.simulated {
        words.extend(["--profile".to_owned(), shell_word(&simulated.profile)]);
    }
    if provenance.suite != "scenarios" {
        words.extend(["--scenarios".to_owned(), shell_word(&provenance.suite)]);
    }
    words.join(" ")
}

/// One word of a POSIX shell, at most 200 characters of it.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:".contains(c);
    let line: String = text.chars().take(200).map(|c| if c.is_control() { '?' } else { c }).collect();
    if !line.is_empty() && !line.starts_with('-') && line.chars().all(plain) {
        return line;
    }
    format!("'{}'", line.replace('\'', "'\\''"))
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

/// The newest proof, in a sentence.
pub fn proof_mention(run: &Provenance) -> String {
    let Some(proof) = &run.proof else {
        return "none for this suite; `fixproof prove` checks whether its scenarios can fail".to_owned();
    };
    let ProofMention { sensitivity, specificity, .. } = proof;
    format!(
        "{}, sensitivity {sensitivity}, specificity {specificity}, of {}{}",
        one_line(&proof.result, 40),
        one_line(&proof.started, 40),
        other_limits(run, proof)
    )
}

/// The target whose limits the proof used, where they are not those of the run.
fn other_limits(run: &Provenance, proof: &ProofMention) -> String {
    if run.target_hash == proof.target_hash {
        return String::new();
    }
    let (then, now) = (one_line(&proof.target, 80), one_line(&run.target, 80));
    if then == now {
        format!("; against `{then}`, whose file (and maybe a limit in it) has changed since")
    } else {
        format!("; against `{then}`, with its limits instead of those of `{now}`")
    }
}

/// `lag 1.3ms, clocks 0ns, files 1024`: what was measured.
pub fn host_numbers(check: &SelfCheck) -> String {
    let measured = |item: &CheckItem| match &item.measured {
        Value::Null => None,
        measured => Some(one_line(&format!("{} {measured}", item.name), SENTENCE)),
    };
    check.items.iter().filter_map(measured).collect::<Vec<_>>().join(", ")
}

/// A sentence for each measure of the host that is out of its limit.
pub fn host_warnings(check: &SelfCheck) -> Vec<String> {
    let warning = |item: &CheckItem| {
        let limit = match &item.limit {
            Value::Null => String::new(),
            limit if item.name == "files" => format!(" (at least {limit} required)"),
            limit => format!(" (at most {limit} allowed)"),
        };
        format!("{}: {}{limit}", one_line(&item.name, 80), one_line(&item.sentence, SENTENCE))
    };
    check.sick().map(warning).collect()
}

/// One line: whether the host is fit for the run, and the numbers.
pub fn host_property(check: &SelfCheck) -> String {
    let sick: Vec<String> = check.sick().map(|item| one_line(&item.name, 80)).collect();
    let state = if sick.is_empty() { "sound".to_owned() } else { format!("not sound ({})", sick.join(", ")) };
    format!("{state}: {}", host_numbers(check))
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
                item("clocks", Value::Null, Value::Null, true, "not measured"),
                item("files", Value::count(20), Value::count(30), lag <= 50, "20 files may be open"),
            ],
        }
    }

    #[test]
    fn every_measure_out_of_its_limit_is_a_warning_with_its_numbers() {
        assert!(host_warnings(&check(2)).is_empty());
        assert_eq!(host_numbers(&check(2)), "lag 2ms, files 20");
        assert_eq!(
            host_warnings(&check(90)),
            [
                "lag: wake-ups were late (at most 50ms allowed)",
                "files: 20 files may be open (at least 30 required)",
            ]
        );
        assert_eq!(host_property(&check(2)), "sound: lag 2ms, files 20");
        assert_eq!(host_property(&check(90)), "not sound (lag, files): lag 90ms, files 20");
    }
}
