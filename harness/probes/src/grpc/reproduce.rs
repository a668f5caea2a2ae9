//! The same health check with `grpcurl`.

use std::time::Duration;

use super::request::place;
use crate::PrepareContext;
use crate::net::address::word;
use crate::net::connect::Family;
use crate::reproduce::{CommandLine, authorities, seconds};
use fixproof_core::model::Settings;

/// The command line.
pub(super) fn reproduce(shown: &Settings, within: Duration, context: &PrepareContext<'_>) -> Option<String> {
    let (place, secure) = place(shown).ok()?;
    let mut line = CommandLine::new("grpcurl");
    line.words(["-max-time", &seconds(within)]);
    match (secure, authorities(shown, context)) {
        (false, _) => line.word("-plaintext"),
        (true, Some(ca)) => line.words(["-cacert", &ca]),
        (true, None) => &mut line,
    };
    if let Some(name) = word(shown, "server-name") {
        line.words(["-authority", name]);
    }
    for (name, value) in shown.table("metadata") {
        line.words(["-H", &format!("{name}: {}", value.scalar_text()?.expose())]);
    }
    if let Some(token) = word(shown, "bearer") {
        line.words(["-H", &format!("authorization: Bearer {token}")]);
    }
    if let Some(service) = word(shown, "service") {
        line.words(["-d", &serde_json::json!({ "service": service }).to_string()]);
    }
    line.words([&*place.to_string(), "grpc.health.v1.Health/Check"]);
    let only = match place.family {
        Family::Any => "",
        Family::Four => "# over IPv4 only\n",
        Family::Six => "# over IPv6 only\n",
    };
    let said = line.finish()?;
    Some(format!("{only}# where the server has no reflection: add -proto health.proto\n{said}"))
}
