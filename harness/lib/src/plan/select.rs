//! Which scenarios run: filters, components, tags, shards, protected targets. Every narrowing is counted and named.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::load::did_you_mean;
use crate::model::{Code, Narrowing, Problem, Problems, Scenario, Target};

/// What the user wants to run; everything by default.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Parts of ids; a scenario matches when one of them is in its id.
    pub filters: Vec<String>,
    /// Components; a scenario matches when it is of one of them.
    pub components: Vec<String>,
    /// Tags; a scenario matches when it has one of them.
    pub tags: Vec<String>,
    /// Critical scenarios only.
    pub critical: bool,
    /// One part of several.
    pub shard: Option<Shard>,
    /// Exactly these ids (the libtest face); everything where there are none.
    pub only: Option<BTreeSet<String>>,
    /// Run everything although the target is protected.
    pub allow_protected: bool,
}

/// `index/of`, counted from 1. A scenario's shard hangs on its id alone, so adding one moves no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which part.
    pub index: u32,
    /// Of how many.
    pub of: u32,
}

impl Shard {
    fn holds(self, id: &str) -> bool {
        let digest = Sha256::digest(id.as_bytes());
        let number = digest.iter().take(8).fold(0u64, |n, b| n << 8 | u64::from(*b));
        number % u64::from(self.of.max(1)) == u64::from(self.index.saturating_sub(1))
    }
}

/// The result of a selection.
pub(crate) struct Selected {
    /// For each scenario, in order: why it is left out, if it is.
    pub(crate) left_out: Vec<Option<String>>,
    pub(crate) narrowing: Vec<Narrowing>,
}

/// Why a scenario is left out.
#[derive(Clone)]
struct LeftOut {
    /// What narrows the run, as the subject of a sentence.
    by: String,
    /// The reason for a reader.
    reason: String,
}

/// Applies a selection. The needs of a selected scenario are selected too.
pub(crate) fn select(
    scenarios: &[Scenario],
    target: &Target,
    selection: &Selection,
    problems: &mut Problems,
) -> Selected {
    check(scenarios, selection, problems);
    let mut left_out: Vec<Option<LeftOut>> = vec![None; scenarios.len()];
    let by_id: BTreeMap<&str, usize> =
        scenarios.iter().enumerate().map(|(i, s)| (s.id.value.as_str(), i)).collect();
    type Keeps<'a> = Box<dyn Fn(&Scenario) -> bool + 'a>;
    let mut stages: Vec<(String, Keeps)> = Vec::new();
    if !selection.filters.is_empty() {
        let keeps = |s: &Scenario| selection.filters.iter().any(|f| s.id.value.contains(f.as_str()));
        let plural = if selection.filters.len() == 1 { "" } else { "s" };
        let name = format!("the filter{plural} `{}`", selection.filters.join("` `"));
        stages.push((name, Box::new(keeps)));
    }
    if let Some(only) = &selection.only {
        stages.push(("the test runner's filter".to_owned(), Box::new(|s| only.contains(&s.id.value))));
    }
    if !selection.components.is_empty() {
        let name = format!("--component {}", selection.components.join(" --component "));
        stages.push((name, Box::new(|s| selection.components.contains(&s.component.value))));
    }
    if !selection.tags.is_empty() {
        let name = format!("--tag {}", selection.tags.join(" --tag "));
        stages.push((name, Box::new(|s| s.tags.iter().any(|t| selection.tags.contains(t)))));
    }
    if selection.critical {
        stages.push(("--critical".to_owned(), Box::new(|s| s.critical)));
    }
    if let Some(shard) = selection.shard {
        stages.push((
            format!("--shard {}/{}", shard.index, shard.of),
            Box::new(move |s| shard.holds(&s.id.value)),
        ));
    }
    for (name, keeps) in &stages {
        for (i, scenario) in scenarios.iter().enumerate() {
            if left_out[i].is_none() && !keeps(scenario) {
                left_out[i] = Some(LeftOut { reason: format!("left out by {name}"), by: name.clone() });
            }
        }
    }
    bring_needed_along(scenarios, &by_id, &mut left_out);
    if target.protect && !selection.allow_protected {
        for (i, scenario) in scenarios.iter().enumerate() {
            if left_out[i].is_none() && !scenario.safe {
                let (by, reason) = (PROTECTION.to_owned(), PROTECTED.to_owned());
                left_out[i] = Some(LeftOut { by, reason });
            }
        }
    }
    let narrowing = count(&left_out);
    let left_out = left_out.into_iter().map(|out| out.map(|out| out.reason)).collect();
    Selected { left_out, narrowing }
}

const PROTECTION: &str = "the target's protection";
const PROTECTED: &str = "left out because the target is protected and the scenario is not marked `safe`";

fn bring_needed_along(
    scenarios: &[Scenario],
    by_id: &BTreeMap<&str, usize>,
    left_out: &mut [Option<LeftOut>],
) {
    let mut open: Vec<usize> = (0..scenarios.len()).filter(|i| left_out[*i].is_none()).collect();
    while let Some(index) = open.pop() {
        for need in &scenarios[index].needs {
            if let Some(needed) = by_id.get(need.value.as_str()).copied().filter(|i| left_out[*i].is_some()) {
                left_out[needed] = None;
                open.push(needed);
            }
        }
    }
}

fn count(left_out: &[Option<LeftOut>]) -> Vec<Narrowing> {
    let mut counted: BTreeMap<&str, u64> = BTreeMap::new();
    for out in left_out.iter().flatten() {
        *counted.entry(&out.by).or_default() += 1;
    }
    counted.into_iter().map(|(by, left_out)| Narrowing { by: by.to_owned(), left_out }).collect()
}

/// A filter that matches nothing is an error, not an empty run.
fn check(scenarios: &[Scenario], selection: &Selection, problems: &mut Problems) {
    let mut nothing = |what: &str, word: &str, known: BTreeSet<&str>| {
        let help = did_you_mean(word, known.iter().copied()).unwrap_or_else(|| {
            format!("`fixproof list` shows every scenario; known here: {}", shortened(&known))
        });
        let message = format!("{what} `{word}` matches no scenario");
        problems.push(Problem::nowhere(Code::NothingSelected, message).help(help));
    };
    for filter in &selection.filters {
        if !scenarios.iter().any(|s| s.id.value.contains(filter.as_str())) {
            nothing("the filter", filter, scenarios.iter().map(|s| s.id.value.as_str()).collect());
        }
    }
    for component in &selection.components {
        if !scenarios.iter().any(|s| s.component.value == *component) {
            nothing("--component", component, scenarios.iter().map(|s| s.component.value.as_str()).collect());
        }
    }
    for tag in &selection.tags {
        if !scenarios.iter().any(|s| s.tags.contains(tag)) {
            nothing("--tag", tag, scenarios.iter().flat_map(|s| &s.tags).map(String::as_str).collect());
        }
    }
}

fn shortened(known: &BTreeSet<&str>) -> String {
    let first: Vec<&str> = known.iter().copied().take(8).collect();
    let more = known.len().saturating_sub(first.len());
    match (first.is_empty(), more) {
        (true, _) => "none".to_owned(),
        (false, 0) => first.join(", "),
        (false, more) => format!("{} and {more} more", first.join(", ")),
    }
}
