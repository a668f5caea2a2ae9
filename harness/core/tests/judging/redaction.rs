//! What the redactor takes out, and what it leaves.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use fixproof_core::model::{Attempt, Observation, Outcome, Reason, Sample, ScenarioCard, Secret, Value};
use fixproof_core::redact::{MASK, Redactor};

const CANARY: &str = "s3cr+t/Canary \"e\"";

fn redactor() -> Redactor {
    Redactor::new([&Secret::new(CANARY.to_owned())])
}

#[test]
fn every_form_of_a_secret_is_taken_out() {
    let hex: String = CANARY.bytes().map(|b| format!("{b:02X}")).collect();
    let json = serde_json::json!({ "k": CANARY }).to_string();
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("user:{CANARY}"));
    let encoded = "s3cr%2Bt%2FCanary%20%22e%22";
    for text in [
        CANARY.to_owned(),
        CANARY.to_uppercase(),
        hex,
        json,
        basic,
        encoded.to_owned(),
        encoded.to_lowercase(),
    ] {
        let clean = redactor().cleaned(&format!("before {text} after"));
        assert!(clean.contains(MASK), "{text} -> {clean}");
    }
}

#[test]
fn base64_is_found_at_every_alignment() {
    for before in ["", "a", "ab", "abc"] {
        for after in ["", "x", "xy"] {
            for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
                let text = engine.encode(format!("{before}{CANARY}{after}"));
                let clean = redactor().cleaned(&text);
                assert!(clean.contains(MASK), "{before}_{after}: {text} -> {clean}");
            }
        }
    }
}

#[test]
fn a_text_without_a_secret_stays_as_it_is() {
    assert_eq!(redactor().cleaned("status 503"), "status 503");
}

#[test]
fn a_secret_cut_short_is_taken_out_up_to_the_cut() {
    assert_eq!(redactor().cleaned("see s3cr+t/Ca… and s3c…"), "see [secret]… and s3c…");
}

#[test]
fn debug_shows_no_form() {
    assert_eq!(format!("{:?}", Redactor::default()), "Redactor(0 forms)");
    assert!(!format!("{:?}", redactor()).contains("s3cr"));
}

#[test]
fn a_secret_within_another_and_two_that_overlap_leave_nothing() {
    let redactor =
        Redactor::new(&["abcdef".to_owned(), "abcdefghij".to_owned(), "hijklm".to_owned()].map(Secret::new));
    assert_eq!(redactor.cleaned("<abcdefghijklm>"), "<[secret]>");
    assert_eq!(redactor.cleaned("<abcdefg>"), "<[secret]g>");
}

#[test]
fn a_long_secret_is_taken_out_whole_and_its_beginning_too() {
    let long = "0123456789abcdef".repeat(40);
    let redactor = Redactor::new([&Secret::new(long.clone())]);
    assert_eq!(redactor.cleaned(&format!("a {long} b")), "a [secret] b");
    assert_eq!(redactor.cleaned(&format!("a {} b", &long[..100])), "a [secret] b");
}

#[test]
fn what_is_known_by_its_name_is_taken_out_of_the_findings_that_quote_it() {
    let card = serde_json::json!({
        "id": "a", "title": "a", "component": "c", "owner": null, "source": null, "critical": false, "needs": [],
        "tags": [], "remedy": null, "runbook": null, "place": { "file": "f", "line": 1, "column": 1 },
        "text": "", "text_line": 1, "reproduce": [], "probes": []
    });
    let card: std::sync::Arc<ScenarioCard> = serde_json::from_value(card).unwrap();
    let mut outcome = Outcome::unasked(card, Reason::Passed);
    outcome.notes.push("saw \"abc-def-123\"".to_owned());
    let mut observation = Observation::default();
    observation
        .facts
        .insert("body", Value::Json(serde_json::json!({ "user": { "access_token": "abc-def-123" } })));
    outcome.samples.push(Sample {
        after: std::time::Duration::ZERO,
        took: std::time::Duration::ZERO,
        met: true,
        attempts: vec![Attempt { step: None, probe: "http".into(), observation, findings: vec![] }],
    });
    Redactor::default().clean_outcome(&mut outcome);
    assert!(!serde_json::to_string(&outcome).unwrap().contains("abc-def"), "{outcome:?}");
}

