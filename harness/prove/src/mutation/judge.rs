//! What mutations prove: which fields of a healthy answer a suite notices, which it only seems to, and which it leaves
//! unread.

use std::collections::BTreeSet;
use std::sync::Arc;

use fixproof::model::{Cause, Controls, Counted, Finding, Layer, Outcome, Reason};

use super::declared::{Scope, missing_kills, suppress};
use super::model::{
    FieldStanding, MissingKill, MutatedField, MutationOutcome, MutationProof, MutationResults,
    UnusedSuppression,
};
use crate::{Proof, ProofProvenance, ProofResult, Section};

/// What became of a scenario beside a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reaction {
    /// It failed by the content of an answer.
    Red,
    /// It passed.
    Green,
    /// It has no verdict about the target.
    Undecided,
}

/// What became of a scenario. No change of a field makes an answer late or a connection fail: such a red is the
/// machine's, and proves nothing either way. A token that is not believed is the field's doing, although the harness
/// errs.
#[must_use]
pub(super) fn reaction(outcome: &Outcome) -> Reaction {
    match &outcome.reason {
        Reason::Passed => Reaction::Green,
        Reason::Failed { cause, .. } if is_of_the_field(*cause, &outcome.findings) => Reaction::Red,
        Reason::Failed { .. } | Reason::Inconclusive(_) | Reason::Blocked { .. } | Reason::Skipped { .. } => {
            Reaction::Undecided
        }
    }
}

fn is_of_the_field(cause: Cause, findings: &[Finding]) -> bool {
    match cause.layer() {
        Layer::Dns | Layer::Connect | Layer::Tls | Layer::Database => false,
        Layer::Http => cause != Cause::HttpTimeout,
        Layer::Process => cause != Cause::ProcessTimeout,
        // A message that is awaited may be recognised by the field that was changed.
        Layer::Websocket => true,
        Layer::Harness => matches!(cause, Cause::ToolAuth | Cause::BadQuery),
        Layer::Content => {
            let mut broken = findings.iter().filter(|finding| finding.breaks()).peekable();
            broken.peek().is_none() || broken.any(|finding| !finding.expectation.is_of_a_time())
        }
    }
}

/// The standing of a field, by its changes and the scenarios that kill them. `tried`: every change was tried.
#[must_use]
pub(super) fn judge_field(
    field: String,
    readers: Vec<Arc<str>>,
    perhaps: Vec<Arc<str>>,
    changes: Vec<MutationOutcome>,
    tried: bool,
) -> MutatedField {
    let red = |reader: &Arc<str>| changes.iter().any(|change| change.red.contains(reader));
    let blind: Vec<Arc<str>> = readers.iter().filter(|reader| !red(reader)).cloned().collect();
    let survived = survived(&changes);
    let anything = changes.iter().any(|change| !change.red.is_empty());
    let standing = match (tried, readers.is_empty(), anything) {
        (false, ..) => FieldStanding::Untried,
        (true, true, false) => FieldStanding::Uncovered,
        (true, false, false) => FieldStanding::Survived,
        // No scenario is known to read it, so no kill can be demanded.
        (true, true, true) => FieldStanding::Killed,
        (true, false, true) if survived.is_empty() && blind.is_empty() => FieldStanding::Killed,
        (true, false, true) => FieldStanding::PartiallyKilled,
    };
    MutatedField { field, standing, readers, perhaps, blind, survived, suppressed: Vec::new(), changes }
}

/// The demands of which every change survived.
fn survived(changes: &[MutationOutcome]) -> Vec<&'static str> {
    let mut demands: Vec<&'static str> = Vec::new();
    for change in changes {
        if !demands.contains(&change.change.demand()) {
            demands.push(change.change.demand());
        }
    }
    let noticed: BTreeSet<&str> =
        changes.iter().filter(|change| !change.red.is_empty()).map(|change| change.change.demand()).collect();
    demands.retain(|demand| !noticed.contains(demand));
    demands
}

/// Judges the results of all mutations by what the suite's files declare.
#[must_use]
pub fn mutation_proof(
    provenance: ProofProvenance,
    mut results: MutationResults,
    controls: &Controls,
    skipped: &[String],
) -> Proof {
    // Nothing can be said of what did not end.
    if results.interrupted || !results.unhealthy.is_empty() {
        return concluded(provenance, results, Vec::new(), Vec::new());
    }
    let scope = Scope { filters: &provenance.filters, skipped };
    let unused = suppress(&mut results.answers, &controls.accepted, &controls.sources, scope);
    let missing = missing_kills(&results.answers, &controls.noticed, &controls.sources, scope);
    concluded(provenance, results, missing, unused)
}

/// Puts the whole together.
fn concluded(
    provenance: ProofProvenance,
    results: MutationResults,
    missing_kills: Vec<MissingKill>,
    unused_suppressions: Vec<UnusedSuppression>,
) -> Proof {
    let MutationResults { mut answers, false_alarms, unhealthy, trials, interrupted, .. } = results;
    answers.sort_by(|a, b| a.answer.cmp(&b.answer));
    let (mut mutations, mut fields) = (Counted::default(), Counted::default());
    let mut short = !false_alarms.is_empty() || !missing_kills.is_empty() || !unused_suppressions.is_empty();
    for field in answers.iter().flat_map(|answer| &answer.fields) {
        match field.standing {
            FieldStanding::Uncovered | FieldStanding::Untried => continue,
            FieldStanding::Killed | FieldStanding::Suppressed => {}
            FieldStanding::PartiallyKilled | FieldStanding::Survived => short = true,
        }
        fields.add(field.standing == FieldStanding::Killed);
        field.changes.iter().for_each(|change| mutations.add(!change.red.is_empty()));
    }
    let result = match (interrupted, unhealthy.is_empty(), short) {
        (true, ..) => ProofResult::Interrupted,
        (false, false, _) => ProofResult::Unhealthy,
        (false, true, true) => ProofResult::NotProved,
        (false, true, false) => ProofResult::Proved,
    };
    let section = MutationProof {
        trials,
        mutations,
        fields,
        unhealthy,
        answers,
        false_alarms,
        missing_kills,
        unused_suppressions,
    };
    Proof::new(provenance, result, Section::Mutation(section))
}

#[cfg(test)]
mod tests;
