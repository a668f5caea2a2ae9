//! Takes one sample: observes a scenario's steps in order, judges each, and passes captures on.

use std::time::Duration;

use crate::clock::{Clock, Moment};
use crate::judge::{aggregate, judge_attempt};
use crate::model::{
    Attempt, Cause, Code, FactPath, Finding, Layer, Observation, ProbeError, Problem, Sample,
};
use crate::plan::{Captures, Job, JobStep, StepProbe, prepare};
use crate::probe::ObserveContext;

use super::catch_panic::caught;
use super::context::RunContext;
use super::report_limits::{TEXT, trim};
use super::step_pass::StepPass;

/// How long after its deadline a probe is still awaited, wall-clock time, before it is a fault of the harness.
const GRACE: Duration = Duration::from_secs(2);

/// One sample that was taken.
pub(super) struct Taken {
    pub(super) sample: Sample,
    /// Did the end of the run cut it before anything failed? Then it says nothing about the target.
    pub(super) cut: bool,
}

/// Observes and judges the steps in order.
pub(super) async fn take(job: &Job, shared: &RunContext, scenario_began: Moment) -> Taken {
    let clock = shared.clock;
    let began = clock.now();
    let (mut pass, mut cut) = (StepPass::default(), false);
    let mut stop = shared.stop.clone();
    for step in &job.steps {
        if !pass.runs(&step.checks) {
            continue;
        }
        let attempting = caught(attempt(step, shared, &mut pass));
        let attempted = if step.checks.always {
            attempting.await
        } else {
            tokio::select! {
                biased;
                () = stop.stopped() => Ok(Err(Unfinished::Stopped)),
                attempted = attempting => attempted,
            }
        };
        let (attempt, was_cut) = match attempted {
            Ok(Ok(attempt)) => attempt,
            Ok(Err(Unfinished::Stopped)) => {
                pass.stop();
                cut = true;
                continue;
            }
            // Cleanup of something that was never created.
            Ok(Err(Unfinished::MissingCapture(_))) if pass.is_broken() => continue,
            Ok(Err(Unfinished::MissingCapture(why))) => (broken_attempt(step, why), false),
            Err(message) => (broken_attempt(step, format!("the probe panicked: {message}")), false),
        };
        cut |= was_cut && !pass.is_broken();
        pass.push(attempt);
    }
    Taken { sample: pass.finish(clock.between(scenario_began, began), clock.since(began)), cut }
}

fn broken_attempt(step: &JobStep, why: String) -> Attempt {
    attempt_of(step, Observation::blocked_by(Cause::Internal, why), vec![])
}

/// Why a step has no result.
enum Unfinished {
    /// No earlier step captured what it needs.
    MissingCapture(String),
    /// The run was stopped.
    Stopped,
}

/// One step. Also says whether the run's deadline cut it short.
async fn attempt(
    step: &JobStep,
    shared: &RunContext,
    pass: &mut StepPass,
) -> Result<(Attempt, bool), Unfinished> {
    let clock = shared.clock;
    let (began, reading) = (clock.now(), shared.host.read());
    let own_deadline = clock.after(began, step.checks.timeout);
    let deadline = own_deadline.min(shared.end_of(step, began));
    let mut observation =
        observe(step, shared, &pass.captures, ObserveContext { clock: &clock, deadline }).await?;
    observation.secrets.drain(..).for_each(|secret| shared.note_captured(secret));
    aggregate(&mut observation);
    observation.own = observation.own.max(clock.from_wall(shared.lag.worst_since(began)));
    observation.doubt = shared.host.doubt_since(&reading, clock);
    let foreign = observation.obstacle.as_ref().is_some_and(|o| o.cause.layer() != Layer::Harness);
    let cut = foreign && deadline < own_deadline && clock.now() >= deadline;
    let findings = match step.checks.expectations(&shared.resolver, &pass.captures) {
        Ok(expectations) => judge_attempt(&expectations, &observation),
        Err(problem) => {
            let error = ProbeError { cause: Cause::Internal, detail: problem.message };
            observation.obstacle.get_or_insert(error);
            Vec::new()
        }
    };
    let learn = |secret| shared.note_captured(secret);
    pass.capture(&step.checks, &mut observation, &findings, |_, _| false, learn);
    let keeps_text = step.checks.expect.iter().any(|e| e.that == FactPath::Plain(TEXT.into()));
    trim(&mut observation, &findings, keeps_text);
    Ok((attempt_of(step, observation, findings), cut))
}

fn attempt_of(step: &JobStep, observation: Observation, findings: Vec<Finding>) -> Attempt {
    Attempt { step: step.checks.name.clone(), probe: step.checks.probe.into(), observation, findings }
}

async fn observe(
    step: &JobStep,
    shared: &RunContext,
    captures: &Captures,
    ask: ObserveContext<'_>,
) -> Result<Observation, Unfinished> {
    let written = match &step.probe {
        StepProbe::Ready(probe) => return Ok(guarded(probe.observe(ask), ask.deadline).await),
        StepProbe::PerSample(written) => written,
    };
    let context = shared.resolver.prepare_context(&step.root);
    match prepare(step.kind, written, &shared.resolver, Some(captures), &context) {
        Ok((probe, _)) => Ok(guarded(probe.observe(ask), ask.deadline).await),
        Err(problems) => {
            let unknown = problems.iter().find(|p| p.code == Code::UnknownVariable);
            if let Some(Problem { message, .. }) = unknown {
                return Err(Unfinished::MissingCapture(message.clone()));
            }
            let why: Vec<String> = problems.into_iter().map(|p| p.message).collect();
            let why = format!("a captured value can't be used: {}", why.join("; "));
            Ok(Observation::blocked_by(Cause::Internal, why))
        }
    }
}

/// Gives up a probe that does not end by its deadline, which is a fault of the harness.
async fn guarded(observing: impl Future<Output = Observation>, deadline: Moment) -> Observation {
    let wall = Clock::WALL;
    wall.until(wall.after(deadline, GRACE), observing).await.unwrap_or_else(|_| {
        Observation::blocked_by(Cause::Internal, "the probe did not return by its deadline")
    })
}
