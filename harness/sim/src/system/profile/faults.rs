//! The vocabulary of faults. Data only; each fault is bound to a route, a listener or one answer by name, so that no
//! race decides who is hit.

use std::time::Duration;

use super::app_faults::AppFault;
use super::platform_faults::{HealthStub, PlatformFault};
use crate::servers::balancer::BalancerState;
use crate::servers::certificate::CertificateState;
use crate::servers::dns::NameServerState;
use crate::servers::postgres::DatabaseFaults;
use crate::servers::relay::Route;

/// A named state of the simulated staging.
#[derive(Debug, Clone, Copy)]
pub struct Profile {
    /// Its name, in kebab-case.
    pub name: &'static str,
    /// What is broken, in one line.
    pub summary: &'static str,
    pub(crate) faults: Faults,
}

/// Everything a profile may break.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Faults {
    /// The backend's way to the database.
    pub(crate) backend_route: Route,
    /// The auth service's way to the database.
    pub(crate) auth_route: Route,
    /// The probe's way to the database.
    pub(crate) probe_route: Route,
    pub(crate) database: DatabaseFaults,
    pub(crate) backend: Listening,
    pub(crate) auth: Listening,
    pub(crate) frontend: Listening,
    pub(crate) app_faults: &'static [AppFault],
    pub(crate) schedule: FaultSchedule,
    /// Time limit of the database phase.
    pub(crate) init_timeout: Duration,
    /// Whether the platform starts a new instance after a failed startup.
    pub(crate) restarts: bool,
    pub(crate) name_server: NameServerState,
    pub(crate) balancer: BalancerState,
    /// What is wrong with the platform or with a startup.
    pub(crate) platform_faults: &'static [PlatformFault],
    /// How `/health…` answers, where it is a stub.
    pub(crate) stub: Option<HealthStub>,
}

/// Nothing is broken.
pub(crate) const HEALTHY: Faults = Faults {
    backend_route: Route::OPEN,
    auth_route: Route::OPEN,
    probe_route: Route::OPEN,
    database: DatabaseFaults::NONE,
    backend: Listening::Serving,
    auth: Listening::Serving,
    frontend: Listening::Serving,
    app_faults: &[],
    schedule: FaultSchedule::Never,
    init_timeout: Duration::from_secs(75),
    restarts: false,
    name_server: NameServerState::Serving,
    balancer: BalancerState::Serving(CertificateState::Good),
    platform_faults: &[],
    stub: None,
};

/// How a service's public listener behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listening {
    /// It serves its service.
    Serving,
    /// The port is closed.
    Down,
    /// It accepts and never answers.
    Silent,
    /// It answers bytes that are no HTTP.
    Garbage,
    /// Every answer is 200 with an HTML page.
    Html,
    /// Every answer is 200 with `{}`.
    EmptyObject,
    /// Every answer takes this much longer.
    Slow(Duration),
    /// Every answer of this one path takes this much longer; the others are as quick as ever.
    SlowAt(&'static str, Duration),
    /// A cache in front of it goes on giving the first good answer of each path.
    Cached,
    /// The frontend answers here.
    Frontend,
}

/// What changes while the staging runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FaultSchedule {
    /// Nothing.
    Never,
    /// All routes and the database are healed after this long.
    HealsAfter(Duration),
    /// From `first` on the backend's route is reset for `each`, open for `each`, and so on.
    BackendRouteFlaps { first: Duration, each: Duration },
}
