//! The report as Markdown, for a ticket or a pull request: what is broken, who must act, what to run next; below it what
//! is proven and what is not, and every red scenario with its evidence. For one team alone it is a hand-off document.
//!
//! GitHub takes 65,536 characters for a comment. A larger report is told as far as it fits, says what was left out, and
//! where that is.

mod actions;
mod coverage;
mod escape;
mod full;
mod handoff;
mod scenario;
mod size_budget;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{FoldedCause, Outcome, Owner, Report, Timestamp, Verdict};
use crate::report::format::{Format, FormatError, FormatOptions, Rendered};
use crate::report::prose;

/// The format.
pub(super) struct Markdown;

/// The most bytes of it, and so the most characters.
pub(super) const LIMIT: usize = 60_000;

/// How every one of them ends.
const END: &str = "End of the report.\n";

impl Format for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn summary(&self) -> &'static str {
        "Markdown for a ticket or a pull request; --handoff TEAM makes it that team's hand-off document"
    }

    fn file_name(&self) -> &'static str {
        "report.md"
    }

    fn render(&self, report: &Report, options: &FormatOptions) -> Result<Vec<Rendered>, FormatError> {
        let view = View::of(report);
        let said = match options.handoff {
            Some(team) => handoff::document(&view, team),
            None => full::document(&view),
        };
        let said = said.finish(END);
        if said.len() > LIMIT {
            return Err(FormatError::TooLarge { bytes: said.len(), limit: LIMIT });
        }
        Ok(vec![Rendered { part: None, bytes: said.into_bytes() }])
    }
}

/// A report, with its scenarios found by their names.
struct View<'a> {
    report: &'a Report,
    by_id: BTreeMap<&'a str, &'a Outcome>,
    causes: Vec<Told<'a>>,
    /// Who saw a cause.
    saw: BTreeSet<&'a str>,
    /// Who is red because of one.
    suffer: BTreeSet<&'a str>,
}

/// A folded cause, and who is asked first about it.
struct Told<'a> {
    cause: &'a FoldedCause,
    /// The teams of those who saw it.
    owners: Vec<Option<Owner>>,
}

impl<'a> View<'a> {
    fn of(report: &'a Report) -> View<'a> {
        let by_id: BTreeMap<&str, &Outcome> =
            report.outcomes.iter().map(|outcome| (&*outcome.scenario.id, outcome)).collect();
        let told = |cause: &'a FoldedCause| {
            let saw = cause.seen_by.iter().filter_map(|id| by_id.get(&**id));
            let mut owners: Vec<Option<Owner>> = saw.map(|outcome| outcome.scenario.owner).collect();
            owners.sort_by_key(|owner| owner.map(Owner::name));
            owners.dedup();
            Told { cause, owners }
        };
        let causes = report.causes.iter().map(told).collect();
        let named = |of: fn(&FoldedCause) -> &Vec<Arc<str>>| {
            report.causes.iter().flat_map(of).map(|id| &**id).collect()
        };
        let (saw, suffer) = (named(|cause| &cause.seen_by), named(|cause| &cause.effects));
        View { report, by_id, causes, saw, suffer }
    }

    /// Everything judged and not green, in the order of the suite.
    fn red(&self) -> impl Iterator<Item = &'a Outcome> {
        self.report.outcomes.iter().filter(|outcome| prose::is_red(outcome.verdict))
    }

    /// Did it see what is broken itself, and not only what follows from it? What stands under no cause is its own.
    fn is_root(&self, outcome: &Outcome) -> bool {
        let id = &*outcome.scenario.id;
        self.saw.contains(id) || (outcome.verdict != Verdict::Blocked && !self.suffer.contains(id))
    }

    /// Where a component is.
    fn address(&self, component: &str) -> Option<&'a str> {
        let row = self.report.components.iter().find(|row| &*row.component == component)?;
        row.address.as_deref()
    }
}

/// A moment to the millisecond, in UTC as it was written.
fn moment(at: Timestamp) -> String {
    let millis = at.0.nanosecond() / 1_000_000 * 1_000_000;
    Timestamp(at.0.replace_nanosecond(millis).unwrap_or(at.0)).to_string()
}

/// What a team is called.
fn team(owner: Option<Owner>) -> &'static str {
    owner.map_or("no owner named", Owner::name)
}
