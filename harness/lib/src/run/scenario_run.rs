//! Runs one scenario: when to take its samples, when to stop, and its outcome.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::{JoinError, JoinSet};

use crate::clock::Moment;
use crate::judge::{Outlook, Settled, VerdictReason, cut_short, outlook, settled, verdict_reason};
use crate::model::{Outcome, Repetition, Sample, Sampling, Settling, Value};
use crate::plan::Job;

use super::context::RunContext;
use super::sample::{Taken, take};

/// Progress of a repeated scenario.
pub(super) struct Progress {
    pub(super) index: usize,
    pub(super) taken: u32,
    pub(super) planned: Option<u32>,
    pub(super) met: u32,
}

/// The samples so far.
#[derive(Default)]
struct Seen {
    samples: Vec<Sample>,
    cut: bool,
    stopped_early: Option<String>,
    settled_after: Option<Duration>,
}

/// Runs a scenario until its verdict is final.
pub(super) async fn run_scenario(
    job: Arc<Job>,
    index: usize,
    shared: Arc<RunContext>,
    progress: UnboundedSender<Progress>,
) -> Outcome {
    let clock = shared.clock;
    let (began, started) = (clock.now(), clock.timestamp());
    let (host, reading) = (shared.host.clone(), shared.host.read());
    let round = ScenarioRun { job: job.clone(), shared, began, index, progress };
    let planned = job.repetition.planned();
    let seen = match &job.repetition {
        Repetition::Once => round.once().await,
        Repetition::Sample(sampling) => round.sample(*sampling, Ending::WhenDecided).await,
        Repetition::Burst(count) => {
            let all = Sampling { count: *count, every: Duration::ZERO, parallel: *count };
            round.sample(all, Ending::WhenAllAreTaken).await
        }
        Repetition::Settle(settling) => round.settle(*settling).await,
    };
    // Each observation carries the clock steps during itself; the time between observations depends on all of them.
    let stepped = host.doubt_since(&reading, clock);
    let VerdictReason { mut reason, deciding_sample, findings } =
        verdict_reason(&job.repetition, &seen.samples, &job.overall, seen.settled_after, stepped.as_ref());
    if seen.cut {
        // A plain scenario has one sample, which was cut, so there is no count to show.
        let planned = planned.filter(|_| job.repetition != Repetition::Once);
        reason = cut_short(reason, planned, &seen.samples, &job.overall);
    }
    let notes = notes(&job, &seen.samples);
    Outcome {
        scenario: job.card.clone(),
        verdict: reason.verdict(),
        reason,
        deciding_sample,
        settled_after: seen.settled_after,
        findings,
        samples: seen.samples,
        planned_samples: planned,
        stopped_early: seen.stopped_early,
        started: Some(started),
        took: clock.since(began),
        notes,
    }
}

/// When sampling ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// As soon as no further sample can change the verdict.
    WhenDecided,
    /// Never before its time: a burst is all or nothing.
    WhenAllAreTaken,
}

/// A running scenario.
#[derive(Clone)]
struct ScenarioRun {
    job: Arc<Job>,
    shared: Arc<RunContext>,
    began: Moment,
    index: usize,
    progress: UnboundedSender<Progress>,
}

