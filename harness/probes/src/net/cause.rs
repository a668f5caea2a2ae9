//! Causes out of errors of the operating system, wherever adapters hide them.

use std::io;

use fixproof_core::model::Cause;

/// Finds an error of a kind inside another, also where I/O errors hide what they wrap from `source()`.
pub(crate) fn find<'a, E: std::error::Error + 'static>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a E> {
    if let Some(found) = error.downcast_ref::<E>() {
        return Some(found);
    }
    if let Some(io) = error.downcast_ref::<io::Error>()
        && let Some(inner) = io.get_ref()
        && let Some(found) = find::<E>(inner)
    {
        return Some(found);
    }
    error.source().and_then(find::<E>)
}

/// The outermost I/O error of a chain that says something a cause is made of; adapters wrap one in another.
pub(crate) fn find_io_cause<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<(Cause, &'a io::Error)> {
    if let Some(io) = error.downcast_ref::<io::Error>() {
        if let Some(cause) = io_cause(io) {
            return Some((cause, io));
        }
        if let Some(found) = io.get_ref().and_then(|inner| find_io_cause(inner)) {
            return Some(found);
        }
    }
    error.source().and_then(find_io_cause)
}

/// What an operating system's error says, where it says something a cause is made of.
pub(crate) fn io_cause(error: &io::Error) -> Option<Cause> {
    use io::ErrorKind as Kind;
    // EMFILE and ENFILE have no kind of their own yet.
    if matches!(error.raw_os_error(), Some(23 | 24)) {
        return Some(Cause::OwnLimit);
    }
    match error.kind() {
        Kind::ConnectionRefused => Some(Cause::Refused),
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe | Kind::UnexpectedEof => {
            Some(Cause::Reset)
        }
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::NetworkDown | Kind::NotFound => {
            Some(Cause::Unreachable)
        }
        Kind::TimedOut => Some(Cause::ConnectTimeout),
        Kind::AddrNotAvailable | Kind::OutOfMemory => Some(Cause::OwnLimit),
        _ => None,
    }
}
