//! The simulated platform: the log that services write to, the metadata server that hands out tokens, and the APIs
//! that say what is deployed. One listener, the paths and shapes of Google's; never the values of a secret.

mod deployment;
mod filter;
pub(crate) mod history;
mod log;
mod logging;
mod metadata;
mod middleware;
mod monitoring;
mod names;
mod network;
mod revisions;
mod run_v1;
mod run_v2;
pub(crate) mod startup_lines;
mod storage;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::middleware::from_fn_with_state;
use serde::Serialize;
use time::OffsetDateTime;

use crate::servers::listener::Listener;
use crate::servers::lock::locked;
use crate::servers::seed::mix;
use crate::system::mutation::{Pass, pass};
use crate::system::services::World;

pub use names::{Names, platform_names};

pub(crate) use log::{Log, Made, Origin, Severity};

/// More requests than this are no longer listed.
const LISTED: usize = 20_000;

/// One request to the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlatformRequest {
    /// The method.
    pub method: String,
    /// The path without its query.
    pub path: String,
    /// The status answered.
    pub status: u16,
}

/// What the platform keeps.
#[derive(Debug)]
pub(crate) struct Platform {
    pub(crate) log: Log,
    /// When the staging was started.
    pub(crate) born: OffsetDateTime,
    token: String,
    minted: AtomicBool,
    requests: Mutex<Vec<PlatformRequest>>,
}

impl Platform {
    pub(crate) fn new(seed: u64) -> Self {
        Platform {
            log: Log::new(seed),
            born: OffsetDateTime::now_utc(),
            token: format!("ya29.simulated-{:016x}{:016x}", mix(seed, 601), mix(seed, 602)),
            minted: AtomicBool::new(false),
            requests: Mutex::default(),
        }
    }

    /// A token, the same until it expires, as the real server does.
    fn mint(&self) -> &str {
        self.minted.store(true, Ordering::Relaxed);
        &self.token
    }

    /// Whether the metadata server handed this token out.
    fn opens(&self, token: &str) -> bool {
        token == self.token && self.minted.load(Ordering::Relaxed)
    }

    fn note(&self, request: PlatformRequest) {
        let mut requests = locked(&self.requests);
        if requests.len() < LISTED {
            requests.push(request);
        }
    }

    /// What was asked so far.
    pub(crate) fn requests(&self) -> Vec<PlatformRequest> {
        locked(&self.requests).clone()
    }
}

/// Serves the platform behind the listener.
pub(crate) async fn serve(world: Arc<World>, listener: Listener) -> std::io::Result<()> {
    let Listener::Open(listener) = listener else { return Ok(()) };
    axum::serve(listener, router(world)).await
}

fn router(world: Arc<World>) -> Router {
    let passing = Pass { world: Arc::clone(&world), service: "platform" };
    let interfaces = logging::routes()
        .merge(monitoring::routes())
        .merge(network::routes())
        .merge(run_v1::routes())
        .merge(run_v2::routes())
        .merge(storage::routes())
        .fallback(async || middleware::Refusal::missing("The requested URL was not found on this server."))
        .layer(from_fn_with_state(Arc::clone(&world), middleware::authorise))
        .layer(from_fn_with_state(passing.clone(), pass));
    metadata::routes()
        .layer(from_fn_with_state(passing, pass))
        .fallback_service(interfaces.with_state(Arc::clone(&world)))
        .layer(from_fn_with_state(Arc::clone(&world), middleware::attend))
        .with_state(world)
}
