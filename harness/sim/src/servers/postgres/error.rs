//! Errors as PostgreSQL sends them: an SQLSTATE and a message.

/// An error as the protocol carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PgError {
    pub(crate) sqlstate: &'static str,
    pub(crate) message: String,
}

impl PgError {
    pub(crate) fn new(sqlstate: &'static str, message: impl Into<String>) -> Self {
        PgError { sqlstate, message: message.into() }
    }
}
