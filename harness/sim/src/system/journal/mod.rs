//! What the staging was asked, so that a probe that sends nothing can't pass. It only counts; it never judges.

mod edge;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use crate::servers::lock::locked;
use crate::{PlatformRequest, Service};

pub(crate) use edge::{ChatLedger, EdgeLedger, NameLedger, Transport};
pub use edge::{EdgeJournal, NameServerJournal, WebsocketJournal};

/// More requests than this are counted and no longer listed.
const LISTED: usize = 50_000;

/// Everything that was asked up to the moment of the snapshot.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Journal {
    /// HTTP requests, oldest first.
    pub requests: Vec<Request>,
    /// Requests that came after the list was full.
    pub unlisted_requests: u64,
    /// What the platform was asked, oldest first.
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
    /// How often `method` `path` of `service` was asked from outside.
    pub fn times_asked(&self, service: Service, method: &str, path: &str) -> usize {
        let asked = |request: &&Request| {
            request.asked_by == Asker::Outside
                && request.service == service
                && request.method == method
                && request.path == path
        };
        self.requests.iter().filter(asked).count()
    }

    /// Requests that came from outside, to any service.
    pub fn from_outside(&self) -> impl Iterator<Item = &Request> {
        self.requests.iter().filter(|request| request.asked_by == Asker::Outside)
    }
}

/// One HTTP request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Request {
    /// Whose listener it came to.
    pub service: Service,
    /// The method, or `?` where no request line could be read.
    pub method: String,
    /// The path without its query, or `?`.
    pub path: String,
    /// The status answered; none where the profile lets the listener answer no HTTP at all.
    pub status: Option<u16>,
    /// Who asked.
    pub asked_by: Asker,
}

/// Who sent a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asker {
    /// Somebody outside the staging: a probe, a person.
    Outside,
    /// The simulated frontend, looking after its dependencies.
    Frontend,
}

/// The database's sessions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DatabaseJournal {
    /// Sessions that got as far as ready for query.
    pub accepted: u64,
    /// The same by role: `fixproof_probe` is the probe's, the others are the services'.
    pub accepted_by_role: BTreeMap<String, u64>,
    /// Sessions refused at start-up, by SQLSTATE.
    pub rejected: BTreeMap<String, u64>,
    /// Most slots in use at once.
    pub peak: usize,
    /// Slots in use now.
    pub now: usize,
    /// Statements executed, those of the services among them.
    pub statements: u64,
    /// Statements executed by role.
    pub statements_by_role: BTreeMap<String, u64>,
    /// Cancel requests that named a live session.
    pub cancelled: u64,
}

/// One connector route.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ConnectorJournal {
    /// Connections accepted on the client's side.
    pub accepted: u64,
    /// Scale-outs that a connection had to wait for.
    pub scale_outs: u64,
    /// Connections reset by the connector.
    pub resets: u64,
}

/// Where the HTTP services write.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    requests: Mutex<Vec<Request>>,
    unlisted: AtomicU64,
    pub(crate) chat: ChatLedger,
    pub(crate) names: NameLedger,
    pub(crate) edge: EdgeLedger,
}

impl Ledger {
    pub(crate) fn note(&self, request: Request) {
        let mut requests = locked(&self.requests);
        if requests.len() < LISTED {
            requests.push(request);
        } else {
            self.unlisted.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn requests(&self) -> (Vec<Request>, u64) {
        (locked(&self.requests).clone(), self.unlisted.load(Ordering::Relaxed))
    }
}
