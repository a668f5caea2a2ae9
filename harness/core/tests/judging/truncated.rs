//! Every operator against what was looked at in part only.

use std::time::Duration;

use serde_json::json;

use fixproof_core::judge::{Overall, judge_attempt, nodes_at, overall_findings};
use fixproof_core::model::{
    Aggregate, Attempt, Cause, Cut, Evaluation, Expectation, FactPath, Kind, Observation, Operator, Pattern,
    Rest, Sample, Severity, Undecided, Value,
};

use super::unnamed;

fn expectation(operator: Operator, wanted: Vec<Value>) -> Expectation {
    Expectation {
        that: FactPath::Plain("count".into()),
        at: None,
        operator,
        wanted,
        pattern: Some(Pattern(regex::Regex::new("a").unwrap())),
        negated: false,
        severity: Severity::Error,
        confidence: None,
        kind: Kind::Number,
        card: unnamed(),
    }
}

fn held(expectation: &Expectation, seen: Option<Value>, rest: Rest) -> Evaluation {
    let mut observation = Observation::default();
    observation.facts.insert_cut("count", Cut { seen, rest, read: 1000 });
    judge_attempt(std::slice::from_ref(expectation), &observation)[0].evaluation.clone()
}

const OPEN: Evaluation = Evaluation::Inconclusive(Undecided::Truncated { read: 1000 });
const BROKEN: Evaluation = Evaluation::Fail(Cause::Differs);

fn counts(numbers: &[u64]) -> Vec<Value> {
    numbers.iter().map(|number| Value::count(*number)).collect()
}

#[test]
fn a_floor_breaks_upper_limits_reaches_lower_ones_and_proves_nothing_else() {
    let rows: &[(Operator, &[u64], Evaluation)] = &[
        (Operator::AT_MOST, &[4], BROKEN),
        (Operator::AT_MOST, &[5], OPEN),
        (Operator::AT_MOST, &[6], OPEN),
        (Operator::LESS_THAN, &[5], BROKEN),
        (Operator::LESS_THAN, &[6], OPEN),
        (Operator::AT_LEAST, &[5], Evaluation::Pass),
        (Operator::AT_LEAST, &[6], OPEN),
        (Operator::MORE_THAN, &[4], Evaluation::Pass),
        (Operator::MORE_THAN, &[5], OPEN),
        (Operator::EQUALS, &[4], BROKEN),
        (Operator::EQUALS, &[5], OPEN),
        (Operator::EQUALS, &[6], OPEN),
        (Operator::WITHIN, &[1, 4], BROKEN),
        (Operator::WITHIN, &[1, 5], OPEN),
        (Operator::WITHIN, &[6, 9], OPEN),
        (Operator::ONE_OF, &[1, 4], BROKEN),
        (Operator::ONE_OF, &[1, 5], OPEN),
        (Operator::ONE_OF, &[1, 7], OPEN),
    ];
    for (operator, wanted, answer) in rows {
        let mut expectation = expectation(*operator, counts(wanted));
        let say = format!("{operator:?} {wanted:?}");
        assert_eq!(held(&expectation, Some(Value::count(5)), Rest::Raises), *answer, "{say}");
        expectation.negated = true;
        let turned = match answer {
            Evaluation::Pass => BROKEN,
            Evaluation::Fail(_) => Evaluation::Pass,
            Evaluation::Inconclusive(_) => OPEN,
        };
        assert_eq!(held(&expectation, Some(Value::count(5)), Rest::Raises), turned, "not {say}");
    }
}

#[test]
fn a_ceiling_is_the_mirror_of_a_floor() {
    let rows: &[(Operator, &[u64], Evaluation)] = &[
        (Operator::AT_LEAST, &[6], BROKEN),
        (Operator::AT_LEAST, &[5], OPEN),
        (Operator::MORE_THAN, &[5], BROKEN),
        (Operator::MORE_THAN, &[4], OPEN),
        (Operator::AT_MOST, &[5], Evaluation::Pass),
        (Operator::AT_MOST, &[4], OPEN),
        (Operator::LESS_THAN, &[6], Evaluation::Pass),
        (Operator::LESS_THAN, &[5], OPEN),
        (Operator::EQUALS, &[6], BROKEN),
        (Operator::EQUALS, &[5], OPEN),
        (Operator::WITHIN, &[6, 9], BROKEN),
        (Operator::WITHIN, &[5, 9], OPEN),
        (Operator::WITHIN, &[1, 2], OPEN),
        (Operator::ONE_OF, &[6, 9], BROKEN),
        (Operator::ONE_OF, &[4, 9], OPEN),
    ];
    for (operator, wanted, answer) in rows {
        let expectation = expectation(*operator, counts(wanted));
        assert_eq!(
            held(&expectation, Some(Value::count(5)), Rest::Lowers),
            *answer,
            "{operator:?} {wanted:?}"
        );
    }
}

#[test]
fn what_the_rest_can_change_or_what_is_not_in_it_proves_nothing() {
    for operator in Operator::ALL.iter().filter(|operator| **operator != Operator::EXISTS) {
        for negated in [false, true] {
            let mut expectation = expectation(*operator, counts(&[5, 5]));
            expectation.negated = negated;
            assert_eq!(held(&expectation, Some(Value::count(5)), Rest::Changes), OPEN, "{operator:?}");
            assert_eq!(held(&expectation, None, Rest::Raises), OPEN, "{operator:?}");
        }
    }
}

