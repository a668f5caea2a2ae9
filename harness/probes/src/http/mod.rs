//! The `http` probe: one request over a fresh connection, with a stamp for every phase.
//!
//! It follows no redirect unless `redirects` says so, never reuses a connection, keeps no cookies, decompresses nothing, and
//! uses no proxy of the environment unless the target says so.

mod answer;
mod client;
mod events;
mod exchange;
mod failure;
mod hop;
mod observe;
mod reproduce;
mod request;
mod sse;
mod trace;

use fixproof_core::model::{Kind, ProbeSpec, SettingKind};

use crate::probe::{BuiltInProbe, ObserveContext, Observing, Probe};
use crate::spec::{CA, CERTIFICATE, IP, TIME_DNS, TIME_TLS, TLS_PROTOCOL, always, fact, required, setting};

pub(super) use reproduce::reproduce;
pub(super) use request::Request;

static SPEC: ProbeSpec = ProbeSpec {
    name: "http",
    summary: "one HTTP request over a fresh connection",
    settings: &[
        required("url", SettingKind::Text, "http:// or https:// address, without a password in it"),
        setting("method", SettingKind::Text, "GET, or POST where there is a body, unless said otherwise"),
        setting("headers", SettingKind::Table, "header names and values"),
        setting("query", SettingKind::Table, "names and values added to the query"),
        setting("body", SettingKind::Text, "a body as it stands"),
        setting("json", SettingKind::Any, "a body as JSON, with its content type"),
        setting("form", SettingKind::Table, "a body as an urlencoded form, with its content type"),
        setting("bearer", SettingKind::Text, "a token for `Authorization: Bearer`"),
        setting(
            "google",
            SettingKind::Text,
            "a Google access token is obtained and sent as `Authorization: Bearer`: `default` (application default credentials), `metadata`, `metadata:http://127.0.0.1:8080` (a metadata server there), or a credentials file, relative to the suite",
        ),
        setting("basic", SettingKind::Table, "{ user, password } for `Authorization: Basic`"),
        CA,
        setting(
            "resolve",
            SettingKind::Text,
            "address to connect to instead of the name's own: \"127.0.0.1\" or \"127.0.0.1:8443\"; where its port differs from one written in the url, auto speaks HTTP/1.1",
        ),
        setting(
            "http",
            SettingKind::OneOf(&["auto", "1.1", "2"]),
            "protocol version; auto offers both over TLS",
        ),
        IP,
        setting("redirects", SettingKind::Count, "how many redirects are followed; default: none"),
        setting("body-limit", SettingKind::Size, "largest body that is read; default: 1MiB"),
        setting(
            "events",
            SettingKind::Any,
            "the answer is text/event-stream, read until these came, in order: [\"started\", { name, at = \"$.event\", equals | matches | exists, within }]; an event is { event, id, retry, data }",
        ),
        setting(
            "forbid",
            SettingKind::Any,
            "events that must not come, as in `events`; one that comes ends the look as content/differs",
        ),
        setting("strict", SettingKind::Flag, "true: no other event may come between the awaited ones"),
        setting(
            "distinct",
            SettingKind::Any,
            "JSONPaths whose different values are counted in the awaited events: { run = \"$.data.run_id\" }, or { run = { at, from = \"started\" } }",
        ),
        setting("event-count", SettingKind::Count, "most events that are read; default: 10000"),
        setting("proxy", SettingKind::Text, "address of a proxy to go through"),
    ],
    facts: &[
        &[
            always("status", Kind::Number, "status code of the answer"),
            fact(
                "header.*",
                Kind::Text,
                "a header by its lower-case name; several of one name joined by \", \"",
            ),
            fact("body", Kind::Json, "the body as JSON; anything else is not-json"),
            always("text", Kind::Text, "the body as text; bytes that are no UTF-8 become U+FFFD"),
            always("size", Kind::Size, "bytes of the body"),
            fact("peer", Kind::Text, "address that answered, with port"),
            always("protocol", Kind::Text, "HTTP/1.1 or HTTP/2"),
            always("url", Kind::Text, "address that answered, after redirects"),
            always("redirects", Kind::Number, "redirects that were followed"),
            fact(
                "time.auth",
                Kind::Duration,
                "obtaining the Google access token, or finding the one that is kept; in no other time. Missing without `google`",
            ),
            always("time.connect", Kind::Duration, "establishing the TCP connection"),
            always("time.first-byte", Kind::Duration, "from the connection's readiness to the answer's head"),
            always(
                "time.body",
                Kind::Duration,
                "from the answer's head to the last byte of its body, or to the last awaited event",
            ),
            fact(
                "events",
                Kind::Json,
                "every event in order: [{ at: seconds, event, id, retry, data }]; data as JSON where it is JSON",
            ),
            fact("events.count", Kind::Number, "how many events came"),
            fact("awaited", Kind::Json, "the awaited events, in order"),
            fact("awaited.count", Kind::Number, "how many of the awaited events came"),
            fact("forbidden", Kind::Json, "the event that came although it must not"),
            fact(
                "distinct.*",
                Kind::Number,
                "different values of a path of `distinct`; an event without one counts as one of its own",
            ),
            fact("time.first-event", Kind::Duration, "from the answer's head to the first event"),
            fact("time.await.*", Kind::Duration, "an awaited event by its name: from the one before it"),
            fact("time.longest-gap", Kind::Duration, "longest silence before an event"),
            always("time.total", Kind::Duration, "all of it but `time.auth`; with redirects, all of them"),
        ],
        &[TIME_DNS, TIME_TLS, TLS_PROTOCOL],
        CERTIFICATE,
    ],
    phases: &["auth", "dns", "connect", "tls", "first-byte", "body"],
    example: r#"component = "backend"

[[scenario]]
id       = "backend-health"
title    = "The backend answers 200 and calls itself healthy"
critical = true
probe    = "http"
with     = { url = "{{backend.url}}/health" }
expect   = [
  { that = "status", equals = 200 },
  { that = "body", at = "$.status", equals = "healthy" },
  { that = "time.total", at-most = "5s" },
]
"#,
};

/// The row of the `http` probe.
pub(crate) static HTTP: BuiltInProbe = BuiltInProbe {
    spec: &SPEC,
    prepare: |settings, context| Ok(Box::new(Request::new(settings, context)?)),
    reproduce: reproduce::reproduce,
};

impl Probe for Request {
    fn observe<'a>(&'a self, ask: ObserveContext<'a>) -> Observing<'a> {
        Box::pin(observe::observe(self, ask))
    }
}
