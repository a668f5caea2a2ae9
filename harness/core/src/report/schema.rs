//! The shape of the JSON report, by hand: what a reader may rely on.

use serde_json::{Map, Value, json};

use crate::model::{Aggregate, Cause, Operator, Report, Verdict};

mod notice;

pub use notice::notice_schema;

/// The JSON Schema (draft 2020-12) of a report.
#[must_use]
pub fn json_schema() -> Value {
    let mut schema = object(&[
        ("schema", json!({ "const": Report::SCHEMA })),
        ("provenance", provenance()),
        ("decision", decision()),
        ("tally", reference("tally")),
        ("components", list(component())),
        ("causes", list(folded_cause())),
        ("outcomes", list(outcome())),
    ]);
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        schema.insert("$id".to_owned(), json!(Report::SCHEMA));
        schema.insert("title".to_owned(), json!("A report of fixproof"));
        schema.insert("$defs".to_owned(), definitions());
    }
    schema
}

fn definitions() -> Value {
    let verdicts = Verdict::ALL.map(Verdict::name);
    let causes: Vec<String> = Cause::ALL.iter().map(Cause::to_string).collect();
    let mut counted: Vec<(&str, Value)> = vec![("planned", count())];
    counted.extend(verdicts.map(|verdict| (verdict, count())));
    json!({
        "verdict": { "enum": verdicts },
        "cause": { "enum": causes },
        "share": { "type": "string", "pattern": "^[0-9]+/[1-9][0-9]*$", "description": "part/whole, exact" },
        "seconds": { "type": "number", "minimum": 0 },
        "moment": { "type": "string", "format": "date-time" },
        "place": object(&[("file", text()), ("line", count()), ("column", count())]),
        "tally": object(&counted),
        "undecided": undecided(),
        "finding": finding(),
    })
}

fn provenance() -> Value {
    let simulated = object(&[("profile", text()), ("speed", json!({ "type": "number" }))]);
    let narrowing = object(&[("by", text()), ("left_out", count())]);
    object(&[
        ("tool", text()),
        ("optimised", flag()),
        ("run", text()),
        ("nonce", count()),
        ("begun", reference("moment")),
        ("target", text()),
        ("suite", text()),
        ("suite_hash", text()),
        ("target_hash", text()),
        ("started", reference("moment")),
        ("took", reference("seconds")),
        ("wall", reference("seconds")),
        ("simulated", or_null(simulated)),
        ("narrowing", list(narrowing)),
        ("interrupted", flag()),
        ("replay", or_null(object(&[("run", text()), ("suite_hash", text())]))),
        ("host", object(&[("name", text()), ("system", text()), ("processors", count())])),
        ("self_check", object(&[("items", list(checked()))])),
        ("notes", list(text())),
        ("proof", or_null(mention())),
    ])
}

/// The newest proof for the same suite.
fn mention() -> Value {
    let counted = || object(&[("seen", count()), ("of", count())]);
    object(&[
        ("target", text()),
        ("target_hash", text()),
        ("started", text()),
        ("result", text()),
        ("partial", flag()),
        ("sensitivity", counted()),
        ("specificity", counted()),
    ])
}

/// What was measured and its limit are written as facts are.
fn checked() -> Value {
    object(&[
        ("name", json!({ "enum": ["lag", "clocks", "files"] })),
        ("measured", json!(true)),
        ("limit", json!(true)),
        ("healthy", flag()),
        ("sentence", text()),
    ])
}

fn decision() -> Value {
    let component = json!({
        "type": "array", "prefixItems": [text(), reference("share")], "items": false, "minItems": 2,
    });
    let rejection = json!({ "oneOf": [
        object(&[("reason", json!({ "const": "below-threshold" })), ("percentage", reference("share")), ("threshold", reference("share"))]),
        object(&[
            ("reason", json!({ "const": "component-below" })),
            ("component", text()),
            ("percentage", or_null(reference("share"))),
            ("threshold", reference("share")),
        ]),
        object(&[("reason", json!({ "const": "critical" })), ("scenario", text()), ("verdict", reference("verdict"))]),
    ] });
    object(&[
        ("judgement", json!({ "enum": ["approved", "rejected", "nothing-judged", "interrupted"] })),
        ("partial", flag()),
        ("percentage", or_null(reference("share"))),
        ("gate", object(&[("threshold", reference("share")), ("components", list(component))])),
        ("rejections", list(rejection)),
        ("lower_bound", json!({ "type": ["number", "null"] })),
    ])
}

