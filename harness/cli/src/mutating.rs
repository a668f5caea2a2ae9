//! Tries the mutations: learns who asks for what, changes one field at a time, and sees who notices.

mod batches;
mod knowledge;
mod side_by_side;
mod stages;
mod strays;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fixproof::LoadedHarness;
use fixproof::engine::{Stop, Stopper, stopper};
use fixproof::judge::{Reaction, Reads, judge_field, reaction};
use fixproof::model::{
    Cause, MutatedAnswer, MutationKind, MutationOutcome, NotGreen, Outcome, Reason, Scenario, Stray,
};
use fixproof_sim::{Change, Mutation};

use crate::commands::run::watch_for_interrupts;
use crate::live::Live;
use crate::terminal;

use knowledge::{Knowledge, Lesson};
use side_by_side::Crew;
use stages::{Stages, Trial};

/// Probes that ask for no answer which can be changed.
const ELSEWHERE: [&str; 6] = ["dns", "tls", "tcp", "postgres", "mysql", "redis"];

/// What is needed to try mutations.
pub(crate) struct Workshop {
    pub prepared: LoadedHarness,
    pub speed: f64,
    pub processors: usize,
    pub jobs: usize,
    /// Parts of names of scenarios or answers; everything where there are none.
    pub filters: Vec<String>,
    pub quiet: bool,
}

/// What came of all of it.
pub(crate) struct Harvest {
    pub answers: Vec<MutatedAnswer>,
    pub strays: Vec<Stray>,
    pub unhealthy: Vec<NotGreen>,
    pub trials: usize,
    pub interrupted: bool,
    /// Filters that match no scenario and no answer, and what there is to match.
    pub unmatched: Option<(Vec<String>, Vec<String>)>,
}

/// How often somebody who comes to no verdict is asked, the first time included.
const TRIES: usize = 3;

/// Who reacted to a change, and how.
type Reactions = BTreeMap<Mutation, BTreeMap<Arc<str>, Reaction>>;

/// Tries all of them on a runtime of its own.
///
/// # Errors
/// A sentence: the harness could not do its work.
pub(crate) fn drive(workshop: Workshop) -> Result<Harvest, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("the runtime can't be started: {error}"))?;
    let live = (!workshop.quiet && terminal::is_watched()).then(|| Arc::new(Live::new()));
    let shown = live.clone();
    let harvest = runtime.block_on(async {
        let (stopper, stop) = stopper();
        let watcher = tokio::spawn(watch_for_interrupts(stopper.clone()));
        let harvest = all(workshop, shown, &stopper, &stop).await;
        watcher.abort();
        harvest
    });
    if let Some(live) = live {
        live.over();
    }
    runtime.shutdown_background();
    harvest
}

async fn all(
    workshop: Workshop,
    live: Option<Arc<Live>>,
    stopper: &Stopper,
    stop: &Stop,
) -> Result<Harvest, String> {
    let Workshop { prepared, speed, processors, jobs, filters, quiet } = workshop;
    let stages = Arc::new(Stages::of(prepared, speed));
    let tell = |text: String| match &live {
        Some(live) => live.aside(&text),
        None if !quiet => terminal::complain(&text),
        None => {}
    };
    let mut crew =
        Crew::of(stages.clone(), processors, jobs, live.clone(), (stopper.clone(), stop.clone())).await?;
    let harvest = tried(&mut crew, &filters, &tell).await;
    stages.close().await;
    harvest
}

async fn tried(crew: &mut Crew, filters: &[String], tell: &impl Fn(String)) -> Result<Harvest, String> {
    let mut harvest = Harvest {
        answers: Vec::new(),
        strays: Vec::new(),
        unhealthy: Vec::new(),
        trials: 0,
        interrupted: false,
        unmatched: None,
    };
    let lessons = lessons(crew).await?;
    harvest.unhealthy = lessons.iter().filter_map(|lesson| not_green(&lesson.outcome)).collect();
    harvest.interrupted = crew.is_stopped();
    harvest.trials = crew.trials();
    if harvest.interrupted || !harvest.unhealthy.is_empty() {
        return Ok(harvest);
    }
    let contract = crew.stages().contract().await?;
    let mut knowledge = knowledge::learned(crew.stages().prepared().suite(), &lessons, &contract);
    harvest.unmatched = narrowed(&mut knowledge, filters);
    if harvest.unmatched.is_some() {
        return Ok(harvest);
    }
    let to_notice = batches::to_notice(&knowledge);
    let changes = to_notice.len();
    let to_notice = batches::together(to_notice, &knowledge, |id| crew.is_quiet(id));
    let to_ignore = batches::to_ignore(&knowledge);
    tell(format!(
        "{} scenarios ask for {} kinds of answers; {changes} changes of fields that are read, in {} runs, and in {} more everything that a scenario does not read",
        knowledge.values().flat_map(|known| &known.asked_by).collect::<BTreeSet<_>>().len(),
        knowledge.values().filter(|known| !known.asked_by.is_empty()).count(),
        to_notice.len(),
        to_ignore.len()
    ));
    crew.expects(to_notice.len() + to_ignore.len());
    let reactions = noticed(crew, to_notice).await?;
    harvest.strays = strays::strays(crew, to_ignore).await?;
    harvest.interrupted = crew.is_stopped();
    harvest.answers = answers(&knowledge, &reactions);
    harvest.trials = crew.trials();
    Ok(harvest)
}

