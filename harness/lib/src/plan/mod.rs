//! Checks everything before the first packet: suite × target × selection → [`Plan`], or every mistake at once.
//!
//! No probe observes anything here; a plan has nothing left to look up.

mod card;
mod coerce;
mod identity;
mod job;
mod planner;
mod reproduce;
mod run_variables;
mod select;
mod step_checks;
mod uniqueness;
mod variables;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::judge::HostLimits;
use crate::load::Loaded;
use crate::model::{
    Code, Component, ComponentTally, Gate, InvalidInput, Narrowing, Problem, ProofMention, Scenario,
    ScenarioCard, Secret, Share, Sources, Suite, Tally,
};
use crate::probe::ProbeKind;
use crate::probe::host::{Machine, ThisMachine};
use crate::redact::Redactor;

use planner::Planner;
use reproduce::Reproduction;
use select::select;
use uniqueness::Fingerprints;

pub use identity::Identity;
pub use reproduce::reproduce;
pub use select::{Selection, Shard};
pub use step_checks::StepChecks;
pub use variables::Overlay;

pub(crate) use card::card;
pub(crate) use job::{Job, JobStep, StepProbe, build_expectation, prepare};
pub(crate) use planner::gate;
pub(crate) use run_variables::RunVariables;
pub(crate) use variables::{Captures, Resolver};

/// The machine of the host check, and its limits.
#[derive(Debug, Clone)]
pub(crate) struct Watched {
    pub(crate) machine: Arc<dyn Machine>,
    pub(crate) limits: HostLimits,
}

impl Default for Watched {
    fn default() -> Watched {
        Watched { machine: Arc::new(ThisMachine), limits: HostLimits::default() }
    }
}

/// A run with nothing left to look up.
#[derive(Debug)]
pub struct Plan {
    pub(crate) identity: Identity,
    pub(crate) target: String,
    pub(crate) suite_hash: String,
    pub(crate) target_hash: String,
    pub(crate) speed: f64,
    pub(crate) gate: Gate,
    pub(crate) deadline: Duration,
    pub(crate) parallel: usize,
    pub(crate) components: Vec<ComponentTally>,
    pub(crate) dependencies: BTreeMap<Arc<str>, Vec<Arc<str>>>,
    pub(crate) narrowing: Vec<Narrowing>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) resolver: Arc<Resolver>,
    pub(crate) redactor: Redactor,
    pub(crate) watched: Watched,
    warnings: Vec<Problem>,
    sources: Sources,
}

/// One planned scenario.
#[derive(Debug)]
pub(crate) enum Entry {
    /// Will run.
    Run(Arc<Job>),
    /// Left out, with the reason.
    LeftOut(Arc<ScenarioCard>, String),
}

impl Plan {
    /// All planned scenarios in order, and whether each will run.
    pub fn scenarios(&self) -> impl Iterator<Item = (&Arc<ScenarioCard>, bool)> {
        self.entries.iter().map(|entry| match entry {
            Entry::Run(job) => (&job.card, true),
            Entry::LeftOut(card, _) => (card, false),
        })
    }

    /// SHA-256 of the suite it was made of.
    #[must_use]
    pub fn suite_hash(&self) -> &str {
        &self.suite_hash
    }

    /// What the author of the suite should look at.
    #[must_use]
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// The files that the warnings point into.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Adds the newest proof of this suite to the report.
    #[must_use]
    pub fn with_proof(mut self, proof: Option<ProofMention>) -> Plan {
        self.identity.proof = proof;
        self
    }

    /// Overrides the suite's threshold.
    #[must_use]
    pub fn with_threshold(mut self, threshold: Option<Share>) -> Plan {
        self.gate.threshold = threshold.unwrap_or(self.gate.threshold);
        self
    }

    /// Overrides the suite's deadline.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Option<Duration>) -> Plan {
        self.deadline = deadline.unwrap_or(self.deadline);
        self
    }

    /// Redacts more secrets: those of the command line.
    #[must_use]
    pub fn with_secrets<'a>(mut self, secrets: impl IntoIterator<Item = &'a Secret>) -> Plan {
        self.redactor.learn(secrets);
        self
    }

    /// Replaces the machine of the host check and its limits. For tests.
    #[must_use]
    pub fn on_machine(mut self, machine: Arc<dyn Machine>, limits: HostLimits) -> Plan {
        self.watched = Watched { machine, limits };
        self
    }

    /// Overrides the suite's maximum of concurrent scenarios.
    #[must_use]
    pub fn with_parallel(mut self, parallel: Option<usize>) -> Plan {
        self.parallel = parallel.unwrap_or(self.parallel).max(1);
        self
    }
}

