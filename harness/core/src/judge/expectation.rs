//! One expectation held against one observation.

use crate::model::{
    Cause, Evaluation, Expectation, Fact, FactPath, Facts, Finding, Observation, Seen, Shown, Value,
};

use super::cut::judge_cut;
use super::doubt::{own_part, undecided};

/// A value as it was seen, with the normalised path where it came from inside a document.
pub struct Node {
    /// The value.
    pub value: Value,
    /// `$.checks.redis.status`; nothing for the fact itself.
    pub path: Option<String>,
}

/// Evaluates every plain expectation of a step. Nothing is judged where a probe error came in the way: the error
/// itself is the reason.
#[must_use]
pub fn judge_attempt(expectations: &[Expectation], observation: &Observation) -> Vec<Finding> {
    if observation.obstacle.is_some() {
        return Vec::new();
    }
    expectations
        .iter()
        .filter_map(|expectation| match &expectation.that {
            FactPath::Plain(fact) => Some(judge(expectation, fact, observation)),
            FactPath::Aggregate(..) | FactPath::SamplesMet | FactPath::SettleAfter => None,
        })
        .collect()
}

fn judge(expectation: &Expectation, fact: &str, observation: &Observation) -> Finding {
    if let Some(Fact::Cut(cut)) = observation.facts.get(fact) {
        return Finding::of(expectation, judge_cut(expectation, cut), Seen::part(cut));
    }
    let (evaluation, seen) = match nodes_at(&observation.facts, fact, expectation.at.as_ref()) {
        Err(Absent { cause, seen }) => (absent(expectation, cause), seen),
        Ok(nodes) => judge_nodes(expectation, fact, observation, nodes),
    };
    Finding::of(expectation, evaluation, seen)
}

/// Nothing was selected: only an expectation of absence may be content with it.
pub(super) fn absent(expectation: &Expectation, cause: Cause) -> Evaluation {
    let wants_absence = expectation.operator.presence && !expectation.wants_presence();
    if wants_absence && cause == Cause::Missing { Evaluation::Pass } else { Evaluation::Fail(cause) }
}

/// The first value for which it does not hold; else the first.
fn judge_nodes(
    expectation: &Expectation,
    fact: &str,
    observation: &Observation,
    nodes: Vec<Node>,
) -> (Evaluation, Seen) {
    let seen = |Node { value, path }: &Node, more: usize| match path {
        Some(path) => {
            let more = u64::try_from(more).unwrap_or(u64::MAX);
            Seen::Node { value: Shown::of(value), path: path.clone(), more }
        }
        None => Seen::Value(Shown::of(value)),
    };
    for node in &nodes {
        let evaluation = match expectation.holds(&node.value) {
            Ok(holds) => {
                unless_late(expectation, fact, observation, &node.value, holds != expectation.negated)
            }
            Err(cause) => Evaluation::Fail(cause),
        };
        if evaluation != Evaluation::Pass {
            return (evaluation, seen(node, 0));
        }
    }
    match nodes.split_first() {
        Some((first, more)) => (Evaluation::Pass, seen(first, more.len())),
        None => (Evaluation::Fail(Cause::Internal), Seen::NoFact(fact.into())),
    }
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
    pub seen: Seen,
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
        None => return Err(Absent { cause: Cause::Missing, seen: Seen::NoFact(fact.into()) }),
        Some(Fact::Unreadable(why)) => {
            return Err(Absent { cause: why.cause, seen: Seen::unreadable(&why.detail) });
        }
        Some(Fact::Cut(cut)) => return Err(Absent { cause: Cause::Truncated, seen: Seen::part(cut) }),
        Some(Fact::Seen(value)) => value,
    };
    let Some(path) = at else {
        return Ok(vec![Node { value: value.clone(), path: None }]);
    };
    let nodes = selected(value, path);
    if nodes.is_empty() {
        return Err(Absent { cause: Cause::Missing, seen: Seen::no_node(path, value) });
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

#[cfg(test)]
mod tests;
