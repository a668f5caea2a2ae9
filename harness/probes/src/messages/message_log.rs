//! What came so far, held against a script: how far it got, what else came, and the words and facts for it.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::matcher::Matcher;
use super::script::Script;
use crate::clock::{Clock, Moment};
use fixproof_core::model::{Cause, Facts, ProbeError, Value, shortened};

/// How much of a document a message shows, in bytes.
const EXCERPT: usize = 160;
/// How many JSON values all documents together may hold: they take more room than their text.
const VALUES: u64 = 1_000_000;

/// What documents are called where they come from.
#[derive(Debug)]
pub(crate) struct Labels {
    /// `frame` or `event`.
    pub(crate) one: &'static str,
    /// `frames` or `events`.
    pub(crate) many: &'static str,
    /// Too much came.
    pub(crate) too_large: Cause,
    /// The awaited one did not.
    pub(crate) timeout: Cause,
    /// The setting of [`Limits::bytes`].
    pub(crate) bytes: &'static str,
    /// The setting of [`Limits::count`].
    pub(crate) count: &'static str,
    /// The fact of the time until the first one.
    pub(crate) first: &'static str,
    /// The fact of all of them.
    pub(crate) all: &'static str,
    /// The fact of their number.
    pub(crate) counted: &'static str,
}

/// How much is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Bytes of all documents.
    pub(crate) bytes: u64,
    /// How many documents.
    pub(crate) count: u64,
}

/// One document.
#[derive(Debug)]
struct Received {
    /// From the observation's start.
    after: Duration,
    document: Json,
    role: Role,
}

#[derive(Debug, PartialEq, Eq)]
enum Role {
    Awaited,
    Forbidden,
    Other,
}

/// What came so far.
pub(crate) struct MessageLog<'a> {
    script: &'a Script,
    labels: &'static Labels,
    limits: Limits,
    clock: Clock,
    start: Moment,
    began: Moment,
    /// Since when the next one is waited for.
    since: Moment,
    last: Moment,
    gap: Duration,
    received: Vec<Received>,
    took: Vec<Duration>,
    bytes: u64,
    values: u64,
}

