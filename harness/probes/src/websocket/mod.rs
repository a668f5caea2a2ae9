//! The `websocket` probe: one upgrade over a fresh connection, then what is sent and awaited, in order.
//!
//! It offers no extension, follows no redirect, never reconnects, and answers pings. It ends with a close frame.

mod chat;
mod observe;
mod reproduce;
mod request;
mod talk;
mod upgrade;

use serde_json::{Value as Json, json};

use crate::messages::Voice;
use crate::{ObserveContext, Observing, PrepareContext, Probe, ProbeKind};
use std::time::Duration;

use fixproof_core::model::{Cause, FactSpec, Kind, Mistake, ProbeSpec, SettingKind, SettingSpec, Settings};

use request::Request;

/// The row of the `websocket` probe.
pub(super) struct Websocket;

/// What its documents are called.
static VOICE: Voice = Voice {
    a: "a frame",
    one: "frame",
    many: "frames",
    too_large: Cause::WebsocketTooLarge,
    timeout: Cause::WebsocketTimeout,
    bytes: "limit",
    count: "frame-count",
    first: "time.first-frame",
    all: "frames",
    counted: "frames.count",
};

/// A row of the fact `frames`.
fn row(at: f64, frame: Json) -> Json {
    json!({ "at": at, "frame": frame })
}

const fn setting(name: &'static str, kind: SettingKind, meaning: &'static str) -> SettingSpec {
    SettingSpec { name, kind, required: false, meaning }
}

const fn fact(name: &'static str, kind: Kind, always: bool, meaning: &'static str) -> FactSpec {
    FactSpec { name, kind, always, meaning }
}

static SETTINGS: &[SettingSpec] = &[
    SettingSpec {
        name: "url",
        kind: SettingKind::Text,
        required: true,
        meaning: "ws:// or wss:// address, without a password in it",
    },
    setting("headers", SettingKind::Table, "header names and values of the upgrade"),
    setting("bearer", SettingKind::Text, "a token for `Authorization: Bearer`"),
    setting("subprotocols", SettingKind::Texts, "subprotocols to offer; one of them must be chosen"),
    setting("origin", SettingKind::Text, "where a browser would say the page is from"),
    setting(
        "ca",
        SettingKind::Text,
        "PEM file of certificate authorities, trusted alone, relative to the suite; or \"system\"",
    ),
    setting(
        "resolve",
        SettingKind::Text,
        "address to connect to instead of the name's own: \"127.0.0.1\" or \"127.0.0.1:8443\"",
    ),
    setting("ip", SettingKind::OneOf(&["any", "4", "6"]), "which addresses of a name are tried"),
    setting(
        "talk",
        SettingKind::Any,
        "what is sent and awaited, in order: [{ await = \"ready\" }, { send = { type = \"ping\" } }, { await = { name, at = \"$.type\", equals | matches | exists, within } }]",
    ),
    setting(
        "listen",
        SettingKind::Duration,
        "instead of awaiting: listen so long, or until the other side ends it; a refused upgrade is then a fact",
    ),
    setting(
        "forbid",
        SettingKind::Any,
        "frames that must not come, as in `await`: [\"error_message\"]; one that comes ends the look as content/differs",
    ),
    setting("strict", SettingKind::Flag, "true: no other frame may come between the awaited ones"),
    setting(
        "distinct",
        SettingKind::Any,
        "JSONPaths whose different values are counted in the awaited frames: { run = \"$.run_id\" }, or { run = { at, from = \"agent_started\" } }",
    ),
    setting("frame-limit", SettingKind::Size, "largest frame; 1MiB unless said otherwise"),
    setting("limit", SettingKind::Size, "most of all frames together; 8MiB unless said otherwise"),
    setting("frame-count", SettingKind::Count, "most frames; 10000 unless said otherwise"),
];

