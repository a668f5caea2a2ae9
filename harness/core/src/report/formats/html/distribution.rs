//! The distribution of a measured time over the samples: a dot for each, the limits it is held against, the order they came in.

use std::time::Duration;

use maud::{Markup, html};

use crate::model::{Evaluation, Fact, Finding, Outcome, Sample, Shown, Value, percentile_rank};
use crate::report::prose::plural;
use crate::report::sanitize::one_line;

use super::headline::percent;

/// The fewest samples that make a distribution.
const SAMPLES: usize = 3;
/// How many times of one scenario are drawn.
const DRAWN: usize = 3;
/// How many samples are drawn as dots.
const DOTS: usize = 400;
/// How many limits one drawing has.
const LIMITS: usize = 3;
/// How many columns of dots.
const COLUMNS: usize = 60;
/// The y of the lowest dots, and the height of the drawing.
const GROUND: f64 = 88.0;
const HEIGHT: &str = "96";

/// A limit that an expectation sets.
struct Limit {
    at: Duration,
    words: String,
    held: &'static str,
    red: bool,
}

/// One time of every sample that has it.
struct Distribution<'a> {
    name: &'a str,
    values: Vec<(Duration, bool)>,
    limits: Vec<Limit>,
}

/// The times that expectations look at; where none does, how long the samples took.
pub(super) fn distributions(outcome: &Outcome) -> Markup {
    let mut all: Vec<Distribution<'_>> = Vec::new();
    for (name, finding) in outcome.findings.iter().filter_map(|finding| Some((timed(finding)?, finding))) {
        let limits = limits(finding);
        match all.iter_mut().find(|one| one.name == name) {
            Some(one) => one.limits.extend(limits),
            None => all.push(Distribution { name, values: values(&outcome.samples, name), limits }),
        }
    }
    all.retain(|one| one.values.len() >= SAMPLES);
    if all.is_empty() && outcome.samples.len() >= SAMPLES {
        let values = outcome.samples.iter().map(|sample| (sample.took, sample.met)).collect();
        all.push(Distribution { name: "a whole sample", values, limits: Vec::new() });
    }
    html! {
        @if !all.is_empty() {
            h4 { "Distribution of " (outcome.samples.len()) " samples" }
            @for one in all.iter().take(DRAWN) { (drawn(one)) }
            (order(&outcome.samples))
        }
    }
}

/// The time an expectation looks at, of one sample or of all together: `time.connect` of `time.connect.p95`.
fn timed(finding: &Finding) -> Option<&str> {
    finding.expectation.base_fact().filter(|_| finding.expectation.is_of_a_time())
}

fn values(samples: &[Sample], name: &str) -> Vec<(Duration, bool)> {
    let seen = |sample: &Sample| {
        let facts = sample.attempts.iter().rev().find_map(|attempt| attempt.observation.facts.get(name));
        match facts {
            Some(Fact::Seen(Value::Duration(time))) => Some((*time, sample.met)),
            _ => None,
        }
    };
    samples.iter().filter_map(seen).collect()
}

/// The durations that are wanted.
fn limits(finding: &Finding) -> Vec<Limit> {
    let held = match finding.evaluation {
        Evaluation::Pass => "holds",
        Evaluation::Fail(_) => "does not hold",
        Evaluation::Inconclusive(_) => "inconclusive",
    };
    let words = one_line(&finding.expectation.to_string(), 60);
    let limit = |wanted: &Shown| match wanted {
        Shown::Whole(Value::Duration(at)) => {
            let red = finding.evaluation != Evaluation::Pass;
            Some(Limit { at: *at, words: words.clone(), held, red })
        }
        _ => None,
    };
    finding.expectation.wanted.iter().filter_map(limit).collect()
}

fn drawn(all: &Distribution<'_>) -> Markup {
    let mut times: Vec<Duration> = all.values.iter().map(|(time, _)| *time).collect();
    times.sort_unstable();
    let rank = |percent: u8| times.get(percentile_rank(percent, times.len())?).copied();
    let (least, most) = (times.first().copied(), times.last().copied());
    // A limit far beyond every dot would leave of them one dark spot: it is named, and drawn at the edge.
    let seen = most.unwrap_or_default();
    let near = all.limits.iter().map(|limit| limit.at).filter(|at| *at <= seen.saturating_mul(8));
    let end = near.chain([seen]).max().unwrap_or_default();
    let end = end.saturating_add(end / 16);
    let shown =
        |time: Option<Duration>| time.map(|time| Value::Duration(time).to_string()).unwrap_or_default();
    let more = all.values.len().saturating_sub(DOTS);
    html! {
        figure.distribution {
            figcaption {
                code { (one_line(all.name, 60)) } ": from " (shown(least)) " to " (shown(most)) ", half up to " (shown(rank(50)))
                ", 95% up to " (shown(rank(95)))
                @for limit in all.limits.iter().take(LIMITS) {
                    "; " span.failed[limit.red] { (limit.held) } ": " bdi { (limit.words) }
                }
            }
            svg width="100%" height=(HEIGHT) aria-hidden="true" {
                @for (index, limit) in all.limits.iter().take(LIMITS).enumerate() { (limit_line(limit, index, end)) }
                (dots(&all.values, end))
            }
            div.scale aria-hidden="true" { span { "0s" } span { (Value::Duration(end).to_string()) } }
            @if more > 0 { p.left-out { (more) " more sample" (plural(more)) " not drawn; all of them are in the JSON report" } }
        }
    }
}

