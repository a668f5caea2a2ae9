//! The auth service: its health contract, logins and tokens. It stores nothing.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use serde_json::{Value, json};

use super::http::no_instance;
use super::instance::{Instance, Shared};
use super::tokens::{Claims, SERVICE_LIFETIME, USER_LIFETIME};
use crate::servers::http::{answer, bearer, detail, unavailable};
use crate::servers::wall_clock::timestamp;
use crate::system::profile::AppFault;
use crate::system::readiness::Startup;
use crate::system::service::{ENVIRONMENT, VERSION};

const SERVICE: &str = "auth-service";
const USER_ID: &str = "user-e2e-0001";

/// The health contract: paths and their handlers.
pub(crate) fn contract() -> Vec<(&'static str, MethodRouter<Arc<Instance>>)> {
    vec![("/health", get(health)), ("/health/ready", get(ready)), ("/health/auth", get(capabilities))]
}

/// The auth service's routes.
pub(crate) fn router(instance: Arc<Instance>) -> Router {
    contract()
        .into_iter()
        .fold(Router::new(), |router, (path, answers)| router.route(path, answers))
        .route("/", get(root))
        .route("/auth/login", post(login))
        .route("/auth/e2e/test-auth", post(test_auth))
        .route("/auth/service-token", post(service_token))
        .route("/auth/verify", post(verify).get(verify))
        .route("/auth/me", get(me))
        .fallback(async |_: Request| detail(StatusCode::NOT_FOUND, "Not Found"))
        .layer(from_fn_with_state(Arc::clone(&instance), gate))
        .with_state(instance)
}

/// Answers 503 until startup has completed.
async fn gate(State(instance): Shared, request: Request, next: Next) -> Response {
    match instance.startup() {
        Startup::Restarting { .. } | Startup::Absent => no_instance(),
        _ => match instance.not_started() {
            Some(refusal) => refusal,
            None => next.run(request).await,
        },
    }
}

async fn root() -> Response {
    answer(true, json!({"service": SERVICE, "status": "running", "version": VERSION}))
}

async fn health(State(instance): Shared) -> Response {
    match instance.database_answers().await {
        true => answer(
            true,
            json!({
                "status": "healthy", "service": SERVICE, "version": VERSION, "timestamp": timestamp(),
                "environment": ENVIRONMENT, "database_status": "connected", "uptime_seconds": instance.context.uptime(),
            }),
        ),
        false => unavailable(
            json!({"status": "unhealthy", "service": SERVICE, "reason": "Database connectivity failed", "database_status": "error"}),
        ),
    }
}

async fn ready(State(instance): Shared) -> Response {
    let database = instance.database_answers().await;
    answer(
        database,
        json!({"status": if database { "ready" } else { "not_ready" }, "service": SERVICE, "environment": ENVIRONMENT}),
    )
}

async fn capabilities(State(instance): Shared) -> Response {
    let database = instance.database_answers().await;
    answer(
        database,
        json!({
            "status": if database { "healthy" } else { "unhealthy" },
            "service": SERVICE,
            "environment": ENVIRONMENT,
            "timestamp": timestamp(),
            "capabilities": {"jwt_validation": true, "session_management": database, "oauth_configured": true, "database_connected": database},
            "golden_path_ready": database,
        }),
    )
}

fn text<'a>(body: &'a Value, key: &str) -> Option<&'a str> {
    body[key].as_str().filter(|text| !text.is_empty())
}

fn parsed(body: &Bytes) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}

/// Tokens for the test user, or what a broken login answers instead.
fn logged_in(instance: &Instance, email: &str, extra: Value) -> Response {
    let context = &instance.context;
    if context.has_app_fault(AppFault::LoginBroken) {
        return detail(StatusCode::INTERNAL_SERVER_ERROR, "Authentication failed with an internal error");
    }
    let token = |kind: &str| match context.has_app_fault(AppFault::LoginEmptyToken) {
        true => String::new(),
        false => instance.state.tokens.issue(USER_ID, email, kind, USER_LIFETIME),
    };
    let mut user = json!({"id": USER_ID, "email": email});
    if let (Some(user), Value::Object(extra)) = (user.as_object_mut(), extra) {
        user.extend(extra);
    }
    answer(
        true,
        json!({"access_token": token("access"), "refresh_token": token("refresh"), "token_type": "Bearer", "expires_in": USER_LIFETIME, "user": user}),
    )
}

async fn login(State(instance): Shared, body: Bytes) -> Response {
    let body = parsed(&body);
    let (Some(email), Some(password)) = (text(&body, "email"), text(&body, "password")) else {
        return detail(StatusCode::UNPROCESSABLE_ENTITY, "`email` and `password` are needed");
    };
    let known = &instance.context.credentials;
    match email == known.email && password == known.password {
        true => logged_in(&instance, email, json!({})),
        false => detail(StatusCode::UNAUTHORIZED, "Invalid credentials"),
    }
}

async fn test_auth(State(instance): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let key = headers.get("x-e2e-bypass-key").and_then(|key| key.to_str().ok());
    if key != Some(instance.context.credentials.e2e_bypass_key.as_str()) {
        return detail(StatusCode::UNAUTHORIZED, "Invalid or missing E2E bypass key");
    }
    let body = parsed(&body);
    let email = text(&body, "email").unwrap_or(&instance.context.credentials.email);
    let name = text(&body, "name").unwrap_or("E2E Test User");
    let permissions = body.get("permissions").cloned().unwrap_or_else(|| json!(["read", "write"]));
    logged_in(&instance, email, json!({"name": name, "permissions": permissions}))
}

async fn service_token(State(instance): Shared, body: Bytes) -> Response {
    let body = parsed(&body);
    let (Some(id), Some(secret)) = (text(&body, "service_id"), text(&body, "service_secret")) else {
        return detail(StatusCode::UNPROCESSABLE_ENTITY, "`service_id` and `service_secret` are needed");
    };
    let context = &instance.context;
    if id != context.credentials.service_id || secret != context.credentials.service_secret {
        return detail(StatusCode::UNAUTHORIZED, "Invalid service credentials");
    }
    let token = instance.state.tokens.issue(id, "", "service", SERVICE_LIFETIME);
    answer(true, json!({"access_token": token, "token_type": "Bearer", "expires_in": SERVICE_LIFETIME}))
}

/// The claims of an access token that is valid.
fn opened(instance: &Instance, token: &str) -> Option<Claims> {
    instance.state.tokens.verified(token).filter(Claims::opens)
}

async fn verify(State(instance): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let body = parsed(&body);
    let token = bearer(&headers).or_else(|| text(&body, "token"));
    match token.and_then(|token| opened(&instance, token)) {
        Some(claims) => answer(
            true,
            json!({"valid": true, "user_id": claims.sub, "email": claims.email, "expires_at": claims.exp}),
        ),
        None => detail(StatusCode::UNAUTHORIZED, "Invalid or missing token"),
    }
}

async fn me(State(instance): Shared, headers: HeaderMap) -> Response {
    match bearer(&headers).and_then(|token| opened(&instance, token)) {
        Some(claims) => {
            answer(true, json!({"id": claims.sub, "email": claims.email, "permissions": ["read", "write"]}))
        }
        None => detail(StatusCode::UNAUTHORIZED, "Invalid or missing token"),
    }
}
