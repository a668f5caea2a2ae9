//! The simulated services: what they share, and one file each. Service code is the same in every profile but for the
//! named app_faults; a 503 comes from a pool that got no connection, never from a switch.

pub(crate) mod auth;
pub(crate) mod backend;
mod backend_health;
mod cache;
mod chat;
mod concurrency_limit;
pub(crate) mod frontend;
pub(crate) mod health_contract;
mod health_stub;
pub(crate) mod http;
pub(crate) mod instance;
pub(crate) mod phases;
pub(crate) mod startup;
mod startup_log;
pub(crate) mod tokens;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::servers::time_scale::TimeScale;
use crate::system::journal::Ledger;
use crate::system::mutation::Registry;
use crate::system::platform::Platform;
use crate::system::profile::{AppFault, PlatformFault, Profile};
use crate::system::readiness::Readiness;
use crate::{Addresses, Credentials};

/// One of the simulated services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// The web frontend.
    Frontend,
    /// The API.
    Backend,
    /// The auth service.
    Auth,
}

impl Service {
    /// `frontend`, `backend` or `auth`.
    pub fn name(self) -> &'static str {
        match self {
            Service::Frontend => "frontend",
            Service::Backend => "backend",
            Service::Auth => "auth",
        }
    }
}

/// The version every service reports.
const VERSION: &str = "1.0.0-simulated";

/// The environment every service reports.
const ENVIRONMENT: &str = "staging";

/// What all services share.
pub(crate) struct World {
    pub(crate) profile: Profile,
    pub(crate) time_scale: TimeScale,
    pub(crate) seed: u64,
    pub(crate) ledger: Ledger,
    pub(crate) readiness: Readiness,
    pub(crate) credentials: Credentials,
    pub(crate) addresses: Addresses,
    pub(crate) tokens: tokens::Tokens,
    pub(crate) born: tokio::time::Instant,
    pub(crate) platform: Platform,
    pub(crate) mutations: Registry,
}

impl World {
    pub(crate) fn has_app_fault(&self, fault: AppFault) -> bool {
        self.profile.faults.app_faults.contains(&fault)
    }

    pub(crate) fn has_platform_fault(&self, fault: PlatformFault) -> bool {
        self.profile.faults.platform_faults.contains(&fault)
    }

    /// A moment of the modelled system before the start. The past is as much shorter as everything is faster, so that an
    /// hour of the log is an hour of the modelled system.
    pub(crate) fn ago(&self, since: Duration) -> OffsetDateTime {
        self.platform.born - self.time_scale.lasts(since)
    }

    /// Where a service listens.
    pub(crate) fn base(&self, service: Service) -> &str {
        match service {
            Service::Frontend => &self.addresses.frontend,
            Service::Backend => &self.addresses.backend,
            Service::Auth => &self.addresses.auth,
        }
    }

    /// Seconds of the modelled system since the start.
    fn uptime(&self) -> f64 {
        (self.born.elapsed().as_secs_f64() * self.time_scale.speed() * 1000.0).round() / 1000.0
    }
}

/// Seconds since 1970.
fn epoch() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// Now, as RFC 3339 writes it.
fn timestamp() -> String {
    OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default()
}
