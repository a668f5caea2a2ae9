//! What a control claims × what was seen → how the two compare; and all of them together → a [`Proof`].
//!
//! Fails closed: a scenario that ran and is not named must pass, one that is named and did not run is a deviation, and a
//! scenario that no control turns red counts as blind.

use std::collections::BTreeSet;
use std::sync::Arc;

use fixproof::model::{
    Claim, Control, Counted, ExpectedReason, Green, Judgement, Outcome, Place, Reason, Suite, Undecided,
    Verdict,
};

use super::model::{
    Blind, Cell, ControlOutcome, ControlProof, ControlResult, Expected, GateCell, Row, Tried,
};
use crate::{Proof, ProofProvenance, ProofResult, Section};

pub use super::depth::Depth;

/// Compares a control with the outcomes beside its fault. `skips` are the scenarios with `skip`.
#[must_use]
pub(super) fn judge_control(
    control: &Control,
    place: Place,
    outcomes: &[Outcome],
    judgement: Judgement,
    skips: &BTreeSet<&str>,
) -> ControlOutcome {
    let named: BTreeSet<&str> = control.named().map(|id| id.value.as_str()).collect();
    let cells = outcomes
        .iter()
        .filter(|outcome| outcome.verdict != Verdict::Skipped || named.contains(&*outcome.scenario.id))
        .map(|outcome| cell(outcome, expected(control, &outcome.scenario.id), control, skips))
        .collect();
    let gate = control.rejected.then(|| GateCell {
        held: judgement == Judgement::Rejected,
        seen: match judgement {
            Judgement::Approved => "the gate approved it",
            Judgement::Rejected => "the gate rejected it",
            Judgement::NothingJudged => "nothing was judged",
            Judgement::Interrupted => "the run was interrupted",
        }
        .to_owned(),
    });
    ControlOutcome {
        fault: control.fault.value.clone(),
        why: control.why.clone(),
        place: Some(place),
        wall: std::time::Duration::ZERO,
        again: None,
        gate,
        cells,
    }
}

/// Judges the positive control: every scenario that ran has passed.
#[must_use]
pub(super) fn judge_healthy(fault: &str, outcomes: &[Outcome]) -> ControlOutcome {
    let asked = outcomes.iter().filter(|outcome| outcome.verdict != Verdict::Skipped);
    let cells = asked.map(|outcome| compared(outcome, Expected::Passed, passed(outcome))).collect();
    ControlOutcome {
        fault: fault.to_owned(),
        why: "no fault".to_owned(),
        place: None,
        wall: std::time::Duration::ZERO,
        again: None,
        gate: None,
        cells,
    }
}

/// Every control together.
#[must_use]
pub fn prove(
    suite: &Suite,
    provenance: ProofProvenance,
    healthy: ControlOutcome,
    controls: Vec<ControlOutcome>,
    depth: &Depth,
    interrupted: bool,
) -> Proof {
    let concerned = concerned(suite, &provenance.filters, &controls);
    let (mut sensitivity, mut specificity) = (Counted::default(), Counted::default());
    let of: BTreeSet<&str> = concerned.iter().map(|(id, _)| &**id).collect();
    let (expectations, unbroken) = depth.counted(&of);
    let mut blind = Vec::new();
    // A scenario that was not tried to the end is not blind.
    let was_tried = healthy.held() && !interrupted;
    for (id, title) in concerned.clone() {
        let tried = tried(&id, &controls);
        let sees = tried.iter().any(Tried::is_of_a_failure) && tried.iter().all(|tried| tried.mark.held());
        sensitivity.add(sees);
        if !sees && was_tried {
            blind.push(Blind { scenario: id, title, tried });
        }
    }
    for cell in controls.iter().flat_map(|control| &control.cells) {
        if cell.expected == Expected::Passed && cell.mark != ControlResult::Skipped {
            specificity.add(cell.mark.held());
        }
    }
    let sound = blind.is_empty() && controls.iter().all(ControlOutcome::held);
    let result = match (interrupted, healthy.held()) {
        (true, _) => ProofResult::Interrupted,
        (false, false) => ProofResult::Unhealthy,
        (false, true) if sound => ProofResult::Proved,
        (false, true) => ProofResult::NotProved,
    };
    let section = ControlProof {
        sensitivity,
        specificity,
        matrix: matrix(suite, &controls),
        healthy,
        outcomes: controls,
        blind,
        expectations,
        unbroken,
    };
    Proof::new(provenance, result, Section::Controls(section))
}

/// Is everything that deviates undecided, and for no other reason than that the harness was late or its host sick? A
/// scenario that is blocked by such a one alone is so, too.
#[must_use]
pub(super) fn only_late(control: &ControlOutcome, outcomes: &[Outcome]) -> Option<String> {
    if control.gate.as_ref().is_some_and(|gate| !gate.held) {
        return None;
    }
    let mut late: BTreeSet<&str> = BTreeSet::new();
    // In the order of the suite a blocked scenario may stand before the one that blocks it.
    loop {
        let more = outcomes.iter().filter(|outcome| is_late(outcome, &late)).map(|o| &*o.scenario.id);
        let more: BTreeSet<&str> = more.collect();
        if more.len() == late.len() {
            break;
        }
        late = more;
    }
    let mut deviations = control.deviations().peekable();
    let first = deviations.peek()?.detail.clone();
    deviations.all(|cell| late.contains(&*cell.scenario)).then_some(first)
}

