//! The name server's sockets: one message a datagram, or many behind their lengths on a connection. What is answered is
//! `zone`'s business.

mod zone;

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

use crate::servers::listener::Listener;
use crate::system::journal::Transport;
use crate::system::services::World;
use zone::hear;

/// The largest message there can be.
const LONGEST: usize = 65_535;

/// Answers datagrams until dropped.
pub(crate) async fn over_udp(world: Arc<World>, socket: UdpSocket) {
    let mut buffer = vec![0; LONGEST];
    loop {
        // An error here is an earlier answer's that nobody waited for any more.
        let Ok((length, from)) = socket.recv_from(&mut buffer).await else {
            continue;
        };
        if let Some(answer) = answer(&world, Transport::Udp, &buffer[..length]) {
            let _ = socket.send_to(&answer, from).await;
        }
    }
}

/// Accepts connections until dropped.
pub(crate) async fn over_tcp(world: Arc<World>, listener: Listener) {
    let Listener::Open(listener) = listener else {
        return;
    };
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let world = Arc::clone(&world);
        tokio::spawn(async move { converse(&world, stream).await.ok() });
    }
}

async fn converse(world: &World, mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    loop {
        let length = stream.read_u16().await?;
        let mut message = vec![0; length.into()];
        stream.read_exact(&mut message).await?;
        if let Some(answer) = answer(world, Transport::Tcp, &message) {
            let length = u16::try_from(answer.len()).map_err(io::Error::other)?;
            stream.write_all(&[&length.to_be_bytes(), answer.as_slice()].concat()).await?;
        }
    }
}

fn answer(world: &World, over: Transport, message: &[u8]) -> Option<Vec<u8>> {
    let heard = hear(world.profile.faults.name_server, message)?;
    world.ledger.names.question(over, &heard.question);
    heard.answer
}
