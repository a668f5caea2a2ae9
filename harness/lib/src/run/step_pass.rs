//! Interprets a scenario's steps for one sample, live or recorded: which step runs, what it captures, what ends the pass.

use std::time::Duration;

use crate::judge::sample_is_met;
use crate::model::{Attempt, Finding, Observation, Sample, Secret};
use crate::plan::{Captures, StepChecks};

use super::capture;

/// One pass through the steps.
#[derive(Default)]
pub(crate) struct StepPass {
    pub(crate) captures: Captures,
    attempts: Vec<Attempt>,
    broken: bool,
}

impl StepPass {
    /// Does this step run? After a failed step only `always` steps do.
    pub(crate) fn runs(&self, step: &StepChecks) -> bool {
        step.always || !self.broken
    }

    /// Did a step fail?
    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }

    /// Ends the pass but for `always` steps.
    pub(crate) fn stop(&mut self) {
        self.broken = true;
    }

    /// Takes the captures of a judged step. The first one that fails becomes the obstacle of the observation, unless a
    /// failed expectation explains it. A failure on a fact that `is_lost` is ignored; `learn` gets captured secrets.
    pub(crate) fn capture(
        &mut self,
        step: &StepChecks,
        observation: &mut Observation,
        findings: &[Finding],
        is_lost: impl Fn(&Observation, &str) -> bool,
        mut learn: impl FnMut(Secret),
    ) {
        if observation.obstacle.is_some() {
            return;
        }
        let mut error = None;
        for wanted in &step.captures {
            match capture::take(wanted, observation) {
                Ok((value, secret)) => {
                    self.captures.insert(wanted.name.value.clone(), value);
                    secret.into_iter().for_each(&mut learn);
                }
                Err(_) if is_lost(observation, &wanted.that.value) => {}
                Err(why) => error = error.or(Some(why)),
            }
        }
        observation.obstacle = error.filter(|_| !findings.iter().any(Finding::breaks));
    }

    /// Adds the result of a step.
    pub(crate) fn push(&mut self, attempt: Attempt) {
        self.broken |=
            attempt.observation.obstacle.is_some() || attempt.findings.iter().any(Finding::stands_in_the_way);
        self.attempts.push(attempt);
    }

    /// The sample, which began `after` the start of its scenario.
    pub(crate) fn finish(self, after: Duration, took: Duration) -> Sample {
        let mut sample = Sample { after, took, met: false, attempts: self.attempts };
        sample.met = !self.broken && sample_is_met(&sample);
        sample
    }
}