fn component() -> Value {
    object(&[
        ("component", text()),
        ("depends_on", list(text())),
        ("address", text_or_null()),
        ("tally", reference("tally")),
    ])
}

fn folded_cause() -> Value {
    object(&[
        ("component", text()),
        ("cause", or_null(reference("cause"))),
        ("detail", text()),
        ("seen_by", list(text())),
        ("effects", list(text())),
        ("dependents", list(text())),
    ])
}

/// What is empty, or as it mostly is, is left out.
fn outcome() -> Value {
    optional(
        object(&[
            ("scenario", card()),
            ("verdict", reference("verdict")),
            ("reason", reason()),
            ("took", reference("seconds")),
        ]),
        &[
            ("expectations", list(expectation())),
            ("findings", list(reference("finding"))),
            ("samples", list(sample())),
            ("deciding_sample", count()),
            ("settled_after", reference("seconds")),
            ("planned_samples", count()),
            ("stopped_early", text()),
            ("started", reference("moment")),
            ("notes", list(text())),
        ],
    )
}

fn card() -> Value {
    optional(
        object(&[
            ("id", text()),
            ("title", text()),
            ("component", text()),
            ("place", reference("place")),
            ("text", text()),
            ("text_line", count()),
        ]),
        &[
            ("owner", json!({ "enum": ["application", "infrastructure"] })),
            ("source", text()),
            ("critical", json!({ "const": true })),
            ("needs", list(text())),
            ("tags", list(text())),
            ("remedy", text()),
            ("runbook", text()),
            ("probes", list(text())),
            ("reproduce", list(text())),
        ],
    )
}

fn reason() -> Value {
    let why = |word: &str| ("why", json!({ "const": word }));
    let undecided = json!({ "allOf": [
        { "type": "object", "properties": { "why": { "const": "inconclusive" } }, "required": ["why"] },
        reference("undecided"),
    ] });
    json!({ "oneOf": [
        object(&[why("passed")]),
        object(&[why("failed"), ("cause", reference("cause")), ("detail", text())]),
        object(&[why("blocked"), ("by", list(text()))]),
        undecided,
        object(&[why("skipped"), ("reason", text())]),
    ] })
}

/// Open to more keys, because a reason carries it beside its own.
fn undecided() -> Value {
    json!({
        "type": "object",
        "properties": {
            "undecided": { "enum": ["too-few-samples", "deadline", "interrupted", "harness-late", "truncated", "not-recorded", "sick-host"] },
            "have": count(),
            "need": { "type": ["integer", "null"], "minimum": 0 },
            "own_nanos": count(),
            "read": count(),
            "sentence": text(),
            "what": text(),
        },
        "required": ["undecided"],
    })
}

fn finding() -> Value {
    let evaluation = json!({ "oneOf": [
        object(&[("fail", reference("cause"))]),
        object(&[("inconclusive", reference("undecided"))]),
    ] });
    // Without an evaluation it holds.
    optional(object(&[("expectation", count()), ("seen", seen())]), &[("evaluation", evaluation)])
}

fn expectation() -> Value {
    let mark = json!({ "type": "array", "items": count(), "minItems": 2, "maxItems": 2 });
    // The file is the scenario's, unless it is named; a number of lines stands for those of the scenario's text.
    let place = optional(object(&[("line", count()), ("column", count())]), &[("file", text())]);
    let lines = json!({ "oneOf": [count(), text()] });
    let excerpt = object(&[("place", place), ("text", lines), ("mark", mark)]);
    let aggregate = json!({ "enum": Aggregate::ALL.map(|(name, _)| name) });
    let fact = json!({ "oneOf": [text(), object(&[("of", text()), ("aggregate", aggregate)])] });
    let operators: Vec<&str> = Operator::ALL.iter().map(|operator| operator.name()).collect();
    optional(
        object(&[
            ("fact", fact),
            ("operator", json!({ "enum": operators })),
            // Values, as facts are written; {"beginning": …} of a large one, {"secret": true} for a secret.
            ("wanted", json!({ "type": "array" })),
            ("excerpt", excerpt),
        ]),
        &[
            ("step", text()),
            ("at", text()),
            ("not", json!({ "const": true })),
            ("confidence", reference("share")),
            ("severity", json!({ "const": "warn" })),
        ],
    )
}

