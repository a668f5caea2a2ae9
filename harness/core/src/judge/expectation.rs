//! Evaluates one expectation against one observation.

use crate::model::{
    Cause, Evaluation, Expectation, Fact, FactPath, Finding, Observation, Seen, Shown, Value,
};

use super::select::{Absent, Node, nodes_at};
use super::timing_uncertainty::{own_part, undecided};
use super::truncated::judge_truncated;

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
        return Finding::of(expectation, judge_truncated(expectation, cut), Seen::part(cut));
    }
    let (evaluation, seen) = match nodes_at(&observation.facts, fact, expectation.at.as_ref()) {
        Err(Absent { cause, seen }) => (absent(expectation, cause), seen),
        Ok(nodes) => judge_nodes(expectation, fact, observation, nodes),
    };
    Finding::of(expectation, evaluation, seen)
}

/// Nothing was selected: only an expectation of absence can hold.
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

/// A time is undecided if the result would be another without the part that may be the harness's own, or its host's.
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
