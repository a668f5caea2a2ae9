//! The report as one HTML file for a browser: no network, nothing executed but our own script, readable without it.
//!
//! One file a noun: [`html_page`] the skeleton, [`headline`] the verdict, [`causes`], [`topology`] of the components,
//! [`scenario`] with its [`source`], [`waterfall`], [`distribution`] and [`samples`], and [`provenance`] with what is not
//! proven. Drawings are SVG made here, and every number in them is beside them as text.

mod anchors;
mod causes;
mod headline;
mod topology;

mod distribution;
mod provenance;
mod samples;
mod scenario;
mod source;
mod waterfall;

use std::cmp::Reverse;

use anchors::Anchors;
use maud::{Markup, html};

use crate::model::{Outcome, Report, Verdict};
use crate::report::format::{Format, FormatError, FormatOptions, Rendered};
use crate::report::html_page;
use crate::report::prose::{is_red, plural, verdict_line};
use crate::report::sanitize::one_line;

/// The format.
pub(super) struct Html;

/// How many scenarios are listed.
const LISTED: usize = 2000;
/// How many bytes the insides of all scenarios may take together. What is red comes first.
const INSIDES: usize = 900_000;

impl Format for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn summary(&self) -> &'static str {
        "one self-contained page for a browser: verdict, causes, components, timelines; no network, no other file"
    }

    fn file_name(&self) -> &'static str {
        "report.html"
    }

    fn render(&self, report: &Report, _: &FormatOptions) -> Result<Vec<Rendered>, FormatError> {
        Ok(vec![Rendered { part: None, bytes: whole(report).into_bytes() }])
    }
}

fn whole(report: &Report) -> String {
    let listed = listed(&report.outcomes);
    let anchors = Anchors::of(&listed);
    let body = html! {
        header { (headline::headline(report, &anchors)) }
        main id="main" {
            (causes::causes(report, &anchors))
            (topology::components(report))
            (scenarios(report, &listed, &anchors))
            (provenance::not_proven(report, &anchors))
            (provenance::provenance(report))
        }
        footer {
            p {
                "Written by " (html_page::say(&report.provenance.tool, 80))
                ". Everything this page leaves out is in the JSON report of the same run (" code { "report.json" } ")."
            }
        }
    };
    let title =
        format!("{} · {} · fixproof", verdict_line(report).word, one_line(&report.provenance.target, 80));
    html_page::page(&title, &body)
}

/// What is listed, worst first, within a verdict in the suite's order.
fn listed(outcomes: &[Outcome]) -> Vec<&Outcome> {
    let mut listed: Vec<&Outcome> = outcomes.iter().collect();
    listed.sort_by_key(|outcome| Reverse(outcome.verdict));
    listed.truncate(LISTED);
    listed
}

fn scenarios(report: &Report, listed: &[&Outcome], anchors: &Anchors) -> Markup {
    let mut room = INSIDES;
    let mut shortened = 0;
    let rows: Vec<Markup> = listed
        .iter()
        .map(|outcome| {
            let inside = (room > 0).then(|| scenario::inside(outcome, report, anchors));
            let inside = inside.filter(|inside| inside.0.len() <= room);
            room = inside.as_ref().map_or(0, |inside| room - inside.0.len());
            shortened += usize::from(inside.is_none());
            scenario::row(outcome, anchors, inside)
        })
        .collect();
    html! {
        section id="scenarios" aria-labelledby="scenarios-title" {
            h2 id="scenarios-title" { "Scenarios" }
            (filters(report))
            p.paper-only.muted {
                "On paper, what failed, errored or is inconclusive is unfolded. \"Open all\" before printing unfolds the rest."
            }
            (left_out(report, listed, shortened))
            @for row in rows { (row) }
        }
    }
}

/// What is not on this page because it would be too much of it.
fn left_out(report: &Report, listed: &[&Outcome], shortened: usize) -> Markup {
    let missing = report.outcomes.len() - listed.len();
    let red = |outcomes: &mut dyn Iterator<Item = &Outcome>| outcomes.filter(|o| is_red(o.verdict)).count();
    let red_missing = red(&mut report.outcomes.iter()) - red(&mut listed.iter().copied());
    html! {
        @if missing > 0 {
            p.notice {
                strong { (missing) " scenario" (plural(missing)) " not listed" } ", " (red_missing)
                " of them red: a page takes " (LISTED) ", the worst first. All of them are in the JSON report."
            }
        }
        @if shortened > 0 {
            p.notice {
                strong { (shortened) " scenario" (plural(shortened)) " without details" }
                " on this page, the last in the list. They are in the JSON report."
            }
        }
    }
}

/// Hidden until the script is there to do what it offers.
fn filters(report: &Report) -> Markup {
    let mut components: Vec<&str> = report.outcomes.iter().map(|o| &*o.scenario.component).collect();
    components.sort_unstable();
    components.dedup();
    let mut owners: Vec<&str> = report.outcomes.iter().map(|o| scenario::owner(o)).collect();
    owners.sort_unstable();
    owners.dedup();
    let verdicts = Verdict::ALL.into_iter().filter(|verdict| report.tally.of(*verdict) > 0);
    html! {
        form.filters data-filters="scenario" hidden role="search" aria-label="Filter the scenarios" {
            div { label for="search" { "Search" } input id="search" type="search" autocomplete="off" spellcheck="false"; }
            (choice("component", "Component", &components))
            (choice("owner", "Owner", &owners))
            fieldset {
                legend { "Verdict" }
                @for verdict in verdicts {
                    label {
                        input type="checkbox" data-filter="verdict" value=(verdict.name()) checked;
                        (html_page::Icon::of(verdict)) (verdict.name()) " " span.muted { (report.tally.of(verdict)) }
                    }
                }
            }
            div.does {
                output aria-live="polite" { }
                button type="button" data-all="open" { "Open all" }
                button type="button" data-all="close" { "Close all" }
                button type="button" data-all="reset" { "Clear filters" }
            }
        }
    }
}

fn choice(key: &str, label: &str, all: &[&str]) -> Markup {
    html! {
        div {
            label for=(key) { (label) }
            select id=(key) data-filter=(key) autocomplete="off" {
                option value="" { "All" }
                @for one in all.iter().take(LISTED) { option value=(one_line(one, 120)) { (one_line(one, 120)) } }
            }
        }
    }
}