#[test]
fn presence_is_proved_by_a_part_and_absence_never() {
    let wants = |there: bool| expectation(Operator::EXISTS, vec![Value::Flag(there)]);
    let five = || Some(Value::count(5));
    for rest in [Rest::Raises, Rest::Lowers, Rest::Changes] {
        assert_eq!(held(&wants(true), five(), rest), Evaluation::Pass);
        assert_eq!(held(&wants(false), five(), rest), BROKEN);
        assert_eq!(held(&wants(true), None, rest), OPEN);
        assert_eq!(held(&wants(false), None, rest), OPEN);
    }
    let not = Expectation { negated: true, ..wants(true) };
    assert_eq!(held(&not, five(), Rest::Raises), BROKEN);
    assert_eq!(held(&not, None, Rest::Raises), OPEN);
}

#[test]
fn a_list_may_have_more_in_it() {
    let list = |json| Some(Value::Json(json));
    let text = |text: &str| vec![Value::Text(text.into())];
    let ask = |operator, wanted, json| held(&expectation(operator, wanted), list(json), Rest::Raises);
    assert_eq!(ask(Operator::CONTAINS, text("a"), json!(["a"])), Evaluation::Pass);
    assert_eq!(ask(Operator::CONTAINS, text("b"), json!(["a"])), OPEN);
    assert_eq!(ask(Operator::IS_EMPTY, vec![Value::Flag(true)], json!(["a"])), BROKEN);
    assert_eq!(ask(Operator::IS_EMPTY, vec![Value::Flag(false)], json!(["a"])), Evaluation::Pass);
    assert_eq!(ask(Operator::IS_EMPTY, vec![Value::Flag(true)], json!([])), OPEN);
    assert_eq!(ask(Operator::HAS_LENGTH, counts(&[1]), json!(["a", "b"])), BROKEN);
    assert_eq!(ask(Operator::HAS_LENGTH, counts(&[2]), json!(["a", "b"])), OPEN);
    assert_eq!(ask(Operator::HAS_LENGTH, counts(&[0, 1]), json!(["a", "b"])), BROKEN);
    assert_eq!(ask(Operator::IS_A, text("list"), json!([])), Evaluation::Pass);
    assert_eq!(ask(Operator::IS_A, text("object"), json!([])), BROKEN);
    assert_eq!(ask(Operator::EQUALS, vec![Value::Json(json!(["a"]))], json!(["a"])), OPEN);
    let not = Expectation { negated: true, ..expectation(Operator::CONTAINS, text("b")) };
    assert_eq!(held(&not, list(json!(["a"])), Rest::Raises), OPEN);
    assert_eq!(held(&not, list(json!(["b"])), Rest::Raises), BROKEN);
}

#[test]
fn a_path_into_a_part_proves_presence_alone() {
    let at = |operator, wanted, path| Expectation {
        at: Some(serde_json_path::JsonPath::parse(path).unwrap()),
        ..expectation(operator, wanted)
    };
    let seen = || Some(Value::Json(json!([{ "message": "a" }])));
    let a = || vec![Value::Text("a".into())];
    assert_eq!(held(&at(Operator::EQUALS, a(), "$[*].message"), seen(), Rest::Raises), OPEN);
    let there = |there, path| at(Operator::EXISTS, vec![Value::Flag(there)], path);
    assert_eq!(held(&there(true, "$[0].message"), seen(), Rest::Raises), Evaluation::Pass);
    assert_eq!(held(&there(false, "$[0].message"), seen(), Rest::Raises), BROKEN);
    assert_eq!(held(&there(false, "$[1].message"), seen(), Rest::Raises), OPEN);
}

#[test]
fn another_kind_is_no_pass() {
    let wants = expectation(Operator::AT_LEAST, vec![Value::Size(1)]);
    assert_eq!(held(&wants, Some(Value::count(5)), Rest::Raises), Evaluation::Fail(Cause::Incomparable));
    let text = expectation(Operator::CONTAINS, vec![Value::Text("5".into())]);
    assert_eq!(held(&text, Some(Value::count(5)), Rest::Raises), Evaluation::Fail(Cause::Incomparable));
}

#[test]
fn samples_one_of_which_is_truncated_are_undecided_together() {
    let observation = |cut: bool| {
        let mut observation = Observation::default();
        match cut {
            true => observation
                .facts
                .insert_cut("count", Cut { seen: Some(Value::count(0)), rest: Rest::Raises, read: 9 }),
            false => observation.facts.insert("count", Value::count(0)),
        }
        observation
    };
    let held = |cut: bool| {
        let attempt =
            Attempt { step: None, probe: "log".into(), observation: observation(cut), findings: vec![] };
        let sample =
            Sample { after: Duration::ZERO, took: Duration::ZERO, met: true, attempts: vec![attempt] };
        let that = FactPath::Aggregate("count".into(), Aggregate::Max);
        let expectation = Expectation { that, ..expectation(Operator::AT_MOST, counts(&[0])) };
        overall_findings(&[Overall { step: None, expectation }], &[sample], None, None)[0].evaluation.clone()
    };
    assert_eq!(held(false), Evaluation::Pass);
    assert_eq!(held(true), Evaluation::Inconclusive(Undecided::Truncated { read: 9 }));
}

#[test]
fn a_part_is_no_value_to_capture() {
    let mut observation = Observation::default();
    observation.facts.insert_cut("count", Cut { seen: Some(Value::count(5)), rest: Rest::Raises, read: 9 });
    let absent = nodes_at(&observation.facts, "count", None).err().unwrap();
    assert_eq!(absent.cause, Cause::Truncated);
    assert_eq!(absent.seen.to_string(), "at least 5 (of 9 entries that were read, and there are more)");
}
