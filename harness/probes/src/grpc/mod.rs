//! The `grpc` probe: one `grpc.health.v1.Health/Check` over a fresh connection.
//!
//! A status other than OK is an answer, and so a fact; only what is no gRPC is an obstacle. Nothing is compressed, and
//! no call is made twice.

mod answer;
mod call;
mod reproduce;
mod request;

use self::request::Request;
use crate::{ObserveContext, Observing, PrepareContext, Probe, ProbeKind};
use std::time::Duration;

use fixproof_core::model::{FactSpec, Kind, Mistake, ProbeSpec, SettingKind, SettingSpec, Settings};

/// The row of the `grpc` probe.
pub(super) struct Grpc;

const fn setting(name: &'static str, kind: SettingKind, meaning: &'static str) -> SettingSpec {
    SettingSpec { name, kind, required: false, meaning }
}

const fn fact(name: &'static str, kind: Kind, always: bool, meaning: &'static str) -> FactSpec {
    FactSpec { name, kind, always, meaning }
}

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
        setting(
            "ca",
            SettingKind::Text,
            "PEM file of certificate authorities, trusted alone, relative to the suite; \"system\" unless said otherwise",
        ),
        setting("ip", SettingKind::OneOf(&["any", "4", "6"]), "which addresses of a name are tried"),
    ],
    facts: &[
        fact(
            "serving",
            Kind::Text,
            false,
            "SERVING, NOT_SERVING, UNKNOWN or SERVICE_UNKNOWN; missing where the code is not ok",
        ),
        fact(
            "code",
            Kind::Text,
            true,
            "status of the call: ok, not-found (no such service), unimplemented (no health checks), unauthenticated, unavailable …",
        ),
        fact("message", Kind::Text, false, "what the server says beside its code, if anything"),
        fact(
            "http.status",
            Kind::Number,
            true,
            "HTTP status of the answer; other than 200 where something before the server answers",
        ),
        fact(
            "header.*",
            Kind::Text,
            false,
            "a header of the answer by its lower-case name; several of one name joined by \", \"",
        ),
        fact("peer", Kind::Text, true, "address that answered, with port"),
        fact("tls.protocol", Kind::Text, false, "TLSv1.2 or TLSv1.3; missing without TLS, as all of tls"),
        fact("tls.cipher", Kind::Text, false, "cipher suite by its registered name"),
        fact("tls.alpn", Kind::Text, false, "protocol the server chose; missing where it chose none"),
        fact("tls.subject", Kind::Text, false, "whom the certificate names"),
        fact("tls.issuer", Kind::Text, false, "who issued it"),
        fact("tls.names", Kind::Text, false, "names and addresses it is for, joined by \", \""),
        fact("tls.not-after", Kind::Text, false, "its last moment, RFC 3339"),
        fact("tls.days-left", Kind::Number, false, "whole days until it expires; negative when it has"),
        fact("time.dns", Kind::Duration, false, "resolving the name; missing for an address"),
        fact("time.connect", Kind::Duration, true, "establishing the TCP connection"),
        fact("time.tls", Kind::Duration, false, "the TLS handshake; missing without TLS"),
        fact("time.call", Kind::Duration, true, "from the connection's readiness to the end of the answer"),
        fact("time.total", Kind::Duration, true, "all of it"),
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

impl ProbeKind for Grpc {
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
        Box::pin(self.look(ask))
    }
}
