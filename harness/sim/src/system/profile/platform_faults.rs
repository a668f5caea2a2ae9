//! What may be wrong with the platform and with a startup: the platform's part of the vocabulary of faults. Data only.

/// One thing that is wrong with the platform, with its log or with a startup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlatformFault {
    /// The backend's service is not Ready.
    RevisionNotReady,
    /// A newer revision was created, never became ready, and all traffic stays on the old one.
    RevisionStale,
    /// A tenth of the traffic still goes to the previous revision.
    TrafficSplit,
    /// The backend was deployed without a connector.
    RunConnectorMissing,
    /// The backend sends all traffic through the connector.
    EgressAllTraffic,
    /// The backend's requests end after 60 s.
    RunTimeoutShort,
    /// The connector is in state ERROR.
    ConnectorError,
    /// The connector has 2 to 3 instances.
    ConnectorSmall,
    /// The connector leads into another network.
    ConnectorWrongNetwork,
    /// The connector's instances are at 85 % of their CPU.
    ConnectorSaturated,
    /// The connector's instances are at 85 % of their CPU, told as a fraction.
    ConnectorInFractions,
    /// The database instance is stopped.
    SqlStopped,
    /// The database instance has no private address.
    SqlPublicOnly,
    /// The database instance allows 25 connections.
    SqlFewConnections,
    /// A secret does not exist.
    SecretMissing,
    /// A secret's only version is disabled.
    SecretDisabled,
    /// The load balancer sends the API's host to the frontend.
    LbMisrouted,
    /// The load balancer sends the API's host to the frontend's path matcher.
    LbHostMisrouted,
    /// The load balancer's certificate is still being provisioned.
    LbCertificateProvisioning,
    /// The backend runs another image than the one that was to be deployed.
    DeploymentWrongImage,
    /// The backend's deployment took 700 s.
    DeploymentSlow,
    /// The alert for the connector does not exist.
    AlertsMissing,
    /// The alert for the pool is disabled.
    AlertDisabled,
    /// The alert for the pool tells nobody.
    AlertUnheard,
    /// The backend starts up without phase cache.
    StartupPhaseMissing,
    /// The backend runs phase websocket before phase services.
    StartupPhaseOutOfOrder,
    /// The backend's phase database takes 50 s.
    StartupDatabaseSlow,
    /// The backend's startup takes 150 s, no phase more than 45 s.
    StartupSlow,
    /// Six instances of the backend's newest revision left with code 3 before the one that serves.
    StartupCrashLoop,
    /// The backend logs a missing module and an unreachable Redis, and starts all the same.
    StartupErrorsLogged,
    /// The backend starts with its startup's validation bypassed, and says so.
    StartupBypassed,
    /// The backend is allowed to start without a database, and does not say so.
    StartupBypassEnv,
    /// 12 of the last hour's 30 startups of the backend and of the auth service failed.
    StartupRateLow,
    /// Nobody may read the log.
    LogsForbidden,
    /// Thousands of errors stand in the log.
    LogsFlooded,
    /// The metadata server knows no account, and no token opens anything.
    PlatformUnauthorised,
}

/// How `/health…` answers where the old validators were tried against a stub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HealthStub {
    /// Four of the backend's nine paths are good, five are 503, and the database's settings are said to be invalid.
    Partial,
    /// The backend answers 200 and says in the bodies what is wrong.
    SelfReportedFailures,
    /// Every path is 404.
    NotFound,
    /// Every path is 500.
    Error500,
    /// Every path is 200 with `{}`.
    EmptyObject,
    /// Every path is 200 and says `unhealthy`.
    SaysUnhealthy,
    /// Every path is 200 with an HTML page.
    Html,
    /// The backend's contract is the stub that replaced the rich one.
    Contract,
    /// The backend's contract is the rich one with the mistakes it really had.
    RichContract,
}
