//! The `grpc` probe: one `grpc.health.v1.Health/Check` over a fresh connection.
//!
//! A status other than OK is an answer, and so a fact; only what is no gRPC is an obstacle. Nothing is compressed, and
//! no call is made twice.

mod answer;
mod call;
mod reproduce;
mod request;

use self::request::Request;
use crate::probe::{BuiltInProbe, ObserveContext, Observing, Probe};
use crate::spec::{
    ALPN, CA, CERTIFICATE, CONNECTION, IP, SESSION, TIME_TLS, TIME_TOTAL, always, fact, setting,
};

use fixproof_core::model::{Kind, ProbeSpec, SettingKind};

static SPEC: ProbeSpec = ProbeSpec {
    name: "grpc",
    summary: "one health check of a gRPC server (grpc.health.v1) over a fresh connection",
    settings: &[
        setting("url", SettingKind::Text, "https://host:port, or http:// without TLS; this or `address`"),
        setting("address", SettingKind::Text, "host:port, with TLS unless said otherwise; this or `url`"),
        setting("tls", SettingKind::Flag, "with `address`: is TLS spoken? true unless said otherwise"),
        setting(
            "service",
            SettingKind::Text,
            "service whose health is asked for; the whole server's unless said otherwise",
        ),
        setting("metadata", SettingKind::Table, "names and values sent with the call"),
        setting("bearer", SettingKind::Text, "a token for `authorization: Bearer`"),
        setting(
            "server-name",
            SettingKind::Text,
            "name that is asked for (SNI, :authority) and that the certificate must be for; the host unless said otherwise",
        ),
        CA,
        IP,
    ],
    facts: &[
        &[
            fact(
                "serving",
                Kind::Text,
                "SERVING, NOT_SERVING, UNKNOWN or SERVICE_UNKNOWN; missing where the code is not ok",
            ),
            always(
                "code",
                Kind::Text,
                "status of the call: ok, not-found (no such service), unimplemented (no health checks), unauthenticated, unavailable …",
            ),
            fact("message", Kind::Text, "what the server says beside its code, if anything"),
            always(
                "http.status",
                Kind::Number,
                "HTTP status of the answer; other than 200 where something before the server answers",
            ),
            fact(
                "header.*",
                Kind::Text,
                "a header of the answer by its lower-case name; several of one name joined by \", \"",
            ),
            always("time.call", Kind::Duration, "from the connection's readiness to the end of the answer"),
        ],
        CONNECTION,
        SESSION,
        &[ALPN, TIME_TLS, TIME_TOTAL],
        CERTIFICATE,
    ],
    phases: &["dns", "connect", "tls", "call"],
    example: r#"component = "backend"

[[scenario]]
id       = "backend-grpc-health"
title    = "The backend's gRPC server calls itself serving"
critical = true
probe    = "grpc"
with     = { url = "https://grpc.example.com:443", service = "orders.v1.Orders" }
expect   = [
  { that = "code", equals = "ok" },
  { that = "serving", equals = "SERVING" },
  { that = "time.total", at-most = "3s" },
]
"#,
};

/// The row of the `grpc` probe.
pub(crate) static GRPC: BuiltInProbe = BuiltInProbe {
    spec: &SPEC,
    prepare: |settings, context| Ok(Box::new(Request::new(settings, context)?)),
    reproduce: reproduce::reproduce,
};

impl Probe for Request {
    fn observe<'a>(&'a self, ask: ObserveContext<'a>) -> Observing<'a> {
        Box::pin(self.look(ask))
    }
}
