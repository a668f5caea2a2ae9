//! What a run costs: about how many observations, and whether it needs the machine to itself.

use std::collections::BTreeSet;

use fixproof::model::{Control, Green, Repetition, Scenario, Suite};

/// About how many observations a control makes: the scenarios it names and their dependencies.
pub(crate) fn of_control(control: &Control, suite: &Suite) -> usize {
    let named = control.named().map(|id| id.value.as_str());
    let asked = if control.is_whole() { suite.scenarios.iter().collect() } else { with_needs(named, suite) };
    asked.into_iter().map(of_scenario).sum()
}

/// About how many observations a scenario makes.
pub(crate) fn of_scenario(scenario: &Scenario) -> usize {
    let times = match &scenario.repetition {
        Repetition::Once => 1,
        // While it passes, it is sampled a few times; where it never passes, a sample mostly costs little.
        Repetition::Settle(_) => 4,
        Repetition::Sample(sampling) => sampling.count as usize,
        Repetition::Burst(count) => *count as usize,
    };
    times * scenario.steps.len()
}

/// Does it send a burst, or want the target to itself?
pub(crate) fn is_quiet(scenario: &Scenario) -> bool {
    scenario.alone || matches!(scenario.repetition, Repetition::Burst(_))
}

/// Does it claim anything of a scenario that sends a burst or wants the target to itself? Beside a dozen other stagings on
/// the same processors its result would be another.
pub(crate) fn wants_quiet(control: &Control, suite: &Suite) -> bool {
    let asked = match &control.green {
        Green::Rest => suite.scenarios.iter().collect(),
        Green::Named(green) => {
            let red = control.red.iter().map(|claim| &claim.scenario);
            with_needs(red.chain(green).map(|id| id.value.as_str()), suite)
        }
    };
    asked.into_iter().any(is_quiet)
}

/// These, and their dependencies.
fn with_needs<'s>(ids: impl Iterator<Item = &'s str>, suite: &'s Suite) -> Vec<&'s Scenario> {
    let mut open: Vec<&str> = ids.collect();
    let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
    while let Some(id) = open.pop() {
        let scenario = suite.scenarios.iter().find(|scenario| scenario.id.value == id);
        if let Some(scenario) = scenario.filter(|_| seen.insert(id)) {
            open.extend(scenario.needs.iter().map(|need| need.value.as_str()));
            found.push(scenario);
        }
    }
    found
}