/// What was seen. A value is written as a fact is.
fn seen() -> Value {
    let any = || json!(true);
    let node = optional(object(&[("value", any()), ("path", text())]), &[("more", count())]);
    let part = object(&[
        ("value", any()),
        ("rest", json!({ "enum": ["raises", "lowers", "changes"] })),
        ("read", count()),
    ]);
    let aggregate = object(&[("value", any()), ("fact", text()), ("missing", count()), ("of", count())]);
    json!({ "oneOf": [
        object(&[("value", any())]),
        object(&[("node", node)]),
        object(&[("no-fact", text())]),
        object(&[("no-node", object(&[("path", text()), ("document", text())]))]),
        object(&[("unreadable", text())]),
        object(&[("part", part)]),
        object(&[("samples", object(&[("met", count()), ("of", count())]))]),
        object(&[("aggregate", aggregate)]),
        { "enum": ["not-settled", "no-sample", "not-recorded", "not-comparable"] },
    ] })
}

fn sample() -> Value {
    let phase = optional(
        object(&[("name", text()), ("after", reference("seconds")), ("took", reference("seconds"))]),
        &[("complete", json!({ "const": false }))],
    );
    let doubt =
        object(&[("shorter", reference("seconds")), ("longer", reference("seconds")), ("sentence", text())]);
    let transcript = optional(object(&[]), &[("sent", list(text())), ("received", list(text()))]);
    // A fact is plain JSON, or {"seconds": …}, {"bytes": …}, {"share": …}, {"json": …}, {"cut": …}, {"unreadable": …}.
    let observation = optional(
        object(&[("facts", json!({ "type": "object" }))]),
        &[
            ("phases", list(phase)),
            ("obstacle", object(&[("cause", reference("cause")), ("detail", text())])),
            ("transcript", transcript),
            ("own", reference("seconds")),
            ("doubt", doubt),
        ],
    );
    let attempt = optional(
        object(&[("probe", text()), ("observation", observation)]),
        &[("step", text()), ("findings", list(reference("finding")))],
    );
    let whole = object(&[
        ("after", reference("seconds")),
        ("took", reference("seconds")),
        ("met", flag()),
        ("attempts", list(attempt)),
    ]);
    // What is left out is as in that earlier sample: of the sample, its attempts, their observations and facts.
    let like = json!({ "type": "object", "properties": { "like": count() }, "required": ["like"] });
    json!({ "oneOf": [whole, like] })
}

/// An object with these keys and no others, all of them there.
#[must_use]
pub fn object(properties: &[(&str, Value)]) -> Value {
    let required: Vec<&str> = properties.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Value> =
        properties.iter().map(|(name, of)| ((*name).to_owned(), of.clone())).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// The same object with keys that may be left out.
fn optional(mut object: Value, properties: &[(&str, Value)]) -> Value {
    for (name, of) in properties {
        object["properties"][*name] = of.clone();
    }
    object
}

/// A list of these.
#[must_use]
pub fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

/// This, or null.
#[must_use]
pub fn or_null(schema: Value) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }] })
}

/// A reference to a definition.
#[must_use]
pub fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// A text.
#[must_use]
pub fn text() -> Value {
    json!({ "type": "string" })
}

/// A text, or null.
#[must_use]
pub fn text_or_null() -> Value {
    json!({ "type": ["string", "null"] })
}

/// True or false.
#[must_use]
pub fn flag() -> Value {
    json!({ "type": "boolean" })
}

/// A whole number from zero.
#[must_use]
pub fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}
