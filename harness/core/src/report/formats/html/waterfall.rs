//! The timeline of one sample: a row for each phase of each step, its bar drawn to scale, its time beside it.

use std::time::Duration;

use maud::{Markup, html};

use crate::model::{Phase, Sample, Value};
use crate::report::html_page::say;

use super::headline::percent;

/// How many phases are drawn.
const PHASES: usize = 40;

/// One phase with its place in the sample.
struct Bar<'a> {
    step: Option<&'a str>,
    phase: &'a Phase,
    after: Duration,
}

/// The phases of a sample, its steps one after another.
pub(super) fn waterfall(sample: &Sample, index: usize, of: usize) -> Markup {
    let bars = bars(sample);
    let end = bars.iter().map(|bar| bar.after.saturating_add(bar.phase.took)).max().unwrap_or_default();
    let named = bars.iter().any(|bar| bar.step.is_some());
    let more = bars.len().saturating_sub(PHASES);
    html! {
        @if !bars.is_empty() {
            h4 {
                "Timeline" @if of > 1 { " of sample " (index + 1) " of " (of) @if !sample.met { ", the last that was not met" } }
            }
            table.waterfall {
                thead {
                    tr {
                        @if named { th scope="col" { "Step" } }
                        th scope="col" { "Phase" }
                        th scope="col" { "0 to " (Value::Duration(end).to_string()) }
                        th.number scope="col" { "Took" }
                    }
                }
                tbody {
                    @for bar in bars.iter().take(PHASES) {
                        tr {
                            @if named { td { @if let Some(step) = bar.step { (say(step, 60)) } } }
                            th scope="row" { (say(&bar.phase.name, 60)) }
                            td.bar { (drawn(bar, end)) }
                            td.number {
                                (Value::Duration(bar.phase.took).to_string())
                                @if !bar.phase.complete { " " strong.failed { "cut off" } }
                            }
                        }
                    }
                }
            }
            @if more > 0 { p.left-out { "… " (more) " more phases; all of them are in the JSON report" } }
        }
    }
}

fn bars(sample: &Sample) -> Vec<Bar<'_>> {
    let mut begun = Duration::ZERO;
    let mut bars = Vec::new();
    for attempt in &sample.attempts {
        let phases = &attempt.observation.phases;
        bars.extend(phases.iter().map(|phase| Bar {
            step: attempt.step.as_deref(),
            phase,
            after: begun.saturating_add(phase.after),
        }));
        let ends = phases.iter().map(|phase| phase.after.saturating_add(phase.took));
        begun = begun.saturating_add(ends.max().unwrap_or_default());
    }
    bars
}

fn drawn(bar: &Bar<'_>, end: Duration) -> Markup {
    let share = |time: Duration| if end.is_zero() { 0.0 } else { time.as_secs_f64() / end.as_secs_f64() };
    let (from, wide) = (share(bar.after), share(bar.phase.took).max(0.004));
    let from = from.min(1.0 - wide);
    html! {
        svg width="100%" height="14" aria-hidden="true" {
            rect.ground width="100%" height="14" fill="#eee" {}
            rect.phase.cut[!bar.phase.complete] x=(percent(from)) width=(percent(wide)) y="2" height="10" fill="#36c" {}
            @if !bar.phase.complete {
                line.end x1=(percent(from + wide)) x2=(percent(from + wide)) y1="0" y2="14" stroke="#b00" stroke-width="3" {}
            }
        }
    }
}