fn share(time: Duration, end: Duration) -> f64 {
    if end.is_zero() { 0.0 } else { (time.as_secs_f64() / end.as_secs_f64()).min(1.0) }
}

fn limit_line(limit: &Limit, index: usize, end: Duration) -> Markup {
    let beyond = limit.at > end;
    let x = if beyond { "100%".to_owned() } else { percent(share(limit.at, end)) };
    let is_right = beyond || share(limit.at, end) > 0.5;
    let y = 13 + 14 * index;
    let words = format!("limit {}{}", Value::Duration(limit.at), if beyond { " →" } else { "" });
    html! {
        line.limit.red[limit.red] x1=(x) x2=(x) y1="0" y2=(HEIGHT) stroke="#b00" stroke-dasharray="7 4" {}
        text.limit-words.red[limit.red] x=(x) y=(y) dx=(if is_right { "-6" } else { "6" })
            text-anchor=(if is_right { "end" } else { "start" }) font-size="12" { (words) }
    }
}

/// A column of dots for each slice of the time; a sample that was not met is a cross.
fn dots(values: &[(Duration, bool)], end: Duration) -> Markup {
    let column = |time: Duration| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of sixty columns"
        )]
        let column = (share(time, end) * COLUMNS as f64) as usize;
        column.min(COLUMNS - 1)
    };
    let mut heights = [0usize; COLUMNS];
    values.iter().take(DOTS).for_each(|(time, _)| heights[column(*time)] += 1);
    let highest = heights.iter().copied().max().unwrap_or(1).max(1);
    #[expect(clippy::cast_precision_loss, reason = "at most four hundred")]
    let step = ((GROUND - 42.0) / highest as f64).min(8.0);
    let mut stacked = [0usize; COLUMNS];
    let (mut met, mut missed) = (Vec::new(), Vec::new());
    for (time, is_met) in values.iter().take(DOTS) {
        let column = column(*time);
        let place = place(column, stacked[column], step);
        stacked[column] += 1;
        if *is_met { met.push(place) } else { missed.push(place) }
    }
    html! {
        g.met fill="#36c" { @for (x, y) in met { circle cx=(x) cy=(y) r="3.2" {} } }
        g.miss { @for (x, y) in missed { use href="#miss" x=(x) y=(y) {} } }
    }
}

#[expect(clippy::cast_precision_loss, reason = "sixty columns, four hundred dots")]
fn place(column: usize, height: usize, step: f64) -> (String, String) {
    let x = (column as f64 + 0.5) / COLUMNS as f64;
    (percent(x), format!("{:.1}", GROUND - height as f64 * step))
}

/// One cell for each sample, in the order they were taken.
fn order(samples: &[Sample]) -> Markup {
    let shown = samples.len().min(DOTS);
    let unmet = samples.iter().filter(|sample| !sample.met).count();
    #[expect(clippy::cast_precision_loss, reason = "four hundred cells")]
    let at = |index: usize| index as f64 / shown.max(1) as f64;
    // Neighbouring cells of the same kind are one piece.
    let mut pieces: Vec<(usize, usize, bool)> = Vec::new();
    for (index, sample) in samples.iter().take(DOTS).enumerate() {
        match pieces.last_mut() {
            Some((_, length, met)) if *met == sample.met => *length += 1,
            _ => pieces.push((index, 1, sample.met)),
        }
    }
    html! {
        figure.distribution {
            figcaption {
                "In the order they were taken: "
                @if unmet == 0 { "all met" } @else { (unmet) " of " (samples.len()) " not met (tall bars)" }
            }
            svg.order width="100%" height="18" aria-hidden="true" {
                @for (class, wanted, y, high, fill) in [("met", true, 7, 4, "#5a5"), ("unmet", false, 2, 14, "#b00")] {
                    g class=(class) fill=(fill) {
                        @for (index, length, _) in pieces.iter().filter(|(.., met)| *met == wanted) {
                            rect x=(percent(at(*index))) y=(y) width=(percent(at(*length))) height=(high) {}
                        }
                    }
                }
            }
        }
    }
}
