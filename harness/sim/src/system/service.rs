//! The three simulated services and what all of them report about themselves.

use serde::Serialize;

/// One of the simulated services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// The web frontend.
    Frontend,
    /// The API.
    Backend,
    /// The auth service.
    Auth,
}

impl Service {
    /// `frontend`, `backend` or `auth`.
    pub fn name(self) -> &'static str {
        match self {
            Service::Frontend => "frontend",
            Service::Backend => "backend",
            Service::Auth => "auth",
        }
    }
}

/// The version every service reports.
pub(crate) const VERSION: &str = "1.0.0-simulated";

/// The environment every service reports.
pub(crate) const ENVIRONMENT: &str = "staging";
