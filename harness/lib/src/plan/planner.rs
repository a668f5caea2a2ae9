//! Compiles one scenario into a job and collects its errors.

use std::sync::Arc;
use std::time::Duration;

use crate::judge::{Overall, WeakMatch, beyond_reach, judge_attempt, samples_needed, vacuous, weak_match};
use crate::load::did_you_mean;
use crate::model::{
    At, Code, Evaluation, Expectation, FactPath, Gate, Level, Problem, Problems, Repetition, Scenario,
    ScenarioCard, Secret, SecretSource, Severity, Sources, Step, Suite, Vacuous, Value, WrittenExpectation,
    WrittenGate,
};
use crate::probe::{self, ProbeKind};

use super::job::{Job, JobStep, StepProbe, build_expectation, fact_of, prepare};
use super::step_checks::StepChecks;
use super::uniqueness::{Fingerprint, Fingerprints};
use super::variables::{Resolver, mentions_capture};

/// Compiles scenarios into jobs and collects their errors.
pub(crate) struct Planner<'a> {
    pub(crate) suite: &'a Suite,
    pub(crate) sources: Arc<Sources>,
    pub(crate) problems: &'a mut Problems,
    pub(crate) resolver: Resolver,
    pub(crate) kinds: &'a [&'static dyn ProbeKind],
    pub(crate) fingerprints: Fingerprints,
}

