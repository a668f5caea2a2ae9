//! The rules of everyone who reads JUnit XML, each as a test of its own, over every report, profile and way.
//!
//! The pitfalls of the format, and where each is tested: control characters, U+FFFE, ANSI: `jenkins_junit_…`; `]]>`, new
//! lines in attributes: `texts_come_through_as_they_were_meant`; counters: `counters_equal_elements_at_every_level`;
//! decimals: `jenkins_xunit_…`; changing names: `names_never_change_…`; a case an attempt: `one_case_a_scenario_…`; bodies
//! without a cap: `gitlab_takes_…`; a message without a body: `gitlab_and_azure_…`; half a file: `xml.rs` and `publish.rs` of
//! the command line; other text on stdout: `harness/cli/tests/binary/junit.rs`. Invalid UTF-8 from a target was
//! replaced before a text came to be, and `read_back` refuses it.

use std::collections::BTreeSet;
use std::time::Duration;

use fixproof_core::model::{Judgement, Outcome, Reason, Report, Seen, Timestamp, Value};
use fixproof_core::report::{JunitProfile, Noncritical};
use regex::Regex;
use roxmltree::{Document, Node};

use super::{
    PROFILES, WAYS, children, each_file, elements, files, outcome, renamed, repeated, reports, text_of,
};
use crate::fixtures::{decided, report};

fn results<'a, 'b: 'a>(document: &'a Document<'b>) -> impl Iterator<Item = Node<'a, 'b>> {
    ["failure", "error", "skipped"].into_iter().flat_map(|name| elements(document, name))
}

fn shaped(pattern: &str) -> impl Fn(Option<&str>) -> bool {
    let pattern = Regex::new(&format!("^(?:{pattern})$")).unwrap();
    move |text| text.is_some_and(|text| pattern.is_match(text))
}

#[test]
fn jenkins_junit_finds_no_illegal_character_in_the_whole_file() {
    let seen = std::cell::Cell::new(0);
    each_file(|_, profile, xml, _| {
        let legal = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
        assert_eq!(xml.chars().find(|c| !legal(*c)), None, "{profile:?}");
        // A reference to one is as illegal as the character.
        let reference = Regex::new("&#x?[0-9a-fA-F]+;").unwrap();
        assert!(!reference.is_match(xml), "{profile:?}: {:?}", reference.find(xml));
        seen.set(seen.get() + usize::from(xml.contains("esc \\u{1b}[31mred")));
    });
    assert!(seen.get() > 20, "the hostile text is in the report, made visible: {}", seen.get());
}

#[test]
fn jenkins_junit_reads_the_first_failure_its_message_and_its_body_and_what_was_flaky() {
    each_file(|_, profile, _, document| {
        for case in elements(document, "testcase") {
            let count: usize =
                ["failure", "error", "skipped"].iter().map(|name| children(case, name).len()).sum();
            assert!(count <= 1, "{profile:?}");
        }
        for name in ["flakyFailure", "rerunFailure", "rerunError"] {
            for rerun in elements(document, name) {
                assert!(profile != JunitProfile::Strict);
                assert!(
                    ["message", "type"]
                        .iter()
                        .all(|name| rerun.attribute(*name).is_some_and(|v| !v.is_empty()))
                );
                assert!(!text_of(children(rerun, "stackTrace")[0]).trim().is_empty());
                let case = rerun.parent_element().unwrap();
                let result = match name {
                    "flakyFailure" => 0,
                    "rerunFailure" => children(case, "failure").len(),
                    _ => children(case, "error").len(),
                };
                assert_eq!(result, usize::from(name != "flakyFailure"), "{name}");
            }
        }
    });
}

