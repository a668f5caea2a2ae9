//! Limits what a report keeps of an observation: the size and depth of facts, and the transcript.

use crate::model::{Cause, Evaluation, Fact, Finding, Observation, Transcript, Unreadable, Value};

/// The longest text, in bytes, that a report keeps of one fact.
const KEPT: usize = 16 * 1024;

/// The deepest document that a report keeps: deeper nesting can't be read back.
const DEEP: usize = 96;

/// A fact that repeats the body of an answer.
pub(super) const TEXT: &str = "text";

/// Bounds what a report keeps. Measured facts are small and stay; the transcript stays only as evidence of a failure.
pub(super) fn trim(observation: &mut Observation, findings: &[Finding], keeps_text: bool) {
    if observation.obstacle.is_none() && findings.iter().all(|finding| finding.evaluation == Evaluation::Pass)
    {
        observation.transcript = Transcript::default();
    }
    if !keeps_text && says_text_twice(observation) {
        observation.facts.remove(TEXT);
    }
    for (_, fact) in observation.facts.iter_mut() {
        let value = match &*fact {
            Fact::Seen(value) => Some(value),
            Fact::Cut(cut) => cut.seen.as_ref(),
            Fact::Unreadable(_) => None,
        };
        let size = match value {
            Some(Value::Text(text)) => text.len(),
            Some(Value::Json(json)) => json_size(json),
            _ => 0,
        };
        let deep = matches!(value, Some(Value::Json(json)) if is_deep(json, DEEP));
        if size > KEPT || deep {
            let why =
                if deep { format!("nested deeper than {DEEP}") } else { format!("larger than {KEPT} bytes") };
            let detail = format!("{why}, not kept in the report");
            *fact = Fact::Unreadable(Unreadable { cause: Cause::NotKept, detail });
        }
    }
}

/// Does the text repeat a document that is a fact of its own?
fn says_text_twice(observation: &Observation) -> bool {
    matches!(observation.facts.get("body"), Some(Fact::Seen(_)))
}

/// Was a fact there, or may it have been, and was not kept?
pub(crate) fn was_dropped(observation: &Observation, fact: &str) -> bool {
    match observation.facts.get(fact) {
        Some(Fact::Unreadable(why)) => why.cause == Cause::NotKept,
        Some(Fact::Seen(_) | Fact::Cut(_)) => false,
        None => fact == TEXT && says_text_twice(observation),
    }
}

/// Is a document nested deeper than that?
fn is_deep(json: &serde_json::Value, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else { return true };
    match json {
        serde_json::Value::Array(list) => list.iter().any(|item| is_deep(item, below)),
        serde_json::Value::Object(map) => map.values().any(|item| is_deep(item, below)),
        _ => false,
    }
}

/// About how many bytes a document takes as text.
fn json_size(json: &serde_json::Value) -> usize {
    match json {
        serde_json::Value::String(text) => text.len() + 2,
        serde_json::Value::Array(list) => list.iter().map(|item| json_size(item) + 1).sum::<usize>() + 2,
        serde_json::Value::Object(map) => {
            map.iter().map(|(key, item)| key.len() + 4 + json_size(item)).sum::<usize>() + 2
        }
        _ => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(levels: usize) -> serde_json::Value {
        (0..levels).fold(serde_json::json!(1), |inner, _| serde_json::json!([inner]))
    }

    fn trimmed(document: serde_json::Value) -> Option<Fact> {
        let mut observation = Observation::default();
        observation.facts.insert("body", Value::Json(document));
        trim(&mut observation, &[], false);
        observation.facts.get("body").cloned()
    }

    #[test]
    fn a_fact_that_is_too_large_or_too_deep_is_not_kept() {
        assert!(matches!(trimmed(nested(DEEP - 1)), Some(Fact::Seen(_))));
        for too_much in [nested(DEEP), serde_json::json!(["x".repeat(KEPT)])] {
            let Some(Fact::Unreadable(why)) = trimmed(too_much) else { panic!("it was kept") };
            assert_eq!(why.cause, Cause::NotKept, "{}", why.detail);
        }
    }
}
