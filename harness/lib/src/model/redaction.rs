//! The choke point: every secret, in every form it may take, is taken out of a text here and nowhere else.
//!
//! Known forms: as it is; URL-encoded (upper and lower case escapes); base64 in both alphabets, at each of
//! the three alignments; hexadecimal in both cases; escaped for JSON. Everything that leaves a run passes
//! through [`Redactor`] when it is born: outcomes and events, and the report as a whole.

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::observation::{Fact, Transcript};
use super::{FoldedCause, Grounds, Outcome, ReportParts, Secret, Value};

/// What stands where a secret stood.
const MASK: &str = "[secret]";

/// Finds and takes out every form of every secret it knows.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    finder: Option<AhoCorasick>,
    forms: Vec<String>,
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
        for secret in secrets {
            if secret.expose().len() >= Secret::SHORTEST {
                forms(secret.expose(), &mut self.forms);
            }
        }
        self.forms.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
        self.forms.dedup();
        self.finder = if self.forms.is_empty() {
            None
        } else {
            AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostLongest)
                .ascii_case_insensitive(true)
                .build(&self.forms)
                .ok()
        };
    }

    /// Takes every secret out of a text.
    pub fn clean(&self, text: &mut String) {
        let Some(finder) = &self.finder else {
            // Forms without a finder: the automaton could not be built. Nothing may leak then either.
            if !self.forms.is_empty() {
                *text = MASK.to_owned();
            }
            return;
        };
        if finder.is_match(text.as_str()) {
            let masks = vec![MASK; self.forms.len()];
            *text = finder.replace_all(text, &masks);
        }
    }

    /// A text without secrets.
    #[must_use]
    pub fn cleaned(&self, text: &str) -> String {
        let mut text = text.to_owned();
        self.clean(&mut text);
        text
    }

    fn clean_shared(&self, text: &mut std::sync::Arc<str>) {
        if self.finder.as_ref().is_some_and(|finder| finder.is_match(text.as_ref())) {
            *text = self.cleaned(text).into();
        }
    }

    fn clean_json(&self, json: &mut serde_json::Value) {
        match json {
            serde_json::Value::String(text) => self.clean(text),
            serde_json::Value::Array(list) => list.iter_mut().for_each(|item| self.clean_json(item)),
            serde_json::Value::Object(map) => {
                let rows = std::mem::take(map);
                for (mut key, mut value) in rows {
                    self.clean(&mut key);
                    self.clean_json(&mut value);
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

    fn clean_value(&self, value: &mut Value) {
        match value {
            Value::Text(text) => self.clean(text),
            Value::Json(json) => self.clean_json(json),
            Value::Number(number) => {
                let text = number.to_string();
                if self.cleaned(&text) != text {
                    *value = Value::Text(MASK.to_owned());
                }
            }
            Value::Null | Value::Flag(_) | Value::Duration(_) | Value::Size(_) | Value::Share(_) => {}
        }
    }

    fn clean_transcript(&self, transcript: &mut Transcript) {
        transcript.sent.iter_mut().chain(&mut transcript.received).for_each(|line| self.clean(line));
    }

    fn clean_findings(&self, findings: &mut [super::Finding]) {
        for finding in findings {
            self.clean(&mut finding.seen);
            self.clean(&mut finding.wanted);
            self.clean_shared(&mut finding.expectation);
            if let Some(excerpt) = &mut finding.excerpt
                && self.cleaned(&excerpt.text) != excerpt.text
            {
                let excerpt = std::sync::Arc::make_mut(excerpt);
                excerpt.text = self.cleaned(&excerpt.text);
                excerpt.mark = (0, excerpt.text.len());
            }
        }
    }

    fn clean_grounds(&self, grounds: &mut Grounds) {
        match grounds {
            Grounds::Broke { detail, .. } => self.clean(detail),
            Grounds::LeftOut { reason } => self.clean(reason),
            Grounds::Held | Grounds::Blocked { .. } | Grounds::Undecided(_) => {}
        }
    }

    /// Takes every secret out of an outcome: called when it is born, before any listener sees it.
    pub fn clean_outcome(&self, outcome: &mut Outcome) {
        if self.forms.is_empty() {
            return;
        }
        self.clean_grounds(&mut outcome.grounds);
        self.clean_findings(&mut outcome.findings);
        outcome.notes.iter_mut().for_each(|note| self.clean(note));
        if let Some(why) = &mut outcome.stopped_early {
            self.clean(why);
        }
        for attempt in outcome.samples.iter_mut().flat_map(|sample| &mut sample.attempts) {
            self.clean_findings(&mut attempt.findings);
            self.clean_transcript(&mut attempt.observation.transcript);
            if let Some(obstacle) = &mut attempt.observation.obstacle {
                self.clean(&mut obstacle.detail);
            }
            for (_, fact) in attempt.observation.facts.iter_mut() {
                match fact {
                    Fact::Seen(value) => self.clean_value(value),
                    Fact::Unreadable(why) => self.clean(&mut why.detail),
                }
            }
        }
        self.clean_card(&mut outcome.scenario);
    }

    fn clean_card(&self, card: &mut std::sync::Arc<super::ScenarioCard>) {
        let texts = [Some(&card.title), card.source.as_ref(), card.remedy.as_ref(), card.runbook.as_ref()];
        if texts.into_iter().flatten().any(|text| self.cleaned(text) != *text) {
            let card = std::sync::Arc::make_mut(card);
            self.clean(&mut card.title);
            [&mut card.source, &mut card.remedy, &mut card.runbook]
                .into_iter()
                .flatten()
                .for_each(|text| self.clean(text));
        }
    }

    /// Takes every secret out of a report's parts.
    pub(super) fn clean_parts(&self, parts: &mut ReportParts) {
        if self.forms.is_empty() {
            return;
        }
        parts.outcomes.iter_mut().for_each(|outcome| self.clean_outcome(outcome));
        for FoldedCause { detail, .. } in &mut parts.causes {
            self.clean(detail);
        }
        let provenance = &mut parts.provenance;
        provenance.notes.iter_mut().for_each(|note| self.clean(note));
        provenance.narrowing.iter_mut().for_each(|narrowing| self.clean(&mut narrowing.by));
        [&mut provenance.target, &mut provenance.suite, &mut provenance.host.name]
            .into_iter()
            .for_each(|text| self.clean(text));
    }
}

/// All forms of one secret.
fn forms(secret: &str, into: &mut Vec<String>) {
    into.push(secret.to_owned());
    let bytes = secret.as_bytes();
    into.push(url_encoded(bytes));
    into.push(bytes.iter().map(|b| format!("{b:02x}")).collect());
    let json = serde_json::Value::from(secret).to_string();
    into.push(json[1..json.len() - 1].to_owned());
    for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
        for shift in 0..3usize {
            // The characters that depend on the secret alone, wherever it stands in what was encoded.
            let padded = [vec![0; shift].as_slice(), bytes].concat();
            let text = engine.encode(&padded);
            let from = [0, 2, 3][shift];
            let keep = padded.len() / 3 * 4 + [0, 1, 2][padded.len() % 3];
            if let Some(form) = text.get(from..keep).filter(|form| form.len() >= Secret::SHORTEST) {
                into.push(form.to_owned());
            }
        }
    }
}

fn url_encoded(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(*b).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANARY: &str = "s3cr+t/Canary \"e\"";

    fn redactor() -> Redactor {
        Redactor::new([&Secret::new(CANARY.to_owned())])
    }

    #[test]
    fn every_form_of_a_secret_is_taken_out() {
        let hex: String = CANARY.bytes().map(|b| format!("{b:02X}")).collect();
        let json = serde_json::json!({ "k": CANARY }).to_string();
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("user:{CANARY}"));
        let lower = url_encoded(CANARY.as_bytes()).to_lowercase();
        for text in [
            CANARY.to_owned(),
            CANARY.to_uppercase(),
            hex,
            json,
            basic,
            url_encoded(CANARY.as_bytes()),
            lower,
        ] {
            let clean = redactor().cleaned(&format!("before {text} after"));
            assert!(clean.contains(MASK), "{text} -> {clean}");
        }
    }

    #[test]
    fn base64_is_found_at_every_alignment() {
        for before in ["", "a", "ab", "abc"] {
            for after in ["", "x", "xy"] {
                for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
                    let text = engine.encode(format!("{before}{CANARY}{after}"));
                    let clean = redactor().cleaned(&text);
                    assert!(clean.contains(MASK), "{before}_{after}: {text} -> {clean}");
                }
            }
        }
    }

    #[test]
    fn a_text_without_a_secret_stays_as_it_is() {
        assert_eq!(redactor().cleaned("status 503"), "status 503");
    }

    #[test]
    fn secrets_in_json_keys_and_numbers_are_taken_out() {
        let redactor = Redactor::new([&Secret::new("12345678".to_owned())]);
        let mut json = serde_json::json!({ "k12345678": 123_456_789, "ok": [1, "x12345678"] });
        redactor.clean_json(&mut json);
        assert!(!json.to_string().contains("12345678"), "{json}");
    }
}
