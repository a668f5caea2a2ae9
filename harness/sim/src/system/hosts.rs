//! The names of the modelled system's hosts. Constants only.

/// The zone that all of them are in.
pub(crate) const ZONE: &str = "staging.test";
/// The frontend's.
pub(crate) const FRONTEND: &str = "app.staging.test";
/// The backend's.
pub(crate) const BACKEND: &str = "api.staging.test";
/// The auth service's.
pub(crate) const AUTH: &str = "auth.staging.test";
/// All of them.
pub(crate) const ALL: [&str; 3] = [FRONTEND, BACKEND, AUTH];
