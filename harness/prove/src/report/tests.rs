//! What the tests of all formats share: the most hostile text there is, and a provenance made of it.

use std::time::Duration;

use fixproof::model::{Host, Timestamp};

use crate::{ProofProvenance, Simulation};

/// Everything that ever broke a report.
pub(crate) const HOSTILE: &str = "nul \u{0} bell \u{7} esc \u{1b}[31mred\u{1b}[0m csi \u{9b}2J ]]> <script>alert(1)</script> & \" ' \
     bidi \u{202e}drowssap\u{2066} nonchar \u{fffe}\u{ffff} zero\u{200b}width line\nbreak\r\ttab";

/// A provenance of hostile names.
pub(crate) fn provenance(filters: Vec<String>) -> ProofProvenance {
    let text = || HOSTILE.to_owned();
    ProofProvenance {
        tool: text(),
        optimised: false,
        run: text(),
        target: text(),
        suite: text(),
        suite_hash: text(),
        target_hash: text(),
        controls_hash: Some(text()),
        started: Timestamp(time::OffsetDateTime::UNIX_EPOCH),
        wall: Duration::from_secs(9),
        simulation: Some(Simulation { speed: 20.0, jobs: 4 }),
        host: Host { name: text(), system: text(), processors: 2 },
        filters,
    }
}
