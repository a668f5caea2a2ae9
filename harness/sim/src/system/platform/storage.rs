//! Cloud SQL Admin, Memorystore and Secret Manager. A secret's value is never part of an answer.

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::middleware::{ApiError, ApiResult, Shared, name, place, project};
use super::names::NAMES;
use super::state::Platform;
use crate::system::context::Context;
use crate::system::profile::PlatformFault;

/// The secrets that the profiles break.
const MISSING: &str = "redis-url-staging";
const DISABLED: &str = "jwt-secret-staging";

/// Slots of the database, and too few of them.
const CONNECTIONS: u32 = 100;
const FEW_CONNECTIONS: u32 = 25;

/// The routes.
pub(crate) fn routes() -> Router<Platform> {
    let project = "/v1/projects/{project}";
    Router::new()
        .route(&format!("{project}/instances/{{name}}"), get(sql))
        .route("/sql/v1beta4/projects/{project}/instances/{name}", get(sql))
        .route(&format!("{project}/locations/{{location}}/instances/{{name}}"), get(redis))
        .route(&format!("{project}/secrets"), get(secrets))
        .route(&format!("{project}/secrets/{{name}}"), get(secret))
        .route(&format!("{project}/secrets/{{name}}/versions"), get(versions))
        .route(&format!("{project}/secrets/{{name}}/versions/{{version}}"), get(version))
}

type Named = Path<(String, String)>;

async fn sql(State(context): Shared, Path((of, asked)): Named) -> ApiResult {
    project(&of)?;
    if asked != NAMES.sql_instance {
        return Err(ApiError::missing("The Cloud SQL instance does not exist."));
    }
    let public_only = context.has_platform_fault(PlatformFault::SqlPublicOnly);
    let few = context.has_platform_fault(PlatformFault::SqlFewConnections);
    let mut addresses = json!({"ipv4Enabled": true, "requireSsl": true, "sslMode": "ENCRYPTED_ONLY"});
    let mut listed = vec![json!({"type": "PRIMARY", "ipAddress": "203.0.113.7"})];
    if !public_only {
        addresses["privateNetwork"] =
            json!(format!("projects/{}/global/networks/{}", NAMES.project, NAMES.network));
        listed.push(json!({"type": "PRIVATE", "ipAddress": "10.3.0.5"}));
    }
    Ok(Json(json!({
        "kind": "sql#instance",
        "name": NAMES.sql_instance,
        "project": NAMES.project,
        "connectionName": NAMES.sql_connection,
        // A stopped instance is RUNNABLE as well; its activation policy is NEVER.
        "state": "RUNNABLE",
        "databaseVersion": "POSTGRES_17",
        "region": NAMES.region,
        "instanceType": "CLOUD_SQL_INSTANCE",
        "ipAddresses": listed,
        "settings": {
            "kind": "sql#settings",
            "tier": "db-g1-small",
            "edition": "ENTERPRISE",
            "availabilityType": "ZONAL",
            "activationPolicy": if context.has_platform_fault(PlatformFault::SqlStopped) { "NEVER" } else { "ALWAYS" },
            "ipConfiguration": addresses,
            "databaseFlags": [{"name": "max_connections", "value": (if few { FEW_CONNECTIONS } else { CONNECTIONS }).to_string()}],
            "backupConfiguration": {"enabled": true, "pointInTimeRecoveryEnabled": true},
        },
    })))
}

async fn redis(State(_): Shared, Path((of, location, asked)): Path<(String, String, String)>) -> ApiResult {
    place(&of, &location)?;
    let full = format!("projects/{of}/locations/{location}/instances/{asked}");
    name(&asked, NAMES.redis_instance, &full)?;
    Ok(Json(json!({
        "name": full,
        "displayName": "staging redis",
        "locationId": format!("{}-a", NAMES.region),
        "tier": "BASIC",
        "memorySizeGb": 1,
        "host": "10.166.204.83",
        "port": 6379,
        "redisVersion": "REDIS_7_0",
        "state": "READY",
        "authorizedNetwork": format!("projects/{}/global/networks/{}", NAMES.project, NAMES.network),
        "connectMode": "PRIVATE_SERVICE_ACCESS",
    })))
}

fn full(secret: &str) -> String {
    format!("projects/{}/secrets/{secret}", NAMES.project_number)
}

fn secret_shape(secret: &str) -> Value {
    json!({"name": full(secret), "replication": {"automatic": {}}, "createTime": "2025-07-14T08:02:11.103412Z", "etag": "\"163a5c0e8f2d10\""})
}

/// The secrets that there are.
fn known(context: &Context) -> impl Iterator<Item = &'static str> {
    let missing = context.has_platform_fault(PlatformFault::SecretMissing);
    NAMES.secrets.iter().copied().filter(move |secret| !missing || *secret != MISSING)
}

fn found(context: &Context, of: &str, asked: &str) -> Result<&'static str, ApiError> {
    project(of)?;
    known(context)
        .find(|secret| *secret == asked)
        .ok_or_else(|| ApiError::missing(format!("Secret [{}] not found or has no versions.", full(asked))))
}

async fn secrets(State(context): Shared, Path(of): Path<String>) -> ApiResult {
    project(&of)?;
    let listed: Vec<Value> = known(&context).map(secret_shape).collect();
    Ok(Json(json!({"totalSize": listed.len(), "secrets": listed})))
}

async fn secret(State(context): Shared, Path((of, asked)): Named) -> ApiResult {
    found(&context, &of, &asked).map(|secret| Json(secret_shape(secret)))
}

fn version_shape(context: &Context, secret: &str, number: u32, latest: u32) -> Value {
    let disabled =
        number < latest || (secret == DISABLED && context.has_platform_fault(PlatformFault::SecretDisabled));
    json!({
        "name": format!("{}/versions/{number}", full(secret)),
        "createTime": format!("2025-09-{:02}T08:02:11.103412Z", number + 10),
        "state": if disabled { "DISABLED" } else { "ENABLED" },
        "replicationStatus": {"automatic": {}},
    })
}

/// Two versions each, the older one disabled, as after a rotation.
const LATEST: u32 = 2;

async fn versions(State(context): Shared, Path((of, asked)): Named) -> ApiResult {
    let secret = found(&context, &of, &asked)?;
    let listed: Vec<Value> =
        (1..=LATEST).rev().map(|number| version_shape(&context, secret, number, LATEST)).collect();
    Ok(Json(json!({"totalSize": listed.len(), "versions": listed})))
}

async fn version(
    State(context): Shared,
    Path((of, asked, number)): Path<(String, String, String)>,
) -> ApiResult {
    let secret = found(&context, &of, &asked)?;
    if number.ends_with(":access") {
        let resource = format!("{}/versions/{}", full(secret), number.trim_end_matches(":access"));
        let message = format!(
            "Permission 'secretmanager.versions.access' denied for resource '{resource}' (or it may not exist)."
        );
        return Err(ApiError::forbidden(message));
    }
    let number = if number == "latest" { Some(LATEST) } else { number.parse().ok() };
    match number.filter(|number| (1..=LATEST).contains(number)) {
        Some(number) => Ok(Json(version_shape(&context, secret, number, LATEST))),
        None => Err(ApiError::missing(format!("Secret version of [{}] not found.", full(secret)))),
    }
}
