//! One scenario: a line that says what came of it, and inside it everything that was seen.

use std::fmt::Write;

use maud::{Markup, html};

use crate::model::{Attempt, Evaluation, Fact, Finding, Outcome, Report, Value};
use crate::report::evidence::{LINES, telling};
use crate::report::html_page::{Icon, inline, lines, link, say};
use crate::report::prose;
use crate::report::prose::{
    SENTENCE, SIMULATION_ENDED, is_inconclusive, is_red, plural, reason, run_command, warnings,
};

use super::anchors::Anchors;
use super::{distribution, samples, source, waterfall};

/// The most findings that are listed.
const FINDINGS: usize = 60;
/// How many needs are named.
const NEEDS: usize = 40;
/// The most facts that are listed.
const FACTS: usize = 60;
/// How much of a line of a command is shown: one that is cut does something else.
const REPRODUCE: usize = 4000;
/// How much of a value is shown.
const VALUE: usize = 240;

/// The team that owns it.
pub(super) fn owner(outcome: &Outcome) -> &'static str {
    outcome.scenario.owner.map_or("no owner", |owner| owner.name())
}

/// The line, with what is inside it; the line alone, where there is no room for that.
pub(super) fn row(outcome: &Outcome, anchors: &Anchors<'_>, inside: Option<Markup>) -> Markup {
    let (card, verdict) = (&outcome.scenario, outcome.verdict.name());
    let component = crate::report::sanitize::one_line(&card.component, 120);
    let red = is_red(outcome.verdict).then_some("");
    let (class, place) = (format!("row is-{verdict}"), anchors.place(&card.id));
    html! {
        @match inside {
            Some(inside) => {
                details class=(class) id=[place] data-row data-red=[red] data-verdict=(verdict) data-component=(component)
                    data-owner=(owner(outcome)) {
                    summary.head { (line(outcome)) }
                    div.inside { (inside) }
                }
            }
            None => {
                div class={ (class) " bare" } id=[place] data-row data-red=[red] data-verdict=(verdict)
                    data-component=(component) data-owner=(owner(outcome)) {
                    div.head { (line(outcome)) }
                }
            }
        }
    }
}

fn line(outcome: &Outcome) -> Markup {
    let card = &outcome.scenario;
    let warnings = warnings(outcome).count();
    html! {
        span class={ "word " (outcome.verdict.name()) } { (Icon::of(outcome.verdict)) " " (outcome.verdict.name()) }
        h3.id {
            (say(&card.id, 120))
            @if card.critical { " " span.tag.critical { "critical" } }
            @if warnings > 0 { " " span.tag { (warnings) " warning" (plural(warnings)) } }
        }
        span.took { @if outcome.started.is_some() { (Value::Duration(outcome.took).to_string()) } }
        span.title { (say(&card.title, SENTENCE)) " " span.tag { "(" (say(&card.component, 120)) ")" } }
        @if let Some(reason) = reason(outcome) { span.why { bdi { (reason) } } }
    }
}

/// Everything about it.
pub(super) fn inside(outcome: &Outcome, report: &Report, anchors: &Anchors<'_>) -> Markup {
    let decided = outcome.deciding();
    html! {
        (card(outcome, report, anchors))
        (source::text(outcome))
        (findings(outcome))
        @if let Some((index, sample)) = decided { (waterfall::waterfall(sample, index, outcome.samples.len())) }
        (distribution::distributions(outcome))
        (samples::samples(outcome))
        @if let Some(attempt) = decided.and_then(|(_, sample)| telling(sample)) { (evidence(attempt)) (facts(attempt)) }
    }
}

/// What its author wrote, and how to run it again.
fn card(outcome: &Outcome, report: &Report, anchors: &Anchors<'_>) -> Markup {
    let card = &outcome.scenario;
    let red = is_red(outcome.verdict);
    html! {
        dl {
            @if let Some(cause) = outcome.cause() { dt { "Cause" } dd { code { (cause.to_string()) } " " (cause.meaning()) } }
            dt { "Owner" } dd { (owner(outcome)) }
            @if let Some(text) = card.remedy.as_deref() { dt { "Remedy" } dd { (inline(text, 2000)) } }
            @if let Some(text) = card.runbook.as_deref() { dt { "Runbook" } dd { (link(text)) } }
            @if red { dt { "Run it again" } dd { (command(outcome, report)) } }
            @if !card.reproduce.is_empty() {
                dt { "Reproduce by hand" } dd {
                    @if report.provenance.simulated.is_some() { p { (inline(SIMULATION_ENDED, SENTENCE)) } }
                    pre.wrapped { (lines(card.reproduce.iter().flat_map(|all| all.lines()), LINES.1, REPRODUCE)) }
                }
            }
            @if let Some(text) = card.source.as_deref() { dt { "Required by" } dd { (say(text, SENTENCE)) } }
            @if !card.needs.is_empty() { dt { "Needs" } dd { (anchors.links(&card.needs, NEEDS)) } }
            @if !card.tags.is_empty() { dt { "Tags" } dd { (prose::names(&card.tags, 40)) } }
            @if let Some(started) = outcome.started { dt { "Started" } dd { time { (started.to_string()) } } }
            @if let Some(why) = &outcome.stopped_early { dt { "Stopped early" } dd { (say(why, SENTENCE)) } }
            @for note in outcome.notes.iter().take(FINDINGS) { dt { "Note" } dd { (say(note, SENTENCE)) } }
        }
    }
}

