//! The standing of a field, and the result of the whole.

use fixproof::model::{AllowedSurvivor, At, Change, RequiredDetection, SourceId, Sources, Span};

use super::super::model::{FalseAlarm, MutatedAnswer, NotGreen, SuppressedChange};
use super::*;

const NOWHERE: Span = Span { source: SourceId(0), start: 0, end: 0 };

const ALL: [Change; 4] = [Change::Absent, Change::OtherType, Change::OtherValue, Change::Empty];

/// A filter that names neither the answer that is gone nor its scenarios, where there is to be one.
fn elsewhere(is_filtered: bool) -> Vec<String> {
    is_filtered.then(|| "elsewhere".to_owned()).into_iter().collect()
}

fn names(names: &[&str]) -> Vec<Arc<str>> {
    names.iter().map(|name| (*name).into()).collect()
}

/// A field of which `a` kills these changes.
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
fn a_field_is_killed_when_its_absence_its_type_and_one_other_value_are() {
    use Change::{Absent, Empty, OtherType, OtherValue};
    for (noticed, standing, survived) in [
        (&[Absent, OtherType, OtherValue, Empty][..], FieldStanding::Killed, &[][..]),
        (&[Absent, OtherType, Empty], FieldStanding::Killed, &[]),
        (&[Absent, OtherType], FieldStanding::PartiallyKilled, &["another value"]),
        (&[Absent], FieldStanding::PartiallyKilled, &["another type", "another value"]),
        (&[], FieldStanding::Survived, &["dropped", "another type", "another value"]),
    ] {
        let judged = field(&["a"], noticed);
        assert_eq!((judged.standing, judged.survived.as_slice()), (standing, survived));
    }
}

#[test]
fn each_of_two_readers_must_kill_a_change() {
    let judged = field(&["a", "b"], &ALL);
    assert_eq!((judged.standing, judged.blind), (FieldStanding::PartiallyKilled, names(&["b"])));
}

#[test]
fn a_field_without_known_readers_is_uncovered_unless_a_change_is_killed() {
    assert_eq!(field(&[], &[]).standing, FieldStanding::Uncovered);
    assert_eq!(field(&[], &[Change::Absent]).standing, FieldStanding::Killed);
    let untried = judge_field("$.x".to_owned(), names(&["a"]), Vec::new(), Vec::new(), false);
    assert_eq!(untried.standing, FieldStanding::Untried);
}

fn answers(fields: Vec<MutatedField>) -> Vec<MutatedAnswer> {
    vec![MutatedAnswer { answer: "b GET /".to_owned(), asked_by: names(&["a"]), fields }]
}

fn proof(fields: Vec<MutatedField>, false_alarms: usize, unhealthy: usize, interrupted: bool) -> Judged {
    let false_alarm = FalseAlarm { scenario: "s".into(), mutations: Vec::new(), detail: String::new() };
    let red = NotGreen { scenario: "s".into(), detail: String::new() };
    let results = MutationResults {
        false_alarms: vec![false_alarm; false_alarms],
        unhealthy: vec![red; unhealthy],
        interrupted,
        ..results(answers(fields))
    };
    judged(results, Vec::new(), Vec::new())
}

