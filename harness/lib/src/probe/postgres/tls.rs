//! TLS as PostgreSQL starts it: a question first, then the handshake; and what the certificate says.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::client::TlsStream;

use super::super::dial::{handshake, system};
use super::super::sight::obstacle;
use super::super::trust::{self, Presented, Trust};
use super::address::TlsMode;
use super::relay::Duplex;
use super::wire::{self, Frames, SSL_REQUEST, ServerError};
use crate::clock::Clock;
use crate::model::{Cause, Facts, Mistake, Obstacle, Value};

/// Whom a mode trusts.
pub(super) fn trust(mode: TlsMode, ca: Option<&Path>) -> Result<Trust, Mistake> {
    const ALPN: &[&str] = &["postgresql"];
    if !mode.verifies() {
        return Ok(Trust::by(Arc::new(Anybody(trust::provider())), ALPN));
    }
    let roots = match ca {
        Some(path) => trust::own_roots(path).map_err(|why| Mistake::at("ca", why))?,
        None => trust::system_roots().map_err(Mistake::whole)?,
    };
    let inner = trust::verifier(roots).map_err(|why| Mistake::at("ca", why))?;
    Ok(if mode == TlsMode::VerifyFull {
        Trust::by(inner, ALPN)
    } else {
        Trust::by(Arc::new(AnyName(inner)), ALPN)
    })
}

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
    (config, presented): (Arc<ClientConfig>, Presented),
    host: &str,
    place: &str,
    answered: &AtomicBool,
) -> Result<Secured, Obstacle> {
    stream.write_all(&SSL_REQUEST).await.map_err(|error| system(&error, place))?;
    let answer = stream.read_u8().await.map_err(|error| system(&error, place))?;
    answered.store(true, Ordering::Relaxed);
    match answer {
        b'S' => {}
        b'N' if mode == TlsMode::Prefer => return Ok(Secured::Plain(stream)),
        b'N' => return Err(obstacle(Cause::TlsProtocol, format!("{place} has no TLS to offer"))),
        b'E' => return Err(refused(stream, place).await),
        _ => {
            let shown = wire::clean(&char::from(answer).to_string(), 1);
            let words = format!("{place} does not speak PostgreSQL: its answer begins with `{shown}`");
            return Err(obstacle(Cause::DatabaseProtocol, words));
        }
    }
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| obstacle(Cause::TlsWrongHost, format!("`{host}` can't be a name in a certificate")))?;
    let connector = tokio_rustls::TlsConnector::from(config);
    let stream =
        connector.connect(name, stream).await.map_err(|error| handshake(&error, &presented, place))?;
    Ok(Secured::Tls(Box::new(stream)))
}

/// The server refuses before it even says whether it has TLS.
async fn refused(mut stream: Box<dyn Duplex>, place: &str) -> Obstacle {
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
                return obstacle(Cause::DatabaseProtocol, format!("{place} does not speak PostgreSQL"));
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) => return obstacle(Cause::Reset, format!("{place} closed the connection")),
            Ok(count) => bytes = buffer[..count].to_vec(),
            Err(error) => return system(&error, place),
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
    trust::certificate_facts(certificate, clock.timestamp(), facts);
}

/// Verifies the issuer, and takes any name.
#[derive(Debug)]
struct AnyName(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match self.0.verify_server_cert(end_entity, intermediates, name, ocsp, now) {
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

/// Takes anybody who holds the key of the certificate shown.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
