//! What a caller may choose about a simulated staging. Data only.

use crate::system::profile::Profile;

/// How to start a [`Staging`](crate::Staging).
#[derive(Debug, Clone)]
pub struct Options {
    /// What is broken.
    pub profile: Profile,
    /// How much faster than the modelled system everything happens; every duration is divided by it. Below 1 counts as 1.
    pub speed: f64,
    /// Every choice that looks random follows from it.
    pub seed: u64,
    /// Where to listen.
    pub ports: Ports,
}

impl Options {
    /// The given profile at the speed of the modelled system, seed 1, on ports the system picks.
    pub fn of(profile: Profile) -> Self {
        Options { profile, speed: 1.0, seed: 1, ports: Ports::Ephemeral }
    }
}

/// Where the services listen, always on 127.0.0.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ports {
    /// Ports that the system picks.
    Ephemeral,
    /// These ports; starting fails where one is taken.
    Fixed(FixedPorts),
}

/// One port for each public listener; [`Default`] gives the documented ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FixedPorts {
    /// Frontend, 18080 by default.
    pub frontend: u16,
    /// Backend, 18081 by default.
    pub backend: u16,
    /// Auth service, 18082 by default.
    pub auth: u16,
    /// Database, through the probe's own connector, 15432 by default.
    pub database: u16,
    /// Name server, over UDP and TCP, 15353 by default.
    pub dns: u16,
    /// Load balancer with TLS, 18443 by default.
    pub edge: u16,
}

impl Default for FixedPorts {
    fn default() -> Self {
        FixedPorts { frontend: 18080, backend: 18081, auth: 18082, database: 15432, dns: 15353, edge: 18443 }
    }
}
