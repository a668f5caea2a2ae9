//! Every sample of a scenario: when, how long, met or not, and why not.

use maud::{Markup, html};

use crate::model::{Finding, Outcome, Sample, Value};
use crate::report::evidence::telling;
use crate::report::html_page::say;
use crate::report::prose::plural;
use crate::report::sanitize::one_line;

/// How many samples are listed.
const SAMPLES: usize = 100;
/// How many of them, where there are more, are such that were not met.
const UNMET: usize = 60;
/// The most rows with what was seen; the others have the cause.
const EXPLAINED: usize = 30;

/// A table of them, where there is more than one.
pub(super) fn samples(outcome: &Outcome) -> Markup {
    let all = &outcome.samples;
    let met = all.iter().filter(|sample| sample.met).count();
    let (mut good, mut bad) = (0, 0);
    let listed: Vec<(usize, &Sample)> = all
        .iter()
        .enumerate()
        .filter(|(_, sample)| {
            let (seen, most) = if sample.met { (&mut good, SAMPLES - UNMET) } else { (&mut bad, UNMET) };
            *seen += 1;
            all.len() <= SAMPLES || *seen <= most
        })
        .collect();
    let more = all.len() - listed.len();
    html! {
        @if all.len() > 1 {
            details {
                summary { "All samples: " (met) " met of " (all.len()) " taken" (planned(outcome)) }
                div.wide tabindex="0" role="region" aria-label="Samples" {
                    table.samples {
                        thead {
                            tr {
                                th scope="col" { "Sample" }
                                th scope="col" { "After" }
                                th scope="col" { "Took" }
                                th scope="col" { "Met" }
                                th scope="col" { "Why not met" }
                            }
                        }
                        tbody { (rows(&listed)) }
                    }
                }
                @if more > 0 {
                    p.left-out { "… " (more) " more sample" (plural(more)) "; all of them are in the JSON report" }
                }
            }
        }
    }
}

fn planned(outcome: &Outcome) -> String {
    outcome.planned_samples.map(|planned| format!(", {planned} planned")).unwrap_or_default()
}

fn rows(listed: &[(usize, &Sample)]) -> Markup {
    let mut explained = 0;
    let mut before = String::new();
    html! {
        @for (index, sample) in listed {
            @let why = if explained < EXPLAINED { way(sample) } else { short(sample) };
            @let same = !why.is_empty() && why == before;
            @let () = explained += usize::from(!why.is_empty() && !same);
            @let () = if !why.is_empty() { before.clone_from(&why) };
            tr {
                th scope="row" { (index + 1) }
                td { (Value::Duration(sample.after).to_string()) }
                td { (Value::Duration(sample.took).to_string()) }
                @if sample.met { td { "met" } } @else { td.failed { "not met" } }
                @if same { td { "as before" } } @else if !why.is_empty() { td { (say(&why, 400)) } }
            }
        }
    }
}

/// What kept it from being met, with the step it was seen in.
fn way(sample: &Sample) -> String {
    let Some(attempt) = (!sample.met).then(|| telling(sample)).flatten() else { return String::new() };
    let step = attempt.step.as_ref().map(|step| format!("step {}: ", one_line(step, 60))).unwrap_or_default();
    let said = match &attempt.observation.obstacle {
        Some(obstacle) => format!("{}: {}", obstacle.cause, one_line(&obstacle.detail, 160)),
        None => attempt
            .findings
            .iter()
            .find(|finding| finding.stands_in_the_way())
            .map(|finding: &Finding| {
                format!(
                    "{}: seen {}",
                    one_line(&finding.expectation.to_string(), 100),
                    one_line(&finding.seen_text(), 100)
                )
            })
            .unwrap_or_default(),
    };
    format!("{step}{said}")
}

/// The same in a word.
fn short(sample: &Sample) -> String {
    let Some(attempt) = (!sample.met).then(|| telling(sample)).flatten() else { return String::new() };
    let obstacle = attempt.observation.obstacle.as_ref().map(|obstacle| obstacle.cause.to_string());
    obstacle.unwrap_or_else(|| "an expectation did not hold".to_owned())
}
