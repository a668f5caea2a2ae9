//! The report as metrics in Prometheus' text format 0.0.4, for the textfile collector of node_exporter.
//!
//! Names and labels are an interface: `harness/docs/reports.md` lists them, and a test compares. Every sample says of
//! which target and suite it is, so that files of several lie side by side. Nothing that differs from run to run (its
//! name, a message) is a label, and nothing that was not judged has a value.

use std::fmt::Write;
use std::time::Duration;

use crate::model::{Outcome, Report, Share, Tally, Verdict};
use crate::report::format::{Format, FormatError, FormatOptions, Rendered};
use crate::report::prose;
use crate::report::sanitize::one_line;

/// The format.
pub(super) struct Prometheus;

/// How many characters of a label's value are kept.
const LABEL: usize = 500;

type Labels<'a> = [(&'a str, &'a str)];

impl Format for Prometheus {
    fn name(&self) -> &'static str {
        "prometheus"
    }

    fn summary(&self) -> &'static str {
        "metrics for the textfile collector of node_exporter"
    }

    fn file_name(&self) -> &'static str {
        "fixproof.prom"
    }

    fn render(&self, report: &Report, _: &FormatOptions) -> Result<Vec<Rendered>, FormatError> {
        let mut page = Page::of(report);
        run(&mut page, report);
        components(&mut page, report);
        scenarios(&mut page, &report.outcomes);
        last(&mut page, report);
        Ok(vec![Rendered { part: None, bytes: page.out.into_bytes() }])
    }
}

/// What is written, and the labels every sample has.
struct Page {
    out: String,
    /// `target="…",suite="…"`
    always: String,
    /// Of the family that is being written.
    name: &'static str,
}

impl Page {
    fn of(report: &Report) -> Page {
        let provenance = &report.provenance;
        let always =
            format!("target=\"{}\",suite=\"{}\"", label(&provenance.target), label(&provenance.suite));
        Page { out: String::with_capacity(16 << 10), always, name: "" }
    }

    /// Begins a family. All are gauges: each is a state of the newest run.
    fn family(&mut self, name: &'static str, help: &str) -> &mut Page {
        self.name = name;
        // Writing to a text can't fail.
        let _ = writeln!(self.out, "# HELP {name} {help}\n# TYPE {name} gauge");
        self
    }

    fn sample(&mut self, labels: &Labels<'_>, value: impl std::fmt::Display) -> &mut Page {
        let _ = write!(self.out, "{}{{{}", self.name, self.always);
        for (name, text) in labels {
            let _ = write!(self.out, ",{name}=\"{}\"", label(text));
        }
        let _ = writeln!(self.out, "}} {value}");
        self
    }

    fn flag(&mut self, labels: &Labels<'_>, is_so: bool) -> &mut Page {
        self.sample(labels, u8::from(is_so))
    }

    fn share(&mut self, labels: &Labels<'_>, share: Option<Share>) -> &mut Page {
        match share {
            Some(share) => self.sample(labels, share.as_f64()),
            None => self,
        }
    }

    fn tally(&mut self, labels: &Labels<'_>, tally: &Tally) -> &mut Page {
        for verdict in Verdict::ALL {
            let labels = [labels, &[("verdict", verdict.name())]].concat();
            self.sample(&labels, tally.of(verdict));
        }
        self
    }
}

/// A label's value: sanitized, bounded, and escaped as the format requires.
fn label(text: &str) -> String {
    one_line(text, LABEL).replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

fn run(page: &mut Page, report: &Report) {
    let (decision, provenance) = (&report.decision, &report.provenance);
    let word = prose::verdict_word(report);
    page.family("fixproof_build_info", "The version that made the report; always 1.")
        .sample(&[("version", provenance.version())], 1);
    page.family(
        "fixproof_run_approved",
        "1 if the newest run approves the fix; a partial or a simulated run never does.",
    )
    .flag(&[], prose::signs_off(report));
    page.family("fixproof_run_verdict", "1 for the verdict of the newest run, 0 for every other.");
    for each in prose::VERDICT_WORDS {
        page.flag(&[("verdict", each)], each == word);
    }
    page.family("fixproof_run_simulated", "1 if it ran against the simulated staging: no real environment.")
        .flag(&[], provenance.simulated.is_some());
    page.family("fixproof_run_passed_ratio", "Passed / judged scenarios; absent if nothing was judged.")
        .share(&[], decision.percentage);
    page.family("fixproof_run_threshold_ratio", "The share of judged scenarios that must pass.")
        .share(&[], Some(decision.gate.threshold));
    page.family(
        "fixproof_run_scenarios",
        "Scenarios of the newest run by verdict; the skipped are not judged.",
    )
    .tally(&[], &report.tally);
    let warnings: usize = report.outcomes.iter().map(|outcome| prose::warnings(outcome).count()).sum();
    page.family("fixproof_run_warnings", "Broken expectations that are only to be seen, never red.")
        .sample(&[], warnings);
    page.family("fixproof_run_causes", "Folded causes of what is red.").sample(&[], report.causes.len());
}

fn components(page: &mut Page, report: &Report) {
    page.family("fixproof_component_passed_ratio", "Passed / judged scenarios of a component.");
    for component in &report.components {
        page.share(&[("component", &component.component)], component.tally.percentage());
    }
    page.family("fixproof_component_threshold_ratio", "The component's own threshold, where it has one.");
    for (component, threshold) in &report.decision.gate.components {
        page.share(&[("component", component)], Some(*threshold));
    }
    page.family("fixproof_component_scenarios", "Scenarios of a component by verdict.");
    for component in &report.components {
        page.tally(&[("component", &component.component)], &component.tally);
    }
}

fn scenarios(page: &mut Page, outcomes: &[Outcome]) {
    let whose = |outcome: &Outcome| outcome.scenario.owner.map_or("", |owner| owner.name());
    page.family(
        "fixproof_scenario_passed",
        "1 if the scenario passed, 0 if it is red; absent if it was skipped.",
    );
    for outcome in outcomes.iter().filter(|outcome| outcome.verdict.is_judged()) {
        let card = &outcome.scenario;
        let critical = if card.critical { "true" } else { "false" };
        let labels = [
            ("scenario", &*card.id),
            ("component", &*card.component),
            ("owner", whose(outcome)),
            ("critical", critical),
        ];
        page.flag(&labels, outcome.verdict == Verdict::Passed);
    }
    page.family("fixproof_scenario_verdict", "1 for the verdict of a scenario; the others are absent.");
    for outcome in outcomes {
        let card = &outcome.scenario;
        let verdict = outcome.verdict.name();
        page.sample(&[("scenario", &card.id), ("component", &card.component), ("verdict", verdict)], 1);
    }
    page.family(
        "fixproof_scenario_duration_seconds",
        "How long a scenario took, on the clock of the target.",
    );
    for outcome in outcomes.iter().filter(|outcome| outcome.started.is_some()) {
        let card = &outcome.scenario;
        page.sample(&[("scenario", &card.id), ("component", &card.component)], seconds(outcome.took));
    }
}

/// A file that was cut off has not got these.
fn last(page: &mut Page, report: &Report) {
    let provenance = &report.provenance;
    page.family("fixproof_run_duration_seconds", "How long the newest run took, on the clock of the target.")
        .sample(&[], seconds(provenance.took));
    let moment = provenance.started.0;
    let started = format!("{}.{:03}", moment.unix_timestamp(), moment.millisecond());
    page.family("fixproof_run_timestamp_seconds", "When the newest run began, in seconds since 1970.")
        .sample(&[], started);
}
