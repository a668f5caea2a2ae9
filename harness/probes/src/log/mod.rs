//! The `log` probe: entries of a file, of a command's output, or of a query over HTTP.
//!
//! It counts entries and instances, parses values out of messages, and checks the order of messages; the judge aggregates
//! the values. A log that was cut off at a limit is partial: its counts are lower bounds, and it proves no absence.

mod analyze;
mod config;
mod entry;
mod groups;
mod matches;
mod material;
mod observe;
mod outcome;
mod reproduce;
mod sequence;
mod settings;
mod source;
mod spec;
mod timestamp;

use std::time::Duration;

use fixproof_core::model::{Facts, Mistake, Observation, ProbeSpec, Settings, Value};

use crate::probe::{PrepareContext, Probe, ProbeKind};

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
