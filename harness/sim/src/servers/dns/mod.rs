//! A name server: one message a datagram, or many with their lengths on a TCP connection. `zone` makes the answers.

mod zone;

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket as StdUdpSocket};
use std::sync::{Arc, Mutex};

use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

use crate::servers::counts::count;
use crate::servers::listener::{BACKLOG, Listener};
use crate::servers::lock::locked;

pub(crate) use zone::{NameServerState, Zone};

/// The largest message there can be.
const MAX_MESSAGE: usize = 65_535;

/// How many pairs of ports to try where a port is free for UDP and taken for TCP.
const PAIRS: usize = 50;

/// The name server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NameServerJournal {
    /// Questions received over UDP, unanswered ones among them.
    pub over_udp: u64,
    /// Questions received over TCP.
    pub over_tcp: u64,
    /// The same by name and type, in the form `api.staging.test A`; names in lower case.
    pub questions: BTreeMap<String, u64>,
}

/// A name server of one zone.
#[derive(Debug)]
pub(crate) struct NameServer {
    zone: Zone,
    state: NameServerState,
    journal: Mutex<NameServerJournal>,
}

/// The ports of a name server, bound.
pub(crate) struct DnsSockets {
    udp: UdpSocket,
    tcp: Listener,
}

impl DnsSockets {
    /// Binds one port for UDP and TCP; 0 where the system picks.
    pub(crate) fn bind(port: u16) -> io::Result<Self> {
        let mut last = io::Error::from(io::ErrorKind::AddrInUse);
        for _ in 0..PAIRS {
            let socket = StdUdpSocket::bind((Ipv4Addr::LOCALHOST, port))?;
            match Listener::new(socket.local_addr()?, true, BACKLOG) {
                Ok(tcp) => {
                    socket.set_nonblocking(true)?;
                    return Ok(DnsSockets { udp: UdpSocket::from_std(socket)?, tcp });
                }
                Err(error) if port == 0 => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    /// Where they are.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.udp.local_addr()
    }
}

impl NameServer {
    pub(crate) fn new(zone: Zone, state: NameServerState) -> Arc<Self> {
        Arc::new(NameServer { zone, state, journal: Mutex::default() })
    }

    pub(crate) fn journal(&self) -> NameServerJournal {
        locked(&self.journal).clone()
    }

    /// Answers over UDP and TCP until the runtime ends.
    pub(crate) fn spawn(self: &Arc<Self>, sockets: DnsSockets) {
        tokio::spawn(over_udp(Arc::clone(self), sockets.udp));
        tokio::spawn(over_tcp(Arc::clone(self), sockets.tcp));
    }

    fn answer(&self, over_tcp: bool, message: &[u8]) -> Option<Vec<u8>> {
        let (question, answer) = self.zone.answer(self.state, message)?;
        let mut journal = locked(&self.journal);
        *if over_tcp { &mut journal.over_tcp } else { &mut journal.over_udp } += 1;
        count(&mut journal.questions, &question);
        answer
    }
}

async fn over_udp(server: Arc<NameServer>, socket: UdpSocket) {
    let mut buffer = vec![0; MAX_MESSAGE];
    loop {
        // An error here belongs to an earlier answer whose client is gone.
        let Ok((length, from)) = socket.recv_from(&mut buffer).await else {
            continue;
        };
        if let Some(answer) = server.answer(false, &buffer[..length]) {
            let _ = socket.send_to(&answer, from).await;
        }
    }
}

async fn over_tcp(server: Arc<NameServer>, listener: Listener) {
    let Listener::Open(listener) = listener else {
        return;
    };
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let server = Arc::clone(&server);
        tokio::spawn(async move { serve_connection(&server, stream).await.ok() });
    }
}

async fn serve_connection(server: &NameServer, mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    loop {
        let length = stream.read_u16().await?;
        let mut message = vec![0; length.into()];
        stream.read_exact(&mut message).await?;
        if let Some(answer) = server.answer(true, &message) {
            let length = u16::try_from(answer.len()).map_err(io::Error::other)?;
            stream.write_all(&[&length.to_be_bytes(), answer.as_slice()].concat()).await?;
        }
    }
}
