//! Per operator: which change of the fact breaks it, and which it does not see.

use serde_json::json;

use super::*;
use fixproof::judge::judge_attempt;
use fixproof::model::{
    Evaluation, Excerpt, ExpectationCard, Observation, Operator, Pattern, Place, Search, Severity,
};

const TIMEOUT: Duration = Duration::from_secs(30);

fn expectation(that: &str, at: Option<&str>, operator: Operator, wanted: Vec<Value>) -> Expectation {
    let kind = match wanted.first() {
        Some(Value::Duration(_)) => Kind::Duration,
        Some(Value::Size(_)) => Kind::Size,
        Some(Value::Share(_)) => Kind::Share,
        _ => Kind::Json,
    };
    Expectation {
        that: FactPath::Plain(that.into()),
        at: at.map(|path| serde_json_path::JsonPath::parse(path).unwrap()),
        operator,
        pattern: match (operator.search, wanted.first()) {
            (Some(Search::Pattern), Some(Value::Text(text))) => {
                Some(Pattern(regex::Regex::new(text).unwrap()))
            }
            _ => None,
        },
        wanted,
        negated: false,
        severity: Severity::Error,
        confidence: None,
        kind,
        card: card().into(),
    }
}

/// What a report says of an expectation; not looked at.
fn card() -> ExpectationCard {
    let place = Place { file: "x.toml".into(), line: 1, column: 1 };
    ExpectationCard {
        step: None,
        fact: FactPath::SamplesMet,
        at: None,
        operator: Operator::ALL[0],
        not: false,
        wanted: Vec::new(),
        confidence: None,
        severity: Severity::Error,
        excerpt: Excerpt { place, text: String::new(), mark: (0, 0) },
    }
}

fn not(mut expectation: Expectation) -> Expectation {
    expectation.negated = true;
    expectation
}

