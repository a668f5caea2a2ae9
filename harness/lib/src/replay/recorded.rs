//! Today's expectations held against what an earlier run recorded. Nobody is asked, and no secret is read.
//!
//! Scenarios are found again by their ids, steps by their names, samples in their order. What an expectation compares
//! with is filled in as in a run; what only the run itself knew (a secret, an address of the simulated staging) is
//! unknown, and then the run's own finding stands, where it is of the same expectation.

use std::sync::Arc;
use std::time::Duration;

use crate::judge::{Outlook, Overall, VerdictReason, judge_attempt, outlook, sample_is_met, verdict_reason};
use crate::model::{
    Attempt, Expectation, FactPath, Finding, Outcome, Problems, Reason, Repetition, Report, Sample, Scenario,
    ScenarioCard, Step, Suite, Target, Text, Undecided,
};
use crate::plan::{Captures, Overlay, Resolver, RunVariables, build_expectation, card, mentions_capture};
use crate::redact::MASK;
use crate::run::{capture, was_dropped};

use super::unavailable::{is_masked, judged_unknown, not_recorded, unknown_to_us, untold};

/// A suite held against a recorded run.
pub struct Recall<'a> {
    pub(crate) suite: &'a Suite,
    pub(crate) target: &'a Target,
    /// The recorded run.
    pub report: &'a Report,
    /// Every scenario of the suite, in its order.
    pub scenarios: Vec<Recalled<'a>>,
    resolver: Resolver,
}

/// One scenario of today's suite, and what was recorded of it.
pub struct Recalled<'a> {
    /// What reports say of it.
    pub card: Arc<ScenarioCard>,
    /// As it is written.
    pub scenario: &'a Scenario,
    /// Its steps.
    pub steps: Vec<RecalledStep<'a>>,
    /// Its expectations on all samples together.
    pub overall: Vec<Overall>,
    /// What was recorded of it.
    pub recorded: Option<&'a Outcome>,
}

/// One step.
pub struct RecalledStep<'a> {
    /// Its name, where the scenario has several.
    pub name: Option<Arc<str>>,
    /// As it is written.
    pub written: &'a Step,
    /// Its expectations on one observation.
    pub promises: Vec<Promise>,
    /// The time limit of its observation.
    pub timeout: Duration,
    /// Do they hold captured values, so that they are made anew for each sample?
    late: bool,
}

/// An expectation on a plain fact.
#[derive(Clone)]
pub struct Promise {
    /// The expectation.
    pub expectation: Expectation,
    /// Is the value that it compares with unknown outside of the run?
    pub unknown: bool,
}

/// The judgement of recorded samples.
pub struct Judged {
    /// Why the verdict is what it is.
    pub reason: Reason,
    /// Which sample decided it.
    pub deciding_sample: Option<usize>,
    /// When it settled.
    pub settled_after: Option<Duration>,
    /// Its findings.
    pub findings: Vec<Finding>,
    /// The samples with their findings.
    pub samples: Vec<Sample>,
}

impl<'a> Recall<'a> {
    /// Builds every expectation, or says what is wrong with them. The values of `overlay` are not looked at: only what
    /// they are called.
    pub fn of(
        suite: &'a Suite,
        target: &'a Target,
        overlay: &Overlay,
        report: &'a Report,
    ) -> (Option<Recall<'a>>, Problems) {
        let run = &report.provenance;
        let variables = RunVariables::of(&run.run, run.nonce, run.begun);
        let resolver = Resolver::new(target.clone(), unknown_to_us(target, overlay), variables);
        let mut problems = Problems::default();
        let mut recall = Recall { suite, target, report, scenarios: Vec::new(), resolver };
        for scenario in &suite.scenarios {
            let recalled = recall.recalled(scenario, &mut problems);
            recall.scenarios.push(recalled);
        }
        ((!problems.has_errors()).then_some(recall), problems)
    }

