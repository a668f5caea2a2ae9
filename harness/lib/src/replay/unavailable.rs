//! Values that a recording does not have: secrets, values of the run itself, and facts that were too large to keep.

use serde_json_path::JsonPath;

use crate::judge::{judge_attempt, nodes_at};
use crate::model::{
    Attempt, Evaluation, Expectation, Finding, Observation, Secret, Seen, Takes, Target, Text, Undecided,
    Value,
};
use crate::plan::{Overlay, StepChecks};
use crate::redact::MASK;

/// An overlay that replaces every secret and every value of the simulated staging with [`MASK`].
pub(super) fn masked(target: &Target, overlay: &Overlay) -> Overlay {
    let secret = || Secret::new(MASK.to_owned());
    let named = target.secrets.iter().map(|(name, _)| name.value.clone());
    let overlaid = overlay.secrets.iter().map(|(name, _)| name.clone());
    Overlay {
        values: overlay.values.iter().map(|(c, k, _)| (c.clone(), k.clone(), Text::secret(MASK))).collect(),
        secrets: named.chain(overlaid).map(|name| (name, secret())).collect(),
    }
}

/// Is the wanted value known only during the run?
pub(super) fn is_unknown(expectation: &Expectation) -> bool {
    expectation.wanted.iter().any(holds_mask)
}

/// Is the value of an expectation's fact a secret, or does it contain one?
pub(super) fn is_masked(expectation: &Expectation, fact: &str, seen: &Observation) -> bool {
    let found = nodes_at(&seen.facts, fact, expectation.at.as_ref());
    let looks_inside = !expectation.operator.presence
        && found.is_ok_and(|nodes| nodes.iter().any(|node| holds_mask(&node.value)));
    looks_inside || is_chosen_by_mask(expectation, seen.facts.value(fact))
}

fn holds_mask(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.contains(MASK),
        Value::Json(json) => json.to_string().contains(MASK),
        Value::Null
        | Value::Flag(_)
        | Value::Number(_)
        | Value::Duration(_)
        | Value::Size(_)
        | Value::Share(_) => false,
    }
}

/// Could the redaction decide which node is found: a name on the path, or a value that a filter compares?
fn is_chosen_by_mask(expectation: &Expectation, fact: Option<&Value>) -> bool {
    let (Some(at), Some(Value::Json(json))) = (&expectation.at, fact) else { return false };
    let path = at.to_string();
    let Some((before, filter)) = path.split_once('?') else { return has_masked_name(json) };
    // The nodes that the filter selects from, unless it refers to others.
    let among =
        before.strip_suffix('[').filter(|_| !filter.contains('$')).and_then(|p| JsonPath::parse(p).ok());
    has_masked_name(json)
        || among.map_or_else(
            || json.to_string().contains(MASK),
            |among| among.query(json).iter().any(|node| node.to_string().contains(MASK)),
        )
}

fn has_masked_name(json: &serde_json::Value) -> bool {
    match json {
        serde_json::Value::Array(list) => list.iter().any(has_masked_name),
        serde_json::Value::Object(rows) => {
            rows.iter().any(|(name, item)| name.contains(MASK) || has_masked_name(item))
        }
        _ => false,
    }
}

/// Judges a changed fact against an unknown value: if the expectation held then, that value equalled what was seen, or its
/// list contained it; and no list contains the changed value.
pub(super) fn judged_unknown(
    expectation: &Expectation,
    fact: &str,
    seen: &Observation,
    as_it_was: &Observation,
) -> Finding {
    let mut stood_in = expectation.clone();
    let then = nodes_at(&as_it_was.facts, fact, expectation.at.as_ref());
    let of_what_was_seen = matches!(expectation.operator.takes, Takes::One | Takes::Several);
    if let (true, false, Ok(nodes)) = (of_what_was_seen, expectation.negated, then) {
        stood_in.wanted = nodes.into_iter().map(|node| node.value).collect();
    } else if nodes_at(&seen.facts, fact, expectation.at.as_ref()).is_ok() {
        return Finding::of(expectation, Evaluation::Pass, Seen::NotComparable);
    }
    judge_attempt(&[stood_in], seen).pop().unwrap_or_else(|| unavailable(expectation, "no observation"))
}

pub(super) fn unavailable(expectation: &Expectation, what: &str) -> Finding {
    let why = Undecided::NotRecorded { what: what.to_owned() };
    Finding::of(expectation, Evaluation::Inconclusive(why), Seen::NotRecorded)
}

/// A step without a recording.
pub(super) fn not_recorded(step: &StepChecks, what: &str) -> Attempt {
    Attempt {
        step: step.name.clone(),
        probe: step.probe.into(),
        observation: Observation::default(),
        findings: step.expect.iter().map(|expectation| unavailable(expectation, what)).collect(),
    }
}
