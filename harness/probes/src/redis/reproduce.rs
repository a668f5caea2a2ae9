//! The same command with `redis-cli`.

use std::time::Duration;

use super::dialect::DIALECT;
use crate::PrepareContext;
use crate::db::address::{Address, Route, TlsMode};
use crate::reproduce::{CommandLine, whole_seconds};
use fixproof_core::model::{Settings, Text};

/// The command line. The password is left to a variable; one that is written in the suite is not repeated.
pub(super) fn reproduce(shown: &Settings, within: Duration, context: &PrepareContext<'_>) -> Option<String> {
    let address = Address::read(shown, &DIALECT).ok()?;
    let Route::Tcp(endpoint) = &address.route else { return None };
    let mut line = CommandLine::with_password("REDISCLI_AUTH", address.password.as_ref(), "timeout");
    line.words([&*whole_seconds(within), "redis-cli", "-h", &endpoint.host]);
    line.words(["-p", &endpoint.port.to_string()]);
    if !address.user.is_empty() {
        line.words(["--user", &address.user]);
    }
    if let Some(number) = address.database.as_ref().filter(|number| *number != "0") {
        line.words(["-n", number]);
    }
    match address.tls {
        TlsMode::Disable => &mut line,
        _ => line.words(["--tls", "--sni", &endpoint.host]),
    };
    if let Some(ca) = &address.ca {
        line.words(["--cacert", &context.root.join(ca).display().to_string()]);
    }
    let begun = line.finish()?;
    let command = super::command(shown).ok()?;
    line.words(command.iter().map(Text::expose));
    let asked = line.finish()?;
    let info = shown.flag("info").unwrap_or(false);
    Some(if info { format!("{asked}\n{begun} INFO") } else { asked })
}
