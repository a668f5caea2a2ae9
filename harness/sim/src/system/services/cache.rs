//! A cache in front of a service: it repeats the first good answer of each path with its `age` (RFC 9111, section 5.1).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{AGE, AUTHORIZATION};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;

use crate::servers::time_scale::TimeScale;

/// Age of an answer when it is first served, in seconds.
const OLD: u64 = 600;

/// No health answer is larger.
const LARGEST: usize = 1 << 20;

/// What was kept of each path.
#[derive(Clone)]
struct Cache {
    kept: Arc<Mutex<HashMap<String, Kept>>>,
    since: Instant,
    time_scale: TimeScale,
}

#[derive(Clone)]
struct Kept {
    headers: HeaderMap,
    body: Bytes,
}

/// The router behind a cache that keeps every good answer to a GET without a token.
pub(crate) fn before(router: Router, time_scale: TimeScale) -> Router {
    let cache = Cache { kept: Arc::default(), since: Instant::now(), time_scale };
    router.layer(from_fn_with_state(cache, answer))
}

async fn answer(State(cache): State<Cache>, request: Request, next: Next) -> Response {
    let path = request.uri().to_string();
    if request.method() != Method::GET || request.headers().contains_key(AUTHORIZATION) {
        return next.run(request).await;
    }
    if let Some(kept) = cache.get(&path) {
        return cache.aged(kept);
    }
    let response = next.run(request).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return (parts, Body::empty()).into_response();
    };
    let kept = Kept { headers: parts.headers, body };
    cache.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(path, kept.clone());
    cache.aged(kept)
}

impl Cache {
    fn get(&self, path: &str) -> Option<Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
    }

    fn aged(&self, kept: Kept) -> Response {
        let passed = self.since.elapsed().mul_f64(self.time_scale.speed());
        let mut response = (kept.headers, kept.body).into_response();
        response.headers_mut().insert(AGE, HeaderValue::from(OLD + passed.as_secs()));
        response
    }
}
