//! The redactor: knows the secrets of a run and removes them from texts, documents and whole reports.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use crate::model::{Cut, Fact, Outcome, Problem, Report, ReportParts, ScenarioCard, Secret, Value};

use super::encodings::{forms, forms_of_bytes};
use super::matcher::{Matcher, masked};
use super::parts::parts;
use super::visit::Redact;
use super::{MASK, patterns};

/// A credential that is known by its name alone is searched for elsewhere from this length in bytes: a shorter one may
/// be an ordinary word.
const QUOTED: usize = 8;

/// The number of secrets that are searched for in their rarest encodings too. A run that captures more of them has
/// thousands of tokens, and must not run out of memory for them.
const CLOSELY: usize = 1000;

/// Finds and takes out every form of every secret it knows, and what is secret by rule. Its `Debug` shows none of them.
#[derive(Clone, Default)]
pub struct Redactor {
    pub(super) matcher: Matcher,
    known: HashSet<Secret>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redactor({} forms)", self.matcher.len())
    }
}

impl Redactor {
    /// Knows these secrets.
    #[must_use]
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Redactor {
        let mut redactor = Redactor::default();
        redactor.learn(secrets);
        redactor
    }

    /// Learns more secrets. One that is shorter than [`Secret::SHORTEST`] is refused elsewhere and ignored here.
    pub fn learn<'a>(&mut self, secrets: impl IntoIterator<Item = &'a Secret>) {
        let (mut all, mut roots) = (Vec::new(), Vec::new());
        for secret in secrets {
            if secret.expose().len() < Secret::SHORTEST || !self.known.insert(secret.clone()) {
                continue;
            }
            for part in parts(secret.expose()) {
                forms(&part, &mut all);
                if self.known.len() <= CLOSELY {
                    forms_of_bytes(&part, &mut all);
                }
                roots.push(part);
            }
        }
        let bare: Vec<String> =
            all.iter().filter(|f| f.contains('\\')).map(|f| f.replace('\\', "")).collect();
        all.extend(bare);
        self.matcher.learn(all, roots);
    }

    /// Takes every secret out of a text.
    pub fn clean(&self, text: &mut String) {
        if self.matcher.broken {
            // What it should look for is not known to it. Nothing may leak then either.
            MASK.clone_into(text);
            return;
        }
        if !self.matcher.is_empty() {
            self.clean_found(text, Matcher::spans);
            self.clean_found(text, Matcher::cut_off);
            self.clean_split_text(text);
        }
        if let Some(clean) = patterns::clean(text) {
            *text = clean;
        }
    }

    /// Takes out what is found in the text, and what is found in it without its backslashes: what was quoted may have
    /// been quoted again, any number of times.
    pub(super) fn clean_found(&self, text: &mut String, find: fn(&Matcher, &str) -> Vec<Range<usize>>) {
        let found = find(&self.matcher, text);
        if !found.is_empty() {
            *text = masked(text, &found, MASK);
        }
        if text.contains('\\') {
            let (bare, places) = without_backslashes(text);
            let found = find(&self.matcher, &bare);
            let as_it_was = |range: &Range<usize>| places[range.start]..places[range.end - 1] + 1;
            if !found.is_empty() {
                *text = masked(text, &found.iter().map(as_it_was).collect::<Vec<_>>(), MASK);
            }
        }
    }

    /// A text without secrets.
    #[must_use]
    pub fn cleaned(&self, text: &str) -> String {
        let mut text = text.to_owned();
        self.clean(&mut text);
        text
    }

    pub(super) fn clean_json(&self, json: &mut serde_json::Value) {
        // Pieces first: the beginning of a secret that one value ends with would be taken out, and its rest stay.
        self.clean_split_json(json);
        self.clean_nodes(json);
    }

    fn clean_nodes(&self, json: &mut serde_json::Value) {
        match json {
            serde_json::Value::String(text) => self.clean(text),
            serde_json::Value::Array(list) => list.iter_mut().for_each(|item| self.clean_nodes(item)),
            serde_json::Value::Object(map) => {
                let rows = std::mem::take(map);
                for (mut key, mut value) in rows {
                    match &mut value {
                        serde_json::Value::String(text) if is_private(&key, text) => MASK.clone_into(text),
                        value => self.clean_nodes(value),
                    }
                    self.clean(&mut key);
                    map.insert(key, value);
                }
            }
            serde_json::Value::Number(number) => {
                let text = number.to_string();
                if self.cleaned(&text) != text {
                    *json = MASK.into();
                }
            }
            serde_json::Value::Null | serde_json::Value::Bool(_) => {}
        }
    }

    /// A fact's value; what its name says to be a credential goes whole.
    pub(super) fn clean_named(&self, name: &str, value: &mut Value) {
        match value {
            Value::Text(text) if is_private(name, text) => MASK.clone_into(text),
            value => value.clean(self),
        }
    }

    /// Takes every secret out of a mistake's words.
    pub fn clean_problem(&self, problem: &mut Problem) {
        self.clean(&mut problem.message);
        self.clean(&mut problem.label);
        let also = problem.also.as_mut().map(|(_, label)| label);
        [also, problem.help.as_mut()].into_iter().flatten().for_each(|text| self.clean(text));
    }

    /// Takes every secret out of an outcome, its names included: called when it is born, before any listener sees it.
    pub fn clean_outcome(&self, outcome: &mut Outcome) {
        clean_quoted(outcome);
        outcome.clean(self);
    }

    /// A scenario's card without secrets.
    #[must_use]
    pub fn cleaned_card(&self, card: &Arc<ScenarioCard>) -> Arc<ScenarioCard> {
        let mut card = card.clone();
        card.clean(self);
        card
    }
}

