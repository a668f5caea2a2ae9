//! The revisions of each service and their times. `run_v1` and `run_v2` give them their shapes.

use std::time::Duration;

use time::OffsetDateTime;

use super::names::Deployed;
use crate::system::context::Context;
use crate::system::profile::PlatformFault;
use crate::system::service::Service;

/// How long a deployment usually takes, in seconds.
const USUAL: f64 = 27.73;
const SLOW: f64 = 700.0;

/// How long before the start the newest revision was ready: time enough for a loop of six crashes.
const BEFORE: Duration = Duration::from_secs(75);

/// The backend, if the profile has this wrong with it.
pub(crate) fn backend_has(context: &Context, service: Service, fault: PlatformFault) -> bool {
    service == Service::Backend && context.has_platform_fault(fault)
}

/// Seconds from the creation of the newest revision until it was ready.
pub(crate) fn deployed_in(context: &Context, service: Service) -> f64 {
    if backend_has(context, service, PlatformFault::DeploymentSlow) { SLOW } else { USUAL }
}

/// When the newest revision was ready.
pub(crate) fn ready(context: &Context) -> OffsetDateTime {
    context.ago(BEFORE)
}

/// When it was created.
pub(crate) fn created(context: &Context, service: Service) -> OffsetDateTime {
    context.ago(BEFORE + Duration::from_secs_f64(deployed_in(context, service)))
}

/// When the previous one was.
pub(crate) fn previous_created(context: &Context) -> OffsetDateTime {
    context.ago(Duration::from_secs(26 * 3600))
}

/// What the traffic of a service goes to, in percent.
pub(crate) fn traffic(context: &Context, deployed: &'static Deployed) -> Vec<(&'static str, u32)> {
    match backend_has(context, deployed.service, PlatformFault::TrafficSplit) {
        true => vec![(deployed.revision, 90), (deployed.previous, 10)],
        false => vec![(deployed.revision, 100)],
    }
}
