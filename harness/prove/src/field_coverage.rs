//! Which values the expectations of a scenario read, by its own recording: which fields of an answer, for mutations; and
//! which recorded values no expectation reads, for a recorded run.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use serde_json_path::JsonPath;

use fixproof::engine::{RecordedScenario, StepChecks};
use fixproof::model::{
    Attempt, Fact, FactPath, Facts, LooksInside, Operator, Outcome, Sample, Scenario, Severity, Step, Value,
    Written,
};

/// How sure it is that a scenario reads a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reads {
    /// It does not.
    No,
    /// It may, or only warns.
    Perhaps,
    /// An expectation that can turn it red looks at it, or a capture.
    Yes,
}

/// A part of an answer, as expectations name it.
#[derive(Debug, Clone)]
pub(crate) enum Looked {
    /// The status code.
    Status,
    /// A header, in lower case.
    Header(String),
    /// The body, which is no JSON.
    Text,
    /// A place within the body or frame.
    Body(JsonPath),
}

impl Looked {
    /// By its name: `status`, `header.NAME`, `text`, or a JSONPath.
    #[must_use]
    pub(crate) fn named(name: &str) -> Option<Looked> {
        match (name, name.strip_prefix("header.")) {
            ("status", _) => Some(Looked::Status),
            ("text", _) => Some(Looked::Text),
            (_, Some(header)) => Some(Looked::Header(header.to_owned())),
            _ => JsonPath::parse(name).ok().map(Looked::Body),
        }
    }
}

/// What a step of a scenario saw of one answer, and what it looks at.
pub(crate) struct Reading<'a> {
    /// How often the step ran, all samples together.
    pub(crate) times: u64,
    step: &'a Step,
    attempt: &'a Attempt,
}

/// Every step's first recorded observation.
#[must_use]
pub(crate) fn readings<'a>(scenario: &'a Scenario, recorded: &'a Outcome) -> Vec<Reading<'a>> {
    let steps = scenario.steps.iter().filter_map(|step| {
        let name = step.name.as_ref().map(|name| name.value.as_str());
        let attempts = || {
            let all = recorded.samples.iter().flat_map(|sample| &sample.attempts);
            all.filter(|attempt| attempt.step.as_deref() == name)
        };
        Some(Reading { times: attempts().count() as u64, step, attempt: attempts().next()? })
    });
    steps.collect()
}

impl Reading<'_> {
    /// Method, address and status of the answer, where the probe tells them.
    #[must_use]
    pub(crate) fn answer(&self) -> Option<(&str, &str, u16)> {
        let observation = &self.attempt.observation;
        let (Value::Text(url), Value::Number(status)) =
            (observation.facts.value("url")?, observation.facts.value("status")?)
        else {
            return None;
        };
        Some((self.method()?, url, u16::try_from(status.as_u64()?).ok()?))
    }

    /// As the step is written: what was sent is not kept of a step that was well. Nothing where it is made of variables.
    fn method(&self) -> Option<&str> {
        let setting = |name: &str| self.step.settings.iter().find(|(key, _)| key.value == name);
        match setting("method") {
            Some((_, written)) => match &written.value {
                Written::Text(template) => template.as_literal(),
                Written::Flag(_) | Written::Number(_) | Written::List(_) | Written::Table(_) => None,
            },
            None => Some(match ["body", "json", "form"].iter().any(|name| setting(name).is_some()) {
                true => "POST",
                false => "GET",
            }),
        }
    }

    /// Does it talk over a WebSocket?
    #[must_use]
    pub(crate) fn hears_frames(&self) -> bool {
        self.attempt.probe == "websocket"
    }

    /// Does this step read a field of the answer it saw?
    #[must_use]
    pub(crate) fn reads(&self, field: &Looked) -> Reads {
        self.strongest(|look| look.reads_answer(field, self.attempt))
    }

    /// Does this step read a field of the frames of a type? What it awaited it may have chosen by any field.
    #[must_use]
    pub(crate) fn reads_frame(&self, kind: &str, field: &JsonPath) -> Reads {
        let perhaps = if self.hears_frames() { Reads::Perhaps } else { Reads::No };
        self.strongest(|look| look.reads_frame(kind, field, self.attempt)).max(perhaps)
    }

    fn strongest(&self, reads: impl Fn(&Look<'_>) -> Reads) -> Reads {
        let expectations = self.step.expect.iter().map(|written| Look {
            fact: plain(&written.that.value),
            at: written.at.as_ref().map(|at| &at.value),
            operator: Some(written.operator.value),
            warns: written.severity == Severity::Warn,
        });
        let captures = self.step.captures.iter().map(|capture| Look {
            fact: &capture.that.value,
            at: capture.at.as_ref().map(|at| &at.value),
            operator: None,
            warns: false,
        });
        let certain = |look: &Look<'_>| match reads(look) {
            Reads::Yes if look.warns => Reads::Perhaps,
            other => other,
        };
        expectations.chain(captures).map(|look| certain(&look)).max().unwrap_or(Reads::No)
    }
}

/// The fact of `FACT.p95`, or the fact itself.
fn plain(that: &str) -> &str {
    match that.rsplit_once('.') {
        Some((fact @ "body", _)) => fact,
        _ => that,
    }
}

/// One expectation or capture.
struct Look<'a> {
    fact: &'a str,
    at: Option<&'a JsonPath>,
    /// Nothing for a capture, which takes the whole value.
    operator: Option<Operator>,
    warns: bool,
}

