//! From what was seen to a cause.

use super::relay::Log;
use super::wire::ServerError;
use crate::net::connect::{io_error, own_limit};
use fixproof_core::model::{Cause, ProbeError};

/// What a server's refusal means.
pub(super) fn refusal(error: &ServerError, place: &str) -> ProbeError {
    let cause = match error.code.as_str() {
        "53300" => Cause::TooManyConnections,
        "57P01" | "57P02" | "57P03" => Cause::StartingUp,
        "3D000" => Cause::NoSuchDatabase,
        code if code.starts_with("28") => Cause::DatabaseAuth,
        _ => Cause::DatabaseQuery,
    };
    ProbeError::new(cause, format!("{place} answered {error}"))
}

/// Why a session ended early. What passed by knows it better than sqlx's error.
pub(super) fn session(log: &Log, error: &sqlx::Error, place: &str) -> ProbeError {
    if let Some(error) = &log.error {
        return refusal(error, place);
    }
    if let Some(garbage) = &log.garbage {
        return ProbeError::new(
            Cause::DatabaseProtocol,
            format!("{place} does not speak PostgreSQL: it answered `{garbage}`"),
        );
    }
    if let sqlx::Error::Io(error) = error
        && own_limit(error)
    {
        return io_error(error, "the relay");
    }
    if let Some(words) = &log.closed {
        let stage = if log.ready.is_some() { "during the query" } else { "before the session stood" };
        return ProbeError::new(Cause::Reset, format!("{place} closed the connection {stage}: {words}"));
    }
    match error {
        sqlx::Error::Io(_) if log.started.is_none() => {
            ProbeError::new(Cause::Internal, format!("the relay was not reached: {error}"))
        }
        _ => ProbeError::new(
            Cause::DatabaseProtocol,
            format!("{place} exchange failed: {}", super::wire::clean(&error.to_string(), 300)),
        ),
    }
}
