//! What a caller may choose about a simulated staging. Data only.

use crate::system::addresses::{Addresses, DatabaseAddress};
use crate::system::hosts;
use crate::system::profile::Profile;

/// The database of the modelled system.
pub(crate) const DATABASE_NAME: &str = "netra_staging";
/// The role that a probe logs in with.
pub(crate) const PROBE_ROLE: &str = "fixproof_probe";

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
    /// The platform's APIs and metadata server, 18090 by default.
    pub platform: u16,
}

impl Default for FixedPorts {
    fn default() -> Self {
        FixedPorts {
            frontend: 18080,
            backend: 18081,
            auth: 18082,
            database: 15432,
            dns: 15353,
            edge: 18443,
            platform: 18090,
        }
    }
}

impl FixedPorts {
    /// The addresses of a staging on these ports, without starting one. The database's password is not in it.
    #[must_use]
    pub fn addresses(&self) -> Addresses {
        let at = |port: u16| format!("127.0.0.1:{port}");
        Addresses {
            frontend: format!("http://{}", at(self.frontend)),
            backend: format!("http://{}", at(self.backend)),
            auth: format!("http://{}", at(self.auth)),
            database: DatabaseAddress {
                host: "127.0.0.1".to_owned(),
                port: self.database,
                user: PROBE_ROLE.to_owned(),
                password: String::new(),
                name: DATABASE_NAME.to_owned(),
            },
            websocket: format!("ws://{}/ws", at(self.backend)),
            dns: at(self.dns),
            edge: at(self.edge),
            frontend_host: hosts::FRONTEND.to_owned(),
            backend_host: hosts::BACKEND.to_owned(),
            auth_host: hosts::AUTH.to_owned(),
            platform: format!("http://{}", at(self.platform)),
        }
    }
}
