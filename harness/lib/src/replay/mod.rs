//! Judges a recorded run again with today's expectations and gate. Without network access, so nothing is signed off.

mod recorded;
mod unavailable;

use crate::model::{Outcome, Provenance, Reason, Repetition, Replay, Report, Share, Undecided};
use crate::plan::{Identity, dependencies, gate};
use crate::redact::Redactor;
use crate::run::{Next, Schedule, assemble, in_a_cycle};

pub use recorded::{Judged, RecordedRun, RecordedScenario};

/// Judges a recorded run again. `threshold` overrides the suite's; of `identity` the tool, the suite's folder and the
/// notes count, because everything else is the recorded run's.
#[must_use]
pub fn replay(recorded: &RecordedRun<'_>, identity: Identity, threshold: Option<Share>) -> Report {
    let mut outcomes: Vec<Option<Outcome>> = recorded.scenarios.iter().map(unjudged).collect();
    let open: Vec<usize> = (0..outcomes.len()).filter(|at| outcomes[*at].is_none()).collect();
    let scenario = |at: usize| &recorded.scenarios[open[at]];
    let mut schedule = Schedule::new((0..open.len()).map(|at| (&*scenario(at).card, false)), 1);
    loop {
        let (at, outcome, started) = match schedule.next() {
            Next::Start(at) => (at, outcome(recorded, scenario(at)), true),
            Next::Block(at, reason) => (at, Outcome::unasked(scenario(at).card.clone(), reason), false),
            Next::Wait | Next::Done => break,
        };
        schedule.finished(at, outcome.verdict, started);
        outcomes[open[at]] = Some(outcome);
    }
    let outcomes = outcomes.into_iter().zip(&recorded.scenarios);
    let outcomes = outcomes
        .map(|(outcome, of)| outcome.unwrap_or_else(|| Outcome::unasked(of.card.clone(), in_a_cycle())));
    let mut gate = gate(&recorded.suite.gate);
    gate.threshold = threshold.unwrap_or(gate.threshold);
    let dependencies = dependencies(&recorded.target.components);
    let provenance = provenance(recorded, identity);
    // The recorded report is redacted already, and a suite's own text holds no secret.
    let redactor = Redactor::default();
    let components = &recorded.report.components;
    assemble(outcomes.collect(), &gate, true, components, &dependencies, provenance, &redactor)
}

fn provenance(run: &RecordedRun<'_>, identity: Identity) -> Provenance {
    let recorded = run.report.provenance.clone();
    let mut notes = identity.notes;
    let gone: Vec<&str> = run
        .report
        .outcomes
        .iter()
        .map(|outcome| &*outcome.scenario.id)
        .filter(|id| !run.scenarios.iter().any(|of| *of.card.id == **id))
        .collect();
    if !gone.is_empty() {
        notes.push(format!("recorded, but no longer in the suite: {}", gone.join(", ")));
    }
    if recorded.target != run.target.name {
        let (then, now) = (&recorded.target, &run.target.name);
        notes.push(format!("recorded at the target `{then}`, judged with the limits of `{now}`"));
    } else if recorded.target_hash != run.target.hash {
        let name = &run.target.name;
        notes.push(format!(
            "the file of the target `{name}` has changed since the recording; judged with today's limits"
        ));
    }
    Provenance {
        tool: identity.tool,
        optimised: identity.optimised,
        suite: identity.suite,
        suite_hash: run.suite.hash.clone(),
        target_hash: run.target.hash.clone(),
        // A proof is of one suite.
        proof: recorded.proof.clone().filter(|_| recorded.suite_hash == run.suite.hash),
        replay: Some(Replay { run: recorded.run.clone(), suite_hash: recorded.suite_hash.clone() }),
        notes: recorded.notes.iter().cloned().chain(notes).collect(),
        ..recorded
    }
}

/// The outcome of a scenario that has nothing to judge: skipped, not recorded, or without observations for a reason that
/// still holds.
fn unjudged(of: &RecordedScenario<'_>) -> Option<Outcome> {
    let reason = match (&of.scenario.skip, of.recorded) {
        (Some(skip), _) => Reason::Skipped { reason: skip.reason.clone() },
        (None, None) => not_recorded("the scenario is not in the report".to_owned()),
        (None, Some(recorded)) => match &recorded.reason {
            skipped @ Reason::Skipped { .. } => skipped.clone(),
            same @ (Reason::Failed { .. } | Reason::Inconclusive(_)) if recorded.samples.is_empty() => {
                same.clone()
            }
            _ => return None,
        },
    };
    Some(Outcome::unasked(of.card.clone(), reason))
}

fn not_recorded(what: String) -> Reason {
    Reason::Inconclusive(Undecided::NotRecorded { what })
}

fn outcome(run: &RecordedRun<'_>, of: &RecordedScenario<'_>) -> Outcome {
    let what = match of.recorded {
        Some(Outcome { reason: Reason::Blocked { by }, .. }) => {
            format!("it was blocked then by {}", by.join(", "))
        }
        Some(recorded) if !recorded.samples.is_empty() => return judged(run, of, recorded),
        _ => "it has no observation of the scenario".to_owned(),
    };
    Outcome::unasked(of.card.clone(), not_recorded(what))
}

fn judged(run: &RecordedRun<'_>, of: &RecordedScenario<'_>, recorded: &Outcome) -> Outcome {
    let mut judged = run.judge(of, &recorded.samples, &recorded.samples);
    let settles = matches!(of.scenario.repetition, Repetition::Settle(_));
    let reason = match &recorded.reason {
        // A cut by the run's deadline, or a clock step while it settled, is not in the samples.
        Reason::Inconclusive(why @ (Undecided::Deadline | Undecided::Interrupted)) => {
            Reason::Inconclusive(why.clone())
        }
        Reason::Inconclusive(why @ Undecided::SickHost { .. }) if settles => {
            judged.findings.clone_from(&recorded.findings);
            judged.deciding_sample = recorded.deciding_sample;
            Reason::Inconclusive(why.clone())
        }
        Reason::Passed
        | Reason::Failed { .. }
        | Reason::Blocked { .. }
        | Reason::Inconclusive(_)
        | Reason::Skipped { .. } => judged.reason,
    };
    let mut notes = recorded.notes.clone();
    if recorded.verdict != reason.verdict() {
        notes.push(format!("it was {} when it was recorded", recorded.verdict.name()));
    }
    Outcome {
        scenario: of.card.clone(),
        verdict: reason.verdict(),
        reason,
        deciding_sample: judged.deciding_sample,
        settled_after: judged.settled_after,
        findings: judged.findings,
        samples: judged.samples,
        planned_samples: of.scenario.repetition.planned(),
        stopped_early: recorded.stopped_early.clone(),
        started: recorded.started,
        took: recorded.took,
        notes,
    }
}