fn results(answers: Vec<MutatedAnswer>) -> MutationResults {
    MutationResults {
        answers,
        false_alarms: Vec::new(),
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

fn judged(results: MutationResults, missed: Vec<MissingKill>, unused: Vec<UnusedSuppression>) -> Judged {
    let proof = concluded(ProofProvenance::unnamed(Vec::new()), results, missed, unused);
    let Section::Mutation(found) = proof.section else { panic!("a proof by mutation") };
    Judged { result: proof.result, found }
}

#[test]
fn uncovered_fields_alone_do_not_fail_a_proof_and_everything_else_does() {
    use Change::Absent;
    let noticed = || field(&["a"], &ALL);
    let whole = proof(vec![noticed(), field(&[], &[])], 0, 0, false);
    assert_eq!(whole.result, ProofResult::Proved);
    assert_eq!(
        (whole.found.mutations.to_string(), whole.found.fields.to_string()),
        ("4/4".to_owned(), "1/1".to_owned())
    );
    assert_eq!(whole.found.of_standing(FieldStanding::Uncovered).count(), 1);
    let weak = proof(vec![noticed(), field(&["a"], &[Absent])], 0, 0, false);
    assert_eq!((weak.result, weak.found.fields.to_string()), (ProofResult::NotProved, "1/2".to_owned()));
    assert_eq!(proof(vec![field(&["a"], &[])], 0, 0, false).result, ProofResult::NotProved);
    assert_eq!(proof(vec![noticed()], 1, 0, false).result, ProofResult::NotProved);
    assert_eq!(proof(vec![noticed()], 0, 1, false).result, ProofResult::Unhealthy);
    assert_eq!(proof(vec![noticed()], 0, 0, true).result, ProofResult::Interrupted);
}

/// The proof of the fields of `b GET /` where these survivors of `$.x` are allowed, and the unused suppressions.
fn accepting(fields: Vec<MutatedField>, changes: &[&'static str], partial: bool) -> (Judged, Vec<String>) {
    let acceptance = |answer: &str, field: &str, change| AllowedSurvivor {
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
    let unused = suppress(&mut answers, &accepted, &Sources::default(), scope);
    let details = unused.iter().map(|unused| format!("{}: {}", unused.change, unused.detail)).collect();
    let unused = unused.into_iter().filter(|unused| unused.answer == "b GET /").collect();
    (judged(results(answers), Vec::new(), unused), details)
}

#[test]
fn allowed_survivors_are_suppressed() {
    use Change::{Absent, OtherType};
    let gone = "dropped: no scenario requests an answer `b GET /gone`".to_owned();
    let (proof, details) = accepting(vec![field(&["a"], &[Absent, OtherType])], &["another value"], false);
    assert_eq!((proof.result, details), (ProofResult::Proved, vec![gone]));
    let one = &proof.found.answers[0].fields[0];
    assert_eq!((one.standing, &one.survived), (FieldStanding::Suppressed, &vec!["another value"]));
    assert_eq!((one.suppressed[0].change, &*one.suppressed[0].why), ("another value", "any will do"));
    assert_eq!(proof.found.fields.to_string(), "0/1", "suppressed is not killed");
    // One of two survivors.
    let (proof, _) = accepting(vec![field(&["a"], &[Absent])], &["another value"], true);
    assert_eq!(
        (proof.result, proof.found.answers[0].fields[0].standing),
        (ProofResult::NotProved, FieldStanding::PartiallyKilled)
    );
    let (proof, details) =
        accepting(vec![field(&["a"], &[Absent])], &["another value", "another type"], true);
    assert_eq!((proof.result, details), (ProofResult::Proved, Vec::new()));
}

#[test]
fn an_unused_suppression_fails_a_proof() {
    for (fields, detail) in [
        (vec![field(&["a"], &ALL)], "dropped: a scenario kills it"),
        (vec![field(&[], &[])], "dropped: no scenario reads it"),
        (
            vec![field(&["a"], &[])],
            "dropped: no change of it is killed: only a field with a kill can have allowed survivors",
        ),
        (Vec::new(), "dropped: `b GET /` has no field `$.x`"),
    ] {
        let (proof, details) = accepting(fields, &["dropped"], true);
        assert_eq!((proof.result, details), (ProofResult::NotProved, vec![detail.to_owned()]));
    }
    let untried = judge_field("$.x".to_owned(), names(&["a"]), Vec::new(), Vec::new(), false);
    assert_eq!(accepting(vec![untried], &["dropped"], true).1, Vec::<String>::new());
    let mut never = field(&["a"], &[]);
    never.changes.retain(|outcome| outcome.change == Change::OtherValue);
    never.standing = FieldStanding::PartiallyKilled;
    assert_eq!(accepting(vec![never], &["dropped"], true).1, ["dropped: this change can't be applied to it"]);
}

#[test]
fn a_reader_without_a_kill_can_not_be_suppressed() {
    let two = field(&["a", "b"], &[Change::Absent, Change::OtherType]);
    let (proof, details) = accepting(vec![two], &["another value"], true);
    assert_eq!((proof.result, details), (ProofResult::NotProved, Vec::new()));
    assert_eq!(proof.found.answers[0].fields[0].standing, FieldStanding::PartiallyKilled);
}

/// The missing kills of `a` and `b` of `$.x` of `b GET /`.
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
    let of = |answer: &str| RequiredDetection {
        answer: at(answer),
        fields: vec![at("$.x")],
        by: vec![at("a"), at("b")],
        changes: changes.iter().map(|change| at(change)).collect(),
        span: NOWHERE,
    };
    let answers = answers(fields);
    let skipped: Vec<String> = skipped.iter().map(|id| (*id).to_owned()).collect();
    let all = [of("b GET /"), of("b GET /gone")];
    let details = missing_kills(
        &answers,
        &all,
        &Sources::default(),
        Scope { filters: &elsewhere(partial), skipped: &skipped },
    );
    let one = |m: &MissingKill| format!("{} {} {}: {}", m.scenario, m.answer, m.changes.join("+"), m.detail);
    details.iter().map(one).collect()
}

#[test]
fn a_missing_kill_is_named_with_the_surviving_changes() {
    use Change::{Absent, OtherType};
    let blind = "b b GET / dropped+another type+another value: it does not request this answer";
    assert_eq!(missing(vec![field(&["a"], &ALL)], &[], true), [blind]);
    assert_eq!(
        missing(vec![field(&["a"], &[Absent, OtherType])], &[], true),
        ["a b GET / another value: it still passes", blind]
    );
    let some = ["dropped", "another type"];
    assert_eq!(missing(vec![field(&["a"], &[Absent, OtherType])], &some, true).len(), 1, "only b");
    // The expectation was removed: the field is uncovered.
    let gone = "a b GET / dropped+another type+another value: no expectation of it reads this field";
    assert_eq!(missing(vec![field(&[], &[])], &[], true), [gone, blind]);
    assert_eq!(missing(Vec::new(), &[], true)[0], "a b GET / : the answer has no such field");
    assert_eq!(
        missing(vec![field(&["a"], &ALL)], &[], false)[1],
        "a b GET /gone : no scenario requests this answer"
    );
    let untried = judge_field("$.x".to_owned(), names(&["a"]), Vec::new(), Vec::new(), false);
    assert_eq!(missing(vec![untried], &[], true)[0], "a b GET / : not tried");
    // A change that can't be applied can't be killed, and can't be required.
    let mut never = field(&["a"], &ALL);
    never.changes.retain(|outcome| outcome.change == Change::OtherValue);
    assert_eq!(
        missing(vec![never], &["dropped"], true)[0],
        "a b GET / dropped: this change can't be applied to the field"
    );
}

#[test]
fn a_suppressed_change_is_no_missing_kill_and_a_missing_kill_fails_a_proof() {
    let mut weak = field(&["a"], &[Change::Absent, Change::OtherType]);
    weak.suppressed = vec![SuppressedChange { change: "another value", why: String::new() }];
    assert_eq!(missing(vec![weak.clone()], &[], true).len(), 1, "only b");
    weak.changes[2].undecided = names(&["a"]);
    weak.suppressed.clear();
    assert!(missing(vec![weak], &[], true)[0].ends_with("no verdict, even after retries"));
    let one = MissingKill {
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
fn nothing_is_demanded_of_a_skipped_scenario() {
    assert_eq!(missing_without(vec![field(&["a"], &ALL)], &[], true, &["b"]), Vec::<String>::new());
    // That `b` is skipped does not excuse `a`, which no longer requests this answer.
    let gone = "a b GET /gone : no scenario requests this answer";
    assert_eq!(missing_without(vec![field(&["a"], &ALL)], &[], false, &["b"]), [gone]);
    let accepted = [AllowedSurvivor {
        answer: At::new("b GET /".to_owned(), NOWHERE),
        field: At::new("$.x".to_owned(), NOWHERE),
        change: "dropped",
        why: "any will do".to_owned(),
        span: NOWHERE,
    }];
    // The skipped scenario may be its reader.
    let mut answers = answers(vec![field(&[], &[])]);
    let scope = Scope { filters: &[], skipped: &["b".to_owned()] };
    assert_eq!(suppress(&mut answers, &accepted, &Sources::default(), scope), Vec::new());
}
