//! What is seen so far of one observation that a probe makes step by step: phases under one deadline, and the facts
//! of those that came to their end.

use std::future::Future;
use std::time::Duration;

use crate::ObserveContext;
use crate::clock::{Clock, Moment};
use fixproof_core::model::{Cause, Observation, Phase, ProbeError, Value};

/// What is seen so far.
pub(crate) struct ObservationBuilder {
    /// The target's clock.
    pub(crate) clock: Clock,
    /// When the observation began.
    pub(crate) start: Moment,
    /// When it must be over.
    pub(crate) deadline: Moment,
    /// Facts, phases and transcript.
    pub(crate) seen: Observation,
}

impl ObservationBuilder {
    /// Begins now.
    pub(crate) fn begin(ask: ObserveContext<'_>) -> ObservationBuilder {
        let clock = *ask.clock;
        ObservationBuilder { clock, start: clock.now(), deadline: ask.deadline, seen: Observation::default() }
    }

    /// One phase under the deadline; `late` is what stands in the way where the deadline comes first. A phase that came
    /// to its end is a fact.
    pub(crate) async fn phase<T>(
        &mut self,
        (name, fact): (&'static str, &'static str),
        late: (Cause, String),
        work: impl Future<Output = Result<T, ProbeError>>,
    ) -> Result<T, ProbeError> {
        let from = self.clock.now();
        let result = self.clock.until(self.deadline, work).await;
        let took = self.clock.since(from);
        let result = result.unwrap_or_else(|_| Err(ProbeError::new(late.0, late.1)));
        self.note(name, from, took, result.is_ok());
        if result.is_ok() {
            self.fact(fact, Value::Duration(took));
        }
        result
    }

    /// Adds a fact.
    pub(crate) fn fact(&mut self, name: &'static str, value: Value) {
        self.seen.facts.insert(name, value);
    }

    /// Adds a line to what was sent.
    pub(crate) fn sent(&mut self, line: String) {
        self.seen.transcript.sent.push(line);
    }

    /// Adds a line to what was received.
    pub(crate) fn received(&mut self, line: String) {
        self.seen.transcript.received.push(line);
    }

    /// The sum of these times, where they are there.
    pub(crate) fn spent(&self, facts: &[&str]) -> Duration {
        let times = facts.iter().filter_map(|fact| match self.seen.facts.value(fact) {
            Some(Value::Duration(took)) => Some(*took),
            _ => None,
        });
        times.sum()
    }

    /// A moment so long on the wall from now, or the deadline if that is earlier.
    pub(crate) fn within(&self, wall: Duration) -> Moment {
        self.clock.after(self.clock.now(), self.clock.from_wall(wall)).min(self.deadline)
    }

    /// Adds a phase that was timed elsewhere.
    pub(crate) fn note(&mut self, name: &'static str, from: Moment, took: Duration, complete: bool) {
        let after = self.clock.between(self.start, from);
        self.seen.phases.push(Phase { name: name.into(), after, took, complete });
    }

    /// The observation, with what stood in its way if anything did.
    pub(crate) fn finish(mut self, result: Result<(), ProbeError>) -> Observation {
        self.seen.obstacle = result.err();
        self.seen
    }
}
