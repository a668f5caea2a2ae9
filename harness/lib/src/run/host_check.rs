//! Checks the harness's own host: open files before the first scenario, clock steps and lag during the run.

use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::{Clock, Reading, Step};
use crate::judge::{HostLimits, assess, step_doubt};
use crate::model::{Cause, Doubt, FileLimit, HostMeasures, Reason, Repetition, SelfCheck};
use crate::plan::{Job, Watched};
use crate::probe::host::Machine;

use super::lag::LagMeter;

/// Files that one observation may open at a moment: its connection, the relay before it, a resolver's socket and files,
/// the pipes of a command; and the other end, where the simulated staging is in this process.
const FILES_EACH: u64 = 8;
/// Files that are open for other reasons during a run: reports, the runtime.
const FILES_BESIDE: u64 = 32;

/// The state of the host while a run goes on.
#[derive(Debug)]
pub(super) struct HostCheck {
    machine: Arc<dyn Machine>,
    limits: HostLimits,
    files: Option<FileLimit>,
    began: Reading,
    /// The furthest the clocks went apart during one observation or scenario.
    worst: Mutex<Step>,
}

impl HostCheck {
    /// Starts the check. `at_once` is the maximum of concurrent observations.
    pub(super) fn started(watched: &Watched, at_once: u64) -> HostCheck {
        let Watched { machine, limits } = watched.clone();
        let files = machine.allow_files(at_once.saturating_mul(FILES_EACH).saturating_add(FILES_BESIDE));
        HostCheck { began: machine.read(), machine, limits, files, worst: Mutex::default() }
    }

    /// Both clocks now, for [`HostCheck::doubt_since`].
    pub(super) fn read(&self) -> Reading {
        self.machine.read()
    }

    /// How uncertain a step of the clocks makes times that were taken since a reading, on the target's clock.
    pub(super) fn doubt_since(&self, earlier: &Reading, clock: Clock) -> Option<Doubt> {
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
        let files = self.files?;
        let (allowed, at_once) = (files.allowed?, at_once(job));
        let room = allowed.saturating_sub(files.open);
        (at_once > room).then(|| Reason::Failed {
            cause: Cause::OwnLimit,
            detail: format!(
                "{at_once} concurrent observations need at least {at_once} open files, but only {room} of the limit of {allowed} are free; raise `ulimit -n`"
            ),
        })
    }

    /// The result, when the run is over.
    pub(super) fn assessed(&self, lag: &LagMeter) -> SelfCheck {
        self.note(self.machine.read().step_since(&self.began));
        let worst = *self.worst.lock().unwrap_or_else(PoisonError::into_inner);
        let late = lag.so_far();
        let measures = HostMeasures {
            beats: late.beats,
            lag_p99: late.p99,
            lag_max: late.max,
            ahead: worst.ahead,
            behind: worst.behind,
            load: self.machine.load(),
            files: self.files,
        };
        assess(&measures, &self.limits)
    }
}

/// The maximum of concurrent observations of a scenario.
fn at_once(job: &Job) -> u64 {
    match &job.repetition {
        Repetition::Once | Repetition::Settle(_) => 1,
        Repetition::Sample(sampling) => u64::from(sampling.parallel.clamp(1, sampling.count.max(1))),
        Repetition::Burst(count) => u64::from(*count),
    }
}

/// The maximum of concurrent observations of a plan: the largest scenarios in parallel, or the largest that runs alone.
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
