//! Floor 1: the only floor with sockets and processes. A probe gathers facts and has no opinion.
//!
//! One file (or folder) a probe; everything about it stands there, in its [`ProbeSpec`]. A new probe is a new
//! row of [`PROBES`]. A probe never judges, never retries, never outlives its deadline, and never prints.

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
mod process;
mod redis;
pub mod reproduce;
mod sanitize;
pub mod secret;
mod tcp;
mod tls;
mod websocket;

pub use self::dns::{OwnResolver, own_resolver};
pub use self::google::forget_tokens;
pub use self::net::tls::sending_client;

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use crate::clock::{Clock, Moment};
use fixproof_core::model::{Mistake, Observation, ProbeSpec, Settings};

/// A future that a probe returns.
pub type Observing<'a> = Pin<Box<dyn Future<Output = Observation> + Send + 'a>>;

/// A kind of probe: what it can be asked, and how it is made ready.
pub trait ProbeKind: Sync {
    /// Its row of the tables.
    fn spec(&self) -> &'static ProbeSpec;

    /// Makes it ready, without sending anything.
    ///
    /// # Errors
    /// Every setting it can't use.
    fn prepare(
        &self,
        settings: &Settings,
        context: &PrepareContext<'_>,
    ) -> Result<Box<dyn Probe>, Vec<Mistake>>;

    /// What a person types into a shell to ask the same by hand; nothing where no common tool can. `shown` are the
    /// settings with a [variable](reproduce::variable) in the place of every secret and every captured value.
    fn reproduce(&self, shown: &Settings, within: Duration, context: &PrepareContext<'_>) -> Option<String>;

    /// What it brings back where nobody has written anything; nothing where that can't be. Expectations that all hold
    /// on silence prove nothing.
    fn silence(&self) -> Option<Observation> {
        None
    }
}

/// A probe that is ready: nothing left to look up.
pub trait Probe: Send + Sync {
    /// Looks once, over a fresh connection. Ends by the deadline, whatever the target does; what came to nothing
    /// is an observation with an obstacle.
    fn observe<'a>(&'a self, ask: ObserveContext<'a>) -> Observing<'a>;
}

/// What a probe may know besides its settings.
#[derive(Debug, Clone, Copy)]
pub struct PrepareContext<'a> {
    /// Relative paths in settings start here: the suite's folder.
    pub root: &'a Path,
    /// May the proxies of the environment be used?
    pub proxy_from_environment: bool,
}

/// One request to look.
#[derive(Debug, Clone, Copy)]
pub struct ObserveContext<'a> {
    /// The target's clock.
    pub clock: &'a Clock,
    /// Absolute: nothing of the observation may outlive it.
    pub deadline: Moment,
}

/// Every kind of probe there is.
pub static PROBES: &[&dyn ProbeKind] = &[
    &http::Http,
    &postgres::Postgres,
    &dns::Dns,
    &command::Command,
    &tcp::Tcp,
    &tls::Tls,
    &log::Log,
    &websocket::Websocket,
    &grpc::Grpc,
    &redis::Redis,
    &mysql::Mysql,
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
