//! What every scenario of a run shares: clock, deadline, stop signal, variables, captured secrets.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::{Clock, Moment};
use crate::model::Secret;
use crate::plan::{JobStep, Resolver};

use super::host_check::HostCheck;
use super::lag::LagMeter;
use super::stop::Stop;

/// The time limit of `always` steps at the end of the run, wall-clock time.
pub(super) const CLEANING: Duration = Duration::from_secs(10);

/// What every scenario of a run shares.
#[derive(Debug)]
pub(super) struct RunContext {
    pub(super) clock: Clock,
    pub(super) resolver: Arc<Resolver>,
    pub(super) lag: LagMeter,
    pub(super) host: Arc<HostCheck>,
    pub(super) run_deadline: Moment,
    pub(super) stop: Stop,
    /// Secrets that were captured or that a probe learned. They are recorded at once, so that a panic or an abort of the
    /// scenario does not lose them.
    pub(super) captured: Mutex<Captured>,
}

/// Secrets that became known during the run.
#[derive(Debug, Default)]
pub(super) struct Captured {
    /// Those that the redactor does not know yet.
    fresh: Vec<Secret>,
    /// All of them: an access token comes with every observation that used it.
    all: HashSet<Secret>,
}

impl RunContext {
    pub(super) fn note_captured(&self, secret: Secret) {
        let mut captured = self.captured.lock().unwrap_or_else(PoisonError::into_inner);
        if captured.all.insert(secret.clone()) {
            captured.fresh.push(secret);
        }
    }

    pub(super) fn take_captured(&self) -> Vec<Secret> {
        std::mem::take(&mut self.captured.lock().unwrap_or_else(PoisonError::into_inner).fresh)
    }

    /// The run's deadline for a step that begins now. `always` steps get [`CLEANING`] even after the run's deadline.
    pub(super) fn end_of(&self, step: &JobStep, began: Moment) -> Moment {
        let wall = Clock::WALL;
        if step.checks.always {
            self.run_deadline.max(wall.after(began, CLEANING))
        } else {
            self.run_deadline
        }
    }
}