#[test]
fn jenkins_xunit_reads_times_of_three_decimals_and_nothing_it_does_not_know() {
    let plain = shaped(r"[0-9]+\.[0-9]{3}");
    each_file(|_, profile, _, document| {
        for node in document.descendants().filter(|node| node.has_attribute("time")) {
            assert!(plain(node.attribute("time")), "{profile:?}: {:?}", node.attribute("time"));
        }
        if profile != JunitProfile::Rich {
            assert!(elements(document, "testsuites").iter().all(|all| all.attributes().len() == 0));
            let known = ["name", "classname", "time"];
            let cases = elements(document, "testcase");
            assert!(cases.iter().all(|case| case.attributes().all(|a| known.contains(&a.name()))));
        }
    });
    // Neither an exponent nor a separator of thousands, however long it took.
    let mut long = outcome("backend-health");
    for (took, seconds) in
        [(Duration::from_nanos(1), "0.000"), (Duration::from_millis(1_234_567_890), "1234567.890")]
    {
        long.took = took;
        let report = report(vec![long.clone()], Judgement::Approved, false);
        for profile in PROFILES {
            let files = files(&report, profile, Noncritical::Failure);
            assert!(files[0].contains(&format!("classname=\"backend\" time=\"{seconds}\"")), "{}", files[0]);
        }
    }
}

#[test]
fn gitlab_and_azure_find_what_they_show_in_the_body_and_in_the_message() {
    each_file(|report, profile, _, document| {
        for result in results(document) {
            let case = result.parent_element().unwrap().attribute("name");
            let message = result.attribute("message").unwrap_or_default();
            assert!(!message.trim().is_empty() && !message.contains('\n'), "{profile:?} {case:?}");
            assert!(!text_of(result).trim().is_empty(), "{profile:?} {case:?}");
        }
        assert!(
            results(document).count() > 0
                || report.decision.judgement == Judgement::Approved
                || profile == JunitProfile::Surefire
        );
    });
}

#[test]
fn gitlab_finds_no_class_and_name_twice() {
    for report in reports() {
        for profile in PROFILES {
            let mut known = BTreeSet::new();
            for xml in files(&report, profile, Noncritical::Failure) {
                let document = Document::parse(&xml).unwrap();
                for case in elements(&document, "testcase") {
                    let key = ["classname", "name"].map(|name| case.attribute(name).unwrap().to_owned());
                    assert!(known.insert(key.clone()), "{key:?}");
                }
            }
            assert_eq!(known.len(), report.outcomes.len() + 1);
        }
    }
}

#[test]
fn gitlab_takes_files_below_30_mb_and_gets_one_whatever_is_in_the_report() {
    let known = repeated().remove(3);
    let wordy = |number: usize| {
        renamed(known.clone(), |card| {
            card.id = format!("scenario-{number}").into();
            card.title = "'&\"".repeat(400);
            (card.remedy, card.source, card.runbook) =
                (Some("<'>".repeat(800)), Some("&".repeat(2000)), Some("\"".repeat(2000)));
        })
    };
    let many = report((0..1_500).map(wordy).collect(), Judgement::Rejected, false);
    let [xml] = files(&many, JunitProfile::Rich, Noncritical::Failure).try_into().unwrap();
    assert!(xml.len() < 30_000_000);
    Document::parse(&xml).unwrap();
}

#[test]
fn no_reader_takes_a_targets_text_for_the_path_of_a_file_to_publish() {
    let mut tries = 0;
    each_file(|_, profile, xml, document| {
        tries += xml.matches("[ [ATTACHMENT|/etc/passwd").count();
        for node in document.descendants().filter(|n| n.is_element()) {
            let reads =
                matches!(node.tag_name().name(), "system-out" | "system-err" | "failure" | "stackTrace");
            assert!(!reads || !text_of(node).contains("[[ATTACHMENT|"), "{profile:?}");
        }
    });
    assert!(tries > 0);
}

