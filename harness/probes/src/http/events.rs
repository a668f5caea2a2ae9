//! An answer that is a stream of events: read until the awaited ones have come.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Response, StatusCode};
use serde_json::{Map, Value as Json};

use super::answer::{Received, excerpt};
use super::failure::obstacle;
use super::hop::{Hop, Time};
use super::sse::{Event, Parser};
use super::trace::Trace;
use crate::messages::{Labels, Limits, Matcher, MessageLog, Script};
use crate::net::address::place;
use fixproof_core::model::{Cause, Facts, Mistake, ProbeError, Setting, Settings, Value};

/// Where an event's type stands, unless the scenario says otherwise.
const TYPE: &str = "$.event";
/// The most events, unless the scenario says otherwise.
const EVENT_COUNT: u64 = 10_000;
/// How much of an answer that is no stream is read, in bytes, and for how long, on the wall.
const OTHER: (usize, Duration) = (512, Duration::from_millis(500));

/// What its documents are called.
static LABELS: Labels = Labels {
    one: "event",
    many: "events",
    too_large: Cause::HttpTooLarge,
    timeout: Cause::HttpTimeout,
    bytes: "body-limit",
    count: "event-count",
    first: "time.first-event",
    all: "events",
    counted: "events.count",
};

/// The events a scenario waits for.
pub(super) struct Events {
    script: Script,
    count: u64,
}

/// Reads `events`, and what is said about them.
pub(super) fn read(
    settings: &Settings,
    headers: &mut HeaderMap,
    mistakes: &mut Vec<Mistake>,
) -> Option<Events> {
    let Some(list) = settings.get("events") else {
        let about = ["forbid", "strict", "distinct", "event-count"];
        for setting in about.into_iter().filter(|setting| settings.get(setting).is_some()) {
            let help = "say which ones are awaited: events = [\"agent_started\"]";
            mistakes.push(Mistake::at(setting, "no events are awaited").help(help));
        }
        return None;
    };
    let matchers = match list {
        Setting::List(rows) if !rows.is_empty() => rows
            .iter()
            .filter_map(|row| {
                Matcher::read(row, TYPE).map_err(|why| mistakes.push(Mistake::at("events", why))).ok()
            })
            .collect(),
        _ => {
            let help = "write events = [\"agent_started\", { name = \"done\", at = \"$.data.type\" }]";
            mistakes.push(Mistake::at("events", "it is a list of awaited events").help(help));
            Vec::new()
        }
    };
    headers.entry(ACCEPT).or_insert(HeaderValue::from_static("text/event-stream"));
    let script = Script::read(matchers, settings, TYPE, mistakes);
    Some(Events { script, count: settings.count("event-count").unwrap_or(EVENT_COUNT) })
}

/// Reads an answer's body until the awaited events came, or something stood in the way.
pub(super) async fn listen(
    (events, body_limit): (&Events, u64),
    (hop, trace): (&Hop, &Trace),
    time: &Time<'_>,
    response: &mut Response,
) -> (Vec<u8>, Received) {
    let mut body = Vec::new();
    if let Some(what) = no_stream(response) {
        let until = time.clock.after(time.clock.now(), time.clock.from_wall(OTHER.1)).min(time.deadline);
        // What came of it until then is kept.
        let _ = time.clock.until(until, beginning(response, &mut body)).await;
        let begins = if body.is_empty() { String::new() } else { format!(": {}", excerpt(&body)) };
        let detail = format!("{} answered {what}{begins}", place(&hop.url));
        let obstacle = Some(ProbeError { cause: Cause::Differs, detail });
        return (body, Received { facts: Facts::default(), obstacle });
    }
    let limits = Limits { bytes: u64::MAX, count: events.count };
    let mut log = MessageLog::begin(&events.script, &LABELS, limits, (*time.clock, time.began));
    let mut parser = Parser::default();
    let peer = place(&hop.url);
    let obstacle = loop {
        let until = log.due().map_or(time.deadline, |due| due.min(time.deadline));
        // A flood that is always ready would be read beyond the moment otherwise.
        if time.clock.now() >= until {
            break Some(log.silence(&peer));
        }
        let Ok(chunk) = time.clock.until(until, response.chunk()).await else {
            break Some(log.silence(&peer));
        };
        let chunk = match chunk {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break Some(ended(&log, &parser, &peer)),
            Err(error) => {
                let what = trace.with(|stamps| obstacle(error, hop, stamps));
                let detail = format!("{}; {}", what.detail, log.so_far());
                break Some(ProbeError { detail, ..what });
            }
        };
        body.extend_from_slice(&chunk);
        match hear(&mut log, parser.feed(&chunk), &peer) {
            Err(obstacle) => break Some(obstacle),
            Ok(true) => break None,
            Ok(false) if body.len() as u64 > body_limit => {
                let limit = Value::Size(body_limit);
                let detail = format!("{peer} sends more than {limit} (`body-limit`); {}", log.so_far());
                break Some(ProbeError { cause: Cause::HttpTooLarge, detail });
            }
            Ok(false) => {}
        }
    };
    let mut facts = Facts::default();
    log.tell(row, &mut facts);
    (body, Received { facts, obstacle })
}

/// Hears events until the last awaited one; says whether that has come.
fn hear(log: &mut MessageLog<'_>, events: Vec<Event>, peer: &str) -> Result<bool, ProbeError> {
    for event in events {
        let bytes = event.data.len() as u64;
        let data = log.document(&event.data, peer)?;
        log.hear(document(event, data), bytes, peer)?;
        if log.awaited().is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// An event as a document: `{ event, id?, retry?, data }`.
fn document(event: Event, data: Json) -> Json {
    let mut rows = Map::new();
    rows.insert("event".to_owned(), event.name.into());
    rows.extend(event.id.map(|id| ("id".to_owned(), id.into())));
    rows.extend(event.retry.map(|retry| ("retry".to_owned(), retry.into())));
    rows.insert("data".to_owned(), data);
    Json::Object(rows)
}

/// A row of the fact `events`.
fn row(at: f64, event: Json) -> Json {
    let mut rows = Map::new();
    rows.insert("at".to_owned(), at.into());
    if let Json::Object(event) = event {
        rows.extend(event);
    }
    Json::Object(rows)
}

fn ended(log: &MessageLog<'_>, parser: &Parser, peer: &str) -> ProbeError {
    let name = log.awaited().map_or("", |matcher| &matcher.name);
    let cut = if parser.has_begun() { ", in the middle of an event (no empty line ends it)" } else { "" };
    let detail = format!("{peer} ended its stream before `{name}` came{cut}; {}", log.so_far());
    ProbeError { cause: Cause::HttpEnded, detail }
}

/// Why an answer is no stream of events that can be read.
fn no_stream(response: &Response) -> Option<String> {
    let said = |name: HeaderName| {
        response.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let status = response.status();
    let kind = said(CONTENT_TYPE);
    let essence = kind.as_deref().and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    if status != StatusCode::OK || !essence.eq_ignore_ascii_case("text/event-stream") {
        let kind = kind.unwrap_or_else(|| "no content type".to_owned());
        return Some(format!("{status} with {kind}, and not 200 with text/event-stream"));
    }
    let encoding = said(CONTENT_ENCODING).filter(|encoding| !encoding.eq_ignore_ascii_case("identity"))?;
    Some(format!("with compressed events ({encoding}), which were not requested"))
}

/// Reads the beginning of a body.
async fn beginning(response: &mut Response, body: &mut Vec<u8>) {
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = OTHER.0.saturating_sub(body.len());
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() >= room {
            return;
        }
    }
}
