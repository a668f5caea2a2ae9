//! From what was seen to a cause.

use std::io;

use super::super::trust;
use super::relay::Log;
use super::wire::ServerError;
use crate::model::{Cause, Obstacle};

/// An obstacle.
pub(super) fn obstacle(cause: Cause, detail: impl Into<String>) -> Obstacle {
    Obstacle { cause, detail: detail.into() }
}

/// What the operating system says to an attempt to connect, or on a connection.
pub(super) fn system(error: &io::Error, place: &str) -> Obstacle {
    if own_limit(error) {
        return obstacle(Cause::OwnLimit, format!("this host has no more to give for {place}: {error}"));
    }
    let (cause, words) = match error.kind() {
        io::ErrorKind::ConnectionRefused => (Cause::Refused, "connection refused by"),
        io::ErrorKind::PermissionDenied => (Cause::Refused, "not allowed to connect to"),
        io::ErrorKind::TimedOut => (Cause::ConnectTimeout, "no answer from"),
        io::ErrorKind::NotFound => (Cause::Unreachable, "there is no"),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            (Cause::Unreachable, "no route to")
        }
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => (Cause::Reset, "connection closed by"),
        _ => (Cause::Unreachable, "no connection to"),
    };
    obstacle(cause, format!("{words} {place}: {error}"))
}

/// Is it this host that has no more file descriptors or ports?
pub(super) fn own_limit(error: &io::Error) -> bool {
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    error.kind() == io::ErrorKind::AddrNotAvailable || matches!(error.raw_os_error(), Some(ENFILE | EMFILE))
}

/// Why a handshake failed.
pub(super) fn handshake(error: &io::Error, place: &str) -> Obstacle {
    let Some(failure) = trust::find::<rustls::Error>(error) else {
        let what = system(error, place);
        let reset = matches!(what.cause, Cause::Reset | Cause::OwnLimit);
        return if reset { what } else { obstacle(Cause::TlsProtocol, what.detail) };
    };
    obstacle(trust::cause_of(failure), format!("TLS handshake with {place} failed: {failure}"))
}

/// What a server's refusal means.
pub(super) fn refusal(error: &ServerError, place: &str) -> Obstacle {
    let cause = match error.code.as_str() {
        "53300" => Cause::TooManyConnections,
        "57P01" | "57P02" | "57P03" => Cause::StartingUp,
        "3D000" => Cause::NoSuchDatabase,
        code if code.starts_with("28") => Cause::DatabaseAuth,
        _ => Cause::DatabaseQuery,
    };
    obstacle(cause, format!("{place} answered {error}"))
}

/// Why a session ended early. What passed by knows it better than sqlx's error.
pub(super) fn session(log: &Log, error: &sqlx::Error, place: &str) -> Obstacle {
    if let Some(error) = &log.error {
        return refusal(error, place);
    }
    if let Some(garbage) = &log.garbage {
        return obstacle(
            Cause::DatabaseProtocol,
            format!("{place} does not speak PostgreSQL: it answered `{garbage}`"),
        );
    }
    if let sqlx::Error::Io(error) = error
        && own_limit(error)
    {
        return system(error, "the relay");
    }
    if let Some(words) = &log.closed {
        let stage = if log.ready.is_some() { "during the query" } else { "before the session stood" };
        return obstacle(Cause::Reset, format!("{place} closed the connection {stage}: {words}"));
    }
    match error {
        sqlx::Error::Io(_) if log.started.is_none() => {
            obstacle(Cause::Internal, format!("the relay was not reached: {error}"))
        }
        _ => obstacle(
            Cause::DatabaseProtocol,
            format!("{place} can't be spoken with: {}", super::wire::clean(&error.to_string(), 300)),
        ),
    }
}
