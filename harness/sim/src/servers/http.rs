//! What every simulated HTTP server has: the mark on each answer, refusals with a `detail`, bearer tokens.

use axum::Json;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// The header on every answer.
const MARK: HeaderName = HeaderName::from_static("x-simulated");

/// Marks an answer as simulated.
pub(crate) fn mark(response: &mut Response) {
    response.headers_mut().insert(MARK, HeaderValue::from_static("fixproof-sim"));
}

/// The token of an `Authorization: Bearer` header.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get("authorization")?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// A status with a `detail`, as the modelled services word their refusals.
pub(crate) fn detail(status: StatusCode, text: &str) -> Response {
    (status, Json(json!({"detail": text}))).into_response()
}

/// 503 with a body.
pub(crate) fn unavailable(body: Value) -> Response {
    answer(false, body)
}

/// 200 or 503 with the same body.
pub(crate) fn answer(healthy: bool, body: Value) -> Response {
    let status = if healthy { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(body)).into_response()
}
