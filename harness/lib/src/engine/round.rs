//! Asks one scenario: its samples, its steps, its captures; and puts its outcome together.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::{JoinError, JoinSet};

use crate::clock::{Clock, Moment};
use crate::judge::{Outlook, grounds, judge_attempt, outlook, sample_is_met};
use crate::model::{
    Attempt, Cause, Code, Expectation, Fact, Grounds, Held, Observation, Outcome, Repetition, Sample,
    Sampling, Secret, Settling, Undecided, Value,
};
use crate::probe::{Ask, Surroundings};

use super::capture;
use super::job::{Job, JobStep, Question, build_expectation, prepare};
use super::lag::LagMeter;
use super::resolve::{Captures, Resolver};

/// How long past its deadline a probe may take to come home, on the wall, before it is given up as our own fault.
const GRACE: Duration = Duration::from_secs(2);

/// The longest text, in bytes, that a report keeps of one fact.
const KEPT: usize = 16 * 1024;

/// What every scenario of a run shares.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) clock: Clock,
    pub(super) resolver: Arc<Resolver>,
    pub(super) lag: LagMeter,
    pub(super) run_deadline: Moment,
}

/// Progress of a repeated scenario.
pub(super) struct Progress {
    pub(super) index: usize,
    pub(super) taken: u32,
    pub(super) planned: Option<u32>,
    pub(super) met: u32,
}

/// What a scenario's task brings home.
pub(super) struct Asked {
    pub(super) outcome: Outcome,
    pub(super) secrets: Vec<Secret>,
}

/// Everything that was seen so far.
#[derive(Default)]
struct Seen {
    samples: Vec<Sample>,
    secrets: Vec<Secret>,
    cut: bool,
    stopped_early: Option<String>,
    settled_after: Option<Duration>,
}

/// Asks a scenario until its verdict stands.
pub(super) async fn ask(
    job: Arc<Job>,
    index: usize,
    shared: Arc<Shared>,
    progress: UnboundedSender<Progress>,
) -> Asked {
    let clock = shared.clock;
    let (began, started) = (clock.now(), clock.timestamp());
    let round = Round { job: job.clone(), shared, began, index, progress };
    let (seen, planned) = match &job.repetition {
        Repetition::Once => (round.once().await, Some(1)),
        Repetition::Sample(sampling) => (round.sample(*sampling, true).await, Some(sampling.count)),
        Repetition::Burst(count) => {
            let all = Sampling { count: *count, every: Duration::ZERO, parallel: *count };
            (round.sample(all, false).await, Some(*count))
        }
        Repetition::Settle(settling) => (round.settle(*settling).await, None),
    };
    let (mut why, findings) = grounds(&job.repetition, &seen.samples, &job.aggregates, seen.settled_after);
    if seen.cut && !matches!(why, Grounds::Broke { .. }) {
        why = Grounds::Undecided(Undecided::Deadline);
    }
    let notes = notes(&job, &seen.samples);
    let outcome = Outcome {
        scenario: job.card.clone(),
        verdict: why.verdict(),
        grounds: why,
        findings,
        samples: seen.samples,
        planned_samples: planned,
        stopped_early: seen.stopped_early,
        started: Some(started),
        took: clock.since(began),
        notes,
    };
    Asked { outcome, secrets: seen.secrets }
}

/// One scenario being asked.
#[derive(Clone)]
struct Round {
    job: Arc<Job>,
    shared: Arc<Shared>,
    began: Moment,
    index: usize,
    progress: UnboundedSender<Progress>,
}

/// One sample as it comes home.
struct Taken {
    sample: Sample,
    secrets: Vec<Secret>,
    cut: bool,
}

impl Seen {
    fn add(&mut self, taken: Taken) {
        self.cut |= taken.cut;
        self.secrets.extend(taken.secrets);
        if !taken.cut {
            self.samples.push(taken.sample);
        }
    }

    fn met(&self) -> u32 {
        u32::try_from(self.samples.iter().filter(|sample| sample.met).count()).unwrap_or(u32::MAX)
    }

    fn taken(&self) -> u32 {
        u32::try_from(self.samples.len()).unwrap_or(u32::MAX)
    }
}

impl Round {
    async fn once(&self) -> Seen {
        let mut seen = Seen::default();
        let taken = self.take().await;
        seen.cut = taken.cut;
        seen.secrets = taken.secrets;
        seen.samples.push(taken.sample);
        seen
    }

