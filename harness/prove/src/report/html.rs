//! A proof as a page: its result, blind scenarios, controls that misbehave, and the table scenario × fault.

use maud::{Markup, html};

use fixproof::model::Verdict;
use fixproof::report::html_page::{Icon, page, say};
use fixproof::report::prose::{SENTENCE, plural};

use super::controls::{asked_rows, sign, verdict};
use super::headline::headline;
use crate::controls::{Blind, ControlOutcome, ControlProof, ControlResult, Row};
use crate::{Proof, ProofResult};

/// How many characters of a name are shown.
const NAME: usize = 120;
/// A larger table is not readable.
const CELLS: usize = 100_000;

/// How many expectations that never failed are listed.
const UNBROKEN: usize = 1_000;

/// The proof as one HTML file.
pub(super) fn proof_html(proof: &Proof, controls: &ControlProof) -> String {
    let body = html! {
        header { (head(proof, controls)) }
        main id="main" {
            @if !controls.healthy.held() { (unhealthy(&controls.healthy)) }
            @if !controls.blind.is_empty() { (blind(&controls.blind)) }
            @if controls.misbehaved().next().is_some() { (misbehaved(controls)) }
            (matrix(controls))
            @if !controls.unbroken.is_empty() { (unbroken(controls)) }
        }
        footer { (provenance(proof)) }
    };
    page(&format!("{} – proof of {}", headline(proof).0, proof.provenance.suite), &body)
}

fn head(proof: &Proof, controls: &ControlProof) -> Markup {
    let word = headline(proof).0;
    let (tone, icon) = match (proof.result, proof.partial) {
        (ProofResult::Proved, false) => ("good", Icon::Passed),
        (ProofResult::Proved, true) => ("open", Icon::Inconclusive),
        _ => ("bad", Icon::Failed),
    };
    html! {
        div class={ "verdict " (tone) } {
            p.about { "Can every scenario fail? Suite " (say(&proof.provenance.suite, NAME)) ", " (proof.provenance.started) }
            h1 { (icon) " " (word) }
            p.meaning { (verdict(proof, controls)) }
            ul.tally {
                li { b { (controls.sensitivity) } " scenarios failed for every expected reason" }
                li { b { (controls.specificity) } " passes beside a fault" }
                li { b { (controls.outcomes.len()) } " fault" (plural(controls.outcomes.len())) " tried" }
                li { b { (controls.expectations) } " expectations failed at least once" }
            }
        }
    }
}

fn unhealthy(healthy: &ControlOutcome) -> Markup {
    html! {
        section aria-labelledby="unhealthy" {
            h2 id="unhealthy" { "Positive control failed" }
            div.panel.cause { (deviations(healthy)) }
        }
    }
}

