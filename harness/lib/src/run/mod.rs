//! Runs a plan: schedules scenarios, takes their samples, emits events, and yields one report.

mod capture;
mod catch_panic;
mod context;
mod event;
mod executor;
mod host_check;
mod lag;
mod report_limits;
mod sample;
mod scenario_run;
mod schedule;
mod step_pass;
mod stop;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::clock::{Clock, Moment};
use crate::judge::{decide, root_causes, tally, tally_by_component};
use crate::model::{
    Cause, ComponentTally, Gate, Outcome, Provenance, Reason, Report, ReportParts, SelfCheck, Timestamp,
};
use crate::plan::{Entry, Job, Plan};
use crate::redact::Redactor;

use context::RunContext;
use executor::{Executor, publish};
use host_check::{HostCheck, most_at_once};
use lag::LagMeter;

pub use event::{Event, Listener};
pub use stop::{Stop, Stopper, stopper};

pub(crate) use executor::in_a_cycle;
pub(crate) use report_limits::was_dropped;
pub(crate) use schedule::{Next, Schedule};
pub(crate) use step_pass::StepPass;

/// Runs a plan. Needs a tokio runtime with time and I/O.
pub async fn run(plan: Plan, listener: &mut dyn Listener, stop: Stop) -> Report {
    let clock = Clock::with_speed(plan.speed);
    let (jobs, mut slots) = slots(&plan);
    let at_once = most_at_once(jobs.iter().map(AsRef::as_ref), plan.parallel);
    let host = Arc::new(HostCheck::started(&plan.watched, at_once));
    let (began, started) = (clock.now(), clock.timestamp());
    let lag = LagMeter::default();
    let beat = tokio::spawn(lag.clone().beat());
    let left_out = slots.iter().filter(|slot| slot.is_some()).count();
    listener.take(&Event::RunStarted { planned: jobs.len(), skipped: left_out });
    for outcome in slots.iter_mut().flatten() {
        publish(&plan.redactor, outcome, listener);
    }
    let shared = Arc::new(RunContext {
        clock,
        resolver: plan.resolver.clone(),
        lag: lag.clone(),
        host: host.clone(),
        run_deadline: clock.after(began, plan.deadline),
        stop: stop.clone(),
        captured: Mutex::default(),
    });
    let mut floor = Executor::new(jobs.clone(), shared, plan.parallel, plan.redactor.clone(), listener, stop);
    floor.work().await;
    let Executor { outcomes, redactor, interrupted, .. } = floor;
    beat.abort();
    let mut asked = outcomes.into_iter();
    for slot in &mut slots {
        if slot.is_none() {
            // One outcome for each job, in the order of the jobs; the fallback can't be reached, and would be red.
            *slot = asked.next().flatten();
        }
    }
    let outcomes: Vec<Outcome> = plan
        .entries
        .iter()
        .zip(slots)
        .map(|(entry, slot)| slot.unwrap_or_else(|| missing_outcome(entry)))
        .collect();
    let report = report(plan, outcomes, &redactor, interrupted, (clock, began, started), host.assessed(&lag));
    listener.take(&Event::RunFinished { report: &report });
    report
}

fn missing_outcome(entry: &Entry) -> Outcome {
    let card = match entry {
        Entry::Run(job) => job.card.clone(),
        Entry::LeftOut(card, _) => card.clone(),
    };
    let detail = "the scenario came to no verdict".to_owned();
    Outcome::unasked(card, Reason::Failed { cause: Cause::Internal, detail })
}

/// The jobs, and a place for every planned scenario's outcome with those that are left out already in it.
fn slots(plan: &Plan) -> (Vec<Arc<Job>>, Vec<Option<Outcome>>) {
    let mut jobs = Vec::new();
    let slots = plan
        .entries
        .iter()
        .map(|entry| match entry {
            Entry::Run(job) => {
                jobs.push(job.clone());
                None
            }
            Entry::LeftOut(card, reason) => {
                Some(Outcome::unasked(card.clone(), Reason::Skipped { reason: reason.clone() }))
            }
        })
        .collect();
    (jobs, slots)
}

fn report(
    plan: Plan,
    outcomes: Vec<Outcome>,
    redactor: &Redactor,
    interrupted: bool,
    (clock, began, started): (Clock, Moment, Timestamp),
    self_check: SelfCheck,
) -> Report {
    let partial = !plan.narrowing.is_empty();
    let identity = plan.identity;
    let provenance = Provenance {
        tool: identity.tool,
        optimised: identity.optimised,
        run: identity.run,
        nonce: identity.nonce,
        begun: identity.begun,
        target: plan.target,
        suite: identity.suite,
        suite_hash: plan.suite_hash,
        target_hash: plan.target_hash,
        started,
        took: clock.since(began),
        wall: Clock::WALL.since(began),
        simulated: identity.simulated,
        narrowing: plan.narrowing,
        interrupted,
        replay: None,
        host: identity.host,
        self_check,
        notes: identity.notes,
        proof: identity.proof,
    };
    assemble(outcomes, &plan.gate, partial, &plan.components, &plan.dependencies, provenance, redactor)
}

/// Decides, counts and finds root causes: the report of these outcomes.
pub(crate) fn assemble(
    outcomes: Vec<Outcome>,
    gate: &Gate,
    partial: bool,
    components: &[ComponentTally],
    dependencies: &BTreeMap<Arc<str>, Vec<Arc<str>>>,
    provenance: Provenance,
    redactor: &Redactor,
) -> Report {
    let parts = ReportParts {
        decision: decide(&outcomes, gate, partial, provenance.interrupted),
        tally: tally(&outcomes),
        components: tally_by_component(components, &outcomes),
        causes: root_causes(&outcomes, dependencies),
        provenance,
        outcomes,
    };
    Report::redacted(parts, redactor)
}
