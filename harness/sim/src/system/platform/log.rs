//! The platform's log: entries in the shape of Cloud Logging, bounded in number. It filters nothing.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::names::{Deployed, NAMES};
use crate::servers::lock::locked;
use crate::servers::seed::mix;
use crate::servers::wall_clock::rfc3339;
use crate::system::service::Service;

/// No more entries than this are kept; what comes later is dropped, as a quota does.
const KEPT: usize = 60_000;

/// No more requests than this, so that a busy prober can't push a startup's lines out.
const REQUESTS: u64 = 20_000;

/// One entry, with what it is ordered by.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) at: OffsetDateTime,
    pub(crate) number: u64,
    pub(crate) value: Value,
}

/// All entries.
#[derive(Debug)]
pub(crate) struct Log {
    seed: u64,
    numbers: AtomicU64,
    requests: AtomicU64,
    entries: Mutex<Vec<Arc<Entry>>>,
}

/// How bad an entry is. The words are Cloud Logging's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Severity {
    Info,
    Warning,
    Error,
    Critical,
}

impl Severity {
    fn word(self) -> &'static str {
        match self {
            Severity::Info => "INFO",
            Severity::Warning => "WARNING",
            Severity::Error => "ERROR",
            Severity::Critical => "CRITICAL",
        }
    }
}

/// Whether an entry was written by what really ran here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    /// Written by a startup or an answer of this staging.
    Live,
    /// Made up, from before this staging was started.
    History,
}

/// The writer of an entry: one instance of one revision.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) deployed: &'static Deployed,
    pub(crate) revision: &'static str,
    pub(crate) instance: String,
    pub(crate) made: Made,
}

impl Origin {
    /// An instance of the newest revision, by a number that is its own.
    pub(crate) fn newest(service: Service, seed: u64, number: u64, made: Made) -> Self {
        let deployed = Deployed::of(service);
        Origin { deployed, revision: deployed.revision, instance: instance_id(seed, service, number), made }
    }

    /// An instance of the revision before it.
    pub(crate) fn previous(service: Service, seed: u64, number: u64) -> Self {
        let deployed = Deployed::of(service);
        let instance = instance_id(seed, service, number);
        Origin { deployed, revision: deployed.previous, instance, made: Made::History }
    }
}

fn instance_id(seed: u64, service: Service, number: u64) -> String {
    let salt = 7000 + 1000 * service as u64 + number;
    format!("0069c7a9{:016x}{:016x}", mix(seed, salt), mix(seed ^ 0x5eed, salt))
}

/// Which of a revision's logs an entry belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stream {
    /// What the application writes.
    Stderr,
    /// What the platform writes about an instance.
    System,
    /// What the platform writes about a revision.
    Event,
    /// One entry a request.
    Requests,
}

impl Stream {
    fn word(self) -> &'static str {
        match self {
            Stream::Stderr => "run.googleapis.com%2Fstderr",
            Stream::System => "run.googleapis.com%2Fvarlog%2Fsystem",
            Stream::Event => "cloudaudit.googleapis.com%2Fsystem_event",
            Stream::Requests => "run.googleapis.com%2Frequests",
        }
    }
}

impl Log {
    pub(crate) fn new(seed: u64) -> Self {
        Log { seed, numbers: AtomicU64::new(0), requests: AtomicU64::new(0), entries: Mutex::default() }
    }

    /// A line of the application's own logger.
    pub(crate) fn application(&self, origin: &Origin, at: OffsetDateTime, severity: Severity, message: &str) {
        let payload = json!({"message": message, "context": {"name": origin.deployed.logger}});
        self.push(origin, at, severity, Stream::Stderr, ("jsonPayload", payload));
    }

    /// The same with the error that it is about.
    pub(crate) fn error(&self, origin: &Origin, at: OffsetDateTime, message: &str, [kind, value]: [&str; 2]) {
        let payload = json!({
            "message": message,
            "context": {"name": origin.deployed.logger},
            "error": {"type": kind, "value": value},
        });
        self.push(origin, at, Severity::Error, Stream::Stderr, ("jsonPayload", payload));
    }

    /// A line of the application's server, which has no structure.
    pub(crate) fn server(&self, origin: &Origin, at: OffsetDateTime, severity: Severity, text: &str) {
        self.push(origin, at, severity, Stream::Stderr, ("textPayload", json!(text)));
    }

    /// A line of the platform about an instance.
    pub(crate) fn platform(&self, origin: &Origin, at: OffsetDateTime, severity: Severity, text: &str) {
        self.push(origin, at, severity, Stream::System, ("textPayload", json!(text)));
    }

    /// A line of the platform about a revision.
    pub(crate) fn event(&self, origin: &Origin, at: OffsetDateTime, severity: Severity, message: &str) {
        let payload = json!({
            "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
            "serviceName": "run.googleapis.com",
            "methodName": "/InternalServices.ReplaceInternalRevision",
            "resourceName": format!("namespaces/{}/revisions/{}", NAMES.project, origin.revision),
            "status": {"message": message},
        });
        self.push(origin, at, severity, Stream::Event, ("protoPayload", payload));
    }

    /// A request that a service answered.
    pub(crate) fn request(&self, origin: &Origin, method: &str, url: &str, status: u16, seconds: f64) {
        if self.requests.fetch_add(1, Ordering::Relaxed) >= REQUESTS {
            return;
        }
        let severity = match status {
            500.. => Severity::Error,
            400.. => Severity::Warning,
            _ => Severity::Info,
        };
        let payload = json!({
            "requestMethod": method,
            "requestUrl": url,
            "status": status,
            "latency": format!("{seconds:.9}s"),
            "protocol": "HTTP/1.1",
        });
        let at = OffsetDateTime::now_utc();
        self.push(origin, at, severity, Stream::Requests, ("httpRequest", payload));
    }

    fn push(
        &self,
        origin: &Origin,
        at: OffsetDateTime,
        severity: Severity,
        stream: Stream,
        (key, payload): (&str, Value),
    ) {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let mut value = json!({
            "insertId": format!("{:016x}{number:06x}", mix(self.seed, 500 + number)),
            "logName": format!("projects/{}/logs/{}", NAMES.project, stream.word()),
            "severity": severity.word(),
            "timestamp": rfc3339(at),
            "receiveTimestamp": rfc3339(at),
            "resource": {
                "type": "cloud_run_revision",
                "labels": {
                    "project_id": NAMES.project,
                    "location": NAMES.region,
                    "service_name": origin.deployed.name,
                    "configuration_name": origin.deployed.name,
                    "revision_name": origin.revision,
                },
            },
            "labels": {
                "instanceId": origin.instance,
                "simulated": match origin.made { Made::Live => "live", Made::History => "history" },
            },
        });
        value[key] = payload;
        let mut entries = locked(&self.entries);
        if entries.len() < KEPT {
            entries.push(Arc::new(Entry { at, number, value }));
        }
    }

    /// Everything so far, oldest first.
    pub(crate) fn entries(&self) -> Vec<Arc<Entry>> {
        let mut entries = locked(&self.entries).clone();
        entries.sort_by_key(|entry| (entry.at, entry.number));
        entries
    }
}
