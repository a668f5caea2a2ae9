//! The root causes: each with its effects, its owner, and what to run next.

use std::sync::Arc;

use maud::{Markup, html};

use crate::model::{FoldedCause, Outcome, Report};
use crate::report::html_page::{inline, link, say};
use crate::report::prose;
use crate::report::prose::{SENTENCE, plural};

use super::anchors::Anchors;
use super::scenario::{command, owner};

/// The most causes that are listed.
const CAUSES: usize = 30;
/// How many scenarios are named: all of them are in the list below.
const NAMED: usize = 16;
/// The most remedies of one cause.
const REMEDIES: usize = 4;

/// A section, where anything is red.
pub(super) fn causes(report: &Report, anchors: &Anchors<'_>) -> Markup {
    let all = &report.causes;
    let more = all.len().saturating_sub(CAUSES);
    html! {
        @if !all.is_empty() {
            section aria-labelledby="causes-title" {
                h2 id="causes-title" { "What is red, and why" }
                @for cause in all.iter().take(CAUSES) { (article(cause, report, anchors)) }
                @if more > 0 { p.left-out { "… " (more) " more cause" (plural(more)) "; all of them are in the JSON report" } }
            }
        }
    }
}

fn article(cause: &FoldedCause, report: &Report, anchors: &Anchors<'_>) -> Markup {
    let seers: Vec<&Outcome> =
        report.outcomes.iter().filter(|outcome| cause.seen_by.contains(&outcome.scenario.id)).collect();
    let effects = cause.effects.len();
    html! {
        article.panel.cause.unsure[cause.cause.is_none()] {
            h3 {
                (say(&cause.component, 120)) ": "
                @match cause.cause {
                    Some(cause) => { code { (cause.to_string()) } }
                    None => { "inconclusive" }
                }
            }
            p.muted {
                "Root cause" @if effects > 0 { ", " (effects) " effect" (plural(effects)) }
                @if let Some(cause) = cause.cause { ". " (cause.meaning()) }
            }
            p.said { (say(&cause.detail, SENTENCE)) }
            dl {
                (names("Seen by", &cause.seen_by, anchors))
                (advice(&seers))
                (names("Effects", &cause.effects, anchors))
                @if !cause.dependents.is_empty() {
                    dt { "Affected dependents" } dd { (prose::names(&cause.dependents, 40)) }
                }
                @if let Some(first) = seers.first() { dt { "Run it again" } dd { (command(first, report)) } }
            }
        }
    }
}

fn names(label: &str, ids: &[Arc<str>], anchors: &Anchors<'_>) -> Markup {
    html! { @if !ids.is_empty() { dt { (label) } dd { (anchors.links(ids, NAMED)) } } }
}

/// What the authors of the scenarios that saw it say, each thing once.
fn advice(seers: &[&Outcome]) -> Markup {
    let once = |all: &mut dyn Iterator<Item = String>| {
        let mut seen: Vec<String> = Vec::new();
        all.for_each(|text| {
            if !text.is_empty() && !seen.contains(&text) && seen.len() < REMEDIES {
                seen.push(text);
            }
        });
        seen
    };
    let owners = once(&mut seers.iter().map(|outcome| owner(outcome).to_owned()));
    let remedies = once(&mut seers.iter().filter_map(|outcome| outcome.scenario.remedy.clone()));
    let runbooks = once(&mut seers.iter().filter_map(|outcome| outcome.scenario.runbook.clone()));
    html! {
        @if !owners.is_empty() { dt { "Owner" } dd { strong { (owners.join(", ")) } } }
        @for text in remedies { dt { "Remedy" } dd { (inline(&text, 2000)) } }
        @for text in runbooks { dt { "Runbook" } dd { (link(&text)) } }
    }
}
