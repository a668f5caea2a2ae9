//! Takes one sample: observes a scenario's steps in order, judges each, and passes captures on.

use std::time::Duration;

use crate::clock::{Clock, Moment};
use crate::judge::{aggregate, judge_attempt};
use crate::model::{
    Attempt, Cause, Code, Evaluation, Fact, FactPath, Finding, Layer, Observation, ProbeError, Problem,
    Sample, Transcript, Unreadable, Value,
};
use crate::probe::ObserveContext;

use super::catch_panic::caught;
use super::context::RunContext;
use super::step_pass::StepPass;
use crate::plan::Captures;
use crate::plan::{Job, JobStep, StepProbe, prepare};

/// How long after its deadline a probe is still awaited, wall-clock time, before it is a fault of the harness.
const GRACE: Duration = Duration::from_secs(2);

/// The longest text, in bytes, that a report keeps of one fact.
const KEPT: usize = 16 * 1024;

/// The deepest document that a report keeps: deeper nesting can't be read back.
const DEEP: usize = 96;

/// The end of the sentence that replaces a fact that was too large for a report.
const NOT_KEPT: &str = ", not kept in the report";

/// A fact that repeats the body of an answer.
const TEXT: &str = "text";

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

/// Bounds what a report keeps. Measured facts are small and stay; the transcript stays only as evidence of a failure.
fn trim(observation: &mut Observation, findings: &[Finding], keeps_text: bool) {
    if observation.obstacle.is_none() && findings.iter().all(|finding| finding.evaluation == Evaluation::Pass)
    {
        observation.transcript = Transcript::default();
    }
    if !keeps_text && says_text_twice(observation) {
        observation.facts.remove(TEXT);
    }
    for (_, fact) in observation.facts.iter_mut() {
        let value = match &*fact {
            Fact::Seen(value) => Some(value),
            Fact::Cut(cut) => cut.seen.as_ref(),
            Fact::Unreadable(_) => None,
        };
        let size = match value {
            Some(Value::Text(text)) => text.len(),
            Some(Value::Json(json)) => json_size(json),
            _ => 0,
        };
        let deep = matches!(value, Some(Value::Json(json)) if is_deep(json, DEEP));
        if size > KEPT || deep {
            let why =
                if deep { format!("nested deeper than {DEEP}") } else { format!("larger than {KEPT} bytes") };
            let detail = format!("{why}{NOT_KEPT}");
            *fact = Fact::Unreadable(Unreadable { cause: Cause::Missing, detail });
        }
    }
}

/// Does the text repeat a document that is a fact of its own?
fn says_text_twice(observation: &Observation) -> bool {
    matches!(observation.facts.get("body"), Some(Fact::Seen(_)))
}

/// Was a fact there, or may it have been, and was not kept?
pub(crate) fn was_dropped(observation: &Observation, fact: &str) -> bool {
    match observation.facts.get(fact) {
        Some(Fact::Unreadable(why)) => why.detail.ends_with(NOT_KEPT),
        Some(Fact::Seen(_) | Fact::Cut(_)) => false,
        None => fact == TEXT && says_text_twice(observation),
    }
}

/// Is a document nested deeper than that?
fn is_deep(json: &serde_json::Value, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else { return true };
    match json {
        serde_json::Value::Array(list) => list.iter().any(|item| is_deep(item, below)),
        serde_json::Value::Object(map) => map.values().any(|item| is_deep(item, below)),
        _ => false,
    }
}

/// About how many bytes a document takes as text.
fn json_size(json: &serde_json::Value) -> usize {
    match json {
        serde_json::Value::String(text) => text.len() + 2,
        serde_json::Value::Array(list) => list.iter().map(|item| json_size(item) + 1).sum::<usize>() + 2,
        serde_json::Value::Object(map) => {
            map.iter().map(|(key, item)| key.len() + 4 + json_size(item)).sum::<usize>() + 2
        }
        _ => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(levels: usize) -> serde_json::Value {
        (0..levels).fold(serde_json::json!(1), |inner, _| serde_json::json!([inner]))
    }

    fn trimmed(document: serde_json::Value) -> Option<Fact> {
        let mut observation = Observation::default();
        observation.facts.insert("body", Value::Json(document));
        trim(&mut observation, &[], false);
        observation.facts.get("body").cloned()
    }

    #[test]
    fn what_could_not_be_read_back_is_not_kept_and_says_so() {
        assert!(matches!(trimmed(nested(DEEP - 1)), Some(Fact::Seen(_))));
        for too_much in [nested(DEEP), serde_json::json!(["x".repeat(KEPT)])] {
            let Some(Fact::Unreadable(why)) = trimmed(too_much) else { panic!("it was kept") };
            assert!(why.detail.ends_with(NOT_KEPT), "{}", why.detail);
        }
    }
}
