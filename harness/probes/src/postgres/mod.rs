//! The `postgres` probe: a fresh connection, taken apart into name, TCP, TLS and authentication, and one query.
//!
//! sqlx authenticates and asks; everything before that is done here, and everything that passes between it and
//! the server goes through [`relay`], which notes when. So no time of sqlx's own is blamed on the server.

mod address;
mod classify;
mod decode;
mod observe;
mod relay;
mod reproduce;
mod tls;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use self::address::{Route, TLS_MODES, TlsMode};
use self::observe::Plan;
use crate::{ObserveContext, Observing, PrepareContext, Probe, ProbeKind};
use fixproof_core::model::{FactSpec, Kind, Mistake, ProbeSpec, SettingKind, SettingSpec, Settings};

/// The kind of probe.
#[derive(Debug)]
pub(super) struct Postgres;

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

const fn setting(name: &'static str, kind: SettingKind, meaning: &'static str) -> SettingSpec {
    SettingSpec { name, kind, required: false, meaning }
}

const fn fact(name: &'static str, kind: Kind, always: bool, meaning: &'static str) -> FactSpec {
    FactSpec { name, kind, always, meaning }
}

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
        setting("user", SettingKind::Text, "The role; instead of the URL's."),
        setting("password", SettingKind::Text, "Its password; instead of the URL's."),
        setting(
            "database",
            SettingKind::Text,
            "The database; instead of the URL's. Default: named like the user.",
        ),
        setting(
            "tls",
            SettingKind::OneOf(TLS_MODES),
            "How much TLS. `prefer` and `require` encrypt without verifying. Default: the URL's sslmode, else prefer. A socket has none.",
        ),
        setting(
            "ca",
            SettingKind::Text,
            "A PEM file with the only issuers to trust, relative to the suite; or system. Default: system, the machine's own.",
        ),
        setting("query", SettingKind::Text, "What to ask, as one simple query. Default: nothing."),
        setting(
            "connections",
            SettingKind::Flag,
            "Ask also how many client connections there are and may be (exact for a member of pg_monitor; others see a few more). Default false.",
        ),
        setting("row-limit", SettingKind::Count, "How many rows to keep; all are counted. Default 1000."),
    ],
    facts: &[
        fact("time.dns", Kind::Duration, false, "Looking the name up; none for an address or a socket."),
        fact("time.tcp", Kind::Duration, true, "Connecting the socket."),
        fact("time.tls", Kind::Duration, false, "Asking for TLS and the handshake."),
        fact(
            "time.auth",
            Kind::Duration,
            true,
            "From the first message until the server is ready, without time.own.",
        ),
        fact("time.connect", Kind::Duration, true, "time.dns + time.tcp + time.tls + time.auth."),
        fact("time.query", Kind::Duration, false, "From sending the query until the server is ready again."),
        fact("time.total", Kind::Duration, true, "time.connect and all questions."),
        fact(
            "time.own",
            Kind::Duration,
            true,
            "The harness's own computing for the password; in no other time.",
        ),
        fact("rows", Kind::Json, false, "The rows, as a list of objects."),
        fact("columns", Kind::Json, false, "The names of the columns."),
        fact("row-count", Kind::Number, false, "How many rows came."),
        fact("value", Kind::Json, false, "The first column of the first row."),
        fact("server.version", Kind::Text, false, "What the server calls its version."),
        fact("peer", Kind::Text, true, "The address that was connected to, or the socket file."),
        fact("tls.protocol", Kind::Text, false, "TLSv1.2 or TLSv1.3."),
        fact("tls.verified", Kind::Flag, false, "Was the certificate verified?"),
        fact("tls.days-left", Kind::Number, false, "Whole days until the certificate expires."),
        fact("tls.issuer", Kind::Text, false, "Who signed the certificate."),
        fact("tls.subject", Kind::Text, false, "Whom it names."),
        fact("tls.names", Kind::Text, false, "Its alternative names, separated by commas."),
        fact("tls.not-after", Kind::Text, false, "The last moment of the certificate, RFC 3339."),
        fact("auth.method", Kind::Text, true, "trust, password, md5 or scram-sha-256."),
        fact(
            "connections.used",
            Kind::Number,
            false,
            "Client connections there are, this one included; sessions whose kind is hidden from the role count too.",
        ),
        fact("connections.max", Kind::Number, false, "The server's max_connections."),
        fact("connections.share", Kind::Share, false, "The used part of the most there may be."),
    ],
    phases: &["dns", "tcp", "tls", "auth", "query"],
    example: EXAMPLE,
};

impl ProbeKind for Postgres {
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
        let address = address::read(settings)?;
        let tls = match (&address.route, address.tls) {
            (Route::Socket(_), _) | (_, TlsMode::Disable) => None,
            (Route::Tcp(..), mode) => {
                let ca = address.ca.as_ref().map(|ca| context.root.join(ca));
                Some(tls::trust(mode, ca.as_deref()).map_err(|mistake| vec![mistake])?)
            }
        };
        let query = settings.text("query").cloned();
        if query.as_ref().is_some_and(|query| query.expose().trim().is_empty()) {
            return Err(vec![Mistake::at("query", "it asks nothing").help("leave it out to only connect")]);
        }
        if query.as_ref().is_some_and(|query| query.expose().contains('\0')) {
            return Err(vec![Mistake::at("query", "a query can't hold a NUL")]);
        }
        let plan = Plan {
            address,
            tls,
            query,
            connections: settings.flag("connections").unwrap_or(false),
            row_limit: settings.count("row-limit").and_then(|l| usize::try_from(l).ok()).unwrap_or(1000),
        };
        Ok(Box::new(Prepared(Arc::new(plan))))
    }
}

/// Ready: the plan is shared with the task that drives sqlx.
struct Prepared(Arc<Plan>);

impl Probe for Prepared {
    fn observe<'a>(&'a self, ask: ObserveContext<'a>) -> Observing<'a> {
        Box::pin(observe::look(Arc::clone(&self.0), ask))
    }
}
