//! The shape of a notice, by hand: what a program that receives one may rely on.

use serde_json::{Value, json};

use super::{count, flag, list, object, or_null, reference, text, text_or_null};
use crate::model::{Cause, Verdict};
use crate::report::notice::SCHEMA;

/// The JSON Schema (draft 2020-12) of a notice.
#[must_use]
pub fn notice_schema() -> Value {
    let simulated = object(&[("profile", text()), ("speed", json!({ "type": "number" }))]);
    let mut counted: Vec<(&str, Value)> = vec![("planned", count())];
    counted.extend(Verdict::ALL.map(|verdict| (verdict.name(), count())));
    let mut schema = object(&[
        ("schema", json!({ "const": SCHEMA })),
        (
            "verdict",
            json!({ "enum": ["approved", "partial", "replayed", "rejected", "nothing-judged", "interrupted"] }),
        ),
        ("sentence", text()),
        (
            "signs_off",
            json!({
                "type": "boolean",
                "description": "true only for an approved run that left nothing out, against a real environment; automate approvals by this field alone",
            }),
        ),
        ("percentage", or_null(reference("percent"))),
        ("threshold", reference("percent")),
        ("target", text()),
        ("suite", text()),
        ("run", text()),
        ("started", json!({ "type": "string", "format": "date-time" })),
        ("took_seconds", json!({ "type": "number", "minimum": 0 })),
        ("host", text()),
        ("tool", text()),
        ("partial", flag()),
        ("replay_of", text_or_null()),
        ("simulated", or_null(simulated)),
        ("tally", object(&counted)),
        ("reasons", list(text())),
        ("causes", list(cause())),
        ("red", list(red())),
        ("left_out", object(&[("reasons", count()), ("causes", count()), ("red", count())])),
    ]);
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        schema.insert("$id".to_owned(), json!(SCHEMA));
        schema.insert("title".to_owned(), json!("A notice of fixproof"));
        schema.insert("$defs".to_owned(), definitions());
    }
    schema
}

fn definitions() -> Value {
    let causes: Vec<String> = Cause::ALL.iter().map(Cause::to_string).collect();
    json!({
        "percent": { "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?%$", "description": "rounded down; the tally is exact" },
        "cause": { "enum": causes },
    })
}

fn cause() -> Value {
    object(&[
        ("component", text()),
        ("cause", or_null(reference("cause"))),
        ("detail", text()),
        ("seen_by", count()),
        ("effects", count()),
    ])
}

fn red() -> Value {
    object(&[
        ("id", text()),
        ("title", text()),
        ("component", text()),
        ("verdict", json!({ "enum": ["failed", "errored", "blocked", "inconclusive"] })),
        ("cause", or_null(reference("cause"))),
        ("detail", text()),
        ("owner", json!({ "enum": ["application", "infrastructure", null] })),
        ("critical", flag()),
        ("remedy", text_or_null()),
    ])
}
