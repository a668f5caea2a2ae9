//! Scenarios that turn red by what they do not read: found with everything changed at once, then told apart by halves.

use std::sync::Arc;

use fixproof_sim::Mutation;

use super::judge::{Reaction, reaction};
use super::model::Stray;
use super::run::{TRIES, change, not_green};
use super::staging_pool::Trial;
use super::trials::Trials;

/// How many halves are tried for one scenario before all that is left is named together.
const HALVES: usize = 60;

/// Tries what must not be noticed.
pub(crate) async fn strays(trials: &mut Trials, to_ignore: Vec<Trial>) -> Result<Vec<Stray>, String> {
    let mut strays = Vec::new();
    for (trial, tried) in trials.all(to_ignore).await? {
        // Again and alone first: it must not be a hiccup that is blamed on a field.
        if tried.outcomes.iter().all(|outcome| reaction(outcome) == Reaction::Green) {
            continue;
        }
        let Some(id) = trial.scenarios.first().cloned() else { continue };
        if trials.is_stopped() {
            break;
        }
        let Some(detail) = red(trials, &id, trial.mutations.clone()).await? else { continue };
        strays.extend(told_apart(trials, &id, trial.mutations, detail).await?);
    }
    Ok(strays)
}

/// What a scenario says when it is anything but green beside these changes.
async fn red(trials: &mut Trials, id: &Arc<str>, mutations: Vec<Mutation>) -> Result<Option<String>, String> {
    let trial = Trial { scenarios: [id.clone()].into(), mutations };
    let mut seen = None;
    for _ in 0..TRIES {
        let tried = trials.alone(vec![trial.clone()]).await?;
        let Some(outcome) = tried.iter().flat_map(|(_, tried)| &tried.outcomes).next() else { break };
        seen = not_green(outcome).map(|not_green| not_green.detail);
        if reaction(outcome) != Reaction::Undecided {
            break;
        }
    }
    Ok(seen)
}

async fn told_apart(
    trials: &mut Trials,
    id: &Arc<str>,
    mutations: Vec<Mutation>,
    detail: String,
) -> Result<Vec<Stray>, String> {
    let stray = |mutations: &[Mutation], detail: String| Stray {
        scenario: id.clone(),
        mutations: mutations.iter().map(named).collect(),
        detail,
    };
    let (mut found, mut open, mut tries) = (Vec::new(), vec![(mutations, detail)], 0);
    while let Some((mutations, detail)) = open.pop() {
        if mutations.len() < 2 || tries >= HALVES || trials.is_stopped() {
            found.push(stray(&mutations, detail));
            continue;
        }
        let (first, second) = mutations.split_at(mutations.len() / 2);
        let mut guilty = Vec::new();
        for half in [first, second] {
            tries += 1;
            if let Some(detail) = red(trials, id, half.to_vec()).await? {
                guilty.push((half.to_vec(), detail));
            }
        }
        match guilty.is_empty() {
            // Only both together do it.
            true => found.push(stray(&mutations, detail)),
            false => open.extend(guilty),
        }
    }
    Ok(found)
}

fn named(mutation: &Mutation) -> String {
    format!("{} {} {}", mutation.answer, mutation.field, change(mutation.change).name())
}
