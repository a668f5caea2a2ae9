//! Every text of a report, found by its type. A type with a new field does not compile until the field is listed here:
//! redacted, or left because the program alone writes it.

use std::borrow::Cow;
use std::sync::Arc;

use super::{MASK, Redactor};
use crate::model::{
    Attempt, CheckItem, ComponentTally, Cut, Decision, Doubt, Evaluation, Excerpt, ExpectationCard, Fact,
    FactPath, Facts, Finding, FoldedCause, Gate, Host, Narrowing, Observation, Outcome, Phase, Place,
    ProbeError, ProofMention, Provenance, Reason, Rejection, Replay, ReportParts, Sample, ScenarioCard, Seen,
    SelfCheck, Share, Shown, Simulated, Transcript, Undecided, Unreadable, Value,
};

/// Something that texts are taken out of.
pub(super) trait Redact {
    /// Takes every secret out of it.
    fn clean(&mut self, by: &Redactor);
}

/// Says of every field whether it is cleaned.
macro_rules! fields {
    ($($type:ident { $($cleaned:ident),* $(,)? } leave { $($left:ident),* $(,)? };)*) => {$(
        impl Redact for $type {
            fn clean(&mut self, by: &Redactor) {
                let $type { $($cleaned,)* $($left: _,)* } = self;
                $(Redact::clean($cleaned, by);)*
            }
        }
    )*};
}

fields! {
    ReportParts { provenance, decision, components, causes, outcomes } leave { tally };
    Provenance { tool, run, target, target_hash, suite, suite_hash, simulated, narrowing, replay, host, self_check, notes, proof }
        leave { optimised, nonce, begun, started, took, wall, interrupted };
    Replay { run, suite_hash } leave {};
    Simulated { profile } leave { speed };
    Narrowing { by } leave { left_out };
    Host { name, system } leave { processors };
    SelfCheck { items } leave {};
    CheckItem { name, measured, limit, sentence } leave { healthy };
    ProofMention { target, target_hash, started, result } leave { partial, sensitivity, specificity };
    Decision { gate, rejections } leave { judgement, partial, percentage, lower_bound };
    Gate { components } leave { threshold };
    ComponentTally { component, depends_on, address } leave { tally };
    FoldedCause { component, detail, seen_by, effects, dependents } leave { cause };
    Outcome { scenario, reason, findings, samples, stopped_early, notes }
        leave { verdict, deciding_sample, settled_after, planned_samples, started, took };
    ScenarioCard { id, title, component, source, needs, tags, remedy, runbook, place, text, reproduce, probes }
        leave { owner, critical, text_line };
    Place { file } leave { line, column };
    Sample { attempts } leave { after, took, met };
    Attempt { step, probe, observation, findings } leave {};
    Observation { facts, phases, obstacle, transcript, doubt } leave { own, secrets, collected };
    Phase { name } leave { after, took, complete };
    ProbeError { detail } leave { cause };
    Doubt { sentence } leave { shorter, longer };
    Unreadable { detail } leave { cause };
    Cut { seen } leave { rest, read };
    Finding { expectation, seen, evaluation } leave {};
    ExpectationCard { step, fact, at, wanted, excerpt } leave { operator, not, confidence, severity };
}

impl Redact for String {
    fn clean(&mut self, by: &Redactor) {
        by.clean(self);
    }
}

impl Redact for Arc<str> {
    fn clean(&mut self, by: &Redactor) {
        let clean = by.cleaned(self);
        if clean != **self {
            *self = clean.into();
        }
    }
}

/// A borrowed one is a word of this program: it holds no secret, and to take it out would tell that it equals one.
impl Redact for Cow<'static, str> {
    fn clean(&mut self, by: &Redactor) {
        if let Cow::Owned(text) = self {
            by.clean(text);
        }
    }
}

impl<T: Redact> Redact for Vec<T> {
    fn clean(&mut self, by: &Redactor) {
        self.iter_mut().for_each(|item| item.clean(by));
    }
}

impl<T: Redact> Redact for Option<T> {
    fn clean(&mut self, by: &Redactor) {
        self.iter_mut().for_each(|item| item.clean(by));
    }
}

impl Redact for (Arc<str>, Share) {
    fn clean(&mut self, by: &Redactor) {
        self.0.clean(by);
    }
}

impl Redact for Arc<ScenarioCard> {
    fn clean(&mut self, by: &Redactor) {
        let mut clean = ScenarioCard::clone(self);
        clean.clean(by);
        if clean != **self {
            *self = Arc::new(clean);
        }
    }
}