impl Report {
    /// Makes a report and redacts every text in it.
    #[must_use]
    pub fn redacted(mut parts: ReportParts, redactor: &Redactor) -> Report {
        parts.outcomes.iter_mut().for_each(clean_quoted);
        parts.clean(redactor);
        let ReportParts { provenance, decision, tally, components, causes, outcomes } = parts;
        Report { schema: Report::SCHEMA, provenance, decision, tally, components, causes, outcomes }
    }
}

/// The text without its backslashes, and where each of its bytes was.
fn without_backslashes(text: &str) -> (String, Vec<usize>) {
    let places = text.bytes().enumerate().filter(|(_, byte)| *byte != b'\\').map(|(at, _)| at).collect();
    (text.replace('\\', ""), places)
}

/// Is that a credential, by the name it has?
fn is_private(name: &str, value: &str) -> bool {
    patterns::is_private_name(name) && patterns::is_credential(value)
}

/// What goes by its name where it stands may be quoted where no name stands beside it: in a finding, in a detail. It is
/// taken out of this one outcome; in another it may be an ordinary word.
fn clean_quoted(outcome: &mut Outcome) {
    let mut values = Vec::new();
    for attempt in outcome.samples.iter().flat_map(|sample| &sample.attempts) {
        for (name, fact) in attempt.observation.facts.iter() {
            match fact {
                Fact::Seen(value) | Fact::Cut(Cut { seen: Some(value), .. }) => {
                    quotable(name, value, &mut values)
                }
                Fact::Cut(Cut { seen: None, .. }) | Fact::Unreadable(_) => {}
            }
        }
    }
    if values.is_empty() {
        return;
    }
    let escaped = |value: &String| {
        let debug = format!("{value:?}");
        let json = serde_json::Value::from(value.as_str()).to_string();
        let inner = |quoted: String| quoted.trim_matches('"').to_owned();
        [value.clone(), inner(debug), inner(json)]
    };
    let mut here = Redactor::default();
    here.matcher.learn(values.iter().flat_map(escaped).collect(), Vec::new());
    outcome.clean(&here);
}

fn quotable(name: &str, value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Text(text) => quotable_text(name, text, into),
        Value::Json(json) => quotable_nodes(name, json, into),
        Value::Null
        | Value::Flag(_)
        | Value::Number(_)
        | Value::Duration(_)
        | Value::Size(_)
        | Value::Share(_) => {}
    }
}

fn quotable_nodes(name: &str, json: &serde_json::Value, into: &mut Vec<String>) {
    match json {
        serde_json::Value::String(text) => quotable_text(name, text, into),
        serde_json::Value::Array(list) => list.iter().for_each(|item| quotable_nodes("", item, into)),
        serde_json::Value::Object(rows) => {
            rows.iter().for_each(|(key, item)| quotable_nodes(key, item, into))
        }
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {}
    }
}

fn quotable_text(name: &str, text: &str, into: &mut Vec<String>) {
    if text.len() >= QUOTED && !text.contains(MASK) && is_private(name, text) {
        into.push(text.to_owned());
    }
}
