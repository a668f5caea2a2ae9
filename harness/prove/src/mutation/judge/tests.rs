//! What a field's standing is, and what the whole comes to.

use fixproof::model::{Acceptance, At, Change, SourceId, Sources, Span, Vigilance};

use super::super::model::{AcceptedChange, MutatedAnswer, NotGreen, Stray};
use super::*;
use crate::report::tests::provenance;

const NOWHERE: Span = Span { source: SourceId(0), start: 0, end: 0 };

const ALL: [Change; 4] = [Change::Absent, Change::OtherType, Change::OtherValue, Change::Empty];

/// A filter that names neither the answer that is gone nor its scenarios, where there is to be one.
fn elsewhere(is_filtered: bool) -> Vec<String> {
    is_filtered.then(|| "elsewhere".to_owned()).into_iter().collect()
}

fn names(names: &[&str]) -> Vec<Arc<str>> {
    names.iter().map(|name| (*name).into()).collect()
}

/// A field of which `a` noticed the first so many of all changes.
fn field(readers: &[&str], noticed: &[Change]) -> MutatedField {
    let outcome = |change: Change| MutationOutcome {
        change,
        red: if noticed.contains(&change) { names(&["a"]) } else { Vec::new() },
        green: Vec::new(),
        undecided: Vec::new(),
    };
    judge_field("$.x".to_owned(), names(readers), names(&["p"]), ALL.map(outcome).to_vec(), true)
}

#[test]
fn a_field_is_noticed_when_its_absence_its_type_and_one_other_value_are() {
    use Change::{Absent, Empty, OtherType, OtherValue};
    for (noticed, standing, unnoticed) in [
        (&[Absent, OtherType, OtherValue, Empty][..], FieldStanding::Noticed, &[][..]),
        (&[Absent, OtherType, Empty], FieldStanding::Noticed, &[]),
        (&[Absent, OtherType], FieldStanding::Weak, &["another value"]),
        (&[Absent], FieldStanding::Weak, &["another type", "another value"]),
        (&[], FieldStanding::Blind, &["dropped", "another type", "another value"]),
    ] {
        let judged = field(&["a"], noticed);
        assert_eq!((judged.standing, judged.unnoticed.as_slice()), (standing, unnoticed));
    }
}

#[test]
fn of_two_readers_each_must_notice_something() {
    let judged = field(&["a", "b"], &ALL);
    assert_eq!((judged.standing, judged.blind), (FieldStanding::Weak, names(&["b"])));
}

#[test]
fn what_nobody_is_known_to_read_is_a_hole_unless_somebody_noticed() {
    assert_eq!(field(&[], &[]).standing, FieldStanding::Unread);
    assert_eq!(field(&[], &[Change::Absent]).standing, FieldStanding::Noticed);
    let untried = judge_field("$.x".to_owned(), names(&["a"]), Vec::new(), Vec::new(), false);
    assert_eq!(untried.standing, FieldStanding::Untried);
}

fn answers(fields: Vec<MutatedField>) -> Vec<MutatedAnswer> {
    vec![MutatedAnswer { answer: "b GET /".to_owned(), asked_by: names(&["a"]), fields }]
}

fn proof(fields: Vec<MutatedField>, strays: usize, unhealthy: usize, interrupted: bool) -> Judged {
    let stray = Stray { scenario: "s".into(), mutations: Vec::new(), detail: String::new() };
    let red = NotGreen { scenario: "s".into(), detail: String::new() };
    let results = MutationResults {
        strays: vec![stray; strays],
        unhealthy: vec![red; unhealthy],
        interrupted,
        ..results(answers(fields))
    };
    judged(results, Vec::new(), Vec::new())
}

fn results(answers: Vec<MutatedAnswer>) -> MutationResults {
    MutationResults {
        answers,
        strays: Vec::new(),
        unhealthy: Vec::new(),
        trials: 1,
        interrupted: false,
        unmatched: None,
    }
}

/// The result and what was found.
struct Judged {
    result: ProofResult,
    found: MutationProof,
}

fn judged(results: MutationResults, missed: Vec<MissedChange>, needless: Vec<NeedlessAcceptance>) -> Judged {
    let proof = concluded(provenance(Vec::new()), results, missed, needless);
    let Section::Mutation(found) = proof.section else { panic!("a proof by mutation") };
    Judged { result: proof.result, found }
}

