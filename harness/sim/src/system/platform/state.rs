//! What the platform keeps: its log, its access token, and the requests it received.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::FromRef;
use serde::Serialize;

use super::log::Log;
use crate::servers::lock::locked;
use crate::servers::seed::mix;
use crate::system::context::Context;

/// More requests than this are no longer listed.
const MAX_LISTED: usize = 20_000;

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

/// The simulated platform. Clones share everything.
#[derive(Debug, Clone)]
pub(crate) struct Platform {
    pub(crate) context: Arc<Context>,
    pub(crate) log: Arc<Log>,
    access: Arc<Access>,
}

#[derive(Debug)]
struct Access {
    token: String,
    minted: AtomicBool,
    requests: Mutex<Vec<PlatformRequest>>,
}

impl FromRef<Platform> for Arc<Context> {
    fn from_ref(platform: &Platform) -> Self {
        Arc::clone(&platform.context)
    }
}

impl Platform {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        let seed = context.seed;
        let token = format!("ya29.simulated-{:016x}{:016x}", mix(seed, 601), mix(seed, 602));
        let access = Access { token, minted: AtomicBool::new(false), requests: Mutex::default() };
        Platform { context, log: Arc::new(Log::new(seed)), access: Arc::new(access) }
    }

    /// An access token, the same until it expires, as the real server does.
    pub(super) fn mint(&self) -> &str {
        self.access.minted.store(true, Ordering::Relaxed);
        &self.access.token
    }

    /// Whether the metadata server issued this token.
    pub(super) fn accepts(&self, token: &str) -> bool {
        token == self.access.token && self.access.minted.load(Ordering::Relaxed)
    }

    pub(super) fn note(&self, request: PlatformRequest) {
        let mut requests = locked(&self.access.requests);
        if requests.len() < MAX_LISTED {
            requests.push(request);
        }
    }

    /// The requests so far.
    pub(crate) fn requests(&self) -> Vec<PlatformRequest> {
        locked(&self.access.requests).clone()
    }
}
