//! What the run does not prove, and where, when and with what it was made.

use maud::{Markup, html};

use crate::model::{Outcome, Report, Value, Verdict};
use crate::report::html_page::{Icon, say};
use crate::report::prose::{SENTENCE, host_warnings, plural, proof_mention, reason};
use crate::report::sanitize::one_line;

use super::anchors::Anchors;

/// How many scenarios of one kind are named.
const NAMED: usize = 40;
/// The most notes that are shown.
const NOTES: usize = 40;

/// What the run does not prove.
pub(super) fn not_proven(report: &Report, anchors: &Anchors<'_>) -> Markup {
    let provenance = &report.provenance;
    let left_out: u64 = provenance.narrowing.iter().map(|one| one.left_out).fold(0, u64::saturating_add);
    html! {
        section aria-labelledby="not-proven-title" {
            h2 id="not-proven-title" { "What this run does not prove" }
            div.panel {
                ul {
                    @if provenance.simulated.is_some() { li { "Anything about a real environment: it ran against the simulated staging." } }
                    @if provenance.replay.is_some() { li { "Anything about today: it judged a recording." } }
                    @if report.decision.partial {
                        li { "Anything about the whole suite: the run is partial" @if left_out > 0 { ", " (left_out) " left out" } "." }
                    }
                    @if provenance.interrupted { li { "Anything about what was not reached: the run was interrupted." } }
                    (of(Verdict::Inconclusive, "inconclusive", report, anchors))
                    (of(Verdict::Skipped, "skipped by the suite", report, anchors))
                    (of(Verdict::Blocked, "not run, because a scenario they need did not pass", report, anchors))
                    li { "Proof: " (proof_mention(provenance)) }
                }
            }
        }
    }
}

fn of(verdict: Verdict, what: &str, report: &Report, anchors: &Anchors<'_>) -> Markup {
    let all: Vec<&Outcome> = report.outcomes.iter().filter(|outcome| outcome.verdict == verdict).collect();
    let more = all.len().saturating_sub(NAMED);
    let is_shown_above = verdict == Verdict::Blocked;
    html! {
        @if !all.is_empty() {
            li {
                (Icon::of(verdict)) " " (all.len()) " scenario" (plural(all.len())) " " (what)
                @if !is_shown_above {
                    ":"
                    ul {
                        @for one in all.iter().take(NAMED) {
                            li { (anchors.link(&one.scenario.id)) @if let Some(reason) = reason(one) { ": " bdi { (reason) } } }
                        }
                        @if more > 0 { li.left-out { "and " (more) " more" } }
                    }
                }
            }
        }
    }
}

/// Where, when and with what it was made, and whether the host was fit for it.
pub(super) fn provenance(report: &Report) -> Markup {
    let provenance = &report.provenance;
    let wall = Value::Duration(provenance.wall).to_string();
    html! {
        section aria-labelledby="provenance-title" {
            h2 id="provenance-title" { "How it was made" }
            div.panel {
                dl {
                    dt { "Target" } dd { (say(&provenance.target, 120)) }
                    dt { "Run" } dd { code { (say(&provenance.run, 80)) } }
                    dt { "Started" } dd { time { (provenance.started.to_string()) } }
                    dt { "Took" } dd {
                        (Value::Duration(provenance.took).to_string())
                        @if provenance.simulated.is_some() { " on the simulated clock, " (wall) " on the wall" }
                    }
                    dt { "Suite" } dd { (say(&provenance.suite, 200)) ", SHA-256 " code { (say(&provenance.suite_hash, 80)) } }
                    dt { "Tool" } dd { (say(&provenance.tool, 80)) @if !provenance.optimised { ", built without optimisation" } }
                    dt { "Ran on" } dd {
                        (say(&provenance.host.name, 120)) ", " (say(&provenance.host.system, 120)) ", "
                        (provenance.host.processors) " processor" (plural(provenance.host.processors))
                    }
                    @for note in provenance.notes.iter().take(NOTES) { dt { "Note" } dd { (say(note, SENTENCE)) } }
                }
                (self_check(report))
            }
        }
    }
}

fn self_check(report: &Report) -> Markup {
    let check = &report.provenance.self_check;
    let sick = check.sick().count();
    html! {
        h3 {
            @if sick == 0 { (Icon::Passed) " The host was fit for the run" }
            @else { (Icon::Errored) " The host was not fit for the run: " (sick) " of its measures" }
        }
        @if sick > 0 { ul { @for line in host_warnings(check) { li { (line) } } } }
        details {
            summary { "All measures of the host" }
            ul {
                @for item in check.items.iter().take(NOTES) {
                    li { b { (one_line(&item.name, 60)) } ": " (say(&item.sentence, SENTENCE)) }
                }
            }
        }
    }
}
