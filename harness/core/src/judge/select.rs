//! Selects the values of an observation that a fact and a path name.

use crate::model::{Cause, Fact, Facts, Seen, Value};

/// A value as it was seen, with the normalised path where it came from inside a document.
pub struct Node {
    /// The value.
    pub value: Value,
    /// `$.checks.redis.status`; nothing for the fact itself.
    pub path: Option<String>,
}

/// Nothing was selected.
pub struct Absent {
    /// Missing, or unreadable as its kind.
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
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_in_dot_notation() {
        assert_eq!(dotted("$['a']['b c'][0]['d_1']"), "$.a['b c'][0].d_1");
    }
}
