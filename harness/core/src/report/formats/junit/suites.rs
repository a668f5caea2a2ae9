//! A report as suites and cases, before any XML.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::{Judgement, Outcome, Report, Timestamp, Value, Verdict};
use crate::report::format::Noncritical;
use crate::report::sanitize::one_line;
use crate::report::style::Style;
use crate::report::text::frame;
use crate::report::{prose, text};

use super::properties::{self, Properties};
use super::reruns::{self, Reruns};

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
    /// Unmet samples other than the one in the body.
    pub(super) reruns: Reruns,
    /// Is it red, and not written as such, because it is not critical?
    pub(super) is_set_aside: bool,
    /// The scenario's outcome; nothing for the gate.
    pub(super) outcome: Option<&'a Outcome>,
}

/// One suite.
pub(super) struct Suite<'a> {
    pub(super) name: String,
    pub(super) started: Timestamp,
    pub(super) host: String,
    pub(super) properties: Properties,
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

/// What is the same for every case of a file.
#[derive(Clone, Copy)]
struct Manner {
    way: Noncritical,
    /// How many reruns a case may have.
    reruns: usize,
}

/// A suite for each component in the report's order, and one for the gate.
pub(super) fn of(report: &Report, way: Noncritical) -> Vec<Suite<'_>> {
    let manner = Manner { way, reruns: reruns::most(&report.outcomes) };
    let mut grouped: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for outcome in &report.outcomes {
        grouped.entry(&outcome.scenario.component).or_default().push(outcome);
    }
    let gate_name = gate_name(report, &grouped);
    let mut suites = Vec::new();
    for component in &report.components {
        if let Some(outcomes) = grouped.remove(&*component.component) {
            suites.push(component_suite(report, &component.component, &outcomes, manner));
        }
    }
    for (name, outcomes) in grouped {
        suites.push(component_suite(report, name, &outcomes, manner));
    }
    let gate = suite(report, vec![gate(report)], way);
    suites.push(Suite { name: gate_name, started: report.provenance.started, ..gate });
    suites
}

/// `gate`, unless a component is called so: of two cases with one name some readers keep the first, and the gate is the
/// last. No component that was loaded has a dot in its name.
fn gate_name(report: &Report, grouped: &BTreeMap<&str, Vec<&Outcome>>) -> String {
    let is_taken = |name: &str| {
        grouped.contains_key(name) || report.components.iter().any(|known| &*known.component == name)
    };
    let mut name = "gate".to_owned();
    while is_taken(&name) {
        name.insert_str(0, "fixproof.");
    }
    name
}

fn component_suite<'a>(
    report: &'a Report,
    name: &str,
    outcomes: &[&'a Outcome],
    manner: Manner,
) -> Suite<'a> {
    let started = outcomes.iter().filter_map(|outcome| outcome.started).min();
    let cases = outcomes.iter().map(|outcome| case(outcome, manner)).collect();
    let started = started.unwrap_or(report.provenance.started);
    Suite { name: one_line(name, 200), started, ..suite(report, cases, manner.way) }
}

fn suite<'a>(report: &Report, cases: Vec<Case<'a>>, way: Noncritical) -> Suite<'a> {
    let provenance = &report.provenance;
    let mut properties = properties::of_suite(report, way);
    properties.extend(cases.iter().filter_map(properties::of_set_aside));
    let host = Some(provenance.host.name.clone()).filter(|name| !name.trim().is_empty());
    let host = host.unwrap_or_else(|| "localhost".to_owned());
    Suite { name: String::new(), started: provenance.started, host, properties, cases }
}

/// What a case is written as, by its verdict alone. Most readers know no other red than failure and error.
fn kind(verdict: Verdict) -> Kind {
    match verdict {
        Verdict::Passed => Kind::Passed,
        Verdict::Errored => Kind::Error,
        Verdict::Failed | Verdict::Blocked | Verdict::Inconclusive => Kind::Failure,
        Verdict::Skipped => Kind::Skipped,
    }
}

/// How a red case that is not critical is written, where the user chose not to report it as a failure.
fn set_aside(outcome: &Outcome, way: Noncritical) -> Option<Kind> {
    if outcome.scenario.critical || !prose::is_red(outcome.verdict) {
        return None;
    }
    match way {
        Noncritical::Failure => None,
        Noncritical::Skipped => Some(Kind::Skipped),
        Noncritical::Property => Some(Kind::Passed),
    }
}

