//! The shape of the JSON proof, by hand: what a reader may rely on.

use serde_json::{Value, json};

use fixproof::model::{Cause, Undecided, Verdict};
use fixproof::report::schema::{count, flag, list, object, or_null, reference, text, text_or_null};

use crate::controls::{Mark, Proof};

mod mutation;

pub use mutation::mutation_schema;

/// The JSON Schema (draft 2020-12) of a proof.
#[must_use]
pub fn proof_schema() -> Value {
    let mut schema = object(&[
        ("schema", json!({ "const": Proof::SCHEMA })),
        ("provenance", provenance()),
        ("result", json!({ "enum": ["proved", "not-proved", "unhealthy", "interrupted"] })),
        ("partial", flag()),
        ("sensitivity", reference("counted")),
        ("specificity", reference("counted")),
        ("healthy", reference("control")),
        ("controls", list(reference("control"))),
        ("blind", list(object(&[("scenario", text()), ("title", text()), ("tried", list(tried()))]))),
        // One mark for each of `controls`, in their order.
        ("matrix", list(object(&[("scenario", text()), ("marks", list(or_null(reference("mark"))))]))),
        ("expectations", reference("counted")),
        (
            "unbroken",
            list(object(&[
                ("scenario", text()),
                ("step", text_or_null()),
                ("expectation", text()),
                ("place", reference("place")),
            ])),
        ),
    ]);
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        schema.insert("$id".to_owned(), json!(Proof::SCHEMA));
        schema.insert("title".to_owned(), json!("A proof of fixproof"));
        schema.insert("$defs".to_owned(), definitions());
    }
    schema
}

fn definitions() -> Value {
    let causes = Cause::ALL.iter().map(Cause::to_string);
    let causes: Vec<String> = causes.chain(Undecided::CLAIMED.map(str::to_owned)).collect();
    json!({
        "verdict": { "enum": Verdict::ALL.map(Verdict::name) },
        "cause": { "enum": causes },
        "mark": { "enum": Mark::ALL.map(Mark::name) },
        "counted": object(&[("seen", count()), ("of", count())]),
        "seconds": { "type": "number", "minimum": 0 },
        "moment": { "type": "string", "format": "date-time" },
        "place": object(&[("file", text()), ("line", count()), ("column", count())]),
        "expected": expected(),
        "control": control(),
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
        ("target_hash", text()),
        ("controls_hash", text()),
        ("started", reference("moment")),
        ("wall", reference("seconds")),
        ("speed", json!({ "type": "number" })),
        ("jobs", count()),
        ("host", object(&[("name", text()), ("system", text()), ("processors", count())])),
        ("filters", list(text())),
    ])
}

fn expected() -> Value {
    let must = |word: &str| ("must", json!({ "const": word }));
    let red = object(&[
        must("red"),
        ("verdict", reference("verdict")),
        ("cause", reference("cause")),
        ("says", text_or_null()),
    ]);
    let plain = ["blocked", "passed", "anything"].map(|word| object(&[must(word)]));
    let one_of: Vec<Value> = std::iter::once(red).chain(plain).collect();
    json!({ "oneOf": one_of })
}

fn control() -> Value {
    let cell = object(&[
        ("scenario", text()),
        ("expected", reference("expected")),
        ("verdict", reference("verdict")),
        ("cause", text_or_null()),
        ("detail", text()),
        ("mark", reference("mark")),
    ]);
    object(&[
        ("fault", text()),
        ("why", text()),
        ("place", or_null(reference("place"))),
        ("wall", reference("seconds")),
        ("again", text_or_null()),
        ("gate", or_null(object(&[("held", flag()), ("seen", text())]))),
        ("cells", list(cell)),
    ])
}

fn tried() -> Value {
    object(&[("fault", text()), ("expected", reference("expected")), ("mark", reference("mark"))])
}
