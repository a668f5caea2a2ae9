//! A look at a WebSocket made ready: every setting read, nothing sent.

use std::time::Duration;

use hyper::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, ORIGIN, USER_AGENT};
use url::Url;

use super::talk::{self, Turn};
use crate::PrepareContext;
use crate::messages::{Limits, Script};
use crate::net::address::{self, Scheme, word};
use crate::net::connect::{Endpoint, Family};
use crate::net::headers;
use crate::net::tls::TlsClient;
use crate::net::tls_verification::{Verified, authorities};
use fixproof_core::model::{Mistake, Settings, Text};

/// The largest frame, unless the scenario says otherwise.
const FRAME_LIMIT: u64 = 1024 * 1024;
/// The most of all frames together.
const LIMIT: u64 = 8 * 1024 * 1024;
/// The most frames.
const FRAME_COUNT: u64 = 10_000;

/// The schemes there are, and what to use instead of a password in the address.
const SCHEME: Scheme = Scheme {
    names: ["ws", "wss"],
    example: "wss://chat.example.com/ws",
    instead: "send it as a header, as `bearer` or as a subprotocol",
};

/// Everything one look needs. It has no `Debug`: it holds what is secret.
pub(super) struct Request {
    pub(super) url: Url,
    /// Where to connect; an override has taken the name's place already.
    pub(super) endpoint: Endpoint,
    /// The name the certificate must have, and how TLS is spoken; nothing without TLS.
    pub(super) tls_client: Option<(String, TlsClient)>,
    pub(super) headers: HeaderMap,
    pub(super) subprotocols: Vec<Text>,
    pub(super) turns: Vec<Turn>,
    pub(super) script: Script,
    pub(super) listen: Option<Duration>,
    pub(super) frame_limit: u64,
    pub(super) limits: Limits,
}

impl Request {
    /// Reads every setting.
    ///
    /// # Errors
    /// Every setting that can't be used.
    pub(super) fn new(settings: &Settings, context: &PrepareContext<'_>) -> Result<Request, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let url = address::url(settings, &SCHEME, &mut mistakes);
        if url.as_ref().is_some_and(|url| url.fragment().is_some()) {
            mistakes.push(Mistake::at("url", "a WebSocket's address has no `#` part"));
        }
        let endpoint = url.as_ref().and_then(|url| place(settings, url, &mut mistakes));
        let tls_client = url.as_ref().and_then(|url| tls_client(settings, context, url, &mut mistakes));
        let headers = all_headers(settings, &mut mistakes);
        let subprotocols = subprotocols(settings, &mut mistakes);
        let (turns, script) = talk::read(settings, &mut mistakes);
        let (Some(url), Some(endpoint)) = (url, endpoint) else { return Err(mistakes) };
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        Ok(Request {
            url,
            endpoint,
            tls_client,
            headers,
            subprotocols,
            turns,
            script,
            listen: settings.duration("listen"),
            frame_limit: settings.size("frame-limit").unwrap_or(FRAME_LIMIT),
            limits: Limits {
                bytes: settings.size("limit").unwrap_or(LIMIT),
                count: settings.count("frame-count").unwrap_or(FRAME_COUNT),
            },
        })
    }

    /// The request line's target, which may hold secrets.
    pub(super) fn target(&self) -> String {
        match self.url.query() {
            Some(query) => format!("{}?{query}", self.url.path()),
            None => self.url.path().to_owned(),
        }
    }

    /// The `Host` header: the port only where it is not the scheme's own.
    pub(super) fn host(&self) -> String {
        let name = self.url.host_str().unwrap_or_default();
        self.url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"))
    }
}

fn place(settings: &Settings, url: &Url, mistakes: &mut Vec<Mistake>) -> Option<Endpoint> {
    let own = url.port_or_known_default()?;
    let family = Family::named(word(settings, "ip"));
    if settings.get("resolve").is_some() {
        address::nothing_to_resolve(Some(url), mistakes);
        let (ip, port) = address::resolve(settings, mistakes)?;
        return Some(Endpoint { host: ip.to_string(), port: port.unwrap_or(own), family: Family::Any });
    }
    Some(Endpoint { host: bare(url)?, port: own, family })
}

/// The host without the brackets of an IPv6 address.
fn bare(url: &Url) -> Option<String> {
    url.host_str().map(|host| host.trim_start_matches('[').trim_end_matches(']').to_owned())
}

fn tls_client(
    settings: &Settings,
    context: &PrepareContext<'_>,
    url: &Url,
    mistakes: &mut Vec<Mistake>,
) -> Option<(String, TlsClient)> {
    let ca = authorities(settings.text("ca"), context);
    if url.scheme() != "wss" {
        if ca.is_some() {
            mistakes.push(Mistake::at("ca", "`ca` has no effect without TLS").help("write wss://"));
        }
        return None;
    }
    let setting = if ca.is_some() { "ca" } else { "url" };
    let tls_client = TlsClient::new(Verified::All, ca.as_deref(), &["http/1.1"])
        .map_err(|why| mistakes.push(Mistake::at(setting, why)))
        .ok()?;
    Some((bare(url)?, tls_client))
}

fn all_headers(settings: &Settings, mistakes: &mut Vec<Mistake>) -> HeaderMap {
    let mut all = headers::read(settings, mistakes);
    let own = |name: &HeaderName| {
        matches!(name.as_str(), "connection" | "upgrade") || name.as_str().starts_with("sec-websocket-")
    };
    if let Some(name) = all.keys().find(|name| own(name)) {
        let message = format!("the handshake itself sends `{name}`");
        mistakes.push(Mistake::at("headers", message).help("subprotocols are offered with `subprotocols`"));
    }
    if let Some(token) = settings.text("bearer") {
        if all.contains_key(AUTHORIZATION) {
            mistakes.push(Mistake::whole("only one of `bearer` and an `authorization` header can be sent"));
        }
        headers::authorize(&mut all, "bearer", &format!("Bearer {}", token.expose()), mistakes);
    }
    if let Some(origin) = settings.text("origin") {
        if all.contains_key(ORIGIN) {
            mistakes.push(Mistake::whole("only one of `origin` and an `origin` header can be sent"));
        }
        match HeaderValue::from_str(origin.expose()) {
            Ok(value) => drop(all.insert(ORIGIN, value)),
            Err(_) => mistakes.push(Mistake::at("origin", "it holds a character that no header may hold")),
        }
    }
    let agent = HeaderValue::from_static(concat!("fixproof/", env!("CARGO_PKG_VERSION")));
    all.entry(USER_AGENT).or_insert(agent);
    all
}

fn subprotocols(settings: &Settings, mistakes: &mut Vec<Mistake>) -> Vec<Text> {
    let offered: Vec<Text> =
        settings.list("subprotocols").iter().filter_map(fixproof_core::model::Setting::scalar_text).collect();
    // What RFC 9110 calls a token; a browser refuses to offer anything else.
    let fits = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    for (nth, text) in offered.iter().enumerate() {
        let shown = if text.is_secret() { "one".to_owned() } else { format!("`{}`", text.expose()) };
        if text.expose().is_empty() || !text.expose().chars().all(fits) {
            let message = format!("{shown} holds a character that no subprotocol may hold, or none at all");
            mistakes.push(
                Mistake::at("subprotocols", message)
                    .help("a token goes as base64url without `=`; each subprotocol is a text of its own"),
            );
        }
        if offered[..nth].contains(text) {
            mistakes.push(Mistake::at("subprotocols", format!("{shown} is offered twice")));
        }
    }
    offered
}
