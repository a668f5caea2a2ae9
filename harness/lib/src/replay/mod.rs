//! A recorded run judged again, with today's expectations and today's gate. Nobody is asked, so nothing is signed off.

pub(crate) mod recorded;
mod unavailable;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::judge::{decide, fold, tally, tally_by_component};
use crate::model::{
    Cause, Gate, Outcome, Provenance, Reason, Repetition, Replay, Report, ReportParts, Share, Undecided,
    Verdict,
};
use crate::plan::{Identity, dependencies};
use crate::redact::Redactor;

pub use recorded::{Judged, Promise, Recall, Recalled, RecalledStep};

/// Judges a recorded run again. `threshold` is laid over the suite's; of `identity` the tool, the suite's folder and the
/// notes count, because everything else is the recorded run's.
#[must_use]
pub fn replay(recall: &Recall<'_>, identity: Identity, threshold: Option<Share>) -> Report {
    let mut outcomes: BTreeMap<Arc<str>, Outcome> = BTreeMap::new();
    let mut waiting: Vec<&Recalled<'_>> = recall.scenarios.iter().collect();
    // In rounds, because a scenario may need one that stands behind it; the loader has refused circles.
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|of| {
            let ready = of.card.needs.iter().all(|need| outcomes.contains_key(need));
            if ready {
                outcomes.insert(of.card.id.clone(), outcome(recall, of, &outcomes));
            }
            !ready
        });
        if waiting.len() == before {
            for of in waiting.drain(..) {
                let detail = "dependency cycle: it needs a scenario that needs it".to_owned();
                let reason = Reason::Failed { cause: Cause::Internal, detail };
                outcomes.insert(of.card.id.clone(), Outcome::unasked(of.card.clone(), reason));
            }
        }
    }
    let outcomes: Vec<Outcome> =
        recall.scenarios.iter().filter_map(|of| outcomes.remove(&of.card.id)).collect();
    let written = &recall.suite.gate;
    let gate = Gate {
        threshold: threshold.unwrap_or(written.threshold),
        components: written.components.iter().map(|(c, share)| (c.value.as_str().into(), *share)).collect(),
    };
    let parts = ReportParts {
        decision: decide(&outcomes, &gate, true, recall.report.provenance.interrupted),
        tally: tally(&outcomes),
        components: tally_by_component(&recall.report.components, &outcomes),
        causes: fold(&outcomes, &dependencies(&recall.target.components)),
        provenance: provenance(recall, identity),
        outcomes,
    };
    // Everything in it was redacted when the recorded report was born; the suite's own words hold no secret.
    Report::redacted(parts, &Redactor::default())
}

fn provenance(recall: &Recall<'_>, identity: Identity) -> Provenance {
    let recorded = recall.report.provenance.clone();
    let mut notes = identity.notes;
    let gone: Vec<&str> = recall
        .report
        .outcomes
        .iter()
        .map(|outcome| &*outcome.scenario.id)
        .filter(|id| !recall.scenarios.iter().any(|of| *of.card.id == **id))
        .collect();
    if !gone.is_empty() {
        notes.push(format!("recorded, and in today's suite no more: {}", gone.join(", ")));
    }
    if recorded.target != recall.target.name {
        let (then, now) = (&recorded.target, &recall.target.name);
        notes.push(format!("recorded at the target `{then}`, and judged by the limits of `{now}`"));
    } else if recorded.target_hash != recall.target.hash {
        let name = &recall.target.name;
        notes.push(format!(
            "the file of the target `{name}` has changed since, and it is judged by today's limits"
        ));
    }
    Provenance {
        tool: identity.tool,
        optimised: identity.optimised,
        suite: identity.suite,
        suite_hash: recall.suite.hash.clone(),
        target_hash: recall.target.hash.clone(),
        // A proof is of one suite.
        proof: recorded.proof.clone().filter(|_| recorded.suite_hash == recall.suite.hash),
        replay: Some(Replay { run: recorded.run.clone(), suite_hash: recorded.suite_hash.clone() }),
        notes: recorded.notes.iter().cloned().chain(notes).collect(),
        ..recorded
    }
}

fn outcome(recall: &Recall<'_>, of: &Recalled<'_>, others: &BTreeMap<Arc<str>, Outcome>) -> Outcome {
    let unasked = |reason| Outcome::unasked(of.card.clone(), reason);
    let untold = |what: String| unasked(Reason::Inconclusive(Undecided::NotRecorded { what }));
    if let Some(skip) = &of.scenario.skip {
        return unasked(Reason::Skipped { reason: skip.reason.clone() });
    }
    let Some(recorded) = of.recorded else {
        return untold("the scenario is not in the report".to_owned());
    };
    if let Reason::Skipped { reason } = &recorded.reason {
        return unasked(Reason::Skipped { reason: reason.clone() });
    }
    let unseen = recorded.samples.is_empty();
    if let (true, same @ (Reason::Failed { .. } | Reason::Inconclusive(_))) = (unseen, &recorded.reason) {
        return unasked(same.clone());
    }
    let red = |need: &&Arc<str>| others.get(*need).is_none_or(|other| other.verdict != Verdict::Passed);
    let by: BTreeSet<&Arc<str>> = of.card.needs.iter().filter(red).collect();
    if !by.is_empty() {
        let by =
            recall.scenarios.iter().map(|of| &of.card.id).filter(|id| by.contains(id)).cloned().collect();
        return unasked(Reason::Blocked { by });
    }
    match &recorded.reason {
        Reason::Blocked { by } => untold(format!("it was blocked then by {}", by.join(", "))),
        _ if unseen => untold("it holds no observation of it".to_owned()),
        _ => judged(recall, of, recorded),
    }
}

fn judged(recall: &Recall<'_>, of: &Recalled<'_>, recorded: &Outcome) -> Outcome {
    let mut judged = recall.judge(of, &recorded.samples, &recorded.samples);
    let settles = matches!(of.scenario.repetition, Repetition::Settle(_));
    let reason = match &recorded.reason {
        // What the run's deadline cut short, or a clock that went apart while it settled, is not in the samples.
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
        planned_samples: match &of.scenario.repetition {
            Repetition::Once => Some(1),
            Repetition::Sample(sampling) => Some(sampling.count),
            Repetition::Burst(count) => Some(*count),
            Repetition::Settle(_) => None,
        },
        stopped_early: recorded.stopped_early.clone(),
        started: recorded.started,
        took: recorded.took,
        notes,
    }
}
