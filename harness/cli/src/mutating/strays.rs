//! Scenarios that turn red by what they do not read: found with everything changed at once, then told apart by halves.

use std::sync::Arc;

use fixproof::judge::{Reaction, reaction};
use fixproof::model::Stray;
use fixproof_sim::Mutation;

use super::side_by_side::Crew;
use super::stages::Trial;
use super::{TRIES, not_green};

/// How many halves are tried for one scenario before all that is left is named together.
const HALVES: usize = 60;

/// Tries what must not be noticed.
pub(crate) async fn strays(crew: &mut Crew, trials: Vec<Trial>) -> Result<Vec<Stray>, String> {
    let mut strays = Vec::new();
    for (trial, tried) in crew.all(trials).await? {
        // Again and alone first: it must not be a hiccup that is blamed on a field.
        if tried.outcomes.iter().all(|outcome| reaction(outcome) == Reaction::Green) {
            continue;
        }
        let Some(id) = trial.scenarios.first().cloned() else { continue };
        if crew.is_stopped() {
            break;
        }
        let Some(detail) = red(crew, &id, trial.mutations.clone()).await? else { continue };
        strays.extend(told_apart(crew, &id, trial.mutations, detail).await?);
    }
    Ok(strays)
}

/// What a scenario says when it is anything but green beside these changes.
async fn red(crew: &mut Crew, id: &Arc<str>, mutations: Vec<Mutation>) -> Result<Option<String>, String> {
    let trial = Trial { scenarios: [id.clone()].into(), mutations };
    let mut seen = None;
    for _ in 0..TRIES {
        let tried = crew.alone(vec![trial.clone()]).await?;
        let Some(outcome) = tried.iter().flat_map(|(_, tried)| &tried.outcomes).next() else { break };
        seen = not_green(outcome).map(|not_green| not_green.detail);
        if reaction(outcome) != Reaction::Undecided {
            break;
        }
    }
    Ok(seen)
}

async fn told_apart(
    crew: &mut Crew,
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
        if mutations.len() < 2 || tries >= HALVES || crew.is_stopped() {
            found.push(stray(&mutations, detail));
            continue;
        }
        let (first, second) = mutations.split_at(mutations.len() / 2);
        let mut guilty = Vec::new();
        for half in [first, second] {
            tries += 1;
            if let Some(detail) = red(crew, id, half.to_vec()).await? {
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
    format!("{} {} {}", mutation.answer, mutation.field, super::kind(mutation.change).name())
}
