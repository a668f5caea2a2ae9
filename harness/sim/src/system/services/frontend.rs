//! The frontend: a page marked as simulated, and a health answer made from real requests to its dependencies.
//! It serves with 200 also when both of them are down, as it did in the incident.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{Html, Response};
use axum::routing::{MethodRouter, get};
use serde_json::{Value, json};

use crate::servers::http::{answer, detail};
use crate::servers::http_client;
use crate::servers::time_scale::TimeScale;
use crate::servers::wall_clock::timestamp;
use crate::system::context::Context;
use crate::system::service::{ENVIRONMENT, VERSION};

/// Time limits for the dependencies.
const BACKEND_LIMIT: Duration = Duration::from_secs(2);
const AUTH_LIMIT: Duration = Duration::from_millis(1500);

/// The frontend and where it believes its dependencies to be.
pub(crate) struct Frontend {
    pub(crate) context: Arc<Context>,
    pub(crate) backend: String,
    pub(crate) auth: String,
}

type Shared = State<Arc<Frontend>>;

/// The health contract: paths and their handlers. `/api/health` is `/health` by another name.
pub(crate) fn contract() -> Vec<(&'static str, MethodRouter<Arc<Frontend>>)> {
    vec![("/health", get(health)), ("/api/health/ready", get(ready))]
}

/// The frontend's routes.
pub(crate) fn router(frontend: Arc<Frontend>) -> Router {
    contract()
        .into_iter()
        .fold(Router::new(), |router, (path, answers)| router.route(path, answers))
        .route("/", get(page))
        .route("/api/health", get(health))
        .fallback(async |_: Request| detail(StatusCode::NOT_FOUND, "Not Found"))
        .with_state(frontend)
}

/// The health that a dependency reports.
async fn ask(time_scale: TimeScale, base: &str, within: Duration) -> (bool, Value) {
    match http_client::get(base, "/health", time_scale.limit(within)).await {
        Ok((status, body)) => {
            let body = body.unwrap_or_default();
            let healthy = status == 200 && body["status"] == "healthy";
            (
                healthy,
                json!({"status": if healthy { "healthy" } else { "unhealthy" }, "details": {"http_status": status, "service": body["service"]}}),
            )
        }
        Err(error) => (false, json!({"status": "unreachable", "details": {"error": error}})),
    }
}

async fn dependencies(frontend: &Frontend) -> (bool, Value) {
    let (backend, auth) = tokio::join!(
        ask(frontend.context.time_scale, &frontend.backend, BACKEND_LIMIT),
        ask(frontend.context.time_scale, &frontend.auth, AUTH_LIMIT)
    );
    (backend.0 && auth.0, json!({"backend": backend.1, "auth": auth.1}))
}

async fn health(State(frontend): Shared) -> Response {
    let (healthy, dependencies) = dependencies(&frontend).await;
    let addresses = &frontend.context.addresses;
    answer(
        true,
        json!({
            "status": if healthy { "healthy" } else { "degraded" },
            "service": "frontend",
            "version": VERSION,
            "environment": ENVIRONMENT,
            "timestamp": timestamp(),
            "uptime": frontend.context.uptime(),
            "dependencies": dependencies,
            "urls": {"api": addresses.backend, "auth": frontend.auth, "frontend": addresses.frontend},
        }),
    )
}

async fn ready(State(frontend): Shared) -> Response {
    let (healthy, dependencies) = dependencies(&frontend).await;
    answer(
        healthy,
        json!({"status": if healthy { "ready" } else { "not_ready" }, "service": "frontend", "dependencies": dependencies}),
    )
}

async fn page(State(frontend): Shared) -> Html<String> {
    let context = &frontend.context;
    Html(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Netra staging (SIMULATED)</title>\n\
         <style>body{{font-family:system-ui,sans-serif;margin:3rem auto;max-width:40rem;line-height:1.5}}\
         strong{{background:#fd0;padding:.1em .4em}}</style>\n</head>\n<body>\n<h1>Netra staging</h1>\n\
         <p><strong>SIMULATED</strong> This page and everything behind it is fixproof-sim, a simulation on this machine.</p>\n\
         <p>Profile <code>{}</code>: {}.</p>\n<ul>\n<li>API: <code>{}</code></li>\n<li>Auth: <code>{}</code></li>\n</ul>\n</body>\n</html>\n",
        context.profile.name, context.profile.summary, context.addresses.backend, context.addresses.auth
    ))
}
