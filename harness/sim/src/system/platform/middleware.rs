//! What every request to the platform goes through: the mark, the journal, the token, and refusals in Google's words.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::PlatformRequest;
use super::names::NAMES;
use crate::system::profile::PlatformFault;
use crate::system::services::World;
use crate::system::services::http::bearer;

/// What handlers get.
pub(crate) type Shared = State<Arc<World>>;

/// What handlers answer.
pub(crate) type Answer = Result<Json<Value>, Refusal>;

/// An error in the shape of Google's APIs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    status: StatusCode,
    word: &'static str,
    message: String,
}

impl Refusal {
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Refusal { status: StatusCode::BAD_REQUEST, word: "INVALID_ARGUMENT", message: message.into() }
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Refusal { status: StatusCode::FORBIDDEN, word: "PERMISSION_DENIED", message: message.into() }
    }

    pub(crate) fn missing(message: impl Into<String>) -> Self {
        Refusal { status: StatusCode::NOT_FOUND, word: "NOT_FOUND", message: message.into() }
    }

    pub(crate) fn internal(message: &str) -> Self {
        Refusal { status: StatusCode::INTERNAL_SERVER_ERROR, word: "INTERNAL", message: message.to_owned() }
    }

    fn unauthenticated(message: &str) -> Self {
        Refusal { status: StatusCode::UNAUTHORIZED, word: "UNAUTHENTICATED", message: message.to_owned() }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let code = self.status.as_u16();
        let body = json!({"error": {"code": code, "message": self.message, "status": self.word}});
        (self.status, Json(body)).into_response()
    }
}

/// Notes the request, lets it be answered, marks the answer.
pub(crate) async fn attend(State(world): Shared, request: Request, next: Next) -> Response {
    let method = request.method().to_string();
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .insert(HeaderName::from_static("x-simulated"), HeaderValue::from_static("fixproof-sim"));
    world.platform.note(PlatformRequest { method, path, status: response.status().as_u16() });
    response
}

/// Lets nobody through who does not hold a token of the metadata server.
pub(crate) async fn authorise(State(world): Shared, request: Request, next: Next) -> Response {
    let Some(token) = bearer(request.headers()) else {
        return Refusal::unauthenticated(
            "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or \
             other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        )
        .into_response();
    };
    match world.platform.opens(token) && !world.has_platform_fault(PlatformFault::PlatformUnauthorised) {
        true => next.run(request).await,
        false => Refusal::unauthenticated(
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other \
             valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        )
        .into_response(),
    }
}

/// Refuses another project than ours.
pub(crate) fn project(named: &str) -> Result<(), Refusal> {
    match named == NAMES.project || named == NAMES.project_number {
        true => Ok(()),
        false => Err(Refusal::forbidden(format!(
            "Permission denied on resource project {named}, or it may not exist."
        ))),
    }
}

/// Refuses another project or another region than ours.
pub(crate) fn place(named: &str, location: &str) -> Result<(), Refusal> {
    project(named)?;
    match location == NAMES.region || location == "-" {
        true => Ok(()),
        false => Err(Refusal::missing(format!("Location {location} has no such resource."))),
    }
}

/// Refuses another name than this one; `resource` is how Google names what was asked for.
pub(crate) fn name(asked: &str, known: &str, resource: &str) -> Result<(), Refusal> {
    match asked == known {
        true => Ok(()),
        false => Err(Refusal::missing(format!("The resource '{resource}' was not found"))),
    }
}