impl Seen {
    fn add(&mut self, taken: Taken) {
        self.cut |= taken.cut;
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

impl ScenarioRun {
    async fn once(&self) -> Seen {
        let Taken { sample, cut } = take(&self.job, &self.shared, self.began).await;
        Seen { samples: vec![sample], cut, ..Seen::default() }
    }

    fn report_progress(&self, seen: &Seen, planned: Option<u32>) {
        let progress = Progress { index: self.index, taken: seen.taken(), planned, met: seen.met() };
        // The receiver is gone once the run was stopped.
        let _ = self.progress.send(progress);
    }

    /// Takes samples, at most `parallel` at once, one `every` so often from start to start. A late start is not caught up:
    /// the target never gets more load than configured.
    async fn sample(&self, sampling: Sampling, ending: Ending) -> Seen {
        let clock = self.shared.clock;
        let mut seen = Seen::default();
        let mut flight: JoinSet<Taken> = JoinSet::new();
        let mut stop = self.shared.stop.clone();
        let (mut begun, mut due) = (0u32, self.began);
        while !seen.cut {
            if ending == Ending::WhenDecided && self.is_decided(sampling.count, &mut seen) {
                break;
            }
            let may_begin = begun < sampling.count && flight.len() < sampling.parallel.max(1) as usize;
            let now = clock.now();
            if may_begin && now >= self.shared.run_deadline {
                seen.cut = true;
                break;
            }
            if may_begin && now >= due {
                let (job, shared, began) = (self.job.clone(), self.shared.clone(), self.began);
                flight.spawn(async move { take(&job, &shared, began).await });
                begun += 1;
                due = clock.after(now, sampling.every);
                continue;
            }
            if flight.is_empty() && begun == sampling.count {
                break;
            }
            tokio::select! {
                biased;
                () = stop.stopped() => seen.cut = true,
                Some(taken) = flight.join_next() => {
                    seen.add(joined(taken));
                    self.report_progress(&seen, Some(sampling.count));
                }
                () = clock.sleep_until(due.min(self.shared.run_deadline)), if may_begin => {}
            }
        }
        self.let_clean_up(&mut flight).await;
        seen.samples.sort_by_key(|sample| sample.after);
        seen
    }

    fn is_decided(&self, planned: u32, seen: &mut Seen) -> bool {
        let decided = outlook(planned, &seen.samples, &self.job.overall) == Outlook::Decided;
        let taken = seen.taken();
        if decided && taken < planned {
            let left = planned - taken;
            seen.stopped_early =
                Some(format!("after {taken} of {planned} samples: {left} more could not change the verdict"));
        }
        decided
    }

    /// Running samples are dropped, unless they have cleanup steps.
    async fn let_clean_up(&self, flight: &mut JoinSet<Taken>) {
        if self.job.cleans_up() {
            while let Some(taken) = flight.join_next().await {
                joined(taken);
            }
        }
    }

    /// Takes samples until all expectations have held for `hold`.
    async fn settle(&self, settling: Settling) -> Seen {
        let clock = self.shared.clock;
        let give_up = clock.after(self.began, settling.within);
        let mut seen = Seen::default();
        let mut stop = self.shared.stop.clone();
        let mut due = self.began;
        loop {
            let stopped = tokio::select! {
                biased;
                () = stop.stopped() => true,
                () = clock.sleep_until(due.min(self.shared.run_deadline)) => false,
            };
            let sampled_at = clock.now();
            seen.cut = stopped || sampled_at >= self.shared.run_deadline;
            if seen.cut {
                return seen;
            }
            seen.add(take(&self.job, &self.shared, self.began).await);
            if seen.cut {
                return seen;
            }
            self.report_progress(&seen, None);
            match settled(&seen.samples, &settling) {
                Settled::After(after) => {
                    seen.settled_after = Some(after);
                    return seen;
                }
                Settled::Not if clock.now() >= give_up => return seen,
                Settled::Not | Settled::Holding => due = clock.after(sampled_at, settling.every),
            }
        }
    }
}

fn joined<T>(joined: Result<T, JoinError>) -> T {
    match joined {
        Ok(value) => value,
        // Only a panic ends a sample; the scenario's task passes it on to the executor.
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(error) => resume_unwind(Box::new(error.to_string())),
        },
    }
}

/// A note on how much of the times may be the harness's own lag.
fn notes(job: &Job, samples: &[Sample]) -> Vec<String> {
    let own = samples.iter().flat_map(|s| &s.attempts).map(|a| a.observation.own).max().unwrap_or_default();
    if own.is_zero() || matches!(job.repetition, Repetition::Once) {
        return Vec::new();
    }
    vec![format!("up to {} of each time may be the harness's own lag", Value::Duration(own))]
}
