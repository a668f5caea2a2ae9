//! The `log` probe against real files, real programs and a server that answers as Cloud Logging does.

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail the test")]

mod files;
mod program;
mod query;
mod startup;
mod suite;
mod support;
