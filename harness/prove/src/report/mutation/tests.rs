//! What a reader sees of mutations.

use std::sync::Arc;

use crate::mutation::{AcceptedChange, MissedChange, MutationOutcome, NeedlessAcceptance, NotGreen, Stray};
use crate::{ProofKind, Section};
use fixproof::model::{Change, Counted};
use fixproof::report::bounded_json;

use super::super::format::summary;
use super::super::recorded::Detail;
use super::super::tests::{HOSTILE, provenance};
use super::*;

fn ids(all: &[&str]) -> Vec<Arc<str>> {
    all.iter().map(|id| (*id).into()).collect()
}

fn field(name: &str, standing: FieldStanding, unnoticed: Vec<&'static str>) -> MutatedField {
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
        unnoticed,
        accepted: Vec::new(),
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
    let unread = |name: &str| field(name, FieldStanding::Unread, Vec::new());
    let accepted = MutatedField {
        accepted: vec![AcceptedChange { change: "another type", why: hostile() }],
        ..field(HOSTILE, FieldStanding::Accepted, vec!["another type"])
    };
    let answers = vec![
        answer(
            "auth GET /me",
            &["login"],
            vec![
                unread(CONTENT_TYPE),
                unread("$.more"),
                unread("$.more.deep"),
                unread("$.more['deep-er']"),
                unread("$.moreover"),
                field("$.email", FieldStanding::Weak, vec!["another type", "another value"]),
                field("$.name", FieldStanding::Noticed, Vec::new()),
            ],
        ),
        answer("auth GET /nobody", &[], vec![unread("$.a"), unread("status")]),
        answer(
            HOSTILE,
            &[HOSTILE],
            vec![field(HOSTILE, FieldStanding::Blind, vec!["dropped"]), unread(HOSTILE), accepted],
        ),
    ];
    let section = MutationProof {
        trials: 7,
        mutations: Counted { seen: 7, of: 9 },
        fields: Counted { seen: 1, of: 3 },
        unhealthy: vec![NotGreen { scenario: HOSTILE.into(), detail: hostile() }],
        answers,
        strays: vec![Stray {
            scenario: HOSTILE.into(),
            mutations: vec![hostile(), hostile()],
            detail: HOSTILE.repeat(100),
        }],
        missed: vec![MissedChange {
            scenario: hostile(),
            answer: hostile(),
            field: hostile(),
            changes: vec!["dropped", "another type"],
            place: hostile(),
            detail: HOSTILE.repeat(100),
        }],
        needless: vec![NeedlessAcceptance {
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
fn holes_are_listed_by_answer_with_only_the_outer_of_nested_fields() {
    let text = said(&proof(ProofResult::NotProved, false), false);
    for line in [
        "  auth GET /me: $.more and the 2 in it, $.moreover",
        "  auth GET /nobody: no scenario asks for it (2 fields)",
        "  header.content-type of 1 answer",
        "weak  auth GET /me $.email: login and me read it, and no scenario notices it with another type or with another value; me never notices it",
    ] {
        assert!(text.lines().any(|said| said == line), "{line}\n{text}");
    }
    assert!(
        text.contains(
            "mutations: noticed 7/9; fields read: 1/3 noticed in every way, 1 accepted as it is; 8 fields"
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
                |c: &char| *c != '\n' && fixproof::report::harmless(&c.to_string()) != c.to_string();
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
    super::super::schema::tests::assert_keeps(&json, ProofKind::Mutation);
    let json = &json["mutation"];
    assert_eq!(json["answers"][0]["fields"][0]["standing"], "unread");
}

#[test]
fn what_is_accepted_is_told_with_its_reason_and_not_called_weak() {
    let mut whole = proof(ProofResult::Proved, false);
    let email = &mut section(&mut whole).answers[0].fields[5];
    email.accepted = vec![AcceptedChange { change: "another type", why: "a number will do".to_owned() }];
    email.blind.clear();
    let weak = said(&whole, false);
    assert!(weak.contains("no scenario notices it with another value\n"), "{weak}");
    assert!(!weak.contains("a number will do"), "{weak}");
    section(&mut whole).answers[0].fields[5].standing = FieldStanding::Accepted;
    let accepted = said(&whole, false);
    for line in [
        "accepted auth GET /me $.email with another type: a number will do\n",
        "1/3 noticed in every way, 2 accepted as it is;",
        "PROVED: every field that is read is noticed by exactly those who read it, but for 2 whose reasons stand in controls/\n",
    ] {
        assert!(accepted.contains(line), "{line}\n{accepted}");
    }
    assert!(!accepted.contains("weak"), "{accepted}");
    assert!(!said(&whole, true).contains("a number will do"));
    section(&mut whole).needless[0].place = "controls/x.toml:3:1".to_owned();
    whole.result = ProofResult::NotProved;
    let needless = said(&whole, true);
    assert!(needless.contains("needless controls/x.toml:3:1: it accepts "), "{needless}");
    assert!(
        needless.contains("1 field is missed by who must notice it, and 1 acceptance must go"),
        "{needless}"
    );
}
