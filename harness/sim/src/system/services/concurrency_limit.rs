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
const CAPACITY: usize = 5;
/// How long `/health` takes for a single request, in the modelled system and at least here: requests that are sent at
/// once must meet, however fast the simulation runs.
const SINGLE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_millis(20));
/// How much longer it takes for concurrent requests.
const CONCURRENT: (Duration, Duration) = (Duration::from_millis(1000), Duration::from_millis(200));

/// The slots of a backend.
pub(crate) struct Slots {
    time_scale: TimeScale,
    taken: AtomicUsize,
}

impl Slots {
    pub(crate) fn new(time_scale: TimeScale) -> Arc<Self> {
        Arc::new(Slots { time_scale, taken: AtomicUsize::new(0) })
    }

    fn take(&self) -> Option<Slot<'_>> {
        let slot = Slot(&self.taken);
        (self.taken.fetch_add(1, Ordering::Relaxed) < CAPACITY).then_some(slot)
    }

    async fn linger(&self) {
        let wait = |(modelled, least)| tokio::time::sleep(self.time_scale.lasts(modelled).max(least));
        let concurrent = || self.taken.load(Ordering::Relaxed) > 1;
        let met = concurrent();
        wait(SINGLE).await;
        if met || concurrent() {
            wait(CONCURRENT).await;
        }
    }
}

struct Slot<'a>(&'a AtomicUsize);

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Serves the request if there is a slot. The frontend's own requests take none.
pub(crate) async fn admit(State(slots): State<Arc<Slots>>, request: Request, next: Next) -> Response {
    if request.headers().get(USER_AGENT).is_some_and(|agent| agent == http_client::USER_AGENT) {
        return next.run(request).await;
    }
    let Some(_slot) = slots.take() else {
        let mut refusal = detail(StatusCode::SERVICE_UNAVAILABLE, "too many requests at once");
        refusal.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        return refusal;
    };
    if request.uri().path().trim_end_matches('/') == "/health" {
        slots.linger().await;
    }
    next.run(request).await
}
