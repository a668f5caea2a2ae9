//! Root causes: a scenario that is red only because of another is an effect of the other's cause.
//!
//! Only what was observed folds. A scenario goes under another's cause when it was blocked by it, or when its
//! component could not be used at all (no connection, no answer in time, a 5xx status) and depends on a component
//! that could not be used either. A wrong answer is its component's own cause, whatever else is red. What a component
//! depends on may be red in another way while it could not be used: then that is said, and no cause is put under the other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{Cause, FoldedCause, Layer, Outcome, Reason, Value, Verdict};

/// Scenarios that saw the same cause at the same component.
struct Group<'a> {
    component: &'a Arc<str>,
    cause: Option<Cause>,
    unavailable: bool,
    members: Vec<&'a Outcome>,
}

/// Folds everything red. `dependencies` says which components each component can't work without.
#[must_use]
pub fn root_causes(
    outcomes: &[Outcome],
    dependencies: &BTreeMap<Arc<str>, Vec<Arc<str>>>,
) -> Vec<FoldedCause> {
    let groups = groups(outcomes);
    let down: BTreeSet<&Arc<str>> = groups.iter().filter(|g| g.unavailable).map(|g| g.component).collect();
    let roots_of = |component: &Arc<str>| -> Option<Arc<str>> {
        let below = reachable(component, dependencies);
        below
            .iter()
            .filter(|c| down.contains(c))
            .find(|c| reachable(c, dependencies).iter().all(|d| !down.contains(d)))
            .cloned()
    };
    let mut causes: Vec<FoldedCause> = Vec::new();
    let mut home: BTreeMap<&Arc<str>, usize> = BTreeMap::new();
    let mut effects: Vec<(&Group, Arc<str>)> = Vec::new();
    for group in &groups {
        match roots_of(group.component).filter(|_| group.unavailable) {
            Some(root) => effects.push((group, root)),
            None => {
                for member in &group.members {
                    home.insert(&member.scenario.id, causes.len());
                }
                causes.push(root_cause(group, beside(group, &groups, dependencies)));
            }
        }
    }
    for (group, root) in effects {
        let Some(index) = worst_at(&causes, &root) else { continue };
        for member in &group.members {
            home.insert(&member.scenario.id, index);
            causes[index].effects.push(member.scenario.id.clone());
        }
        if !causes[index].dependents.contains(group.component) {
            causes[index].dependents.push(group.component.clone());
        }
    }
    place_blocked(outcomes, &mut home, &mut causes);
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.seen_by.len() + cause.effects.len()));
    causes
}

fn groups(outcomes: &[Outcome]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group> = Vec::new();
    for outcome in outcomes {
        let cause = match (&outcome.reason, outcome.verdict) {
            (Reason::Failed { cause, .. }, _) => Some(*cause),
            (_, Verdict::Inconclusive) => None,
            _ => continue,
        };
        let (component, unavailable) = (&outcome.scenario.component, is_unavailable(outcome));
        match groups
            .iter_mut()
            .find(|g| g.component == component && g.cause == cause && g.unavailable == unavailable)
        {
            Some(group) => group.members.push(outcome),
            None => groups.push(Group { component, cause, unavailable, members: vec![outcome] }),
        }
    }
    groups
}

/// Could the component not be used at all?
fn is_unavailable(outcome: &Outcome) -> bool {
    let Some(cause) = outcome.cause() else { return false };
    match cause.layer() {
        Layer::Dns | Layer::Connect | Layer::Tls | Layer::Http | Layer::Database | Layer::Websocket => true,
        Layer::Process | Layer::Harness => false,
        Layer::Content => outcome.samples.iter().filter(|s| !s.met).flat_map(|s| &s.attempts).any(|attempt| {
            let status = attempt.observation.facts.value("status");
            matches!(status, Some(Value::Number(n)) if n.as_u64().is_some_and(|n| (500..600).contains(&n)))
        }),
    }
}

fn detail_of(group: &Group<'_>) -> String {
    match group.members.first().map(|m| &m.reason) {
        Some(Reason::Failed { detail, .. }) => detail.clone(),
        Some(Reason::Inconclusive(why)) => why.to_string(),
        _ => String::new(),
    }
}

/// What a reader should look at first: a component that could not be used depends on one that is red as well. Nothing
/// shows that the one comes of the other, so both stay causes.
fn beside(
    group: &Group<'_>,
    groups: &[Group<'_>],
    dependencies: &BTreeMap<Arc<str>, Vec<Arc<str>>>,
) -> String {
    let below = reachable(group.component, dependencies);
    let red = |other: &&Group| {
        let own = other.cause.is_some_and(|cause| cause.layer() != Layer::Harness);
        own && below.contains(other.component)
    };
    match groups.iter().filter(|_| group.unavailable).find(red) {
        Some(other) => {
            let seen_by: Vec<&str> = other.members.iter().map(|m| &*m.scenario.id).collect();
            format!("; `{}`, which it depends on, is red as well ({})", other.component, seen_by.join(", "))
        }
        None => String::new(),
    }
}

fn root_cause(group: &Group<'_>, beside: String) -> FoldedCause {
    FoldedCause {
        component: group.component.clone(),
        cause: group.cause,
        detail: detail_of(group) + &beside,
        seen_by: group.members.iter().map(|m| m.scenario.id.clone()).collect(),
        effects: Vec::new(),
        dependents: Vec::new(),
    }
}

/// The cause at a component that most scenarios saw.
fn worst_at(causes: &[FoldedCause], component: &Arc<str>) -> Option<usize> {
    (0..causes.len())
        .filter(|i| causes[*i].component == *component)
        .filter(|i| causes[*i].cause.is_some_and(|c| c.layer() != Layer::Harness))
        .max_by_key(|i| (causes[*i].seen_by.len(), std::cmp::Reverse(*i)))
}

fn reachable(component: &Arc<str>, dependencies: &BTreeMap<Arc<str>, Vec<Arc<str>>>) -> BTreeSet<Arc<str>> {
    let mut found = BTreeSet::new();
    let mut open = vec![component];
    while let Some(next) = open.pop() {
        for below in dependencies.get(next).into_iter().flatten() {
            if below != component && found.insert(below.clone()) {
                open.push(below);
            }
        }
    }
    found
}

/// Blocked scenarios go where the one that blocks them went; they may block each other, so until nothing moves.
fn place_blocked<'a>(
    outcomes: &'a [Outcome],
    home: &mut BTreeMap<&'a Arc<str>, usize>,
    causes: &mut [FoldedCause],
) {
    let mut waiting: Vec<&Outcome> = outcomes.iter().filter(|o| o.verdict == Verdict::Blocked).collect();
    loop {
        let before = waiting.len();
        waiting.retain(|outcome| {
            let Reason::Blocked { by } = &outcome.reason else { return false };
            let Some(index) = by.iter().find_map(|id| home.get(id).copied()) else { return true };
            home.insert(&outcome.scenario.id, index);
            causes[index].effects.push(outcome.scenario.id.clone());
            let component = &outcome.scenario.component;
            if *component != causes[index].component && !causes[index].dependents.contains(component) {
                causes[index].dependents.push(component.clone());
            }
            false
        });
        if waiting.is_empty() || waiting.len() == before {
            return;
        }
    }
}
