//! The shape of a proof as JSON: what a reader may rely on.

use fixproof::model::{Cause, Change, Undecided, Verdict};
use fixproof::report::schema::{count, flag, list, object, or_null, reference, text, text_or_null};
use serde_json::{Value, json};

use crate::controls::ControlResult;
use crate::mutation::FieldStanding;
use crate::{Proof, ProofKind, ProofResult};

/// The JSON Schema (draft 2020-12) of a kind of proof.
#[must_use]
pub fn proof_schema(kind: ProofKind) -> Value {
    let section = match kind {
        ProofKind::Controls => controls(),
        ProofKind::Mutation => mutation(),
        ProofKind::Recorded => recorded(),
    };
    let mut schema = object(&[
        ("schema", json!({ "const": Proof::SCHEMA })),
        ("provenance", provenance()),
        ("result", json!({ "enum": ProofResult::ALL.map(ProofResult::name) })),
        ("partial", flag()),
        (kind.name(), section),
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
        "mark": { "enum": ControlResult::ALL.map(ControlResult::name) },
        "demand": { "enum": Change::DEMANDS },
        "change": { "enum": Change::ALL.map(Change::name) },
        "counted": object(&[("seen", count()), ("of", count())]),
        "seconds": { "type": "number", "minimum": 0 },
        "moment": { "type": "string", "format": "date-time" },
        "place": object(&[("file", text()), ("line", count()), ("column", count())]),
        "expected": expected(),
        "control": control(),
        "field": field(),
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
        ("controls_hash", text_or_null()),
        ("started", reference("moment")),
        ("wall", reference("seconds")),
        ("simulation", or_null(object(&[("speed", json!({ "type": "number" })), ("jobs", count())]))),
        ("host", object(&[("name", text()), ("system", text()), ("processors", count())])),
        ("filters", list(text())),
    ])
}

fn controls() -> Value {
    let tried =
        object(&[("fault", text()), ("expected", reference("expected")), ("mark", reference("mark"))]);
    let unbroken = object(&[
        ("scenario", text()),
        ("step", text_or_null()),
        ("expectation", text()),
        ("place", reference("place")),
    ]);
    object(&[
        ("sensitivity", reference("counted")),
        ("specificity", reference("counted")),
        ("healthy", reference("control")),
        ("outcomes", list(reference("control"))),
        ("blind", list(object(&[("scenario", text()), ("title", text()), ("tried", list(tried))]))),
        // One mark for each of `outcomes`, in their order.
        ("matrix", list(object(&[("scenario", text()), ("marks", list(or_null(reference("mark"))))]))),
        ("expectations", reference("counted")),
        ("unbroken", list(unbroken)),
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

fn mutation() -> Value {
    let answer =
        object(&[("answer", text()), ("asked_by", list(text())), ("fields", list(reference("field")))]);
    let missing = object(&[
        ("scenario", text()),
        ("answer", text()),
        ("field", text()),
        ("changes", list(reference("demand"))),
        ("place", text()),
        ("detail", text()),
    ]);
    let unused = object(&[
        ("answer", text()),
        ("field", text()),
        ("change", reference("demand")),
        ("place", text()),
        ("detail", text()),
    ]);
    object(&[
        ("trials", count()),
        ("mutations", reference("counted")),
        ("fields", reference("counted")),
        ("unhealthy", list(object(&[("scenario", text()), ("detail", text())]))),
        ("answers", list(answer)),
        (
            "false_alarms",
            list(object(&[("scenario", text()), ("mutations", list(text())), ("detail", text())])),
        ),
        ("missing_kills", list(missing)),
        ("unused_suppressions", list(unused)),
    ])
}

fn field() -> Value {
    let change = object(&[
        ("change", reference("change")),
        ("red", list(text())),
        ("green", list(text())),
        ("undecided", list(text())),
    ]);
    object(&[
        ("field", text()),
        ("standing", json!({ "enum": FieldStanding::ALL.map(FieldStanding::name) })),
        ("readers", list(text())),
        ("perhaps", list(text())),
        ("blind", list(text())),
        ("survived", list(reference("demand"))),
        ("suppressed", list(object(&[("change", reference("demand")), ("why", text())]))),
        ("changes", list(change)),
    ])
}

fn recorded() -> Value {
    let standing = |word: &str| ("standing", json!({ "const": word }));
    let standing = json!({ "oneOf": [
        object(&[standing("sensitive")]),
        object(&[standing("blind")]),
        object(&[standing("not-proved"), ("why", text())]),
        object(&[standing("left-out"), ("reason", text())]),
    ] });
    let expectation = object(&[
        ("step", text_or_null()),
        ("text", text()),
        ("place", reference("place")),
        ("killed", list(reference("change"))),
        ("survived", list(reference("change"))),
        ("is_weak", flag()),
        ("gap", text_or_null()),
    ]);
    let scenario = object(&[
        ("id", text()),
        ("place", reference("place")),
        ("standing", standing),
        ("expectations", list(expectation)),
        ("survived_errors", list(reference("cause"))),
        ("unread", list(text())),
    ]);
    object(&[
        ("source", json!({ "enum": ["report", "target"] })),
        ("run", text()),
        ("target", text()),
        ("same_suite", flag()),
        ("same_target", flag()),
        ("scenarios", list(scenario)),
    ])
}
