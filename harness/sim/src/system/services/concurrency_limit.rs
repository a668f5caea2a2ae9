//! A backend that serves few requests at once. Only a profile's router has this layer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{RETRY_AFTER, USER_AGENT};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use crate::servers::http::detail;
use crate::servers::http_client;
use crate::servers::time_scale::TimeScale;

/// Requests served at once.
const PLACES: usize = 5;
/// How long `/health` takes for somebody who is alone, in the modelled system and at least here: requests that are
/// sent at once must meet, however fast the simulation runs.
const ALONE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_millis(20));
/// How much longer it takes for somebody who is not.
const TOGETHER: (Duration, Duration) = (Duration::from_millis(1000), Duration::from_millis(200));

/// The places of a backend.
pub(crate) struct Places {
    time_scale: TimeScale,
    taken: AtomicUsize,
}

impl Places {
    pub(crate) fn new(time_scale: TimeScale) -> Arc<Self> {
        Arc::new(Places { time_scale, taken: AtomicUsize::new(0) })
    }

    fn take(&self) -> Option<Place<'_>> {
        let place = Place(&self.taken);
        (self.taken.fetch_add(1, Ordering::Relaxed) < PLACES).then_some(place)
    }

    async fn linger(&self) {
        let wait = |(modelled, least)| tokio::time::sleep(self.time_scale.lasts(modelled).max(least));
        let company = || self.taken.load(Ordering::Relaxed) > 1;
        let met = company();
        wait(ALONE).await;
        if met || company() {
            wait(TOGETHER).await;
        }
    }
}

struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Serves the request if there is a place. The frontend's own requests take none.
pub(crate) async fn admit(State(places): State<Arc<Places>>, request: Request, next: Next) -> Response {
    if request.headers().get(USER_AGENT).is_some_and(|agent| agent == http_client::USER_AGENT) {
        return next.run(request).await;
    }
    let Some(_place) = places.take() else {
        let mut refusal = detail(StatusCode::SERVICE_UNAVAILABLE, "too many requests at once");
        refusal.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        return refusal;
    };
    if request.uri().path().trim_end_matches('/') == "/health" {
        places.linger().await;
    }
    next.run(request).await
}
