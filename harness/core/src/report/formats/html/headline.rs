//! The top of the page: what must not be missed, the word, the numbers behind it, the reasons against it.

use maud::{Markup, html};

use crate::model::{Rejection, Report, Timestamp, Verdict};
use crate::report::html_page::{Icon, say};
use crate::report::prose::{
    Tone, VerdictLine, pass_rate, plural, rejection, replay_notice, simulated_notice, verdict_line,
};

use super::anchors::Anchors;

/// The most reasons that are listed.
const REASONS: usize = 50;
/// How many critical scenarios of one verdict are named: all of them are in the list below.
const NAMED: usize = 8;

/// Simulated or not, the word, the numbers, the reasons.
pub(super) fn headline(report: &Report, anchors: &Anchors<'_>) -> Markup {
    let VerdictLine { word, meaning, tone } = verdict_line(report);
    let (tone, icon) = match tone {
        Tone::Good => ("good", Icon::Passed),
        Tone::Open => ("open", Icon::Inconclusive),
        Tone::Bad => ("bad", Icon::Failed),
    };
    let provenance = &report.provenance;
    html! {
        @if let Some(notice) = simulated_notice(report) { (self::notice("SIMULATED", &notice)) }
        @if let Some(notice) = replay_notice(report) { (self::notice("REPLAY", &notice)) }
        div class={ "verdict " (tone) } {
            p.about {
                "Target " strong { (say(&provenance.target, 120)) } ", run " (say(&provenance.run, 80)) ", "
                time datetime=(provenance.started) { (minutes(provenance.started)) }
            }
            h1 { (icon) span { (word) } }
            p.meaning { (sentence(&meaning)) }
            (reasons(&report.decision.rejections, anchors))
            (left_out(report))
            (gauge(report))
            (tally(report))
        }
    }
}

fn notice(word: &str, text: &str) -> Markup {
    html! { p.notice role="note" { strong { (word) } " · " (text) } }
}

/// `2026-03-01 03:12 UTC`
fn minutes(Timestamp(moment): Timestamp) -> String {
    let moment = moment.to_offset(time::UtcOffset::UTC);
    format!("{} {:02}:{:02} UTC", moment.date(), moment.hour(), moment.minute())
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).chain(['.']).collect()
}

/// Each reason; critical scenarios of one verdict together.
fn reasons(all: &[Rejection], anchors: &Anchors<'_>) -> Markup {
    let other = all.iter().filter(|one| !matches!(one, Rejection::Critical { .. })).filter_map(rejection);
    let more = other.clone().count().saturating_sub(REASONS);
    let critical = |wanted: Verdict| {
        let ids = all.iter().filter_map(move |one| match one {
            Rejection::Critical { scenario, verdict } if *verdict == wanted => Some(scenario),
            Rejection::Critical { .. }
            | Rejection::BelowThreshold { .. }
            | Rejection::ComponentBelow { .. } => None,
        });
        (wanted, ids.collect::<Vec<_>>())
    };
    let critical = Verdict::ALL.into_iter().map(critical).filter(|(_, ids)| !ids.is_empty());
    html! {
        @if !all.is_empty() {
            ul {
                @for one in other.take(REASONS) { li { (one) } }
                @if more > 0 { li.left-out { "and " (more) " more" } }
                @for (verdict, ids) in critical {
                    li {
                        @if ids.len() > 1 { (ids.len()) " critical scenarios " } @else { "critical scenario " }
                        strong class=(verdict.name()) { (verdict.name()) } ": " (anchors.links(&ids, NAMED))
                    }
                }
            }
        }
    }
}

fn left_out(report: &Report) -> Markup {
    let narrowing = &report.provenance.narrowing;
    html! {
        @if report.decision.partial && !narrowing.is_empty() {
            ul {
                @for one in narrowing.iter().take(REASONS) {
                    li {
                        code { (say(&one.by, 200)) } " left out " (one.left_out) " scenario"
                        (plural(usize::try_from(one.left_out).unwrap_or(usize::MAX)))
                    }
                }
            }
        }
    }
}

/// How much passed, and the threshold it is held against. The sentence under it says the same.
fn gauge(report: &Report) -> Markup {
    let passed = report.decision.percentage.map_or(0.0, |share| share.as_f64());
    let threshold = report.decision.gate.threshold.as_f64();
    html! {
        figure.gauge {
            svg width="100%" height="14" aria-hidden="true" {
                rect.track width="100%" height="14" rx="4" fill="#ddd" {}
                rect.part width=(percent(passed)) height="14" rx="4" fill="#555" {}
                line.limit x1=(percent(threshold)) x2=(percent(threshold)) y1="-2" y2="16" stroke="#000" stroke-width="3" {}
            }
            figcaption { (pass_rate(report)) }
        }
    }
}

/// A share of a drawing's width: `37.25%`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.2}%", share.clamp(0.0, 1.0) * 100.0)
}

fn tally(report: &Report) -> Markup {
    html! {
        ul.tally aria-label={ (report.tally.planned) " scenarios planned" } {
            @for verdict in Verdict::ALL {
                @let count = report.tally.of(verdict);
                li.none[count == 0] {
                    @if count > 0 { (Icon::of(verdict)) " " }
                    b { (count) } " " (verdict.name())
                }
            }
        }
    }
}