fn is_late(outcome: &Outcome, late: &BTreeSet<&str>) -> bool {
    match &outcome.reason {
        Reason::Inconclusive(Undecided::HarnessLate { .. } | Undecided::SickHost { .. }) => true,
        Reason::Blocked { by } => !by.is_empty() && by.iter().all(|id| late.contains(&**id)),
        Reason::Passed | Reason::Failed { .. } | Reason::Inconclusive(_) | Reason::Skipped { .. } => false,
    }
}

fn expected(control: &Control, id: &str) -> Expected {
    if let Some(Claim { reason, says, .. }) = control.claim(id) {
        return Expected::Red { verdict: reason.verdict(), cause: *reason, says: says.clone() };
    }
    if control.blocked.iter().any(|blocked| blocked.value == id) {
        return Expected::Blocked;
    }
    let named = control.named().any(|named| named.value == id);
    let gate_alone = control.rejected && control.green != Green::Rest;
    if gate_alone && !named { Expected::Anything } else { Expected::Passed }
}

fn cell(outcome: &Outcome, expected: Expected, control: &Control, skips: &BTreeSet<&str>) -> Cell {
    let mark = match &expected {
        _ if outcome.verdict == Verdict::Skipped => {
            if skips.contains(&*outcome.scenario.id) {
                ControlResult::Skipped
            } else {
                ControlResult::NeverAsked
            }
        }
        Expected::Red { cause, says, .. } => red(outcome, *cause, says.as_deref()),
        Expected::Blocked => blocked(outcome, control),
        Expected::Passed => passed(outcome),
        Expected::Anything => ControlResult::Unclaimed,
    };
    compared(outcome, expected, mark)
}

fn compared(outcome: &Outcome, expected: Expected, mark: ControlResult) -> Cell {
    let (cause, detail) = match &outcome.reason {
        Reason::Passed => (None, String::new()),
        Reason::Failed { cause, detail } => (Some(cause.to_string()), detail.clone()),
        Reason::Blocked { by } => (None, format!("needs {}", by.join(", "))),
        Reason::Inconclusive(why) => (Some(why.name().to_owned()), why.to_string()),
        Reason::Skipped { reason } => (None, reason.clone()),
    };
    let scenario = outcome.scenario.id.clone();
    Cell { scenario, expected, verdict: outcome.verdict, cause, detail, mark }
}

fn red(outcome: &Outcome, wanted: ExpectedReason, says: Option<&str>) -> ControlResult {
    if outcome.verdict == Verdict::Passed {
        return ControlResult::StayedGreen;
    }
    if outcome.verdict != wanted.verdict() {
        return ControlResult::OtherVerdict;
    }
    let (is_it, words) = match (&outcome.reason, wanted) {
        (Reason::Failed { cause, detail }, ExpectedReason::Cause(wanted)) => {
            (*cause == wanted, detail.clone())
        }
        (Reason::Inconclusive(why), ExpectedReason::Undecided(wanted)) => {
            (why.name() == wanted, why.to_string())
        }
        (
            Reason::Passed
            | Reason::Failed { .. }
            | Reason::Blocked { .. }
            | Reason::Inconclusive(_)
            | Reason::Skipped { .. },
            _,
        ) => (false, String::new()),
    };
    match (is_it, says) {
        (false, _) => ControlResult::OtherCause,
        (true, Some(says)) if !words.contains(says) => ControlResult::OtherWords,
        (true, _) => ControlResult::Red,
    }
}

fn blocked(outcome: &Outcome, control: &Control) -> ControlResult {
    let Reason::Blocked { by } = &outcome.reason else { return ControlResult::NotBlocked };
    let called = |id: &Arc<str>| {
        control.claim(id).is_some() || control.blocked.iter().any(|blocked| *blocked.value == **id)
    };
    if by.iter().all(called) { ControlResult::Blocked } else { ControlResult::BlockedByAnother }
}

fn passed(outcome: &Outcome) -> ControlResult {
    if outcome.verdict == Verdict::Passed { ControlResult::Green } else { ControlResult::NotGreen }
}

/// The scenarios of a proof: all that run, or, where it is narrowed, those that the filters name and those
/// that a remaining control must see failed. One that a fault beside it merely errors was not tried, and is not blind.
fn concerned(suite: &Suite, filters: &[String], controls: &[ControlOutcome]) -> Vec<(Arc<str>, String)> {
    let claimed = |id: &str| tried(id, controls).iter().any(Tried::is_of_a_failure);
    let filtered = |id: &str| filters.iter().any(|filter| id.contains(filter.as_str()));
    suite
        .scenarios
        .iter()
        .filter(|scenario| scenario.skip.is_none())
        .map(|scenario| (scenario.id.value.as_str(), scenario.title.clone()))
        .filter(|(id, _)| filters.is_empty() || filtered(id) || claimed(id))
        .map(|(id, title)| (id.into(), title))
        .collect()
}

fn tried(id: &str, controls: &[ControlOutcome]) -> Vec<Tried> {
    let claims = |control: &ControlOutcome| {
        let cell = control.cells.iter().find(|cell| &*cell.scenario == id)?;
        matches!(cell.expected, Expected::Red { .. }).then(|| Tried {
            fault: control.fault.clone(),
            expected: cell.expected.clone(),
            mark: cell.mark,
        })
    };
    controls.iter().filter_map(claims).collect()
}

fn matrix(suite: &Suite, controls: &[ControlOutcome]) -> Vec<Row> {
    let row = |id: &str| Row {
        scenario: id.into(),
        marks: controls
            .iter()
            .map(|control| control.cells.iter().find(|cell| &*cell.scenario == id).map(|cell| cell.mark))
            .collect(),
    };
    suite.scenarios.iter().map(|scenario| row(&scenario.id.value)).collect()
}

#[cfg(test)]
mod tests;
