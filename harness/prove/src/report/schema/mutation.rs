//! The shape of what mutations prove as JSON, by hand: what a reader may rely on.

use serde_json::{Value, json};

use fixproof::model::Change;
use fixproof::report::schema::{count, flag, list, object, reference, text};

use crate::mutation::{FieldStanding, MutationProof};

/// The JSON Schema (draft 2020-12) of what mutations prove.
#[must_use]
pub fn mutation_schema() -> Value {
    let mut schema = object(&[
        ("schema", json!({ "const": MutationProof::SCHEMA })),
        ("provenance", provenance()),
        ("result", json!({ "enum": ["proved", "not-proved", "unhealthy", "interrupted"] })),
        ("partial", flag()),
        ("mutations", reference("counted")),
        ("fields", reference("counted")),
        ("unhealthy", list(object(&[("scenario", text()), ("detail", text())]))),
        (
            "answers",
            list(object(&[
                ("answer", text()),
                ("asked_by", list(text())),
                ("fields", list(reference("field"))),
            ])),
        ),
        ("strays", list(object(&[("scenario", text()), ("mutations", list(text())), ("detail", text())]))),
        (
            "missed",
            list(object(&[
                ("scenario", text()),
                ("answer", text()),
                ("field", text()),
                ("changes", list(demand())),
                ("place", text()),
                ("detail", text()),
            ])),
        ),
        (
            "needless",
            list(object(&[
                ("answer", text()),
                ("field", text()),
                ("change", demand()),
                ("place", text()),
                ("detail", text()),
            ])),
        ),
    ]);
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        schema.insert("$id".to_owned(), json!(MutationProof::SCHEMA));
        schema.insert("title".to_owned(), json!("What mutations prove"));
        schema.insert("$defs".to_owned(), definitions());
    }
    schema
}

fn demand() -> Value {
    json!({ "enum": Change::DEMANDS })
}

fn definitions() -> Value {
    let change = object(&[
        ("change", json!({ "enum": Change::ALL.map(Change::name) })),
        ("red", list(text())),
        ("green", list(text())),
        ("undecided", list(text())),
    ]);
    json!({
        "counted": object(&[("seen", count()), ("of", count())]),
        "seconds": { "type": "number", "minimum": 0 },
        "moment": { "type": "string", "format": "date-time" },
        "field": object(&[
            ("field", text()),
            ("standing", json!({ "enum": FieldStanding::ALL.map(FieldStanding::name) })),
            ("readers", list(text())),
            ("perhaps", list(text())),
            ("blind", list(text())),
            ("unnoticed", list(demand())),
            ("accepted", list(object(&[("change", demand()), ("why", text())]))),
            ("changes", list(change)),
        ]),
    })
}

fn provenance() -> Value {
    object(&[
        ("tool", text()),
        ("optimised", flag()),
        ("run", text()),
        ("target", text()),
        ("suite", text()),
        ("suite_hash", text()),
        ("started", reference("moment")),
        ("wall", reference("seconds")),
        ("speed", json!({ "type": "number" })),
        ("jobs", count()),
        ("trials", count()),
        ("host", object(&[("name", text()), ("system", text()), ("processors", count())])),
        ("filters", list(text())),
    ])
}
