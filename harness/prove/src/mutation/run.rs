//! Runs the mutations: learns which scenario requests which answer, changes one field at a time, and records which
//! scenarios fail.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fixproof::engine::{Stop, Stopper};
use fixproof::model::{Cause, Outcome, Scenario};
use fixproof_sim::{Change as Applied, Mutation};

use super::baseline::{self, Baseline, Knowledge, Known};
use super::judge::{Reaction, judge_field, reaction};
use super::model::{MutatedAnswer, MutationOutcome, MutationResults, NotGreen, change};
use super::staging_pool::{StagingPool, Trial};
use super::trials::{TRIES, Trials};
use super::{batches, bisect};
use crate::field_coverage::Reads;
use crate::lab::{Lab, Progress, ProofEvent, Runner};

/// Probes whose answers the simulated staging can't change.
const NOT_MUTABLE: [&str; 6] = ["dns", "tls", "tcp", "postgres", "mysql", "redis"];

/// What to run mutations with.
pub struct MutationPlan {
    /// The suite and its stagings.
    pub lab: Lab,
    /// Parts of names of scenarios or answers; everything where there are none.
    pub filters: Vec<String>,
}

/// How scenarios reacted to a change.
type Reactions = BTreeMap<Mutation, BTreeMap<Arc<str>, Reaction>>;

/// Tries all of them.
///
/// # Errors
/// The harness could not do its work, in one line.
pub async fn run_mutations(
    plan: MutationPlan,
    progress: Arc<dyn Progress>,
    stop: (Stopper, Stop),
) -> Result<MutationResults, String> {
    let runner = Runner::new(plan.lab.jobs, progress.clone(), stop).await?;
    let pool = Arc::new(StagingPool::new(plan.lab));
    let mut trials = Trials::new(pool.clone(), runner);
    let note = |text: String| progress.take(ProofEvent::Note(&text));
    let results = tried(&mut trials, &plan.filters, note).await;
    pool.close().await;
    results
}

async fn tried(
    trials: &mut Trials,
    filters: &[String],
    note: impl Fn(String),
) -> Result<MutationResults, String> {
    let mut results = MutationResults {
        answers: Vec::new(),
        false_alarms: Vec::new(),
        unhealthy: Vec::new(),
        trials: 0,
        interrupted: false,
        unmatched: None,
    };
    let baselines = baselines(trials).await?;
    results.unhealthy = baselines.iter().filter_map(|baseline| NotGreen::of(&baseline.outcome)).collect();
    results.interrupted = trials.is_stopped();
    results.trials = trials.count();
    if results.interrupted || !results.unhealthy.is_empty() {
        return Ok(results);
    }
    let contract = trials.pool().contract().await?;
    let mut knowledge = baseline::learned(trials.pool().lab().loaded.suite(), &baselines, &contract);
    results.unmatched = narrowed(&mut knowledge, filters);
    if results.unmatched.is_some() {
        return Ok(results);
    }
    let of_readers = batches::of_readers(&knowledge);
    let changes = of_readers.len();
    let of_readers = batches::together(of_readers, &knowledge, |id| trials.is_quiet(id));
    let of_unread = batches::of_unread(&knowledge);
    note(format!(
        "{} scenarios request {} kinds of answers; {changes} changes of fields that are read in {} runs, then {} runs that change what a scenario does not read",
        knowledge.values().flat_map(|known| &known.asked_by).collect::<BTreeSet<_>>().len(),
        knowledge.values().filter(|known| !known.asked_by.is_empty()).count(),
        of_readers.len(),
        of_unread.len()
    ));
    trials.plan(of_readers.len() + of_unread.len());
    let reactions = reactions(trials, of_readers).await?;
    results.false_alarms = bisect::false_alarms(trials, of_unread).await?;
    results.interrupted = trials.is_stopped();
    results.answers = answers(&knowledge, &reactions);
    results.trials = trials.count();
    Ok(results)
}

/// Runs every scenario that can see a change, alone, while nothing is changed.
async fn baselines(trials: &mut Trials) -> Result<Vec<Baseline>, String> {
    let sees = |scenario: &&Scenario| {
        scenario.skip.is_none() && scenario.steps.iter().any(|step| !NOT_MUTABLE.contains(&step.probe.name))
    };
    let ids =
        trials.pool().lab().loaded.suite().scenarios.iter().filter(sees).map(|s| Arc::from(&*s.id.value));
    let alone = |id| Trial { scenarios: BTreeSet::from([id]), mutations: Vec::new() };
    let first: Vec<Trial> = ids.map(alone).collect();
    trials.plan(first.len());
    let mut baselines: BTreeMap<Arc<str>, Baseline> = BTreeMap::new();
    let mut results = trials.all(first).await?;
    for tries in 1.. {
        let mut again = Vec::new();
        for (trial, tried) in results {
            for outcome in tried.outcomes {
                // A failure by content stands; what the machine was too busy for runs again.
                if reaction(&outcome) == Reaction::Undecided && tries < TRIES {
                    again.push(trial.clone());
                }
                let (served, addresses) = (tried.served.clone(), tried.addresses.clone());
                baselines.insert(outcome.scenario.id.clone(), Baseline { outcome, served, addresses });
            }
        }
        if again.is_empty() || trials.is_stopped() {
            break;
        }
        results = trials.alone(again).await?;
    }
    Ok(baselines.into_values().collect())
}

