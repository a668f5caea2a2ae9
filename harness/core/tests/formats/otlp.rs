//! A trace held against the rules of OTLP's JSON, as plain JSON and as the protocol's own library reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fixproof_core::model::{Judgement, Outcome, Replay, Report, Sample, Timestamp};
use fixproof_core::report::sanitize::sanitize;
use fixproof_core::report::{FormatOptions, format_named};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use serde_json::Value;

use crate::every_format::{DECIDED, assert_snapshot};
use crate::fixtures::{CANARY, decided, report};

fn rendered(report: &Report) -> String {
    let [one] =
        format_named("otlp").unwrap().render(report, &FormatOptions::default()).unwrap().try_into().unwrap();
    String::from_utf8(one.bytes).unwrap()
}

fn json(report: &Report) -> Value {
    serde_json::from_str(&rendered(report)).unwrap()
}

fn all_spans(document: &Value) -> &Vec<Value> {
    document["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap()
}

fn attributes(of: &Value) -> BTreeMap<String, Value> {
    let rows = of["attributes"].as_array().unwrap().iter();
    rows.map(|row| {
        let value = row["value"].as_object().unwrap().values().next().unwrap().clone();
        (row["key"].as_str().unwrap().to_owned(), value)
    })
    .collect()
}

fn named<'a>(spans: &'a [Value], name: &str) -> &'a Value {
    spans.iter().find(|span| span["name"] == name).unwrap()
}

fn nanos(value: &Value) -> u64 {
    value.as_str().unwrap().parse().unwrap()
}

fn is_hex(value: &Value, digits: usize) -> bool {
    value.as_str().is_some_and(|text| {
        text.len() == digits && text.bytes().all(|b| b.is_ascii_hexdigit()) && text.bytes().any(|b| b != b'0')
    })
}

/// One outcome of the canned report, with so many samples.
fn sampled(id: &str, count: usize) -> Outcome {
    let worst = decided(Judgement::Rejected, false);
    let mut outcome = worst.outcomes.iter().find(|outcome| &*outcome.scenario.id == id).unwrap().clone();
    let sample = outcome.samples[0].clone();
    outcome.samples = (0..count)
        .map(|index| Sample { after: Duration::from_millis(10 * index as u64), ..sample.clone() })
        .collect();
    outcome
}

#[test]
fn a_trace_looks_as_it_did() {
    assert_snapshot("otlp.json", &format!("{:#}\n", json(&decided(Judgement::Rejected, true))));
}

#[test]
fn it_is_what_the_protocol_s_own_library_reads() {
    for (_, judgement, partial) in DECIDED {
        let report = decided(judgement, partial);
        let read: ExportTraceServiceRequest = serde_json::from_str(&rendered(&report)).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), json(&report), "nothing is lost");
        let wire = prost::Message::encode_to_vec(&read);
        assert_eq!(<ExportTraceServiceRequest as prost::Message>::decode(wire.as_slice()).unwrap(), read);
    }
}

