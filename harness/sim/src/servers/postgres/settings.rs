//! What a database is started with: names, roles, limits, and what is broken in it. Data only.

use tokio_rustls::TlsAcceptor;

use crate::servers::time_scale::TimeScale;

/// The answer of `SHOW server_version`; clients parse the leading number.
pub(crate) const SERVER_VERSION: &str = "17.5 (fixproof-sim)";

/// What stays as it is while the database runs.
pub(crate) struct Settings {
    pub(crate) name: &'static str,
    pub(crate) roles: Vec<Role>,
    pub(crate) authentication: Authentication,
    pub(crate) max_connections: usize,
    pub(crate) reserved: usize,
    pub(crate) tls: Option<TlsAcceptor>,
    pub(crate) time_scale: TimeScale,
    pub(crate) seed: u64,
}

/// How passwords are requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Authentication {
    /// SCRAM-SHA-256 with this many iterations. Few: clients in a debug build spend 30 ms on PostgreSQL's 4096.
    Scram { iterations: u32 },
    /// In clear text.
    #[cfg_attr(not(test), expect(dead_code, reason = "chosen by tests only; the staging asks with SCRAM"))]
    Cleartext,
    /// Not at all.
    #[cfg_attr(not(test), expect(dead_code, reason = "chosen by tests only; the staging asks with SCRAM"))]
    Trust,
}

/// A role that may log in.
#[derive(Debug, Clone)]
pub(crate) struct Role {
    pub(crate) name: &'static str,
    pub(crate) password: String,
    pub(crate) superuser: bool,
}

/// What the database itself does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DatabaseFaults {
    /// Slots taken by others.
    pub(crate) occupied: usize,
    pub(crate) starting_up: bool,
    pub(crate) changed_password: bool,
    pub(crate) dropped: bool,
    pub(crate) missing_table: Option<&'static str>,
    pub(crate) expired_certificate: bool,
}

impl DatabaseFaults {
    pub(crate) const NONE: DatabaseFaults = DatabaseFaults {
        occupied: 0,
        starting_up: false,
        changed_password: false,
        dropped: false,
        missing_table: None,
        expired_certificate: false,
    };
}
