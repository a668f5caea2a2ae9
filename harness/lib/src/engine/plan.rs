//! Checks everything before the first packet: suite × target × selection → [`Plan`], or every mistake at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::judge::HostLimits;
use crate::model::{
    Code, Component, ComponentTally, Gate, Host, Narrowing, Nonce, Problem, Problems, ProofMention, Scenario,
    ScenarioCard, Secret, Share, Simulated, Suite, Tally, Target, Timestamp,
};
use crate::probe::ProbeKind;
use crate::probe::host::Machine;
use crate::redact::Redactor;

use super::health::Watched;
use super::job::Job;
use super::planner::Planner;
use super::question::Questions;
use super::reproduce::Reproduction;
use super::resolve::Resolver;
use super::run_variables::RunVariables;
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
    /// The run's own number, for questions nobody has asked before.
    pub nonce: Nonce,
    /// When it was planned: `{{run.begun}}`.
    pub begun: Timestamp,
    /// The suite's folder as the user named it.
    pub suite: String,
    /// The machine.
    pub host: Host,
    /// What the harness knows about itself and a reader should too.
    pub notes: Vec<String>,
    /// The simulated staging, where that is the target.
    pub simulated: Option<Simulated>,
    /// The newest proof for the suite, where there is one.
    pub proof: Option<ProofMention>,
}

impl Identity {
    /// A program of one's own, told by its name alone.
    #[must_use]
    pub fn named(tool: &str) -> Identity {
        let begun = Clock::WALL.timestamp();
        let nanos = begun.0.unix_timestamp_nanos().unsigned_abs();
        Identity {
            nonce: Nonce::from_seed(u64::try_from(nanos & u128::from(u64::MAX)).unwrap_or_default()),
            begun,
            tool: tool.to_owned(),
            optimised: !cfg!(debug_assertions),
            run: tool.to_owned(),
            suite: tool.to_owned(),
            host: Host {
                name: "unknown".to_owned(),
                system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
                processors: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            },
            notes: Vec::new(),
            simulated: None,
            proof: None,
        }
    }
}

/// A run with nothing left to look up.
#[derive(Debug)]
pub struct Plan {
    pub(super) identity: Identity,
    pub(super) target: String,
    pub(super) suite_hash: String,
    pub(super) target_hash: String,
    pub(super) speed: f64,
    pub(super) gate: Gate,
    pub(super) deadline: Duration,
    pub(super) parallel: usize,
    pub(super) components: Vec<ComponentTally>,
    pub(super) dependencies: BTreeMap<Arc<str>, Vec<Arc<str>>>,
    pub(super) narrowing: Vec<Narrowing>,
    pub(super) entries: Vec<Entry>,
    pub(super) resolver: Arc<Resolver>,
    pub(super) redactor: Redactor,
    pub(super) watched: Watched,
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

    /// SHA-256 of the suite it was made of.
    #[must_use]
    pub fn suite_hash(&self) -> &str {
        &self.suite_hash
    }

    /// Carries the newest proof for this suite into the report.
    #[must_use]
    pub fn with_proof(mut self, proof: Option<ProofMention>) -> Plan {
        self.identity.proof = proof;
        self
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

    /// Takes more secrets out of everything that leaves the run: those that are not the suite's, but the command line's.
    #[must_use]
    pub fn with_secrets<'a>(mut self, secrets: impl IntoIterator<Item = &'a Secret>) -> Plan {
        self.redactor.learn(secrets);
        self
    }

    /// Takes another machine, or another idea of when one is healthy, for the one the harness runs on. For tests.
    #[must_use]
    pub fn on_machine(mut self, machine: Arc<dyn Machine>, limits: HostLimits) -> Plan {
        self.watched = Watched { machine, limits };
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
        problems.push(no_scenarios(suite));
        return (None, problems);
    }
    let selected = select(&suite.scenarios, target, selection, &mut problems);
    let speed = target.simulate.as_ref().map_or(1.0, |simulate| simulate.speed.value);
    let mut planner = Planner {
        suite,
        problems: &mut problems,
        resolver: Resolver::new(
            target.clone(),
            overlay,
            RunVariables::of(&identity.run, identity.nonce, identity.begun),
        ),
        kinds,
        questions: Questions::default(),
    };
    planner.read_secrets(&selected.left_out);
    let gate = planner.gate();
    let asked = suite.scenarios.iter().zip(selected.left_out);
    let reproduce = Reproduction::new(suite, &planner.resolver, kinds);
    let entries = asked
        .filter_map(|(scenario, left_out)| entry(&mut planner, &reproduce, scenario, left_out))
        .collect();
    let Planner { resolver, .. } = planner;
    let redactor = Redactor::new(secrets_of(&resolver).iter());
    problems.tell_once(Code::UnsetSecret);
    problems.iter_mut().for_each(|problem| redactor.clean_problem(problem));
    if problems.has_errors() {
        return (None, problems);
    }
    let plan = Plan {
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
    };
    (Some(plan), problems)
}

/// A scenario as it is planned; nothing where it has mistakes, which are told.
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
        None => job.map(|job| Entry::Ask(Arc::new(job))),
    }
}

fn no_scenarios(suite: &Suite) -> Problem {
    Problem::nowhere(Code::NoScenarios, format!("there is no scenario under `{}`", suite.root.display()))
        .help("write one, or point --scenarios at the folder that holds yours")
}

/// The target's components as a report tells them, none of their scenarios counted yet.
pub(super) fn components(resolver: &Resolver) -> Vec<ComponentTally> {
    let row = |component: &Component| ComponentTally {
        component: component.name.value.as_str().into(),
        depends_on: component.depends_on.iter().map(|on| on.value.as_str().into()).collect(),
        address: resolver.address(component),
        tally: Tally::default(),
    };
    resolver.target().components.iter().map(row).collect()
}

pub(super) fn dependencies(components: &[Component]) -> BTreeMap<Arc<str>, Vec<Arc<str>>> {
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

pub(super) fn card(scenario: &Scenario, suite: &Suite, reproduce: Vec<String>) -> ScenarioCard {
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
        text: own_words(suite.sources.within(scenario.block)).into(),
        text_line: suite.sources.place(scenario.block).line,
        probes: scenario.steps.iter().map(|step| step.probe.name.into()).collect(),
        reproduce,
    }
}

/// How many bytes of a scenario's own words a report carries.
const WORDS: usize = 16 << 10;

/// A block of a file without what stands before the next one: blank lines and comments.
fn own_words(block: &str) -> &str {
    let mut end = 0;
    let mut at = 0;
    for line in block.split_inclusive('\n') {
        at += line.len();
        if !matches!(line.trim_start().bytes().next(), None | Some(b'#')) {
            end = at;
        }
    }
    let words = block[..end].trim_end();
    &words[..words.floor_char_boundary(WORDS)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_the_next_scenario_is_none_of_this_ones_words() {
        assert_eq!(own_words("[[scenario]]\nid = 1 # x\n\n# next\n \n"), "[[scenario]]\nid = 1 # x");
        assert_eq!(own_words("[[scenario]]\n# inside\nid = 1"), "[[scenario]]\n# inside\nid = 1");
        assert_eq!(own_words("# nothing\n\n"), "");
        assert!(own_words(&"ä = 1\n".repeat(1 << 14)).len() <= WORDS);
    }
}
