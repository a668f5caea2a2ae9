//! What stands in front of the services: a name server and a load balancer that ends TLS. It answers no request itself.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket as StdUdpSocket};
use std::sync::Arc;

use tokio::net::UdpSocket;
use tokio_rustls::TlsAcceptor;

use crate::servers::listener::{BACKLOG, Listener};
use crate::servers::{balancer, dns};
use crate::system::profile::{Balancer, Faults};
use crate::system::services::World;
use crate::system::staging::StartError;

/// How often a port that is free for UDP and taken for TCP is given back and another one asked for.
const PAIRS: usize = 50;

/// The ports, taken.
pub(crate) struct Edge {
    questions: UdpSocket,
    questions_over_tcp: Listener,
    balancer: Listener,
}

impl Edge {
    /// Takes the name server's and the load balancer's port; 0 where the system picks.
    pub(crate) fn bind(dns: u16, edge: u16, plan: &Faults) -> Result<Self, StartError> {
        let (questions, questions_over_tcp) =
            pair(dns).map_err(|source| StartError::Bind { what: "name server", port: dns, source })?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, edge));
        let balancer = Listener::new(address, plan.balancer != Balancer::Refused, BACKLOG)
            .map_err(|source| StartError::Bind { what: "load balancer", port: edge, source })?;
        Ok(Edge { questions, questions_over_tcp, balancer })
    }

    /// Where questions go.
    pub(crate) fn name_server(&self) -> Result<SocketAddr, StartError> {
        self.questions.local_addr().map_err(|source| StartError::Bind {
            what: "name server",
            port: 0,
            source,
        })
    }

    /// Where TLS is ended.
    pub(crate) fn balancer(&self) -> Result<SocketAddr, StartError> {
        self.balancer.address().map_err(|source| StartError::Bind { what: "load balancer", port: 0, source })
    }

    /// Starts both.
    pub(crate) fn launch(self, world: &Arc<World>, acceptor: TlsAcceptor) {
        tokio::spawn(dns::over_udp(Arc::clone(world), self.questions));
        tokio::spawn(dns::over_tcp(Arc::clone(world), self.questions_over_tcp));
        tokio::spawn(balancer::serve(Arc::clone(world), self.balancer, acceptor));
    }
}

/// One port for UDP and TCP.
fn pair(port: u16) -> io::Result<(UdpSocket, Listener)> {
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..PAIRS {
        let socket = StdUdpSocket::bind((Ipv4Addr::LOCALHOST, port))?;
        match Listener::new(socket.local_addr()?, true, BACKLOG) {
            Ok(listener) => {
                socket.set_nonblocking(true)?;
                return Ok((UdpSocket::from_std(socket)?, listener));
            }
            Err(error) if port == 0 => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}