fn blind(blind: &[Blind]) -> Markup {
    html! {
        section aria-labelledby="blind" {
            h2 id="blind" { "Blind scenarios" }
            @for one in blind {
                div.panel.cause {
                    h3 { (say(&one.scenario, NAME)) }
                    p.said { (say(&one.title, SENTENCE)) }
                    @if one.tried.is_empty() { p { "No control expects it to fail." } }
                    ul {
                        @for tried in &one.tried {
                            li {
                                b { (say(&tried.fault, NAME)) } ": must be " (say(&tried.expected.to_string(), SENTENCE)) ": "
                                @if tried.mark.held() { "was" } @else { b.failed { (sign(tried.mark).1) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn misbehaved(controls: &ControlProof) -> Markup {
    html! {
        section aria-labelledby="misbehaved" {
            h2 id="misbehaved" { "Controls that misbehave" }
            @for control in controls.misbehaved() {
                div.panel.cause {
                    h3 { (say(&control.fault, NAME)) }
                    p.said { (say(&control.why, SENTENCE)) }
                    @if let Some(place) = &control.place { p.mono.muted { (say(&place.to_string(), SENTENCE)) } }
                    @if let Some(gate) = control.gate.as_ref().filter(|gate| !gate.held) {
                        p { "The gate must reject it; " (say(&gate.seen, SENTENCE)) "." }
                    }
                    (deviations(control))
                }
            }
        }
    }
}

fn deviations(control: &ControlOutcome) -> Markup {
    html! {
        ul {
            @for cell in control.deviations() {
                li {
                    b { (say(&cell.scenario, NAME)) } ": must be " (say(&cell.expected.to_string(), SENTENCE))
                    ", was " (cell.verdict.name())
                    @if let Some(cause) = &cell.cause { " " (say(cause, NAME)) }
                    @if !cell.detail.is_empty() { ": " (say(&cell.detail, SENTENCE)) }
                }
            }
        }
    }
}

fn unbroken(controls: &ControlProof) -> Markup {
    html! {
        section aria-labelledby="unbroken" {
            h2 id="unbroken" { "Expectations that failed beside no fault" }
            details.panel {
                summary { (controls.unbroken.len()) " of " (controls.expectations.of) ": no control fails when one of them is removed" }
                p { "Their scenarios failed by others. " code { "fixproof prove --mutate" } " tries the fields that they read." }
                ul {
                    @for one in controls.unbroken.iter().take(UNBROKEN) {
                        li {
                            b { (say(&one.scenario, NAME)) }
                            @if let Some(step) = &one.step { " " (say(step, NAME)) }
                            ": " code { (say(&one.expectation, SENTENCE)) } " "
                            span.muted { (say(&one.place.to_string(), SENTENCE)) }
                        }
                    }
                }
                @if controls.unbroken.len() > UNBROKEN { p { "The rest is in the JSON of this proof." } }
            }
        }
    }
}

fn matrix(controls: &ControlProof) -> Markup {
    let rows = asked_rows(controls);
    let cells = rows.len() * controls.outcomes.len();
    html! {
        section aria-labelledby="matrix" {
            h2 id="matrix" { "Scenario × fault" }
            @if cells > CELLS {
                p { "The table of " (rows.len()) " scenarios × " (controls.outcomes.len()) " faults is too large for a page: it is in the JSON of this proof." }
            } @else if cells == 0 {
                p { "Nothing was tried." }
            } @else {
                form.filters data-filters="fault" hidden {
                    label { "Search for a fault or a scenario that fails beside it" input type="search" autocomplete="off"; }
                    div.does { output role="status" {} button type="button" data-all="reset" { "Show all" } }
                }
                (legend(&rows))
                div.wide.panel tabindex="0" role="region" aria-labelledby="matrix" { (table(controls, &rows)) }
            }
        }
    }
}

fn legend(rows: &[&Row]) -> Markup {
    let there = |mark: &&ControlResult| rows.iter().any(|row| row.marks.contains(&Some(**mark)));
    html! {
        ul.legend {
            @for mark in ControlResult::ALL.iter().filter(there) {
                li { span class={ "mark " (tone(*mark)) } { (sign(*mark).0) } " " (sign(*mark).1) }
            }
            li { "empty: did not run" }
        }
    }
}

fn table(controls: &ControlProof, rows: &[&Row]) -> Markup {
    html! {
        table.matrix {
            thead {
                tr {
                    th scope="col" { "fault" }
                    @for row in rows { th scope="col" { span { (say(&row.scenario, NAME)) } } }
                }
            }
            tbody {
                @for (at, control) in controls.outcomes.iter().enumerate() {
                    tr data-row data-red[!control.held()] {
                        th scope="row" {
                            (say(&control.fault, NAME))
                            span.unseen { " " (reds(control)) }
                        }
                        @for row in rows { (cell(row.marks.get(at).copied().flatten())) }
                    }
                }
            }
        }
    }
}

/// The scenarios that failed beside a fault, for the search and for screen readers.
fn reds(control: &ControlOutcome) -> Markup {
    let red = control.cells.iter().filter(|cell| cell.verdict == Verdict::Failed);
    html! { @for cell in red.take(50) { (say(&cell.scenario, NAME)) " " } }
}

fn cell(mark: Option<ControlResult>) -> Markup {
    let Some(mark) = mark else { return html! { td {} } };
    let (sign, meaning) = sign(mark);
    html! { td class=(tone(mark)) title=(meaning) { span aria-hidden="true" { (sign) } span.unseen { (meaning) } } }
}

fn tone(mark: ControlResult) -> &'static str {
    match mark {
        ControlResult::Red => "failed",
        ControlResult::Blocked => "blocked",
        ControlResult::Green => "passed",
        mark if mark.held() => "muted",
        _ => "deviates",
    }
}

fn provenance(proof: &Proof) -> Markup {
    let run = &proof.provenance;
    html! {
        p {
            (say(&run.tool, NAME)) ", proof " (say(&run.run, NAME)) " of suite " (say(&run.suite_hash, NAME))
            " with controls " (say(run.controls_hash.as_deref().unwrap_or_default(), NAME))
            ", against the simulated staging of target " (say(&run.target, NAME))
            @if let Some(simulation) = run.simulation {
                ", clock ×" (simulation.speed) ", " (simulation.jobs) " at a time"
            }
            " on " (run.host.processors) " processor" (plural(run.host.processors)) "."
        }
        @if proof.partial {
            p { "Narrowed by " (say(&run.filters.join(", "), SENTENCE)) ": the rest was not tried." }
        }
    }
}