    fn recalled(&self, scenario: &'a Scenario, problems: &mut Problems) -> Recalled<'a> {
        let (mut steps, mut overall) = (Vec::new(), Vec::new());
        for written in &scenario.steps {
            let name: Option<Arc<str>> = written.name.as_ref().map(|name| name.value.as_str().into());
            let mut promises = Vec::new();
            for promise in self.promises(written, None) {
                match promise {
                    Err(problem) => problems.push(problem),
                    Ok(Promise { expectation, .. }) if !matches!(expectation.that, FactPath::Plain(_)) => {
                        overall.push(Overall { step: name.clone(), expectation });
                    }
                    Ok(promise) => promises.push(promise),
                }
            }
            let timeout = written.timeout.or(scenario.timeout).unwrap_or(self.suite.defaults.timeout);
            let late = written.expect.iter().any(|e| mentions_capture(&e.wanted.value));
            steps.push(RecalledStep { name, written, promises, timeout, late });
        }
        let recorded = self.report.outcomes.iter().find(|outcome| *outcome.scenario.id == *scenario.id.value);
        // Whom the run asked, and how, is known to its report alone.
        let reproduce = recorded.map(|outcome| outcome.scenario.reproduce.clone()).unwrap_or_default();
        let card = Arc::new(card(scenario, self.suite, reproduce));
        Recalled { card, scenario, steps, overall, recorded }
    }

    fn promises(
        &self,
        step: &Step,
        captures: Option<&Captures>,
    ) -> Vec<Result<Promise, crate::model::Problem>> {
        let build = |written: &crate::model::WrittenExpectation| {
            let unknown = self.resolver.fill(&written.wanted, captures)?.holds_secret();
            let sources = &self.suite.sources;
            let expectation = build_expectation(written, step, &self.resolver, captures, sources)?;
            Ok(Promise { expectation, unknown })
        };
        step.expect.iter().map(build).collect()
    }

    /// Judges samples of a scenario: the recorded ones, or what was made of them. `recorded` are those as they were.
    #[must_use]
    pub fn judge(&self, of: &Recalled<'_>, samples: &[Sample], recorded: &[Sample]) -> Judged {
        let samples: Vec<Sample> = samples
            .iter()
            .zip(recorded)
            .map(|(sample, as_it_was)| self.judge_sample(of, sample, as_it_was))
            .collect();
        let repetition = &of.scenario.repetition;
        let settled_after = match repetition {
            Repetition::Settle(settling) => settled_after(&samples, settling.within, settling.hold),
            Repetition::Once | Repetition::Sample(_) | Repetition::Burst(_) => None,
        };
        let mut judged = verdict_reason(repetition, &samples, &of.overall, settled_after, None);
        if let Some(what) = ended_too_early(of, &samples, settled_after) {
            judged.reason = Reason::Inconclusive(Undecided::NotRecorded { what });
        }
        let VerdictReason { reason, deciding_sample, findings } = judged;
        Judged { reason, deciding_sample, settled_after, findings, samples }
    }

    /// One round through the steps, as a run takes it.
    fn judge_sample(&self, of: &Recalled<'_>, sample: &Sample, recorded: &Sample) -> Sample {
        let (mut captures, mut attempts, mut broken) = (Captures::new(), Vec::new(), false);
        for step in &of.steps {
            if broken && !step.written.always {
                continue;
            }
            let seen = |sample: &Sample| sample.attempts.iter().find(|a| a.step == step.name).cloned();
            let (Some(mut attempt), Some(as_it_was)) = (seen(sample), seen(recorded)) else {
                // What cleans up after a broken promise need not have been reached.
                if !broken {
                    attempts.push(not_recorded(step, "this step was not reached then"));
                    broken = true;
                }
                continue;
            };
            if attempt.probe != step.written.probe.name {
                attempts.push(not_recorded(step, &format!("`{}` was asked then", attempt.probe)));
                broken = true;
                continue;
            }
            attempt.findings = self.findings(step, &attempt, &as_it_was, &captures);
            if attempt.observation.obstacle.is_none() {
                self.capture(step, &mut attempt, &mut captures);
            }
            broken |= attempt.observation.obstacle.is_some()
                || attempt.findings.iter().any(Finding::stands_in_the_way);
            attempts.push(attempt);
        }
        let mut judged = Sample { met: false, attempts, ..sample.clone() };
        judged.met = !broken && sample_is_met(&judged);
        judged
    }

    /// A step's expectation with what a sample captured before it.
    #[must_use]
    pub fn in_sample(
        &self,
        of: &Recalled<'_>,
        step: &RecalledStep<'_>,
        at: usize,
        sample: &Sample,
    ) -> Expectation {
        let as_written = || step.promises[at].expectation.clone();
        if !step.late {
            return as_written();
        }
        let mut captures = Captures::new();
        for before in of.steps.iter().take_while(|before| before.name != step.name) {
            if let Some(attempt) = sample.attempts.iter().find(|attempt| attempt.step == before.name) {
                self.capture(before, &mut attempt.clone(), &mut captures);
            }
        }
        let plain = |promise: &Promise| matches!(promise.expectation.that, FactPath::Plain(_));
        let made = self.promises(step.written, Some(&captures)).into_iter().flatten().filter(plain).nth(at);
        made.map_or_else(as_written, |promise| promise.expectation)
    }

    fn findings(
        &self,
        step: &RecalledStep<'_>,
        attempt: &Attempt,
        recorded: &Attempt,
        captures: &Captures,
    ) -> Vec<Finding> {
        if attempt.observation.obstacle.is_some() {
            return Vec::new();
        }
        let anew: Vec<Promise> = if step.late {
            let all = self.promises(step.written, Some(captures)).into_iter().flatten();
            all.filter(|promise| matches!(promise.expectation.that, FactPath::Plain(_))).collect()
        } else {
            Vec::new()
        };
        // A capture that found nothing leaves expectations that can't be made; they are untold.
        let made = |at: usize| if step.late { anew.get(at) } else { step.promises.get(at) };
        let complete = !step.late || anew.len() == step.promises.len();
        step.promises
            .iter()
            .enumerate()
            .map(|(at, promise)| match made(at).filter(|_| complete) {
                Some(promise) => self.finding(step, promise, attempt, recorded),
                None => untold(step, &promise.expectation, "what an earlier step captured"),
            })
            .collect()
    }

    fn finding(
        &self,
        step: &RecalledStep<'_>,
        promise: &Promise,
        attempt: &Attempt,
        recorded: &Attempt,
    ) -> Finding {
        let Promise { expectation, unknown } = promise;
        let FactPath::Plain(fact) = &expectation.that else {
            return untold(step, expectation, "a fact of one observation");
        };
        let (seen, as_it_was) = (&attempt.observation, &recorded.observation);
        let untouched = seen.facts.get(fact) == as_it_was.facts.get(fact);
        let why = if was_dropped(seen, fact) {
            Some("this fact was not kept in the report")
        } else if is_masked(expectation, fact, seen) {
            Some("what stood there was a secret")
        } else {
            unknown.then_some("what it is compared with was known to the run alone")
        };
        match why {
            None => {}
            Some(why) if untouched => {
                return self
                    .found_then(recorded, expectation, *unknown)
                    .unwrap_or_else(|| untold(step, expectation, why));
            }
            Some(_) if *unknown => return judged_unknown(step, expectation, fact, seen, as_it_was),
            Some(_) => {}
        }
        judge_attempt(step.name.as_ref(), std::slice::from_ref(expectation), seen)
            .pop()
            .unwrap_or_else(|| untold(step, expectation, "nothing was seen"))
    }

    /// What the run itself found, of the same expectation: by its place where the suite is the same, by its words
    /// where it is not and they say everything.
    fn found_then(&self, recorded: &Attempt, expectation: &Expectation, unknown: bool) -> Option<Finding> {
        let same_suite = self.report.provenance.suite_hash == self.suite.hash;
        let place = &expectation.excerpt.place;
        recorded
            .findings
            .iter()
            .find(|found| {
                if same_suite {
                    (found.place.line, found.place.column) == (place.line, place.column)
                } else {
                    !unknown && found.expectation == expectation.text
                }
            })
            .cloned()
    }

    fn capture(&self, step: &RecalledStep<'_>, attempt: &mut Attempt, captures: &mut Captures) {
        for wanted in &step.written.captures {
            match capture::take(wanted, &attempt.observation) {
                Ok((value, _)) => {
                    let masked = value.scalar_text().is_some_and(|text| text.expose().contains(MASK));
                    let value = match value.scalar_text() {
                        Some(text) if masked => crate::model::Setting::Text(Text::secret(text.expose())),
                        _ => value,
                    };
                    captures.insert(wanted.name.value.clone(), value);
                }
                Err(_) if was_dropped(&attempt.observation, &wanted.that.value) => {}
                Err(why) if !attempt.findings.iter().any(Finding::breaks) => {
                    attempt.observation.obstacle.get_or_insert(why);
                }
                Err(_) => {}
            }
        }
    }
}

/// When a settling scenario settled, by the times of its attempts; as the run itself decides it. The run looked at its
/// clock a moment after the attempt's end, which is all that is recorded: a hold may be that much too short.
pub(crate) fn settled_after(samples: &[Sample], within: Duration, hold: Duration) -> Option<Duration> {
    let nearly = hold.saturating_sub(hold / 100).saturating_sub(Duration::from_millis(10));
    let mut since = None;
    for sample in samples {
        let end = sample.after.saturating_add(sample.took);
        if !sample.met {
            since = None;
            continue;
        }
        let began = *since.get_or_insert(end);
        if began <= within && end.saturating_sub(began) >= nearly {
            return Some(began);
        }
    }
    None
}

/// Why the recording ends before it can be told, if it does.
fn ended_too_early(of: &Recalled<'_>, samples: &[Sample], settled: Option<Duration>) -> Option<String> {
    let planned = match &of.scenario.repetition {
        Repetition::Sample(sampling) => sampling.count,
        Repetition::Burst(count) => *count,
        Repetition::Once => return None,
        Repetition::Settle(settling) => {
            let held = samples.iter().rev().take_while(|sample| sample.met).last();
            let holds = held.is_some_and(|first| first.after.saturating_add(first.took) <= settling.within);
            return (settled.is_none() && holds).then(|| "it ends while all still held".to_owned());
        }
    };
    let open = outlook(planned, samples, &of.overall) == Outlook::Open;
    open.then(|| format!("{} of {planned} samples were taken then", samples.len()))
}
