//! The same command with `redis-cli`.

use std::time::Duration;

use super::address::{TlsMode, read};
use crate::PrepareContext;
use crate::reproduce::{CommandLine, holds_variable, variable, whole_seconds};
use fixproof_core::model::{Secret, Settings, Text};

/// The command line. The password is left to a variable; one that is written in the suite is not repeated.
pub(super) fn reproduce(shown: &Settings, within: Duration, context: &PrepareContext<'_>) -> Option<String> {
    let address = read(shown).ok()?;
    let mut line = match address.password.as_ref().map(Secret::expose) {
        None => CommandLine::new("timeout"),
        Some(password) if holds_variable(password) => CommandLine::with("REDISCLI_AUTH", password, "timeout"),
        Some(_) => CommandLine::with("REDISCLI_AUTH", &variable("REDISCLI_AUTH"), "timeout"),
    };
    line.words([&*whole_seconds(within), "redis-cli", "-h", &address.endpoint.host]);
    line.words(["-p", &address.endpoint.port.to_string()]);
    if let Some(user) = &address.user {
        line.words(["--user", user]);
    }
    if let Some(number) = address.database.filter(|number| *number > 0) {
        line.words(["-n", &number.to_string()]);
    }
    match address.tls {
        TlsMode::Disable => &mut line,
        TlsMode::VerifyCa | TlsMode::VerifyFull => line.words(["--tls", "--sni", &address.endpoint.host]),
    };
    if let Some(ca) = address.ca.as_ref().filter(|ca| *ca != "system") {
        line.words(["--cacert", &context.root.join(ca).display().to_string()]);
    }
    let begun = line.finish()?;
    let command = super::command(shown).ok()?;
    line.words(command.iter().map(Text::expose));
    let asked = line.finish()?;
    let info = shown.flag("info").unwrap_or(false);
    Some(if info { format!("{asked}\n{begun} INFO") } else { asked })
}