    fn tell(&self, seen: &Seen, planned: Option<u32>) {
        let progress = Progress { index: self.index, taken: seen.taken(), planned, met: seen.met() };
        // Nobody listens any more when the run was stopped; then nobody wants to know.
        let _ = self.progress.send(progress);
    }

    /// Asks again and again, at most `parallel` at once, and stops when no further sample can change the verdict.
    async fn sample(&self, sampling: Sampling, may_stop: bool) -> Seen {
        let clock = self.shared.clock;
        let mut seen = Seen::default();
        let mut flight: JoinSet<Taken> = JoinSet::new();
        let (mut begun, mut due) = (0u32, self.began);
        loop {
            let decided =
                may_stop && outlook(sampling.count, &seen.samples, &self.job.aggregates) == Outlook::Decided;
            if decided && seen.taken() < sampling.count {
                let left = sampling.count - seen.taken();
                seen.stopped_early = Some(format!(
                    "after {} of {} samples: {left} more could not change the verdict",
                    seen.taken(),
                    sampling.count
                ));
            }
            if decided || seen.cut {
                break;
            }
            let may_begin = begun < sampling.count && flight.len() < sampling.parallel.max(1) as usize;
            if may_begin && clock.now() >= due {
                let round = self.clone();
                flight.spawn(async move { round.take().await });
                begun += 1;
                due = clock.after(due, sampling.every);
                continue;
            }
            if flight.is_empty() && begun == sampling.count {
                break;
            }
            tokio::select! {
                Some(taken) = flight.join_next() => {
                    seen.add(home(taken));
                    self.tell(&seen, Some(sampling.count));
                }
                () = clock.sleep_until(due), if may_begin => {}
            }
        }
        seen.samples.sort_by_key(|sample| sample.after);
        seen
    }

    /// Asks until all expectations hold, then goes on asking for `hold`.
    async fn settle(&self, settling: Settling) -> Seen {
        let clock = self.shared.clock;
        let give_up = clock.after(self.began, settling.within);
        let mut seen = Seen::default();
        let mut holding_since: Option<Moment> = None;
        let mut due = self.began;
        loop {
            clock.sleep_until(due).await;
            let asked_at = clock.now();
            let taken = self.take().await;
            let met = taken.sample.met;
            if taken.cut {
                seen.cut = true;
                return seen;
            }
            seen.add(taken);
            self.tell(&seen, None);
            if met {
                // It is known to hold from the moment the first good answer was complete.
                let since = *holding_since.get_or_insert(clock.now());
                if since <= give_up && clock.between(since, clock.now()) >= settling.hold {
                    seen.settled_after = Some(clock.between(self.began, since));
                    return seen;
                }
            } else {
                holding_since = None;
            }
            let in_time = holding_since.is_some_and(|since| since <= give_up);
            if !in_time && clock.now() >= give_up {
                return seen;
            }
            due = clock.after(asked_at, settling.every);
        }
    }

    /// One round through the steps.
    async fn take(&self) -> Taken {
        let clock = self.shared.clock;
        let began = clock.now();
        let mut captures = Captures::new();
        let (mut attempts, mut secrets) = (Vec::with_capacity(self.job.steps.len()), Vec::new());
        let (mut broken, mut cut) = (false, false);
        for step in &self.job.steps {
            if broken && !step.always {
                continue;
            }
            let Some((attempt, late)) = self.attempt(step, &mut captures, &mut secrets).await else {
                continue;
            };
            cut |= late;
            broken |= attempt.observation.obstacle.is_some()
                || attempt.findings.iter().any(|f| f.breaks() || matches!(f.held, Held::CannotTell(_)));
            attempts.push(attempt);
        }
        let mut sample = Sample {
            after: clock.between(self.began, began),
            took: clock.since(began),
            met: false,
            attempts,
        };
        sample.met = !broken && sample_is_met(&sample);
        Taken { sample, secrets, cut }
    }

