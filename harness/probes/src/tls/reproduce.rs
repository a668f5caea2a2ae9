//! The same handshake with `openssl`.

use std::net::IpAddr;
use std::time::Duration;

use crate::PrepareContext;
use crate::net::address::word;
use crate::net::connect::Endpoint;
use crate::reproduce::{CommandLine, authorities, whole_seconds};
use fixproof_core::model::{Setting, Settings, Text};

/// The command line.
pub(super) fn reproduce(shown: &Settings, within: Duration, context: &PrepareContext<'_>) -> Option<String> {
    let endpoint = Endpoint::of(shown, Some(443)).ok()?;
    let name = word(shown, "server-name").unwrap_or(&endpoint.host);
    let mut line = CommandLine::new("timeout");
    line.words([&*whole_seconds(within), "openssl", "s_client", "-connect", &endpoint.to_string()]);
    match name.parse::<IpAddr>() {
        Ok(_) => line.words(["-noservername", "-verify_ip", name]),
        Err(_) => line.words(["-servername", name, "-verify_hostname", name]),
    };
    line.word("-verify_return_error");
    if let Some(ca) = authorities(shown, context) {
        line.words(["-CAfile", &ca, "-no-CApath", "-no-CAstore"]);
    }
    let offered = shown.list("alpn").iter().filter_map(|item| match item {
        Setting::Text(text) => Some(text),
        _ => None,
    });
    let offered: Vec<&str> = offered.map(Text::expose).collect();
    if !offered.is_empty() {
        line.words(["-alpn", &offered.join(",")]);
    }
    match word(shown, "version") {
        Some("1.2") => line.word("-tls1_2"),
        Some("1.3") => line.word("-tls1_3"),
        _ => &mut line,
    };
    match word(shown, "ip") {
        Some("4") => line.word("-4"),
        Some("6") => line.word("-6"),
        _ => &mut line,
    };
    line.shell("</dev/null").finish()
}
