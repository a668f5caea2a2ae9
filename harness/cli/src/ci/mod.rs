//! Continuous integration services.

pub(crate) mod github;
