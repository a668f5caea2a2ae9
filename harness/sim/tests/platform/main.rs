//! The simulated platform as its clients see it: real requests over loopback, in the shapes of Google's APIs.
#![expect(clippy::unwrap_used, reason = "a test's helper fails by panicking")]

mod access;
mod client;
mod fault_rows;
mod faults;
mod gcloud;
mod log;
mod shapes;
#[path = "../support/mod.rs"]
mod support;
