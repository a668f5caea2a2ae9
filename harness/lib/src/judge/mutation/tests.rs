//! What a field's standing is, and what the whole comes to.

use std::time::Duration;

use super::*;
use crate::model::{Host, MutationKind, Timestamp};

const ALL: [MutationKind; 4] =
    [MutationKind::Dropped, MutationKind::Retyped, MutationKind::Replaced, MutationKind::Emptied];

fn names(names: &[&str]) -> Vec<Arc<str>> {
    names.iter().map(|name| (*name).into()).collect()
}

/// A field of which `a` noticed the first so many of all changes.
fn field(readers: &[&str], noticed: &[MutationKind]) -> MutatedField {
    let outcome = |change: MutationKind| MutationOutcome {
        change,
        red: if noticed.contains(&change) { names(&["a"]) } else { Vec::new() },
        green: Vec::new(),
        undecided: Vec::new(),
    };
    judge_field("$.x".to_owned(), names(readers), names(&["p"]), ALL.map(outcome).to_vec(), true)
}

#[test]
fn a_field_is_noticed_when_its_absence_its_type_and_one_other_value_are() {
    use MutationKind::{Dropped, Emptied, Replaced, Retyped};
    for (noticed, standing, unnoticed) in [
        (&[Dropped, Retyped, Replaced, Emptied][..], FieldStanding::Noticed, &[][..]),
        (&[Dropped, Retyped, Emptied], FieldStanding::Noticed, &[]),
        (&[Dropped, Retyped], FieldStanding::Weak, &["another value"]),
        (&[Dropped], FieldStanding::Weak, &["another type", "another value"]),
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
    assert_eq!(field(&[], &[MutationKind::Dropped]).standing, FieldStanding::Noticed);
    let untried = judge_field("$.x".to_owned(), names(&["a"]), Vec::new(), Vec::new(), false);
    assert_eq!(untried.standing, FieldStanding::Untried);
}

fn proof(fields: Vec<MutatedField>, strays: usize, unhealthy: usize, interrupted: bool) -> MutationProof {
    let text = String::new;
    let provenance = MutationProvenance {
        tool: text(),
        optimised: true,
        run: text(),
        target: text(),
        suite: text(),
        suite_hash: text(),
        started: Timestamp(time::OffsetDateTime::UNIX_EPOCH),
        wall: Duration::ZERO,
        speed: 1.0,
        jobs: 1,
        trials: 1,
        host: Host { name: text(), system: text(), processors: 1 },
        filters: Vec::new(),
    };
    let answer = MutatedAnswer { answer: "b GET /".to_owned(), asked_by: names(&["a"]), fields };
    let stray = Stray { scenario: "s".into(), mutations: Vec::new(), detail: text() };
    let red = NotGreen { scenario: "s".into(), detail: text() };
    mutation_proof(provenance, vec![red; unhealthy], vec![answer], vec![stray; strays], interrupted)
}

#[test]
fn holes_alone_do_not_fail_a_proof_and_everything_else_does() {
    use MutationKind::Dropped;
    let noticed = || field(&["a"], &ALL);
    let whole = proof(vec![noticed(), field(&[], &[])], 0, 0, false);
    assert_eq!(whole.result, ProofResult::Proved);
    assert_eq!((whole.mutations.to_string(), whole.fields.to_string()), ("4/4".to_owned(), "1/1".to_owned()));
    assert_eq!(whole.of_standing(FieldStanding::Unread).count(), 1);
    let weak = proof(vec![noticed(), field(&["a"], &[Dropped])], 0, 0, false);
    assert_eq!((weak.result, weak.fields.to_string()), (ProofResult::NotProved, "1/2".to_owned()));
    assert_eq!(proof(vec![field(&["a"], &[])], 0, 0, false).result, ProofResult::NotProved);
    assert_eq!(proof(vec![noticed()], 1, 0, false).result, ProofResult::NotProved);
    assert_eq!(proof(vec![noticed()], 0, 1, false).result, ProofResult::Unhealthy);
    assert_eq!(proof(vec![noticed()], 0, 0, true).result, ProofResult::Interrupted);
}
