//! Cloud Run Admin v1: the Knative shapes that `gcloud run … describe` prints.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::deployment::{Deployment, GENERATION, Revision, Setting};
use super::middleware::{ApiError, ApiResult, Shared, project};
use super::names::{DEPLOYED, Deployed, NAMES};
use super::state::Platform;
use crate::servers::wall_clock::rfc3339;

/// The routes.
pub(crate) fn routes() -> Router<Platform> {
    let base = "/apis/serving.knative.dev/v1/namespaces/{project}";
    Router::new()
        .route(&format!("{base}/services"), get(services))
        .route(&format!("{base}/services/{{name}}"), get(service))
        .route(&format!("{base}/revisions"), get(revisions))
        .route(&format!("{base}/revisions/{{name}}"), get(revision))
}

const API: &str = "serving.knative.dev/v1";

async fn services(State(context): Shared, Path(of): Path<String>) -> ApiResult {
    project(&of)?;
    let items: Vec<Value> =
        DEPLOYED.iter().map(|deployed| service_shape(&Deployment::of(&context, deployed))).collect();
    Ok(Json(json!({"apiVersion": API, "kind": "ServiceList", "items": items})))
}

async fn service(State(context): Shared, Path((of, name)): Path<(String, String)>) -> ApiResult {
    project(&of)?;
    let deployed = Deployed::named(&name).ok_or_else(|| {
        ApiError::missing(format!(
            "Resource '{name}' of kind 'SERVICE' in region '{}' in project '{of}' does not exist",
            NAMES.region
        ))
    })?;
    Ok(Json(service_shape(&Deployment::of(&context, deployed))))
}

async fn revisions(
    State(context): Shared,
    Path(of): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> ApiResult {
    project(&of)?;
    let wanted = match query.get("labelSelector").map(|selector| selector.split_once('=')) {
        None => None,
        Some(Some(("serving.knative.dev/service", service))) => Some(service),
        Some(_) => {
            return Err(ApiError::bad("labelSelector: only serving.knative.dev/service=NAME is known"));
        }
    };
    let items: Vec<Value> = DEPLOYED
        .iter()
        .filter(|deployed| wanted.is_none_or(|wanted| wanted == deployed.name))
        .flat_map(|deployed| {
            let revisions = Deployment::of(&context, deployed).revisions(&context);
            revisions.into_iter().map(|revision| revision_shape(deployed, &revision)).collect::<Vec<_>>()
        })
        .collect();
    Ok(Json(json!({"apiVersion": API, "kind": "RevisionList", "items": items})))
}

async fn revision(State(context): Shared, Path((of, name)): Path<(String, String)>) -> ApiResult {
    project(&of)?;
    for deployed in &DEPLOYED {
        let revisions = Deployment::of(&context, deployed).revisions(&context);
        if let Some(found) = revisions.iter().find(|revision| revision.name == name) {
            return Ok(Json(revision_shape(deployed, found)));
        }
    }
    Err(ApiError::missing(format!("Revision '{name}' does not exist")))
}

/// `True` and `False` as Knative spells them, and why.
fn condition(kind: &str, holds: bool, since: &str) -> Value {
    let mut condition =
        json!({"type": kind, "status": if holds { "True" } else { "False" }, "lastTransitionTime": since});
    if !holds {
        condition["reason"] = json!("HealthCheckContainerError");
        condition["message"] = json!(
            "The user-provided container failed to start and listen on the port defined provided by the PORT environment variable."
        );
    }
    condition
}

fn labels(deployed: &Deployed, commit: &str) -> Map<String, Value> {
    let mut labels = Map::new();
    for (key, value) in [
        ("cloud.googleapis.com/location", NAMES.region),
        ("commit-sha", commit),
        ("serving.knative.dev/service", deployed.name),
        ("vpc-connectivity", "enabled"),
    ] {
        labels.insert(key.to_owned(), json!(value));
    }
    labels
}

/// Scale, connector, database: what the v1 interface keeps in annotations.
fn annotations(deployed: &Deployed, revision: &Revision) -> Value {
    let mut annotations = json!({
        "autoscaling.knative.dev/minScale": deployed.scale.0.to_string(),
        "autoscaling.knative.dev/maxScale": deployed.scale.1.to_string(),
        "run.googleapis.com/client-name": "gcloud",
        "run.googleapis.com/cpu-throttling": "false",
        "run.googleapis.com/execution-environment": "gen2",
        "run.googleapis.com/startup-cpu-boost": "true",
    });
    if let Some(connector) = revision.connector {
        annotations["run.googleapis.com/vpc-access-connector"] = json!(connector);
        annotations["run.googleapis.com/vpc-access-egress"] = json!(revision.egress);
    }
    if let Some(database) = revision.database() {
        annotations["run.googleapis.com/cloudsql-instances"] = json!(database);
    }
    annotations
}

fn container_spec(deployed: &Deployed, revision: &Revision) -> Value {
    let environment: Vec<Value> = revision
        .environment
        .iter()
        .map(|(name, setting)| match setting {
            Setting::Plain(value) => json!({"name": name, "value": value}),
            Setting::Secret(secret) => {
                json!({"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": "latest"}}})
            }
        })
        .collect();
    json!({
        "containerConcurrency": 80,
        "timeoutSeconds": revision.timeout,
        "serviceAccountName": NAMES.runtime_account,
        "containers": [{
            "name": format!("{}-1", deployed.name),
            "image": revision.image,
            "ports": [{"name": "http1", "containerPort": deployed.port}],
            "env": environment,
            "resources": {"limits": {"cpu": deployed.cpu, "memory": deployed.memory}},
            "startupProbe": {"tcpSocket": {"port": deployed.port}, "timeoutSeconds": 240, "periodSeconds": 240, "failureThreshold": 1},
        }],
    })
}

