//! The profiles of the platform, of startups and of the old stubs, one row each.

use super::plan::HEALTHY;
use super::{Plan, Profile, Stub, Trouble};

const fn trouble(name: &'static str, summary: &'static str, troubles: &'static [Trouble]) -> Profile {
    Profile { name, summary, plan: Plan { troubles, ..HEALTHY } }
}

const fn stub(name: &'static str, summary: &'static str, stub: Stub) -> Profile {
    Profile { name, summary, plan: Plan { stub: Some(stub), ..HEALTHY } }
}

/// All of them.
pub(crate) static PROFILES: &[Profile] = &[
    trouble(
        "revision-not-ready",
        "the backend's Cloud Run service and newest revision are not Ready",
        &[Trouble::RevisionNotReady],
    ),
    trouble(
        "revision-stale",
        "a newer revision of the backend was created and never became ready; all traffic stays on the old one",
        &[Trouble::RevisionStale],
    ),
    trouble(
        "traffic-split",
        "a tenth of the backend's traffic still goes to its previous revision",
        &[Trouble::TrafficSplit],
    ),
    trouble(
        "run-connector-missing",
        "the backend was deployed without its VPC connector",
        &[Trouble::RunConnectorMissing],
    ),
    trouble(
        "egress-all-traffic",
        "the backend sends all its traffic through the connector",
        &[Trouble::EgressAllTraffic],
    ),
    trouble(
        "run-timeout-short",
        "the platform ends the backend's requests after 60 s",
        &[Trouble::RunTimeoutShort],
    ),
    trouble("connector-error", "the VPC connector is in state ERROR", &[Trouble::ConnectorError]),
    trouble("connector-small", "the VPC connector has 2 to 3 instances", &[Trouble::ConnectorSmall]),
    trouble(
        "connector-wrong-network",
        "the VPC connector leads into network default",
        &[Trouble::ConnectorWrongNetwork],
    ),
    trouble(
        "connector-saturated",
        "the VPC connector's instances are at 85 % of their CPU",
        &[Trouble::ConnectorSaturated],
    ),
    trouble(
        "connector-in-fractions",
        "the VPC connector's instances are at 85 % of their CPU, and it is told as 0.85",
        &[Trouble::ConnectorInFractions],
    ),
    trouble(
        "sql-stopped",
        "the Cloud SQL instance is said to be stopped; its connections are not hit",
        &[Trouble::SqlStopped],
    ),
    trouble("sql-public-only", "the Cloud SQL instance has no private address", &[Trouble::SqlPublicOnly]),
    trouble(
        "sql-few-connections",
        "the Cloud SQL instance is set to 25 connections, fewer than the services' pools",
        &[Trouble::SqlFewConnections],
    ),
    trouble("secret-missing", "the secret redis-url-staging does not exist", &[Trouble::SecretMissing]),
    trouble(
        "secret-disabled",
        "the only version of the secret jwt-secret-staging is disabled",
        &[Trouble::SecretDisabled],
    ),
    trouble(
        "lb-misrouted",
        "the load balancer sends the API's host to the frontend",
        &[Trouble::LbMisrouted],
    ),
    trouble(
        "lb-host-misrouted",
        "the load balancer sends the API's host to the frontend's path matcher; each matcher leads to its own service",
        &[Trouble::LbHostMisrouted],
    ),
    trouble(
        "lb-certificate-provisioning",
        "the load balancer's certificate is still being provisioned",
        &[Trouble::LbCertificateProvisioning],
    ),
    trouble(
        "deployment-wrong-image",
        "the backend runs another image and commit than the one that was to be deployed",
        &[Trouble::DeploymentWrongImage],
    ),
    trouble(
        "deployment-slow",
        "the backend's newest revision took 700 s to be deployed",
        &[Trouble::DeploymentSlow],
    ),
    trouble("alerts-missing", "there is no alert for the connector's utilisation", &[Trouble::AlertsMissing]),
    trouble("alert-disabled", "the alert for the pool's utilisation is disabled", &[Trouble::AlertDisabled]),
    trouble(
        "alert-unheard",
        "the alert for the pool's utilisation has no notification channel",
        &[Trouble::AlertUnheard],
    ),
    trouble(
        "startup-phase-missing",
        "the backend starts up without phase cache: 6/7",
        &[Trouble::StartupPhaseMissing],
    ),
    trouble(
        "startup-phase-out-of-order",
        "the backend runs phase websocket before phase services",
        &[Trouble::StartupPhaseOutOfOrder],
    ),
    trouble(
        "startup-database-slow",
        "the backend's phase database takes 50 s and succeeds",
        &[Trouble::StartupDatabaseSlow],
    ),
    trouble(
        "startup-slow",
        "the backend's startup takes 150 s in all, no phase more than 45 s; its first 88 s were over before the staging was started",
        &[Trouble::StartupSlow],
    ),
    trouble(
        "startup-crash-loop",
        "six instances of the backend's newest revision left with code 3; the one that serves is the seventh",
        &[Trouble::StartupCrashLoop],
    ),
    trouble(
        "startup-errors-logged",
        "the backend logs a missing module and an unreachable Redis, and starts up all the same",
        &[Trouble::StartupErrorsLogged],
    ),
    trouble(
        "startup-bypassed",
        "the backend starts with its startup's validation bypassed, by its environment and in its log",
        &[Trouble::StartupBypassed],
    ),
    trouble(
        "startup-bypass-env",
        "the backend's environment allows it to start without a database",
        &[Trouble::StartupBypassEnv],
    ),
    trouble(
        "startup-rate-low",
        "12 of the last hour's 30 startups of backend and auth service failed",
        &[Trouble::StartupRateLow],
    ),
    trouble("logs-forbidden", "the log may not be read: 403", &[Trouble::LogsForbidden]),
    trouble(
        "logs-flooded",
        "6000 errors that are no startup's stand in the backend's log of the minute before the start",
        &[Trouble::LogsFlooded],
    ),
    trouble(
        "platform-unauthorised",
        "the metadata server knows no account, and every token is refused: 401",
        &[Trouble::PlatformUnauthorised],
    ),
    stub(
        "stub-partial",
        "four of the backend's nine validated paths are good, five are 503, and its database settings are invalid",
        Stub::Partial,
    ),
    stub(
        "stub-self-reported-failures",
        "the backend's bodies report a failed schema, invalid settings, fallback agents and a degraded system; infrastructure and backend are 503",
        Stub::SelfReportedFailures,
    ),
    stub("stub-not-found", "every health path of every service is 404", Stub::NotFound),
    stub("stub-error-500", "every health path of every service is 500", Stub::Error500),
    stub("stub-empty-object", "every health path of every service is 200 with {}", Stub::EmptyObject),
    stub(
        "stub-says-unhealthy",
        "every health path of every service is 200 and says unhealthy",
        Stub::SaysUnhealthy,
    ),
    stub("stub-html", "every health path of every service is 200 with an HTML page", Stub::Html),
    stub(
        "stub-contract",
        "the backend's health contract is the stub that answers ok whatever happens",
        Stub::Contract,
    ),
    stub(
        "stub-rich-contract",
        "the backend's health contract is the rich one with the mistakes it had on a fully healthy system",
        Stub::RichContract,
    ),
];
