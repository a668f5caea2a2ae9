//! Ports of this machine: bound first, opened before their address is published, kept also where they are closed.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

/// All queues but the database's: a burst must not meet a full queue that the modelled system does not have.
pub(crate) const BACKLOG: u32 = 4096;

/// A bound port.
#[derive(Debug)]
pub(crate) enum Listener {
    /// Connections are accepted.
    Open(TcpListener),
    /// The port is bound and does not listen: no other process can take it, and connections are refused.
    Closed(TcpSocket),
}

impl Listener {
    /// Takes the port, and listens if `listens`.
    pub(crate) fn new(address: SocketAddr, listens: bool, backlog: u32) -> io::Result<Listener> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        match listens {
            true => Ok(Listener::Open(socket.listen(backlog)?)),
            false => Ok(Listener::Closed(socket)),
        }
    }

    /// Where it is.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        match self {
            Listener::Open(listener) => listener.local_addr(),
            Listener::Closed(socket) => socket.local_addr(),
        }
    }

    /// Keeps the port until dropped.
    pub(crate) async fn keep(self) {
        std::future::pending::<()>().await;
        drop(self);
    }
}
