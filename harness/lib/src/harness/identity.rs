//! What a report says of a run beside what was seen: its name, the program, the host.

use std::path::Path;

use crate::clock::Clock;
use crate::engine::Identity;
use crate::model::{Host, Nonce, Simulated};

/// The identity of a run of the suite in `folder`.
pub(super) fn identity(tool: &str, folder: &Path, simulated: Option<Simulated>, name: RunName) -> Identity {
    let mut notes = Vec::new();
    if cfg!(debug_assertions) {
        notes.push("fixproof was built without optimisation: its own part of every time is larger; use `cargo run --release` to time a real target".to_owned());
    }
    let identity = Identity::named(tool);
    Identity {
        run: name.id,
        nonce: name.nonce,
        suite: folder.display().to_string(),
        host: Host { name: host_name(), ..identity.host },
        notes,
        simulated,
        ..identity
    }
}

fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    name.or_else(|| std::env::var("HOSTNAME").ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "unknown".to_owned())
}

/// What tells one run from all others: `{{run.id}}` and `{{run.nonce}}`.
pub(super) struct RunName {
    /// `20261121-073005-4f2a`: sortable, and different for two runs of the same second.
    id: String,
    nonce: Nonce,
}

impl RunName {
    /// For plans that are never run.
    pub(super) fn placeholder() -> RunName {
        RunName { id: "stand-in".to_owned(), nonce: Nonce::STAND_IN }
    }

    /// Made of the time and the process id.
    pub(super) fn unique() -> RunName {
        let now = Clock::WALL.timestamp().0;
        let process = std::process::id();
        let id = format!(
            "{:04}{:02}{:02}-{:02}{:02}{:02}-{:04x}",
            now.year(),
            u8::from(now.month()),
            now.day(),
            now.hour(),
            now.minute(),
            now.second(),
            (process ^ now.nanosecond()) & 0xffff
        );
        let seed = now.unix_timestamp().unsigned_abs().rotate_left(32)
            ^ u64::from(now.nanosecond())
            ^ u64::from(process).rotate_left(20);
        RunName { id, nonce: Nonce::from_seed(seed) }
    }
}
