//! A report with its scenarios found by their ids, and its causes with the teams that own them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{FoldedCause, Outcome, Owner, Report, Timestamp, Verdict};
use crate::report::prose;

/// A report, with its scenarios found by their names.
pub(super) struct View<'a> {
    pub(super) report: &'a Report,
    pub(super) by_id: BTreeMap<&'a str, &'a Outcome>,
    pub(super) causes: Vec<CauseOwners<'a>>,
    /// The scenarios that saw a cause.
    pub(super) saw: BTreeSet<&'a str>,
    /// The scenarios that fail because of one.
    pub(super) affected: BTreeSet<&'a str>,
}

/// A folded cause, and the owners of the scenarios that saw it.
pub(super) struct CauseOwners<'a> {
    pub(super) cause: &'a FoldedCause,
    /// The owners of the scenarios that saw it.
    pub(super) owners: Vec<Option<Owner>>,
}

impl<'a> View<'a> {
    pub(super) fn of(report: &'a Report) -> View<'a> {
        let by_id: BTreeMap<&str, &Outcome> =
            report.outcomes.iter().map(|outcome| (&*outcome.scenario.id, outcome)).collect();
        let with_owners = |cause: &'a FoldedCause| {
            let saw = cause.seen_by.iter().filter_map(|id| by_id.get(&**id));
            let mut owners: Vec<Option<Owner>> = saw.map(|outcome| outcome.scenario.owner).collect();
            owners.sort_by_key(|owner| owner.map(Owner::name));
            owners.dedup();
            CauseOwners { cause, owners }
        };
        let causes = report.causes.iter().map(with_owners).collect();
        let named = |of: fn(&FoldedCause) -> &Vec<Arc<str>>| {
            report.causes.iter().flat_map(of).map(|id| &**id).collect()
        };
        let (saw, affected) = (named(|cause| &cause.seen_by), named(|cause| &cause.effects));
        View { report, by_id, causes, saw, affected }
    }

    /// Everything judged and not green, in the order of the suite.
    pub(super) fn red(&self) -> impl Iterator<Item = &'a Outcome> {
        self.report.outcomes.iter().filter(|outcome| prose::is_red(outcome.verdict))
    }

    /// Did it see a cause itself, and not only its effects? A scenario under no cause did.
    pub(super) fn is_root(&self, outcome: &Outcome) -> bool {
        let id = &*outcome.scenario.id;
        self.saw.contains(id) || (outcome.verdict != Verdict::Blocked && !self.affected.contains(id))
    }

    /// Where a component is.
    pub(super) fn address(&self, component: &str) -> Option<&'a str> {
        let row = self.report.components.iter().find(|row| &*row.component == component)?;
        row.address.as_deref()
    }
}

/// A moment to the millisecond, in UTC as it was written.
pub(super) fn moment(at: Timestamp) -> String {
    let millis = at.0.nanosecond() / 1_000_000 * 1_000_000;
    Timestamp(at.0.replace_nanosecond(millis).unwrap_or(at.0)).to_string()
}

/// What a team is called.
pub(super) fn team(owner: Option<Owner>) -> &'static str {
    owner.map_or("no owner named", Owner::name)
}