#[test]
fn azure_finds_host_time_and_place_in_every_strict_suite() {
    let moment = shaped(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}");
    let mut nameless = decided(Judgement::Rejected, false);
    nameless.provenance.host.name = " ".to_owned();
    for report in reports().into_iter().chain([nameless]) {
        let [xml] = files(&report, JunitProfile::Strict, Noncritical::Failure).try_into().unwrap();
        let document = Document::parse(&xml).unwrap();
        for (at, suite) in elements(&document, "testsuite").into_iter().enumerate() {
            assert!(suite.attribute("hostname").is_some_and(|host| !host.trim().is_empty()));
            assert!(moment(suite.attribute("timestamp")), "{:?}", suite.attribute("timestamp"));
            assert_eq!(suite.attribute("id"), Some(&*at.to_string()));
            assert_eq!(["system-out", "system-err"].map(|name| children(suite, name).len()), [1, 1]);
        }
    }
}

#[test]
fn github_reporters_find_a_name_everywhere_and_file_and_line_of_every_scenario() {
    let number = shaped("[1-9][0-9]*");
    each_file(|_, profile, _, document| {
        for node in
            document.descendants().filter(|n| n.has_tag_name("testsuite") || n.has_tag_name("testcase"))
        {
            assert!(node.attribute("name").is_some_and(|name| !name.trim().is_empty()), "{profile:?}");
        }
        for case in elements(document, "testcase") {
            assert!(case.attribute("classname").is_some_and(|name| !name.is_empty()));
            if profile == JunitProfile::Rich && case.attribute("name") != Some("gate") {
                assert_eq!(case.attribute("file"), Some("scenarios/backend.toml"));
                assert!(number(case.attribute("line")));
            }
        }
    });
}

#[test]
fn github_annotates_the_line_of_the_first_broken_expectation_and_of_the_scenario_where_none_broke() {
    let [xml] = files(&decided(Judgement::Rejected, false), JunitProfile::Rich, Noncritical::Failure)
        .try_into()
        .unwrap();
    let document = Document::parse(&xml).unwrap();
    let line = |name: &str| {
        let all = elements(&document, "testcase");
        let case = all.iter().find(|case| case.attribute("name") == Some(name)).unwrap();
        case.attribute("line").map(str::to_owned)
    };
    for (name, wanted) in [
        ("backend-hostile", "14"),
        ("backend-steady", "14"),
        ("backend-health", "3"),
        ("frontend-login", "3"),
        ("db-secret", "3"),
        ("frontend-chat", "3"),
    ] {
        assert_eq!(line(name).as_deref(), Some(wanted), "{name}");
    }
}

#[test]
fn circleci_finds_file_class_and_time_of_every_scenario() {
    for report in reports() {
        let [xml] = files(&report, JunitProfile::Rich, Noncritical::Failure).try_into().unwrap();
        let document = Document::parse(&xml).unwrap();
        for case in
            elements(&document, "testcase").into_iter().filter(|c| c.attribute("name") != Some("gate"))
        {
            assert!(["file", "classname", "time"].iter().all(|name| case.has_attribute(*name)));
        }
    }
}

#[test]
fn counters_equal_elements_at_every_level() {
    each_file(|report, profile, _, document| {
        let mut cases = 0;
        let kinds =
            [("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")];
        for suite in elements(document, "testsuite") {
            for (attribute, element) in kinds {
                let counted = suite.descendants().filter(|node| node.has_tag_name(element)).count();
                assert_eq!(
                    suite.attribute(attribute),
                    Some(&*counted.to_string()),
                    "{profile:?} {attribute}"
                );
            }
            cases += children(suite, "testcase").len();
        }
        for all in elements(document, "testsuites").into_iter().filter(|all| all.attributes().len() > 0) {
            for (attribute, element) in kinds {
                let counted = elements(document, element).len();
                assert_eq!(all.attribute(attribute), Some(&*counted.to_string()), "{profile:?} {attribute}");
            }
        }
        assert!(profile == JunitProfile::Surefire || cases == report.outcomes.len() + 1);
    });
}

#[test]
fn one_case_a_scenario_and_one_for_the_gate_whatever_came_of_them() {
    for report in reports() {
        for profile in PROFILES {
            for way in WAYS {
                let all = files(&report, profile, way).concat();
                assert_eq!(all.matches("<testcase ").count(), report.outcomes.len() + 1);
                assert_eq!(all.matches("<testcase name=\"gate\" classname=\"gate\"").count(), 1);
            }
        }
    }
}

