//! Tries the mutations: learns who asks for what, changes one field at a time, and sees who notices.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fixproof::engine::{Stop, Stopper};
use fixproof::model::{Cause, Change, Outcome, Reason, Scenario};
use fixproof_sim::{Change as Applied, Mutation};

use super::baseline::{self, Baseline, Knowledge, Known};
use super::field_reads::Reads;
use super::judge::{Reaction, judge_field, reaction};
use super::model::{MutatedAnswer, MutationOutcome, NotGreen, Stray};
use super::staging_pool::{StagingPool, Trial};
use super::trials::Trials;
use super::{batches, bisect};
use crate::lab::{Lab, Progress, ProofEvent, Runner};

/// Probes that ask for no answer which can be changed.
const ELSEWHERE: [&str; 6] = ["dns", "tls", "tcp", "postgres", "mysql", "redis"];

/// What is needed to try mutations.
pub struct MutationPlan {
    /// The suite and its stagings.
    pub lab: Lab,
    /// Parts of names of scenarios or answers; everything where there are none.
    pub filters: Vec<String>,
}

/// The results of all of them.
pub struct MutationResults {
    /// Every answer with its fields.
    pub answers: Vec<MutatedAnswer>,
    /// Scenarios that fail by a field they do not read.
    pub strays: Vec<Stray>,
    /// Scenarios that did not pass although nothing was changed.
    pub unhealthy: Vec<NotGreen>,
    /// How many runs it took.
    pub trials: usize,
    /// Was it interrupted?
    pub interrupted: bool,
    /// Filters that match no scenario and no answer, and the names that there are.
    pub unmatched: Option<(Vec<String>, Vec<String>)>,
}

/// How often a scenario without a verdict runs, the first time included.
pub(super) const TRIES: usize = 3;

/// Who reacted to a change, and how.
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
        strays: Vec::new(),
        unhealthy: Vec::new(),
        trials: 0,
        interrupted: false,
        unmatched: None,
    };
    let baselines = baselines(trials).await?;
    results.unhealthy = baselines.iter().filter_map(|baseline| not_green(&baseline.outcome)).collect();
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
    let to_notice = batches::to_notice(&knowledge);
    let changes = to_notice.len();
    let to_notice = batches::together(to_notice, &knowledge, |id| trials.is_quiet(id));
    let to_ignore = batches::to_ignore(&knowledge);
    note(format!(
        "{} scenarios ask for {} kinds of answers; {changes} changes of fields that are read, in {} runs, and in {} more everything that a scenario does not read",
        knowledge.values().flat_map(|known| &known.asked_by).collect::<BTreeSet<_>>().len(),
        knowledge.values().filter(|known| !known.asked_by.is_empty()).count(),
        to_notice.len(),
        to_ignore.len()
    ));
    trials.plan(to_notice.len() + to_ignore.len());
    let reactions = noticed(trials, to_notice).await?;
    results.strays = bisect::strays(trials, to_ignore).await?;
    results.interrupted = trials.is_stopped();
    results.answers = answers(&knowledge, &reactions);
    results.trials = trials.count();
    Ok(results)
}

/// Asks every scenario that can see a change, alone, while nothing is changed.
async fn baselines(trials: &mut Trials) -> Result<Vec<Baseline>, String> {
    let sees = |scenario: &&Scenario| {
        scenario.skip.is_none() && scenario.steps.iter().any(|step| !ELSEWHERE.contains(&step.probe.name))
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
                // What was red for its content is red; what the machine was too busy for is asked again.
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

/// Keeps the answers that a filter names, or that a scenario asks for which it names.
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

/// Tries what must be noticed. Who came to no verdict is asked again, twice.
async fn noticed(trials: &mut Trials, to_notice: Vec<Trial>) -> Result<Reactions, String> {
    let mut reactions = Reactions::new();
    let mut results = trials.all(to_notice).await?;
    for tries in 1.. {
        let (mut again, mut sure) = (Vec::new(), Vec::new());
        for (trial, tried) in results {
            for mutation in &trial.mutations {
                let asked = |outcome: &&Outcome| trial.scenarios.contains(&outcome.scenario.id);
                for outcome in tried.outcomes.iter().filter(asked) {
                    let id = outcome.scenario.id.clone();
                    let is_its_own = trials.asks(&id, mutation);
                    let was = reaction(outcome);
                    if !is_its_own {
                        continue;
                    }
                    reactions.entry(mutation.clone()).or_default().insert(id.clone(), was);
                    let (scenarios, mutations) = (BTreeSet::from([id]), vec![mutation.clone()]);
                    // A frame that did not come in time may be the field's doing or the machine's: it must do it twice.
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

/// What the simulated staging did, in the words of reports. It shares no code with the harness, so it has words of its own.
pub(super) fn change(applied: Applied) -> Change {
    match applied {
        Applied::Dropped => Change::Absent,
        Applied::Retyped => Change::OtherType,
        Applied::Replaced => Change::OtherValue,
        Applied::Raised => Change::FarAbove,
        Applied::Lowered => Change::FarBelow,
        Applied::Emptied => Change::Empty,
    }
}

/// A scenario that is anything but green, with what was seen.
pub(super) fn not_green(outcome: &Outcome) -> Option<NotGreen> {
    let detail = match &outcome.reason {
        Reason::Passed => return None,
        Reason::Failed { cause, detail } => format!("{cause}: {detail}"),
        Reason::Blocked { .. } => "blocked".to_owned(),
        Reason::Inconclusive(why) => why.to_string(),
        Reason::Skipped { reason } => reason.clone(),
    };
    Some(NotGreen { scenario: outcome.scenario.id.clone(), detail })
}
