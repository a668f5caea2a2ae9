//! What a step expects and captures, for live and for recorded observations.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{Capture, Expectation, FactPath, Problem, Sources, Step};

use super::job::{build_expectation, fact_path};
use super::variables::{Captures, Resolver, mentions_capture};

/// The compiled expectations and captures of one step.
pub struct StepChecks {
    /// Its name, where the scenario has several steps.
    pub name: Option<Arc<str>>,
    /// The name of its probe.
    pub probe: &'static str,
    /// Its expectations on plain facts; those with captured values have stand-ins.
    pub expect: Vec<Expectation>,
    /// The captures for later steps.
    pub captures: Vec<Capture>,
    /// Does it run even after a failed step?
    pub always: bool,
    /// The time limit of one observation.
    pub timeout: Duration,
    /// Set where expectations compare with captured values, so that they are built for each sample.
    per_sample: Option<(Box<Step>, Arc<Sources>)>,
}

impl StepChecks {
    pub(crate) fn new(
        step: &Step,
        timeout: Duration,
        expect: Vec<Expectation>,
        sources: &Arc<Sources>,
    ) -> StepChecks {
        let per_sample = step.expect.iter().any(|e| mentions_capture(&e.wanted.value));
        StepChecks {
            name: step.name.as_ref().map(|name| name.value.as_str().into()),
            probe: step.probe.name,
            expect,
            captures: step.captures.clone(),
            always: step.always,
            timeout: step.timeout.unwrap_or(timeout),
            per_sample: per_sample.then(|| (Box::new(step.clone()), sources.clone())),
        }
    }

    /// The expectations on plain facts with the captured values of one sample.
    ///
    /// # Errors
    /// A captured value is missing, or is of a kind that can't be compared.
    pub(crate) fn expectations(
        &self,
        resolver: &Resolver,
        captures: &Captures,
    ) -> Result<Cow<'_, [Expectation]>, Problem> {
        let Some((step, sources)) = &self.per_sample else { return Ok((&self.expect).into()) };
        let plain = step
            .expect
            .iter()
            .filter(|written| matches!(fact_path(&written.that.value, step).0, FactPath::Plain(_)));
        plain.map(|e| build_expectation(e, step, resolver, Some(captures), sources)).collect()
    }
}
