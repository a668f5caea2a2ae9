//! The backend: threads, the agent endpoint, CORS, and the gate before everything while it is not up.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::agent::reply;
use super::http::no_instance;
use super::instance::{Instance, Shared};
use super::tokens::Claims;
use super::{backend_health, chat, concurrency_limit};
use crate::servers::http::{answer, bearer, detail};
use crate::servers::seed::mix;
use crate::servers::wall_clock::{epoch, timestamp};
use crate::system::profile::AppFault;
use crate::system::readiness::Startup;

/// The backend's routes.
pub(crate) fn router(instance: Arc<Instance>) -> Router {
    let slots = concurrency_limit::Slots::new(instance.context.time_scale);
    let overloaded = instance.context.has_app_fault(AppFault::Overloaded);
    let router = Router::new()
        .merge(backend_health::routes())
        .merge(chat::routes())
        .route("/api/threads", get(threads))
        .route("/api/agents/execute", post(execute_agent))
        .fallback(async |_: Request| detail(StatusCode::NOT_FOUND, "Not Found"))
        .layer(from_fn_with_state(Arc::clone(&instance), gate))
        .with_state(instance);
    match overloaded {
        true => router.layer(from_fn_with_state(slots, concurrency_limit::admit)),
        false => router,
    }
}

/// Answers for the platform and CORS preflights, and 503 to everything but `/health/live` until startup has completed.
async fn gate(State(instance): Shared, request: Request, next: Next) -> Response {
    let origin = request.headers().get(ORIGIN).cloned();
    let mut response = match instance.startup() {
        Startup::Restarting { .. } | Startup::Absent => return no_instance(),
        _ if request.method() == Method::OPTIONS
            && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD) =>
        {
            preflight(&instance, origin.as_ref())
        }
        _ => match instance.not_started() {
            Some(refusal) if request.uri().path() != "/health/live" => refusal,
            _ => next.run(request).await,
        },
    };
    response.headers_mut().insert(HeaderName::from_static("api-version"), HeaderValue::from_static("1.0"));
    if origin.is_some_and(|origin| origin == allowed_origin(&instance)) {
        response.headers_mut().insert(VARY, HeaderValue::from_static("origin"));
        if let Ok(allowed) = HeaderValue::from_str(&allowed_origin(&instance)) {
            response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        }
    }
    response
}

fn allowed_origin(instance: &Instance) -> String {
    match instance.context.has_app_fault(AppFault::CorsWrong) {
        true => "https://elsewhere.invalid".to_owned(),
        false => instance.context.addresses.frontend.clone(),
    }
}

fn preflight(instance: &Instance, origin: Option<&HeaderValue>) -> Response {
    let headers = [
        ("access-control-allow-methods", "DELETE, GET, OPTIONS, PATCH, POST, PUT"),
        ("access-control-allow-headers", "Authorization, Content-Type"),
        ("access-control-allow-credentials", "true"),
        ("access-control-max-age", "600"),
    ];
    match origin.is_some_and(|origin| *origin == allowed_origin(instance)) {
        true => (headers, "OK").into_response(),
        false => (StatusCode::BAD_REQUEST, "Disallowed CORS origin").into_response(),
    }
}

/// The claims of the request's token, if it is accepted.
fn caller(instance: &Instance, headers: &HeaderMap) -> Option<Claims> {
    instance.accepted(bearer(headers)?)
}

async fn threads(State(instance): Shared, headers: HeaderMap) -> Response {
    let Some(caller) = caller(&instance, &headers) else {
        return detail(StatusCode::UNAUTHORIZED, "Invalid or missing authentication token");
    };
    match instance.number("SELECT count(*) FROM threads").await {
        Some(count) => {
            let listed: Vec<Value> = (1..=count)
                .map(|nth| json!({"id": format!("thread-{nth}"), "title": format!("Simulated thread {nth}")}))
                .collect();
            answer(true, json!({"threads": listed, "total": count, "user_id": caller.sub}))
        }
        None => detail(StatusCode::INTERNAL_SERVER_ERROR, "Threads could not be read from the database"),
    }
}

async fn execute_agent(State(instance): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let caller = match caller(&instance, &headers) {
        Some(caller) => caller,
        None if instance.context.has_app_fault(AppFault::AgentOpen) => Claims::of("anonymous"),
        None => {
            return detail(StatusCode::UNAUTHORIZED, "Invalid or missing authentication token");
        }
    };
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(message) = asked["message"].as_str().filter(|message| !message.trim().is_empty()) else {
        return detail(StatusCode::UNPROCESSABLE_ENTITY, "`message` is missing");
    };
    let fallback = instance.context.has_app_fault(AppFault::AgentFallbackAnswers);
    let run = mix(instance.context.seed, message.len() as u64 ^ epoch().to_bits());
    Json(json!({
        "status": "completed",
        "agent_name": asked["agent"].as_str().unwrap_or("simulated_agent"),
        "run_id": format!("run-{run:016x}"),
        "user_id": caller.sub,
        "response": if fallback { format!("Fallback answer to: {message}") } else { reply(message) },
        "fallback_mode": fallback,
        "timestamp": timestamp(),
    }))
    .into_response()
}