impl<'a> MessageLog<'a> {
    /// Begins to listen now; `start` is when the observation began.
    pub(crate) fn begin(
        script: &'a Script,
        labels: &'static Labels,
        limits: Limits,
        (clock, start): (Clock, Moment),
    ) -> MessageLog<'a> {
        let now = clock.now();
        MessageLog {
            script,
            labels,
            limits,
            clock,
            start,
            began: now,
            since: now,
            last: now,
            gap: Duration::ZERO,
            received: Vec::new(),
            took: Vec::new(),
            bytes: 0,
            values: 0,
        }
    }

    /// Something was sent: the next one is waited for from now on.
    pub(crate) fn resume(&mut self) {
        self.since = self.clock.now();
    }

    /// The one that is waited for.
    pub(crate) fn awaited(&self) -> Option<&'a Matcher> {
        self.script.matchers.get(self.took.len())
    }

    /// How many of the awaited ones came.
    pub(crate) fn reached(&self) -> usize {
        self.took.len()
    }

    /// When the awaited one is too late by its own limit.
    pub(crate) fn due(&self) -> Option<Moment> {
        self.awaited()?.within.map(|within| self.clock.after(self.since, within))
    }

    /// Reads a text as a document: JSON, or the text itself.
    ///
    /// # Errors
    /// It would hold more values than are kept.
    pub(crate) fn document(&mut self, text: &str, peer: &str) -> Result<Json, ProbeError> {
        if text.trim_start().starts_with(['{', '[']) {
            self.values += text.bytes().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count() as u64;
            if self.values > VALUES {
                let detail = format!("{peer} sent {} of more than {VALUES} JSON values", self.labels.many);
                return Err(ProbeError { cause: self.labels.too_large, detail });
            }
        }
        Ok(serde_json::from_str(text).unwrap_or_else(|_| text.into()))
    }

    /// Hears one document that took so many bytes; says whether it was the awaited one.
    ///
    /// # Errors
    /// It must not come, or is one too many.
    pub(crate) fn hear(&mut self, document: Json, bytes: u64, peer: &str) -> Result<bool, ProbeError> {
        let now = self.clock.now();
        self.gap = self.gap.max(self.clock.between(self.last, now));
        self.last = now;
        self.bytes = self.bytes.saturating_add(bytes);
        if self.received.len() as u64 >= self.limits.count {
            let (count, labels) = (self.limits.count, self.labels);
            let detail = format!("{peer} sent more than {count} {} (`{}`)", labels.many, labels.count);
            return Err(self.too_large(detail));
        }
        let after = self.clock.between(self.start, now);
        let forbidden = self.script.forbidden.iter().find(|matcher| matcher.matches(&document));
        let awaited = forbidden.is_none() && self.awaited().is_some_and(|matcher| matcher.matches(&document));
        let role = match (forbidden, awaited) {
            (Some(_), _) => Role::Forbidden,
            (None, true) => Role::Awaited,
            (None, false) => Role::Other,
        };
        let unwelcome = match forbidden {
            Some(matcher) => Some(format!("sent `{}`, which must not come (`forbid`)", matcher.name)),
            None if self.script.strict && role == Role::Other => {
                Some(format!("sent an unexpected {} (`strict`)", self.labels.one))
            }
            None => None,
        };
        let unwelcome = unwelcome.map(|what| {
            let detail = format!("{peer} {what}: {}; {}", excerpt(&document), self.so_far());
            ProbeError { cause: Cause::Differs, detail }
        });
        self.received.push(Received { after, document, role });
        if awaited {
            self.took.push(self.clock.between(self.since, now));
            self.since = now;
        }
        if let Some(obstacle) = unwelcome {
            return Err(obstacle);
        }
        if self.bytes > self.limits.bytes {
            let (limit, labels) = (Value::Size(self.limits.bytes), self.labels);
            let detail =
                format!("{peer} sent {} of more than {limit} together (`{}`)", labels.many, labels.bytes);
            return Err(self.too_large(detail));
        }
        Ok(awaited)
    }

    fn too_large(&self, detail: String) -> ProbeError {
        ProbeError { cause: self.labels.too_large, detail: format!("{detail}; {}", self.so_far()) }
    }

    /// The awaited one did not come in time.
    pub(crate) fn silence(&self, peer: &str) -> ProbeError {
        let waited = self.clock.since(self.since);
        // Its own limit, where that came first; otherwise the time there was.
        let limit = self.awaited().and_then(|matcher| matcher.within).filter(|within| *within <= waited);
        let waited = Value::Duration(limit.unwrap_or(waited));
        let what =
            self.awaited().map_or_else(|| "nothing".to_owned(), |matcher| format!("no `{}`", matcher.name));
        let detail = format!("{peer} sent {what} within {waited}; {}", self.so_far());
        ProbeError { cause: self.labels.timeout, detail }
    }

    /// What came until now, in words.
    pub(crate) fn so_far(&self) -> String {
        if self.received.is_empty() {
            return format!("no {} had arrived", self.labels.one);
        }
        let mut said = Vec::new();
        let matchers = &self.script.matchers;
        if !matchers.is_empty() {
            let names = |matchers: &[Matcher]| {
                let names: Vec<String> =
                    matchers.iter().map(|matcher| format!("`{}`", matcher.name)).collect();
                if names.is_empty() { "none".to_owned() } else { names.join(", ") }
            };
            let reached = self.took.len();
            said.push(format!("received {1} of {0} awaited", matchers.len(), names(&matchers[..reached])));
            if matchers.len() > reached + 1 {
                said.push(format!("still to come: {}", names(&matchers[reached + 1..])));
            }
        }
        if let Some((matcher, early)) = self.out_of_turn() {
            said.push(format!("`{}` arrived early, after {}", matcher.name, Value::Duration(early.after)));
        }
        let others: Vec<&Received> =
            self.received.iter().filter(|received| received.role == Role::Other).collect();
        if let Some(last) = others.last() {
            let (count, labels) = (others.len(), self.labels);
            let noun = if count == 1 { labels.one } else { labels.many };
            said.push(format!("{count} other {noun}, the last: {}", excerpt(&last.document)));
        }
        said.join("; ")
    }

    /// The awaited one, if it had come when another was waited for.
    fn out_of_turn(&self) -> Option<(&'a Matcher, &Received)> {
        let matcher = self.awaited()?;
        let early = self
            .received
            .iter()
            .find(|received| received.role == Role::Other && matcher.matches(&received.document))?;
        Some((matcher, early))
    }

    /// All of it as facts; `row` makes a row of the list of all out of seconds and a document.
    pub(crate) fn tell(self, row: fn(f64, Json) -> Json, facts: &mut Facts) {
        let labels = self.labels;
        let of = |role: Role| -> Vec<&Json> {
            self.received
                .iter()
                .filter(|received| received.role == role)
                .map(|received| &received.document)
                .collect()
        };
        let awaited = of(Role::Awaited);
        for (name, count) in self.script.distinct(&awaited) {
            facts.insert(format!("distinct.{name}"), Value::count(count));
        }
        for (matcher, took) in self.script.matchers.iter().zip(&self.took) {
            facts.insert(format!("time.await.{}", matcher.name), Value::Duration(*took));
        }
        facts.insert("awaited.count", Value::count(awaited.len() as u64));
        facts.insert("awaited", Value::Json(json!(awaited)));
        facts.insert("forbidden", Value::Json(json!(of(Role::Forbidden))));
        facts.insert(labels.counted, Value::count(self.received.len() as u64));
        if let Some(first) = self.received.first() {
            let began = self.clock.between(self.start, self.began);
            facts.insert(labels.first, Value::Duration(first.after.saturating_sub(began)));
            facts.insert("time.longest-gap", Value::Duration(self.gap));
        }
        let all =
            self.received.into_iter().map(|received| row(received.after.as_secs_f64(), received.document));
        facts.insert(labels.all, Value::Json(all.collect()));
    }
}

/// The beginning of a document, on one line.
fn excerpt(document: &Json) -> String {
    shortened(&document.to_string(), EXCERPT)
}
