//! Records every HTTP answer on its way out and applies the mutations of it. Upgrades pass unchanged.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use serde_json::Value;

use super::apply::other_text;
use super::registry::{MutationRegistry, fields_of, other_status, other_type};
use super::{Answer, Change, Field, Shape};
use crate::servers::http_client;

/// No answer of this staging is larger.
const LARGEST: usize = 64 << 20;

/// The middleware's state.
#[derive(Clone)]
pub(crate) struct MutationLayer {
    pub(crate) registry: Arc<MutationRegistry>,
    pub(crate) service: &'static str,
}

/// Records an answer and applies its mutations. Answers between services are recorded and never changed: one answer is
/// changed, not two.
pub(crate) async fn mutate(State(layer): State<MutationLayer>, request: Request, next: Next) -> Response {
    let registry = &layer.registry;
    let route = request.extensions().get::<MatchedPath>().map(|matched| matched.as_str().to_owned());
    let Some(route) = route.filter(|_| registry.is_watching()) else {
        return next.run(request).await;
    };
    let outside = request.headers().get(USER_AGENT).is_none_or(|agent| agent != http_client::USER_AGENT);
    let path = request.uri().path().to_owned();
    // Each resource of the platform is an answer of its own: one service's revision is not the next one's.
    let route = if layer.service == "platform" { path.clone() } else { route };
    let route = format!("{} {route}", request.method());
    let response = next.run(request).await;
    let status = response.status().as_u16();
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return response;
    }
    let answer = Answer { service: layer.service, route, status: Some(status) };
    let (mut head, body) = response.into_parts();
    let body = to_bytes(body, LARGEST).await.unwrap_or_default();
    let mut document = serde_json::from_slice::<Value>(&body).ok();
    let fields = fields(&head.headers, &body, document.as_ref());
    registry.note(&answer, &path, outside, &fields);
    if !outside {
        return Response::from_parts(head, Body::from(body));
    }
    let mut new = body;
    if let Some(document) = &mut document
        && registry.change(&answer, document)
    {
        new = document.to_string().into();
    }
    for mutation in registry.wanted(&answer) {
        match (&mutation.field, document.is_none()) {
            (Field::Status, _) => {
                head.status = StatusCode::from_u16(other_status(status)).unwrap_or(StatusCode::IM_A_TEAPOT);
            }
            (Field::ContentType, _) => {
                let Some(old) = head.headers.remove(CONTENT_TYPE) else { continue };
                if let Some(other) = other_type(old.to_str().unwrap_or_default(), mutation.change) {
                    head.headers.insert(CONTENT_TYPE, HeaderValue::from_static(other));
                }
            }
            (Field::Text, true) if !new.is_empty() => {
                let text = String::from_utf8_lossy(&new).into_owned();
                new = match mutation.change {
                    Change::Emptied => Bytes::new(),
                    _ => other_text(&text, registry.seed()).into(),
                };
            }
            (Field::Text | Field::Body(_), _) => continue,
        }
        registry.made(&mutation);
    }
    // The new body has another length.
    head.headers.remove(CONTENT_LENGTH);
    Response::from_parts(head, Body::from(new))
}

/// Every field of an answer.
fn fields(headers: &HeaderMap, body: &Bytes, document: Option<&Value>) -> Vec<(Field, Shape)> {
    let mut fields = vec![(Field::Status, Shape::Number)];
    fields.extend(headers.contains_key(CONTENT_TYPE).then_some((Field::ContentType, Shape::Text)));
    match document {
        Some(document) => fields.extend(fields_of(document)),
        None if body.is_empty() => {}
        None => fields.push((Field::Text, Shape::Text)),
    }
    fields
}
