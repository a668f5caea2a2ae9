//! What was recorded and nothing looks at: no mistake, but what a suite could still be asked to look at.

use std::collections::BTreeSet;

use fixproof::model::{Fact, FactPath, Facts, Sample, Value};

use fixproof::engine::{RecordedScenario, StepChecks};

/// What was recorded in the first sample and no expectation looks at. Times and their like are measured anyway.
pub(super) fn unread(of: &RecordedScenario<'_>, recorded: &[Sample]) -> Vec<String> {
    let mut unread = Vec::new();
    for step in &of.steps {
        let attempt = recorded.first().and_then(|s| s.attempts.iter().find(|a| a.step == step.name));
        let Some(attempt) = attempt else { continue };
        let read = read(of, step, &attempt.observation.facts);
        let prefix = step.name.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
        for (name, fact) in attempt.observation.facts.iter().filter(|(name, _)| !is_measured(name)) {
            match fact {
                Fact::Seen(Value::Json(document)) => {
                    let mut leaves = Vec::new();
                    leaves_of(document, String::new(), &mut leaves);
                    let of_fact = leaves.into_iter().filter(|leaf| !covers(&read, name, leaf));
                    unread.extend(of_fact.map(|leaf| format!("{prefix}{name} {leaf}")));
                }
                // A text is mostly what the probe says of itself: an address, a version.
                Fact::Seen(Value::Text(_) | Value::Size(_)) => {}
                _ if !covers(&read, name, "") => unread.push(format!("{prefix}{name}")),
                _ => {}
            }
        }
    }
    unread
}

fn is_measured(fact: &str) -> bool {
    fact.starts_with("time.") || fact.starts_with("header.")
}

/// Every place that a step's expectations and captures look at: the fact, and the pointer into it.
fn read(of: &RecordedScenario<'_>, step: &StepChecks, facts: &Facts) -> BTreeSet<(String, String)> {
    let mut read = BTreeSet::new();
    let mut look = |fact: &str, at: Option<&serde_json_path::JsonPath>| match (at, facts.value(fact)) {
        (Some(path), Some(Value::Json(document))) => {
            let places = path.query_located(document);
            read.extend(places.locations().map(|place| (fact.to_owned(), place.to_json_pointer())));
        }
        _ => {
            read.insert((fact.to_owned(), String::new()));
        }
    };
    let overall = of.overall.iter().filter(|overall| overall.step == step.name).map(|o| &o.expectation);
    for expectation in step.expect.iter().chain(overall) {
        if let FactPath::Plain(fact) | FactPath::Aggregate(fact, _) = &expectation.that {
            look(fact, expectation.at.as_ref());
        }
    }
    for capture in &step.captures {
        look(&capture.that.value, capture.at.as_ref().map(|at| &at.value));
    }
    read
}

/// Is a place looked at, or something it is in?
fn covers(read: &BTreeSet<(String, String)>, fact: &str, place: &str) -> bool {
    read.iter().any(|(known, above)| {
        known == fact
            && place.strip_prefix(above.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('/'))
    })
}

/// The pointers of everything in a document that has nothing in it.
fn leaves_of(document: &serde_json::Value, at: String, into: &mut Vec<String>) {
    match document {
        serde_json::Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                leaves_of(value, format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), into);
            }
        }
        serde_json::Value::Array(list) if !list.is_empty() => {
            for (index, value) in list.iter().enumerate() {
                leaves_of(value, format!("{at}/{index}"), into);
            }
        }
        _ => into.push(at),
    }
}
