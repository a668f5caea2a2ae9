//! A DNS client of bare bytes and a TLS client that remembers what it was shown. They share no code with the simulation.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fixproof_sim::Staging;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme, StreamOwned, crypto::ring,
};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::PATIENCE;

/// Types of questions.
pub(crate) const A: u16 = 1;
pub(crate) const AAAA: u16 = 28;

/// A question as it goes over the wire.
pub(crate) fn question(name: &str, kind: u16) -> Vec<u8> {
    let mut message = vec![0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        message.push(u8::try_from(label.len()).expect("a short label"));
        message.extend(label.as_bytes());
    }
    message.extend([0, kind.to_be_bytes()[0], kind.to_be_bytes()[1], 0, 1]);
    message
}

/// `RCODE ANSWERS`, and the address where there is one.
pub(crate) fn read(answer: &[u8]) -> String {
    assert!(answer[..2] == [0x12, 0x34] && answer[2] & 0x80 != 0, "{answer:02x?}");
    let code =
        ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"][usize::from(answer[3] & 15)];
    let (answers, authorities) = (answer[7], answer[9]);
    match (answers, authorities) {
        // With no authority and no EDNS the address is what the message ends with.
        (1, 0) => format!(
            "{code} {}.{}.{}.{}",
            answer[answer.len() - 4],
            answer[answer.len() - 3],
            answer[answer.len() - 2],
            answer[answer.len() - 1]
        ),
        (0, 1) => format!("{code} SOA"),
        (0, 0) => code.to_owned(),
        other => format!("{code} {other:?}"),
    }
}

/// What a question over UDP comes to.
pub(crate) fn ask(staging: &Staging, name: &str, kind: u16, patience: Duration) -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.set_read_timeout(Some(patience)).expect("a timeout");
    socket.send_to(&question(name, kind), staging.addresses().dns).expect("sent");
    let mut buffer = [0; 512];
    match socket.recv(&mut buffer) {
        Ok(length) => read(&buffer[..length]),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            "silent".to_owned()
        }
        Err(error) => error.to_string(),
    }
}

/// Verifies as usual, and keeps what it was shown.
#[derive(Debug)]
struct Witness {
    inner: Arc<WebPkiServerVerifier>,
    shown: Mutex<Option<Vec<u8>>>,
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        *self.shown.lock().expect("a lock") = Some(end_entity.to_vec());
        self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// What `GET path` of a host through the load balancer comes to.
#[derive(Debug)]
pub(crate) struct Look {
    /// `verified`, or what stood in the way.
    pub(crate) verdict: String,
    /// Whole days that the certificate shown has left.
    pub(crate) days_left: Option<i64>,
    /// Whether the certificate shown names itself as its issuer.
    pub(crate) own_issuer: bool,
    /// What was answered behind TLS.
    pub(crate) answer: String,
}

/// Looks with the authority that was handed out.
pub(crate) fn look(staging: &Staging, host: &str, path: &str, patience: Duration) -> Look {
    let mut look = Look { verdict: String::new(), days_left: None, own_issuer: false, answer: String::new() };
    let socket = match TcpStream::connect(staging.addresses().edge) {
        Ok(socket) => socket,
        Err(error) => {
            look.verdict = format!("{:?}", error.kind());
            return look;
        }
    };
    socket.set_read_timeout(Some(patience)).expect("a timeout");
    let provider = Arc::new(ring::default_provider());
    let mut roots = RootCertStore::empty();
    let pem = staging.credentials().edge_ca_pem;
    roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM")).expect("an authority");
    let inner = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build();
    let witness = Arc::new(Witness { inner: inner.expect("a verifier"), shown: Mutex::default() });
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("versions").dangerous();
    let config = config.with_custom_certificate_verifier(Arc::clone(&witness) as _).with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).expect("a name");
    let connection = ClientConnection::new(Arc::new(config), name).expect("a connection");
    let mut stream = StreamOwned::new(connection, socket);
    let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    let asked = stream.write_all(request.as_bytes()).and_then(|()| {
        let mut answer = Vec::new();
        // What a server sent before an unclean close counts.
        let read = stream.read_to_end(&mut answer);
        look.answer = String::from_utf8_lossy(&answer).into_owned();
        if look.answer.is_empty() { read.map(drop) } else { Ok(()) }
    });
    look.verdict = match asked {
        Ok(()) => "verified".to_owned(),
        Err(error) => in_words(&error),
    };
    if let Some(shown) = witness.shown.lock().expect("a lock").as_deref() {
        let (_, shown) = X509Certificate::from_der(shown).expect("a certificate");
        look.days_left = shown.validity().time_to_expiration().map(|left| left.whole_days());
        look.own_issuer = shown.issuer() == shown.subject();
    }
    look
}

fn in_words(error: &std::io::Error) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    let words = match inner {
        Some(Error::InvalidCertificate(certificate)) => match certificate {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => "expired",
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "not-yet-valid",
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "wrong-host"
            }
            CertificateError::UnknownIssuer => "unknown-issuer",
            other => return format!("{other:?}"),
        },
        Some(Error::InvalidMessage(_)) => "no-tls",
        Some(other) => return format!("{other:?}"),
        None if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => "silent",
        None => return error.to_string(),
    };
    words.to_owned()
}

/// Patience for what must come, and for what must not.
pub(crate) fn patience(wanted: &str) -> Duration {
    if wanted.contains("silen") { Duration::from_millis(400) } else { PATIENCE }
}