impl Planner<'_> {
    /// Reads every secret of the scenarios that will run, once each.
    pub(crate) fn read_secrets(&mut self, left_out: &[Option<String>]) {
        let mut names = Vec::new();
        for (scenario, _) in
            self.suite.scenarios.iter().zip(left_out).filter(|(s, out)| out.is_none() && s.skip.is_none())
        {
            scenario.steps.iter().for_each(|step| self.resolver.secrets_in_step(step, &mut names));
        }
        names.sort();
        names.dedup();
        let root = self.suite.root.clone();
        self.resolver.read_secrets(names.iter().map(String::as_str), |source: &SecretSource| {
            probe::secret::read(source, &root)
        });
        let short: Vec<String> = names.into_iter().filter(|n| self.resolver.is_short_secret(n)).collect();
        for name in short {
            let span =
                self.resolver.target().secrets.iter().find(|(n, _)| n.value == name).map(|(n, _)| n.span);
            let message = format!(
                "the secret `{name}` has fewer than {} characters: redacting it would also hide ordinary words",
                Secret::SHORTEST
            );
            let problem = match span {
                Some(span) => Problem::error(Code::ShortSecret, span, message),
                None => Problem::nowhere(Code::ShortSecret, message),
            };
            self.problems.push(problem.help("use a longer secret, or make it a limit if it is not secret"));
        }
    }

    pub(crate) fn gate(&mut self) -> Gate {
        for (component, _) in &self.suite.gate.components {
            self.component_exists(component);
        }
        gate(&self.suite.gate)
    }

    fn component_exists(&mut self, component: &At<String>) {
        let known: Vec<&str> =
            self.resolver.target().components.iter().map(|c| c.name.value.as_str()).collect();
        if known.contains(&component.value.as_str()) {
            return;
        }
        let help = did_you_mean(&component.value, known.iter().copied()).unwrap_or_else(|| {
            let known = known.join(", ");
            format!("add `[component.{}]` to the target, or use one of: {known}", component.value)
        });
        let name = &self.resolver.target().name;
        let message = format!("the target `{name}` has no component `{}`", component.value);
        self.problems.push(Problem::error(Code::UnknownComponent, component.span, message).help(help));
    }

    /// Compiles a scenario. Nothing where it has errors, or where it is left out and a secret it refers to was not read.
    pub(crate) fn job(&mut self, scenario: &Scenario, card: Arc<ScenarioCard>) -> Option<Job> {
        self.component_exists(&scenario.component);
        if self.wants_unread_secret(scenario) {
            return None;
        }
        let before = self.problems.iter().count();
        let timeout = scenario.timeout.unwrap_or(self.suite.defaults.timeout);
        let mut steps = Vec::with_capacity(scenario.steps.len());
        let mut overall = Vec::new();
        let mut fingerprint = Fingerprint::new(&scenario.repetition);
        for step in &scenario.steps {
            steps.extend(self.step(step, timeout, &mut overall, &mut fingerprint));
        }
        self.check_samples(scenario, &overall);
        let broken = self.problems.iter().skip(before).any(|p| p.level == Level::Error);
        if broken {
            return None;
        }
        if scenario.skip.is_none()
            && let Some(problem) = self.fingerprints.add(fingerprint, scenario)
        {
            self.problems.push(problem);
            return None;
        }
        Some(Job {
            card,
            steps,
            overall,
            repetition: scenario.repetition.clone(),
            alone: scenario.alone || matches!(scenario.repetition, Repetition::Burst(_)),
        })
    }

    /// True only for scenarios that are left out: the secrets of all others were read or are known to be unreadable.
    fn wants_unread_secret(&self, scenario: &Scenario) -> bool {
        let mut names = Vec::new();
        scenario.steps.iter().for_each(|step| self.resolver.secrets_in_step(step, &mut names));
        names.iter().any(|name| self.resolver.is_unread_secret(name))
    }

    fn step(
        &mut self,
        step: &Step,
        timeout: Duration,
        overall: &mut Vec<Overall>,
        fingerprint: &mut Fingerprint,
    ) -> Option<JobStep> {
        let Some(kind) = self.kinds.iter().copied().find(|kind| kind.spec().name == step.probe.name) else {
            let message = format!("unknown probe `{}`", step.probe.name);
            let help = "`fixproof probes` lists all probes";
            self.problems.push(Problem::error(Code::UnknownProbe, step.probe_span, message).help(help));
            return None;
        };
        let context = self.resolver.prepare_context(&self.suite.root);
        let prepared = prepare(kind, step, &self.resolver, None, &context);
        let prepared = prepared.map_err(|found| self.problems.extend(found)).ok();
        let name: Option<Arc<str>> = step.name.as_ref().map(|name| name.value.as_str().into());
        let timeout = step.timeout.unwrap_or(timeout);
        let mut expect = Vec::new();
        let mut expectations = Vec::new();
        for written in &step.expect {
            let Some(expectation) = self.expectation(written, step, timeout) else { continue };
            expectations.push(expectation.clone());
            match expectation.that {
                FactPath::Plain(_) => expect.push(expectation),
                FactPath::Aggregate(..) | FactPath::SamplesMet | FactPath::SettleAfter => {
                    overall.push(Overall { step: name.clone(), expectation });
                }
            }
        }
        let (probe, settings) = prepared?;
        if let Some(problem) = proves_nothing(kind, step, &expect) {
            self.problems.push(problem);
            return None;
        }
        fingerprint.step(step, &settings, &expectations);
        let late = has_captures(step);
        Some(JobStep {
            checks: StepChecks::new(step, timeout, expect, &self.sources),
            kind,
            probe: if late { StepProbe::PerSample(Box::new(step.clone())) } else { StepProbe::Ready(probe) },
            root: self.suite.root.clone(),
        })
    }

    fn expectation(
        &mut self,
        written: &WrittenExpectation,
        step: &Step,
        timeout: Duration,
    ) -> Option<Expectation> {
        let built = build_expectation(written, step, &self.resolver, None, &self.suite.sources);
        let expectation = match built {
            Ok(expectation) => expectation,
            Err(problem) => {
                self.problems.push(problem);
                return None;
            }
        };
        if mentions_capture(&written.wanted.value) {
            return self.of_each_sample(written, expectation);
        }
        let always = fact_of(written, step).is_some_and(|fact| fact.always);
        let (code, why, help) = match vacuous(&expectation, always) {
            None if beyond_reach(&expectation, timeout) => {
                self.problems.push(never_acts(written, &expectation, timeout));
                return Some(expectation);
            }
            None => {
                self.warn_of_weak_match(written, step, &expectation);
                return Some(expectation);
            }
            Some(Vacuous::CannotFail(why)) => {
                (Code::CannotFail, why, "expect something that a broken target does not fulfil")
            }
            Some(Vacuous::CannotHold(why)) => {
                (Code::CannotHold, why, "expect something that a healthy target can fulfil")
            }
        };
        let message = match code {
            Code::CannotFail => format!("`{}` can never fail", expectation.card),
            _ => format!("`{}` can never hold", expectation.card),
        };
        self.problems.push(Problem::error(code, written.span, message).label(why).help(help));
        None
    }

    /// Warns of a text search that its opposite also satisfies: it can pass despite the fault it was written for.
    fn warn_of_weak_match(&mut self, written: &WrittenExpectation, step: &Step, expectation: &Expectation) {
        let status =
            |other: &WrittenExpectation| other.that.value == "status" && other.severity == Severity::Error;
        let text = &expectation.card;
        let (message, help) = match weak_match(expectation, step.expect.iter().any(status)) {
            None => return,
            Some(WeakMatch::Opposite(opposite)) => (
                format!("`{text}` also holds for `{opposite}`"),
                "compare the whole value with `equals` and `at`; for a list, select the element and use `exists = true`",
            ),
            Some(WeakMatch::ErrorPage) => (
                format!("`{text}` also holds for an error page"),
                "search for text that only this page has, or also expect its `status`",
            ),
        };
        self.problems.push(Problem::error(Code::LaxText, written.span, message).help(help).as_warning());
    }

    /// A captured value is known only within its sample, so it can't be compared with a fact of all samples.
    fn of_each_sample(
        &mut self,
        written: &WrittenExpectation,
        expectation: Expectation,
    ) -> Option<Expectation> {
        if let FactPath::Plain(_) = expectation.that {
            return Some(expectation);
        }
        let name = &written.that.value;
        let message =
            format!("`{name}` is about all samples together, but each sample captures its own value");
        let problem = Problem::error(Code::BadValue, written.wanted.span, message);
        self.problems.push(problem.help("compare it with a constant, or with a value of the target"));
        None
    }

    /// Warns of a sample count that can never reach the confidence.
    fn check_samples(&mut self, scenario: &Scenario, overall: &[Overall]) {
        if matches!(scenario.repetition, Repetition::Once) {
            return;
        }
        let Some(planned) = scenario.repetition.planned().map(u64::from) else { return };
        for Overall { expectation, .. } in
            overall.iter().filter(|o| o.expectation.severity == Severity::Error)
        {
            let (Some(confidence), Some(Value::Share(share))) =
                (expectation.confidence, expectation.wanted.first())
            else {
                continue;
            };
            let need = samples_needed(planned, planned, *share, confidence);
            if need.is_none_or(|need| need > planned) {
                let many = need.map_or("no number of".to_owned(), |n| n.to_string());
                let message = format!(
                    "{planned} samples can't prove {share} with {confidence} confidence, even if all are met"
                );
                let problem = Problem::error(Code::TooFewSamples, scenario.id.span, message)
                    .label("will be inconclusive")
                    .help(format!(
                        "{many} samples would be enough if all are met; raise `count`, or lower `confidence`"
                    ));
                self.problems.push(problem.as_warning());
            }
        }
    }
}

