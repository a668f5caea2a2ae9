//! A recorded run, paired with today's suite: no network access, no secret is read.
//!
//! Scenarios are found by their ids, steps by their names, samples by their order. Variables are filled in as in a run. A
//! value that only the run knew (a secret, an address of the simulated staging) is unknown; then the finding of the run
//! is used, where it is of the same expectation.

use std::sync::Arc;
use std::time::Duration;

use crate::judge::{
    Outlook, Overall, Settled, VerdictReason, judge_attempt, outlook, settled, verdict_reason,
};
use crate::model::{
    Attempt, Expectation, FactPath, Finding, Outcome, Problems, Reason, Repetition, Report, Sample, Sampling,
    Scenario, ScenarioCard, Sources, Suite, Target, Undecided,
};
use crate::plan::{Captures, Overlay, Resolver, RunVariables, StepChecks, build_expectation, card};
use crate::run::{StepPass, was_dropped};

use super::unavailable::{is_masked, is_unknown, judged_unknown, masked, not_recorded, unavailable};

/// A suite and a recorded run of it.
pub struct RecordedRun<'a> {
    /// Today's suite.
    pub suite: &'a Suite,
    /// Today's target.
    pub target: &'a Target,
    /// The recorded run.
    pub report: &'a Report,
    /// Every scenario of the suite, in its order.
    pub scenarios: Vec<RecordedScenario<'a>>,
    resolver: Resolver,
}

/// One scenario of today's suite with its recording.
pub struct RecordedScenario<'a> {
    /// Its card.
    pub card: Arc<ScenarioCard>,
    /// The scenario as written.
    pub scenario: &'a Scenario,
    /// Its steps.
    pub steps: Vec<StepChecks>,
    /// Its expectations on all samples together.
    pub overall: Vec<Overall>,
    /// Its recorded outcome.
    pub recorded: Option<&'a Outcome>,
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

impl<'a> RecordedRun<'a> {
    /// Compiles every expectation, or returns the problems. Of `overlay` only the names count.
    pub fn of(
        suite: &'a Suite,
        target: &'a Target,
        overlay: &Overlay,
        report: &'a Report,
    ) -> (Option<RecordedRun<'a>>, Problems) {
        let run = &report.provenance;
        let variables = RunVariables::of(&run.run, run.nonce, run.begun);
        let resolver = Resolver::new(target.clone(), masked(target, overlay), variables);
        let sources = Arc::new(suite.sources.clone());
        let mut problems = Problems::default();
        let mut recorded = RecordedRun { suite, target, report, scenarios: Vec::new(), resolver };
        for scenario in &suite.scenarios {
            let scenario = recorded.scenario(scenario, &sources, &mut problems);
            recorded.scenarios.push(scenario);
        }
        ((!problems.has_errors()).then_some(recorded), problems)
    }

