//! Which revisions there are and since when. What the interfaces make of them is `run`'s business.

use std::time::Duration;

use time::OffsetDateTime;

use super::names::Deployed;
use crate::Service;
use crate::system::profile::PlatformFault;
use crate::system::services::World;

/// How long a deployment usually takes, in seconds.
const USUAL: f64 = 27.73;
const SLOW: f64 = 700.0;

/// How long before the start the newest revision was ready: time enough for a loop of six crashes.
const BEFORE: Duration = Duration::from_secs(75);

/// The backend, if the profile has this wrong with it.
pub(crate) fn backend_has(world: &World, service: Service, fault: PlatformFault) -> bool {
    service == Service::Backend && world.has_platform_fault(fault)
}

/// Seconds from the creation of the newest revision until it was ready.
pub(crate) fn deployed_in(world: &World, service: Service) -> f64 {
    if backend_has(world, service, PlatformFault::DeploymentSlow) { SLOW } else { USUAL }
}

/// When the newest revision was ready.
pub(crate) fn ready(world: &World) -> OffsetDateTime {
    world.ago(BEFORE)
}

/// When it was created.
pub(crate) fn created(world: &World, service: Service) -> OffsetDateTime {
    world.ago(BEFORE + Duration::from_secs_f64(deployed_in(world, service)))
}

/// When the previous one was.
pub(crate) fn previous_created(world: &World) -> OffsetDateTime {
    world.ago(Duration::from_secs(26 * 3600))
}

/// What the traffic of a service goes to, in percent.
pub(crate) fn traffic(world: &World, deployed: &'static Deployed) -> Vec<(&'static str, u32)> {
    match backend_has(world, deployed.service, PlatformFault::TrafficSplit) {
        true => vec![(deployed.revision, 90), (deployed.previous, 10)],
        false => vec![(deployed.revision, 100)],
    }
}
