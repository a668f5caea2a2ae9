//! The simulated platform as its clients see it: real requests over loopback, in the shapes of Google's APIs.

mod access;
mod asking;
mod faults;
mod gcloud;
mod log;
mod shapes;
#[path = "../support/mod.rs"]
mod support;
