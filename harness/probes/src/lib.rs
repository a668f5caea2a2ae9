//! Floor 1: the only floor with sockets and processes. A probe gathers facts and has no opinion.
//!
//! One file (or folder) a probe; everything about it stands there, in its [`ProbeSpec`]. A new probe is a new
//! row of [`PROBES`]. A probe never judges, never retries, never outlives its deadline, and never prints.

#![cfg_attr(not(test), warn(clippy::disallowed_methods, clippy::too_many_lines))]

pub mod clock;
mod command;
mod db;
mod dns;
mod google;
mod grpc;
pub mod host;
mod http;
mod log;
mod messages;
mod mysql;
mod net;
mod postgres;
mod probe;
mod process;
mod redis;
pub mod reproduce;
mod sanitize;
pub mod secret;
mod spec;
mod tcp;
mod tls;
mod websocket;

pub use self::net::tls::sending_client;
pub use self::probe::{
    ObserveContext, Observing, PrepareContext, PrepareResult, Probe, ProbeKind, RunResources,
};

use fixproof_core::model::ProbeSpec;

/// Every kind of probe there is.
pub static PROBES: &[&dyn ProbeKind] = &[
    &http::HTTP,
    &postgres::POSTGRES,
    &dns::DNS,
    &command::COMMAND,
    &tcp::TCP,
    &tls::TLS,
    &log::Log,
    &websocket::WEBSOCKET,
    &grpc::GRPC,
    &redis::REDIS,
    &mysql::MYSQL,
];

/// What can be asked with these kinds: what the loader checks settings and facts against.
#[must_use]
pub fn vocabulary(kinds: &[&'static dyn ProbeKind]) -> Vec<&'static ProbeSpec> {
    kinds.iter().map(|kind| kind.spec()).collect()
}

/// A kind by name.
#[must_use]
pub fn probe_named(name: &str) -> Option<&'static dyn ProbeKind> {
    PROBES.iter().copied().find(|kind| kind.spec().name == name)
}
