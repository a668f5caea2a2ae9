//! A load balancer: it ends TLS and passes the bytes on to the service that the client's server name (SNI) selects. It
//! reads none of the bytes, unless it ends no TLS: then the `host` header selects the service.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Serialize;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::servers::certificate::CertificateState;
use crate::servers::counts::count;
use crate::servers::listener::Listener;
use crate::servers::lock::locked;
use crate::servers::time_scale::TimeScale;

/// How long a client may take for its handshake, and a plain one for its first line.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How the load balancer behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BalancerState {
    /// It shows this certificate, ends TLS and passes the bytes on.
    Serving(CertificateState),
    /// It ends no TLS: what it passes on is plain.
    NoTls,
    /// It accepts connections and never answers the handshake.
    Silent,
    /// The port is closed.
    Refused,
}

/// The load balancer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EdgeJournal {
    /// Connections accepted.
    pub accepted: u64,
    /// TLS handshakes completed.
    pub handshakes: u64,
    /// TLS handshakes that failed: the client left, or spoke no TLS.
    pub failed_handshakes: u64,
    /// Completed handshakes by the server name asked for.
    pub by_host: BTreeMap<String, u64>,
}

/// A load balancer.
#[derive(Debug)]
pub(crate) struct Balancer {
    pub(crate) state: BalancerState,
    pub(crate) time_scale: TimeScale,
    /// Hosts and where their services listen; the first host is served where a plain request names none.
    pub(crate) backends: Vec<(&'static str, String)>,
    pub(crate) journal: Mutex<EdgeJournal>,
}

impl Balancer {
    pub(crate) fn journal(&self) -> EdgeJournal {
        locked(&self.journal).clone()
    }

    /// Serves the listener in the way its state says, until dropped.
    pub(crate) async fn serve(self: Arc<Self>, listener: Listener, acceptor: TlsAcceptor) {
        let listener = match listener {
            Listener::Open(listener) => listener,
            closed @ Listener::Closed(_) => return closed.keep().await,
        };
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                continue;
            };
            locked(&self.journal).accepted += 1;
            let (balancer, acceptor) = (Arc::clone(&self), acceptor.clone());
            // An error means that one end of the connection is gone.
            tokio::spawn(async move { balancer.carry(stream, acceptor).await.ok() });
        }
    }

    async fn carry(&self, mut stream: TcpStream, acceptor: TlsAcceptor) -> io::Result<()> {
        stream.set_nodelay(true)?;
        match self.state {
            BalancerState::Serving(_) | BalancerState::Refused => {
                let limit = self.time_scale.limit(HANDSHAKE);
                let shaken = tokio::time::timeout(limit, acceptor.accept(stream)).await;
                let Ok(Ok(encrypted)) = shaken else {
                    locked(&self.journal).failed_handshakes += 1;
                    return Ok(());
                };
                let host = encrypted.get_ref().1.server_name().unwrap_or_default().to_ascii_lowercase();
                {
                    let mut journal = locked(&self.journal);
                    journal.handshakes += 1;
                    count(&mut journal.by_host, &host);
                }
                self.pass_on(&host, encrypted).await
            }
            BalancerState::NoTls => {
                let host = self.plain_host(&stream).await?;
                self.pass_on(&host, stream).await
            }
            BalancerState::Silent => {
                let mut nowhere = tokio::io::sink();
                tokio::io::copy(&mut stream, &mut nowhere).await.map(drop)
            }
        }
    }

    async fn pass_on(&self, host: &str, mut client: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
        let Some((_, base)) = self.backends.iter().find(|(name, _)| *name == host) else {
            return refuse(client, "404 Not Found", "this host is not served here").await;
        };
        let address = base.strip_prefix("http://").unwrap_or(base);
        let Ok(mut service) = TcpStream::connect(address).await else {
            return refuse(client, "502 Bad Gateway", "no backend of this host is reachable").await;
        };
        service.set_nodelay(true)?;
        copy_bidirectional(&mut client, &mut service).await.map(drop)
    }

    /// The host that a plain request names; the first one where it names none.
    async fn plain_host(&self, stream: &TcpStream) -> io::Result<String> {
        let mut begun = [0; 2048];
        let limit = self.time_scale.limit(HANDSHAKE);
        let length = tokio::time::timeout(limit, stream.peek(&mut begun)).await.unwrap_or(Ok(0))?;
        let text = String::from_utf8_lossy(&begun[..length]).to_ascii_lowercase();
        let named = text.lines().find_map(|line| line.strip_prefix("host:"));
        let host = named.and_then(|host| host.trim().split(':').next());
        Ok(host.or(self.backends.first().map(|(name, _)| *name)).unwrap_or_default().to_owned())
    }
}

/// An answer of the load balancer itself.
async fn refuse(mut client: impl AsyncWrite + Unpin, status: &str, text: &str) -> io::Result<()> {
    let body = format!("simulated load balancer: {text}\n");
    let answer = format!(
        "HTTP/1.1 {status}\r\nx-simulated: fixproof-sim\r\ncontent-type: text/plain; charset=utf-8\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    client.write_all(answer.as_bytes()).await?;
    client.shutdown().await
}
