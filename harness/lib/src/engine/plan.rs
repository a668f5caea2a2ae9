//! Checks everything before the first packet: suite × target × selection → [`Plan`], or every mistake at once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use crate::judge::{Idle, idle, samples_needed};
use crate::model::{
    At, Code, Component, Expectation, FactPath, Gate, Host, Kind, Narrowing, Problem, Problems, Redactor,
    Repetition, Scenario, ScenarioCard, Secret, SecretSource, Severity, Share, Simulated, Span, Step, Suite,
    Target, WrittenExpectation,
};
use crate::probe::{self, ProbeKind, Surroundings};

use super::job::{Job, JobStep, Question, build_expectation, fact_of, prepare};
use super::resolve::Resolver;
use super::select::{Selection, select};

pub use super::resolve::Overlay;

/// What the command line knows of a run and the engine can't find out.
#[derive(Debug, Clone)]
pub struct Identity {
    /// `fixproof 0.1.0`
    pub tool: String,
    /// Was it built with optimisation?
    pub optimised: bool,
    /// The run's name.
    pub run: String,
    /// The suite's folder as the user named it.
    pub suite: String,
    /// The machine.
    pub host: Host,
    /// What the harness knows about itself and a reader should too.
    pub notes: Vec<String>,
    /// The simulated staging, where that is the target.
    pub simulated: Option<Simulated>,
}

/// A run with nothing left to look up.
#[derive(Debug)]
pub struct Plan {
    pub(super) identity: Identity,
    pub(super) target: String,
    pub(super) suite_hash: String,
    pub(super) speed: f64,
    pub(super) gate: Gate,
    pub(super) deadline: Duration,
    pub(super) parallel: usize,
    pub(super) components: Vec<Arc<str>>,
    pub(super) dependencies: BTreeMap<Arc<str>, Vec<Arc<str>>>,
    pub(super) narrowing: Vec<Narrowing>,
    pub(super) entries: Vec<Entry>,
    pub(super) resolver: Arc<Resolver>,
    pub(super) redactor: Redactor,
}

/// One planned scenario.
#[derive(Debug)]
pub(super) enum Entry {
    /// To be asked.
    Ask(Arc<Job>),
    /// Left out, with the reason.
    LeftOut(Arc<ScenarioCard>, String),
}

impl Plan {
    /// Everyone in it, in order, with whether they will be asked.
    pub fn scenarios(&self) -> impl Iterator<Item = (&Arc<ScenarioCard>, bool)> {
        self.entries.iter().map(|entry| match entry {
            Entry::Ask(job) => (&job.card, true),
            Entry::LeftOut(card, _) => (card, false),
        })
    }

    /// Lays a stricter or looser threshold over the suite's.
    #[must_use]
    pub fn with_threshold(mut self, threshold: Option<Share>) -> Plan {
        self.gate.threshold = threshold.unwrap_or(self.gate.threshold);
        self
    }

    /// Lays another deadline over the suite's.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Option<Duration>) -> Plan {
        self.deadline = deadline.unwrap_or(self.deadline);
        self
    }

    /// Lays another number of scenarios in flight over the suite's.
    #[must_use]
    pub fn with_parallel(mut self, parallel: Option<usize>) -> Plan {
        self.parallel = parallel.unwrap_or(self.parallel).max(1);
        self
    }
}

