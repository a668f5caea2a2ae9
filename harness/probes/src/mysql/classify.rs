//! From a server's refusal to a cause.

use super::wire::Reader;
use crate::sanitize::clean;
use fixproof_core::model::{Cause, ProbeError};

/// How far the session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The server does not accept connections yet.
    Login,
    /// Questions are asked.
    Query,
}

/// What an error packet means.
pub(super) fn refusal(packet: &[u8], stage: Stage, place: &str) -> ProbeError {
    let mut reader = Reader(packet.get(1..).unwrap_or_default());
    let code = reader.number(2).unwrap_or_default();
    let (state, words) = match reader.0 {
        [b'#', rest @ ..] if rest.len() >= 5 => rest.split_at(5),
        words => (&b""[..], words),
    };
    let shown = |bytes: &[u8], most| clean(&String::from_utf8_lossy(bytes), most);
    let cause = match code {
        // ER_CON_COUNT_ERROR, ER_TOO_MANY_USER_CONNECTIONS, ER_USER_LIMIT_REACHED
        1040 | 1203 | 1226 => Cause::TooManyConnections,
        // ER_DBACCESS_DENIED, ER_ACCESS_DENIED, ER_HOST_IS_BLOCKED, ER_HOST_NOT_PRIVILEGED, ER_NOT_SUPPORTED_AUTH_MODE,
        // ER_ACCESS_DENIED_NO_PASSWORD, ER_MUST_CHANGE_PASSWORD (both), ER_ACCOUNT_HAS_BEEN_LOCKED,
        // ER_SECURE_TRANSPORT_REQUIRED; MariaDB's ER_ACCOUNT_HAS_BEEN_LOCKED
        1044 | 1045 | 1129 | 1130 | 1251 | 1698 | 1820 | 1862 | 3118 | 3159 | 4151 => Cause::DatabaseAuth,
        1049 => Cause::NoSuchDatabase,
        // ER_SERVER_SHUTDOWN, ER_NORMAL_SHUTDOWN, ER_SHUTDOWN_COMPLETE, ER_SERVER_OFFLINE_MODE, ER_SERVER_ISNT_AVAILABLE
        1053 | 1077 | 1079 | 3032 | 3168 => Cause::StartingUp,
        // ER_HANDSHAKE_ERROR, ER_NET_PACKETS_OUT_OF_ORDER
        1043 | 1156 => Cause::DatabaseProtocol,
        _ if stage == Stage::Login => Cause::DatabaseAuth,
        _ => Cause::DatabaseQuery,
    };
    let next = match code {
        1129 => "; the server blocks this host after too many failed connections: run FLUSH HOSTS",
        3159 => "; write tls = \"required\"",
        _ => "",
    };
    let state = if state.is_empty() { String::new() } else { format!(" ({})", shown(state, 5)) };
    ProbeError::new(cause, format!("{place} answered {code}{state}: {}{next}", shown(words, 500)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_cause_with_and_without_a_state() {
        for (packet, stage, cause, says) in [
            (
                &b"\xff\x10\x04Too many connections"[..],
                Stage::Login,
                Cause::TooManyConnections,
                "1040: Too many",
            ),
            (b"\xff\x15\x04#28000Access denied", Stage::Login, Cause::DatabaseAuth, "1045 (28000): Access"),
            (b"\xff\x19\x04#42000Unknown database", Stage::Login, Cause::NoSuchDatabase, "1049"),
            (b"\xff\x69\x04Host blocked", Stage::Login, Cause::DatabaseAuth, "FLUSH HOSTS"),
            (b"\xff\x1d\x04#08S01Server shutdown", Stage::Query, Cause::StartingUp, "1053"),
            (b"\xff\x57\x0c#HY000insecure", Stage::Login, Cause::DatabaseAuth, "tls = \"required\""),
            (b"\xff\x28\x04#42000syntax", Stage::Query, Cause::DatabaseQuery, "1064"),
            (b"\xff\x28\x04#42000syntax", Stage::Login, Cause::DatabaseAuth, "1064"),
            (b"\xff", Stage::Query, Cause::DatabaseQuery, "0"),
        ] {
            let found = refusal(packet, stage, "here");
            assert!(found.cause == cause && found.detail.contains(says), "{found:?}");
        }
    }
}