#[test]
fn thousands_of_tokens_that_are_learned_one_by_one_are_all_found() {
    let token = |number: usize| format!("eyJhbGciOiJIUzI1NiJ9/{number:05}/{}", "payload".repeat(100));
    let mut redactor = Redactor::default();
    for number in 0..3000 {
        redactor.learn([&Secret::new(token(number))]);
    }
    for number in (0..3000).step_by(100) {
        assert_eq!(redactor.cleaned(&format!("a {} b", token(number))), "a [secret] b");
    }
}

#[test]
fn what_is_quoted_again_and_again_is_found() {
    let redactor = redactor();
    let mut text = CANARY.to_owned();
    for level in 0..6 {
        text = serde_json::Value::from(format!("a {text} b")).to_string();
        let clean = redactor.cleaned(&text);
        assert!(clean.contains(MASK) && !clean.contains("Canary"), "{level}: {clean}");
        assert!(clean.contains("a ") && clean.contains(" b"), "{level}: {clean}");
    }
    assert!(!redactor.cleaned(r#"{\\\"k\\\":\\\"s3cr+t/Canary \\\\\\\"…"#).contains("Canary"));
}

#[test]
fn two_halves_in_one_quoted_text_are_taken_out() {
    let clean = redactor().cleaned("seen \"1 s3cr+t/Cana\\n2 ry \\\"e\\\"\\n\"");
    assert_eq!(clean, "seen \"1 [secret]\\n2 [secret]\\n\"");
}

#[test]
fn the_scheme_of_a_secret_address_is_an_ordinary_word() {
    let address = "postgres://probe:hunter-seven@db.invalid:5432/staging";
    let redactor = Redactor::new([&Secret::new(address.to_owned())]);
    for text in ["staging-shared-postgres", "it is a postgres…", "ends with postgres://"] {
        assert_eq!(redactor.cleaned(text), text);
    }
    assert_eq!(redactor.cleaned("asked postgres://probe:hu…"), "asked [secret]…");
}

#[test]
fn two_forms_of_one_secret_beside_each_other_are_not_taken_for_its_halves() {
    let secret = r#"pwd1"LongRestOfSecret99"#;
    let redactor = Redactor::new([&Secret::new(secret.to_owned())]);
    let mut lines = vec![
        r#"{"path":"/echo/x?q=pwd1\"LongRestOfSecret99"}"#.to_owned(),
        "/echo/x?q=pwd1%22LongRestOfSecret99".to_owned(),
    ];
    let mut outcome = outcome_that_received(lines.clone());
    redactor.clean_outcome(&mut outcome);
    lines.clone_from(&outcome.samples[0].attempts[0].observation.transcript.received);
    assert!(lines.iter().all(|line| !line.contains("LongRest") && line.contains(MASK)), "{lines:#?}");
}

fn outcome_that_received(received: Vec<String>) -> Outcome {
    let card = serde_json::json!({
        "id": "a", "title": "a", "component": "c", "owner": null, "source": null, "critical": false, "needs": [],
        "tags": [], "remedy": null, "runbook": null, "place": { "file": "f", "line": 1, "column": 1 },
        "text": "", "text_line": 1, "reproduce": [], "probes": []
    });
    let card: std::sync::Arc<ScenarioCard> = serde_json::from_value(card).unwrap();
    let mut outcome = Outcome::unasked(card, Reason::Passed);
    let mut observation = Observation::default();
    observation.transcript.received = received;
    let attempt = Attempt { step: None, probe: "http".into(), observation, findings: Vec::new() };
    let (after, took) = (std::time::Duration::ZERO, std::time::Duration::ZERO);
    outcome.samples.push(Sample { after, took, met: true, attempts: vec![attempt] });
    outcome
}
