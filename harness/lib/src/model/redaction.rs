//! The choke point: every secret, in every form it may take, is taken out of a text here and nowhere else.
//!
//! The forms are in [`super::disguise`]. Everything that leaves a run passes through [`Redactor`] when it is born:
//! the planner's problems, outcomes and events, and the report as a whole. A text that was cut with `…` in the
//! middle of a secret loses the secret's beginning too.

use aho_corasick::{AhoCorasick, MatchKind};

use super::disguise::forms;
use super::observation::{Fact, Transcript};
use super::{FoldedCause, Grounds, Outcome, Problem, ProofMention, ReportParts, Secret, Value};

/// What stands where a secret stood.
pub const MASK: &str = "[secret]";

/// What a text that was shortened has at its cut.
const CUT: char = '…';

/// Finds and takes out every form of every secret it knows. Its `Debug` shows none of them.
#[derive(Clone, Default)]
pub struct Redactor {
    finder: Option<AhoCorasick>,
    forms: Vec<String>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redactor({} forms)", self.forms.len())
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
        self.clean_cuts(text);
    }

    /// Takes out the beginning of a secret that a shortened text ends with.
    fn clean_cuts(&self, text: &mut String) {
        let mut from = 0;
        while let Some(cut) = text[from..].find(CUT).map(|at| from + at) {
            let begins = |form: &String| {
                (Secret::SHORTEST..form.len()).rev().find(|n| {
                    let tail = cut.checked_sub(*n).and_then(|start| text.as_bytes().get(start..cut));
                    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(&form.as_bytes()[..*n]))
                })
            };
            from = cut + CUT.len_utf8();
            let longest = self.forms.iter().filter_map(begins).max();
            if let Some(start) = longest.map(|n| cut - n).filter(|start| text.is_char_boundary(*start)) {
                text.replace_range(start..cut, MASK);
                from = start + MASK.len() + CUT.len_utf8();
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

    fn clean_shared(&self, text: &mut std::sync::Arc<str>) {
        let clean = self.cleaned(text);
        if clean != **text {
            *text = clean.into();
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

    /// Takes every secret out of a mistake's words.
    pub fn clean_problem(&self, problem: &mut Problem) {
        self.clean(&mut problem.message);
        self.clean(&mut problem.label);
        let also = problem.also.as_mut().map(|(_, label)| label);
        [also, problem.help.as_mut()].into_iter().flatten().for_each(|text| self.clean(text));
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
            attempt.observation.facts.rename(|name| self.cleaned(name));
            for (_, fact) in attempt.observation.facts.iter_mut() {
                match fact {
                    Fact::Seen(value) => self.clean_value(value),
                    Fact::Cut(cut) => cut.seen.iter_mut().for_each(|value| self.clean_value(value)),
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
        provenance.self_check.items.iter_mut().for_each(|item| self.clean(&mut item.sentence));
        provenance.narrowing.iter_mut().for_each(|narrowing| self.clean(&mut narrowing.by));
        [&mut provenance.target, &mut provenance.suite, &mut provenance.host.name]
            .into_iter()
            .for_each(|text| self.clean(text));
        if let Some(ProofMention { target, target_hash, started, result, .. }) = &mut provenance.proof {
            [target, target_hash, started, result].into_iter().for_each(|text| self.clean(text));
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

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
        let encoded = "s3cr%2Bt%2FCanary%20%22e%22";
        for text in [
            CANARY.to_owned(),
            CANARY.to_uppercase(),
            hex,
            json,
            basic,
            encoded.to_owned(),
            encoded.to_lowercase(),
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
    fn a_secret_cut_short_is_taken_out_up_to_the_cut() {
        assert_eq!(redactor().cleaned("see s3cr+t/Ca… and s3c…"), "see [secret]… and s3c…");
    }

    #[test]
    fn debug_shows_no_form() {
        assert_eq!(format!("{:?}", Redactor::default()), "Redactor(0 forms)");
        assert!(!format!("{:?}", redactor()).contains("s3cr"));
    }

    #[test]
    fn secrets_in_json_keys_and_numbers_are_taken_out() {
        let redactor = Redactor::new([&Secret::new("12345678".to_owned())]);
        let mut json = serde_json::json!({ "k12345678": 123_456_789, "ok": [1, "x12345678"] });
        redactor.clean_json(&mut json);
        assert!(!json.to_string().contains("12345678"), "{json}");
    }
}
