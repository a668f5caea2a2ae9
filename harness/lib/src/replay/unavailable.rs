//! What a recording does not tell: secrets, what only the run knew, and what was too large to be kept.

use serde_json_path::JsonPath;

use crate::judge::{judge_attempt, nodes_at, wanted_text};
use crate::model::{
    Attempt, Evaluation, Expectation, Finding, Observation, Secret, Takes, Target, Text, Undecided, Value,
};
use crate::plan::Overlay;
use crate::redact::MASK;

use super::recorded::RecalledStep;

/// Stands for every secret, and for every value that the simulated staging fills in.
pub(crate) fn unknown_to_us(target: &Target, overlay: &Overlay) -> Overlay {
    let secret = || Secret::new(MASK.to_owned());
    let named = target.secrets.iter().map(|(name, _)| name.value.clone());
    let overlaid = overlay.secrets.iter().map(|(name, _)| name.clone());
    Overlay {
        values: overlay.values.iter().map(|(c, k, _)| (c.clone(), k.clone(), Text::secret(MASK))).collect(),
        secrets: named.chain(overlaid).map(|name| (name, secret())).collect(),
    }
}

/// Is a secret, or a part of one, what an expectation would look at?
pub(crate) fn is_masked(expectation: &Expectation, fact: &str, seen: &Observation) -> bool {
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

/// Could a node be found, or not, for want of what was taken out: a name on its way, a value that a filter compares?
fn is_chosen_by_mask(expectation: &Expectation, fact: Option<&Value>) -> bool {
    let (Some(at), Some(Value::Json(json))) = (&expectation.at, fact) else { return false };
    let path = at.to_string();
    let Some((before, filter)) = path.split_once('?') else { return has_masked_name(json) };
    // What a filter chooses among, unless it looks elsewhere too.
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

/// A fact that was changed, held against a value that nobody knows: it was equal to
/// what was seen, or had it in its list, if it held then; and no list has in it what a fact is changed to.
pub(crate) fn judged_unknown(
    step: &RecalledStep<'_>,
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
        return found(step, expectation, Evaluation::Pass, "a value that can't be compared".to_owned());
    }
    judge_attempt(step.name.as_ref(), &[stood_in], seen)
        .pop()
        .unwrap_or_else(|| untold(step, expectation, "nothing was seen"))
}

fn found(step: &RecalledStep<'_>, expectation: &Expectation, held: Evaluation, seen: String) -> Finding {
    Finding {
        step: step.name.clone(),
        expectation: expectation.text.clone(),
        place: expectation.excerpt.place.clone(),
        seen,
        wanted: wanted_text(expectation),
        excerpt: (held != Evaluation::Pass).then(|| expectation.excerpt.clone()),
        held,
        severity: expectation.severity,
    }
}

pub(crate) fn untold(step: &RecalledStep<'_>, expectation: &Expectation, what: &str) -> Finding {
    let why = Undecided::NotRecorded { what: what.to_owned() };
    found(step, expectation, Evaluation::Inconclusive(why), "nothing that was recorded".to_owned())
}

/// A step of which there is no recording.
pub(crate) fn not_recorded(step: &RecalledStep<'_>, what: &str) -> Attempt {
    Attempt {
        step: step.name.clone(),
        probe: step.written.probe.name.into(),
        observation: Observation::default(),
        findings: step.promises.iter().map(|promise| untold(step, &promise.expectation, what)).collect(),
    }
}