impl Look<'_> {
    fn reads_answer(&self, field: &Looked, attempt: &Attempt) -> Reads {
        let yes = |reads: bool| if reads { Reads::Yes } else { Reads::No };
        match (field, self.fact) {
            (Looked::Status, fact) => yes(fact == "status"),
            (Looked::Header(name), fact) => yes(fact.strip_prefix("header.") == Some(name.as_str())),
            (Looked::Text, fact) => yes(matches!(fact, "text" | "body" | "size")),
            (Looked::Body(path), "body") => match attempt.observation.facts.value("body") {
                Some(value) => yes(self.looks_at(&as_json(value), &[String::new()], path)),
                None => Reads::Perhaps,
            },
            // Whatever is made of the bytes: a pattern in them, their number, the events in them.
            (Looked::Body(_), "text" | "size" | "events" | "awaited" | "forbidden") => Reads::Perhaps,
            (Looked::Body(_), fact) if fact.starts_with("distinct.") => Reads::Perhaps,
            (Looked::Body(_), _) => Reads::No,
        }
    }

    fn reads_frame(&self, kind: &str, path: &JsonPath, attempt: &Attempt) -> Reads {
        let within = match self.fact {
            "awaited" => "",
            "frames" => "/frame",
            _ => return Reads::No,
        };
        let Some(document) = attempt.observation.facts.value(self.fact).map(as_json) else {
            return Reads::Perhaps;
        };
        let rows = document.as_array().map_or(0, Vec::len);
        let frames = (0..rows).map(|at| format!("/{at}{within}"));
        let of_kind =
            |frame: &String| document.pointer(&format!("{frame}/type")).and_then(Json::as_str) == Some(kind);
        let frames: Vec<String> = frames.filter(of_kind).collect();
        if self.looks_at(&document, &frames, path) { Reads::Yes } else { Reads::No }
    }

    /// Does it look at what a path selects below these places of a document?
    fn looks_at(&self, document: &Json, roots: &[String], path: &JsonPath) -> bool {
        let below = |root: &String| -> Vec<String> {
            let found = document.pointer(root).map(|document| pointers(path, document)).unwrap_or_default();
            found.into_iter().map(|place| format!("{root}{place}")).collect()
        };
        let places: Vec<String> = roots.iter().flat_map(below).collect();
        if places.is_empty() {
            return false;
        }
        let Some(at) = self.at else {
            return places.iter().any(|place| place.is_empty() || self.looks_inside("", place, document));
        };
        let selected = pointers(at, document);
        let touches = |selected: &String| {
            places.iter().any(|place| {
                is_within(selected, place)
                    || is_within(place, selected) && self.looks_inside(selected, place, document)
            })
        };
        selected.iter().any(touches) || filters_by(at, document, &places, &selected)
    }

    /// Does its operator look at this place within the value it is held against?
    fn looks_inside(&self, selected: &str, place: &str, document: &Json) -> bool {
        match self.operator.map_or(LooksInside::Everything, |operator| operator.looks_inside) {
            LooksInside::Nothing => false,
            LooksInside::Members => {
                let is_member = document.pointer(selected).is_some_and(Json::is_object);
                is_member && place.get(selected.len() + 1..).is_some_and(|rest| !rest.contains('/'))
            }
            LooksInside::Everything => true,
        }
    }
}

/// Does the path select something else where other values stand at these places? A filter looks at what it does not
/// select.
fn filters_by(at: &JsonPath, document: &Json, places: &[String], selected: &[String]) -> bool {
    if !at.to_string().contains('?') {
        return false;
    }
    [Json::Null, Json::from("\u{1}another")].into_iter().any(|other| {
        let mut document = document.clone();
        for place in places {
            if let Some(value) = document.pointer_mut(place) {
                *value = other.clone();
            }
        }
        pointers(at, &document) != selected
    })
}

/// Is a place that one or below it?
fn is_within(place: &str, above: &str) -> bool {
    place.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn pointers(path: &JsonPath, document: &Json) -> Vec<String> {
    path.query_located(document).locations().map(|place| place.to_json_pointer()).collect()
}

fn as_json(value: &Value) -> Json {
    match value {
        Value::Json(document) => document.clone(),
        scalar => serde_json::to_value(scalar).unwrap_or_default(),
    }
}

/// What was recorded in the first sample and no expectation reads. Times and headers are recorded anyway.
pub(crate) fn unread(of: &RecordedScenario<'_>, recorded: &[Sample]) -> Vec<String> {
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
    let mut look = |fact: &str, at: Option<&JsonPath>| match (at, facts.value(fact)) {
        (Some(path), Some(Value::Json(document))) => {
            read.extend(pointers(path, document).into_iter().map(|place| (fact.to_owned(), place)));
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
    read.iter().any(|(known, above)| known == fact && is_within(place, above))
}

/// The pointers of everything in a document that has nothing in it.
fn leaves_of(document: &Json, at: String, into: &mut Vec<String>) {
    match document {
        Json::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                leaves_of(value, format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), into);
            }
        }
        Json::Array(list) if !list.is_empty() => {
            for (index, value) in list.iter().enumerate() {
                leaves_of(value, format!("{at}/{index}"), into);
            }
        }
        _ => into.push(at),
    }
}

#[cfg(test)]
mod tests;