/// Asks every scenario that can see a change, alone, while nothing is changed.
async fn lessons(crew: &mut Crew) -> Result<Vec<Lesson>, String> {
    let sees = |scenario: &&Scenario| {
        scenario.skip.is_none() && scenario.steps.iter().any(|step| !ELSEWHERE.contains(&step.probe.name))
    };
    let ids = crew.stages().prepared().suite().scenarios.iter().filter(sees).map(|s| Arc::from(&*s.id.value));
    let alone = |id| Trial { scenarios: BTreeSet::from([id]), mutations: Vec::new() };
    let trials: Vec<Trial> = ids.map(alone).collect();
    crew.expects(trials.len());
    let mut lessons: BTreeMap<Arc<str>, Lesson> = BTreeMap::new();
    let mut homes = crew.all(trials).await?;
    for tries in 1.. {
        let mut again = Vec::new();
        for (trial, tried) in homes {
            for outcome in tried.outcomes {
                // What was red for its content is red; what the machine was too busy for is asked again.
                if reaction(&outcome) == Reaction::Undecided && tries < TRIES {
                    again.push(trial.clone());
                }
                let (served, addresses) = (tried.served.clone(), tried.addresses.clone());
                lessons.insert(outcome.scenario.id.clone(), Lesson { outcome, served, addresses });
            }
        }
        if again.is_empty() || crew.is_stopped() {
            break;
        }
        homes = crew.alone(again).await?;
    }
    Ok(lessons.into_values().collect())
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
async fn noticed(crew: &mut Crew, trials: Vec<Trial>) -> Result<Reactions, String> {
    let mut reactions = Reactions::new();
    let mut homes = crew.all(trials).await?;
    for tries in 1.. {
        let (mut again, mut sure) = (Vec::new(), Vec::new());
        for (trial, tried) in homes {
            for mutation in &trial.mutations {
                let asked = |outcome: &&Outcome| trial.scenarios.contains(&outcome.scenario.id);
                for outcome in tried.outcomes.iter().filter(asked) {
                    let id = outcome.scenario.id.clone();
                    let is_its_own = crew.asks(&id, mutation);
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
        if again.is_empty() && sure.is_empty() || tries == TRIES || crew.is_stopped() {
            break;
        }
        crew.expects(sure.len());
        homes = crew.all(sure).await?;
        homes.extend(crew.alone(again).await?);
    }
    Ok(reactions)
}

/// Every field with its standing.
fn answers(knowledge: &Knowledge, reactions: &Reactions) -> Vec<MutatedAnswer> {
    let answer = |(answer, known): (&fixproof_sim::Answer, &knowledge::Known)| {
        let fields = known.fields.iter().map(|(field, known)| {
            let mut tried = true;
            let outcome = |change: &Change| {
                let mutation = Mutation { answer: answer.clone(), field: field.clone(), change: *change };
                let seen = reactions.get(&mutation);
                tried &= seen.is_some() || known.readers.is_empty();
                let with = |wanted: Reaction| -> Vec<Arc<str>> {
                    let all = seen.into_iter().flatten();
                    all.filter(|(_, was)| **was == wanted).map(|(id, _)| id.clone()).collect()
                };
                let (red, green) = (with(Reaction::Red), with(Reaction::Green));
                MutationOutcome { change: kind(*change), red, green, undecided: with(Reaction::Undecided) }
            };
            let changes = Change::of(field, known.shape).iter().map(outcome).collect();
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

fn kind(change: Change) -> MutationKind {
    match change {
        Change::Dropped => MutationKind::Dropped,
        Change::Retyped => MutationKind::Retyped,
        Change::Replaced => MutationKind::Replaced,
        Change::Raised => MutationKind::Raised,
        Change::Lowered => MutationKind::Lowered,
        Change::Emptied => MutationKind::Emptied,
    }
}

/// A scenario that is anything but green, with what was seen.
fn not_green(outcome: &Outcome) -> Option<NotGreen> {
    let detail = match &outcome.reason {
        Reason::Passed => return None,
        Reason::Failed { cause, detail } => format!("{cause}: {detail}"),
        Reason::Blocked { .. } => "blocked".to_owned(),
        Reason::Inconclusive(why) => why.to_string(),
        Reason::Skipped { reason } => reason.clone(),
    };
    Some(NotGreen { scenario: outcome.scenario.id.clone(), detail })
}
