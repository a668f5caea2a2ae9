//! Stamps of one exchange, found by the hooks through a task-local: the client itself is shared by all.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::pki_types::CertificateDer;

use crate::clock::{Clock, Moment};
use fixproof_core::model::{Facts, Phase, ProbeError, Value};

tokio::task_local! {
    /// The exchange that this task makes.
    pub(super) static TRACE: Trace;
}

/// What the hooks share with the exchange they belong to.
#[derive(Debug, Clone, Default)]
pub(super) struct Trace(Arc<Mutex<Stamps>>);

/// When what happened. An end is stamped only when the phase came to its end.
#[derive(Debug, Default)]
pub(super) struct Stamps {
    pub(super) began: Option<Moment>,
    pub(super) dns: Option<Moment>,
    pub(super) connect_began: Option<Moment>,
    pub(super) tls_began: Option<Moment>,
    pub(super) connected: Option<Moment>,
    pub(super) head: Option<Moment>,
    pub(super) body: Option<Moment>,
    pub(super) by_name: bool,
    pub(super) secure: bool,
    /// What the other side presented, leaf first.
    pub(super) chain: Vec<CertificateDer<'static>>,
    /// Where the resolver hook points the connection.
    pub(super) address: Option<SocketAddr>,
    /// The proxy the exchange goes through, as a reader knows it.
    pub(super) proxy: Option<String>,
    /// Why the proxy's name has no address; the client's own errors don't say.
    pub(super) unresolved: Option<ProbeError>,
}

impl Trace {
    /// Reads or writes the stamps.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut Stamps) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The same for the exchange of this task, if it makes one.
    pub(super) fn here(act: impl FnOnce(&mut Stamps)) {
        // Outside an exchange there is nothing to stamp.
        let _ = TRACE.try_with(|trace| trace.with(act));
    }

    /// Stamps the beginning of the handshake, once.
    pub(super) fn tls_begins() {
        Trace::here(|stamps| {
            stamps.tls_began.get_or_insert(Clock::WALL.now());
        });
    }

    /// Keeps the certificates the other side presents.
    pub(super) fn presented(leaf: &CertificateDer<'_>, rest: &[CertificateDer<'_>]) {
        let chain = std::iter::once(leaf).chain(rest).map(|der| der.clone().into_owned());
        Trace::here(|stamps| stamps.chain = chain.collect());
    }
}

/// The phase an exchange was in when it was cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    Dns,
    Connect,
    Tls,
    FirstByte,
    Body,
}

impl Stamps {
    /// Where the exchange is.
    pub(super) fn reached(&self) -> Reached {
        if self.by_name && self.dns.is_none() {
            Reached::Dns
        } else if self.connected.is_none() {
            if self.tls_began.is_some() { Reached::Tls } else { Reached::Connect }
        } else if self.head.is_none() {
            Reached::FirstByte
        } else {
            Reached::Body
        }
    }

    /// The timeline, the phase that was cut off included; and the facts of those that came to their end.
    pub(super) fn phases(&self, clock: &Clock, start: Moment, now: Moment, facts: &mut Facts) -> Vec<Phase> {
        let Some(began) = self.began else { return Vec::new() };
        let connect_from = self.connect_began.or(self.dns).unwrap_or(began);
        let tcp_end = if self.secure { self.tls_began } else { self.connected };
        let rows = [
            ("dns", "time.dns", self.by_name.then_some(began), self.dns),
            (
                "connect",
                "time.connect",
                (!self.by_name || self.dns.is_some()).then_some(connect_from),
                tcp_end,
            ),
            ("tls", "time.tls", self.tls_began.filter(|_| self.secure), self.connected),
            ("first-byte", "time.first-byte", self.connected, self.head),
            ("body", "time.body", self.head, self.body),
        ];
        let mut phases = Vec::with_capacity(rows.len());
        for (name, fact, from, to) in rows {
            let Some(from) = from else { continue };
            let took = clock.between(from, to.unwrap_or(now));
            phases.push(Phase {
                name: name.into(),
                after: clock.between(start, from),
                took,
                complete: to.is_some(),
            });
            if to.is_some() {
                facts.insert(fact, Value::Duration(took));
            }
        }
        phases
    }
}
