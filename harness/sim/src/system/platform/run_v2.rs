//! Cloud Run Admin v2: the same services in its own shapes.

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::deployment::{Deployment, GENERATION, Revision, Setting};
use super::middleware::{ApiError, ApiResult, Shared, place};
use super::names::{DEPLOYED, Deployed, NAMES};
use super::state::Platform;
use crate::servers::wall_clock::rfc3339;

/// The routes.
pub(crate) fn routes() -> Router<Platform> {
    let base = "/v2/projects/{project}/locations/{location}/services";
    Router::new()
        .route(base, get(services))
        .route(&format!("{base}/{{name}}"), get(service))
        .route(&format!("{base}/{{name}}/revisions"), get(revisions))
        .route(&format!("{base}/{{name}}/revisions/{{revision}}"), get(revision))
}

fn deployed(name: &str) -> Result<&'static Deployed, ApiError> {
    Deployed::named(name)
        .ok_or_else(|| ApiError::missing(format!("Resource '{name}' of kind 'SERVICE' does not exist.")))
}

fn full(service: &str) -> String {
    format!("projects/{}/locations/{}/services/{service}", NAMES.project, NAMES.region)
}

async fn services(State(context): Shared, Path((of, location)): Path<(String, String)>) -> ApiResult {
    place(&of, &location)?;
    let found: Vec<Value> =
        DEPLOYED.iter().map(|deployed| service_shape(&Deployment::of(&context, deployed))).collect();
    Ok(Json(json!({"services": found})))
}

async fn service(
    State(context): Shared,
    Path((of, location, name)): Path<(String, String, String)>,
) -> ApiResult {
    place(&of, &location)?;
    Ok(Json(service_shape(&Deployment::of(&context, deployed(&name)?))))
}

async fn revisions(
    State(context): Shared,
    Path((of, location, name)): Path<(String, String, String)>,
) -> ApiResult {
    place(&of, &location)?;
    let deployed = deployed(&name)?;
    let found: Vec<Value> = Deployment::of(&context, deployed)
        .revisions(&context)
        .iter()
        .map(|revision| revision_shape(deployed, revision))
        .collect();
    Ok(Json(json!({"revisions": found})))
}

async fn revision(
    State(context): Shared,
    Path((of, location, name, wanted)): Path<(String, String, String, String)>,
) -> ApiResult {
    place(&of, &location)?;
    let deployed = deployed(&name)?;
    Deployment::of(&context, deployed)
        .revisions(&context)
        .iter()
        .find(|revision| revision.name == wanted)
        .map(|revision| Json(revision_shape(deployed, revision)))
        .ok_or_else(|| ApiError::missing(format!("Resource '{wanted}' of kind 'REVISION' does not exist.")))
}

fn condition(kind: &str, holds: bool, since: &str) -> Value {
    let state = if holds { "CONDITION_SUCCEEDED" } else { "CONDITION_FAILED" };
    let mut condition = json!({"type": kind, "state": state, "lastTransitionTime": since});
    if !holds {
        condition["reason"] = json!("HEALTH_CHECK_CONTAINER_ERROR");
    }
    condition
}

/// What a template and a revision have in common.
fn settings(deployed: &Deployed, revision: &Revision) -> Value {
    let environment: Vec<Value> = revision
        .environment
        .iter()
        .map(|(name, setting)| match setting {
            Setting::Plain(value) => json!({"name": name, "value": value}),
            Setting::Secret(secret) => json!({"name": name, "valueSource": {"secretKeyRef": {"secret": secret, "version": "latest"}}}),
        })
        .collect();
    let mut settings = json!({
        "labels": {"commit-sha": revision.commit, "vpc-connectivity": "enabled"},
        "scaling": {"minInstanceCount": deployed.scale.0, "maxInstanceCount": deployed.scale.1},
        "timeout": format!("{}s", revision.timeout),
        "serviceAccount": NAMES.runtime_account,
        "maxInstanceRequestConcurrency": 80,
        "executionEnvironment": "EXECUTION_ENVIRONMENT_GEN2",
        "containers": [{
            "name": format!("{}-1", deployed.name),
            "image": revision.image,
            "ports": [{"name": "http1", "containerPort": deployed.port}],
            "env": environment,
            "resources": {"limits": {"cpu": deployed.cpu, "memory": deployed.memory}, "startupCpuBoost": true},
        }],
    });
    if let Some(connector) = revision.connector {
        let egress = revision.egress.to_uppercase().replace('-', "_");
        let connector =
            format!("projects/{}/locations/{}/connectors/{connector}", NAMES.project, NAMES.region);
        settings["vpcAccess"] = json!({"connector": connector, "egress": egress});
    }
    if let Some(database) = revision.database() {
        settings["volumes"] = json!([{"name": "cloudsql", "cloudSqlInstance": {"instances": [database]}}]);
    }
    settings
}

fn service_shape(deployment: &Deployment) -> Value {
    let Deployment { deployed, newest, ready, .. } = deployment;
    let name = full(deployed.name);
    let since = rfc3339(newest.created);
    let latest = |revision: &str| revision == deployment.latest_created;
    let kind = |revision: &str| match latest(revision) {
        true => "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST",
        false => "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION",
    };
    let targets: Vec<Value> = deployment
        .traffic
        .iter()
        .map(|(revision, percent)| match latest(revision) {
            true => json!({"type": kind(revision), "percent": percent}),
            false => json!({"type": kind(revision), "revision": revision, "percent": percent}),
        })
        .collect();
    let statuses: Vec<Value> = deployment
        .traffic
        .iter()
        .map(|(revision, percent)| json!({"type": kind(revision), "revision": revision, "percent": percent}))
        .collect();
    json!({
        "name": name,
        "generation": GENERATION.to_string(),
        "observedGeneration": deployment.observed.to_string(),
        "labels": {"commit-sha": newest.commit, "vpc-connectivity": "enabled"},
        "createTime": "2025-07-14T08:12:44.531223Z",
        "updateTime": since,
        "ingress": "INGRESS_TRAFFIC_ALL",
        "launchStage": "GA",
        "template": settings(deployed, newest),
        "traffic": targets,
        "trafficStatuses": statuses,
        "terminalCondition": condition("Ready", *ready, &since),
        "conditions": [condition("RoutesReady", true, &since), condition("ConfigurationsReady", *ready, &since)],
        "latestReadyRevision": format!("{name}/revisions/{}", deployed.revision),
        "latestCreatedRevision": format!("{name}/revisions/{}", deployment.latest_created),
        "uri": deployment.url,
        "urls": [deployment.url],
        "reconciling": deployment.observed != GENERATION,
    })
}

fn revision_shape(deployed: &Deployed, revision: &Revision) -> Value {
    let since = rfc3339(revision.created);
    let mut shape = settings(deployed, revision);
    shape["name"] = json!(format!("{}/revisions/{}", full(deployed.name), revision.name));
    shape["service"] = json!(full(deployed.name));
    shape["createTime"] = json!(since);
    shape["conditions"] = json!([condition("Ready", revision.ready, &since)]);
    shape
}
