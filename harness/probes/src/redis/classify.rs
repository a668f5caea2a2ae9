//! From what was seen to a cause.

use super::reply::{LARGEST, Unfit};
use crate::sanitize::clean;
use fixproof_core::model::{Cause, ProbeError, shortened_bytes};

/// What a server's refusal means; its first word is a code.
pub(super) fn refusal(words: &str, stage: &str, place: &str) -> ProbeError {
    let shown = clean(words, 300);
    let code = words.split(' ').next().unwrap_or_default();
    let lower = words.to_lowercase();
    let cause = match code {
        "NOAUTH" | "WRONGPASS" | "NOPERM" | "DENIED" => Cause::DatabaseAuth,
        "LOADING" => Cause::StartingUp,
        // `max number of clients + cluster connections reached` in a cluster.
        "ERR" if lower.contains("max number of clients") => Cause::TooManyConnections,
        "MASTERDOWN" | "CLUSTERDOWN" | "BUSY" => Cause::DatabaseQuery,
        _ if stage == "AUTH" => Cause::DatabaseAuth,
        _ if stage == "SELECT" => Cause::NoSuchDatabase,
        _ => Cause::DatabaseQuery,
    };
    let next = match code {
        "NOAUTH" => "; give `password`",
        "DENIED" => ": it accepts no remote client without a password (protected mode)",
        _ => "",
    };
    ProbeError::new(cause, format!("{place} answered {stage} with `{shown}`{next}"))
}

/// What came is no reply that can be used.
pub(super) fn unfit(unfit: Unfit, stage: &str, place: &str, beginning: &[u8]) -> ProbeError {
    match unfit {
        Unfit::TooLarge => {
            let most = LARGEST / 1024;
            let what =
                format!("{place} answers {stage} with more than the {most} KiB that are read of a reply");
            ProbeError::new(Cause::Truncated, what)
        }
        Unfit::Garbage if matches!(beginning, [0x15 | 0x16, 3, ..]) => {
            let what = format!(
                "{place} speaks TLS where none was expected; write rediss:// or tls = \"verify-full\""
            );
            ProbeError::new(Cause::DatabaseProtocol, what)
        }
        Unfit::Garbage => {
            let shown = clean(&shortened_bytes(beginning, 80), 60);
            ProbeError::new(
                Cause::DatabaseProtocol,
                format!("{place} does not speak Redis: it answered {stage} with `{shown}`"),
            )
        }
    }
}
