//! The mutations to apply, and the answers served. It records only after [`MutationRegistry::watch`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use super::apply::{changed, places};
use super::{Answer, Change, Field, Mutation, Path, Served, Shape};
use crate::servers::lock::locked;

/// More answers, fields of an answer or paths of an answer are not distinguished.
const MOST: usize = 500;

/// Changes answers, and notes what they are made of.
#[derive(Debug, Default)]
pub(crate) struct MutationRegistry {
    watching: AtomicBool,
    seed: u64,
    wanted: Mutex<Vec<Mutation>>,
    records: Mutex<BTreeMap<Answer, AnswerRecord>>,
}

/// What is known of one answer.
#[derive(Debug, Default)]
struct AnswerRecord {
    times: u64,
    paths: BTreeSet<String>,
    fields: BTreeMap<Field, Shape>,
    made: BTreeMap<Mutation, u64>,
}

impl MutationRegistry {
    pub(crate) fn new(seed: u64) -> Self {
        MutationRegistry { seed, ..MutationRegistry::default() }
    }

    /// From now on served answers are noted, and these changes made in them; no others.
    pub(crate) fn watch(&self, mutations: Vec<Mutation>) {
        *locked(&self.wanted) = mutations;
        self.watching.store(true, Ordering::Release);
    }

    pub(crate) fn is_watching(&self) -> bool {
        self.watching.load(Ordering::Acquire)
    }

    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    /// The answers served since the last call.
    pub(crate) fn served(&self) -> Vec<Served> {
        let records = std::mem::take(&mut *locked(&self.records));
        let served = |(answer, record): (Answer, AnswerRecord)| Served {
            answer,
            times: record.times,
            paths: record.paths.into_iter().collect(),
            fields: record.fields.into_iter().collect(),
            made: record.made.into_iter().collect(),
        };
        records.into_iter().map(served).collect()
    }

    /// Records an answer as it was before any change.
    pub(super) fn note(&self, answer: &Answer, path: &str, outside: bool, fields: &[(Field, Shape)]) {
        let mut records = locked(&self.records);
        if records.len() == MOST && !records.contains_key(answer) {
            return;
        }
        let record = records.entry(answer.clone()).or_default();
        record.times += u64::from(outside);
        if record.paths.len() < MOST {
            record.paths.insert(path.to_owned());
        }
        for (field, shape) in fields {
            if let Some(known) = record.fields.get_mut(field) {
                *known = (*known).max(*shape);
            } else if record.fields.len() < MOST {
                record.fields.insert(field.clone(), *shape);
            }
        }
    }

    /// The changes that are wanted of an answer.
    pub(super) fn wanted(&self, answer: &Answer) -> Vec<Mutation> {
        locked(&self.wanted).iter().filter(|mutation| mutation.answer == *answer).cloned().collect()
    }

    /// Notes that a change was made.
    pub(super) fn made(&self, mutation: &Mutation) {
        if let Some(record) = locked(&self.records).get_mut(&mutation.answer) {
            *record.made.entry(mutation.clone()).or_default() += 1;
        }
    }

    /// Applies the answer's mutations to a document; returns whether it changed.
    pub(super) fn change(&self, answer: &Answer, document: &mut Value) -> bool {
        let mut any = false;
        for mutation in self.wanted(answer) {
            let Field::Body(path) = &mutation.field else { continue };
            if changed(document, path, mutation.change, self.seed) {
                self.made(&mutation);
                any = true;
            }
        }
        any
    }

    /// A frame of the chat, on its way out.
    pub(crate) fn frame(&self, frame: &mut Value) {
        if !self.is_watching() {
            return;
        }
        let kind = frame["type"].as_str().unwrap_or("?").to_owned();
        let answer = Answer { service: "chat", route: kind, status: None };
        self.note(&answer, "/ws", true, &fields_of(frame));
        self.change(&answer, frame);
    }
}

/// Every field of a document.
pub(super) fn fields_of(document: &Value) -> Vec<(Field, Shape)> {
    let mut fields = BTreeMap::new();
    places(document, &Path::default(), &mut |path, shape| {
        let known: &mut Shape = fields.entry(path.clone()).or_insert(shape);
        *known = (*known).max(shape);
    });
    fields.into_iter().map(|(path, shape)| (Field::Body(path), shape)).collect()
}

/// Another status, and one that matters: a success becomes a failure, a refusal a welcome.
pub(super) fn other_status(status: u16) -> u16 {
    if (200..300).contains(&status) { 503 } else { 200 }
}

/// Another type of content; none where the header is dropped.
pub(super) fn other_type(content_type: &str, change: Change) -> Option<&'static str> {
    match change {
        Change::Dropped => None,
        _ if content_type.starts_with("application/json") => Some("text/html; charset=utf-8"),
        _ => Some("application/json"),
    }
}
