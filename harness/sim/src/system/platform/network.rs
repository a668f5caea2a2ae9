//! VPC Access and Compute: the connector, and the load balancer's URL map, backend services and certificate.

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::middleware::{ApiError, ApiResult, Shared, name, place, project};
use super::names::{DEPLOYED, NAMES};
use super::state::Platform;
use crate::system::context::Context;
use crate::system::profile::PlatformFault;
use crate::system::service::Service;

/// The routes.
pub(crate) fn routes() -> Router<Platform> {
    let global = "/compute/v1/projects/{project}/global";
    Router::new()
        .route("/v1/projects/{project}/locations/{location}/connectors", get(connectors))
        .route("/v1/projects/{project}/locations/{location}/connectors/{name}", get(connector))
        .route(&format!("{global}/urlMaps/{{name}}"), get(url_map))
        .route(&format!("{global}/sslCertificates/{{name}}"), get(certificate))
        .route(&format!("{global}/backendServices/{{name}}"), get(backend_service))
        .route(
            "/compute/v1/projects/{project}/regions/{location}/networkEndpointGroups/{name}",
            get(endpoint_group),
        )
}

type Named = Path<(String, String)>;
type Placed = Path<(String, String, String)>;

async fn connectors(State(context): Shared, Path((of, location)): Named) -> ApiResult {
    place(&of, &location)?;
    Ok(Json(json!({"connectors": [connector_shape(&context)]})))
}

async fn connector(State(context): Shared, Path((of, location, asked)): Placed) -> ApiResult {
    place(&of, &location)?;
    name(&asked, NAMES.connector, &format!("projects/{of}/locations/{location}/connectors/{asked}"))?;
    Ok(Json(connector_shape(&context)))
}

fn connector_shape(context: &Context) -> Value {
    let (fewest, most) =
        if context.has_platform_fault(PlatformFault::ConnectorSmall) { (2, 3) } else { (3, 20) };
    let wrong = context.has_platform_fault(PlatformFault::ConnectorWrongNetwork);
    json!({
        "name": format!("projects/{}/locations/{}/connectors/{}", NAMES.project, NAMES.region, NAMES.connector),
        "network": if wrong { "default" } else { NAMES.network },
        "ipCidrRange": NAMES.connector_cidr,
        "state": if context.has_platform_fault(PlatformFault::ConnectorError) { "ERROR" } else { "READY" },
        "machineType": "e2-standard-4",
        "minInstances": fewest,
        "maxInstances": most,
        "minThroughput": fewest * 100,
        "maxThroughput": (most * 100).min(1000),
    })
}

fn link(rest: &str) -> String {
    format!("https://www.googleapis.com/compute/v1/projects/{}/{rest}", NAMES.project)
}

fn backend_link(name: &str) -> String {
    link(&format!("global/backendServices/{name}"))
}

/// Hosts, and the backend services that they should be sent to.
const HOSTS: [(&str, &str, &str); 3] = [
    (NAMES.api_host, "api", NAMES.api_backend),
    (NAMES.auth_host, "auth", NAMES.auth_backend),
    (NAMES.app_host, "app", NAMES.frontend_backend),
];

async fn url_map(State(context): Shared, Path((of, asked)): Named) -> ApiResult {
    project(&of)?;
    name(&asked, NAMES.url_map, &format!("projects/{of}/global/urlMaps/{asked}"))?;
    let misrouted = context.has_platform_fault(PlatformFault::LbMisrouted);
    let crossed = context.has_platform_fault(PlatformFault::LbHostMisrouted);
    let rules: Vec<Value> = HOSTS
        .iter()
        .map(|(host, matcher, _)| {
            let matcher = if crossed && *host == NAMES.api_host { "app" } else { matcher };
            json!({"hosts": [host], "pathMatcher": matcher})
        })
        .collect();
    let matchers: Vec<Value> = HOSTS
        .iter()
        .map(|(host, matcher, backend)| {
            let wrong = misrouted && *host == NAMES.api_host;
            let to = if wrong { NAMES.frontend_backend } else { backend };
            json!({"name": matcher, "defaultService": backend_link(to)})
        })
        .collect();
    Ok(Json(json!({
        "kind": "compute#urlMap",
        "name": NAMES.url_map,
        "defaultService": backend_link(NAMES.frontend_backend),
        "hostRules": rules,
        "pathMatchers": matchers,
        "selfLink": link(&format!("global/urlMaps/{}", NAMES.url_map)),
    })))
}

async fn certificate(State(context): Shared, Path((of, asked)): Named) -> ApiResult {
    project(&of)?;
    name(&asked, NAMES.certificate, &format!("projects/{of}/global/sslCertificates/{asked}"))?;
    let status = match context.has_platform_fault(PlatformFault::LbCertificateProvisioning) {
        true => "PROVISIONING",
        false => "ACTIVE",
    };
    let domains: Vec<&str> = HOSTS.iter().map(|(host, ..)| *host).collect();
    let mut by_domain = json!({});
    for domain in &domains {
        by_domain[domain] = json!(status);
    }
    Ok(Json(json!({
        "kind": "compute#sslCertificate",
        "name": NAMES.certificate,
        "type": "MANAGED",
        "managed": {"domains": domains, "status": status, "domainStatus": by_domain},
        "selfLink": link(&format!("global/sslCertificates/{}", NAMES.certificate)),
    })))
}

/// The load balancer's name for what a service is reached through.
fn endpoint_group_of(service: Service) -> &'static str {
    match service {
        Service::Backend => "staging-api-neg",
        Service::Auth => "staging-auth-neg",
        Service::Frontend => "staging-frontend-neg",
    }
}

async fn backend_service(State(_): Shared, Path((of, asked)): Named) -> ApiResult {
    project(&of)?;
    let (service, seconds) = match asked.as_str() {
        // A WebSocket lives as long as the timeout allows.
        known if known == NAMES.api_backend => (Service::Backend, 3600),
        known if known == NAMES.auth_backend => (Service::Auth, 30),
        known if known == NAMES.frontend_backend => (Service::Frontend, 30),
        _ => {
            let resource = format!("projects/{of}/global/backendServices/{asked}");
            return Err(ApiError::missing(format!("The resource '{resource}' was not found")));
        }
    };
    let group = format!("regions/{}/networkEndpointGroups/{}", NAMES.region, endpoint_group_of(service));
    Ok(Json(json!({
        "kind": "compute#backendService",
        "name": asked,
        "protocol": "HTTPS",
        "loadBalancingScheme": "EXTERNAL_MANAGED",
        "timeoutSec": seconds,
        "backends": [{"group": link(&group), "balancingMode": "UTILIZATION", "capacityScaler": 1.0}],
        "securityPolicy": link("global/securityPolicies/staging-security-policy"),
        "selfLink": backend_link(&asked),
    })))
}

async fn endpoint_group(State(_): Shared, Path((of, location, asked)): Placed) -> ApiResult {
    place(&of, &location)?;
    let found = DEPLOYED.iter().find(|deployed| endpoint_group_of(deployed.service) == asked);
    let deployed = found.ok_or_else(|| {
        let resource = format!("projects/{of}/regions/{location}/networkEndpointGroups/{asked}");
        ApiError::missing(format!("The resource '{resource}' was not found"))
    })?;
    Ok(Json(json!({
        "kind": "compute#networkEndpointGroup",
        "name": asked,
        "networkEndpointType": "SERVERLESS",
        "region": link(&format!("regions/{}", NAMES.region)),
        "cloudRun": {"service": deployed.name},
    })))
}
