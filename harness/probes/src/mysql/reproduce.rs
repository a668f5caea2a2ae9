//! The same question with `mysql`.

use std::time::Duration;

use super::address::{Route, TlsMode, read};
use super::observe::{MAX, USED};
use crate::PrepareContext;
use crate::net::address::word;
use crate::reproduce::{CommandLine, holds_variable, variable, whole_seconds};
use fixproof_core::model::{Secret, Settings};

/// The command line. The password is left to a variable; one that is written in the suite is not repeated.
pub(super) fn reproduce(shown: &Settings, within: Duration, context: &PrepareContext<'_>) -> Option<String> {
    let address = read(shown).ok()?;
    let mut line = match address.password.as_ref().map(Secret::expose) {
        None => CommandLine::new("mysql"),
        Some(password) if holds_variable(password) => CommandLine::with("MYSQL_PWD", password, "mysql"),
        Some(_) => CommandLine::with("MYSQL_PWD", &variable("MYSQL_PWD"), "mysql"),
    };
    match &address.route {
        // Without the protocol, `localhost` would be a socket file.
        Route::Tcp(host, port) => {
            line.words(["--protocol=TCP", &format!("--host={host}"), &format!("--port={port}")])
        }
        Route::Socket(path) => line.word(&format!("--socket={path}")),
    };
    line.word(&format!("--user={}", address.user));
    line.word(&format!("--connect-timeout={}", whole_seconds(within)));
    if let Route::Tcp(..) = address.route {
        let mode = match address.tls {
            TlsMode::Disable => "DISABLED",
            TlsMode::Preferred => "PREFERRED",
            TlsMode::Required => "REQUIRED",
            TlsMode::VerifyCa => "VERIFY_CA",
            TlsMode::VerifyIdentity => "VERIFY_IDENTITY",
        };
        line.word(&format!("--ssl-mode={mode}"));
    }
    if let Some(ca) = address.ca.as_ref().filter(|ca| *ca != "system") {
        line.word(&format!("--ssl-ca={}", context.root.join(ca).display()));
    }
    if let Some(database) = &address.database {
        line.word(&format!("--database={database}"));
    }
    let mut query = word(shown, "query").unwrap_or("SELECT 1").to_owned();
    if shown.flag("connections").unwrap_or(false) {
        query = format!("{}; {USED}; {MAX}", query.trim_end().trim_end_matches(';'));
    }
    line.words(["-e", &query]).finish()
}