    fn scenario(
        &self,
        scenario: &'a Scenario,
        sources: &Arc<Sources>,
        problems: &mut Problems,
    ) -> RecordedScenario<'a> {
        let timeout = scenario.timeout.unwrap_or(self.suite.defaults.timeout);
        let (mut steps, mut overall) = (Vec::new(), Vec::new());
        for step in &scenario.steps {
            let built = step.expect.iter().map(|e| build_expectation(e, step, &self.resolver, None, sources));
            let (mut plain, mut together) = (Vec::new(), Vec::new());
            for expectation in built {
                match expectation {
                    Err(problem) => problems.push(problem),
                    Ok(e) if matches!(e.that, FactPath::Plain(_)) => plain.push(e),
                    Ok(e) => together.push(e),
                }
            }
            let checks = StepChecks::new(step, timeout, plain, sources);
            let name = &checks.name;
            overall
                .extend(together.into_iter().map(|expectation| Overall { step: name.clone(), expectation }));
            steps.push(checks);
        }
        let recorded = self.report.outcomes.iter().find(|outcome| *outcome.scenario.id == *scenario.id.value);
        // The commands of the run itself are in its report alone.
        let reproduce = recorded.map(|outcome| outcome.scenario.reproduce.clone()).unwrap_or_default();
        let card = Arc::new(card(scenario, self.suite, reproduce));
        RecordedScenario { card, scenario, steps, overall, recorded }
    }

    /// Judges samples of a scenario: the recorded ones, or changed ones with `recorded` as they were.
    #[must_use]
    pub fn judge(&self, of: &RecordedScenario<'_>, samples: &[Sample], recorded: &[Sample]) -> Judged {
        let samples: Vec<Sample> = samples
            .iter()
            .zip(recorded)
            .map(|(sample, recorded)| self.judge_sample(of, sample, recorded))
            .collect();
        let repetition = &of.scenario.repetition;
        let state = match repetition {
            Repetition::Settle(settling) => settled(&samples, settling),
            Repetition::Once | Repetition::Sample(_) | Repetition::Burst(_) => Settled::Not,
        };
        let settled_after = if let Settled::After(after) = state { Some(after) } else { None };
        let mut judged = verdict_reason(repetition, &samples, &of.overall, settled_after, None);
        if let Some(what) = ended_too_early(of, &samples, state) {
            judged.reason = Reason::Inconclusive(Undecided::NotRecorded { what });
        }
        let VerdictReason { reason, deciding_sample, findings } = judged;
        Judged { reason, deciding_sample, settled_after, findings, samples }
    }

    fn judge_sample(&self, of: &RecordedScenario<'_>, sample: &Sample, recorded: &Sample) -> Sample {
        let mut pass = StepPass::default();
        for step in &of.steps {
            if !pass.runs(step) {
                continue;
            }
            let (Some(attempt), Some(recorded)) = (attempt_of(sample, step), attempt_of(recorded, step))
            else {
                // Cleanup after a failed step need not have been reached.
                if !pass.is_broken() {
                    pass.push(not_recorded(step, "this step was not reached then"));
                    pass.stop();
                }
                continue;
            };
            if *attempt.probe != *step.probe {
                pass.push(not_recorded(step, &format!("the probe was `{}` then", attempt.probe)));
                pass.stop();
                continue;
            }
            let mut attempt = attempt.clone();
            attempt.findings = self.findings(step, &attempt, recorded, &pass.captures);
            let Attempt { observation, findings, .. } = &mut attempt;
            pass.capture(step, observation, findings, was_dropped, |_| ());
            pass.push(attempt);
        }
        pass.finish(sample.after, sample.took)
    }

    /// An expectation on a step with the values that a sample captured before it.
    #[must_use]
    pub fn in_sample(
        &self,
        of: &RecordedScenario<'_>,
        step: &StepChecks,
        at: usize,
        sample: &Sample,
    ) -> Expectation {
        let mut pass = StepPass::default();
        for before in of.steps.iter().take_while(|before| before.name != step.name) {
            if let Some(attempt) = attempt_of(sample, before) {
                pass.capture(before, &mut attempt.observation.clone(), &[], was_dropped, |_| ());
            }
        }
        let built = step.expectations(&self.resolver, &pass.captures).ok();
        built.and_then(|all| all.get(at).cloned()).unwrap_or_else(|| step.expect[at].clone())
    }

    fn findings(
        &self,
        step: &StepChecks,
        attempt: &Attempt,
        recorded: &Attempt,
        captures: &Captures,
    ) -> Vec<Finding> {
        if attempt.observation.obstacle.is_some() {
            return Vec::new();
        }
        match step.expectations(&self.resolver, captures) {
            Ok(all) => all.iter().map(|e| self.finding(e, attempt, recorded)).collect(),
            Err(_) => step.expect.iter().map(|e| unavailable(e, "what an earlier step captured")).collect(),
        }
    }

    fn finding(&self, expectation: &Expectation, attempt: &Attempt, recorded: &Attempt) -> Finding {
        let FactPath::Plain(fact) = &expectation.that else {
            return unavailable(expectation, "a fact of one observation");
        };
        let unknown = is_unknown(expectation);
        let (seen, then) = (&attempt.observation, &recorded.observation);
        let unchanged = seen.facts.get(fact) == then.facts.get(fact);
        let why = if was_dropped(seen, fact) {
            Some("this fact was not kept in the report")
        } else if is_masked(expectation, fact, seen) {
            Some("its value was a secret")
        } else {
            unknown.then_some("the wanted value was known only during the run")
        };
        match why {
            Some(why) if unchanged => self
                .recorded_finding(recorded, expectation, unknown)
                .unwrap_or_else(|| unavailable(expectation, why)),
            Some(_) if unknown => judged_unknown(expectation, fact, seen, then),
            _ => judge_attempt(std::slice::from_ref(expectation), seen)
                .pop()
                .unwrap_or_else(|| unavailable(expectation, "no observation")),
        }
    }

    /// The finding of the run on the same expectation: found by its place in the same suite, else by its text where that
    /// says everything.
    fn recorded_finding(
        &self,
        recorded: &Attempt,
        expectation: &Expectation,
        unknown: bool,
    ) -> Option<Finding> {
        let same_suite = self.report.provenance.suite_hash == self.suite.hash;
        let (card, place) = (&expectation.card, expectation.card.place());
        let mut findings = recorded.findings.iter();
        if same_suite {
            let is_it = |found: &&Finding| {
                let found = found.expectation.place();
                (found.line, found.column) == (place.line, place.column)
            };
            return findings.find(is_it).cloned();
        }
        let found = findings.find(|found| !unknown && found.expectation.says_the_same(card))?;
        Some(Finding { expectation: card.clone(), ..found.clone() })
    }
}

fn attempt_of<'a>(sample: &'a Sample, step: &StepChecks) -> Option<&'a Attempt> {
    sample.attempts.iter().find(|attempt| attempt.step == step.name)
}

/// Why the recording is too short for a verdict, if it is.
fn ended_too_early(of: &RecordedScenario<'_>, samples: &[Sample], state: Settled) -> Option<String> {
    match &of.scenario.repetition {
        Repetition::Once => None,
        Repetition::Settle(_) => {
            (state == Settled::Holding).then(|| "it ends before `hold` is over".to_owned())
        }
        Repetition::Sample(Sampling { count, .. }) | Repetition::Burst(count) => {
            let open = outlook(*count, samples, &of.overall) == Outlook::Open;
            open.then(|| format!("only {} of {count} samples were taken", samples.len()))
        }
    }
}
