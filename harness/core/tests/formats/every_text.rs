//! No text of a report is forgotten by the redactor, and none lets a terminal obey whoever sent it: not one of today,
//! and not one that is added tomorrow.

use std::collections::BTreeSet;

use fixproof_core::model::{Judgement, Outcome, Report, Secret, stored_parts};
use fixproof_core::redact::Redactor;
use fixproof_core::report::sanitize::is_harmful;
use fixproof_core::report::{FORMATS, FormatOptions, Style, format_named, text};
use serde_json::{Value as Json, json};

use crate::fixtures::{decided, report};

const CANARY: &str = "walking-canary-91c4e2";

/// Words that are no text but a choice out of a closed list, a date, a share, a marked kind: what is not one of them can't
/// be read.
const CLOSED: &[&str] = &[
    ".provenance.begun",
    ".provenance.started",
    ".decision.judgement",
    ".decision.percentage",
    ".decision.gate.threshold",
    ".decision.gate.components[][1]",
    ".decision.rejections[].reason",
    ".decision.rejections[].percentage",
    ".decision.rejections[].threshold",
    ".decision.rejections[].verdict",
    ".causes[].cause",
    ".outcomes[].verdict",
    ".outcomes[].started",
    ".outcomes[].scenario.owner",
    ".outcomes[].reason.why",
    ".outcomes[].reason.cause",
    ".outcomes[].reason.undecided",
    ".outcomes[].findings[].evaluation",
    ".outcomes[].findings[].evaluation.fail",
    ".outcomes[].findings[].evaluation.inconclusive.undecided",
    ".outcomes[].expectations[].fact.aggregate",
    ".outcomes[].expectations[].operator",
    ".outcomes[].expectations[].severity",
    ".outcomes[].expectations[].wanted[].beginning.kind",
    ".outcomes[].findings[].seen.part.rest",
    ".outcomes[].samples[].attempts[].findings[].evaluation.inconclusive.undecided",
    ".outcomes[].expectations[].fact.aggregate",
    ".outcomes[].expectations[].operator",
    ".outcomes[].expectations[].severity",
    ".outcomes[].expectations[].wanted[].beginning.kind",
    ".outcomes[].samples[].attempts[].findings[].seen.part.rest",
    ".outcomes[].samples[].attempts[].observation.facts.json.unreadable.cause",
    ".outcomes[].samples[].attempts[].observation.facts.matches.cut.rest",
    ".outcomes[].samples[].attempts[].observation.obstacle.cause",
];

fn written(report: &Report) -> Vec<u8> {
    let options = FormatOptions::default();
    format_named("json").unwrap().render(report, &options).unwrap().remove(0).bytes
}

