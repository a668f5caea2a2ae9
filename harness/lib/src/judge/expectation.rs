//! One expectation held against one observation.

use std::sync::Arc;

use crate::model::{Cause, Expectation, Fact, FactPath, Facts, Finding, Held, Observation, Operator, Value};

use super::doubt::{own_part, undecided};
use super::operators::row;

/// A value as it was seen, with the normalised path where it came from inside a document.
pub struct Node {
    /// The value.
    pub value: Value,
    /// `$.checks.redis.status`; nothing for the fact itself.
    pub path: Option<String>,
}

/// The longest text of a seen value that a finding shows.
const SHOWN: usize = 300;

/// Holds every plain expectation of a step against its observation. Where an obstacle stood in the way, nothing
/// is judged: the obstacle itself is the answer.
#[must_use]
pub fn judge_attempt(
    step: Option<&Arc<str>>,
    expectations: &[Expectation],
    observation: &Observation,
) -> Vec<Finding> {
    if observation.obstacle.is_some() {
        return Vec::new();
    }
    expectations
        .iter()
        .filter_map(|expectation| match &expectation.that {
            FactPath::Plain(fact) => Some(judge(step, expectation, fact, observation)),
            FactPath::Aggregate(..) | FactPath::SamplesMet | FactPath::SettleAfter => None,
        })
        .collect()
}

fn judge(
    step: Option<&Arc<str>>,
    expectation: &Expectation,
    fact: &str,
    observation: &Observation,
) -> Finding {
    let (held, seen) = match nodes_at(&observation.facts, fact, expectation.at.as_ref()) {
        Err(Absent { cause, seen }) => (absent(expectation, cause), seen),
        Ok(nodes) => judge_nodes(expectation, fact, observation, &nodes),
    };
    finding(step, expectation, held, seen)
}

/// Puts a finding together; the excerpt goes along only where the reader will need it.
pub(super) fn finding(
    step: Option<&Arc<str>>,
    expectation: &Expectation,
    held: Held,
    seen: String,
) -> Finding {
    Finding {
        step: step.cloned(),
        expectation: expectation.text.clone(),
        place: expectation.excerpt.place.clone(),
        seen,
        wanted: wanted_text(expectation),
        excerpt: (held != Held::Yes).then(|| expectation.excerpt.clone()),
        held,
        severity: expectation.severity,
    }
}

/// Does an `exists` want something to be there?
pub(super) fn wants_presence(expectation: &Expectation) -> bool {
    (expectation.wanted.first() == Some(&Value::Flag(true))) != expectation.negated
}

/// Nothing was selected: only an expectation of absence may be content with it.
pub(super) fn absent(expectation: &Expectation, cause: Cause) -> Held {
    let wants_absence = expectation.operator == Operator::Exists && !wants_presence(expectation);
    if wants_absence && cause == Cause::Missing { Held::Yes } else { Held::No(cause) }
}

fn judge_nodes(
    expectation: &Expectation,
    fact: &str,
    observation: &Observation,
    nodes: &[Node],
) -> (Held, String) {
    let described = |node: &Node| match &node.path {
        Some(path) => format!("{} at {path}", shown(&node.value)),
        None => shown(&node.value),
    };
    if expectation.operator == Operator::Exists {
        let held = if wants_presence(expectation) { Held::Yes } else { Held::No(Cause::Differs) };
        return (held, nodes.first().map(described).unwrap_or_default());
    }
    for node in nodes {
        let held = match (row(expectation.operator).holds)(expectation, &node.value) {
            Ok(holds) => {
                unless_late(expectation, fact, observation, &node.value, holds != expectation.negated)
            }
            Err(cause) => Held::No(cause),
        };
        if held == Held::Yes {
            continue;
        }
        let seen = match held {
            Held::No(Cause::Incomparable) => {
                format!("{} ({})", described(node), node.value.kind().described())
            }
            _ => described(node),
        };
        return (held, seen);
    }
    let seen = match nodes {
        [only] => described(only),
        [first, ..] => format!("{} and {} more", described(first), nodes.len() - 1),
        [] => String::new(),
    };
    (Held::Yes, seen)
}

/// A time whose answer would turn round without what may be the harness's own, or its host's, can't be told.
fn unless_late(
    expectation: &Expectation,
    fact: &str,
    observation: &Observation,
    seen: &Value,
    holds: bool,
) -> Held {
    let plain = if holds { Held::Yes } else { Held::No(Cause::Differs) };
    let Value::Duration(seen) = seen else { return plain };
    let own = own_part(fact, observation);
    match undecided(expectation, *seen, holds, own, observation.doubt.as_ref()) {
        Some(why) => Held::CannotTell(why),
        None => plain,
    }
}

/// Nothing was there to look at.
pub struct Absent {
    /// Missing, or not readable as what it should be.
    pub cause: Cause,
    /// What was seen instead.
    pub seen: String,
}

