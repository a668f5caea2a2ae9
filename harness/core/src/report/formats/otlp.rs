//! A run as an OpenTelemetry trace: one `ExportTraceServiceRequest`, as OTLP/HTTP has it in JSON.
//!
//! The run is the root span; below it a span for each scenario, each sample where there are several, each step, each
//! phase. What broke is the span's status and an event on it. Facts and bodies stay in the JSON report: a trace is for
//! finding the slow and the broken among thousands, and has limits of its own. Ids follow from the report, so that the
//! same report sent twice is one trace.
//!
//! Times are those of the target's clock, counted from the run's start: with a simulated staging on a faster clock the
//! trace is as long as the run would have been.

mod ids;
mod scenario;
mod span;

use ids::Trace;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use scenario::Scene;
use span::{Attributes, Draft, NAME, SENTENCE, failed, fine};

use crate::model::{FoldedCause, Judgement, Report, Verdict};
use crate::report::format::{Format, FormatError, FormatOptions, Rendered};
use crate::report::prose::{is_red, verdict_line};
use crate::report::sanitize::short;

/// The format.
pub(super) struct Otlp;

/// The version of the semantic conventions that the names are taken from.
const CONVENTIONS: &str = "https://opentelemetry.io/schemas/1.37.0";
/// How many spans there may be beside the run's and the scenarios'. With 10,000 scenarios a document stays below the
/// 20 MiB that collectors take.
const DETAILS: usize = 10_000;
/// How many causes are events of the run.
const CAUSES: usize = 20;

impl Format for Otlp {
    fn name(&self) -> &'static str {
        "otlp"
    }

    fn summary(&self) -> &'static str {
        "the run and its scenarios as an OpenTelemetry trace, in OTLP's JSON, for a collector's /v1/traces"
    }

    fn file_name(&self) -> &'static str {
        "otlp.json"
    }

    fn is_message(&self) -> bool {
        true
    }

    fn render(&self, report: &Report, _: &FormatOptions) -> Result<Vec<Rendered>, FormatError> {
        let mut bytes = serde_json::to_vec(&request(report))?;
        bytes.push(b'\n');
        Ok(vec![Rendered { part: None, bytes }])
    }
}

fn request(report: &Report) -> ExportTraceServiceRequest {
    let version = report.provenance.version();
    let scope = InstrumentationScope {
        name: "fixproof".to_owned(),
        version: short(version, NAME),
        ..InstrumentationScope::default()
    };
    let spans = ScopeSpans { scope: Some(scope), spans: spans(report), schema_url: CONVENTIONS.to_owned() };
    let resource = Resource { attributes: resource(report, version), ..Resource::default() };
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(resource),
            scope_spans: vec![spans],
            schema_url: CONVENTIONS.to_owned(),
        }],
    }
}

/// The tool that made the trace, and the environment it is about.
fn resource(report: &Report, version: &str) -> Vec<opentelemetry_proto::tonic::common::v1::KeyValue> {
    let provenance = &report.provenance;
    let mut all = Attributes::default();
    all.text("service.name", "fixproof");
    all.text("service.version", &short(version, NAME));
    all.text("host.name", &short(&provenance.host.name, NAME));
    all.text("deployment.environment.name", &short(&provenance.target, NAME));
    all.flag("fixproof.simulated", provenance.simulated.is_some());
    all.rows()
}

/// The run first, then each scenario with what is below it.
fn spans(report: &Report) -> Vec<Span> {
    let trace = Trace::of(report);
    // Where not all details have room, those of red scenarios have it before those of green ones.
    let mut order: Vec<usize> = (0..report.outcomes.len()).collect();
    order.sort_by_key(|index| !is_red(report.outcomes[*index].verdict));
    let (mut room, mut left_out) = (DETAILS, 0);
    let mut below: Vec<Vec<Span>> = vec![Vec::new(); report.outcomes.len()];
    for index in order {
        let Scene { spans, dropped } = scenario::scene(&report.outcomes[index], &trace, room);
        room -= (spans.len().saturating_sub(1)).min(room);
        left_out += dropped;
        below[index] = spans;
    }
    let spans: Vec<Span> = below.into_iter().flatten().collect();
    let last = spans.iter().map(|span| span.end_time_unix_nano).max().unwrap_or(0);
    let mut run = run(report, &trace, left_out);
    run.end_time_unix_nano = run.end_time_unix_nano.max(last);
    std::iter::once(run).chain(spans).collect()
}

/// The root.
fn run(report: &Report, trace: &Trace, left_out: usize) -> Span {
    let (provenance, decision) = (&report.provenance, &report.decision);
    let mut all = Attributes::default();
    all.text("test.suite.name", &short(&provenance.suite, NAME));
    all.text("test.suite.run.status", run_status(report));
    all.text("fixproof.run.id", &short(&provenance.run, NAME));
    all.text("fixproof.suite.hash", &short(&provenance.suite_hash, NAME));
    all.text("fixproof.threshold", &decision.gate.threshold.to_string());
    if let Some(share) = decision.percentage {
        all.text("fixproof.percentage", &share.to_string());
    }
    all.flag("fixproof.partial", decision.partial);
    all.flag("fixproof.replay", provenance.replay.is_some());
    if let Some(simulated) = &provenance.simulated {
        all.text("fixproof.simulated.profile", &short(&simulated.profile, NAME));
        all.number("fixproof.simulated.speed", simulated.speed);
    }
    all.count("fixproof.scenarios.planned", report.tally.planned);
    for verdict in Verdict::ALL {
        all.count(&format!("fixproof.scenarios.{}", verdict.name()), report.tally.of(verdict));
    }
    if left_out > 0 {
        all.count("fixproof.spans.left_out", u64::try_from(left_out).unwrap_or(u64::MAX));
    }
    let status = match decision.judgement {
        Judgement::Approved => fine(),
        Judgement::Rejected | Judgement::NothingJudged | Judgement::Interrupted => {
            all.text("error.type", run_status(report));
            failed(&verdict_line(report).to_string())
        }
    };
    let events = report.causes.iter().take(CAUSES).map(|folded| cause(folded, trace)).collect();
    Draft { name: "fixproof run", path: "run", parent: None, from: trace.start(), took: provenance.took }
        .span(trace, all, status, events)
}

/// A partial green and a replay are no success: neither signs anything off.
fn run_status(report: &Report) -> &'static str {
    match report.decision.judgement {
        Judgement::Approved if report.provenance.replay.is_some() => "replayed",
        Judgement::Approved if report.decision.partial => "partial",
        Judgement::Approved => "success",
        Judgement::Rejected => "failure",
        Judgement::NothingJudged => "skipped",
        Judgement::Interrupted => "aborted",
    }
}

fn cause(folded: &FoldedCause, trace: &Trace) -> opentelemetry_proto::tonic::trace::v1::span::Event {
    let mut all = Attributes::default();
    all.text("fixproof.component", &short(&folded.component, NAME));
    if let Some(cause) = folded.cause {
        all.text("fixproof.cause", &cause.to_string());
    }
    all.text("fixproof.detail", &short(&folded.detail, SENTENCE));
    all.count("fixproof.seen_by", u64::try_from(folded.seen_by.len()).unwrap_or(u64::MAX));
    all.count("fixproof.effects", u64::try_from(folded.effects.len()).unwrap_or(u64::MAX));
    span::event("fixproof.cause", trace.start(), all)
}
