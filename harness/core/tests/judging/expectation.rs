//! Expectations against what was seen, was not seen, and was seen in part.

use std::time::Duration;

use serde_json::json;

use fixproof_core::judge::judge_attempt;
use fixproof_core::model::{
    Cause, Evaluation, Expectation, FactPath, Kind, Observation, Operator, Severity, Undecided, Value,
};

use super::unnamed;

fn expectation(that: &str, at: Option<&str>, operator: Operator, wanted: Vec<Value>) -> Expectation {
    Expectation {
        that: FactPath::Plain(that.into()),
        at: at.map(|path| serde_json_path::JsonPath::parse(path).unwrap()),
        operator,
        wanted,
        pattern: None,
        negated: false,
        severity: Severity::Error,
        confidence: None,
        kind: if that.starts_with("time.") { Kind::Duration } else { Kind::Json },
        card: unnamed(),
    }
}

fn body(json: serde_json::Value) -> Observation {
    let mut observation = Observation::default();
    observation.facts.insert("body", Value::from_json(json));
    observation
}

fn held(expectation: &Expectation, observation: &Observation) -> Evaluation {
    judge_attempt(std::slice::from_ref(expectation), observation)[0].evaluation.clone()
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

#[test]
fn a_missing_fact_never_holds() {
    for operator in Operator::ALL.iter().filter(|operator| **operator != Operator::EXISTS) {
        let mut expectation = expectation("status", None, *operator, vec![Value::count(0), Value::count(9)]);
        for negated in [false, true] {
            expectation.negated = negated;
            assert_eq!(
                held(&expectation, &Observation::default()),
                Evaluation::Fail(Cause::Missing),
                "{operator:?}"
            );
        }
    }
}

#[test]
fn a_path_that_selects_nothing_holds_for_nothing_but_absence() {
    let seen = body(json!({ "checks": {} }));
    let all = expectation("body", Some("$.checks.*.status"), Operator::EQUALS, vec![text("ready")]);
    assert_eq!(held(&all, &seen), Evaluation::Fail(Cause::Missing));
    let mut absent = expectation("body", Some("$.error"), Operator::EXISTS, vec![Value::Flag(false)]);
    assert_eq!(held(&absent, &seen), Evaluation::Pass);
    absent.negated = true;
    assert_eq!(held(&absent, &seen), Evaluation::Fail(Cause::Missing));
}

#[test]
fn absence_in_what_is_not_json_is_not_absence() {
    let mut seen = Observation::default();
    seen.facts.insert_unreadable("body", Cause::NotJson, "<html>".into());
    let absent = expectation("body", Some("$.error"), Operator::EXISTS, vec![Value::Flag(false)]);
    assert_eq!(held(&absent, &seen), Evaluation::Fail(Cause::NotJson));
}

#[test]
fn several_values_must_all_hold_and_the_one_that_does_not_is_named() {
    let seen = body(json!({ "checks": { "db": {"status": "ready"}, "redis": {"status": "failed"} } }));
    let all = expectation("body", Some("$.checks.*.status"), Operator::EQUALS, vec![text("ready")]);
    let finding = &judge_attempt(&[all], &seen)[0];
    assert_eq!(finding.evaluation, Evaluation::Fail(Cause::Differs));
    assert_eq!(finding.seen.to_string(), "\"failed\" at $.checks.redis.status");
}

#[test]
fn a_number_is_not_a_text_whichever_way_it_is_asked() {
    let seen = body(json!(503));
    let mut wanted = expectation("body", None, Operator::EQUALS, vec![text("503")]);
    assert_eq!(held(&wanted, &seen), Evaluation::Fail(Cause::Incomparable));
    wanted.negated = true;
    assert_eq!(held(&wanted, &seen), Evaluation::Fail(Cause::Incomparable));
}

#[test]
fn a_time_that_may_be_our_own_is_not_blamed_on_the_target() {
    let mut seen = Observation::default();
    seen.facts.insert("time.total", Value::Duration(Duration::from_secs(6)));
    let limit =
        expectation("time.total", None, Operator::AT_MOST, vec![Value::Duration(Duration::from_secs(5))]);
    assert_eq!(held(&limit, &seen), Evaluation::Fail(Cause::Differs));
    seen.own = Duration::from_millis(500);
    assert_eq!(held(&limit, &seen), Evaluation::Fail(Cause::Differs));
    seen.own = Duration::from_secs(2);
    assert_eq!(
        held(&limit, &seen),
        Evaluation::Inconclusive(Undecided::HarnessLate { own_nanos: 2_000_000_000 })
    );
}

#[test]
fn nothing_is_judged_behind_an_obstacle() {
    let seen = Observation::blocked_by(Cause::Refused, "refused");
    let absent = expectation("body", None, Operator::EXISTS, vec![Value::Flag(false)]);
    assert!(judge_attempt(&[absent], &seen).is_empty());
}

#[test]
fn every_operator_tells_its_own_cases_apart() {
    let cases: Vec<(Operator, Vec<Value>, serde_json::Value, serde_json::Value)> = vec![
        (Operator::EQUALS, vec![text("a")], json!("a"), json!("b")),
        (Operator::ONE_OF, vec![text("a"), text("b")], json!("b"), json!("c")),
        (Operator::LESS_THAN, vec![Value::count(5)], json!(4.9), json!(5)),
        (Operator::AT_MOST, vec![Value::count(5)], json!(5), json!(5.1)),
        (Operator::AT_LEAST, vec![Value::count(5)], json!(5), json!(4)),
        (Operator::MORE_THAN, vec![Value::count(5)], json!(6), json!(5)),
        (Operator::WITHIN, vec![Value::count(2), Value::count(4)], json!(4), json!(1)),
        (Operator::CONTAINS, vec![text("ell")], json!("hello"), json!("hallo")),
        (Operator::CONTAINS, vec![Value::count(2)], json!([1, 2.0]), json!([1, "2"])),
        (Operator::CONTAINS, vec![text("k")], json!({"k": null}), json!({"x": "k"})),
        (Operator::STARTS_WITH, vec![text("he")], json!("hello"), json!("ohe")),
        (Operator::ENDS_WITH, vec![text("lo")], json!("hello"), json!("lol")),
        (Operator::HAS_LENGTH, vec![Value::count(2)], json!(["a", "b"]), json!("äöü")),
        (Operator::HAS_LENGTH, vec![Value::count(4), Value::count(9)], json!("abcd"), json!({"a": 1})),
        (Operator::IS_EMPTY, vec![Value::Flag(true)], json!([]), json!([0])),
        (Operator::IS_EMPTY, vec![Value::Flag(false)], json!("x"), json!({})),
        (Operator::IS_A, vec![text("list")], json!([]), json!({})),
        (Operator::IS_A, vec![text("null")], json!(null), json!(0)),
    ];
    for (operator, wanted, good, bad) in cases {
        let mut expectation = expectation("body", None, operator, wanted);
        assert_eq!(held(&expectation, &body(good.clone())), Evaluation::Pass, "{operator:?} {good}");
        assert_eq!(
            held(&expectation, &body(bad.clone())),
            Evaluation::Fail(Cause::Differs),
            "{operator:?} {bad}"
        );
        expectation.negated = true;
        assert_eq!(held(&expectation, &body(bad.clone())), Evaluation::Pass, "not {operator:?} {bad}");
        assert_eq!(
            held(&expectation, &body(good.clone())),
            Evaluation::Fail(Cause::Differs),
            "not {operator:?} {good}"
        );
    }
}
