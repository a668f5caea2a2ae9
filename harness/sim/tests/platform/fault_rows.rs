//! The profiles of the platform: what each changes in its answers. `tests/profiles` reads the names too: meanwhile the
//! services answer as ever.

/// A profile, how many fields differ, and some of them. Each change shows in v1 and in v2 of Cloud Run.
pub(crate) type Row = (&'static str, usize, &'static [&'static str]);

#[rustfmt::skip]
pub(crate) static ROWS: &[Row] = &[
    ("revision-not-ready", 10, &[r#"netra-backend-staging /status/conditions/0/status="False""#, r#"v2 netra-backend-staging /terminalCondition/state="CONDITION_FAILED""#]),
    ("revision-stale", 10, &[r#"netra-backend-staging /status/latestCreatedRevisionName="netra-backend-staging-00043-duz""#, "netra-backend-staging /status/observedGeneration=41", "netra-backend-staging /status/traffic/0/latestRevision gone"]),
    ("traffic-split", 14, &["netra-backend-staging /status/traffic/0/percent=90", "netra-backend-staging /status/traffic/1/percent=10", r#"netra-backend-staging /status/traffic/1/revisionName="netra-backend-staging-00041-fam""#]),
    ("run-connector-missing", 4, &["netra-backend-staging /spec/template/metadata/annotations/run.googleapis.com/vpc-access-connector gone"]),
    ("egress-all-traffic", 2, &[r#"netra-backend-staging /spec/template/metadata/annotations/run.googleapis.com/vpc-access-egress="all-traffic""#, r#"v2 netra-backend-staging /template/vpcAccess/egress="ALL_TRAFFIC""#]),
    ("run-timeout-short", 2, &["netra-backend-staging /spec/template/spec/timeoutSeconds=60"]),
    ("connector-error", 1, &[r#"staging-connector /state="ERROR""#]),
    ("connector-small", 4, &["staging-connector /minInstances=2", "staging-connector /maxInstances=3"]),
    ("connector-wrong-network", 1, &[r#"staging-connector /network="default""#]),
    ("connector-saturated", 1, &["netra-staging timeSeries /timeSeries/0/points/0/value/doubleValue=85.0"]),
    ("connector-in-fractions", 3, &["netra-staging timeSeries /timeSeries/0/points/0/value/doubleValue=0.85", r#"netra-staging timeSeries /unit="10^2.%""#]),
    ("sql-stopped", 1, &[r#"staging-shared-postgres /settings/activationPolicy="NEVER""#]),
    ("sql-public-only", 3, &["staging-shared-postgres /settings/ipConfiguration/privateNetwork gone"]),
    ("sql-few-connections", 1, &[r#"staging-shared-postgres /settings/databaseFlags/0/value="25""#]),
    ("secret-missing", 0, &["redis-url-staging versions status=404"]),
    ("secret-disabled", 1, &[r#"jwt-secret-staging versions /versions/0/state="DISABLED""#]),
    ("lb-misrouted", 1, &[r#"staging-url-map /pathMatchers/0/defaultService="https://www.googleapis.com/compute/v1/projects/netra-staging/global/backendServices/staging-frontend-backend""#]),
    ("lb-host-misrouted", 1, &[r#"staging-url-map /hostRules/0/pathMatcher="app""#]),
    ("lb-certificate-provisioning", 4, &[r#"staging-managed-cert-complete /managed/status="PROVISIONING""#]),
    ("deployment-wrong-image", 6, &[r#"netra-backend-staging /metadata/labels/commit-sha="b7e0d3c9f1a24568e9d0c7b6a5f4e3d2c1b0a998""#]),
    ("deployment-slow", 0, &[]),
    ("alerts-missing", 0, &["netra-staging alertPolicies /totalSize=3"]),
    ("alert-disabled", 1, &["netra-staging alertPolicies /alertPolicies/1/enabled=false"]),
    ("alert-unheard", 1, &["netra-staging alertPolicies /alertPolicies/1/notificationChannels/0 gone"]),
    ("startup-phase-missing", 0, &[]),
    ("startup-phase-out-of-order", 0, &[]),
    ("startup-database-slow", 0, &[]),
    ("startup-slow", 0, &[]),
    ("startup-crash-loop", 0, &[]),
    ("startup-errors-logged", 0, &[]),
    ("startup-bypassed", 4, &[r#"netra-backend-staging /spec/template/spec/containers/0/env/4/name="BYPASS_STARTUP_VALIDATION""#]),
    ("startup-bypass-env", 4, &[r#"netra-backend-staging /spec/template/spec/containers/0/env/4/name="EMERGENCY_ALLOW_NO_DATABASE""#]),
    ("startup-rate-low", 0, &[]),
    ("logs-forbidden", 0, &[]),
    ("logs-flooded", 0, &[]),
    ("platform-unauthorised", 0, &["metadata status=404", "netra-backend-staging status=401"]),
    ("incident", 0, &[]),
    ("backend-down", 0, &[]),
    ("stub-not-found", 0, &[]),
];