/// Makes a plan, and finds every mistake that needs the target to be seen. The plan is there only when no mistake is.
/// `kinds` are the probes there are: [`PROBES`](crate::probe::PROBES), and a user's own.
pub fn plan(
    suite: &Suite,
    target: &Target,
    overlay: Overlay,
    selection: &Selection,
    identity: Identity,
    kinds: &[&'static dyn ProbeKind],
) -> (Option<Plan>, Problems) {
    let mut problems = Problems::default();
    if suite.scenarios.is_empty() {
        let message = format!("there is no scenario under `{}`", suite.root.display());
        problems.push(
            Problem::nowhere(Code::NoScenarios, message)
                .help("write one, or point --scenarios at the folder that holds yours"),
        );
        return (None, problems);
    }
    let selected = select(&suite.scenarios, target, selection, &mut problems);
    let speed = target.simulate.as_ref().map_or(1.0, |simulate| simulate.speed.value);
    let mut planner =
        Planner { suite, problems: &mut problems, resolver: Resolver::new(target.clone(), overlay), kinds };
    planner.read_secrets(&selected.left_out);
    let gate = planner.gate();
    let mut entries = Vec::with_capacity(suite.scenarios.len());
    let mut questions: HashMap<String, Span> = HashMap::new();
    for (scenario, left_out) in suite.scenarios.iter().zip(selected.left_out) {
        let card = Arc::new(card(scenario, suite));
        let job = planner.job(scenario, card.clone(), &mut questions);
        let reason = scenario.skip.as_ref().map(|skip| skip.reason.clone()).or(left_out);
        match (reason, job) {
            (Some(reason), _) => entries.push(Entry::LeftOut(card, reason)),
            (None, Some(job)) => entries.push(Entry::Ask(Arc::new(job))),
            (None, None) => {}
        }
    }
    let Planner { resolver, .. } = planner;
    if problems.has_errors() {
        return (None, problems);
    }
    let redactor = Redactor::new(secrets_of(&resolver).iter());
    let plan = Plan {
        identity,
        target: target.name.clone(),
        suite_hash: suite.hash.clone(),
        speed,
        gate,
        deadline: suite.defaults.deadline,
        parallel: suite.defaults.parallel.max(1),
        components: target.components.iter().map(|c| c.name.value.as_str().into()).collect(),
        dependencies: dependencies(&target.components),
        narrowing: selected.narrowing,
        entries,
        resolver: Arc::new(resolver),
        redactor,
    };
    (Some(plan), problems)
}

fn dependencies(components: &[Component]) -> BTreeMap<Arc<str>, Vec<Arc<str>>> {
    components
        .iter()
        .map(|c| {
            (c.name.value.as_str().into(), c.depends_on.iter().map(|d| d.value.as_str().into()).collect())
        })
        .collect()
}

/// Every secret of a run, and the passwords inside those that are addresses.
fn secrets_of(resolver: &Resolver) -> Vec<Secret> {
    let mut secrets: Vec<Secret> = resolver.secrets().cloned().collect();
    let overlaid = resolver.overlaid_secrets();
    secrets.extend(overlaid);
    let inner: Vec<Secret> = secrets
        .iter()
        .filter_map(|secret| url::Url::parse(secret.expose()).ok())
        .filter_map(|url| {
            let password = url.password()?.to_owned();
            let plain = percent_decoded(&password);
            Some([Secret::new(password), Secret::new(plain)])
        })
        .flatten()
        .collect();
    secrets.extend(inner);
    secrets
}

fn percent_decoded(text: &str) -> String {
    let pairs = format!("k={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(pairs.as_bytes()).next().map(|(_, v)| v.into_owned()).unwrap_or_default()
}

fn card(scenario: &Scenario, suite: &Suite) -> ScenarioCard {
    ScenarioCard {
        id: scenario.id.value.as_str().into(),
        title: scenario.title.clone(),
        component: scenario.component.value.as_str().into(),
        owner: scenario.owner,
        source: scenario.source.clone(),
        critical: scenario.critical,
        needs: scenario.needs.iter().map(|need| need.value.as_str().into()).collect(),
        tags: scenario.tags.clone(),
        remedy: scenario.remedy.clone(),
        runbook: scenario.runbook.clone(),
        place: suite.sources.place(scenario.id.span),
        probes: scenario.steps.iter().map(|step| step.probe.name).collect(),
    }
}

struct Planner<'a> {
    suite: &'a Suite,
    problems: &'a mut Problems,
    resolver: Resolver,
    kinds: &'a [&'static dyn ProbeKind],
}

