//! How deep a proof goes: which expectations were seen to break, and not only which scenarios to turn red.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fixproof::model::{Counted, Finding, Outcome, Place, Severity};

use super::model::Unbroken;

/// An expectation: whose it is, and where it stands.
type Key = (Arc<str>, Place, Option<Arc<str>>);

/// The expectations that can turn a scenario red, and which of them some control broke.
#[derive(Debug, Clone, Default)]
pub struct Depth {
    expected: BTreeMap<Key, Arc<str>>,
    broken: BTreeSet<Key>,
}

impl Depth {
    /// Those that were held against what a staging without a fault answered.
    #[must_use]
    pub fn of(healthy: &[Outcome]) -> Depth {
        let expected = keyed(healthy).filter(|(_, finding)| finding.expectation.severity == Severity::Error);
        let expected = expected.map(|(key, finding)| (key, finding.expectation.to_string().into())).collect();
        Depth { expected, broken: BTreeSet::new() }
    }

    /// What was broken beside a fault.
    #[must_use]
    pub fn beside(outcomes: &[Outcome]) -> Depth {
        let broken = keyed(outcomes).filter(|(_, finding)| finding.breaks()).map(|(key, _)| key);
        Depth { expected: BTreeMap::new(), broken: broken.collect() }
    }

    /// Takes over what another has seen broken.
    pub fn join(&mut self, other: Depth) {
        self.broken.extend(other.broken);
    }

    /// So many of these scenarios' expectations, and those that nothing broke, in the order of the files.
    pub(super) fn counted(&self, of: &BTreeSet<&str>) -> (Counted, Vec<Unbroken>) {
        let (mut counted, mut unbroken) = (Counted::default(), Vec::new());
        for (key, expectation) in self.expected.iter().filter(|((scenario, ..), _)| of.contains(&**scenario))
        {
            let is_broken = self.broken.contains(key);
            counted.add(is_broken);
            if !is_broken {
                let (scenario, place, step) = key.clone();
                unbroken.push(Unbroken { scenario, step, expectation: expectation.clone(), place });
            }
        }
        unbroken.sort_by(|a, b| a.place.cmp(&b.place).then_with(|| a.scenario.cmp(&b.scenario)));
        (counted, unbroken)
    }
}

fn keyed(outcomes: &[Outcome]) -> impl Iterator<Item = (Key, &Finding)> {
    outcomes.iter().flat_map(|outcome| {
        let key = |finding: &Finding| {
            let expectation = &finding.expectation;
            (outcome.scenario.id.clone(), expectation.place().clone(), expectation.step.clone())
        };
        outcome.findings.iter().map(move |finding| (key(finding), finding))
    })
}
