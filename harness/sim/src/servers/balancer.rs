//! The load balancer: it ends TLS and passes the bytes on to the service behind the server name that was asked for. It
//! never looks into the bytes, unless its profile has it end no TLS: then the `host` header is all there is to go by.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::servers::listener::Listener;
use crate::system::hosts;
use crate::system::profile::Balancer;
use crate::system::services::World;

/// How long a client may take for its handshake, and a plain one for its first line.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Serves the listener in the way the profile says, until dropped.
pub(crate) async fn serve(world: Arc<World>, listener: Listener, acceptor: TlsAcceptor) {
    match listener {
        Listener::Open(listener) => accept(&world, &listener, &acceptor).await,
        Listener::Closed(socket) => {
            std::future::pending::<()>().await;
            drop(socket);
        }
    }
}

async fn accept(world: &Arc<World>, listener: &TcpListener, acceptor: &TlsAcceptor) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        world.ledger.edge.accepted();
        let (world, acceptor) = (Arc::clone(world), acceptor.clone());
        // A connection that ends with an error has lost one of its ends: there is nobody left to tell.
        tokio::spawn(async move { carry(&world, stream, acceptor).await.ok() });
    }
}

async fn carry(world: &World, mut stream: TcpStream, acceptor: TlsAcceptor) -> io::Result<()> {
    stream.set_nodelay(true)?;
    match world.profile.faults.balancer {
        Balancer::Serving(_) | Balancer::Refused => {
            let limit = world.time_scale.limit(HANDSHAKE);
            let shaken = tokio::time::timeout(limit, acceptor.accept(stream)).await;
            let Ok(Ok(shaken)) = shaken else {
                world.ledger.edge.failed();
                return Ok(());
            };
            let host = shaken.get_ref().1.server_name().unwrap_or_default().to_ascii_lowercase();
            world.ledger.edge.shaken(&host);
            pass_on(world, &host, shaken).await
        }
        Balancer::NoTls => {
            let host = plain_host(world, &stream).await?;
            pass_on(world, &host, stream).await
        }
        Balancer::Silent => {
            let mut nowhere = tokio::io::sink();
            tokio::io::copy(&mut stream, &mut nowhere).await.map(drop)
        }
    }
}

async fn pass_on(
    world: &World,
    host: &str,
    mut client: impl AsyncRead + AsyncWrite + Unpin,
) -> io::Result<()> {
    let at = &world.addresses;
    let base = match host {
        hosts::FRONTEND => &at.frontend,
        hosts::BACKEND => &at.backend,
        hosts::AUTH => &at.auth,
        _ => return tell(client, "404 Not Found", "this host is not served here").await,
    };
    let address = base.strip_prefix("http://").unwrap_or(base);
    let Ok(mut service) = TcpStream::connect(address).await else {
        return tell(client, "502 Bad Gateway", "no backend of this host is reachable").await;
    };
    service.set_nodelay(true)?;
    copy_bidirectional(&mut client, &mut service).await.map(drop)
}

/// The load balancer's own words.
async fn tell(mut client: impl AsyncWrite + Unpin, status: &str, text: &str) -> io::Result<()> {
    let body = format!("simulated load balancer: {text}\n");
    let answer = format!(
        "HTTP/1.1 {status}\r\nx-simulated: fixproof-sim\r\ncontent-type: text/plain; charset=utf-8\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    client.write_all(answer.as_bytes()).await?;
    client.shutdown().await
}

/// The host that a plain request names; the frontend's where it names none.
async fn plain_host(world: &World, stream: &TcpStream) -> io::Result<String> {
    let mut begun = [0; 2048];
    let limit = world.time_scale.limit(HANDSHAKE);
    let length = tokio::time::timeout(limit, stream.peek(&mut begun)).await.unwrap_or(Ok(0))?;
    let text = String::from_utf8_lossy(&begun[..length]).to_ascii_lowercase();
    let named = text.lines().find_map(|line| line.strip_prefix("host:"));
    let host = named.and_then(|host| host.trim().split(':').next()).unwrap_or(hosts::FRONTEND);
    Ok(host.to_owned())
}