/// A limit above the timeout: a longer time fails as a timeout, so the limit itself is never tested.
fn never_acts(written: &WrittenExpectation, expectation: &Expectation, timeout: Duration) -> Problem {
    let (text, timeout) = (&expectation.card, Value::Duration(timeout));
    Problem::error(Code::BeyondReach, written.span, format!("`{text}` can never fail"))
        .label(format!("the observation times out after {timeout}"))
        .help("use a limit below `timeout`, or raise `timeout`")
        .as_warning()
}

/// Expectations that would all hold without a single entry.
fn proves_nothing(kind: &dyn ProbeKind, step: &Step, expect: &[Expectation]) -> Option<Problem> {
    let silence = kind.silence()?;
    let late = step.expect.iter().any(|e| mentions_capture(&e.wanted.value));
    let red: Vec<Expectation> = expect.iter().filter(|e| e.severity == Severity::Error).cloned().collect();
    let silent = judge_attempt(&red, &silence).iter().all(|finding| finding.evaluation == Evaluation::Pass);
    if late || red.is_empty() || !silent || !step.captures.is_empty() {
        return None;
    }
    let span = step.expect.first().map_or(step.settings_span, |e| e.span);
    let message = format!("the expectations on this `{}` also hold without a single entry", step.probe.name);
    Some(
        Problem::error(Code::ProvesNothing, span, message)
            .label("an empty result proves nothing")
            .help("also expect `{ that = \"entries\", at-least = 1 }`"),
    )
}

fn has_captures(step: &Step) -> bool {
    step.settings.iter().any(|(_, written)| mentions_capture(&written.value))
        || step.expect.iter().any(|e| mentions_capture(&e.wanted.value))
}

pub(crate) fn gate(written: &WrittenGate) -> Gate {
    let components = written.components.iter();
    Gate {
        threshold: written.threshold,
        components: components.map(|(c, share)| (c.value.as_str().into(), *share)).collect(),
    }
}
