//! What came back, as facts and as lines of a transcript.

use std::net::SocketAddr;

use reqwest::Response;
use reqwest::header::HeaderMap;

use fixproof_core::model::{Cause, Facts, ProbeError, Value, excerpt_bytes, shortened_bytes};

use super::hop::Hop;
use crate::net::headers::{self, shown};

/// How much of a body a transcript keeps, in bytes.
const EXCERPT: usize = 512;
/// How many headers a transcript keeps.
const HEADERS: usize = 40;

/// What came back.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) protocol: String,
    pub(super) peer: Option<SocketAddr>,
    pub(super) tls: Option<String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// What was waited for in it.
    pub(super) received: Received,
}

/// What the awaited events of a body came to.
#[derive(Default)]
pub(super) struct Received {
    pub(super) facts: Facts,
    pub(super) obstacle: Option<ProbeError>,
}

impl Answer {
    /// Says it in facts.
    pub(super) fn tell(self, facts: &mut Facts) {
        facts.insert("status", Value::count(u64::from(self.status)));
        facts.insert("protocol", Value::Text(self.protocol));
        if let Some(peer) = self.peer {
            facts.insert("peer", Value::Text(peer.to_string()));
        }
        if let Some(version) = self.tls {
            facts.insert("tls.protocol", Value::Text(version));
        }
        facts.insert("size", Value::Size(self.body.len() as u64));
        headers::facts(&self.headers, facts);
        match serde_json::from_slice::<serde_json::Value>(&self.body) {
            Ok(json) => facts.insert("body", Value::from_json(json)),
            Err(_) if self.body.is_empty() => {
                facts.insert_unreadable("body", Cause::NotJson, "the body is empty".to_owned())
            }
            Err(error) => {
                const MARK: &[u8] = b"\xEF\xBB\xBF";
                let error = if self.body.starts_with(MARK) {
                    "it begins with a byte order mark".to_owned()
                } else {
                    error.to_string()
                };
                let begins = shortened_bytes(&self.body, 80);
                facts.insert_unreadable("body", Cause::NotJson, format!("no JSON ({error}): {begins:?}"));
            }
        }
        facts.insert("text", Value::Text(String::from_utf8_lossy(&self.body).into_owned()));
        facts.extend(self.received.facts);
    }
}

pub(super) fn protocol(version: reqwest::Version) -> &'static str {
    match version {
        reqwest::Version::HTTP_2 => "HTTP/2",
        reqwest::Version::HTTP_10 => "HTTP/1.0",
        _ => "HTTP/1.1",
    }
}

pub(super) fn sent(hop: &Hop) -> Vec<String> {
    let mut lines = vec![format!("{} {}", hop.method, hop.url)];
    lines
        .extend(hop.headers.iter().map(|(name, value)| format!("{name}: {}", shown(name, value.as_bytes()))));
    if let Some(body) = &hop.body {
        lines.push(excerpt(body));
    }
    lines
}

pub(super) fn received(response: &Response) -> Vec<String> {
    let mut lines = vec![format!("{:?} {}", response.version(), response.status())];
    lines.extend(
        response
            .headers()
            .iter()
            .take(HEADERS)
            .map(|(name, value)| format!("{name}: {}", shown(name, value.as_bytes()))),
    );
    lines
}

pub(super) fn excerpt(body: &[u8]) -> String {
    excerpt_bytes(body, EXCERPT)
}