fn case(outcome: &Outcome, manner: Manner) -> Case<'_> {
    let reason = prose::reason(outcome).unwrap_or_default();
    let set_aside = set_aside(outcome, manner.way);
    let story = if prose::is_red(outcome.verdict) { text::failure(outcome, PLAIN) } else { reason.clone() };
    let mut case = Case {
        name: outcome.scenario.id.to_string(),
        took: outcome.took,
        kind: set_aside.unwrap_or_else(|| kind(outcome.verdict)),
        type_: outcome.cause().map_or_else(|| outcome.verdict.name().to_owned(), |cause| cause.to_string()),
        message: message(outcome, reason),
        body: story,
        out: String::new(),
        reruns: Reruns::default(),
        is_set_aside: set_aside.is_some(),
        outcome: Some(outcome),
    };
    match set_aside {
        None => case.reruns = reruns::of(outcome, manner.reruns),
        Some(Kind::Passed) => case.out = format!("{ASIDE}\n{}", std::mem::take(&mut case.body)),
        Some(_) => {
            case.message = format!("{ASIDE} {}", case.message);
            case.body = format!("{ASIDE}\n{}", case.body);
        }
    }
    case.out.push_str(&output(outcome, &case.reruns));
    case
}

/// Before the text of a red case that is not written as such.
const ASIDE: &str = "red, and not critical, so that the case `gate` decides:";

/// The title says what was promised, the reason why it is red.
fn message(outcome: &Outcome, reason: String) -> String {
    match outcome.verdict {
        Verdict::Passed | Verdict::Skipped => reason,
        _ => format!("{}: {reason}", prose::headline(outcome)),
    }
}

fn output(outcome: &Outcome, reruns: &Reruns) -> String {
    let id = one_line(&outcome.scenario.id, 120);
    let mut out = String::new();
    for finding in prose::warnings(outcome) {
        out.push_str(&format!("warning in {id}:\n{}\n", frame::finding(finding, PLAIN)));
    }
    for note in &outcome.notes {
        out.push_str(&format!("note: {id}: {}\n", one_line(note, prose::SENTENCE)));
    }
    if outcome.samples.len() > 1 {
        let met = outcome.samples.iter().filter(|sample| sample.met).count();
        let (all, took) = (outcome.samples.len(), Value::Duration(outcome.took));
        let settled = outcome
            .settled_after
            .map(|after| format!("; it has held since {}", Value::Duration(after)))
            .unwrap_or_default();
        out.push_str(&format!("{id}: {met} met of {all} samples in {took}{settled}\n"));
    }
    // Of a red one its body says it.
    if let Some(why) = outcome.stopped_early.as_ref().filter(|_| !prose::is_red(outcome.verdict)) {
        out.push_str(&format!("{id}: stopped early: {}\n", one_line(why, prose::SENTENCE)));
    }
    if reruns.left_out > 0 {
        let (listed, more) = (reruns.listed.len(), reruns.left_out);
        out.push_str(&format!(
            "{id}: the first {listed} unmet samples are listed here; {more} more are in the JSON report\n"
        ));
    }
    out
}

/// The gate as a case: its name never changes, its numbers are in the message and the output.
fn gate(report: &Report) -> Case<'_> {
    let decided = text::verdict(report, PLAIN);
    let (kind, type_) = match report.decision.judgement {
        Judgement::Approved => (Kind::Passed, "approved"),
        Judgement::Rejected => (Kind::Failure, "rejected"),
        Judgement::NothingJudged => (Kind::Failure, "nothing-judged"),
        Judgement::Interrupted => (Kind::Failure, "interrupted"),
    };
    let mut message = vec![prose::verdict_line(report).to_string(), prose::pass_rate(report)];
    message.extend(prose::rejections(report).into_iter().take(5));
    Case {
        name: "gate".to_owned(),
        took: Duration::ZERO,
        kind,
        type_: type_.to_owned(),
        message: message.join("; "),
        body: decided.clone(),
        out: decided,
        reruns: Reruns::default(),
        is_set_aside: false,
        outcome: None,
    }
}
