//! A server by hand: packets, a greeting, and both over TLS.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::fixture::{Authority, peer};

/// What the greeting mixes a password with.
pub(crate) const NONCE: &[u8] = b"abcdefghijklmnopqrst";

/// Anything a conversation goes over.
pub(crate) trait Line: Read + Write {}
impl<T: Read + Write> Line for T {}

/// A packet of that number.
pub(crate) fn packet(number: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_le_bytes();
    [&length[..3], &[number], body].concat()
}

/// The greeting of a server that would like that plugin, with or without TLS.
pub(crate) fn greeting(plugin: &str, tls: bool) -> Vec<u8> {
    let capabilities: u32 = 0x00df_f7ff | if tls { 0x800 } else { 0 };
    let [a, b, c, d] = capabilities.to_le_bytes();
    let mut body = b"\x0a8.0.36\0\x01\0\0\0".to_vec();
    body.extend_from_slice(&NONCE[..8]);
    body.extend_from_slice(&[0, a, b, 45, 2, 0, c, d, 21]);
    body.extend_from_slice(&[0; 10]);
    body.extend_from_slice(&NONCE[8..]);
    body.push(0);
    body.extend_from_slice(plugin.as_bytes());
    body.push(0);
    packet(0, &body)
}

/// Reads a packet: its number and its body.
pub(crate) fn receive(line: &mut dyn Line) -> Option<(u8, Vec<u8>)> {
    let mut header = [0; 4];
    line.read_exact(&mut header).ok()?;
    let length = u32::from_le_bytes([header[0], header[1], header[2], 0]);
    let mut body = vec![0; usize::try_from(length).ok()?];
    line.read_exact(&mut body).ok()?;
    Some((header[3], body))
}

/// Greets, and goes on as told once the answer has come: the line, the number of the answer, the answer.
pub(crate) fn greeting_with(
    plugin: &'static str,
    act: impl FnOnce(&mut dyn Line, u8, Vec<u8>) + Send + 'static,
) -> u16 {
    peer(move |mut stream: TcpStream| {
        stream.write_all(&greeting(plugin, false)).unwrap();
        if let Some((number, body)) = receive(&mut stream) {
            act(&mut stream, number, body);
        }
    })
}

/// The same over TLS, with a certificate of an authority.
pub(crate) fn greeting_over_tls(
    plugin: &'static str,
    authority: &Authority,
    act: impl FnOnce(&mut dyn Line, u8, Vec<u8>) + Send + 'static,
) -> u16 {
    let identity = authority.sign("127.0.0.1", 2060);
    let chain = vec![CertificateDer::from_pem_slice(identity.certificate.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    peer(move |mut stream: TcpStream| {
        stream.write_all(&greeting(plugin, true)).unwrap();
        let (number, body) = receive(&mut stream).unwrap();
        assert_eq!((number, body.len()), (1, 32), "it is no request for TLS");
        let session = ServerConnection::new(Arc::new(config)).unwrap();
        let mut line = StreamOwned::new(session, stream);
        if let Some((number, body)) = receive(&mut line) {
            act(&mut line, number, body);
        }
    })
}

/// Does the answer to a greeting hold a proof that a server takes which knows the password's hash (caching_sha2)?
pub(crate) fn is_proven(answer: &[u8], password: &str) -> bool {
    use sha2::{Digest, Sha256};
    let stage = Sha256::digest(Sha256::digest(password.as_bytes()));
    let mixed = Sha256::digest([&stage[..], NONCE].concat());
    let user_ends = 32 + answer[32..].iter().position(|byte| *byte == 0).unwrap();
    let Some(proof) = answer.get(user_ends + 2..user_ends + 34).filter(|_| answer[user_ends + 1] == 32)
    else {
        return false;
    };
    let once: Vec<u8> = proof.iter().zip(mixed).map(|(one, other)| one ^ other).collect();
    Sha256::digest(once) == stage
}
