//! The `websocket` probe: one upgrade over a fresh connection, then what is sent and awaited, in order.
//!
//! It offers no extension, follows no redirect, never reconnects, and answers pings. It ends with a close frame.

mod chat;
mod frames;
mod observe;
mod reproduce;
mod request;
mod talk;
mod upgrade;

use crate::probe::{BuiltInProbe, ObserveContext, Observing, Probe};
use crate::spec::{
    ALPN, CA, CERTIFICATE, CONNECTION, IP, SESSION, TIME_TLS, always, fact, required, setting,
};

use fixproof_core::model::{FactSpec, Kind, ProbeSpec, SettingKind, SettingSpec};

use request::Request;

static SETTINGS: &[SettingSpec] = &[
    required("url", SettingKind::Text, "ws:// or wss:// address, without a password in it"),
    setting("headers", SettingKind::Table, "header names and values of the upgrade"),
    setting("bearer", SettingKind::Text, "a token for `Authorization: Bearer`"),
    setting("subprotocols", SettingKind::Texts, "subprotocols to offer; one of them must be chosen"),
    setting("origin", SettingKind::Text, "where a browser would say the page is from"),
    CA,
    setting(
        "resolve",
        SettingKind::Text,
        "address to connect to instead of the name's own: \"127.0.0.1\" or \"127.0.0.1:8443\"",
    ),
    IP,
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
    setting("frame-limit", SettingKind::Size, "largest frame; default: 1MiB"),
    setting("limit", SettingKind::Size, "most of all frames together; default: 8MiB"),
    setting("frame-count", SettingKind::Count, "most frames; default: 10000"),
];

static FACTS: &[FactSpec] = &[
    always("status", Kind::Number, "status code of the answer to the upgrade; 101 is an upgrade"),
    fact("header.*", Kind::Text, "a header of that answer by its lower-case name"),
    fact("subprotocol", Kind::Text, "the chosen subprotocol"),
    always(
        "frames",
        Kind::Json,
        "every frame in order: [{ at: seconds, frame }]; a binary one is { binary: base64, size }",
    ),
    always("frames.count", Kind::Number, "how many frames came; pings are not counted"),
    always("awaited", Kind::Json, "the awaited frames, in order"),
    always("awaited.count", Kind::Number, "how many of the awaited frames came"),
    always("forbidden", Kind::Json, "the frame that came although it must not"),
    fact(
        "distinct.*",
        Kind::Number,
        "different values of a path of `distinct`; a frame without one counts as one of its own",
    ),
    always("ended", Kind::Text, "open, closed:CODE, refused:STATUS, or reset"),
    fact("close.code", Kind::Number, "the other side's close code; 1005 where it gave none"),
    fact("close.reason", Kind::Text, "the other side's reason to close"),
    always("time.upgrade", Kind::Duration, "from the connection's readiness to the answer's head"),
    fact("time.first-frame", Kind::Duration, "from the upgrade to the first frame"),
    fact(
        "time.await.*",
        Kind::Duration,
        "an awaited frame by its name: from the one before it, or from what was sent after that",
    ),
    fact("time.talk", Kind::Duration, "from the upgrade to the end of the conversation"),
    fact("time.longest-gap", Kind::Duration, "longest silence before a frame"),
    always("time.total", Kind::Duration, "all of it, without the goodbye"),
];

static SPEC: ProbeSpec = ProbeSpec {
    name: "websocket",
    summary: "one WebSocket: its upgrade, what is sent, and the frames that come, in order",
    settings: SETTINGS,
    facts: &[FACTS, CONNECTION, SESSION, &[ALPN, TIME_TLS], CERTIFICATE],
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
title  = "The chat refuses clients without a token"
probe  = "websocket"
with   = { url = "{{backend.websocket}}/ws", listen = "10s", forbid = ["connection_established"] }
expect = [{ that = "ended", matches = "^(refused:40[13]|closed:1008)$" }]
"#,
};

/// The row of the `websocket` probe.
pub(crate) static WEBSOCKET: BuiltInProbe = BuiltInProbe {
    spec: &SPEC,
    prepare: |settings, context| Ok(Box::new(Request::new(settings, context)?)),
    reproduce: reproduce::reproduce,
};

impl Probe for Request {
    fn observe<'a>(&'a self, ask: ObserveContext<'a>) -> Observing<'a> {
        Box::pin(observe::observe(self, ask))
    }
}
