//! Scenarios that turn red by what they do not read: found with everything changed at once, then told apart by halves.

use std::sync::Arc;

use fixproof::model::Stray;
use fixproof_sim::Mutation;

use super::not_green;
use super::side_by_side::Crew;
use super::stages::Trial;

/// How many halves are tried for one scenario before all that is left is named together.
const HALVES: usize = 60;

/// Tries what must not be noticed.
pub(crate) async fn strays(crew: &mut Crew, trials: Vec<Trial>) -> Result<Vec<Stray>, String> {
    let mut strays = Vec::new();
    for (trial, tried) in crew.all(trials).await? {
        // Again and alone first: it must not be a hiccup that is blamed on a field.
        let Some(detail) = tried.outcomes.iter().find_map(not_green) else { continue };
        let Some(id) = trial.scenarios.first().cloned() else { continue };
        if crew.is_stopped() {
            break;
        }
        let Some(detail_again) = red(crew, &id, trial.mutations.clone()).await? else { continue };
        let _ = detail;
        strays.extend(told_apart(crew, &id, trial.mutations, detail_again).await?);
    }
    Ok(strays)
}

/// What a scenario says when it is anything but green beside these changes.
async fn red(crew: &mut Crew, id: &Arc<str>, mutations: Vec<Mutation>) -> Result<Option<String>, String> {
    let trial = Trial { scenarios: [id.clone()].into(), mutations };
    crew.expects(1);
    let tried = crew.all(vec![trial]).await?;
    let mut outcomes = tried.iter().flat_map(|(_, tried)| &tried.outcomes);
    Ok(outcomes.find_map(not_green).map(|not_green| not_green.detail))
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