#[test]
fn holes_alone_do_not_fail_a_proof_and_everything_else_does() {
    use Change::Absent;
    let noticed = || field(&["a"], &ALL);
    let whole = proof(vec![noticed(), field(&[], &[])], 0, 0, false);
    assert_eq!(whole.result, ProofResult::Proved);
    assert_eq!(
        (whole.found.mutations.to_string(), whole.found.fields.to_string()),
        ("4/4".to_owned(), "1/1".to_owned())
    );
    assert_eq!(whole.found.of_standing(FieldStanding::Unread).count(), 1);
    let weak = proof(vec![noticed(), field(&["a"], &[Absent])], 0, 0, false);
    assert_eq!((weak.result, weak.found.fields.to_string()), (ProofResult::NotProved, "1/2".to_owned()));
    assert_eq!(proof(vec![field(&["a"], &[])], 0, 0, false).result, ProofResult::NotProved);
    assert_eq!(proof(vec![noticed()], 1, 0, false).result, ProofResult::NotProved);
    assert_eq!(proof(vec![noticed()], 0, 1, false).result, ProofResult::Unhealthy);
    assert_eq!(proof(vec![noticed()], 0, 0, true).result, ProofResult::Interrupted);
}

/// What comes of the fields of `b GET /` when these changes of `$.x` are accepted: their standings, and what is needless.
fn accepting(fields: Vec<MutatedField>, changes: &[&'static str], partial: bool) -> (Judged, Vec<String>) {
    let acceptance = |answer: &str, field: &str, change| Acceptance {
        answer: At::new(answer.to_owned(), NOWHERE),
        field: At::new(field.to_owned(), NOWHERE),
        change,
        why: "any will do".to_owned(),
        span: NOWHERE,
    };
    let mut accepted: Vec<_> = changes.iter().map(|change| acceptance("b GET /", "$.x", change)).collect();
    accepted.push(acceptance("b GET /gone", "$.x", "dropped"));
    let mut answers = answers(fields);
    let filters = elsewhere(partial);
    let scope = Scope { filters: &filters, skipped: &[] };
    let needless = accept(&mut answers, &accepted, &Sources::default(), scope);
    let told = needless.iter().map(|needless| format!("{}: {}", needless.change, needless.detail)).collect();
    let needless = needless.into_iter().filter(|needless| needless.answer == "b GET /").collect();
    (judged(results(answers), Vec::new(), needless), told)
}

#[test]
fn what_a_person_accepted_need_not_be_noticed() {
    use Change::{Absent, OtherType};
    let gone = "dropped: there is no answer `b GET /gone` that a scenario asks for".to_owned();
    let (proof, told) = accepting(vec![field(&["a"], &[Absent, OtherType])], &["another value"], false);
    assert_eq!((proof.result, told), (ProofResult::Proved, vec![gone]));
    let one = &proof.found.answers[0].fields[0];
    assert_eq!((one.standing, &one.unnoticed), (FieldStanding::Accepted, &vec!["another value"]));
    assert_eq!((one.accepted[0].change, &*one.accepted[0].why), ("another value", "any will do"));
    assert_eq!(proof.found.fields.to_string(), "0/1", "accepted is not noticed");
    // Of two that go unnoticed, one.
    let (proof, _) = accepting(vec![field(&["a"], &[Absent])], &["another value"], true);
    assert_eq!(
        (proof.result, proof.found.answers[0].fields[0].standing),
        (ProofResult::NotProved, FieldStanding::Weak)
    );
    let (proof, told) = accepting(vec![field(&["a"], &[Absent])], &["another value", "another type"], true);
    assert_eq!((proof.result, told), (ProofResult::Proved, Vec::new()));
}

#[test]
fn an_acceptance_that_excuses_nothing_must_go() {
    for (fields, detail) in [
        (vec![field(&["a"], &ALL)], "dropped: a scenario notices it"),
        (vec![field(&[], &[])], "dropped: no scenario reads it"),
        (
            vec![field(&["a"], &[])],
            "dropped: no change of it is noticed at all: whoever reads it must notice one",
        ),
        (Vec::new(), "dropped: `b GET /` has no field `$.x`"),
    ] {
        let (proof, told) = accepting(fields, &["dropped"], true);
        assert_eq!((proof.result, told), (ProofResult::NotProved, vec![detail.to_owned()]));
    }
    let untried = judge_field("$.x".to_owned(), names(&["a"]), Vec::new(), Vec::new(), false);
    assert_eq!(accepting(vec![untried], &["dropped"], true).1, Vec::<String>::new());
    let mut never = field(&["a"], &[]);
    never.changes.retain(|outcome| outcome.change == Change::OtherValue);
    never.standing = FieldStanding::Weak;
    assert_eq!(accepting(vec![never], &["dropped"], true).1, ["dropped: no such change can be made of it"]);
}

#[test]
fn no_acceptance_makes_a_reader_good_who_notices_nothing() {
    let two = field(&["a", "b"], &[Change::Absent, Change::OtherType]);
    let (proof, told) = accepting(vec![two], &["another value"], true);
    assert_eq!((proof.result, told), (ProofResult::NotProved, Vec::new()));
    assert_eq!(proof.found.answers[0].fields[0].standing, FieldStanding::Weak);
}

/// What `a` and `b` miss of `$.x` of `b GET /`.
fn missing(fields: Vec<MutatedField>, changes: &[&str], partial: bool) -> Vec<String> {
    missing_without(fields, changes, partial, &[])
}

fn missing_without(
    fields: Vec<MutatedField>,
    changes: &[&str],
    partial: bool,
    skipped: &[&str],
) -> Vec<String> {
    let at = |text: &str| At::new(text.to_owned(), NOWHERE);
    let of = |answer: &str| Vigilance {
        answer: at(answer),
        fields: vec![at("$.x")],
        by: vec![at("a"), at("b")],
        changes: changes.iter().map(|change| at(change)).collect(),
        span: NOWHERE,
    };
    let answers = answers(fields);
    let skipped: Vec<String> = skipped.iter().map(|id| (*id).to_owned()).collect();
    let all = [of("b GET /"), of("b GET /gone")];
    let told = missed(
        &answers,
        &all,
        &Sources::default(),
        Scope { filters: &elsewhere(partial), skipped: &skipped },
    );
    let one = |m: &MissedChange| format!("{} {} {}: {}", m.scenario, m.answer, m.changes.join("+"), m.detail);
    told.iter().map(one).collect()
}

#[test]
fn who_must_notice_and_does_not_is_named_with_what_it_misses() {
    use Change::{Absent, OtherType};
    let blind = "b b GET / dropped+another type+another value: it does not ask for this answer";
    assert_eq!(missing(vec![field(&["a"], &ALL)], &[], true), [blind]);
    assert_eq!(
        missing(vec![field(&["a"], &[Absent, OtherType])], &[], true),
        ["a b GET / another value: it stays green", blind]
    );
    let some = ["dropped", "another type"];
    assert_eq!(missing(vec![field(&["a"], &[Absent, OtherType])], &some, true).len(), 1, "only b");
    // Somebody took the expectation out: nobody reads it any more, and it would be a hole among others.
    let gone = "a b GET / dropped+another type+another value: no expectation of it looks there";
    assert_eq!(missing(vec![field(&[], &[])], &[], true), [gone, blind]);
    assert_eq!(missing(Vec::new(), &[], true)[0], "a b GET / : the answer has no such field");
    assert_eq!(
        missing(vec![field(&["a"], &ALL)], &[], false)[1],
        "a b GET /gone : no scenario asks for such an answer"
    );
    let untried = judge_field("$.x".to_owned(), names(&["a"]), Vec::new(), Vec::new(), false);
    assert_eq!(missing(vec![untried], &[], true)[0], "a b GET / : it was not tried");
    // What can't be done to a field nobody can notice, and nobody may claim to.
    let mut never = field(&["a"], &ALL);
    never.changes.retain(|outcome| outcome.change == Change::OtherValue);
    assert_eq!(
        missing(vec![never], &["dropped"], true)[0],
        "a b GET / dropped: no such change can be made of it"
    );
}

#[test]
fn what_is_accepted_is_missed_by_nobody_and_a_miss_fails_a_proof() {
    let mut weak = field(&["a"], &[Change::Absent, Change::OtherType]);
    weak.accepted = vec![AcceptedChange { change: "another value", why: String::new() }];
    assert_eq!(missing(vec![weak.clone()], &[], true).len(), 1, "only b");
    weak.changes[2].undecided = names(&["a"]);
    weak.accepted.clear();
    assert!(missing(vec![weak], &[], true)[0].ends_with("it came to no verdict, also when asked again"));
    let one = MissedChange {
        scenario: String::new(),
        answer: String::new(),
        field: String::new(),
        changes: Vec::new(),
        place: String::new(),
        detail: String::new(),
    };
    let whole = results(answers(vec![field(&["a"], &ALL)]));
    let proof = judged(whole, vec![one], Vec::new());
    assert_eq!(proof.result, ProofResult::NotProved);
}

#[test]
fn of_a_scenario_that_is_skipped_nothing_is_demanded() {
    assert_eq!(missing_without(vec![field(&["a"], &ALL)], &[], true, &["b"]), Vec::<String>::new());
    // That `b` is skipped is no excuse for `a`, which asks for this answer no more.
    let gone = "a b GET /gone : no scenario asks for such an answer";
    assert_eq!(missing_without(vec![field(&["a"], &ALL)], &[], false, &["b"]), [gone]);
    let accepted = [Acceptance {
        answer: At::new("b GET /".to_owned(), NOWHERE),
        field: At::new("$.x".to_owned(), NOWHERE),
        change: "dropped",
        why: "any will do".to_owned(),
        span: NOWHERE,
    }];
    // Whoever reads it may be the one that is skipped.
    let mut answers = answers(vec![field(&[], &[])]);
    let scope = Scope { filters: &[], skipped: &["b".to_owned()] };
    assert_eq!(accept(&mut answers, &accepted, &Sources::default(), scope), Vec::new());
}