static FACTS: &[FactSpec] = &[
    fact("status", Kind::Number, true, "status code of the answer to the upgrade; 101 is an upgrade"),
    fact("header.*", Kind::Text, false, "a header of that answer by its lower-case name"),
    fact("subprotocol", Kind::Text, false, "the chosen subprotocol"),
    fact(
        "frames",
        Kind::Json,
        true,
        "every frame in order: [{ at: seconds, frame }]; a binary one is { binary: base64, size }",
    ),
    fact("frames.count", Kind::Number, true, "how many frames came; pings are not counted"),
    fact("awaited", Kind::Json, true, "the awaited frames, in order"),
    fact("awaited.count", Kind::Number, true, "how many of the awaited frames came"),
    fact("forbidden", Kind::Json, true, "the frame that came although it must not"),
    fact(
        "distinct.*",
        Kind::Number,
        false,
        "different values of a path of `distinct`; a frame without one counts as one of its own",
    ),
    fact("ended", Kind::Text, true, "open, closed:CODE, refused:STATUS, or reset"),
    fact("close.code", Kind::Number, false, "the other side's close code; 1005 where it gave none"),
    fact("close.reason", Kind::Text, false, "the other side's reason to close"),
    fact("peer", Kind::Text, true, "address that answered, with port"),
    fact("time.dns", Kind::Duration, false, "resolving the name; missing for an address"),
    fact("time.connect", Kind::Duration, true, "establishing the TCP connection"),
    fact("time.tls", Kind::Duration, false, "the TLS handshake; missing without TLS"),
    fact("time.upgrade", Kind::Duration, true, "from the connection's readiness to the answer's head"),
    fact("time.first-frame", Kind::Duration, false, "from the upgrade to the first frame"),
    fact(
        "time.await.*",
        Kind::Duration,
        false,
        "an awaited frame by its name: from the one before it, or from what was sent after that",
    ),
    fact(
        "time.talk",
        Kind::Duration,
        false,
        "from the upgrade until all was said, or nobody listened any more",
    ),
    fact("time.longest-gap", Kind::Duration, false, "longest silence before a frame"),
    fact("time.total", Kind::Duration, true, "all of it, without the goodbye"),
    fact("tls.protocol", Kind::Text, false, "version of TLS"),
    fact("tls.cipher", Kind::Text, false, "cipher suite"),
    fact("tls.alpn", Kind::Text, false, "protocol chosen in the handshake"),
    fact("tls.subject", Kind::Text, false, "whom the certificate names"),
    fact("tls.issuer", Kind::Text, false, "who issued the certificate"),
    fact("tls.names", Kind::Text, false, "names and addresses the certificate is for, joined by \", \""),
    fact("tls.not-after", Kind::Text, false, "last moment of the certificate, RFC 3339"),
    fact(
        "tls.days-left",
        Kind::Number,
        false,
        "whole days until the certificate expires; negative when it has",
    ),
];

static SPEC: ProbeSpec = ProbeSpec {
    name: "websocket",
    summary: "one WebSocket: its upgrade, what is sent, and the frames that come, in order",
    settings: SETTINGS,
    facts: FACTS,
    phases: &["dns", "connect", "tls", "upgrade", "talk"],
    example: r#"component = "backend"

[[scenario]]
id       = "chat-five-events"
title    = "A question to the chat is answered by five events of one run, in order"
critical = true
probe    = "websocket"
timeout  = "3m"
with.url    = "{{backend.websocket}}/ws"
with.bearer = "{{secret.jwt}}"
with.talk   = [
  { await = { name = "connection_established", within = "10s" } },
  { send  = { type = "user_message", payload = { text = "How much is 17 and 4?" } } },
  { await = { name = "agent_started", within = "20s" } },
  { await = "agent_thinking" },
  { await = "tool_executing" },
  { await = "tool_completed" },
  { await = { name = "agent_completed", within = "2m" } },
]
with.forbid   = ["error_message", "agent_failed", "agent_fallback"]
with.distinct = { run = { at = "$.run_id", from = "agent_started" } }
expect = [
  { that = "time.upgrade", at-most = "2s" },
  { that = "distinct.run", equals = 1 },
  { that = "awaited", at = "$[-1].final_response", matches = "21" },
]

[[scenario]]
id     = "chat-refuses-strangers"
title  = "The chat welcomes nobody without a token"
probe  = "websocket"
with   = { url = "{{backend.websocket}}/ws", listen = "10s", forbid = ["connection_established"] }
expect = [{ that = "ended", matches = "^(refused:40[13]|closed:1008)$" }]
"#,
};

impl ProbeKind for Websocket {
    fn spec(&self) -> &'static ProbeSpec {
        &SPEC
    }

    fn reproduce(&self, shown: &Settings, within: Duration, context: &PrepareContext<'_>) -> Option<String> {
        reproduce::reproduce(shown, within, context)
    }

    fn prepare(
        &self,
        settings: &Settings,
        context: &PrepareContext<'_>,
    ) -> Result<Box<dyn Probe>, Vec<Mistake>> {
        Ok(Box::new(Request::new(settings, context)?))
    }
}

impl Probe for Request {
    fn observe<'a>(&'a self, ask: ObserveContext<'a>) -> Observing<'a> {
        Box::pin(observe::observe(self, ask))
    }
}
