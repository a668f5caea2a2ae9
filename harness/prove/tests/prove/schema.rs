//! Does a proof in JSON keep to its schema?

use fixproof_prove::ProofKind;
use fixproof_prove::report::proof_schema;
use serde_json::Value;

/// A proof has exactly the members that the schema of its kind names, everywhere in it.
pub(crate) fn assert_keeps(proof: &Value, kind: ProofKind) {
    let schema = proof_schema(kind);
    assert!(keeps(proof, &schema, &schema["$defs"], ""), "{proof}");
}

fn keeps(value: &Value, schema: &Value, definitions: &Value, at: &str) -> bool {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        assert!(definitions[name].is_object(), "{name} is not defined");
        return keeps(value, &definitions[name], definitions, at);
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(all) = schema[choice].as_array() {
            return all.iter().any(|one| keeps(value, one, definitions, at));
        }
    }
    if let Some(known) = schema["enum"].as_array() {
        return known.contains(value);
    }
    if schema.get("const").is_some() {
        return schema["const"] == *value;
    }
    match value {
        Value::Object(members) => {
            let Some(properties) = schema["properties"].as_object() else { return false };
            members.keys().eq(properties.keys())
                && members.iter().all(|(key, value)| {
                    let at = format!("{at}/{key}");
                    let kept = keeps(value, &properties[key], definitions, &at);
                    assert!(kept || at.contains("expected") || value.is_null(), "{at}: {value}");
                    kept
                })
        }
        Value::Array(items) => items.iter().all(|item| keeps(item, &schema["items"], definitions, at)),
        Value::Null => {
            schema["type"] == "null" || schema["type"].as_array().is_some_and(|t| t.contains(&"null".into()))
        }
        Value::String(_) => schema["type"] == "string" || schema["type"][0] == "string",
        Value::Number(_) => schema["type"] == "number" || schema["type"] == "integer",
        Value::Bool(_) => schema["type"] == "boolean",
    }
}