/// The command that runs this scenario again.
pub(super) fn command(outcome: &Outcome, report: &Report) -> Markup {
    html! { code { (say(&run_command(&report.provenance, &[&outcome.scenario.id]), SENTENCE)) } }
}

/// Every expectation: what did not hold first.
fn findings(outcome: &Outcome) -> Markup {
    let mut all: Vec<&Finding> = outcome.findings.iter().collect();
    all.sort_by_key(|finding| match () {
        () if finding.breaks() => 0,
        () if is_inconclusive(finding) => 1,
        () if finding.warns() => 2,
        () => 3,
    });
    let more = all.len().saturating_sub(FINDINGS);
    html! {
        @if !all.is_empty() {
            h4 { "What was expected, and what was seen" }
            div.wide tabindex="0" role="region" aria-label="Expectations" {
                table {
                    thead { tr { th scope="col" { "Expectation" } th scope="col" { "Seen" } th scope="col" { "Holds" } } }
                    tbody { @for finding in all.iter().take(FINDINGS) { (finding_row(finding)) } }
                }
                @if more > 0 { p.left-out { "… " (more) " more; all of them are in the JSON report" } }
            }
        }
    }
}

fn finding_row(finding: &Finding) -> Markup {
    let (icon, said) = match &finding.evaluation {
        Evaluation::Pass => (Icon::Passed, "yes".to_owned()),
        Evaluation::Fail(cause) if finding.warns() => (Icon::Blocked, format!("no, a warning: {cause}")),
        Evaluation::Fail(cause) => (Icon::Failed, format!("no: {cause}")),
        Evaluation::Inconclusive(why) => {
            (Icon::Inconclusive, format!("inconclusive: {}", say_plain(&why.to_string())))
        }
    };
    html! {
        tr {
            td {
                (say(&finding.expectation.to_string(), VALUE))
                @if let Some(step) = &finding.expectation.step { " " span.tag { "step " (say(step, 80)) } }
            }
            td { (say(&finding.seen_text(), VALUE)) }
            td class=(icon.name()) { (icon) " " (said) }
        }
    }
}

fn say_plain(text: &str) -> String {
    crate::report::sanitize::one_line(text, SENTENCE)
}

/// What went over the wire.
fn evidence(attempt: &Attempt) -> Markup {
    let transcript = &attempt.observation.transcript;
    let part = |name: &str, all: &[String], most: usize| {
        html! {
            @if !all.is_empty() {
                h4 { (name) }
                pre.wrapped { (lines(all.iter().flat_map(|text| text.lines()), most, VALUE)) }
            }
        }
    };
    html! {
        @if let Some(obstacle) = &attempt.observation.obstacle {
            h4 { "In the way" }
            p { code { (obstacle.cause.to_string()) } " " (say(&obstacle.detail, SENTENCE)) }
        }
        (part("Sent", &transcript.sent, LINES.0))
        (part("Received", &transcript.received, LINES.1))
    }
}

fn facts(attempt: &Attempt) -> Markup {
    let facts = &attempt.observation.facts;
    let more = facts.iter().count().saturating_sub(FACTS);
    html! {
        @if !facts.is_empty() {
            details {
                summary { "Facts seen by the " (say(&attempt.probe, 40)) " probe (" (facts.iter().count()) ")" }
                div.wide tabindex="0" role="region" aria-label="Facts" {
                    table {
                        thead { tr { th scope="col" { "Fact" } th scope="col" { "Value" } } }
                        tbody {
                            @for (name, fact) in facts.iter().take(FACTS) {
                                tr { th scope="row" { (say(name, 120)) } td { (say(&fact_text(fact), VALUE)) } }
                            }
                        }
                    }
                }
                @if more > 0 { p.left-out { "… " (more) " more; all of them are in the JSON report" } }
            }
        }
    }
}

fn fact_text(fact: &Fact) -> String {
    match fact {
        Fact::Seen(value) => brief(value),
        Fact::Cut(cut) => match &cut.seen {
            Some(value) => format!("{} (of the first {} entries only)", brief(value), cut.read),
            None => format!("nothing in the first {} entries", cut.read),
        },
        Fact::Unreadable(why) => format!("unreadable: {}", say_plain(&why.detail)),
    }
}

/// The beginning of a value: of ten megabytes no more is formatted than is shown.
fn brief(value: &Value) -> String {
    struct Short(String);
    impl Write for Short {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            if self.0.len() >= 4 * VALUE {
                return Err(std::fmt::Error);
            }
            self.0.push_str(crate::report::sanitize::cut(text, 4 * VALUE));
            Ok(())
        }
    }
    let mut short = Short(String::new());
    // Full is what it is meant to become.
    let _ = write!(short, "{value}");
    short.0
}
