//! The requests a staging received, so that a probe that sends nothing can't pass. It counts and never judges.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use crate::servers::balancer::EdgeJournal;
use crate::servers::dns::NameServerJournal;
use crate::servers::lock::locked;
use crate::servers::postgres::DatabaseJournal;
use crate::servers::relay::ConnectorJournal;
use crate::system::platform::PlatformRequest;
use crate::system::service::Service;
use crate::system::services::chat::WebsocketJournal;

/// More requests than this are counted and no longer listed.
const MAX_LISTED: usize = 50_000;

/// Everything received up to the moment of the snapshot.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Journal {
    /// HTTP requests, oldest first.
    pub requests: Vec<Request>,
    /// Requests that came after the list was full.
    pub unlisted_requests: u64,
    /// Requests to the platform, oldest first.
    pub platform: Vec<PlatformRequest>,
    /// The database's sessions, those of the services' own pools among them.
    pub database: DatabaseJournal,
    /// One entry for each connector route: `probe`, `backend`, `auth`.
    pub connectors: BTreeMap<&'static str, ConnectorJournal>,
    /// The chat; its upgrades are among the requests too.
    pub websocket: WebsocketJournal,
    /// The name server.
    pub name_server: NameServerJournal,
    /// The load balancer.
    pub edge: EdgeJournal,
}

impl Journal {
    /// The number of requests `method` `path` to `service` from outside.
    pub fn request_count(&self, service: Service, method: &str, path: &str) -> usize {
        let asked = |request: &&Request| {
            request.sender == Sender::Outside
                && request.service == service
                && request.method == method
                && request.path == path
        };
        self.requests.iter().filter(asked).count()
    }

    /// Requests that came from outside, to any service.
    pub fn from_outside(&self) -> impl Iterator<Item = &Request> {
        self.requests.iter().filter(|request| request.sender == Sender::Outside)
    }
}

/// One HTTP request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Request {
    /// The service that received it.
    pub service: Service,
    /// The method, or `?` where no request line could be read.
    pub method: String,
    /// The path without its query, or `?`.
    pub path: String,
    /// The status answered; none where the profile lets the listener answer no HTTP at all.
    pub status: Option<u16>,
    /// The sender.
    pub sender: Sender,
}

/// The sender of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sender {
    /// A client outside the staging, such as a probe.
    Outside,
    /// The simulated frontend, looking after its dependencies.
    Frontend,
}

/// The requests to HTTP services.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    requests: Mutex<Vec<Request>>,
    unlisted: AtomicU64,
}

impl RequestLog {
    pub(crate) fn note(&self, request: Request) {
        let mut requests = locked(&self.requests);
        if requests.len() < MAX_LISTED {
            requests.push(request);
        } else {
            self.unlisted.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn requests(&self) -> (Vec<Request>, u64) {
        (locked(&self.requests).clone(), self.unlisted.load(Ordering::Relaxed))
    }
}
