//! One expectation held against one observation.

use std::sync::Arc;

use crate::model::{
    Cause, Evaluation, Expectation, Fact, FactPath, Facts, Finding, Observation, Takes, Value, excerpt,
};

use super::cut::{cut_text, judge_cut};
use super::doubt::{own_part, undecided};

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
    if let Some(Fact::Cut(cut)) = observation.facts.get(fact) {
        let (held, seen) = judge_cut(expectation, cut);
        return finding(step, expectation, held, seen);
    }
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
    held: Evaluation,
    seen: String,
) -> Finding {
    Finding {
        step: step.cloned(),
        expectation: expectation.text.clone(),
        place: expectation.excerpt.place.clone(),
        seen,
        wanted: wanted_text(expectation),
        excerpt: (held != Evaluation::Pass).then(|| expectation.excerpt.clone()),
        held,
        severity: expectation.severity,
    }
}

/// Nothing was selected: only an expectation of absence may be content with it.
pub(super) fn absent(expectation: &Expectation, cause: Cause) -> Evaluation {
    let wants_absence = expectation.operator.presence && !expectation.wants_presence();
    if wants_absence && cause == Cause::Missing { Evaluation::Pass } else { Evaluation::Fail(cause) }
}

fn judge_nodes(
    expectation: &Expectation,
    fact: &str,
    observation: &Observation,
    nodes: &[Node],
) -> (Evaluation, String) {
    let described = |node: &Node| match &node.path {
        Some(path) => format!("{} at {path}", shown(&node.value)),
        None => shown(&node.value),
    };
    for node in nodes {
        let held = match expectation.holds(&node.value) {
            Ok(holds) => {
                unless_late(expectation, fact, observation, &node.value, holds != expectation.negated)
            }
            Err(cause) => Evaluation::Fail(cause),
        };
        if held == Evaluation::Pass {
            continue;
        }
        let seen = match held {
            Evaluation::Fail(Cause::Incomparable) => {
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
    (Evaluation::Pass, seen)
}

/// A time whose answer would turn round without what may be the harness's own, or its host's, can't be told.
fn unless_late(
    expectation: &Expectation,
    fact: &str,
    observation: &Observation,
    seen: &Value,
    holds: bool,
) -> Evaluation {
    let plain = if holds { Evaluation::Pass } else { Evaluation::Fail(Cause::Differs) };
    let Value::Duration(seen) = seen else { return plain };
    let own = own_part(fact, observation);
    match undecided(expectation, *seen, holds, own, observation.doubt.as_ref()) {
        Some(why) => Evaluation::Inconclusive(why),
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
        Some(Fact::Cut(cut)) => {
            return Err(Absent { cause: Cause::Truncated, seen: bounded(&cut_text(cut)) });
        }
        Some(Fact::Seen(value)) => value,
    };
    let Some(path) = at else {
        return Ok(vec![Node { value: value.clone(), path: None }]);
    };
    let nodes = selected(value, path);
    if nodes.is_empty() {
        let document = match value {
            Value::Json(document) => document.to_string(),
            other => serde_json::to_string(other).unwrap_or_default(),
        };
        let seen = format!("nothing at {path} in {}", bounded(&document));
        return Err(Absent { cause: Cause::Missing, seen });
    }
    Ok(nodes)
}

/// What a path selects in a value; a scalar is a document of its own.
pub(super) fn selected(value: &Value, path: &serde_json_path::JsonPath) -> Vec<Node> {
    let scalar;
    let document = match value {
        Value::Json(document) => document,
        other => {
            scalar = serde_json::to_value(other).unwrap_or_default();
            &scalar
        }
    };
    let located = path.query_located(document);
    let node = |node: &serde_json_path::LocatedNode<'_>| Node {
        value: Value::from_json(node.node().clone()),
        path: Some(dotted(&node.location().to_string())),
    };
    located.iter().map(node).collect()
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

pub(super) fn shown(value: &Value) -> String {
    bounded(&value.to_string())
}

/// At most [`SHOWN`] characters, and how many there were.
fn bounded(text: &str) -> String {
    excerpt(text, SHOWN)
}

/// What is wanted, as a reader would say it: `equals 200`, `not one-of "a", "b"`.
#[must_use]
pub fn wanted_text(expectation: &Expectation) -> String {
    let not = if expectation.negated { "not " } else { "" };
    let values: Vec<String> = match &expectation.pattern {
        Some(pattern) => vec![format!("/{}/", pattern.0.as_str())],
        None => expectation.wanted.iter().map(shown).collect(),
    };
    let joint = if expectation.operator.takes == Takes::Range { " and " } else { ", " };
    format!("{not}{} {}", expectation.operator.name(), bounded(&values.join(joint)))
}

#[cfg(test)]
mod tests;