/// Keeps the answers that a filter matches, and those that a matching scenario requests.
fn narrowed(knowledge: &mut Knowledge, filters: &[String]) -> Option<(Vec<String>, Vec<String>)> {
    let names = |of: &Knowledge| -> BTreeSet<String> {
        let scenarios = of.values().flat_map(|known| known.asked_by.iter().map(ToString::to_string));
        scenarios.chain(of.keys().map(ToString::to_string)).collect()
    };
    let all = names(knowledge);
    let is_in = |filter: &&String| all.iter().any(|name| name.contains(filter.as_str()));
    let unmatched: Vec<String> = filters.iter().filter(|filter| !is_in(filter)).cloned().collect();
    if !unmatched.is_empty() {
        return Some((unmatched, all.into_iter().collect()));
    }
    let matches = |name: &str| filters.iter().any(|filter| name.contains(filter.as_str()));
    knowledge.retain(|answer, known| {
        filters.is_empty() || matches(&answer.to_string()) || known.asked_by.iter().any(|id| matches(id))
    });
    None
}

/// Tries the changes that must be killed. A scenario without a verdict runs again, twice.
async fn reactions(trials: &mut Trials, of_readers: Vec<Trial>) -> Result<Reactions, String> {
    let mut reactions = Reactions::new();
    let mut results = trials.all(of_readers).await?;
    for tries in 1.. {
        let (mut again, mut sure) = (Vec::new(), Vec::new());
        for (trial, tried) in results {
            for mutation in &trial.mutations {
                let asked = |outcome: &&Outcome| trial.scenarios.contains(&outcome.scenario.id);
                for outcome in tried.outcomes.iter().filter(asked) {
                    let id = outcome.scenario.id.clone();
                    let is_its_own = trials.requests(&id, mutation);
                    let was = reaction(outcome);
                    if !is_its_own {
                        continue;
                    }
                    reactions.entry(mutation.clone()).or_default().insert(id.clone(), was);
                    let (scenarios, mutations) = (BTreeSet::from([id]), vec![mutation.clone()]);
                    // A frame that is late may be the effect of the field or of a busy machine: it must be late twice.
                    if was == Reaction::Red && outcome.cause() == Some(Cause::WebsocketTimeout) && tries == 1
                    {
                        sure.push(Trial { scenarios, mutations });
                    } else if was == Reaction::Undecided {
                        again.push(Trial { scenarios, mutations });
                    }
                }
            }
        }
        if again.is_empty() && sure.is_empty() || tries == TRIES || trials.is_stopped() {
            break;
        }
        trials.plan(sure.len());
        results = trials.all(sure).await?;
        results.extend(trials.alone(again).await?);
    }
    Ok(reactions)
}

/// Every field with its standing.
fn answers(knowledge: &Knowledge, reactions: &Reactions) -> Vec<MutatedAnswer> {
    let answer = |(answer, known): (&fixproof_sim::Answer, &Known)| {
        let fields = known.fields.iter().map(|(field, known)| {
            let mut tried = true;
            let outcome = |applied: &Applied| {
                let mutation = Mutation { answer: answer.clone(), field: field.clone(), change: *applied };
                let seen = reactions.get(&mutation);
                tried &= seen.is_some() || known.readers.is_empty();
                let with = |wanted: Reaction| -> Vec<Arc<str>> {
                    let all = seen.into_iter().flatten();
                    all.filter(|(_, was)| **was == wanted).map(|(id, _)| id.clone()).collect()
                };
                let (red, green) = (with(Reaction::Red), with(Reaction::Green));
                MutationOutcome { change: change(*applied), red, green, undecided: with(Reaction::Undecided) }
            };
            let changes = Applied::of(field, known.shape).iter().map(outcome).collect();
            judge_field(field.to_string(), known.with(Reads::Yes), known.with(Reads::Perhaps), changes, tried)
        });
        let fields = fields.collect();
        MutatedAnswer {
            answer: answer.to_string(),
            asked_by: known.asked_by.iter().cloned().collect(),
            fields,
        }
    };
    knowledge.iter().map(answer).collect()
}
