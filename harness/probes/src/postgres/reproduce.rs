//! The same question with `psql`.

use std::time::Duration;

use super::dialect::DIALECT;
use super::observe::CONNECTIONS;
use crate::PrepareContext;
use crate::db::address::{Address, Route, TlsMode};
use crate::net::address::word;
use crate::reproduce::{CommandLine, holds_variable, whole_seconds};
use fixproof_core::model::Settings;

/// The command line. The password is left to a variable; one that is written in the suite is not repeated.
pub(super) fn reproduce(shown: &Settings, within: Duration, context: &PrepareContext<'_>) -> Option<String> {
    let mut line = match Address::read(shown, &DIALECT) {
        Ok(address) => begun(&address, within, context),
        // An address that is secret as a whole is one that psql takes as a whole.
        Err(_) => {
            let mut line = CommandLine::new("psql");
            line.words(["-X", word(shown, "url").filter(|url| holds_variable(url))?]);
            line
        }
    };
    let connections = shown.flag("connections").unwrap_or(false).then_some(CONNECTIONS);
    let query = word(shown, "query").unwrap_or("SELECT 1");
    for query in [Some(query), connections].into_iter().flatten() {
        line.words(["-c", query]);
    }
    line.finish()
}

fn begun(address: &Address, within: Duration, context: &PrepareContext<'_>) -> CommandLine {
    let mut line = CommandLine::with_password("PGPASSWORD", address.password.as_ref(), "psql");
    let (host, port) = match &address.route {
        Route::Tcp(endpoint) => (endpoint.host.clone(), endpoint.port),
        // libpq takes the folder, and builds the file's name from the port.
        Route::Socket(path) => match path.rsplit_once("/.s.PGSQL.") {
            Some((folder, port)) => (folder.to_owned(), port.parse().unwrap_or(5432)),
            None => (path.clone(), 5432),
        },
    };
    let mode = match address.tls {
        TlsMode::Disable => "disable",
        TlsMode::Prefer => "prefer",
        TlsMode::Require => "require",
        TlsMode::VerifyCa => "verify-ca",
        TlsMode::VerifyFull => "verify-full",
    };
    let mut parts = vec![
        ("host", host),
        ("port", port.to_string()),
        ("user", address.user.clone()),
        ("dbname", address.database_or_user().to_owned()),
        ("sslmode", mode.to_owned()),
        ("connect_timeout", whole_seconds(within)),
    ];
    match (&address.ca, address.tls) {
        (Some(ca), _) => parts.push(("sslrootcert", context.root.join(ca).display().to_string())),
        (None, TlsMode::VerifyFull) => parts.push(("sslrootcert", "system".to_owned())),
        // libpq takes the machine's own only where it verifies everything.
        (None, TlsMode::VerifyCa) => {
            parts.push(("sslrootcert", "/etc/ssl/certs/ca-certificates.crt".to_owned()));
        }
        (None, TlsMode::Disable | TlsMode::Prefer | TlsMode::Require) => {}
    }
    let parts: Vec<String> = parts.iter().map(|(key, value)| format!("{key}={}", value_of(value))).collect();
    line.words(["-X", &parts.join(" ")]);
    line
}

/// A value as libpq reads one.
fn value_of(text: &str) -> String {
    let plain = |c: char| !c.is_whitespace() && c != '\'' && c != '\\';
    if !text.is_empty() && text.chars().all(plain) && !holds_variable(text) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
