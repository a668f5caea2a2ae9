//! The `mysql` probe: a fresh connection to MySQL or MariaDB, taken apart into name, TCP, greeting, TLS and login, and
//! one query.
//!
//! It speaks the protocol itself. A driver behind a relay, as PostgreSQL is asked, would not do: the one at hand reserves
//! memory for as many columns as a server announces, and without TLS of its own it wants RSA where the relay's TLS lets
//! the password through; a relay that mends both has to know the whole protocol anyway.

mod address;
mod answer;
mod classify;
mod login;
mod observe;
mod reproduce;
mod wire;

use crate::net::tls_verification;
use crate::{ObserveContext, Observing, PrepareContext, Probe, ProbeKind};
use std::time::Duration;

use fixproof_core::model::{FactSpec, Kind, Mistake, ProbeSpec, SettingKind, SettingSpec, Settings};

use self::address::{Route, TLS_MODES, TlsMode};
use self::observe::Plan;

/// The kind of probe.
pub(super) struct Mysql;

const fn setting(name: &'static str, kind: SettingKind, meaning: &'static str) -> SettingSpec {
    SettingSpec::optional(name, kind, meaning)
}

const fn fact(name: &'static str, kind: Kind, meaning: &'static str) -> FactSpec {
    FactSpec::sometimes(name, kind, meaning)
}

static SPEC: ProbeSpec = ProbeSpec {
    name: "mysql",
    summary: "Opens a fresh MySQL or MariaDB connection, phase by phase, and asks at most one query.",
    settings: &[
        setting(
            "url",
            SettingKind::Text,
            "Where and who: mysql://user:password@host:port/database?ssl-mode=…; a socket file as ?socket=/run/mysqld/mysqld.sock.",
        ),
        setting("host", SettingKind::Text, "Name, address or socket file; instead of the URL's."),
        setting("port", SettingKind::Count, "The port; instead of the URL's. Default 3306."),
        setting("user", SettingKind::Text, "The account; instead of the URL's."),
        setting("password", SettingKind::Text, "Its password; instead of the URL's."),
        setting(
            "database",
            SettingKind::Text,
            "The database; instead of the URL's. Default: none is chosen.",
        ),
        setting(
            "tls",
            SettingKind::OneOf(TLS_MODES),
            "How much TLS. `preferred` and `required` encrypt without verifying; `verify-full` is another word for `verify-identity`. Default: the URL's ssl-mode, else preferred. A socket has none.",
        ),
        setting(
            "ca",
            SettingKind::Text,
            "A PEM file with the only issuers to trust, relative to the suite. Default: the machine's own.",
        ),
        setting("query", SettingKind::Text, "What to ask, as one text. Default: nothing."),
        setting(
            "connections",
            SettingKind::Flag,
            "Ask also how many connections there are (Threads_connected) and may be (max_connections). Default false.",
        ),
        setting("row-limit", SettingKind::Count, "How many rows to keep; all are counted. Default 1000."),
    ],
    facts: &[
        fact("time.dns", Kind::Duration, "Looking the name up; none for an address or a socket."),
        FactSpec::always("time.tcp", Kind::Duration, "Connecting the socket."),
        FactSpec::always(
            "time.greeting",
            Kind::Duration,
            "From the connection to the server's greeting, with which it begins.",
        ),
        fact("time.tls", Kind::Duration, "The handshake."),
        FactSpec::always(
            "time.auth",
            Kind::Duration,
            "From the answer to the greeting until the server let the user in.",
        ),
        FactSpec::always(
            "time.connect",
            Kind::Duration,
            "time.dns + time.tcp + time.greeting + time.tls + time.auth.",
        ),
        fact("time.query", Kind::Duration, "From sending the query until its answer was complete."),
        fact("time.connections", Kind::Duration, "The same for what `connections` asks."),
        FactSpec::always("time.total", Kind::Duration, "time.connect and all questions."),
        fact("rows", Kind::Json, "The rows, as a list of objects."),
        fact("columns", Kind::Json, "The names of the columns."),
        fact("row-count", Kind::Number, "How many rows came."),
        fact("value", Kind::Json, "The first column of the first row."),
        FactSpec::always("server.version", Kind::Text, "What the server calls its version."),
        FactSpec::always("peer", Kind::Text, "The address that was connected to, or the socket file."),
        FactSpec::always(
            "auth.method",
            Kind::Text,
            "How the password was shown: mysql_native_password, caching_sha2_password …",
        ),
        fact("connections.used", Kind::Number, "Connections there are, this one included."),
        fact("connections.max", Kind::Number, "The server's max_connections."),
        fact("connections.share", Kind::Share, "The used part of the most there may be."),
        fact("tls.protocol", Kind::Text, "TLSv1.2 or TLSv1.3."),
        fact("tls.cipher", Kind::Text, "The cipher suite by its registered name."),
        fact(
            "tls.verified",
            Kind::Flag,
            "Was the certificate verified (with verify-ca, all but its name)? False also where `preferred` found no TLS.",
        ),
        fact("tls.days-left", Kind::Number, "Whole days until the certificate expires."),
        fact("tls.issuer", Kind::Text, "Who signed the certificate."),
        fact("tls.subject", Kind::Text, "Whom it names."),
        fact("tls.names", Kind::Text, "Its alternative names, separated by commas."),
        fact("tls.not-after", Kind::Text, "The last moment of the certificate, RFC 3339."),
    ],
    phases: &["dns", "tcp", "greeting", "tls", "auth", "query", "connections"],
    example: r#"component = "database"

[[scenario]]
id       = "shop-database-connect"
title    = "The shop's database lets us in within 5 s and has room"
timeout  = "10s"
probe    = "mysql"
with     = { url = "mysql://app@localhost:3306/shop?ssl-mode=DISABLED", query = "SELECT 1", connections = true }
expect   = [
  { that = "time.connect", at-most = "5s" },
  { that = "value", equals = 1 },
  { that = "connections.share", at-most = "80%" },
]
"#,
};

impl ProbeKind for Mysql {
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
                let ca = address.ca.as_ref().filter(|ca| *ca != "system").map(|ca| context.root.join(ca));
                let trust = tls_verification::trust(mode.verified(), ca.as_deref(), &[]);
                Some(trust.map_err(|mistake| vec![mistake])?)
            }
        };
        let query = settings.text("query").cloned();
        if query.as_ref().is_some_and(|query| query.expose().trim().is_empty()) {
            return Err(vec![Mistake::at("query", "it asks nothing").help("leave it out to only connect")]);
        }
        if query.as_ref().is_some_and(|query| query.expose().len() > 1024 * 1024) {
            return Err(vec![Mistake::at("query", "a query has at most 1 MiB")]);
        }
        Ok(Box::new(Plan {
            address,
            tls,
            query,
            connections: settings.flag("connections").unwrap_or(false),
            row_limit: settings.count("row-limit").and_then(|l| usize::try_from(l).ok()).unwrap_or(1000),
        }))
    }
}

impl Probe for Plan {
    fn observe<'a>(&'a self, ask: ObserveContext<'a>) -> Observing<'a> {
        Box::pin(self.look(ask))
    }
}