/// A report in which every list has an element and every option a value.
fn full() -> Json {
    let small = |outcome: &Outcome| &*outcome.scenario.id != "backend-huge";
    let outcomes = decided(Judgement::Rejected, true).outcomes.into_iter().filter(small).collect();
    let mut full: Json =
        serde_json::from_slice(&written(&report(outcomes, Judgement::Rejected, true))).unwrap();
    full["provenance"]["replay"] = json!({ "run": "a run", "suite_hash": "a hash" });
    let sick = json!({ "inconclusive": { "undecided": "sick-host", "sentence": "a clock stepped" } });
    let untold = json!({ "inconclusive": { "undecided": "not-recorded", "what": "a step" } });
    for outcome in full["outcomes"].as_array_mut().unwrap() {
        outcome["scenario"]["needs"] = json!(["another"]);
        outcome["stopped_early"] = json!("it was enough");
        outcome["notes"] = json!(["a note"]);
        let added = json!({
            "step": "a step", "fact": { "of": "time.total", "aggregate": "p95" }, "at": "$.a", "operator": "equals",
            "wanted": ["a", { "beginning": { "text": "b", "kind": "text" } }], "severity": "warn",
            "excerpt": { "place": { "file": "a.toml", "line": 1, "column": 1 }, "text": "a line", "mark": [0, 1] },
        });
        if outcome.get("expectations").is_none() {
            outcome["expectations"] = json!([]);
        }
        let cards = outcome["expectations"].as_array_mut().unwrap();
        cards.push(added);
        let mut finding =
            json!({ "expectation": cards.len() - 1, "seen": { "value": "201" }, "evaluation": sick });
        let mut findings = vec![finding.clone()];
        finding["evaluation"] = untold.clone();
        for seen in [
            json!({ "node": { "value": { "json": { "a": "b" } }, "path": "$.a", "more": 1 } }),
            json!({ "no-fact": "status" }),
            json!({ "no-node": { "path": "$.a", "document": "{}" } }),
            json!({ "unreadable": "no JSON" }),
            json!({ "part": { "value": "a", "rest": "raises", "read": 1 } }),
            json!({ "aggregate": { "value": "a", "fact": "time.total", "missing": 1, "of": 2 } }),
        ] {
            finding["seen"] = seen;
            findings.push(finding.clone());
        }
        let known = outcome.get("findings").and_then(Json::as_array).cloned().unwrap_or_default();
        outcome["findings"] = known.into_iter().chain(findings.clone()).collect();
        for sample in outcome.get_mut("samples").and_then(Json::as_array_mut).into_iter().flatten() {
            for attempt in sample["attempts"].as_array_mut().unwrap() {
                attempt["step"] = json!("a step");
                attempt["findings"] = json!(findings);
                let observation = &mut attempt["observation"];
                observation["doubt"] =
                    json!({ "shorter": 1.0, "longer": 1.0, "sentence": "a clock stepped" });
                observation["facts"]["header.x"] = json!({ "json": { "a": ["b"] } });
            }
        }
    }
    full
}

/// Visits every text and every null with its place, in which all elements of a list are one.
fn visit(json: &mut Json, path: &str, to: &mut dyn FnMut(&str, &mut Json)) {
    match json {
        Json::Array(list) if list.is_empty() => to(path, json),
        // A pair is no list.
        Json::Array(list) if path.ends_with("gate.components[]") || path.ends_with(".mark") => {
            list.iter_mut().enumerate().for_each(|(n, item)| visit(item, &format!("{path}[{n}]"), to));
        }
        Json::Array(list) => list.iter_mut().for_each(|item| visit(item, &format!("{path}[]"), to)),
        Json::Object(rows) => {
            rows.iter_mut().for_each(|(name, item)| visit(item, &format!("{path}.{name}"), to));
        }
        Json::String(_) | Json::Null => to(path, json),
        Json::Bool(_) | Json::Number(_) => {}
    }
}

#[test]
fn no_text_of_a_report_is_forgotten_by_the_redactor() {
    let full = full();
    stored_parts(full.clone()).unwrap();
    let (mut texts, mut empty) = (BTreeSet::new(), BTreeSet::new());
    visit(&mut full.clone(), "", &mut |path, value| {
        let list = if value.is_string() { &mut texts } else { &mut empty };
        list.insert(path.trim_end_matches("[]").to_owned());
        if value.is_string() {
            texts.insert(path.to_owned());
        }
    });
    // A field that is empty everywhere could hold what nobody looked at.
    let shown: BTreeSet<&str> = texts.iter().map(String::as_str).collect();
    let never: Vec<&String> = empty
        .iter()
        .filter(|path| !shown.iter().any(|text| text.starts_with(path.as_str())))
        .filter(|path| {
            !path.contains("self_check")
                && ![".planned_samples", ".deciding_sample", ".settled_after"]
                    .iter()
                    .any(|end| path.ends_with(end))
        })
        .collect();
    assert!(never.is_empty(), "always empty here, so not looked at: fill them in `full`: {never:#?}");
    let redactor = Redactor::new([&Secret::new(CANARY.to_owned())]);
    let (mut closed, mut forgotten) = (Vec::new(), Vec::new());
    for place in texts {
        let mut changed = full.clone();
        let mut told = false;
        visit(&mut changed, "", &mut |path, value| {
            if let (true, Json::String(text)) = (path == place, value) {
                text.push_str(CANARY);
                told = true;
            }
        });
        if !told || place == ".schema" {
            continue;
        }
        match stored_parts(changed) {
            Err(_) => closed.push(place),
            Ok(parts) => {
                let born = String::from_utf8(written(&Report::redacted(parts, &redactor))).unwrap();
                if born.contains("canary-91c4") {
                    forgotten.push(place);
                }
            }
        }
    }
    assert!(forgotten.is_empty(), "the redactor forgets {forgotten:#?}");
    let unknown: Vec<&String> = closed.iter().filter(|place| !CLOSED.contains(&place.as_str())).collect();
    assert!(unknown.is_empty(), "neither a text nor known as a word of a closed list: {unknown:#?}");
}

