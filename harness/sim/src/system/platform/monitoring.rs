//! Cloud Monitoring: the four alert policies, and the connector's utilisation as time series.

use std::collections::HashMap;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::middleware::{ApiError, ApiResult, Shared, project};
use super::names::NAMES;
use super::state::Platform;
use crate::servers::wall_clock::rfc3339;
use crate::system::profile::PlatformFault;

/// The connector's utilisation in percent: what it usually is, and when it is saturated.
const CALM: f64 = 34.0;
const SATURATED: f64 = 85.0;

/// The metrics that there are: of the connector's instances, and how many there are.
const CPU: &str = "vpcaccess.googleapis.com/connector/cpu/utilizations";
const INSTANCES: &str = "vpcaccess.googleapis.com/connector/instances";

/// A point a minute, and no more points than this.
const EACH: Duration = Duration::from_secs(60);
const POINTS: usize = 1000;

/// An alert: what it is called, what it watches, from where on it rings.
struct Alert {
    id: &'static str,
    title: &'static str,
    metric: &'static str,
    resource: &'static str,
    threshold: f64,
}

static ALERTS: [Alert; 4] = [
    Alert {
        id: "1278000000000000001",
        title: "VPC connector utilisation above 70 %",
        metric: CPU,
        resource: "vpc_access_connector",
        threshold: 70.0,
    },
    Alert {
        id: "1278000000000000002",
        title: "Database pool utilisation above 80 %",
        metric: "custom.googleapis.com/netra/database/pool_utilization_percent",
        resource: "generic_task",
        threshold: 80.0,
    },
    Alert {
        id: "1278000000000000003",
        title: "Database connect time above 25 s",
        metric: "custom.googleapis.com/netra/database/connect_seconds",
        resource: "generic_task",
        threshold: 25.0,
    },
    Alert {
        id: "1278000000000000004",
        title: "Startup phase above 45 s",
        metric: "custom.googleapis.com/netra/startup/phase_seconds",
        resource: "generic_task",
        threshold: 45.0,
    },
];

/// The routes.
pub(crate) fn routes() -> Router<Platform> {
    Router::new()
        .route("/v3/projects/{project}/alertPolicies", get(policies))
        .route("/v3/projects/{project}/timeSeries", get(time_series))
}

async fn policies(State(context): Shared, Path(of): Path<String>) -> ApiResult {
    project(&of)?;
    let missing = usize::from(context.has_platform_fault(PlatformFault::AlertsMissing));
    let listed: Vec<Value> = ALERTS
        .iter()
        .enumerate()
        .skip(missing)
        .map(|(nth, alert)| {
            let hit = |fault| nth == 1 && context.has_platform_fault(fault);
            policy(alert, !hit(PlatformFault::AlertDisabled), !hit(PlatformFault::AlertUnheard))
        })
        .collect();
    Ok(Json(json!({"totalSize": listed.len(), "alertPolicies": listed})))
}

fn policy(alert: &Alert, enabled: bool, heard: bool) -> Value {
    let name = format!("projects/{}/alertPolicies/{}", NAMES.project, alert.id);
    let mut policy = json!({
        "name": name,
        "displayName": alert.title,
        "enabled": enabled,
        "combiner": "OR",
        "conditions": [{
            "name": format!("{name}/conditions/1"),
            "displayName": alert.title,
            "conditionThreshold": {
                "filter": format!("metric.type=\"{}\" AND resource.type=\"{}\"", alert.metric, alert.resource),
                "comparison": "COMPARISON_GT",
                "thresholdValue": alert.threshold,
                "duration": "300s",
                "trigger": {"count": 1},
                "aggregations": [{"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_MEAN"}],
            },
        }],
        "severity": "WARNING",
    });
    // The real interface leaves an empty list out.
    if heard {
        policy["notificationChannels"] =
            json!([format!("projects/{}/notificationChannels/1", NAMES.project)]);
    }
    policy
}

