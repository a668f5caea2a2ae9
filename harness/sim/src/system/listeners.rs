//! Every port of a staging, bound before anything is started.

use std::net::{Ipv4Addr, SocketAddr};

use super::addresses::{Addresses, DatabaseAddress};
use super::hosts;
use super::options::{FixedPorts, Ports};
use super::profile::{Faults, Listening};
use super::start_error::StartError;
use crate::servers::balancer::BalancerState;
use crate::servers::dns::DnsSockets;
use crate::servers::listener::{BACKLOG, Listener};
use crate::servers::relay::{Route, RouteState};

/// PostgreSQL's own queue: twice the slots.
const DATABASE_BACKLOG: u32 = 200;

/// The ports, open unless the profile refuses connections there.
pub(crate) struct Listeners {
    pub(crate) frontend: Listener,
    pub(crate) backend: Listener,
    pub(crate) auth: Listener,
    pub(crate) probe_route: Listener,
    pub(crate) backend_route: Listener,
    pub(crate) auth_route: Listener,
    pub(crate) database: Listener,
    /// Always closed.
    pub(crate) nowhere: Listener,
    pub(crate) dns: DnsSockets,
    pub(crate) balancer: Listener,
    pub(crate) platform: Listener,
}

impl Listeners {
    pub(crate) fn new(ports: Ports, faults: &Faults) -> Result<Self, StartError> {
        let ports = match ports {
            Ports::Ephemeral => {
                FixedPorts { frontend: 0, backend: 0, auth: 0, database: 0, dns: 0, edge: 0, platform: 0 }
            }
            Ports::Fixed(ports) => ports,
        };
        let bind = |what: &'static str, port: u16, listens: bool, backlog: u32| {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            Listener::new(address, listens, backlog).map_err(|source| StartError::Bind { what, port, source })
        };
        let route = |what, port, route: Route| bind(what, port, route.state != RouteState::Refused, BACKLOG);
        let service = |what, port, listening| bind(what, port, listening != Listening::Down, BACKLOG);
        let dns = DnsSockets::bind(ports.dns).map_err(|source| StartError::Bind {
            what: "name server",
            port: ports.dns,
            source,
        })?;
        let balanced = faults.balancer != BalancerState::Refused;
        Ok(Listeners {
            frontend: service("frontend", ports.frontend, faults.frontend)?,
            backend: service("backend", ports.backend, faults.backend)?,
            auth: service("auth service", ports.auth, faults.auth)?,
            probe_route: route("database's connector", ports.database, faults.probe_route)?,
            backend_route: route("backend's connector", 0, faults.backend_route)?,
            auth_route: route("auth service's connector", 0, faults.auth_route)?,
            database: bind("database", 0, true, DATABASE_BACKLOG)?,
            nowhere: bind("unused address", 0, false, BACKLOG)?,
            dns,
            balancer: bind("load balancer", ports.edge, balanced, BACKLOG)?,
            platform: bind("platform", ports.platform, true, BACKLOG)?,
        })
    }

    /// Where everything listens.
    pub(crate) fn addresses(&self, database: DatabaseAddress) -> Result<Addresses, StartError> {
        let http = |what, listener| address(what, listener).map(|address| format!("http://{address}"));
        let dns = self.dns.address();
        let dns = dns.map_err(|source| StartError::Bind { what: "name server", port: 0, source })?;
        Ok(Addresses {
            frontend: http("frontend", &self.frontend)?,
            backend: http("backend", &self.backend)?,
            auth: http("auth service", &self.auth)?,
            database,
            websocket: format!("ws://{}/ws", address("backend", &self.backend)?),
            dns: dns.to_string(),
            edge: address("load balancer", &self.balancer)?.to_string(),
            frontend_host: hosts::FRONTEND.to_owned(),
            backend_host: hosts::BACKEND.to_owned(),
            auth_host: hosts::AUTH.to_owned(),
            platform: http("platform", &self.platform)?,
        })
    }
}

/// The address of a listener; `what` names it in the error.
pub(crate) fn address(what: &'static str, listener: &Listener) -> Result<SocketAddr, StartError> {
    listener.address().map_err(|source| StartError::Bind { what, port: 0, source })
}