    /// One step; nothing for a step that can't be asked because an earlier one did not capture what it needs.
    /// Also says whether the run's deadline cut it short.
    async fn attempt(
        &self,
        step: &JobStep,
        captures: &mut Captures,
        secrets: &mut Vec<Secret>,
    ) -> Option<(Attempt, bool)> {
        let clock = self.shared.clock;
        let began = clock.now();
        let own_deadline = clock.after(began, step.timeout);
        let deadline = own_deadline.min(self.shared.run_deadline);
        let ask = Ask { clock: &clock, deadline };
        let mut observation = match &step.question {
            Question::Ready(probe) => guarded(probe.observe(ask), deadline).await,
            Question::Late(written) => {
                let proxy_from_environment = self.shared.resolver.target().proxy_from_environment;
                let surroundings = Surroundings { root: &step.root, proxy_from_environment };
                match prepare(step.kind, written, &self.shared.resolver, Some(captures), &surroundings) {
                    Ok((probe, _)) => guarded(probe.observe(ask), deadline).await,
                    Err(problems) if problems.iter().any(|p| p.code == Code::UnknownVariable) => return None,
                    Err(problems) => {
                        let why: Vec<String> = problems.into_iter().map(|p| p.message).collect();
                        Observation::blocked_by(
                            Cause::Internal,
                            format!("a captured value can't be used: {}", why.join("; ")),
                        )
                    }
                }
            }
        };
        let lag = clock.from_wall(self.shared.lag.worst_since(began));
        observation.own = observation.own.max(lag);
        let cut = observation.obstacle.is_some() && deadline < own_deadline && clock.now() >= deadline;
        let expectations = self.expectations(step, captures);
        let findings = match &expectations {
            Ok(expectations) => judge_attempt(step.name.as_ref(), expectations, &observation),
            Err(why) => {
                observation.obstacle.get_or_insert_with(|| crate::model::Obstacle {
                    cause: Cause::Internal,
                    detail: why.clone(),
                });
                Vec::new()
            }
        };
        if observation.obstacle.is_none() {
            for wanted in &step.captures {
                match capture::take(wanted, &observation) {
                    Ok((value, secret)) => {
                        captures.insert(wanted.name.value.clone(), value);
                        secrets.extend(secret);
                    }
                    Err(obstacle) => {
                        observation.obstacle.get_or_insert(obstacle);
                    }
                }
            }
        }
        trim(&mut observation);
        Some((Attempt { step: step.name.clone(), probe: step.kind.spec().name, observation, findings }, cut))
    }

    fn expectations<'a>(
        &self,
        step: &'a JobStep,
        captures: &Captures,
    ) -> Result<std::borrow::Cow<'a, [Expectation]>, String> {
        let (Question::Late(written), true, Some(sources)) =
            (&step.question, step.late_expect, &step.sources)
        else {
            return Ok((&step.expect).into());
        };
        let built: Result<Vec<Expectation>, _> = written
            .expect
            .iter()
            .map(|e| build_expectation(e, written, &self.shared.resolver, Some(captures), sources))
            .collect();
        built.map(Into::into).map_err(|problem| problem.message)
    }
}

/// A probe ends by its deadline. One that does not is our own fault, and is given up.
async fn guarded(observing: impl Future<Output = Observation>, deadline: Moment) -> Observation {
    let wall = Clock::WALL;
    wall.until(wall.after(deadline, GRACE), observing).await.unwrap_or_else(|_| {
        Observation::blocked_by(Cause::Internal, "the probe outlived its deadline and was given up")
    })
}

fn home<T>(joined: Result<T, JoinError>) -> T {
    match joined {
        Ok(value) => value,
        // Only a panic ends one of our own samples; the scenario's task carries it on, and the run tells it.
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(error) => resume_unwind(Box::new(error.to_string())),
        },
    }
}

/// Bounds what a report keeps. Measured facts are small and stay.
fn trim(observation: &mut Observation) {
    let has_body = matches!(observation.facts.get("body"), Some(Fact::Seen(_)));
    for (name, fact) in observation.facts.iter_mut() {
        let size = match fact {
            Fact::Seen(Value::Text(_)) if name == "text" && has_body => KEPT + 1,
            Fact::Seen(Value::Text(text)) => text.len(),
            Fact::Seen(Value::Json(json)) => json_size(json),
            _ => 0,
        };
        if size <= KEPT {
            continue;
        }
        let detail = if name == "text" && has_body {
            "the same as `body`".to_owned()
        } else {
            format!("larger than {KEPT} bytes, not kept in the report")
        };
        *fact = Fact::Unreadable(crate::model::Unreadable { cause: Cause::Missing, detail });
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

/// How much of the times of many samples may be the harness's own.
fn notes(job: &Job, samples: &[Sample]) -> Vec<String> {
    let own = samples.iter().flat_map(|s| &s.attempts).map(|a| a.observation.own).max().unwrap_or_default();
    if own.is_zero() || matches!(job.repetition, Repetition::Once) {
        return Vec::new();
    }
    vec![format!(
        "up to {} of each time may be the harness's own (it was that late itself)",
        Value::Duration(own)
    )]
}