async fn time_series(
    State(context): Shared,
    Path(of): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> ApiResult {
    project(&of)?;
    let filter = query.get("filter").map(String::as_str).unwrap_or_default();
    let metric = equals(filter, "metric.type").ok_or_else(|| {
        ApiError::bad("Field filter had an invalid value: it must specify a single metric.type")
    })?;
    if ![CPU, INSTANCES].contains(&metric) {
        return Err(ApiError::missing(format!("Cannot find metric(s) that match type = \"{metric}\".")));
    }
    let (from, until) = interval(&query)?;
    let wanted =
        equals(filter, "resource.labels.connector_name").or(equals(filter, "resource.label.connector_name"));
    if wanted.is_some_and(|wanted| wanted != NAMES.connector) {
        return Ok(Json(json!({"unit": "1"})));
    }
    let aligned = query.get("aggregation.perSeriesAligner").is_some_and(|aligner| aligner != "ALIGN_NONE");
    let fractions = context.has_platform_fault(PlatformFault::ConnectorInFractions);
    let percent = match (context.has_platform_fault(PlatformFault::ConnectorSaturated), fractions) {
        (true, _) => SATURATED,
        (false, true) => SATURATED / 100.0,
        (false, false) => CALM,
    };
    let (kind, value) = match (metric, aligned) {
        (INSTANCES, _) => ("INT64", json!({"int64Value": "3"})),
        (_, true) => ("DOUBLE", json!({"doubleValue": percent})),
        (_, false) => {
            let spread = json!({"count": "3", "mean": percent, "sumOfSquaredDeviation": 2.0});
            ("DISTRIBUTION", json!({"distributionValue": spread}))
        }
    };
    // Newest first, as the real one does.
    let points: Vec<Value> = std::iter::successors(Some(until), |at| Some(*at - EACH))
        .take_while(|at| *at > from)
        .take(POINTS)
        .map(|at| json!({"interval": {"startTime": rfc3339(at), "endTime": rfc3339(at)}, "value": value}))
        .collect();
    // UCUM, as the interface writes its units.
    let unit = match (metric, fractions) {
        (CPU, true) => "10^2.%",
        (CPU, false) => "%",
        _ => "1",
    };
    if points.is_empty() {
        return Ok(Json(json!({"unit": unit})));
    }
    let labels =
        json!({"project_id": NAMES.project, "location": NAMES.region, "connector_name": NAMES.connector});
    let series = json!({
        "metric": {"type": metric},
        "resource": {"type": "vpc_access_connector", "labels": labels},
        "metricKind": "GAUGE",
        "valueType": kind,
        "unit": unit,
        "points": points,
    });
    Ok(Json(json!({"timeSeries": [series], "unit": unit})))
}

/// The value that the filter wants for this field: `field="value"`, with or without spaces.
fn equals<'a>(filter: &'a str, field: &str) -> Option<&'a str> {
    let after = filter.split(field).nth(1)?.trim_start().strip_prefix('=')?.trim_start();
    after.strip_prefix('"')?.split('"').next()
}

/// The requested interval, cut at now.
fn interval(query: &HashMap<String, String>) -> Result<(OffsetDateTime, OffsetDateTime), ApiError> {
    let read = |key: &str| match query.get(key) {
        None => Ok(None),
        Some(text) => OffsetDateTime::parse(text, &Rfc3339)
            .map(Some)
            .map_err(|_| ApiError::bad(format!("Invalid value at '{key}': {text}"))),
    };
    let until = read("interval.endTime")?
        .ok_or_else(|| ApiError::bad("Field interval.endTime had an invalid value: it is required"))?;
    let from = read("interval.startTime")?.unwrap_or(until - Duration::from_millis(1));
    if from > until {
        return Err(ApiError::bad("Field interval had an invalid value: it ends before it starts"));
    }
    Ok((from, until.min(OffsetDateTime::now_utc())))
}