/// The values a fact and a path select: at least one.
///
/// # Errors
/// [`Absent`] where the fact is missing or unreadable, or the path selects nothing.
pub fn nodes_at(
    facts: &Facts,
    fact: &str,
    at: Option<&serde_json_path::JsonPath>,
) -> Result<Vec<Node>, Absent> {
    let value = match facts.get(fact) {
        None => return Err(Absent { cause: Cause::Missing, seen: format!("no `{fact}`") }),
        Some(Fact::Unreadable(why)) => {
            return Err(Absent { cause: why.cause, seen: bounded(&why.detail) });
        }
        Some(Fact::Seen(value)) => value,
    };
    let Some(path) = at else {
        return Ok(vec![Node { value: value.clone(), path: None }]);
    };
    let scalar;
    let document = match value {
        Value::Json(document) => document,
        other => {
            scalar = serde_json::to_value(other).unwrap_or_default();
            &scalar
        }
    };
    let located = path.query_located(document);
    if located.is_empty() {
        let seen = format!("nothing at {path} in {}", bounded(&document.to_string()));
        return Err(Absent { cause: Cause::Missing, seen });
    }
    Ok(located
        .iter()
        .map(|node| Node {
            value: Value::from_json(node.node().clone()),
            path: Some(dotted(&node.location().to_string())),
        })
        .collect())
}

/// `$['a']['b'][0]` as people write it: `$.a.b[0]`. Names that need quotes keep them.
fn dotted(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(from) = rest.find("['") {
        let (before, tail) = rest.split_at(from);
        text.push_str(before);
        let Some(to) = tail.find("']") else { break };
        let name = &tail[2..to];
        if !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            text.push('.');
            text.push_str(name);
        } else {
            text.push_str(&tail[..to + 2]);
        }
        rest = &tail[to + 2..];
    }
    text.push_str(rest);
    text
}

fn shown(value: &Value) -> String {
    bounded(&value.to_string())
}

/// At most [`SHOWN`] characters, and how many there were.
fn bounded(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
    }
}

