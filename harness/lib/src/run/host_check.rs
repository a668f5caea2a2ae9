//! The run's view of its own host: checked before the first scenario, watched until the last.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::{Clock, Reading, Step};
use crate::judge::{HostLimits, assess, standing_doubt, step_doubt};
use crate::model::{Cause, Doubt, HostMeasures, Reason, Repetition, RunMeasures, SelfCheck};
use crate::plan::{Job, Watched};
use crate::probe::host::Machine;

use super::lag::LagMeter;

/// How long the check before the first scenario may take, on the wall.
const BUDGET: Duration = Duration::from_millis(80);
/// Files that one observation may open at a moment: its connection, the relay before it, a resolver's socket and files,
/// the pipes of a command; and the other end, where the simulated staging is in this process.
const FILES_EACH: u64 = 8;
/// Files that open for other reasons during a run: reports, the runtime, the history.
const FILES_BESIDE: u64 = 32;

/// What is known of the host while a run goes on.
#[derive(Debug)]
pub(super) struct HostCheck {
    machine: Arc<dyn Machine>,
    limits: HostLimits,
    measures: HostMeasures,
    took: Duration,
    began: Reading,
    standing: Option<Doubt>,
    /// The furthest the clocks went apart during one observation or scenario.
    worst: Mutex<Step>,
}

impl HostCheck {
    /// Checks the host. `at_once` is how many observations may be under way at one moment.
    pub(super) async fn checked(watched: &Watched, at_once: u64) -> HostCheck {
        let Watched { machine, limits } = watched.clone();
        let wall = Clock::WALL;
        let began = machine.read();
        let files = machine.allow_files(at_once.saturating_mul(FILES_EACH).saturating_add(FILES_BESIDE));
        let mut measures = machine.measure(wall.after(began.moment, BUDGET)).await;
        measures.files = files;
        HostCheck {
            standing: standing_doubt(&measures, &limits),
            took: wall.since(began.moment),
            machine,
            limits,
            measures,
            began,
            worst: Mutex::default(),
        }
    }

    /// Both clocks now, for [`HostCheck::doubt_since`].
    pub(super) fn read(&self) -> Reading {
        self.machine.read()
    }

    /// How far times are in doubt that were taken since a reading, on the target's clock.
    pub(super) fn doubt_since(&self, earlier: &Reading, clock: Clock) -> Option<Doubt> {
        let scaled = self.standing.clone().map(|standing| Doubt {
            shorter: clock.from_wall(standing.shorter),
            longer: clock.from_wall(standing.longer),
            ..standing
        });
        [scaled, self.step_since(earlier, clock)].into_iter().flatten().reduce(Doubt::and)
    }

    /// The same for the clocks alone: what is waited for is not made longer by a slow host, but by a step.
    pub(super) fn step_since(&self, earlier: &Reading, clock: Clock) -> Option<Doubt> {
        let step = self.machine.read().step_since(earlier);
        self.note(step);
        step_doubt(step.ahead, step.behind, &self.limits, |time| clock.from_wall(time))
    }

    fn note(&self, step: Step) {
        let mut worst = self.worst.lock().unwrap_or_else(PoisonError::into_inner);
        worst.ahead = worst.ahead.max(step.ahead);
        worst.behind = worst.behind.max(step.behind);
    }

    /// Why a scenario is not even begun: its observations of one moment could not all open a connection, and the
    /// target would be blamed for it.
    pub(super) fn refuses(&self, job: &Job) -> Option<Reason> {
        let files = self.measures.files?;
        let (allowed, at_once) = (files.allowed?, at_once(job));
        let room = allowed.saturating_sub(files.open);
        (at_once > room).then(|| Reason::Failed {
            cause: Cause::OwnLimit,
            detail: format!(
                "{at_once} observations at the same moment need a file descriptor each at least, and of {allowed} that this process may open {room} are left: raise `ulimit -n`"
            ),
        })
    }

    /// Everything, when the run is over.
    pub(super) fn assessed(&self, lag: &LagMeter) -> SelfCheck {
        self.note(self.machine.read().step_since(&self.began));
        let worst = *self.worst.lock().unwrap_or_else(PoisonError::into_inner);
        let late = lag.so_far();
        let running = RunMeasures {
            beats: late.beats,
            lag_p99: late.p99,
            lag_max: late.max,
            ahead: worst.ahead,
            behind: worst.behind,
        };
        assess(self.took, &self.measures, &running, &self.limits)
    }
}

/// How many observations of a scenario may be under way at one moment.
fn at_once(job: &Job) -> u64 {
    match &job.repetition {
        Repetition::Once | Repetition::Settle(_) => 1,
        Repetition::Sample(sampling) => u64::from(sampling.parallel.clamp(1, sampling.count.max(1))),
        Repetition::Burst(count) => u64::from(*count),
    }
}

/// How many observations of a plan may be under way at one moment: the largest scenarios side by side, or the largest
/// that runs alone.
pub(super) fn most_at_once<'a>(jobs: impl Iterator<Item = &'a Job>, parallel: usize) -> u64 {
    let (mut alone, mut beside) = (0, Vec::new());
    for job in jobs {
        if job.alone {
            alone = alone.max(at_once(job));
        } else {
            beside.push(at_once(job));
        }
    }
    beside.sort_unstable_by(|a, b| b.cmp(a));
    alone.max(beside.into_iter().take(parallel).sum())
}
