//! The same tables as JSON Schema, for editors.

use serde_json::{Map, Value, json};

use crate::model::{Cause, FactSpec, ProbeSpec, SettingKind, Undecided};

use super::keys::{self, KeyKind, TableSpec};

/// A kind of file that has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// `suite.toml`
    Suite,
    /// A file in `targets/`.
    Target,
    /// A scenario file.
    Scenarios,
    /// A file in `controls/`.
    Controls,
}

const DURATION: &str = r"^\s*([0-9]+(\.[0-9]+)?\s*(ns|nsec|nanos|us|µs|usec|ms|msec|millis|s|sec|secs|second|seconds|m|min|mins|minute|minutes|h|hr|hrs|hour|hours|d|day|days|w|wk|wks|week|weeks)\s*)+$";
const SIZE: &str = r"^\s*[0-9]+(\.[0-9]+)?\s*(B|kB|MB|GB|KiB|MiB|GiB)\s*$";
const SHARE: &str = r"^\s*[0-9]{1,9}(\.[0-9]{1,9})?\s*%\s*$";
const VARIABLE: &str = r"\{\{.*\}\}";

/// The JSON Schema (draft 2020-12) of one kind of file.
#[must_use]
pub fn schema(document: Document, vocabulary: &[&'static ProbeSpec]) -> Value {
    let (title, spec) = match document {
        Document::Suite => ("fixproof: suite.toml", &keys::SUITE),
        Document::Target => ("fixproof: a target", &keys::TARGET),
        Document::Scenarios => ("fixproof: a scenario file", &keys::FILE),
        Document::Controls => ("fixproof: a file of controls", &keys::control::FILE),
    };
    let mut root = Map::new();
    root.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    root.insert("title".to_owned(), json!(title));
    if let Value::Object(table) = table(spec, vocabulary) {
        root.extend(table);
    }
    Value::Object(root)
}

fn table(spec: &'static TableSpec, vocabulary: &[&'static ProbeSpec]) -> Value {
    let mut properties = Map::new();
    for key in spec.keys {
        let mut property = of_kind(key.kind, vocabulary);
        if let Value::Object(property) = &mut property {
            property.insert("description".to_owned(), json!(key.meaning));
        }
        properties.insert(key.name.to_owned(), property);
    }
    let others = spec.others.map_or(json!(false), |kind| of_kind(kind, vocabulary));
    let mut made = json!({ "type": "object", "properties": properties, "additionalProperties": others });
    let required: Vec<&str> = spec.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    if !required.is_empty() {
        made["required"] = json!(required);
    }
    if spec.keys.iter().any(|key| matches!(key.kind, KeyKind::Probe)) {
        let probes: Vec<Value> = vocabulary.iter().map(|probe| when_probe(probe)).collect();
        made["allOf"] = json!(probes);
    }
    made
}

fn of_kind(kind: KeyKind, vocabulary: &[&'static ProbeSpec]) -> Value {
    match kind {
        KeyKind::Text | KeyKind::Path | KeyKind::Fact => json!({ "type": "string", "minLength": 1 }),
        KeyKind::Id => json!({ "type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$" }),
        KeyKind::Flag => json!({ "type": "boolean" }),
        KeyKind::Count(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        KeyKind::Number(least, most) => json!({ "type": "number", "minimum": least, "maximum": most }),
        KeyKind::Duration { .. } => json!({ "type": "string", "pattern": DURATION }),
        KeyKind::Share => json!({ "type": "string", "pattern": SHARE }),
        KeyKind::Date => json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }),
        KeyKind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        KeyKind::TextsOr(word) => {
            json!({ "anyOf": [{ "type": "array", "items": { "type": "string" } }, { "const": word }] })
        }
        KeyKind::OneOf(words) => json!({ "enum": words }),
        KeyKind::Cause => {
            let causes = Cause::ALL.iter().map(Cause::to_string);
            json!({ "enum": causes.chain(Undecided::CLAIMED.map(str::to_owned)).collect::<Vec<_>>() })
        }
        KeyKind::Probe => {
            json!({ "enum": vocabulary.iter().map(|probe| probe.name).collect::<Vec<_>>() })
        }
        KeyKind::Settings => json!({ "type": "object" }),
        KeyKind::Table(spec) => table(spec, vocabulary),
        KeyKind::Tables(spec) => json!({ "type": "array", "items": table(spec, vocabulary) }),
        KeyKind::Any => json!({}),
        KeyKind::Many => json!({ "type": ["array", "string"] }),
    }
}

/// What `with` and `that` may be once the probe is known.
fn when_probe(probe: &ProbeSpec) -> Value {
    let settings: Map<String, Value> = probe
        .settings
        .iter()
        .map(|setting| {
            let mut made = of_setting(setting.kind);
            made["description"] = json!(setting.meaning);
            (setting.name.to_owned(), made)
        })
        .collect();
    let required: Vec<&str> = probe.settings.iter().filter(|s| s.required).map(|s| s.name).collect();
    let facts: Vec<Value> = probe.facts().map(of_fact).collect();
    let that = json!({ "anyOf": [{ "anyOf": facts }, { "type": "string" }] });
    let mut then = json!({
        "properties": {
            "with": {
                "type": "object",
                "description": probe.summary,
                "properties": settings,
                "required": required,
                "additionalProperties": false,
            },
            "expect": { "items": { "properties": { "that": that } } },
        },
    });
    if !required.is_empty() {
        then["required"] = json!(["with"]);
    }
    json!({ "if": { "properties": { "probe": { "const": probe.name } }, "required": ["probe"] }, "then": then })
}

fn of_fact(fact: &FactSpec) -> Value {
    match fact.name.split_once('*') {
        Some((before, after)) => json!({
            "type": "string",
            "pattern": match after {
                "" => format!("^{}", before.replace('.', "\\.")),
                _ => format!("^{}[^.]+{}", before.replace('.', "\\."), after.replace('.', "\\.")),
            },
            "description": fact.meaning,
        }),
        None => json!({ "const": fact.name, "description": fact.meaning }),
    }
}

fn of_setting(kind: SettingKind) -> Value {
    let variable = || json!({ "type": "string", "pattern": VARIABLE });
    let or_variable = |other: Value| json!({ "anyOf": [other, variable()] });
    match kind {
        SettingKind::Text => json!({ "type": "string" }),
        SettingKind::Flag => or_variable(json!({ "type": "boolean" })),
        SettingKind::Count => or_variable(json!({ "type": "integer", "minimum": 0 })),
        SettingKind::Duration => or_variable(json!({ "type": "string", "pattern": DURATION })),
        SettingKind::Size => or_variable(json!({ "type": "string", "pattern": SIZE })),
        SettingKind::Texts => or_variable(json!({ "type": "array", "items": { "type": "string" } })),
        SettingKind::Table => or_variable(json!({
            "type": "object",
            "additionalProperties": { "type": ["string", "number", "boolean"] },
        })),
        SettingKind::OneOf(words) => or_variable(json!({ "enum": words })),
        SettingKind::Any => json!({}),
    }
}
