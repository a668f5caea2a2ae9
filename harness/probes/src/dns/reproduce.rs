//! The same question with `dig`.

use std::time::Duration;

use hickory_proto::rr::RecordType;

use super::question::{Transport, read};
use super::servers::ServerChoice;
use crate::reproduce::{CommandLine, whole_seconds};
use fixproof_core::model::Settings;

/// The command line: every name and every kind of record, asked of the same server.
pub(super) fn reproduce(shown: &Settings, within: Duration) -> Option<String> {
    let probe = read(shown).ok()?;
    let mut line = CommandLine::new("dig");
    line.word(&format!("+time={}", whole_seconds(within)));
    match probe.transport {
        Transport::Auto => &mut line,
        Transport::Udp => line.word("+ignore"),
        Transport::Tcp => line.word("+tcp"),
    };
    if let ServerChoice::One(address) = probe.peer {
        line.word(&format!("@{}", address.ip()));
        if address.port() != 53 {
            line.words(["-p", &address.port().to_string()]);
        }
    }
    for host in &probe.hosts {
        for record in probe.records {
            // With its last dot, because no search domain is tried; -q, because a name may begin like an option.
            let name = host.name.to_ascii();
            let name = if *record == RecordType::PTR { name } else { name.to_lowercase() };
            if name.starts_with(['-', '@', '+']) {
                line.word("-q");
            }
            line.words([&*name, &record.to_string()]);
        }
    }
    line.finish()
}
