//! False alarms: scenarios that fail by what they do not read. Everything is changed at once, then halves of it.

use std::sync::Arc;

use fixproof_sim::Mutation;

use super::judge::{Reaction, reaction};
use super::model::{FalseAlarm, NotGreen, change};
use super::staging_pool::Trial;
use super::trials::{TRIES, Trials};

/// How many halves are tried for one scenario before the rest is reported together.
const HALVES: usize = 60;

/// Tries the changes with which every scenario must pass.
pub(crate) async fn false_alarms(
    trials: &mut Trials,
    to_ignore: Vec<Trial>,
) -> Result<Vec<FalseAlarm>, String> {
    let mut false_alarms = Vec::new();
    for (trial, tried) in trials.all(to_ignore).await? {
        // Again and alone first: a hiccup must not be blamed on a field.
        if tried.outcomes.iter().all(|outcome| reaction(outcome) == Reaction::Green) {
            continue;
        }
        let Some(id) = trial.scenarios.first().cloned() else { continue };
        if trials.is_stopped() {
            break;
        }
        let Some(detail) = red(trials, &id, trial.mutations.clone()).await? else { continue };
        false_alarms.extend(bisected(trials, &id, trial.mutations, detail).await?);
    }
    Ok(false_alarms)
}

/// The reason of a scenario that does not pass with these changes.
async fn red(trials: &mut Trials, id: &Arc<str>, mutations: Vec<Mutation>) -> Result<Option<String>, String> {
    let trial = Trial { scenarios: [id.clone()].into(), mutations };
    let mut seen = None;
    for _ in 0..TRIES {
        let tried = trials.alone(vec![trial.clone()]).await?;
        let Some(outcome) = tried.iter().flat_map(|(_, tried)| &tried.outcomes).next() else { break };
        seen = NotGreen::of(outcome).map(|not_green| not_green.detail);
        if reaction(outcome) != Reaction::Undecided {
            break;
        }
    }
    Ok(seen)
}

async fn bisected(
    trials: &mut Trials,
    id: &Arc<str>,
    mutations: Vec<Mutation>,
    detail: String,
) -> Result<Vec<FalseAlarm>, String> {
    let false_alarm = |mutations: &[Mutation], detail: String| FalseAlarm {
        scenario: id.clone(),
        mutations: mutations.iter().map(named).collect(),
        detail,
    };
    let (mut found, mut open, mut tries) = (Vec::new(), vec![(mutations, detail)], 0);
    while let Some((mutations, detail)) = open.pop() {
        if mutations.len() < 2 || tries >= HALVES || trials.is_stopped() {
            found.push(false_alarm(&mutations, detail));
            continue;
        }
        let (first, second) = mutations.split_at(mutations.len() / 2);
        let mut failing = Vec::new();
        for half in [first, second] {
            tries += 1;
            if let Some(detail) = red(trials, id, half.to_vec()).await? {
                failing.push((half.to_vec(), detail));
            }
        }
        match failing.is_empty() {
            // Only both halves together fail it.
            true => found.push(false_alarm(&mutations, detail)),
            false => open.extend(failing),
        }
    }
    Ok(found)
}

fn named(mutation: &Mutation) -> String {
    format!("{} {} {}", mutation.answer, mutation.field, change(mutation.change).name())
}