/// What is wanted, as a reader would say it: `equals 200`, `not one-of "a", "b"`.
#[must_use]
pub fn wanted_text(expectation: &Expectation) -> String {
    let not = if expectation.negated { "not " } else { "" };
    let values: Vec<String> = match &expectation.pattern {
        Some(pattern) => vec![format!("/{}/", pattern.0.as_str())],
        None => expectation.wanted.iter().map(shown).collect(),
    };
    let joint = if expectation.operator == Operator::Within { " and " } else { ", " };
    format!("{not}{} {}", expectation.operator.name(), bounded(&values.join(joint)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::model::{Excerpt, Kind, Place, Severity, Undecided};

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
            text: that.into(),
            excerpt: Arc::new(Excerpt {
                place: Place { file: "x.toml".into(), line: 1, column: 1 },
                text: String::new(),
                mark: (0, 0),
            }),
        }
    }

    fn body(json: serde_json::Value) -> Observation {
        let mut observation = Observation::default();
        observation.facts.insert("body", Value::from_json(json));
        observation
    }

    fn held(expectation: &Expectation, observation: &Observation) -> Held {
        judge_attempt(None, std::slice::from_ref(expectation), observation)[0].held.clone()
    }

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    #[test]
    fn a_missing_fact_never_holds() {
        for operator in Operator::ALL.iter().filter(|operator| **operator != Operator::Exists) {
            let mut expectation =
                expectation("status", None, *operator, vec![Value::count(0), Value::count(9)]);
            for negated in [false, true] {
                expectation.negated = negated;
                assert_eq!(
                    held(&expectation, &Observation::default()),
                    Held::No(Cause::Missing),
                    "{operator:?}"
                );
            }
        }
    }

    #[test]
    fn a_path_that_selects_nothing_holds_for_nothing_but_absence() {
        let seen = body(json!({ "checks": {} }));
        let all = expectation("body", Some("$.checks.*.status"), Operator::Equals, vec![text("ready")]);
        assert_eq!(held(&all, &seen), Held::No(Cause::Missing));
        let mut absent = expectation("body", Some("$.error"), Operator::Exists, vec![Value::Flag(false)]);
        assert_eq!(held(&absent, &seen), Held::Yes);
        absent.negated = true;
        assert_eq!(held(&absent, &seen), Held::No(Cause::Missing));
    }

    #[test]
    fn absence_in_what_is_not_json_is_not_absence() {
        let mut seen = Observation::default();
        seen.facts.insert_unreadable("body", Cause::NotJson, "<html>".into());
        let absent = expectation("body", Some("$.error"), Operator::Exists, vec![Value::Flag(false)]);
        assert_eq!(held(&absent, &seen), Held::No(Cause::NotJson));
    }

    #[test]
    fn several_values_must_all_hold_and_the_one_that_does_not_is_named() {
        let seen = body(json!({ "checks": { "db": {"status": "ready"}, "redis": {"status": "failed"} } }));
        let all = expectation("body", Some("$.checks.*.status"), Operator::Equals, vec![text("ready")]);
        let finding = &judge_attempt(None, &[all], &seen)[0];
        assert_eq!(finding.held, Held::No(Cause::Differs));
        assert_eq!(finding.seen, "\"failed\" at $.checks.redis.status");
    }

    #[test]
    fn a_number_is_not_a_text_whichever_way_it_is_asked() {
        let seen = body(json!(503));
        let mut wanted = expectation("body", None, Operator::Equals, vec![text("503")]);
        assert_eq!(held(&wanted, &seen), Held::No(Cause::Incomparable));
        wanted.negated = true;
        assert_eq!(held(&wanted, &seen), Held::No(Cause::Incomparable));
    }

    #[test]
    fn a_time_that_may_be_our_own_is_not_blamed_on_the_target() {
        let mut seen = Observation::default();
        seen.facts.insert("time.total", Value::Duration(Duration::from_secs(6)));
        let limit =
            expectation("time.total", None, Operator::AtMost, vec![Value::Duration(Duration::from_secs(5))]);
        assert_eq!(held(&limit, &seen), Held::No(Cause::Differs));
        seen.own = Duration::from_millis(500);
        assert_eq!(held(&limit, &seen), Held::No(Cause::Differs));
        seen.own = Duration::from_secs(2);
        assert_eq!(
            held(&limit, &seen),
            Held::CannotTell(Undecided::HarnessLate { own_nanos: 2_000_000_000 })
        );
    }

    #[test]
    fn nothing_is_judged_behind_an_obstacle() {
        let seen = Observation::blocked_by(Cause::Refused, "refused");
        let absent = expectation("body", None, Operator::Exists, vec![Value::Flag(false)]);
        assert!(judge_attempt(None, &[absent], &seen).is_empty());
    }

    #[test]
    fn paths_are_shown_as_people_write_them() {
        assert_eq!(dotted("$['a']['b c'][0]['d_1']"), "$.a['b c'][0].d_1");
    }

    #[test]
    fn every_operator_tells_its_own_cases_apart() {
        let cases: Vec<(Operator, Vec<Value>, serde_json::Value, serde_json::Value)> = vec![
            (Operator::Equals, vec![text("a")], json!("a"), json!("b")),
            (Operator::OneOf, vec![text("a"), text("b")], json!("b"), json!("c")),
            (Operator::LessThan, vec![Value::count(5)], json!(4.9), json!(5)),
            (Operator::AtMost, vec![Value::count(5)], json!(5), json!(5.1)),
            (Operator::AtLeast, vec![Value::count(5)], json!(5), json!(4)),
            (Operator::MoreThan, vec![Value::count(5)], json!(6), json!(5)),
            (Operator::Within, vec![Value::count(2), Value::count(4)], json!(4), json!(1)),
            (Operator::Contains, vec![text("ell")], json!("hello"), json!("hallo")),
            (Operator::Contains, vec![Value::count(2)], json!([1, 2.0]), json!([1, "2"])),
            (Operator::Contains, vec![text("k")], json!({"k": null}), json!({"x": "k"})),
            (Operator::StartsWith, vec![text("he")], json!("hello"), json!("ohe")),
            (Operator::EndsWith, vec![text("lo")], json!("hello"), json!("lol")),
            (Operator::HasLength, vec![Value::count(2)], json!(["a", "b"]), json!("äöü")),
            (Operator::HasLength, vec![Value::count(4), Value::count(9)], json!("abcd"), json!({"a": 1})),
            (Operator::IsEmpty, vec![Value::Flag(true)], json!([]), json!([0])),
            (Operator::IsEmpty, vec![Value::Flag(false)], json!("x"), json!({})),
            (Operator::IsA, vec![text("list")], json!([]), json!({})),
            (Operator::IsA, vec![text("null")], json!(null), json!(0)),
        ];
        for (operator, wanted, good, bad) in cases {
            let mut expectation = expectation("body", None, operator, wanted);
            assert_eq!(held(&expectation, &body(good.clone())), Held::Yes, "{operator:?} {good}");
            assert_eq!(
                held(&expectation, &body(bad.clone())),
                Held::No(Cause::Differs),
                "{operator:?} {bad}"
            );
            expectation.negated = true;
            assert_eq!(held(&expectation, &body(bad.clone())), Held::Yes, "not {operator:?} {bad}");
            assert_eq!(
                held(&expectation, &body(good.clone())),
                Held::No(Cause::Differs),
                "not {operator:?} {good}"
            );
        }
    }
}