#[test]
fn it_keeps_to_the_rules_of_otlp_s_json() {
    let document = json(&decided(Judgement::Rejected, true));
    let spans = all_spans(&document);
    let ids: BTreeSet<&str> = spans.iter().map(|span| span["spanId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), spans.len(), "two spans have one id");
    for (index, span) in spans.iter().enumerate() {
        assert!(is_hex(&span["traceId"], 32) && is_hex(&span["spanId"], 16), "{span}");
        assert_eq!(span["traceId"], spans[0]["traceId"]);
        let parent = span["parentSpanId"].as_str().unwrap_or_default();
        assert!(if index == 0 { parent.is_empty() } else { ids.contains(parent) }, "{span}");
        assert!(nanos(&span["startTimeUnixNano"]) <= nanos(&span["endTimeUnixNano"]), "{span}");
        assert!(span["kind"].is_u64(), "an enum is a number: {span}");
        assert!(!span["name"].as_str().unwrap().is_empty());
    }
    let mut open = vec![&document];
    while let Some(value) = open.pop() {
        if let Some(object) = value.as_object() {
            assert!(!object.keys().any(|key| key.contains('_')), "not in lowerCamelCase: {value}");
            assert!(object.get("intValue").is_none_or(Value::is_string), "64 bits are a text: {value}");
            open.extend(object.values());
        }
        open.extend(value.as_array().into_iter().flatten());
    }
}

#[test]
fn what_is_red_is_an_error_with_its_cause_and_what_is_green_is_not() {
    let document = json(&decided(Judgement::Rejected, false));
    let spans = all_spans(&document);
    let code = |name: &str| named(spans, name)["status"]["code"].as_u64().unwrap_or(0);
    assert_eq!(
        [code("fixproof run"), code("db-connect"), code("backend-health"), code("frontend-chat")],
        [2, 2, 1, 0]
    );
    assert_eq!(code("frontend-login"), 2, "blocked");
    let red = named(spans, "db-connect");
    let told = attributes(red);
    for (key, value) in [
        ("test.case.name", "db-connect"),
        ("test.case.result.status", "fail"),
        ("fixproof.component", "database"),
        ("fixproof.cause", "connect/timeout"),
        ("error.type", "connect/timeout"),
        ("fixproof.owner", "infrastructure"),
        ("code.file.path", "scenarios/backend.toml"),
        ("code.line.number", "3"),
    ] {
        assert_eq!(told[key], value, "{key}");
    }
    assert_eq!(told["fixproof.critical"], true);
    let step = spans.iter().find(|span| span["parentSpanId"] == red["spanId"]).unwrap();
    let exception =
        step["events"].as_array().unwrap().iter().find(|event| event["name"] == "exception").unwrap();
    assert_eq!(attributes(exception)["exception.type"], "connect/timeout");
    let phases: Vec<&Value> = spans.iter().filter(|span| span["parentSpanId"] == step["spanId"]).collect();
    assert_eq!(
        phases.iter().map(|phase| phase["name"].as_str().unwrap()).collect::<Vec<_>>(),
        ["connect", "first-byte"]
    );
    assert_eq!(nanos(&phases[1]["startTimeUnixNano"]) - nanos(&phases[0]["startTimeUnixNano"]), 812_000);
    let resource = attributes(&document["resourceSpans"][0]["resource"]);
    assert_eq!(
        (&resource["service.name"], &resource["service.version"]),
        (&"fixproof".into(), &"0.1.0".into())
    );
    assert_eq!(resource["deployment.environment.name"], "staging");
}

#[test]
fn only_a_whole_green_run_is_a_success() {
    let status = |report: &Report| {
        attributes(&all_spans(&json(report))[0])["test.suite.run.status"].as_str().unwrap().to_owned()
    };
    let seen: Vec<String> = DECIDED.iter().map(|(_, j, partial)| status(&decided(*j, *partial))).collect();
    assert_eq!(seen, ["failure", "success", "partial", "skipped", "aborted"]);
    let mut replayed = decided(Judgement::Approved, false);
    replayed.provenance.replay = Some(Replay { run: "r".to_owned(), suite_hash: String::new() });
    assert_eq!(status(&replayed), "replayed");
}

#[test]
fn the_same_report_is_the_same_trace_and_another_run_is_another() {
    let one = decided(Judgement::Rejected, false);
    assert_eq!(rendered(&one), rendered(&one.clone()));
    let id = |report: &Report| all_spans(&json(report))[0]["traceId"].clone();
    let mut other = one.clone();
    other.provenance.run.push('x');
    let mut replayed = one.clone();
    replayed.provenance.replay = Some(Replay { run: "r".to_owned(), suite_hash: String::new() });
    let ids = [id(&one), id(&other), id(&replayed)].map(|id| id.as_str().unwrap().to_owned());
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 3);
}

#[test]
fn times_are_those_of_the_target_s_clock() {
    let mut fast = report(vec![sampled("backend-health", 1)], Judgement::Approved, false);
    let begun = fast.provenance.started.0;
    fast.outcomes[0].started = Some(Timestamp(begun + Duration::from_millis(100)));
    let after = |report: &Report| {
        let document = json(report);
        let spans = all_spans(&document);
        nanos(&spans[1]["startTimeUnixNano"]) - nanos(&spans[0]["startTimeUnixNano"])
    };
    assert_eq!(
        after(&fast),
        2_000_000_000,
        "100 ms of the wall are 2 s of a clock that runs 20 times faster"
    );
    fast.provenance.simulated = None;
    assert_eq!(after(&fast), 100_000_000);
}

#[test]
fn what_is_below_ends_before_what_is_above() {
    let mut late = report(vec![sampled("backend-health", 3)], Judgement::Approved, false);
    late.outcomes[0].samples[2].after = Duration::from_secs(3600);
    let document = json(&late);
    let spans = all_spans(&document);
    let last = spans.iter().map(|span| nanos(&span["endTimeUnixNano"])).max().unwrap();
    assert_eq!(nanos(&spans[0]["endTimeUnixNano"]), last);
    assert_eq!(nanos(&spans[1]["endTimeUnixNano"]), last);
    assert_eq!(spans.iter().filter(|span| span["name"] == "sample").count(), 3);
}

#[test]
fn of_many_samples_the_first_and_the_last_are_told() {
    let document = json(&report(vec![sampled("backend-health", 1000)], Judgement::Approved, false));
    let spans = all_spans(&document);
    let numbers: Vec<Value> = spans
        .iter()
        .filter(|span| span["name"] == "sample")
        .map(|span| attributes(span)["fixproof.sample"].clone())
        .collect();
    assert_eq!((numbers.len(), &numbers[0], &numbers[24]), (50, &"1".into(), &"25".into()));
    assert_eq!((&numbers[25], &numbers[49]), (&"976".into(), &"1000".into()));
    assert_eq!(attributes(&spans[0])["fixproof.spans.left_out"], "950");
}

#[test]
fn ten_thousand_scenarios_fit_into_a_collector_and_the_red_ones_are_told_in_full() {
    let green = sampled("backend-health", 3);
    let mut outcomes: Vec<Outcome> = std::iter::repeat_n(green, 9_900).collect();
    outcomes.extend(std::iter::repeat_n(sampled("db-connect", 3), 100));
    let text = rendered(&report(outcomes, Judgement::Rejected, false));
    assert!(text.len() < 20 << 20, "{} bytes", text.len());
    let document: Value = serde_json::from_str(&text).unwrap();
    let spans = all_spans(&document);
    assert_eq!(spans.len(), 1 + 10_000 + 10_000);
    // Each red scenario has three samples, a step in each and two phases in each step.
    let red = spans.iter().position(|span| span["name"] == "db-connect").unwrap();
    assert_eq!(spans.len() - red, 100 * 13);
}

#[test]
fn nothing_secret_and_nothing_that_a_terminal_obeys_is_in_it() {
    for (_, judgement, partial) in DECIDED {
        let text = rendered(&decided(judgement, partial));
        assert!(!text.contains(CANARY));
        assert_eq!(sanitize(text.trim_end()), text.trim_end());
    }
}
