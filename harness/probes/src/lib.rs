//! The probes: the only crate with sockets and processes. A probe observes facts and judges nothing.
//!
//! One file (or folder) a probe; everything about it stands there, in its [`ProbeSpec`]. A new probe is a new
//! row of [`PROBES`]. A probe never judges, never retries, never outlives its deadline, and never prints.

#![cfg_attr(not(test), warn(clippy::disallowed_methods, clippy::too_many_lines))]
#![cfg_attr(
    not(feature = "default"),
    allow(dead_code, unused_imports, reason = "what probes share is larger than what a single one needs")
)]

pub mod clock;
#[cfg(feature = "command")]
mod command;
mod db;
#[cfg(feature = "dns")]
mod dns;
#[cfg(feature = "http")]
mod google;
#[cfg(feature = "grpc")]
mod grpc;
pub mod host;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "log")]
mod log;
#[cfg(feature = "_messages")]
mod messages;
#[cfg(feature = "mysql")]
mod mysql;
mod net;
#[cfg(feature = "postgres")]
mod postgres;
mod probe;
#[cfg(feature = "command")]
mod process;
#[cfg(feature = "redis")]
mod redis;
pub mod reproduce;
mod sanitize;
pub mod secret;
mod spec;
#[cfg(feature = "tcp")]
mod tcp;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "websocket")]
mod websocket;

#[cfg(feature = "_tls")]
pub use self::net::tls::sending_client;
pub use self::probe::{
    ObserveContext, Observing, PrepareContext, PrepareResult, Probe, ProbeKind, RunResources,
};

use fixproof_core::model::ProbeSpec;

/// Every kind of probe there is; each is a cargo feature of its name.
pub static PROBES: &[&dyn ProbeKind] = &[
    #[cfg(feature = "http")]
    &http::HTTP,
    #[cfg(feature = "postgres")]
    &postgres::POSTGRES,
    #[cfg(feature = "dns")]
    &dns::DNS,
    #[cfg(feature = "command")]
    &command::COMMAND,
    #[cfg(feature = "tcp")]
    &tcp::TCP,
    #[cfg(feature = "tls")]
    &tls::TLS,
    #[cfg(feature = "log")]
    &log::Log,
    #[cfg(feature = "websocket")]
    &websocket::WEBSOCKET,
    #[cfg(feature = "grpc")]
    &grpc::GRPC,
    #[cfg(feature = "redis")]
    &redis::REDIS,
    #[cfg(feature = "mysql")]
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