fn service_shape(deployment: &Deployment) -> Value {
    let Deployment { deployed, newest, ready, .. } = deployment;
    let since = rfc3339(newest.created);
    let traffic: Vec<Value> = deployment
        .traffic
        .iter()
        .map(|(revision, percent)| match *revision == deployment.latest_created {
            true => json!({"revisionName": revision, "percent": percent, "latestRevision": true}),
            false => json!({"revisionName": revision, "percent": percent}),
        })
        .collect();
    let mut service_labels = labels(deployed, newest.commit);
    service_labels.remove("serving.knative.dev/service");
    json!({
        "apiVersion": API,
        "kind": "Service",
        "metadata": {
            "name": deployed.name,
            "namespace": NAMES.project_number,
            "generation": GENERATION,
            "creationTimestamp": "2025-07-14T08:12:44.531223Z",
            "labels": service_labels,
            "annotations": {
                "run.googleapis.com/ingress": "all",
                "run.googleapis.com/ingress-status": "all",
                "run.googleapis.com/operation-id": "00000000-0000-4000-8000-000000000042",
            },
        },
        "spec": {
            "template": {
                "metadata": {"labels": labels(deployed, newest.commit), "annotations": annotations(deployed, newest)},
                "spec": container_spec(deployed, newest),
            },
            "traffic": traffic,
        },
        "status": {
            "observedGeneration": deployment.observed,
            "conditions": [
                condition("Ready", *ready, &since),
                condition("ConfigurationsReady", *ready, &since),
                condition("RoutesReady", true, &since),
            ],
            "latestReadyRevisionName": deployed.revision,
            "latestCreatedRevisionName": deployment.latest_created,
            "traffic": traffic,
            "url": deployment.url,
            "address": {"url": deployment.url},
        },
    })
}

fn revision_shape(deployed: &Deployed, revision: &Revision) -> Value {
    let since = rfc3339(revision.created);
    json!({
        "apiVersion": API,
        "kind": "Revision",
        "metadata": {
            "name": revision.name,
            "namespace": NAMES.project_number,
            "generation": 1,
            "creationTimestamp": since,
            "labels": labels(deployed, revision.commit),
            "annotations": annotations(deployed, revision),
        },
        "spec": container_spec(deployed, revision),
        "status": {
            "observedGeneration": 1,
            "conditions": [
                condition("Ready", revision.ready, &since),
                condition("ContainerHealthy", revision.ready, &since),
                condition("ResourcesAvailable", true, &since),
            ],
            "imageDigest": revision.image,
        },
    })
}
