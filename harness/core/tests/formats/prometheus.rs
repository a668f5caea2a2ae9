//! What Prometheus' own linter and its client library's parser make of it, and what the docs say of it.

use std::collections::{BTreeMap, BTreeSet};

use fixproof_core::model::{Judgement, Report};
use fixproof_core::report::sanitize::one_line;

use crate::every_format::assert_snapshot;
use crate::fixtures::{CANARY, decided, report};
use crate::hostile::{COMMANDS, hostile, many, missing, read_by, rendered, spotless};
use crate::readers::read_back;

/// Tells every sample the parser read, a line of JSON each.
const READER: &str = "\
import json, sys
from prometheus_client.parser import text_string_to_metric_families as families
text = sys.stdin.buffer.read().decode('utf-8')
for family in families(text):
    for sample in family.samples:
        print(json.dumps([family.type, sample.name, sample.labels, sample.value]))
";

/// Name, labels, value.
type Sample = (String, BTreeMap<String, String>, f64);

/// Every sample as the client library reads it.
fn read(text: &str) -> Option<Vec<Sample>> {
    let python = "/usr/bin/python3";
    let has = std::process::Command::new(python).args(["-c", "import prometheus_client.parser"]).output();
    if !has.is_ok_and(|out| out.status.success()) {
        missing("prometheus_client", "python3-prometheus-client");
        return None;
    }
    let told = read_by(python, &["-c", READER], "python3", text)?;
    let sample = |line: &str| {
        let (kind, name, labels, value): (String, String, BTreeMap<String, String>, f64) =
            serde_json::from_str(line).unwrap();
        assert_eq!(kind, "gauge", "{name}");
        (name, labels, value)
    };
    Some(told.lines().map(sample).collect())
}

fn value(text: &str, series: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.starts_with(series))?;
    line.rsplit(' ').next()?.parse().ok()
}

#[test]
fn it_looks_as_it_did() {
    assert_snapshot("fixproof.prom", &rendered("prometheus", &decided(Judgement::Rejected, true)));
}

#[test]
fn prometheus_own_linter_has_nothing_to_say() {
    for report in [decided(Judgement::Rejected, false), hostile(), spotless(), many()] {
        let text = rendered("prometheus", &report);
        let Some(said) = read_by("promtool", &["check", "metrics"], "prometheus", &text) else { return };
        assert_eq!(said, "");
    }
}

#[test]
fn the_client_library_reads_what_was_meant_however_hostile_it_is() {
    let report = hostile();
    let text = rendered("prometheus", &report);
    assert!(!text.contains(CANARY));
    let Some(samples) = read(&text) else { return };
    let lines = text.lines().filter(|line| !line.starts_with('#')).count();
    assert_eq!(samples.len(), lines);
    for (name, labels, _) in &samples {
        assert_eq!(labels["target"], one_line(COMMANDS, 500), "{name}");
        assert_eq!(labels["suite"], "scenarios", "{name}");
    }
    let of = |name: &str| samples.iter().filter(|sample| sample.0 == name).collect::<Vec<_>>();
    let approved = of("fixproof_run_approved");
    assert_eq!((approved.len(), approved[0].2), (1, 0.0));
    let passed = of("fixproof_scenario_passed");
    let ids: BTreeSet<&str> = passed.iter().map(|sample| &*sample.1["scenario"]).collect();
    assert_eq!((passed.len(), ids.len()), (10, 10));
    for outcome in report.outcomes.iter().filter(|outcome| outcome.verdict.is_judged()) {
        assert!(ids.contains(&*one_line(&outcome.scenario.id, 500)), "{:?}", outcome.scenario.id);
    }
}

#[test]
fn only_a_run_that_signs_off_is_approved() {
    let approved = |report: &Report| value(&rendered("prometheus", report), "fixproof_run_approved");
    assert_eq!(approved(&spotless()), Some(1.0));
    let mut replayed = spotless();
    replayed.provenance.replay =
        Some(fixproof_core::model::Replay { run: "1".to_owned(), suite_hash: "2".to_owned() });
    assert_eq!(approved(&replayed), Some(0.0));
    for (judgement, partial) in [
        (Judgement::Approved, true),
        (Judgement::Rejected, false),
        (Judgement::NothingJudged, false),
        (Judgement::Interrupted, false),
    ] {
        assert_eq!(approved(&decided(judgement, partial)), Some(0.0), "{judgement:?}");
    }
}

#[test]
fn nothing_judged_is_no_ratio_and_a_skipped_scenario_neither_green_nor_red() {
    let text = rendered("prometheus", &report(Vec::new(), Judgement::NothingJudged, false));
    assert_eq!(value(&text, "fixproof_run_passed_ratio"), None);
    let text = rendered("prometheus", &decided(Judgement::Rejected, false));
    assert_eq!(value(&text, "fixproof_run_passed_ratio"), Some(0.1));
    assert_eq!(value(&text, "fixproof_run_threshold_ratio"), Some(0.8));
    let of =
        |name: &str| text.lines().any(|line| line.starts_with(name) && line.contains("\"frontend-chat\""));
    assert!(!of("fixproof_scenario_passed") && of("fixproof_scenario_verdict"));
}

#[test]
fn the_docs_list_every_metric_and_every_label_and_no_other() {
    let text = rendered("prometheus", &decided(Judgement::Rejected, false));
    let mut written: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let label = regex::Regex::new("[{,]([a-z_]+)=\"").unwrap();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let labels = label.captures_iter(line).map(|found| found[1].to_owned());
        let own = labels.filter(|name| name != "target" && name != "suite");
        written.entry(line.split('{').next().unwrap().to_owned()).or_default().extend(own);
    }
    let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reports.md");
    let docs = std::fs::read_to_string(docs).unwrap();
    let row = regex::Regex::new(r"(?m)^\| `(fixproof_[a-z_]+)` \|([^|]*)\|").unwrap();
    let word = regex::Regex::new("`([a-z_]+)`").unwrap();
    let listed: BTreeMap<String, BTreeSet<String>> = row
        .captures_iter(&docs)
        .map(|row| {
            (row[1].to_owned(), word.captures_iter(&row[2]).map(|label| label[1].to_owned()).collect())
        })
        .collect();
    assert_eq!(listed, written);
}

#[test]
fn ten_thousand_scenarios_are_three_series_each() {
    let text = rendered("prometheus", &many());
    assert!(text.lines().count() > 30_000 && text.len() < 6_000_000, "{}", text.len());
}

#[test]
fn what_is_not_whole_is_not_read_back() {
    let text = rendered("prometheus", &decided(Judgement::Rejected, false));
    let first = text.lines().find(|line| line.starts_with("fixproof_run_approved")).unwrap();
    let without_last = text.trim_end().rsplit_once('\n').unwrap().0.to_owned();
    for bad in [
        String::new(),
        text.trim_end().to_owned(),
        without_last + "\n",
        text.replacen(first, &format!("{first}\n{first}"), 1),
        text.replacen(" gauge", " counter", 1),
        text.replacen("target=\"", "target=\"\\x", 1),
        text.replacen(first, "fixproof_run_approved{} NaN", 1),
    ] {
        assert!(read_back("prometheus", bad.as_bytes()).is_err(), "{bad:.300}");
    }
}
