//! An access token, and the errors of obtaining one.

use std::time::Duration;

use fixproof_core::model::{Cause, ProbeError, Secret};

/// The remedy for missing credentials.
pub(super) const LOG_IN: &str =
    "run `gcloud auth application-default login`, or name a credentials file (`google`)";

/// A token and its remaining lifetime in wall time.
pub(super) struct Token {
    pub(super) secret: Secret,
    pub(super) lasts: Duration,
}

/// Why an answer holds no token.
pub(super) struct Refusal {
    /// For a reader.
    pub(super) text: String,
    /// Are the credentials expired or withdrawn (OAuth's `invalid_grant`)?
    pub(super) expired: bool,
}

/// No token was obtained: an error of the harness, since no request reached the target.
pub(super) fn denied(detail: String) -> ProbeError {
    ProbeError { cause: Cause::ToolAuth, detail }
}