#[test]
fn no_name_of_a_fact_or_of_a_value_in_it_is_forgotten_by_the_redactor() {
    let mut full = full();
    for outcome in full["outcomes"].as_array_mut().unwrap() {
        for sample in outcome.get_mut("samples").and_then(Json::as_array_mut).into_iter().flatten() {
            let mut name = json!({ "json": {} });
            name["json"][format!("in-{CANARY}")] = json!(1);
            sample["attempts"][0]["observation"]["facts"][format!("header.{CANARY}")] = name;
        }
    }
    let parts = stored_parts(full).unwrap();
    let born = Report::redacted(parts, &Redactor::new([&Secret::new(CANARY.to_owned())]));
    let text = String::from_utf8(written(&born)).unwrap();
    assert!(text.contains("header.[secret]") && !text.contains("canary-91c4"));
}

#[test]
fn no_character_that_a_terminal_obeys_comes_through_any_format() {
    let controls = ('\0'..='\u{1f}').chain('\u{7f}'..='\u{9f}').filter(|c| !matches!(c, '\n' | '\t'));
    let marks = "\u{ad}\u{61c}\u{200b}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2066}\u{2069}\u{feff}\u{e0041}";
    let mut hostile: String = controls.chain(marks.chars()).collect();
    hostile.push_str(
        "\u{1b}[2J\u{1b}]8;;http://evil.invalid\u{1b}\\link\u{1b}]8;;\u{7}\u{9b}31m\u{1b}Pq\u{1b}\\\u{1b}c",
    );
    let mut full = full();
    let mut places = BTreeSet::new();
    visit(&mut full, "", &mut |path, value| {
        if let Json::String(text) = value
            && path != ".schema"
            && !CLOSED.contains(&path)
        {
            text.push_str(&hostile);
            places.insert(path.to_owned());
        }
    });
    assert!(places.len() > 30, "{places:?}");
    let born = Report::redacted(stored_parts(full).unwrap(), &Redactor::default());
    let plain = Style { colour: false, width: 100 };
    let mut sinks: Vec<(String, String)> = Vec::new();
    for format in FORMATS {
        for one in format.render(&born, &FormatOptions::default()).unwrap() {
            sinks.push((format.name().to_owned(), String::from_utf8(one.bytes).unwrap()));
        }
    }
    for detail in [text::Detail::Quiet, text::Detail::Normal, text::Detail::Verbose] {
        sinks.push(("summary".to_owned(), text::summary(&born, detail, plain)));
    }
    for outcome in &born.outcomes {
        sinks.push(("failure".to_owned(), text::failure(outcome, plain)));
        sinks.push(("line".to_owned(), text::scenario_line(outcome, plain)));
    }
    for (sink, text) in sinks {
        let bad = text.chars().find(|c| !matches!(c, '\n' | '\t') && is_harmful(*c));
        let at = bad.and_then(|c| text.find(c)).unwrap_or(0);
        let around = text.get(text.floor_char_boundary(at.saturating_sub(80))..at);
        assert_eq!(bad, None, "{sink} after {around:?}");
    }
}
