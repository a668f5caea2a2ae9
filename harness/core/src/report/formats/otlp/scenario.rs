//! One scenario's spans: itself, its samples where there are several, their steps, the phases of each.

use std::time::Duration;

use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::Event;

use crate::model::{Attempt, Evaluation, Finding, Outcome, Phase, Sample, Severity, Value, Verdict};
use crate::report::prose::{is_red, reason};
use crate::report::sanitize::short;

use super::ids::{Trace, later};
use super::span::{Attributes, Draft, NAME, SENTENCE, event, failed, fine, unset};

/// The most samples of a scenario: half of them the first, half of them the last.
const SAMPLES: usize = 50;
/// The most steps of a sample, phases of a step, and broken expectations of either.
const STEPS: usize = 20;
const PHASES: usize = 16;
const FINDINGS: usize = 10;

/// The spans of a scenario, its own first.
pub(super) struct Scene {
    pub(super) spans: Vec<Span>,
    /// How many had no room.
    pub(super) dropped: usize,
}

/// A scenario with at most so many spans below it.
pub(super) fn scene(outcome: &Outcome, trace: &Trace, room: usize) -> Scene {
    let path = format!("scenario/{}", outcome.scenario.id);
    let from = outcome.started.map_or(trace.start(), |started| trace.moment(started));
    let mut below = Below { trace, spans: Vec::new(), room, dropped: 0 };
    let several = outcome.samples.len() > 1;
    for (number, sample) in first_and_last(&outcome.samples) {
        let began = later(from, sample.after);
        if several {
            let own = format!("{path}/{number}");
            below.sample(sample, number, &own, &path, began);
            below.attempts(sample, &own, began);
        } else {
            below.attempts(sample, &path, began);
        }
    }
    let untold = outcome.samples.len().saturating_sub(SAMPLES);
    let Below { spans: mut rest, dropped, .. } = below;
    let last = rest.iter().map(|span| span.end_time_unix_nano).max().unwrap_or(0);
    let mut own = own(outcome, trace, &path, from);
    own.end_time_unix_nano = own.end_time_unix_nano.max(last);
    let mut spans = vec![own];
    spans.append(&mut rest);
    Scene { spans, dropped: dropped + untold }
}

/// The first and the last samples, with their numbers.
fn first_and_last(samples: &[Sample]) -> impl Iterator<Item = (usize, &Sample)> {
    let (head, tail) = (SAMPLES / 2, samples.len().saturating_sub(SAMPLES / 2));
    samples.iter().enumerate().filter(move |(index, _)| *index < head || *index >= tail)
}

fn own(outcome: &Outcome, trace: &Trace, path: &str, from: u64) -> Span {
    let card = &outcome.scenario;
    let mut all = Attributes::default();
    all.text("test.case.name", &short(&card.id, NAME));
    all.text("test.case.result.status", result(outcome.verdict));
    all.text("fixproof.scenario.title", &short(&card.title, NAME));
    all.text("fixproof.component", &short(&card.component, NAME));
    all.text("fixproof.verdict", outcome.verdict.name());
    all.flag("fixproof.critical", card.critical);
    if let Some(owner) = card.owner {
        all.text("fixproof.owner", owner.name());
    }
    all.text("code.file.path", &short(&card.place.file, NAME));
    all.count("code.line.number", u64::from(card.place.line));
    all.count("fixproof.samples.taken", u64::try_from(outcome.samples.len()).unwrap_or(u64::MAX));
    let met = outcome.samples.iter().filter(|sample| sample.met).count();
    all.count("fixproof.samples.met", u64::try_from(met).unwrap_or(u64::MAX));
    // Where it never began, its time is no time of its own.
    all.flag("fixproof.asked", outcome.started.is_some());
    let why = reason(outcome).unwrap_or_default();
    let status = if is_red(outcome.verdict) {
        let cause = outcome.cause().map(|cause| cause.to_string());
        if let Some(cause) = &cause {
            all.text("fixproof.cause", cause);
        }
        all.text("error.type", cause.as_deref().unwrap_or(outcome.verdict.name()));
        failed(&why)
    } else if outcome.verdict == Verdict::Passed {
        fine()
    } else {
        all.text("fixproof.left_out", &short(&why, SENTENCE));
        unset()
    };
    let at = later(from, outcome.took);
    let events = if is_red(outcome.verdict) { broken(&outcome.findings, at) } else { Vec::new() };
    Draft { name: &short(&card.id, NAME), path, parent: Some("run"), from, took: outcome.took }
        .span(trace, all, status, events)
}

/// The convention's words where there are such, and ours where there are none.
fn result(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "pass",
        Verdict::Failed => "fail",
        Verdict::Errored | Verdict::Blocked | Verdict::Inconclusive | Verdict::Skipped => verdict.name(),
    }
}

