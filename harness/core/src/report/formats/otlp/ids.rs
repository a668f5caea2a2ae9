//! Ids and times of a trace. An id is a hash of its path: the same report always yields the same trace.

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::model::{Report, Timestamp};

/// One run's trace.
pub(super) struct Trace {
    id: [u8; 16],
    /// Nanoseconds since 1970.
    start: u64,
    /// How many times faster than the wall the target's clock ran.
    speed: f64,
}

impl Trace {
    /// Of the run; a replay of it is another trace.
    pub(super) fn of(report: &Report) -> Trace {
        let provenance = &report.provenance;
        let replayed = provenance.replay.as_ref().map_or("", |_| provenance.suite_hash.as_str());
        let (nonce, started) = (provenance.nonce.number().to_string(), provenance.started.to_string());
        let id = hash(&["trace", &provenance.run, &nonce, &started, replayed]);
        let start = u64::try_from(provenance.started.0.unix_timestamp_nanos()).unwrap_or(0);
        let speed = provenance.simulated.as_ref().map_or(1.0, |simulated| simulated.speed);
        Trace { id, start, speed }
    }

    /// The trace's id.
    pub(super) fn id(&self) -> Vec<u8> {
        self.id.to_vec()
    }

    /// The id of the span at a path: `run`, `scenario/ID`, `scenario/ID/3/0`.
    pub(super) fn span(&self, path: &str) -> Vec<u8> {
        let hex: String = self.id.iter().map(|byte| format!("{byte:02x}")).collect();
        hash::<8>(&["span", &hex, path]).to_vec()
    }

    /// When the run began.
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// A moment of the wall, on the target's clock; never before the run.
    pub(super) fn moment(&self, moment: Timestamp) -> u64 {
        let wall = u64::try_from(moment.0.unix_timestamp_nanos()).unwrap_or(0).saturating_sub(self.start);
        let after = Duration::from_nanos(wall);
        let scaled = Duration::try_from_secs_f64(after.as_secs_f64() * self.speed);
        later(self.start, if self.speed == 1.0 { after } else { scaled.unwrap_or(after) })
    }
}

/// So much later.
pub(super) fn later(moment: u64, by: Duration) -> u64 {
    moment.saturating_add(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX))
}

/// The beginning of a hash of these parts, never all zero: that would be no id.
fn hash<const N: usize>(parts: &[&str]) -> [u8; N] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_be_bytes());
        hasher.update(part.as_bytes());
    }
    let mut id = [0; N];
    id.iter_mut().zip(hasher.finalize()).for_each(|(to, from)| *to = from);
    if id.iter().all(|byte| *byte == 0) {
        id[N - 1] = 1;
    }
    id
}
