//! What a staging is: its profile, seed, addresses and secrets. Fixed when it starts; read by services and platform.

use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::Instant;

use crate::servers::time_scale::TimeScale;
use crate::system::addresses::{Addresses, Credentials};
use crate::system::profile::{AppFault, PlatformFault, Profile};
use crate::system::service::Service;

/// A staging's fixed facts.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) profile: Profile,
    pub(crate) time_scale: TimeScale,
    pub(crate) seed: u64,
    pub(crate) credentials: Credentials,
    pub(crate) addresses: Addresses,
    pub(crate) started: Instant,
    pub(crate) started_at: OffsetDateTime,
}

impl Context {
    /// Whether the application has this fault.
    pub(crate) fn has_app_fault(&self, fault: AppFault) -> bool {
        self.profile.faults.app_faults.contains(&fault)
    }

    /// Whether the platform or a startup has this fault.
    pub(crate) fn has_platform_fault(&self, fault: PlatformFault) -> bool {
        self.profile.faults.platform_faults.contains(&fault)
    }

    /// A moment of the modelled system before the start. The past is as much shorter as everything is faster, so that an
    /// hour of the log is an hour of the modelled system.
    pub(crate) fn ago(&self, since: Duration) -> OffsetDateTime {
        self.started_at - self.time_scale.lasts(since)
    }

    /// Base URL of a service.
    pub(crate) fn base(&self, service: Service) -> &str {
        match service {
            Service::Frontend => &self.addresses.frontend,
            Service::Backend => &self.addresses.backend,
            Service::Auth => &self.addresses.auth,
        }
    }

    /// Seconds of the modelled system since the start.
    pub(crate) fn uptime(&self) -> f64 {
        (self.started.elapsed().as_secs_f64() * self.time_scale.speed() * 1000.0).round() / 1000.0
    }
}