/// What readers know suites and cases by.
fn names(report: &Report, profile: JunitProfile, way: Noncritical) -> Vec<String> {
    let mut names = Vec::new();
    for xml in files(report, profile, way) {
        let document = Document::parse(&xml).unwrap();
        for node in
            document.descendants().filter(|n| n.has_tag_name("testsuite") || n.has_tag_name("testcase"))
        {
            let known =
                ["name", "classname", "file", "package"].map(|name| node.attribute(name).unwrap_or("-"));
            names.push(known.join(" "));
        }
    }
    names
}

#[test]
fn names_never_change_from_run_to_run() {
    let (first, mut second) = (decided(Judgement::Rejected, false), decided(Judgement::Approved, true));
    // Another day, another machine, other ports, other times, other verdicts.
    second.provenance.run = "20270202-000000-ffff".to_owned();
    second.provenance.started = Timestamp(time::macros::datetime!(2027-02-02 00:00:00 UTC));
    second.provenance.host.name = "elsewhere".to_owned();
    let (red, green) = (outcome("backend-hostile"), outcome("backend-health"));
    for (at, outcome) in second.outcomes.iter_mut().enumerate() {
        let other = if at % 2 == 0 { &red } else { &green };
        outcome.took = Duration::from_secs(100 + u64::try_from(at).unwrap());
        (outcome.reason, outcome.verdict) = (other.reason.clone(), other.verdict);
        (outcome.findings, outcome.samples) = (other.findings.clone(), other.samples.clone());
        for attempt in outcome.samples.iter_mut().flat_map(|sample| &mut sample.attempts) {
            attempt.observation.facts.insert("peer", Value::Text(format!("127.0.0.1:{}", 40_000 + at)));
        }
    }
    // So many that texts are cut: names are not.
    let long = |count: usize| {
        // As large as a report keeps a text, and not more: there are hundreds.
        let mut known = outcome("backend-huge");
        let cut = |text: &mut String| text.truncate(text.floor_char_boundary(64 << 10));
        if let Reason::Failed { detail, .. } = &mut known.reason {
            cut(detail);
        }
        for finding in &mut known.findings {
            if let Seen::Unreadable(detail) = &mut finding.seen {
                cut(detail);
            }
        }
        known.samples.clear();
        let all: Vec<Outcome> = (0..count)
            .map(|at| renamed(known.clone(), |card| card.id = format!("{}-{at}", "x".repeat(900)).into()))
            .collect();
        report(all, Judgement::Rejected, false)
    };
    let (few, many) = (long(3), long(600));
    for profile in PROFILES {
        let known = names(&first, profile, Noncritical::Failure);
        assert!(known.len() > 10);
        for way in WAYS {
            assert_eq!(names(&second, profile, way), known, "{profile:?} {way:?}");
        }
        let (few, many) = (names(&few, profile, WAYS[0]), names(&many, profile, WAYS[0]));
        assert_eq!(few[1..4], many[1..4]);
    }
}

#[test]
fn texts_come_through_as_they_were_meant() {
    let broken = "]]> <script>alert(1)</script> & \" '";
    let report = decided(Judgement::Rejected, false);
    for profile in PROFILES {
        let all: Vec<String> = files(&report, profile, Noncritical::Failure);
        let mut found = 0;
        for xml in &all {
            let document = Document::parse(xml).unwrap();
            for failure in elements(&document, "failure") {
                let (message, body) = (failure.attribute("message").unwrap(), text_of(failure));
                found += usize::from(message.contains(broken) && body.contains(broken));
            }
            let lines = document.descendants().flat_map(|node| node.attributes()).map(|a| a.value());
            assert!(
                lines.clone().count() > 10 && lines.clone().all(|value| !value.contains(['\n', '\r', '\t']))
            );
        }
        assert_eq!(found, 2, "{profile:?}");
    }
}
