//! Ports of this machine: bound first, opened before anybody is told the address, kept also where nobody may come in.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

/// All queues but the database's: a burst must not meet a full queue that the modelled system does not have.
pub(crate) const BACKLOG: u32 = 4096;

/// A port that is ours.
#[derive(Debug)]
pub(crate) enum Door {
    /// Connections are accepted.
    Open(TcpListener),
    /// The port is bound and does not listen: nobody else can take it, and connections are refused.
    Shut(TcpSocket),
}

impl Door {
    /// Takes the port, and listens if `listens`.
    pub(crate) fn new(address: SocketAddr, listens: bool, backlog: u32) -> io::Result<Door> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        match listens {
            true => Ok(Door::Open(socket.listen(backlog)?)),
            false => Ok(Door::Shut(socket)),
        }
    }

    /// Where it is.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        match self {
            Door::Open(listener) => listener.local_addr(),
            Door::Shut(socket) => socket.local_addr(),
        }
    }
}
