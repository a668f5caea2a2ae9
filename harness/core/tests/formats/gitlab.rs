//! What GitLab makes of it: every field it asks for, and fingerprints that last.

use std::sync::Arc;

use fixproof_core::model::{Cause, Judgement, Outcome, Reason, Report, Shown};
use serde_json::Value;

use crate::every_format::assert_snapshot;
use crate::fixtures::{CANARY, decided, report, reworded};
use crate::hostile::{hostile, many, rendered, spotless};
use crate::readers::read_back;

fn issues(report: &Report) -> Vec<Value> {
    serde_json::from_str::<Vec<Value>>(&rendered("gitlab", report)).unwrap()
}

fn of<'a>(issues: &'a [Value], name: &str) -> &'a Value {
    issues.iter().find(|issue| issue["check_name"] == name).unwrap()
}

#[test]
fn it_looks_as_it_did() {
    assert_snapshot("gitlab.json", &rendered("gitlab", &decided(Judgement::Rejected, true)));
}

#[test]
fn every_issue_has_what_gitlab_asks_for() {
    for report in [decided(Judgement::Rejected, false), hostile()] {
        let issues = issues(&report);
        // The gate, nine that are red, one that warns.
        assert_eq!(issues.len(), 11);
        for issue in &issues {
            let severity = issue["severity"].as_str().unwrap();
            assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity), "{issue}");
            assert!(issue["location"]["lines"]["begin"].as_u64().unwrap() > 0, "{issue}");
            assert!(issue["location"]["path"].as_str().unwrap().starts_with("scenarios/"), "{issue}");
            assert_eq!(issue["fingerprint"].as_str().unwrap().len(), 64, "{issue}");
            let told = issue["description"].as_str().unwrap();
            assert!(!told.contains(char::is_control) && !told.contains('\u{202e}'), "{issue}");
            assert!(told.len() < 20_000 && !told.contains(CANARY), "{issue}");
        }
    }
}

#[test]
fn what_rejects_by_itself_is_worst_and_what_is_blocked_least() {
    let issues = issues(&decided(Judgement::Rejected, false));
    for (name, severity) in [
        ("gate", "blocker"),
        ("db-connect", "blocker"),
        ("backend-hostile", "major"),
        ("db-secret", "major"),
        ("frontend-login", "minor"),
        ("backend-health", "info"),
    ] {
        assert_eq!(of(&issues, name)["severity"], severity, "{name}");
    }
}

#[test]
fn a_fingerprint_is_the_scenarios_whatever_it_says_and_whether_it_was_asked() {
    let before = issues(&decided(Judgement::Rejected, false));
    let mut outcomes = decided(Judgement::Rejected, false).outcomes;
    for outcome in &mut outcomes {
        Arc::make_mut(&mut outcome.scenario).title = "Another title".to_owned();
        Arc::make_mut(&mut outcome.scenario).place.line = 77;
        if &*outcome.scenario.id == "backend-hostile" {
            outcome.reason = Reason::Failed { cause: Cause::Refused, detail: "another".to_owned() };
            outcome.findings.clear();
        }
        if &*outcome.scenario.id == "db-secret" {
            *outcome = Outcome::unasked(outcome.scenario.clone(), Reason::Blocked { by: Vec::new() });
        }
    }
    let after = issues(&report(outcomes, Judgement::Rejected, false));
    for name in ["gate", "backend-hostile", "db-secret", "backend-health", "frontend-login"] {
        assert_eq!(of(&before, name)["fingerprint"], of(&after, name)["fingerprint"], "{name}");
    }
    assert_ne!(of(&before, "backend-hostile")["description"], of(&after, "backend-hostile")["description"]);
}

#[test]
fn the_runs_own_number_is_in_no_fingerprint_and_the_same_warning_twice_has_two() {
    let with = |digits: &str| {
        let mut outcomes = decided(Judgement::Rejected, false).outcomes;
        let warning = outcomes[0].findings[1].clone();
        outcomes[0].findings.push(warning);
        for finding in &mut outcomes[0].findings {
            reworded(finding, |card| {
                card.wanted = vec![Shown::Whole(fixproof_core::model::Value::Text(digits.to_owned()))]
            });
        }
        let issues = issues(&report(outcomes, Judgement::Rejected, false));
        let own = issues.iter().filter(|issue| issue["check_name"] == "backend-health");
        own.map(|issue| issue["fingerprint"].clone()).collect::<Vec<_>>()
    };
    let nonce = decided(Judgement::Rejected, false).provenance.nonce.digits();
    assert_eq!(with(&nonce), with(""));
    assert_eq!(with(&nonce).len(), 2);
    assert_ne!(with(&nonce), with("other"));
}

#[test]
fn only_a_run_that_signs_off_is_a_page_without_issues() {
    assert!(issues(&spotless()).is_empty());
    for (judgement, partial) in
        [(Judgement::NothingJudged, false), (Judgement::Interrupted, false), (Judgement::Approved, true)]
    {
        let empty = report(Vec::new(), judgement, partial);
        let issues = issues(&empty);
        assert_eq!(issues.len(), 1, "{judgement:?}");
        assert_eq!(issues[0]["location"]["path"], "scenarios/suite.toml");
    }
}

#[test]
fn ten_thousand_are_ten_thousand_and_the_gate() {
    assert_eq!(issues(&many()).len(), 10_001);
}

#[test]
fn an_issue_twice_or_without_its_fields_is_not_read_back() {
    let one = "{\"description\":\"a\",\"check_name\":\"a\",\"fingerprint\":\"1\",\"severity\":\"info\",\"location\":{\"path\":\"a\",\"lines\":{\"begin\":1}}}";
    assert!(read_back("gitlab", format!("[{one}]").as_bytes()).is_ok());
    assert!(read_back("gitlab", format!("[{one},{one}]").as_bytes()).is_err());
    for bad in ["", "{}", "[{}]", "[1]", &format!("[{}]", one.replace("info", "awful"))] {
        assert!(read_back("gitlab", bad.as_bytes()).is_err(), "{bad}");
    }
}
