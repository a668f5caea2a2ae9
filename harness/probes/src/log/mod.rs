//! The `log` probe: what a log says, out of a file, a command's output or a query over HTTP.
//!
//! It counts entries and instances, reads numbers out of messages, and looks at the order of what was said. A log that was
//! cut off at a limit is a part: what is counted in it is a floor, and no absence is proved by it.

mod digest;
mod entry;
mod groups;
mod moment;
mod observe;
mod outcome;
mod question;
mod reproduce;
mod sequence;
mod settings;
mod source;
mod spec;
mod tell;

use std::time::Duration;

use fixproof_core::model::{Facts, Mistake, Observation, ProbeSpec, Settings, Value};

use super::{ObserveContext, Observing, PrepareContext, Probe, ProbeKind};

use question::Question;

/// The row of the `log` probe.
pub(super) struct Log;

impl ProbeKind for Log {
    fn spec(&self) -> &'static ProbeSpec {
        &spec::SPEC
    }

    fn reproduce(&self, shown: &Settings, within: Duration, context: &PrepareContext<'_>) -> Option<String> {
        reproduce::reproduce(shown, within, context)
    }

    fn prepare(
        &self,
        settings: &Settings,
        context: &PrepareContext<'_>,
    ) -> Result<Box<dyn Probe>, Vec<Mistake>> {
        Ok(Box::new(settings::read(settings, context)?))
    }

    fn silence(&self) -> Option<Observation> {
        let mut facts = Facts::default();
        for name in
            ["entries", "count", "distinct", "outcome.successes", "outcome.failures", "outcome.undecided"]
        {
            facts.insert(name, Value::count(0));
        }
        facts.insert("matches", Value::Json(serde_json::Value::Array(Vec::new())));
        facts.insert("truncated", Value::Flag(false));
        facts.insert("sequence.complete", Value::Flag(false));
        Some(Observation { facts, ..Observation::default() })
    }
}

impl Probe for Question {
    fn observe<'a>(&'a self, ask: ObserveContext<'a>) -> Observing<'a> {
        Box::pin(observe::observe(self, ask))
    }
}
