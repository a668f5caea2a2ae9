//! What was written of a report, read back: all of it, or a sentence.

use fixproof_core::model::{
    Cause, Cut, Judgement, Observation, Outcome, ReadError, Replay, Report, Rest, Share, Value, Verdict,
};
use fixproof_core::report::{FORMATS, FormatOptions, JunitProfile, Style, format_named, text};

use crate::fixtures::{CANARY, HOSTILE, decided, report};

fn written(report: &Report) -> Vec<u8> {
    let options = FormatOptions::default();
    format_named("json").unwrap().render(report, &options).unwrap().remove(0).bytes
}

fn worst() -> Report {
    decided(Judgement::Rejected, true)
}

/// The worst report, but for the scenario whose texts are cut when they are written.
fn uncut() -> Report {
    let outcomes: Vec<Outcome> =
        worst().outcomes.into_iter().filter(|outcome| &*outcome.scenario.id != "backend-huge").collect();
    report(outcomes, Judgement::Rejected, true)
}

#[track_caller]
fn refused(bytes: &[u8]) -> String {
    Report::read(bytes).unwrap_err().to_string()
}

fn changed(from: &str, to: &str) -> String {
    let text = String::from_utf8(written(&uncut())).unwrap();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

#[test]
fn a_report_is_read_back_as_it_was() {
    for (judgement, partial) in [
        (Judgement::Rejected, true),
        (Judgement::Approved, false),
        (Judgement::NothingJudged, false),
        (Judgement::Interrupted, false),
    ] {
        let report = sound(judgement, partial);
        assert_eq!(Report::read(&written(&report)).unwrap(), report);
    }
    let mut replayed = sound(Judgement::Rejected, true);
    replayed.provenance.replay = Some(Replay { run: HOSTILE.to_owned(), suite_hash: "1".to_owned() });
    assert_eq!(Report::read(&written(&replayed)).unwrap(), replayed);
}

/// A report whose decision follows from the rest of it.
fn sound(judgement: Judgement, partial: bool) -> Report {
    let fits = |outcome: &Outcome| match judgement {
        Judgement::Approved => outcome.verdict == Verdict::Passed,
        Judgement::NothingJudged => outcome.verdict == Verdict::Skipped,
        Judgement::Rejected | Judgement::Interrupted => true,
    };
    let mut report = report(uncut().outcomes.into_iter().filter(fits).collect(), judgement, partial);
    if judgement == Judgement::Approved {
        // None of what passed in it is of the component that has a threshold of its own.
        report.decision.gate.components.clear();
    }
    if !partial {
        report.provenance.narrowing.clear();
    }
    report.provenance.interrupted = judgement == Judgement::Interrupted;
    report
}

#[test]
fn no_approval_is_written_into_a_report_by_hand() {
    let refused = |change: &dyn Fn(&mut Report)| {
        let mut report = sound(Judgement::Approved, false);
        change(&mut report);
        matches!(Report::read(&written(&report)), Err(ReadError::Contradiction(_)))
    };
    assert!(!refused(&|_| {}));
    assert!(refused(&|report| report.decision.percentage = Share::of(7, 5)));
    assert!(refused(&|report| report.decision.gate.threshold = Share::of(3, 2).unwrap()));
    assert!(refused(&|report| report.decision.gate.components = worst().decision.gate.components));
    assert!(refused(&|report| report.decision.partial = true));
    assert!(refused(&|report| report.provenance.interrupted = true));
    assert!(refused(&|report| report.provenance.narrowing = worst().provenance.narrowing));
    assert!(refused(&|report| report.decision.rejections = worst().decision.rejections));
    let mut forged = sound(Judgement::Rejected, false);
    forged.decision.judgement = Judgement::Approved;
    forged.decision.rejections.clear();
    forged.decision.gate.threshold = Share::of(1, 100).unwrap();
    let error = Report::read(&written(&forged)).unwrap_err().to_string();
    assert!(error.contains("critical `db-connect` is failed"), "{error}");
}

#[test]
fn every_kind_of_fact_and_every_time_is_read_back_as_it_was() {
    let mut observation = Observation::default();
    let values = [
        Value::Null,
        Value::Flag(true),
        Value::count(u64::MAX),
        Value::from_json(serde_json::json!(i64::MIN)),
        Value::from_json(serde_json::json!(0.1 + 0.2)),
        Value::from_json(serde_json::json!(2.225_073_858_507_201e-308)),
        Value::Text(HOSTILE.to_owned()),
        Value::Text("{\"seconds\": 1}".to_owned()),
        Value::Duration(std::time::Duration::from_nanos(4_312_345)),
        Value::Duration(std::time::Duration::new(8_000_000, 999_999_999)),
        Value::Size(u64::MAX),
        Value::Share(Share::of(7_999, 10_000).unwrap()),
        Value::Json(serde_json::json!({ "seconds": 1, "b": [], "a": { "json": null }, "cut": 2 })),
        Value::Json(serde_json::json!(["bytes", { "unreadable": [] }])),
    ];
    for (at, value) in values.into_iter().enumerate() {
        let cut = Cut { seen: Some(value.clone()), rest: Rest::Lowers, read: 3 };
        if value != Value::Null {
            observation.facts.insert_cut(format!("cut.{at}"), cut);
        }
        observation.facts.insert(format!("fact.{at}"), value);
    }
    observation.facts.insert_cut("nothing", Cut { seen: None, rest: Rest::Changes, read: 0 });
    observation.facts.insert_unreadable("json", Cause::NotJson, HOSTILE.to_owned());
    let mut outcomes = uncut().outcomes;
    outcomes[0].samples[0].attempts[0].observation = observation;
    let report = report(outcomes, Judgement::Rejected, true);
    assert_eq!(Report::read(&written(&report)).unwrap(), report);
}

#[test]
fn what_was_cut_once_is_cut_no_second_time() {
    let first = written(&worst());
    let read = Report::read(&first).unwrap();
    assert_ne!(read, worst());
    assert_eq!(String::from_utf8(written(&read)).unwrap(), String::from_utf8(first).unwrap());
}

#[test]
fn what_was_redacted_stays_redacted_in_every_format() {
    let read = Report::read(&written(&worst())).unwrap();
    for format in FORMATS {
        for one in format.render(&read, &FormatOptions::default()).unwrap() {
            assert!(!String::from_utf8(one.bytes).unwrap().contains(CANARY), "{}", format.name());
        }
    }
}

#[test]
fn every_format_says_the_same_of_a_report_that_was_read_back() {
    let (born, read) = (uncut(), Report::read(&written(&uncut())).unwrap());
    for format in FORMATS {
        for junit_profile in [JunitProfile::Strict, JunitProfile::Surefire, JunitProfile::Rich] {
            let options = FormatOptions { junit_profile, ..FormatOptions::default() };
            assert_eq!(format.render(&born, &options).unwrap(), format.render(&read, &options).unwrap());
        }
    }
    for detail in [text::Detail::Quiet, text::Detail::Normal, text::Detail::Verbose] {
        assert_eq!(text::summary(&born, detail, Style::PLAIN), text::summary(&read, detail, Style::PLAIN));
    }
}

#[test]
fn a_file_that_was_cut_off_says_where() {
    let whole = written(&uncut());
    for end in [1, whole.len() / 2, whole.len() - 3] {
        let message = refused(&whole[..end]);
        assert!(message.contains("cut off") && message.contains("column"), "{end}: {message}");
    }
    assert!(refused(b"").contains("cut off"));
}

#[test]
fn what_is_no_report_is_told_from_one_of_another_version() {
    for foreign in ["{}", "[]", "42", "{\"tests\": 3}", "{\"schema\": 7}", "{\"schema\": \"openapi\"}"] {
        let message = refused(foreign.as_bytes());
        assert!(message.contains("no report") && message.contains(Report::SCHEMA), "{foreign}: {message}");
    }
    for garbage in ["<xml/>", "{\"schema\": fixproof", "{\"a\": 1} {\"b\": 2}"] {
        let message = refused(garbage.as_bytes());
        assert!(message.contains("not JSON") && message.contains("line 1"), "{garbage}: {message}");
    }
    for other in ["fixproof-report/1", "fixproof-report/3"] {
        let message = refused(changed(Report::SCHEMA, other).as_bytes());
        assert!(message.contains(&format!("`{other}` is not supported")), "{message}");
        assert!(message.contains(Report::SCHEMA) && message.contains("run the suite again"), "{message}");
    }
}

#[test]
fn what_is_not_of_the_shape_is_named_with_its_place() {
    for (from, to, at, words) in [
        ("\"interrupted\":false", "\"interrupted\":0", "provenance.interrupted", "boolean"),
        ("\"suite_hash\"", "\"suite_hush\"", "provenance.suite_hush", "unknown field"),
        ("\"verdict\":\"passed\"", "\"verdict\":\"green\"", "verdict", "green"),
        ("\"took\":1.234", "\"took\":-1", "outcomes[0]", "-1"),
        ("content/differs", "content/differ", "findings[1].evaluation", "content/differ"),
        ("\"2026-03-01T", "\"2026-31-01T", "provenance.begun", "2026-31-01"),
        ("\"status\":503", "\"status\":[503]", "facts.status", "list"),
        ("\"status\":503", "\"status\":{\"minutes\":5}", "facts.status", "minutes"),
        ("\"threshold\":\"4/5\"", "\"threshold\":\"4/0\"", "decision.gate.threshold", "4/0"),
        ("\"nonce\":12345", "\"nonce\":12340", "provenance.nonce", "12340"),
    ] {
        let message = refused(changed(from, to).as_bytes());
        assert!(message.contains(at) && message.contains(words), "{from} → {to}: {message}");
        assert!(message.contains("column"), "{message}");
    }
}

#[test]
fn a_report_that_contradicts_itself_is_refused() {
    for (from, to, words) in [
        ("\"verdict\":\"failed\",\"reason\"", "\"verdict\":\"passed\",\"reason\"", "db-connect"),
        ("\"tally\":{\"planned\":10,\"passed\":1", "\"tally\":{\"planned\":10,\"passed\":9", "tally"),
        (
            "\"component\":\"database\",\"depends_on\":[],\"address\":null,\"tally\":{\"planned\":2",
            "\"component\":\"database\",\"depends_on\":[],\"address\":null,\"tally\":{\"planned\":1",
            "`database`",
        ),
    ] {
        let error = Report::read(changed(from, to).as_bytes()).unwrap_err();
        assert!(matches!(&error, ReadError::Contradiction(what) if what.contains(words)), "{from}: {error}");
    }
    assert!(Verdict::ALL.len() == 6);
}

#[test]
fn a_deeply_nested_file_is_no_way_to_end_the_program() {
    let deep = format!("{{\"schema\":\"{}\",\"provenance\":{}", Report::SCHEMA, "[".repeat(1_000_000));
    refused(deep.as_bytes());
    refused("[".repeat(1_000_000).as_bytes());
}
