//! The `mysql` probe: a fresh connection to MySQL or MariaDB, taken apart into name, TCP, greeting, TLS and login, and
//! one query.
//!
//! It speaks the protocol itself. A driver behind a relay, as PostgreSQL is asked, would not do: the one at hand reserves
//! memory for as many columns as a server announces, and without TLS of its own it wants RSA where the relay's TLS lets
//! the password through; a relay that mends both has to know the whole protocol anyway.

mod answer;
mod classify;
mod dialect;
mod login;
mod observe;
mod reproduce;
mod wire;

use crate::db::address::Address;
use crate::db::questions::Questions;
use crate::probe::{BuiltInProbe, ObserveContext, Observing, PrepareContext, PrepareResult, Probe};
use crate::spec::{
    CA, CERTIFICATE, PASSWORD, ROW_LIMIT, ROWS, SESSION, TIME_DNS, USER, always, fact, setting,
};

use fixproof_core::model::{Kind, Mistake, ProbeSpec, SettingKind, Settings};

use self::dialect::DIALECT;
use self::observe::MysqlProbe;

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
        USER,
        PASSWORD,
        setting(
            "database",
            SettingKind::Text,
            "The database; instead of the URL's. Default: none is chosen.",
        ),
        setting(
            "tls",
            SettingKind::OneOf(DIALECT.tls_modes),
            "How much TLS. `preferred` and `required` encrypt without verifying; `verify-full` is another word for `verify-identity`. Default: the URL's ssl-mode, else preferred. A socket has none.",
        ),
        CA,
        setting("query", SettingKind::Text, "What to ask, as one text. Default: nothing."),
        setting(
            "connections",
            SettingKind::Flag,
            "Ask also how many connections there are (Threads_connected) and may be (max_connections). Default false.",
        ),
        ROW_LIMIT,
    ],
    facts: &[
        &[
            always("time.tcp", Kind::Duration, "Connecting the socket."),
            always(
                "time.greeting",
                Kind::Duration,
                "From the connection to the server's greeting, with which it begins.",
            ),
            fact("time.tls", Kind::Duration, "The handshake."),
            always(
                "time.auth",
                Kind::Duration,
                "From the answer to the greeting until the server let the user in.",
            ),
            always(
                "time.connect",
                Kind::Duration,
                "time.dns + time.tcp + time.greeting + time.tls + time.auth.",
            ),
            fact("time.query", Kind::Duration, "From sending the query until its answer was complete."),
            fact("time.connections", Kind::Duration, "The same for what `connections` asks."),
            always("time.total", Kind::Duration, "time.connect and all questions."),
            always("server.version", Kind::Text, "What the server calls its version."),
            always("peer", Kind::Text, "The address that was connected to, or the socket file."),
            always(
                "auth.method",
                Kind::Text,
                "How the password was shown: mysql_native_password, caching_sha2_password …",
            ),
            fact("connections.used", Kind::Number, "Connections there are, this one included."),
            fact("connections.max", Kind::Number, "The server's max_connections."),
            fact("connections.share", Kind::Share, "The used part of the most there may be."),
            fact(
                "tls.verified",
                Kind::Flag,
                "Was the certificate verified (with verify-ca, all but its name)? False also where `preferred` found no TLS.",
            ),
        ],
        &[TIME_DNS],
        SESSION,
        CERTIFICATE,
        ROWS,
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

/// The row of the `mysql` probe.
pub(crate) static MYSQL: BuiltInProbe =
    BuiltInProbe { spec: &SPEC, prepare, reproduce: reproduce::reproduce };

fn prepare(settings: &Settings, context: &PrepareContext<'_>) -> PrepareResult {
    let address = Address::read(settings, &DIALECT)?;
    if address.password.as_ref().is_some_and(|password| password.expose().len() > 250) {
        return Err(vec![Mistake::at("password", "it must not be longer than 250 bytes")]);
    }
    let questions = Questions::read(settings)?;
    if questions.query.as_ref().is_some_and(|query| query.expose().len() > 1024 * 1024) {
        return Err(vec![Mistake::at("query", "it must not be longer than 1 MiB")]);
    }
    let tls = address.tls_client(context, &[]).map_err(|mistake| vec![mistake])?;
    Ok(Box::new(MysqlProbe { address, tls, questions }))
}

impl Probe for MysqlProbe {
    fn observe<'a>(&'a self, ask: ObserveContext<'a>) -> Observing<'a> {
        Box::pin(self.look(ask))
    }
}
