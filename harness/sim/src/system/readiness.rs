//! The startup state of each service, readable from any thread. It never starts or stops anything.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::servers::lock::locked;
use crate::system::service::Service;

/// The startup state of one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Startup {
    /// It is in this phase.
    Starting {
        /// Name of the phase, `init` to `finalize`.
        phase: &'static str,
    },
    /// All its phases completed.
    Ready,
    /// A phase failed, and the service is not restarted.
    Failed {
        /// Name of the phase.
        phase: &'static str,
        /// What the phase ran into.
        reason: String,
    },
    /// A phase failed, the process left with code 3, and the platform is about to start another one.
    Restarting {
        /// Name of the phase.
        phase: &'static str,
        /// What the phase ran into.
        reason: String,
    },
    /// The profile has no such process running.
    Absent,
}

impl Startup {
    fn is_final(&self) -> bool {
        match self {
            Startup::Ready | Startup::Failed { .. } | Startup::Absent => true,
            Startup::Starting { .. } | Startup::Restarting { .. } => false,
        }
    }
}

/// The three services' startups at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settled {
    /// The frontend's.
    pub frontend: Startup,
    /// The backend's.
    pub backend: Startup,
    /// The auth service's.
    pub auth: Startup,
}

impl Settled {
    /// Every startup has either completed or failed for good.
    pub fn is_settled(&self) -> bool {
        [&self.frontend, &self.backend, &self.auth].into_iter().all(Startup::is_final)
    }

    /// Every startup has completed.
    pub fn all_ready(&self) -> bool {
        [&self.frontend, &self.backend, &self.auth].into_iter().all(|startup| *startup == Startup::Ready)
    }
}

/// The readiness that services write to and callers wait at.
#[derive(Debug)]
pub(crate) struct Readiness {
    startups: Mutex<Settled>,
    changed: Condvar,
}

impl Readiness {
    pub(crate) fn new() -> Self {
        let starting = || Startup::Starting { phase: "init" };
        Readiness {
            startups: Mutex::new(Settled { frontend: starting(), backend: starting(), auth: starting() }),
            changed: Condvar::new(),
        }
    }

    pub(crate) fn set(&self, service: Service, startup: Startup) {
        let mut startups = locked(&self.startups);
        match service {
            Service::Frontend => startups.frontend = startup,
            Service::Backend => startups.backend = startup,
            Service::Auth => startups.auth = startup,
        }
        self.changed.notify_all();
    }

    pub(crate) fn of(&self, service: Service) -> Startup {
        let startups = locked(&self.startups);
        match service {
            Service::Frontend => startups.frontend.clone(),
            Service::Backend => startups.backend.clone(),
            Service::Auth => startups.auth.clone(),
        }
    }

    /// Blocks this thread until all is settled or `within` has passed.
    pub(crate) fn wait(&self, within: Duration) -> Settled {
        let deadline = Instant::now() + within;
        let mut startups = locked(&self.startups);
        while !startups.is_settled() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            startups = self.changed.wait_timeout(startups, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        startups.clone()
    }
}
