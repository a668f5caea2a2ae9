//! The profiles of the platform, of startups and of the old stubs, one row each.

use super::faults::{Faults, HEALTHY, Profile};
use super::platform_faults::{HealthStub, PlatformFault};

const fn platform_fault(
    name: &'static str,
    summary: &'static str,
    platform_faults: &'static [PlatformFault],
) -> Profile {
    Profile { name, summary, faults: Faults { platform_faults, ..HEALTHY } }
}

const fn stub(name: &'static str, summary: &'static str, stub: HealthStub) -> Profile {
    Profile { name, summary, faults: Faults { stub: Some(stub), ..HEALTHY } }
}

/// All of them.
pub(crate) static PROFILES: &[Profile] = &[
    platform_fault(
        "revision-not-ready",
        "the backend's Cloud Run service and newest revision are not Ready",
        &[PlatformFault::RevisionNotReady],
    ),
    platform_fault(
        "revision-stale",
        "a newer revision of the backend was created and never became ready; all traffic stays on the old one",
        &[PlatformFault::RevisionStale],
    ),
    platform_fault(
        "traffic-split",
        "a tenth of the backend's traffic still goes to its previous revision",
        &[PlatformFault::TrafficSplit],
    ),
    platform_fault(
        "run-connector-missing",
        "the backend was deployed without its VPC connector",
        &[PlatformFault::RunConnectorMissing],
    ),
    platform_fault(
        "egress-all-traffic",
        "the backend sends all its traffic through the connector",
        &[PlatformFault::EgressAllTraffic],
    ),
    platform_fault(
        "run-timeout-short",
        "the platform ends the backend's requests after 60 s",
        &[PlatformFault::RunTimeoutShort],
    ),
    platform_fault(
        "connector-error",
        "the VPC connector is in state ERROR",
        &[PlatformFault::ConnectorError],
    ),
    platform_fault(
        "connector-small",
        "the VPC connector has 2 to 3 instances",
        &[PlatformFault::ConnectorSmall],
    ),
    platform_fault(
        "connector-wrong-network",
        "the VPC connector leads into network default",
        &[PlatformFault::ConnectorWrongNetwork],
    ),
    platform_fault(
        "connector-saturated",
        "the VPC connector's instances are at 85 % of their CPU",
        &[PlatformFault::ConnectorSaturated],
    ),
    platform_fault(
        "connector-in-fractions",
        "the VPC connector's instances are at 85 % of their CPU, and it is told as 0.85",
        &[PlatformFault::ConnectorInFractions],
    ),
    platform_fault(
        "sql-stopped",
        "the Cloud SQL instance is said to be stopped; its connections are not hit",
        &[PlatformFault::SqlStopped],
    ),
    platform_fault(
        "sql-public-only",
        "the Cloud SQL instance has no private address",
        &[PlatformFault::SqlPublicOnly],
    ),
    platform_fault(
        "sql-few-connections",
        "the Cloud SQL instance is set to 25 connections, fewer than the services' pools",
        &[PlatformFault::SqlFewConnections],
    ),
    platform_fault(
        "secret-missing",
        "the secret redis-url-staging does not exist",
        &[PlatformFault::SecretMissing],
    ),
    platform_fault(
        "secret-disabled",
        "the only version of the secret jwt-secret-staging is disabled",
        &[PlatformFault::SecretDisabled],
    ),
    platform_fault(
        "lb-misrouted",
        "the load balancer sends the API's host to the frontend",
        &[PlatformFault::LbMisrouted],
    ),
    platform_fault(
        "lb-host-misrouted",
        "the load balancer sends the API's host to the frontend's path matcher; each matcher leads to its own service",
        &[PlatformFault::LbHostMisrouted],
    ),
    platform_fault(
        "lb-certificate-provisioning",
        "the load balancer's certificate is still being provisioned",
        &[PlatformFault::LbCertificateProvisioning],
    ),
    platform_fault(
        "deployment-wrong-image",
        "the backend runs another image and commit than the one that was to be deployed",
        &[PlatformFault::DeploymentWrongImage],
    ),
    platform_fault(
        "deployment-slow",
        "the backend's newest revision took 700 s to be deployed",
        &[PlatformFault::DeploymentSlow],
    ),
    platform_fault(
        "alerts-missing",
        "there is no alert for the connector's utilisation",
        &[PlatformFault::AlertsMissing],
    ),
    platform_fault(
        "alert-disabled",
        "the alert for the pool's utilisation is disabled",
        &[PlatformFault::AlertDisabled],
    ),
    platform_fault(
        "alert-unheard",
        "the alert for the pool's utilisation has no notification channel",
        &[PlatformFault::AlertUnheard],
    ),
    platform_fault(
        "startup-phase-missing",
        "the backend starts up without phase cache: 6/7",
        &[PlatformFault::StartupPhaseMissing],
    ),
    platform_fault(
        "startup-phase-out-of-order",
        "the backend runs phase websocket before phase services",
        &[PlatformFault::StartupPhaseOutOfOrder],
    ),
    platform_fault(
        "startup-database-slow",
        "the backend's phase database takes 50 s and succeeds",
        &[PlatformFault::StartupDatabaseSlow],
    ),
    platform_fault(
        "startup-slow",
        "the backend's startup takes 150 s in all, no phase more than 45 s; its first 88 s were over before the staging was started",
        &[PlatformFault::StartupSlow],
    ),
    platform_fault(
        "startup-crash-loop",
        "six instances of the backend's newest revision left with code 3; the one that serves is the seventh",
        &[PlatformFault::StartupCrashLoop],
    ),
    platform_fault(
        "startup-errors-logged",
        "the backend logs a missing module and an unreachable Redis, and starts up all the same",
        &[PlatformFault::StartupErrorsLogged],
    ),
    platform_fault(
        "startup-bypassed",
        "the backend starts with its startup's validation bypassed, by its environment and in its log",
        &[PlatformFault::StartupBypassed],
    ),
    platform_fault(
        "startup-bypass-env",
        "the backend's environment allows it to start without a database",
        &[PlatformFault::StartupBypassEnv],
    ),
    platform_fault(
        "startup-rate-low",
        "12 of the last hour's 30 startups of backend and auth service failed",
        &[PlatformFault::StartupRateLow],
    ),
    platform_fault("logs-forbidden", "the log may not be read: 403", &[PlatformFault::LogsForbidden]),
    platform_fault(
        "logs-flooded",
        "6000 errors that are no startup's stand in the backend's log of the minute before the start",
        &[PlatformFault::LogsFlooded],
    ),
    platform_fault(
        "platform-unauthorised",
        "the metadata server knows no account, and every token is refused: 401",
        &[PlatformFault::PlatformUnauthorised],
    ),
    stub(
        "stub-partial",
        "four of the backend's nine validated paths are good, five are 503, and its database settings are invalid",
        HealthStub::Partial,
    ),
    stub(
        "stub-self-reported-failures",
        "the backend's bodies report a failed schema, invalid settings, fallback agents and a degraded system; infrastructure and backend are 503",
        HealthStub::SelfReportedFailures,
    ),
    stub("stub-not-found", "every health path of every service is 404", HealthStub::NotFound),
    stub("stub-error-500", "every health path of every service is 500", HealthStub::Error500),
    stub("stub-empty-object", "every health path of every service is 200 with {}", HealthStub::EmptyObject),
    stub(
        "stub-says-unhealthy",
        "every health path of every service is 200 and says unhealthy",
        HealthStub::SaysUnhealthy,
    ),
    stub("stub-html", "every health path of every service is 200 with an HTML page", HealthStub::Html),
    stub(
        "stub-contract",
        "the backend's health contract is the stub that answers ok whatever happens",
        HealthStub::Contract,
    ),
    stub(
        "stub-rich-contract",
        "the backend's health contract is the rich one with the mistakes it had on a fully healthy system",
        HealthStub::RichContract,
    ),
];