impl Redact for Arc<ExpectationCard> {
    fn clean(&mut self, by: &Redactor) {
        let mut clean = ExpectationCard::clone(self);
        clean.clean(by);
        if clean != **self {
            *self = Arc::new(clean);
        }
    }
}

impl Redact for Excerpt {
    fn clean(&mut self, by: &Redactor) {
        let Excerpt { place, text, mark } = self;
        place.clean(by);
        let clean = by.cleaned(text);
        if clean != *text {
            // What was marked stands elsewhere now.
            (*mark, *text) = ((0, clean.len()), clean);
        }
    }
}

impl Redact for FactPath {
    fn clean(&mut self, by: &Redactor) {
        match self {
            FactPath::Plain(fact) | FactPath::Aggregate(fact, _) => fact.clean(by),
            FactPath::SamplesMet | FactPath::SettleAfter => {}
        }
    }
}

impl Redact for Shown {
    fn clean(&mut self, by: &Redactor) {
        match self {
            Shown::Whole(value) => value.clean(by),
            Shown::Beginning { text, kind: _ } => text.clean(by),
            Shown::Secret => {}
        }
    }
}

impl Redact for Seen {
    fn clean(&mut self, by: &Redactor) {
        match self {
            Seen::Value(value) => value.clean(by),
            Seen::Node { value, path, more: _ } => {
                value.clean(by);
                path.clean(by);
            }
            Seen::NoFact(fact) => fact.clean(by),
            Seen::NoNode { path, document } => {
                path.clean(by);
                document.clean(by);
            }
            Seen::Unreadable(detail) => detail.clean(by),
            Seen::Part { value, rest: _, read: _ } => value.clean(by),
            Seen::Aggregate { value, fact, missing: _, of: _ } => {
                value.clean(by);
                fact.clean(by);
            }
            Seen::Samples { met: _, of: _ }
            | Seen::NotSettled
            | Seen::NoSample
            | Seen::NotRecorded
            | Seen::NotComparable => {}
        }
    }
}

impl Redact for Transcript {
    fn clean(&mut self, by: &Redactor) {
        let Transcript { sent, received } = self;
        for lines in [sent, received] {
            // Whole ones first: two forms of one secret beside each other look like its two halves.
            lines.iter_mut().for_each(|line| by.clean(line));
            by.clean_split_lines(lines);
            lines.iter_mut().for_each(|line| by.clean(line));
        }
    }
}

impl Redact for Reason {
    fn clean(&mut self, by: &Redactor) {
        match self {
            Reason::Failed { cause: _, detail } => detail.clean(by),
            Reason::Skipped { reason } => reason.clean(by),
            Reason::Blocked { by: names } => names.clean(by),
            Reason::Inconclusive(why) => why.clean(by),
            Reason::Passed => {}
        }
    }
}

impl Redact for Evaluation {
    fn clean(&mut self, by: &Redactor) {
        match self {
            Evaluation::Inconclusive(why) => why.clean(by),
            Evaluation::Pass | Evaluation::Fail(_) => {}
        }
    }
}

impl Redact for Undecided {
    fn clean(&mut self, by: &Redactor) {
        match self {
            Undecided::NotRecorded { what } => what.clean(by),
            Undecided::SickHost { sentence } => sentence.clean(by),
            Undecided::TooFewSamples { have: _, need: _ }
            | Undecided::Deadline
            | Undecided::Interrupted
            | Undecided::HarnessLate { own_nanos: _ }
            | Undecided::Truncated { read: _ } => {}
        }
    }
}

impl Redact for Rejection {
    fn clean(&mut self, by: &Redactor) {
        match self {
            Rejection::BelowThreshold { percentage: _, threshold: _ } => {}
            Rejection::ComponentBelow { component, percentage: _, threshold: _ } => component.clean(by),
            Rejection::Critical { scenario, verdict: _ } => scenario.clean(by),
        }
    }
}

impl Redact for Facts {
    fn clean(&mut self, by: &Redactor) {
        self.rename(|name| by.cleaned(name));
        for (name, fact) in self.iter_mut() {
            match fact {
                Fact::Seen(value) => by.clean_named(name, value),
                Fact::Cut(cut) => cut.clean(by),
                Fact::Unreadable(why) => why.clean(by),
            }
        }
    }
}

impl Redact for Value {
    fn clean(&mut self, by: &Redactor) {
        match self {
            Value::Text(text) => by.clean(text),
            Value::Json(json) => by.clean_json(json),
            Value::Number(number) => {
                let text = number.to_string();
                if by.cleaned(&text) != text {
                    *self = Value::Text(MASK.to_owned());
                }
            }
            Value::Null | Value::Flag(_) | Value::Duration(_) | Value::Size(_) | Value::Share(_) => {}
        }
    }
}
