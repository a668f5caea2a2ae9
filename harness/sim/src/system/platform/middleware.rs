//! What every request to the platform goes through: mark, journal and token. Errors have the shape of Google's APIs.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::names::NAMES;
use super::state::{Platform, PlatformRequest};
use crate::servers::http::{bearer, mark};
use crate::system::context::Context;
use crate::system::profile::PlatformFault;

/// What handlers get.
pub(crate) type Shared = State<Arc<Context>>;

/// What handlers answer.
pub(crate) type ApiResult = Result<Json<Value>, ApiError>;

/// An error in the shape of Google's APIs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    status: StatusCode,
    word: &'static str,
    message: String,
}

impl ApiError {
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        ApiError { status: StatusCode::BAD_REQUEST, word: "INVALID_ARGUMENT", message: message.into() }
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        ApiError { status: StatusCode::FORBIDDEN, word: "PERMISSION_DENIED", message: message.into() }
    }

    pub(crate) fn missing(message: impl Into<String>) -> Self {
        ApiError { status: StatusCode::NOT_FOUND, word: "NOT_FOUND", message: message.into() }
    }

    pub(crate) fn internal(message: &str) -> Self {
        ApiError { status: StatusCode::INTERNAL_SERVER_ERROR, word: "INTERNAL", message: message.to_owned() }
    }

    fn unauthenticated(message: &str) -> Self {
        ApiError { status: StatusCode::UNAUTHORIZED, word: "UNAUTHENTICATED", message: message.to_owned() }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let code = self.status.as_u16();
        let body = json!({"error": {"code": code, "message": self.message, "status": self.word}});
        (self.status, Json(body)).into_response()
    }
}

/// Records the request and marks the answer as simulated.
pub(crate) async fn record(State(platform): State<Platform>, request: Request, next: Next) -> Response {
    let method = request.method().to_string();
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    mark(&mut response);
    platform.note(PlatformRequest { method, path, status: response.status().as_u16() });
    response
}

/// Refuses requests without a token of the metadata server.
pub(crate) async fn authorize(State(platform): State<Platform>, request: Request, next: Next) -> Response {
    let Some(token) = bearer(request.headers()) else {
        return ApiError::unauthenticated(
            "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or \
             other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        )
        .into_response();
    };
    match platform.accepts(token) && !platform.context.has_platform_fault(PlatformFault::PlatformUnauthorised) {
        true => next.run(request).await,
        false => ApiError::unauthenticated(
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other \
             valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        )
        .into_response(),
    }
}

/// Refuses another project than ours.
pub(crate) fn project(named: &str) -> Result<(), ApiError> {
    match named == NAMES.project || named == NAMES.project_number {
        true => Ok(()),
        false => Err(ApiError::forbidden(format!(
            "Permission denied on resource project {named}, or it may not exist."
        ))),
    }
}

/// Refuses another project or another region than ours.
pub(crate) fn place(named: &str, location: &str) -> Result<(), ApiError> {
    project(named)?;
    match location == NAMES.region || location == "-" {
        true => Ok(()),
        false => Err(ApiError::missing(format!("Location {location} has no such resource."))),
    }
}

/// Refuses another name than this one; `resource` is the full name of the requested one.
pub(crate) fn name(asked: &str, known: &str, resource: &str) -> Result<(), ApiError> {
    match asked == known {
        true => Ok(()),
        false => Err(ApiError::missing(format!("The resource '{resource}' was not found"))),
    }
}