/// The broken expectations, an event each.
fn broken(findings: &[Finding], at: u64) -> Vec<Event> {
    let breaks = |finding: &&Finding| {
        matches!(finding.evaluation, Evaluation::Fail(_)) && finding.expectation.severity == Severity::Error
    };
    let broken = findings.iter().filter(breaks).take(FINDINGS).map(|finding| {
        let mut all = Attributes::default();
        all.text("fixproof.expectation", &short(&finding.expectation.to_string(), SENTENCE));
        all.text("fixproof.seen", &short(&finding.seen_text(), SENTENCE));
        all.text("fixproof.wanted", &short(&finding.expectation.wanted_text(), SENTENCE));
        all.text("code.file.path", &short(&finding.expectation.place().file, NAME));
        all.count("code.line.number", u64::from(finding.expectation.place().line));
        event("fixproof.expectation.broken", at, all)
    });
    broken.collect()
}

/// What is gathered below a scenario, as long as there is room.
struct Below<'a> {
    trace: &'a Trace,
    spans: Vec<Span>,
    room: usize,
    dropped: usize,
}

impl Below<'_> {
    fn push(
        &mut self,
        draft: Draft<'_>,
        all: Attributes,
        status: opentelemetry_proto::tonic::trace::v1::Status,
        events: Vec<Event>,
    ) {
        if self.spans.len() < self.room {
            self.spans.push(draft.span(self.trace, all, status, events));
        } else {
            self.dropped += 1;
        }
    }

    fn sample(&mut self, sample: &Sample, number: usize, path: &str, parent: &str, from: u64) {
        let mut all = Attributes::default();
        all.count("fixproof.sample", u64::try_from(number + 1).unwrap_or(u64::MAX));
        all.flag("fixproof.met", sample.met);
        let status = if sample.met { unset() } else { failed("not met") };
        self.push(
            Draft { name: "sample", path, parent: Some(parent), from, took: sample.took },
            all,
            status,
            Vec::new(),
        );
    }

    /// The steps of a sample, one after another. A report knows how long each took, and of the first alone when it began.
    fn attempts(&mut self, sample: &Sample, above: &str, began: u64) {
        let mut from = began;
        for (index, attempt) in sample.attempts.iter().enumerate() {
            if index >= STEPS {
                self.dropped += 1 + attempt.observation.phases.len();
                continue;
            }
            let took = length(attempt, sample);
            self.attempt(attempt, &format!("{above}/{index}"), above, (from, took, index > 0));
            from = later(from, took);
        }
    }

    fn attempt(
        &mut self,
        attempt: &Attempt,
        path: &str,
        above: &str,
        (from, took, estimated): (u64, Duration, bool),
    ) {
        let mut all = Attributes::default();
        all.text("fixproof.probe", &short(&attempt.probe, NAME));
        if let Some(step) = &attempt.step {
            all.text("fixproof.step", &short(step, NAME));
        }
        if estimated {
            all.flag("fixproof.start.estimated", true);
        }
        let mut events = broken(&attempt.findings, later(from, took));
        let status = match (&attempt.observation.obstacle, events.first()) {
            (Some(obstacle), _) => {
                let mut exception = Attributes::default();
                exception.text("exception.type", &obstacle.cause.to_string());
                exception.text("exception.message", &short(&obstacle.detail, SENTENCE));
                events.insert(0, event("exception", later(from, took), exception));
                all.text("error.type", &obstacle.cause.to_string());
                failed(&obstacle.detail)
            }
            (None, Some(_)) => failed("an expectation did not hold"),
            (None, None) => unset(),
        };
        let name = short(attempt.step.as_deref().unwrap_or(&attempt.probe), NAME);
        self.push(Draft { name: &name, path, parent: Some(above), from, took }, all, status, events);
        for (index, phase) in attempt.observation.phases.iter().enumerate() {
            if index >= PHASES {
                self.dropped += 1;
                continue;
            }
            self.phase(phase, &format!("{path}/{index}"), path, from);
        }
    }

    fn phase(&mut self, phase: &Phase, path: &str, above: &str, from: u64) {
        let mut all = Attributes::default();
        all.flag("fixproof.phase.complete", phase.complete);
        let (name, from) = (short(&phase.name, NAME), later(from, phase.after));
        self.push(
            Draft { name: &name, path, parent: Some(above), from, took: phase.took },
            all,
            unset(),
            Vec::new(),
        );
    }
}

/// How long a step took: what its probe measured, or to the end of its last phase; a single step took the whole sample.
fn length(attempt: &Attempt, sample: &Sample) -> Duration {
    if sample.attempts.len() == 1 {
        return sample.took;
    }
    let phases = attempt.observation.phases.iter().map(|phase| phase.after + phase.took).max();
    match attempt.observation.facts.value("time.total") {
        Some(Value::Duration(total)) => *total,
        _ => phases.unwrap_or_default(),
    }
}
