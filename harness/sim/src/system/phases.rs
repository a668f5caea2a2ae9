//! Which phases a service's startup has, and how long each takes. Data only; `startup` runs them.

use std::time::Duration;

use crate::system::context::Context;
use crate::system::profile::PlatformFault;
use crate::system::service::Service;

/// What a phase does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Work {
    /// It takes this long.
    Takes(Duration),
    /// It takes this long and opens the pool.
    OpensPool(Duration),
    /// It took this long and was over before this staging was started; only leading phases may be.
    Took(Duration),
}

/// Why a startup ended before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) phase: &'static str,
    pub(crate) reason: String,
    /// The phase's own limit ended it.
    pub(crate) timeout: bool,
}

/// Phases in the order in which they run.
pub(crate) type Phases = &'static [(&'static str, Work)];

const fn takes(millis: u64) -> Work {
    Work::Takes(Duration::from_millis(millis))
}

const fn opens_pool(millis: u64) -> Work {
    Work::OpensPool(Duration::from_millis(millis))
}

const fn took(millis: u64) -> Work {
    Work::Took(Duration::from_millis(millis))
}

/// The backend's seven phases.
const BACKEND: Phases = &[
    ("init", takes(60)),
    ("dependencies", takes(4000)),
    ("database", opens_pool(2400)),
    ("cache", takes(300)),
    ("services", takes(1500)),
    ("websocket", takes(800)),
    ("finalize", takes(600)),
];

/// The auth service's.
const AUTH: Phases = &[
    ("init", takes(60)),
    ("dependencies", takes(1500)),
    ("database", opens_pool(1200)),
    ("services", takes(500)),
    ("finalize", takes(200)),
];

const WITHOUT_CACHE: Phases = &[BACKEND[0], BACKEND[1], BACKEND[2], BACKEND[4], BACKEND[5], BACKEND[6]];

const OUT_OF_ORDER: Phases =
    &[BACKEND[0], BACKEND[1], BACKEND[2], BACKEND[3], BACKEND[5], BACKEND[4], BACKEND[6]];

/// Below the phase's own limit of 75 s, above the 45 s of the alert.
const DATABASE_SLOW: Phases = &[
    BACKEND[0],
    BACKEND[1],
    ("database", opens_pool(50_000)),
    BACKEND[3],
    BACKEND[4],
    BACKEND[5],
    BACKEND[6],
];

/// 150 s in all. The first 88 were over before the staging was started, so that it is ready within the 90 s for which
/// a suite may wait.
const SLOW: Phases = &[
    ("init", took(44_000)),
    ("dependencies", took(44_000)),
    BACKEND[2],
    ("cache", takes(12_000)),
    ("services", takes(20_000)),
    ("websocket", takes(20_000)),
    ("finalize", takes(7600)),
];

/// How many phases the service should have.
pub(crate) fn expected(service: Service) -> usize {
    match service {
        Service::Backend => BACKEND.len(),
        Service::Auth | Service::Frontend => AUTH.len(),
    }
}

/// The service's phases, as the profile has them.
pub(crate) fn of(context: &Context, service: Service) -> Phases {
    let faulty = [
        (PlatformFault::StartupPhaseMissing, WITHOUT_CACHE),
        (PlatformFault::StartupPhaseOutOfOrder, OUT_OF_ORDER),
        (PlatformFault::StartupDatabaseSlow, DATABASE_SLOW),
        (PlatformFault::StartupSlow, SLOW),
    ];
    match service {
        Service::Backend => faulty
            .into_iter()
            .find(|(fault, _)| context.has_platform_fault(*fault))
            .map_or(BACKEND, |found| found.1),
        Service::Auth | Service::Frontend => AUTH,
    }
}

/// The phases of an ordinary startup and how long each takes.
pub(crate) fn ordinary(service: Service) -> impl Iterator<Item = (&'static str, Duration)> {
    let phases = match service {
        Service::Backend => BACKEND,
        Service::Auth | Service::Frontend => AUTH,
    };
    phases.iter().map(|(phase, work)| match work {
        Work::Takes(lasts) | Work::OpensPool(lasts) | Work::Took(lasts) => (*phase, *lasts),
    })
}