impl Planner<'_> {
    fn root(&self) -> &std::path::Path {
        &self.suite.root
    }

    /// Reads every secret that a scenario which will run refers to, once.
    fn read_secrets(&mut self, left_out: &[Option<String>]) {
        let mut names = Vec::new();
        for (scenario, _) in
            self.suite.scenarios.iter().zip(left_out).filter(|(s, out)| out.is_none() && s.skip.is_none())
        {
            for step in &scenario.steps {
                step.settings
                    .iter()
                    .for_each(|(_, written)| self.resolver.secrets_in(&written.value, &mut names));
                step.expect.iter().for_each(|e| self.resolver.secrets_in(&e.wanted.value, &mut names));
            }
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
                "the secret `{name}` has fewer than {} characters: it can't be kept out of reports without hiding ordinary words",
                Secret::SHORTEST
            );
            let problem = match span {
                Some(span) => Problem::error(Code::ShortSecret, span, message),
                None => Problem::nowhere(Code::ShortSecret, message),
            };
            self.problems
                .push(problem.help("use a longer secret; if the value is not secret, make it a limit"));
        }
    }

    fn gate(&mut self) -> Gate {
        let written = &self.suite.gate;
        for (component, _) in &written.components {
            self.component_exists(component);
        }
        Gate {
            threshold: written.threshold,
            components: written
                .components
                .iter()
                .map(|(c, share)| (c.value.as_str().into(), *share))
                .collect(),
        }
    }

    fn component_exists(&mut self, component: &At<String>) {
        let known: Vec<&str> =
            self.resolver.target().components.iter().map(|c| c.name.value.as_str()).collect();
        if known.contains(&component.value.as_str()) {
            return;
        }
        let near = known.iter().min_by_key(|k| strsim::damerau_levenshtein(k, &component.value)).copied();
        let help = match near.filter(|n| strsim::damerau_levenshtein(n, &component.value) <= 3) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "add `[component.{}]` to the target, or use one of: {}",
                component.value,
                known.join(", ")
            ),
        };
        let name = &self.resolver.target().name;
        let message = format!("the target `{name}` has no component `{}`", component.value);
        self.problems.push(Problem::error(Code::UnknownComponent, component.span, message).help(help));
    }

    fn job(
        &mut self,
        scenario: &Scenario,
        card: Arc<ScenarioCard>,
        questions: &mut HashMap<String, Span>,
    ) -> Option<Job> {
        self.component_exists(&scenario.component);
        let before = self.problems.iter().count();
        let timeout = scenario.timeout.unwrap_or(self.suite.defaults.timeout);
        let mut steps = Vec::with_capacity(scenario.steps.len());
        let mut aggregates = Vec::new();
        let mut identity = format!("{:?}", scenario.repetition);
        for (index, step) in scenario.steps.iter().enumerate() {
            if let Some(built) = self.step(step, index, timeout, &mut aggregates, &mut identity) {
                steps.push(built);
            }
        }
        self.check_samples(scenario, &aggregates);
        if let Some(first) = questions.insert(identity, scenario.id.span).filter(|_| scenario.skip.is_none())
        {
            let message = format!(
                "`{}` asks the same thing as another scenario, so one answer would be counted twice",
                scenario.id.value
            );
            self.problems.push(
                Problem::error(Code::DuplicateQuestion, scenario.id.span, message)
                    .label("the same probe, settings and expectations")
                    .also(first, "as here")
                    .help("remove one of them, or make it ask something else"),
            );
        }
        let broken = self.problems.iter().skip(before).any(|p| p.level == crate::model::Level::Error);
        (!broken).then(|| Job {
            card,
            steps,
            aggregates,
            repetition: scenario.repetition.clone(),
            alone: scenario.alone || matches!(scenario.repetition, Repetition::Burst(_)),
        })
    }

    fn step(
        &mut self,
        step: &Step,
        index: usize,
        timeout: Duration,
        aggregates: &mut Vec<(usize, Expectation)>,
        identity: &mut String,
    ) -> Option<JobStep> {
        let kind = self.kinds.iter().copied().find(|kind| kind.spec().name == step.probe.name)?;
        let proxy = self.resolver.target().proxy_from_environment;
        let surroundings = Surroundings { root: self.root(), proxy_from_environment: proxy };
        let prepared = prepare(kind, step, &self.resolver, None, &surroundings);
        let ready = match prepared {
            Ok((probe, shown)) => {
                identity.push_str(&shown);
                Some(probe)
            }
            Err(found) => {
                self.problems.extend(found);
                None
            }
        };
        let late = has_captures(step);
        let mut expect = Vec::new();
        for written in &step.expect {
            let Some(expectation) = self.expectation(written, step) else { continue };
            identity.push_str(&format!("|{}{:?}", expectation.text, expectation.severity));
            match expectation.that {
                FactPath::Plain(_) => expect.push(expectation),
                _ => aggregates.push((index, expectation)),
            }
        }
        for capture in &step.captures {
            identity.push_str(&format!("|capture {} {}", capture.name.value, capture.that.value));
        }
        let probe = ready?;
        Some(JobStep {
            name: step.name.as_ref().map(|name| name.value.as_str().into()),
            kind,
            question: if late { Question::Late(Box::new(step.clone())) } else { Question::Ready(probe) },
            root: self.suite.root.clone(),
            expect,
            late_expect: step.expect.iter().any(|e| mentions_capture(&e.wanted.value)),
            sources: late.then(|| Arc::new(self.suite.sources.clone())),
            captures: step.captures.clone(),
            always: step.always,
            timeout: step.timeout.unwrap_or(timeout),
        })
    }

    fn expectation(&mut self, written: &WrittenExpectation, step: &Step) -> Option<Expectation> {
        let built = build_expectation(written, step, &self.resolver, None, &self.suite.sources);
        let expectation = match built {
            Ok(expectation) => expectation,
            Err(problem) => {
                self.problems.push(problem);
                return None;
            }
        };
        if mentions_capture(&written.wanted.value) {
            return Some(expectation);
        }
        let always = fact_of(written, step).is_some_and(|fact| fact.always);
        let (code, why, help) = match idle(&expectation, always) {
            None => return Some(expectation),
            Some(Idle::CannotFail(why)) => {
                (Code::CannotFail, why, "expect something that a broken target would not keep")
            }
            Some(Idle::CannotHold(why)) => {
                (Code::CannotHold, why, "expect something that a healthy target can keep")
            }
        };
        let message = match code {
            Code::CannotFail => format!("`{}` holds whatever the target does", expectation.text),
            _ => format!("nothing can satisfy `{}`", expectation.text),
        };
        self.problems.push(Problem::error(code, written.span, message).label(why).help(help));
        None
    }

    /// A sample that can never reach its own confidence is known to be inconclusive before it is taken.
    fn check_samples(&mut self, scenario: &Scenario, aggregates: &[(usize, Expectation)]) {
        let planned = match &scenario.repetition {
            Repetition::Sample(sampling) => u64::from(sampling.count),
            Repetition::Burst(count) => u64::from(*count),
            Repetition::Once | Repetition::Settle(_) => return,
        };
        for (_, expectation) in aggregates.iter().filter(|(_, e)| e.severity == Severity::Error) {
            let (Some(confidence), Some(crate::model::Value::Share(share))) =
                (expectation.confidence, expectation.wanted.first())
            else {
                continue;
            };
            let need = samples_needed(planned, planned, *share, confidence);
            if need.is_none_or(|need| need > planned) {
                let many = need.map_or("no number of".to_owned(), |n| n.to_string());
                let message = format!(
                    "{planned} samples can't prove {share} with {confidence} confidence even if all are met"
                );
                let problem = Problem::error(Code::TooFewSamples, scenario.id.span, message)
                    .label("will be inconclusive")
                    .help(format!(
                        "{many} samples would do, all met; raise `count`, or ask for less confidence"
                    ));
                self.problems.push(problem.as_warning());
            }
        }
    }
}

fn has_captures(step: &Step) -> bool {
    step.settings.iter().any(|(_, written)| mentions_capture(&written.value))
        || step.expect.iter().any(|e| mentions_capture(&e.wanted.value))
}

fn mentions_capture(written: &crate::model::Written) -> bool {
    use crate::model::Written;
    match written {
        Written::Text(template) => template.variables().any(|v| !v.name.contains('.')),
        Written::List(list) => list.iter().any(|item| mentions_capture(&item.value)),
        Written::Table(rows) => rows.iter().any(|(_, item)| mentions_capture(&item.value)),
        Written::Flag(_) | Written::Number(_) => false,
    }
}

/// The kind an expectation's fact has; used by docs.
pub(super) fn kind_of(that: &FactPath, step: &Step) -> Kind {
    match that {
        FactPath::SamplesMet => Kind::Share,
        FactPath::SettleAfter => Kind::Duration,
        FactPath::Plain(fact) | FactPath::Aggregate(fact, _) => {
            step.probe.fact(fact).map_or(Kind::Json, |f| f.kind)
        }
    }
}
