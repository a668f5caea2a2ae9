//! TLS as PostgreSQL starts it: a question first, then the handshake; and what the certificate says.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::client::TlsStream;

use super::wire::{self, Frames, SSL_REQUEST, ServerError};
use crate::clock::Clock;
use crate::db::address::TlsMode;
use crate::net::certificate::certificate_facts;
use crate::net::connect::io_error;
use crate::net::handshake::handshake_error;
use crate::net::tls::PresentedChain;
use crate::net::unix_socket::Duplex;
use fixproof_core::model::{Cause, Facts, ProbeError, Value};

/// What came of the question and the handshake.
pub(super) enum Secured {
    /// Encrypted.
    Tls(Box<TlsStream<Box<dyn Duplex>>>),
    /// The server has none, and none was insisted on.
    Plain(Box<dyn Duplex>),
}

/// Asks for TLS and shakes hands. `answered` is set once the server has said anything at all.
pub(super) async fn secure(
    mut stream: Box<dyn Duplex>,
    mode: TlsMode,
    (config, presented): (Arc<ClientConfig>, PresentedChain),
    host: &str,
    place: &str,
    answered: &AtomicBool,
) -> Result<Secured, ProbeError> {
    stream.write_all(&SSL_REQUEST).await.map_err(|error| io_error(&error, place))?;
    let answer = stream.read_u8().await.map_err(|error| io_error(&error, place))?;
    answered.store(true, Ordering::Relaxed);
    match answer {
        b'S' => {}
        b'N' if mode == TlsMode::Prefer => return Ok(Secured::Plain(stream)),
        b'N' => return Err(ProbeError::new(Cause::TlsProtocol, format!("{place} has no TLS to offer"))),
        b'E' => return Err(refused(stream, place).await),
        _ => {
            let shown = wire::clean(&char::from(answer).to_string(), 1);
            let words = format!("{place} does not speak PostgreSQL: its answer begins with `{shown}`");
            return Err(ProbeError::new(Cause::DatabaseProtocol, words));
        }
    }
    let name = ServerName::try_from(host.to_owned()).map_err(|_| {
        ProbeError::new(Cause::TlsWrongHost, format!("`{host}` can't be a name in a certificate"))
    })?;
    let connector = tokio_rustls::TlsConnector::from(config);
    let stream =
        connector.connect(name, stream).await.map_err(|error| handshake_error(&error, &presented, place))?;
    Ok(Secured::Tls(Box::new(stream)))
}

/// The server refuses before it even says whether it has TLS.
async fn refused(mut stream: Box<dyn Duplex>, place: &str) -> ProbeError {
    let mut frames = Frames::default();
    let mut bytes = vec![b'E'];
    let mut buffer = [0; 1024];
    loop {
        match frames.push(&bytes, true).map(|messages| messages.into_iter().next()) {
            Ok(Some(message)) => {
                return super::classify::refusal(&ServerError::read(&message.body), place);
            }
            Ok(None) => {}
            Err(wire::Garbage) => {
                return ProbeError::new(
                    Cause::DatabaseProtocol,
                    format!("{place} does not speak PostgreSQL"),
                );
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) => return ProbeError::new(Cause::Reset, format!("{place} closed the connection")),
            Ok(count) => bytes = buffer[..count].to_vec(),
            Err(error) => return io_error(&error, place),
        }
    }
}

/// Notes protocol and certificate.
pub(super) fn facts(stream: &TlsStream<Box<dyn Duplex>>, mode: TlsMode, clock: Clock, facts: &mut Facts) {
    let (_, session) = stream.get_ref();
    if let Some(version) = session.protocol_version().and_then(|version| version.as_str().map(str::to_owned))
    {
        facts.insert("tls.protocol", Value::Text(version.replace("TLSv1_", "TLSv1.")));
    }
    facts.insert("tls.verified", Value::Flag(mode.verifies()));
    let Some(certificate) = session.peer_certificates().and_then(<[_]>::first) else { return };
    certificate_facts(certificate, clock.timestamp(), facts);
}
