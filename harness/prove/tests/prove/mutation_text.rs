//! What a terminal and JSON say of mutations.

use std::sync::Arc;

use fixproof::model::{Change, Counted};
use fixproof::report::bounded_json;
use fixproof::report::style::Style;
use fixproof_prove::mutation::{
    FalseAlarm, FieldStanding, MissingKill, MutatedAnswer, MutatedField, MutationOutcome, MutationProof,
    NotGreen, SuppressedChange, UnusedSuppression,
};
use fixproof_prove::report::{Detail, summary};
use fixproof_prove::{Proof, ProofKind, ProofResult, Section};

use super::fixtures::{HOSTILE, provenance};
use super::schema::assert_keeps;

fn ids(all: &[&str]) -> Vec<Arc<str>> {
    all.iter().map(|id| (*id).into()).collect()
}

fn field(name: &str, standing: FieldStanding, survived: Vec<&'static str>) -> MutatedField {
    let changes = Change::ALL.map(|change| MutationOutcome {
        change,
        red: ids(&["login"]),
        green: ids(&[HOSTILE]),
        undecided: Vec::new(),
    });
    let (readers, blind) = (ids(&["login", "me"]), ids(&["me"]));
    let perhaps = Vec::new();
    MutatedField {
        field: name.to_owned(),
        standing,
        readers,
        perhaps,
        blind,
        survived,
        suppressed: Vec::new(),
        changes: changes.into(),
    }
}

fn proof(result: ProofResult, partial: bool) -> Proof {
    let hostile = || HOSTILE.to_owned();
    let answer = |name: &str, asked_by: &[&str], fields| MutatedAnswer {
        answer: name.to_owned(),
        asked_by: ids(asked_by),
        fields,
    };
    let unread = |name: &str| field(name, FieldStanding::Uncovered, Vec::new());
    let accepted = MutatedField {
        suppressed: vec![SuppressedChange { change: "another type", why: hostile() }],
        ..field(HOSTILE, FieldStanding::Suppressed, vec!["another type"])
    };
    let answers = vec![
        answer(
            "auth GET /me",
            &["login"],
            vec![
                unread("header.content-type"),
                unread("$.more"),
                unread("$.more.deep"),
                unread("$.more['deep-er']"),
                unread("$.moreover"),
                field("$.email", FieldStanding::PartiallyKilled, vec!["another type", "another value"]),
                field("$.name", FieldStanding::Killed, Vec::new()),
            ],
        ),
        answer("auth GET /unrequested", &[], vec![unread("$.a"), unread("status")]),
        answer(
            HOSTILE,
            &[HOSTILE],
            vec![field(HOSTILE, FieldStanding::Survived, vec!["dropped"]), unread(HOSTILE), accepted],
        ),
    ];
    let section = MutationProof {
        trials: 7,
        mutations: Counted { seen: 7, of: 9 },
        fields: Counted { seen: 1, of: 3 },
        unhealthy: vec![NotGreen { scenario: HOSTILE.into(), detail: hostile() }],
        answers,
        false_alarms: vec![FalseAlarm {
            scenario: HOSTILE.into(),
            mutations: vec![hostile(), hostile()],
            detail: HOSTILE.repeat(100),
        }],
        missing_kills: vec![MissingKill {
            scenario: hostile(),
            answer: hostile(),
            field: hostile(),
            changes: vec!["dropped", "another type"],
            place: hostile(),
            detail: HOSTILE.repeat(100),
        }],
        unused_suppressions: vec![UnusedSuppression {
            answer: hostile(),
            field: hostile(),
            change: "dropped",
            place: hostile(),
            detail: HOSTILE.repeat(100),
        }],
    };
    let filters = if partial { vec![hostile()] } else { Vec::new() };
    Proof::new(provenance(filters), result, Section::Mutation(section))
}

fn section(proof: &mut Proof) -> &mut MutationProof {
    match &mut proof.section {
        Section::Mutation(mutation) => mutation,
        Section::Controls(_) | Section::Recorded(_) => panic!("a proof by mutation"),
    }
}

fn said(proof: &Proof, quiet: bool) -> String {
    summary(proof, if quiet { Detail::Quiet } else { Detail::Normal }, Style::PLAIN)
}

#[test]
fn uncovered_fields_are_listed_by_answer_with_only_the_outer_of_nested_fields() {
    let text = said(&proof(ProofResult::NotProved, false), false);
    for line in [
        "  auth GET /me: $.more and the 2 in it, $.moreover",
        "  auth GET /unrequested: no scenario requests it (2 fields)",
        "  header.content-type of 1 answer",
        "partially killed auth GET /me $.email: read by login and me; survived: another type, another value; no kill by me",
    ] {
        assert!(text.lines().any(|said| said == line), "{line}\n{text}");
    }
    assert!(
        text.contains(
            "mutations: 7/9 killed; fields read: 1/3 killed in every way, 1 suppressed; 8 fields uncovered"
        ),
        "{text}"
    );
    assert!(!said(&proof(ProofResult::NotProved, false), true).contains("$.moreover"));
}

#[test]
fn no_line_lets_a_terminal_obey_a_target() {
    let results =
        [ProofResult::Proved, ProofResult::NotProved, ProofResult::Unhealthy, ProofResult::Interrupted];
    for result in results {
        for partial in [false, true] {
            let said = said(&proof(result, partial), false);
            let harmful =
                |c: &char| *c != '\n' && fixproof::report::sanitize(&c.to_string()) != c.to_string();
            assert_eq!(said.chars().find(harmful), None, "{said}");
            assert!(said.len() < 50_000, "{}", said.len());
            let proved = said.lines().any(|line| line.starts_with("PROVED"));
            assert_eq!(proved, result == ProofResult::Proved && !partial, "{said}");
        }
    }
}

#[test]
fn its_json_has_the_members_that_its_schema_names() {
    let bytes = bounded_json::write(&proof(ProofResult::NotProved, true)).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_keeps(&json, ProofKind::Mutation);
    let json = &json["mutation"];
    assert_eq!(json["answers"][0]["fields"][0]["standing"], "uncovered");
}

#[test]
fn a_suppressed_survivor_is_listed_with_its_reason_and_not_as_partially_killed() {
    let mut whole = proof(ProofResult::Proved, false);
    let email = &mut section(&mut whole).answers[0].fields[5];
    email.suppressed = vec![SuppressedChange { change: "another type", why: "a number will do".to_owned() }];
    email.blind.clear();
    let weak = said(&whole, false);
    assert!(weak.contains("survived: another value\n"), "{weak}");
    assert!(!weak.contains("a number will do"), "{weak}");
    section(&mut whole).answers[0].fields[5].standing = FieldStanding::Suppressed;
    let accepted = said(&whole, false);
    for line in [
        "suppressed auth GET /me $.email another type: a number will do\n",
        "1/3 killed in every way, 2 suppressed;",
        "PROVED: every change of a field that is read is killed or suppressed (2 fields), without a false alarm\n",
    ] {
        assert!(accepted.contains(line), "{line}\n{accepted}");
    }
    assert!(!accepted.contains("partially killed"), "{accepted}");
    assert!(!said(&whole, true).contains("a number will do"));
    section(&mut whole).unused_suppressions[0].place = "controls/x.toml:3:1".to_owned();
    whole.result = ProofResult::NotProved;
    let needless = said(&whole, true);
    assert!(needless.contains("unused suppression controls/x.toml:3:1: "), "{needless}");
    assert!(needless.contains("1 missing kill, 1 unused suppression"), "{needless}");
}
