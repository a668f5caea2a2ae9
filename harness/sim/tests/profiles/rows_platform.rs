//! The profiles of the platform, of startups and of the old stubs: what the services answer meanwhile. What the
//! platform itself says is tried in `tests/platform`.

use crate::rows::{ALL_WELL, Row, row};

/// All of them.
pub(crate) static ROWS: &[Row] = &[
    row("revision-not-ready", ALL_WELL, &[]),
    row("revision-stale", ALL_WELL, &[]),
    row("traffic-split", ALL_WELL, &[]),
    row("run-connector-missing", ALL_WELL, &[]),
    row("egress-all-traffic", ALL_WELL, &[]),
    row("run-timeout-short", ALL_WELL, &[]),
    row("connector-error", ALL_WELL, &[]),
    row("connector-small", ALL_WELL, &[]),
    row("connector-wrong-network", ALL_WELL, &[]),
    row("connector-saturated", ALL_WELL, &[]),
    row("sql-stopped", ALL_WELL, &[]),
    row("sql-public-only", ALL_WELL, &[]),
    row("sql-few-connections", ALL_WELL, &[]),
    row("secret-missing", ALL_WELL, &[]),
    row("secret-disabled", ALL_WELL, &[]),
    row("lb-misrouted", ALL_WELL, &[]),
    row("lb-certificate-provisioning", ALL_WELL, &[]),
    row("deployment-wrong-image", ALL_WELL, &[]),
    row("deployment-slow", ALL_WELL, &[]),
    row("alerts-missing", ALL_WELL, &[]),
    row("alert-disabled", ALL_WELL, &[]),
    row("startup-phase-missing", ALL_WELL, &[]),
    row("startup-phase-out-of-order", ALL_WELL, &[]),
    row("startup-database-slow", ALL_WELL, &[]),
    row("startup-slow", ALL_WELL, &[]),
    row("startup-crash-loop", ALL_WELL, &[]),
    row("startup-errors-logged", ALL_WELL, &[]),
    row("startup-bypassed", ALL_WELL, &[]),
    row("startup-bypass-env", ALL_WELL, &[]),
    row("startup-rate-low", ALL_WELL, &[]),
    row("logs-forbidden", ALL_WELL, &[]),
    row("logs-flooded", ALL_WELL, &[]),
    row("platform-unauthorised", ALL_WELL, &[]),
];