/// Plans a suite against its target. `kinds` are the probes there are: [`PROBES`](crate::probe::PROBES), and a user's own.
///
/// # Errors
/// The suite or the target has an error, found by the loader or here. All of them are returned, warnings too.
pub fn plan(
    loaded: &Loaded,
    overlay: Overlay,
    selection: &Selection,
    identity: Identity,
    kinds: &[&'static dyn ProbeKind],
) -> Result<Plan, InvalidInput> {
    let Loaded { suite, target, sources, problems } = loaded;
    let mut problems = problems.clone();
    if suite.scenarios.is_empty() {
        problems.push(no_scenarios(suite));
        return Err(InvalidInput::new(problems, sources.clone()));
    }
    let selected = select(&suite.scenarios, target, selection, &mut problems);
    let speed = target.simulate.as_ref().map_or(1.0, |simulate| simulate.speed.value);
    let variables = RunVariables::of(&identity.run, identity.nonce, identity.begun);
    let mut planner = Planner {
        suite,
        sources: Arc::new(suite.sources.clone()),
        problems: &mut problems,
        resolver: Resolver::new(target.clone(), overlay, variables),
        kinds,
        fingerprints: Fingerprints::default(),
    };
    planner.read_secrets(&selected.left_out);
    let gate = planner.gate();
    let reproduce = Reproduction::new(suite, &planner.resolver, kinds);
    let planned = suite.scenarios.iter().zip(selected.left_out);
    let entries = planned
        .filter_map(|(scenario, left_out)| entry(&mut planner, &reproduce, scenario, left_out))
        .collect();
    let Planner { resolver, .. } = planner;
    let redactor = Redactor::new(secrets_of(&resolver).iter());
    problems.report_once(Code::UnsetSecret);
    problems.iter_mut().for_each(|problem| redactor.clean_problem(problem));
    if problems.has_errors() {
        return Err(InvalidInput::new(problems, sources.clone()));
    }
    Ok(Plan {
        identity,
        target: target.name.clone(),
        suite_hash: suite.hash.clone(),
        target_hash: target.hash.clone(),
        speed,
        gate,
        deadline: suite.defaults.deadline,
        parallel: suite.defaults.parallel.max(1),
        components: components(&resolver),
        dependencies: dependencies(&target.components),
        narrowing: selected.narrowing,
        entries,
        resolver: Arc::new(resolver),
        redactor,
        watched: Watched::default(),
        warnings: problems.sorted(),
        sources: sources.clone(),
    })
}

/// Plans one scenario; nothing where it has errors, which the planner has collected.
fn entry(
    planner: &mut Planner<'_>,
    reproduce: &Reproduction<'_>,
    scenario: &Scenario,
    left_out: Option<String>,
) -> Option<Entry> {
    let card = Arc::new(card(scenario, planner.suite, reproduce.of(scenario)));
    let job = planner.job(scenario, card.clone());
    match scenario.skip.as_ref().map(|skip| skip.reason.clone()).or(left_out) {
        Some(reason) => Some(Entry::LeftOut(card, reason)),
        None => job.map(|job| Entry::Run(Arc::new(job))),
    }
}

fn no_scenarios(suite: &Suite) -> Problem {
    Problem::nowhere(Code::NoScenarios, format!("there is no scenario under `{}`", suite.root.display()))
        .help("write one, or point --scenarios at the folder that holds yours")
}

/// The target's components as rows of a report, with empty tallies.
pub(crate) fn components(resolver: &Resolver) -> Vec<ComponentTally> {
    let row = |component: &Component| ComponentTally {
        component: component.name.value.as_str().into(),
        depends_on: component.depends_on.iter().map(|on| on.value.as_str().into()).collect(),
        address: resolver.address(component),
        tally: Tally::default(),
    };
    resolver.target().components.iter().map(row).collect()
}

pub(crate) fn dependencies(components: &[Component]) -> BTreeMap<Arc<str>, Vec<Arc<str>>> {
    components
        .iter()
        .map(|c| {
            (c.name.value.as_str().into(), c.depends_on.iter().map(|d| d.value.as_str().into()).collect())
        })
        .collect()
}

/// Every secret of a run.
fn secrets_of(resolver: &Resolver) -> Vec<Secret> {
    resolver.secrets().cloned().chain(resolver.overlaid_secrets()).collect()
}