fn of(value: Value) -> Vec<Value> {
    vec![value]
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn seconds(n: u64) -> Value {
    Value::Duration(Duration::from_secs(n))
}

fn facts(name: &'static str, value: Option<Value>) -> Facts {
    let mut facts = Facts::default();
    if let Some(value) = value {
        facts.insert(name, value);
    }
    facts
}

fn holds(expectation: &Expectation, facts: Facts) -> bool {
    let observation = Observation { facts, ..Observation::default() };
    judge_attempt(std::slice::from_ref(expectation), &observation)[0].evaluation == Evaluation::Pass
}

/// The changes that break an expectation which holds, and those that it does not see.
fn tried(expectation: &Expectation, name: &'static str, seen: Option<Value>) -> (String, String) {
    let healthy = facts(name, seen);
    assert!(holds(expectation, healthy.clone()), "{} does not hold to begin with", expectation.card);
    let (mut broken, mut unseen) = (Vec::new(), Vec::new());
    for change in Change::ALL {
        let Some(facts) = changed(change, expectation, &healthy, TIMEOUT) else { continue };
        assert_ne!(facts, healthy, "{change:?} changes nothing");
        if holds(expectation, facts) { &mut unseen } else { &mut broken }.push(change.name());
    }
    (broken.join(", "), unseen.join(", "))
}

#[track_caller]
fn breaks(expectation: Expectation, seen: Value, broken: &str, unseen: &str) {
    let name = if matches!(seen, Value::Duration(_)) { "time.total" } else { "body" };
    let expectation = Expectation { that: FactPath::Plain(name.into()), ..expectation };
    assert_eq!(tried(&expectation, name, Some(seen)), (broken.to_owned(), unseen.to_owned()));
}

fn plain(operator: Operator, wanted: Vec<Value>) -> Expectation {
    expectation("body", None, operator, wanted)
}

#[test]
fn equality_sees_every_change() {
    let all = "absent, another type, another value, far above, far below";
    breaks(plain(Operator::EQUALS, of(Value::count(200))), Value::count(200), all, "");
    breaks(
        plain(Operator::EQUALS, of(text("a"))),
        text("a"),
        "absent, another type, another value, empty",
        "",
    );
    breaks(
        plain(Operator::EQUALS, of(Value::Flag(true))),
        Value::Flag(true),
        "absent, another type, another value",
        "",
    );
    breaks(
        plain(Operator::EQUALS, of(Value::Json(json!([1])))),
        Value::Json(json!([1])),
        "absent, another type, another value, empty",
        "",
    );
    let list = [200, 201, 204].map(Value::count).to_vec();
    breaks(plain(Operator::ONE_OF, list), Value::count(200), all, "");
}

#[test]
fn not_equal_sees_the_forbidden_value_and_no_other() {
    breaks(
        not(plain(Operator::EQUALS, of(text("bad")))),
        text("good"),
        "absent, another type, the forbidden value",
        "another value, empty",
    );
    breaks(
        not(plain(Operator::ONE_OF, vec![Value::count(1), Value::count(2)])),
        Value::count(9),
        "absent, another type, the forbidden value",
        "another value, far above, far below",
    );
}

#[test]
fn a_limit_is_broken_on_its_own_side() {
    for operator in [Operator::AT_MOST, Operator::LESS_THAN] {
        breaks(
            plain(operator, of(Value::count(50))),
            Value::count(3),
            "absent, another type, far above",
            "another value, far below",
        );
    }
    for operator in [Operator::AT_LEAST, Operator::MORE_THAN] {
        breaks(
            plain(operator, of(Value::count(1))),
            Value::count(3),
            "absent, another type, far below",
            "another value, far above",
        );
    }
    let range = [2, 6].map(Value::count).to_vec();
    breaks(
        plain(Operator::WITHIN, range.clone()),
        Value::count(3),
        "absent, another type, far above, far below",
        "another value",
    );
    breaks(
        not(plain(Operator::WITHIN, range)),
        Value::count(9),
        "absent, another type, the forbidden value",
        "another value, far above, far below",
    );
    let share = |percent| Value::Share(Share::percent(percent));
    breaks(
        plain(Operator::AT_MOST, of(share(85))),
        share(10),
        "absent, another type, far above",
        "far below",
    );
    breaks(
        plain(Operator::AT_LEAST, of(Value::Size(7))),
        Value::Size(9),
        "absent, another type, far below",
        "far above",
    );
}

#[test]
fn a_count_that_may_be_zero_is_never_below_it() {
    breaks(
        plain(Operator::AT_LEAST, of(Value::count(0))),
        Value::count(3),
        "absent, another type",
        "another value, far above, far below",
    );
}

#[test]
fn a_time_limit_beyond_the_observation_s_own_timeout_is_broken_by_no_time() {
    let limit = |n| expectation("time.total", None, Operator::AT_MOST, of(seconds(n)));
    breaks(limit(5), seconds(1), "absent, another type, far above", "far below");
    breaks(limit(3600), seconds(1), "absent, another type", "far above, far below");
    breaks(limit(30), seconds(1), "absent, another type", "far above, far below");
}

#[test]
fn a_time_that_the_target_tells_may_be_longer_than_the_timeout() {
    let limit = |n| expectation("match.seconds.max", None, Operator::AT_MOST, of(seconds(n)));
    let tried = |n| tried(&limit(n), "match.seconds.max", Some(seconds(4))).0;
    assert_eq!(tried(30), "absent, another type, far above");
    assert_eq!(tried(3600), "absent, another type");
}

#[test]
fn what_looks_into_a_text_sees_another_text() {
    for (operator, wanted) in [
        (Operator::CONTAINS, "ell"),
        (Operator::STARTS_WITH, "he"),
        (Operator::ENDS_WITH, "lo"),
        (Operator::MATCHES, "^h.l+o$"),
    ] {
        breaks(
            plain(operator, of(text(wanted))),
            text("hello"),
            "absent, another type, another value, empty",
            "",
        );
        breaks(
            not(plain(operator, of(text("bad")))),
            text("good"),
            "absent, another type, the forbidden value",
            "another value, empty",
        );
    }
}

#[test]
fn what_looks_into_a_list_sees_another_list() {
    breaks(
        plain(Operator::CONTAINS, of(Value::count(2))),
        Value::Json(json!([1, 2])),
        "absent, another type, another value, empty",
        "",
    );
    breaks(
        not(plain(Operator::CONTAINS, of(text("e")))),
        Value::Json(json!(["a"])),
        "absent, another type, the forbidden value",
        "another value, empty",
    );
    breaks(
        not(plain(Operator::CONTAINS, of(text("error")))),
        Value::Json(json!({ "ok": 1 })),
        "absent, another type, the forbidden value",
        "another value, empty",
    );
    breaks(
        plain(Operator::HAS_LENGTH, of(Value::count(2))),
        Value::Json(json!(["a", "b"])),
        "absent, another type, another value, empty",
        "",
    );
    breaks(
        plain(Operator::HAS_LENGTH, of(Value::count(1))),
        Value::Json(json!({ "a": 1 })),
        "absent, another type, another value, empty",
        "",
    );
    breaks(
        plain(Operator::IS_EMPTY, of(Value::Flag(true))),
        Value::Json(json!([])),
        "absent, another type, another value",
        "",
    );
    breaks(
        plain(Operator::IS_EMPTY, of(Value::Flag(false))),
        text("x"),
        "absent, another type, empty",
        "another value",
    );
}

#[test]
fn existence_and_kind_see_no_other_value() {
    breaks(
        plain(Operator::EXISTS, of(Value::Flag(true))),
        text("healthy"),
        "absent",
        "another type, another value, empty",
    );
    breaks(
        plain(Operator::IS_A, of(text("text"))),
        text("healthy"),
        "absent, another type",
        "another value, empty",
    );
}

#[test]
fn absence_is_broken_by_presence_at_the_path_too() {
    let absent = |at| expectation("body", at, Operator::EXISTS, of(Value::Flag(false)));
    assert_eq!(tried(&absent(None), "body", None), ("present".to_owned(), String::new()));
    for at in ["$.error", "$['error'].code", "$.deep.down"] {
        let seen = Some(Value::Json(json!({ "ok": true })));
        assert_eq!(tried(&absent(Some(at)), "body", seen), ("present".to_owned(), String::new()), "{at}");
    }
    for at in [
        "$.l[?@.bad]",
        "$.l[?@.kind == 'bad']",
        "$.l[?@ == 'bad']",
        "$.l[?search(@, 'hostname')]",
        "$.l[?search(@.name, '^(BYPASS_|SKIP_|DEMO$)')]",
        "$.l[?@.left > 10]",
        "$.l[?@.ready == false]",
    ] {
        let seen = Some(Value::Json(json!({ "l": [{ "kind": "good", "left": 1, "ready": true }, "good"] })));
        assert_eq!(tried(&absent(Some(at)), "body", seen).0, "present", "{at}");
    }
    // Of two conditions at once none is made up.
    let both = absent(Some("$.l[?@.kind == 'bad' && @.left > 10]"));
    assert_eq!(tried(&both, "body", Some(Value::Json(json!({ "l": [] })))).0, "");
}

#[test]
fn only_the_node_at_the_path_is_changed() {
    let at = expectation("body", Some("$.checks.*.status"), Operator::EQUALS, of(text("ready")));
    let healthy = json!({ "checks": { "a/b": { "status": "ready" }, "c": { "status": "ready" } }, "v": 1 });
    let body = |change| {
        let facts = changed(change, &at, &facts("body", Some(Value::Json(healthy.clone()))), TIMEOUT)?;
        serde_json::to_value(facts.value("body")?).ok().map(|body| body["json"].clone())
    };
    let one = json!({ "checks": { "a/b": { "status": ANOTHER }, "c": { "status": "ready" } }, "v": 1 });
    assert_eq!(body(Change::OtherValue), Some(one));
    assert_eq!(body(Change::Absent), Some(json!({ "checks": { "a/b": {}, "c": {} }, "v": 1 })));
    let list = expectation("body", Some("$[*]"), Operator::EQUALS, of(Value::count(1)));
    let gone = changed(Change::Absent, &list, &facts("body", Some(Value::Json(json!([1, 1, 1])))), TIMEOUT);
    assert_eq!(gone.unwrap().value("body"), Some(&Value::Json(json!([]))));
    let whole = expectation("body", Some("$"), Operator::IS_A, of(text("object")));
    let gone = changed(Change::Absent, &whole, &facts("body", Some(Value::Json(json!({})))), TIMEOUT);
    assert_eq!(gone.unwrap().get("body"), None);
}

#[test]
fn what_was_seen_in_part_stays_seen_in_part() {
    let mut seen = Facts::default();
    let cut =
        fixproof::model::Cut { seen: Some(Value::count(5)), rest: fixproof::model::Rest::Raises, read: 9 };
    seen.insert_cut("entries", cut);
    let least = expectation("entries", None, Operator::AT_LEAST, of(Value::count(2)));
    assert!(holds(&least, seen.clone()));
    let below = changed(Change::FarBelow, &least, &seen, TIMEOUT).unwrap();
    assert!(matches!(below.get("entries"), Some(Fact::Cut(_))) && !holds(&least, below));
}

#[test]
fn what_could_not_be_read_is_not_changed() {
    let mut seen = Facts::default();
    seen.insert_unreadable("body", fixproof::model::Cause::Missing, "too large".to_owned());
    let any = expectation("body", None, Operator::EQUALS, of(text("a")));
    assert!(Change::ALL.iter().all(|change| changed(*change, &any, &seen, TIMEOUT).is_none()));
}
