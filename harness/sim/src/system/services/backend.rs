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

use super::http::{bearer, detail, no_instance};
use super::instance::{Instance, answer};
use super::tokens::Claims;
use super::{backend_health, chat, concurrency_limit};
use crate::servers::seed::mix;
use crate::system::profile::AppFault;
use crate::system::readiness::Startup;

/// What handlers get.
pub(crate) type Shared = State<Arc<Instance>>;

/// The backend's routes.
pub(crate) fn router(instance: Arc<Instance>) -> Router {
    let places = concurrency_limit::Places::new(&instance.world);
    let overloaded = instance.world.has_app_fault(AppFault::Overloaded);
    let router = Router::new()
        .merge(backend_health::routes())
        .merge(chat::routes())
        .route("/api/threads", get(threads))
        .route("/api/agents/execute", post(execute_agent))
        .fallback(async |_: Request| detail(StatusCode::NOT_FOUND, "Not Found"))
        .layer(from_fn_with_state(Arc::clone(&instance), gate))
        .with_state(instance);
    match overloaded {
        true => router.layer(from_fn_with_state(places, concurrency_limit::admit)),
        false => router,
    }
}

/// Answers for the platform and for CORS, and lets nothing but `/health…` through before startup has completed.
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
    match instance.world.has_app_fault(AppFault::CorsWrong) {
        true => "https://elsewhere.invalid".to_owned(),
        false => instance.world.addresses.frontend.clone(),
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

/// Who asks, if the token says so and may be believed.
fn caller(instance: &Instance, headers: &HeaderMap) -> Option<Claims> {
    believed(instance, bearer(headers)?)
}

/// Whose token it is, if it may be believed.
pub(crate) fn believed(instance: &Instance, token: &str) -> Option<Claims> {
    let tokens = &instance.world.tokens;
    match instance.world.has_app_fault(AppFault::TokensNotVerified) {
        // Not even the shape of the claims is looked at: whatever comes with a token is somebody.
        true => Some(tokens.unverified(token).unwrap_or_else(|| nobody("unverified"))),
        false => tokens.verified(token).filter(Claims::opens),
    }
}

fn nobody(sub: &str) -> Claims {
    Claims {
        iss: String::new(),
        sub: sub.to_owned(),
        email: String::new(),
        token_type: String::new(),
        iat: 0,
        exp: 0,
    }
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
        None if instance.world.has_app_fault(AppFault::AgentOpen) => nobody("anonymous"),
        None => {
            return detail(StatusCode::UNAUTHORIZED, "Invalid or missing authentication token");
        }
    };
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(message) = asked["message"].as_str().filter(|message| !message.trim().is_empty()) else {
        return detail(StatusCode::UNPROCESSABLE_ENTITY, "`message` is missing");
    };
    let fallback = instance.world.has_app_fault(AppFault::AgentFallbackAnswers);
    let run = mix(instance.world.seed, message.len() as u64 ^ super::epoch().to_bits());
    Json(json!({
        "status": "completed",
        "agent_name": asked["agent"].as_str().unwrap_or("simulated_agent"),
        "run_id": format!("run-{run:016x}"),
        "user_id": caller.sub,
        "response": if fallback { format!("Fallback answer to: {message}") } else { reply(message) },
        "fallback_mode": fallback,
        "timestamp": super::timestamp(),
    }))
    .into_response()
}

/// An answer that can only be given by reading the message, and that does not echo it.
pub(crate) fn reply(message: &str) -> String {
    let digits: u32 = message.chars().filter_map(|character| character.to_digit(10)).sum();
    let words = message.split_whitespace().count();
    format!(
        "This is a simulated agent. Your message has {words} words and {} characters; its digits add up to {digits}.",
        message.chars().count()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agent_answers_from_the_message_without_echoing_it() {
        let said = reply("nonce 4711 please");
        assert!(said.contains("3 words and 17 characters; its digits add up to 13"), "{said}");
        assert!(!said.contains("4711") && said.len() > 50);
    }
}
