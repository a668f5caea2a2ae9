//! What the tests of all formats share: the most hostile text there is, a provenance made of it, and the file of a format.

use std::time::Duration;

use fixproof::model::{Host, Timestamp};
use fixproof_prove::report::formats_of;
use fixproof_prove::{Proof, ProofProvenance, Simulation};

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

/// A proof in a format, as text.
pub(crate) fn rendered(format: &str, proof: &Proof) -> String {
    let format = formats_of(proof.kind()).find(|known| known.name == format).unwrap();
    String::from_utf8((format.render)(proof).unwrap()).unwrap()
}
