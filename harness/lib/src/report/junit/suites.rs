//! A report as suites and cases, before any XML.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::{Judgement, Outcome, Report, Timestamp, Value, Verdict};
use crate::report::harmless::one_line;
use crate::report::{Style, frame, host, text, verdict};

/// How text in a file is drawn.
const PLAIN: Style = Style { colour: false, width: 140 };

/// What a reader of JUnit sees of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Passed,
    Failure,
    Error,
    Skipped,
}

/// One case.
pub(super) struct Case<'a> {
    /// Stable from run to run.
    pub(super) name: String,
    pub(super) took: Duration,
    pub(super) kind: Kind,
    /// `layer/reason`, or the verdict's word.
    pub(super) type_: String,
    /// One line.
    pub(super) message: String,
    /// The whole story.
    pub(super) body: String,
    /// Warnings and notes.
    pub(super) out: String,
    /// The scenario's outcome; nothing for the gate.
    pub(super) outcome: Option<&'a Outcome>,
}

/// One suite.
pub(super) struct Suite<'a> {
    pub(super) name: String,
    pub(super) started: Timestamp,
    pub(super) host: String,
    pub(super) properties: Vec<(&'static str, String)>,
    pub(super) cases: Vec<Case<'a>>,
}

impl Suite<'_> {
    pub(super) fn count(&self, kind: Kind) -> usize {
        self.cases.iter().filter(|case| case.kind == kind).count()
    }

    pub(super) fn took(&self) -> Duration {
        self.cases.iter().map(|case| case.took).sum()
    }
}

/// A suite for each component in the report's order, and one for the gate.
pub(super) fn of(report: &Report) -> Vec<Suite<'_>> {
    let mut grouped: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for outcome in &report.outcomes {
        grouped.entry(&outcome.scenario.component).or_default().push(outcome);
    }
    let mut suites = Vec::new();
    for component in &report.components {
        if let Some(outcomes) = grouped.remove(&*component.component) {
            suites.push(component_suite(report, &component.component, &outcomes));
        }
    }
    for (name, outcomes) in grouped {
        suites.push(component_suite(report, name, &outcomes));
    }
    let cases = vec![gate(report)];
    suites.push(Suite {
        name: "gate".to_owned(),
        started: report.provenance.started,
        ..suite(report, cases)
    });
    suites
}

fn component_suite<'a>(report: &'a Report, name: &str, outcomes: &[&'a Outcome]) -> Suite<'a> {
    let started = outcomes.iter().filter_map(|outcome| outcome.started).min();
    let cases = outcomes.iter().map(|outcome| case(outcome)).collect();
    let started = started.unwrap_or(report.provenance.started);
    Suite { name: one_line(name, 200), started, ..suite(report, cases) }
}

fn suite<'a>(report: &Report, cases: Vec<Case<'a>>) -> Suite<'a> {
    let provenance = &report.provenance;
    let mut properties = vec![
        ("tool", provenance.tool.clone()),
        ("run", provenance.run.clone()),
        ("target", provenance.target.clone()),
        ("suite", provenance.suite.clone()),
        ("suite-hash", provenance.suite_hash.clone()),
        ("target-hash", provenance.target_hash.clone()),
        ("started", provenance.started.to_string()),
    ];
    properties.push(("self-check", host::property(&provenance.self_check)));
    properties.extend(verdict::simulated(report).map(|notice| ("simulated", notice)));
    let host = Some(provenance.host.name.clone()).filter(|name| !name.trim().is_empty());
    let host = host.unwrap_or_else(|| "localhost".to_owned());
    Suite { name: String::new(), started: provenance.started, host, properties, cases }
}

fn case(outcome: &Outcome) -> Case<'_> {
    let kind = match outcome.verdict {
        Verdict::Passed => Kind::Passed,
        Verdict::Errored => Kind::Error,
        Verdict::Failed | Verdict::Blocked | Verdict::Inconclusive => Kind::Failure,
        Verdict::Skipped => Kind::Skipped,
    };
    let reason = text::reason(outcome).unwrap_or_default();
    let body = match kind {
        Kind::Passed => String::new(),
        Kind::Skipped => reason.clone(),
        Kind::Failure | Kind::Error => text::failure(outcome, PLAIN),
    };
    Case {
        name: outcome.scenario.id.to_string(),
        took: outcome.took,
        kind,
        type_: outcome.cause().map_or_else(|| outcome.verdict.name().to_owned(), |cause| cause.to_string()),
        message: message(outcome, reason),
        body,
        out: output(outcome),
        outcome: Some(outcome),
    }
}

/// The title says what was promised, the reason why it is red.
fn message(outcome: &Outcome, reason: String) -> String {
    match outcome.verdict {
        Verdict::Passed | Verdict::Skipped => reason,
        _ => format!("{}: {reason}", text::headline(outcome)),
    }
}

fn output(outcome: &Outcome) -> String {
    let id = one_line(&outcome.scenario.id, 120);
    let mut out = String::new();
    for finding in text::warnings(outcome) {
        out.push_str(&format!("warning in {id}:\n{}\n", frame::finding(finding, PLAIN)));
    }
    for note in &outcome.notes {
        out.push_str(&format!("note: {id}: {}\n", one_line(note, text::SENTENCE)));
    }
    if outcome.samples.len() > 1 {
        let met = outcome.samples.iter().filter(|sample| sample.met).count();
        let (all, took) = (outcome.samples.len(), Value::Duration(outcome.took));
        out.push_str(&format!("{id}: {met} met of {all} samples in {took}\n"));
    }
    out
}

/// The gate as a case: its name never changes, its numbers stand in the message and the output.
fn gate(report: &Report) -> Case<'_> {
    let (word, rest, _) = verdict::word(report);
    let decided = verdict::verdict(report, PLAIN);
    let (kind, type_) = match report.decision.judgement {
        Judgement::Approved => (Kind::Passed, "approved"),
        Judgement::Rejected => (Kind::Failure, "rejected"),
        Judgement::NothingJudged => (Kind::Failure, "nothing-judged"),
        Judgement::Interrupted => (Kind::Failure, "interrupted"),
    };
    let reasons: Vec<String> = report.decision.rejections.iter().take(5).map(verdict::rejected).collect();
    let mut message = format!("{word}{rest}; {}", verdict::numbers(report));
    if !reasons.is_empty() {
        message = format!("{message}; {}", reasons.join("; "));
    }
    Case {
        name: "gate".to_owned(),
        took: Duration::ZERO,
        kind,
        type_: type_.to_owned(),
        message,
        body: decided.clone(),
        out: decided,
        outcome: None,
    }
}
