//! The same question with `mysql`.

use std::time::Duration;

use super::dialect::DIALECT;
use super::observe::{MAX, USED};
use crate::PrepareContext;
use crate::db::address::{Address, Route, TlsMode};
use crate::net::address::word;
use crate::net::connect::Endpoint;
use crate::reproduce::{CommandLine, whole_seconds};
use fixproof_core::model::Settings;

/// The command line. The password is left to a variable; one that is written in the suite is not repeated.
pub(super) fn reproduce(shown: &Settings, within: Duration, context: &PrepareContext<'_>) -> Option<String> {
    let address = Address::read(shown, &DIALECT).ok()?;
    let mut line = CommandLine::with_password("MYSQL_PWD", address.password.as_ref(), "mysql");
    match &address.route {
        // Without the protocol, `localhost` would be a socket file.
        Route::Tcp(Endpoint { host, port, .. }) => {
            line.words(["--protocol=TCP", &format!("--host={host}"), &format!("--port={port}")])
        }
        Route::Socket(path) => line.word(&format!("--socket={path}")),
    };
    line.word(&format!("--user={}", address.user));
    line.word(&format!("--connect-timeout={}", whole_seconds(within)));
    if let Route::Tcp(..) = address.route {
        let mode = match address.tls {
            TlsMode::Disable => "DISABLED",
            TlsMode::Prefer => "PREFERRED",
            TlsMode::Require => "REQUIRED",
            TlsMode::VerifyCa => "VERIFY_CA",
            TlsMode::VerifyFull => "VERIFY_IDENTITY",
        };
        line.word(&format!("--ssl-mode={mode}"));
    }
    if let Some(ca) = &address.ca {
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
