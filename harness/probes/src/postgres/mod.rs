//! The `postgres` probe: a fresh connection, taken apart into name, TCP, TLS and authentication, and one query.
//!
//! sqlx authenticates and asks; everything before that is done here, and everything that passes between it and
//! the server goes through [`relay`], which notes when. So no time of sqlx's own is blamed on the server.

mod classify;
mod decode;
mod dialect;
mod observe;
mod relay;
mod reproduce;
mod tls;
mod wire;

use std::sync::Arc;

use self::dialect::DIALECT;
use self::observe::PostgresProbe;
use crate::db::address::Address;
use crate::db::questions::Questions;
use crate::probe::{BuiltInProbe, ObserveContext, Observing, PrepareContext, PrepareResult, Probe};
use crate::spec::{
    CA, CERTIFICATE, PASSWORD, ROW_LIMIT, ROWS, TIME_DNS, TLS_PROTOCOL, USER, always, fact, setting,
};
use fixproof_core::model::{Kind, Mistake, ProbeSpec, SettingKind, Settings};

const EXAMPLE: &str = r#"component = "database"

[[scenario]]
id       = "database-connect"
title    = "A database connection is established within 30 s"
timeout  = "35s"
probe    = "postgres"
with     = { url = "postgresql://app@localhost:5432/app?sslmode=disable", query = "SELECT version()" }
expect   = [
  { that = "time.connect", at-most = "30s" },
  { that = "value", starts-with = "PostgreSQL 15" },
]
"#;

static SPEC: ProbeSpec = ProbeSpec {
    name: "postgres",
    summary: "Opens a fresh PostgreSQL connection, phase by phase, and asks at most one query.",
    settings: &[
        setting(
            "url",
            SettingKind::Text,
            "Where and who: postgresql://user:password@host:port/database?sslmode=…; a socket folder as ?host=/cloudsql/P:R:I.",
        ),
        setting("host", SettingKind::Text, "Name, address or socket folder; instead of the URL's."),
        setting("port", SettingKind::Count, "The port; instead of the URL's. Default 5432."),
        USER,
        PASSWORD,
        setting(
            "database",
            SettingKind::Text,
            "The database; instead of the URL's. Default: named like the user.",
        ),
        setting(
            "tls",
            SettingKind::OneOf(DIALECT.tls_modes),
            "How much TLS. `prefer` and `require` encrypt without verifying. Default: the URL's sslmode, else prefer. A socket has none.",
        ),
        CA,
        setting("query", SettingKind::Text, "What to ask, as one simple query. Default: nothing."),
        setting(
            "connections",
            SettingKind::Flag,
            "Ask also how many client connections there are and may be (exact for a member of pg_monitor; others see a few more). Default false.",
        ),
        ROW_LIMIT,
    ],
    facts: &[
        &[
            always("time.tcp", Kind::Duration, "Connecting the socket."),
            fact("time.tls", Kind::Duration, "Asking for TLS and the handshake."),
            always(
                "time.auth",
                Kind::Duration,
                "From the first message until the server is ready, without time.own.",
            ),
            always("time.connect", Kind::Duration, "time.dns + time.tcp + time.tls + time.auth."),
            fact("time.query", Kind::Duration, "From sending the query until the server is ready again."),
            always("time.total", Kind::Duration, "time.connect and all questions."),
            always(
                "time.own",
                Kind::Duration,
                "The harness's own computing for the password; in no other time.",
            ),
            fact("server.version", Kind::Text, "What the server calls its version."),
            always("peer", Kind::Text, "The address that was connected to, or the socket file."),
            fact("tls.verified", Kind::Flag, "Was the certificate verified?"),
            always("auth.method", Kind::Text, "trust, password, md5 or scram-sha-256."),
            fact(
                "connections.used",
                Kind::Number,
                "Client connections there are, this one included; sessions whose kind is hidden from the role count too.",
            ),
            fact("connections.max", Kind::Number, "The server's max_connections."),
            fact("connections.share", Kind::Share, "The used part of the most there may be."),
        ],
        &[TIME_DNS, TLS_PROTOCOL],
        CERTIFICATE,
        ROWS,
    ],
    phases: &["dns", "tcp", "tls", "auth", "query"],
    example: EXAMPLE,
};

/// The row of the `postgres` probe.
pub(crate) static POSTGRES: BuiltInProbe =
    BuiltInProbe { spec: &SPEC, prepare, reproduce: reproduce::reproduce };

fn prepare(settings: &Settings, context: &PrepareContext<'_>) -> PrepareResult {
    let address = Address::read(settings, &DIALECT)?;
    let questions = Questions::read(settings)?;
    if questions.query.as_ref().is_some_and(|query| query.expose().contains('\0')) {
        return Err(vec![Mistake::at("query", "it must not contain a NUL")]);
    }
    let tls = address.tls_client(context, &["postgresql"]).map_err(|mistake| vec![mistake])?;
    Ok(Box::new(Prepared(Arc::new(PostgresProbe { address, tls, questions }))))
}

/// Shared with the task that drives sqlx.
struct Prepared(Arc<PostgresProbe>);

impl Probe for Prepared {
    fn observe<'a>(&'a self, ask: ObserveContext<'a>) -> Observing<'a> {
        Box::pin(observe::look(Arc::clone(&self.0), ask))
    }
}
