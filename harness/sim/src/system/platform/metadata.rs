//! The metadata server: the only source of tokens. It answers only requests with `Metadata-Flavor: Google`.

use std::collections::HashMap;

use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use super::middleware::Shared;
use super::names::NAMES;
use super::state::Platform;
use crate::system::context::Context;
use crate::system::profile::PlatformFault;

/// Seconds in `expires_in`.
const LIFETIME: u32 = 3599;

const FLAVOR: HeaderName = HeaderName::from_static("metadata-flavor");

const SCOPES: [&str; 2] =
    ["https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/userinfo.email"];

/// The routes below `/computeMetadata/v1`.
pub(crate) fn routes() -> Router<Platform> {
    let account = "/computeMetadata/v1/instance/service-accounts/{account}";
    Router::new()
        .route("/", get(async || "computeMetadata/\n"))
        .route("/computeMetadata/v1/", get(async || "instance/\nproject/\n"))
        .route("/computeMetadata/v1/project/project-id", get(async || NAMES.project))
        .route("/computeMetadata/v1/project/numeric-project-id", get(async || NAMES.project_number))
        .route("/computeMetadata/v1/instance/region", get(region))
        .route("/computeMetadata/v1/instance/service-accounts/", get(accounts))
        .route(&format!("{account}/"), get(described))
        .route(&format!("{account}/token"), get(token))
        .route(&format!("{account}/email"), get(email))
        .route(&format!("{account}/scopes"), get(scopes))
        .route("/computeMetadata/{*rest}", get(async || (StatusCode::NOT_FOUND, "Not Found\n")))
        .layer(from_fn(flavored))
}

/// Refuses requests without `Metadata-Flavor: Google`.
async fn flavored(headers: HeaderMap, request: Request, next: Next) -> Response {
    let mut response = match headers.get(FLAVOR).is_some_and(|flavor| flavor == "Google") {
        true => next.run(request).await,
        false => (StatusCode::FORBIDDEN, "Missing Metadata-Flavor:Google header.\n").into_response(),
    };
    response.headers_mut().insert(FLAVOR, HeaderValue::from_static("Google"));
    response
}

/// The answer where this machine has no such account.
fn no_account(context: &Context, account: &str) -> Option<Response> {
    let known = account == "default" || account == NAMES.probe_account;
    match known && !context.has_platform_fault(PlatformFault::PlatformUnauthorised) {
        true => None,
        false => Some((StatusCode::NOT_FOUND, "Not Found: no such service account\n").into_response()),
    }
}

type Account = axum::extract::Path<String>;

async fn region() -> String {
    format!("projects/{}/regions/{}", NAMES.project_number, NAMES.region)
}

async fn accounts(State(context): Shared) -> Response {
    match no_account(&context, "default") {
        Some(_) => "".into_response(),
        None => format!("default/\n{}/\n", NAMES.probe_account).into_response(),
    }
}

async fn described(
    State(context): Shared,
    account: Account,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    no_account(&context, &account).unwrap_or_else(|| match query.get("recursive").map(String::as_str) {
        Some("true") => Json(json!({"aliases": ["default"], "email": NAMES.probe_account, "scopes": SCOPES}))
            .into_response(),
        _ => "aliases\nemail\nidentity\nscopes\ntoken\n".into_response(),
    })
}

async fn token(State(platform): State<Platform>, account: Account) -> Response {
    no_account(&platform.context, &account).unwrap_or_else(|| {
        let token = platform.mint();
        Json(json!({"access_token": token, "expires_in": LIFETIME, "token_type": "Bearer"})).into_response()
    })
}

async fn email(State(context): Shared, account: Account) -> Response {
    no_account(&context, &account).unwrap_or_else(|| NAMES.probe_account.into_response())
}

async fn scopes(State(context): Shared, account: Account) -> Response {
    no_account(&context, &account).unwrap_or_else(|| format!("{}\n", SCOPES.join("\n")).into_response())
}
