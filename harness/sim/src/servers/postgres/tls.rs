//! The database's certificate, minted at start: a certificate authority of its own and a server certificate for
//! `localhost` and 127.0.0.1. Nothing of it is written anywhere.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio_rustls::TlsAcceptor;

/// What was minted.
pub(crate) struct Minted {
    pub(crate) acceptor: TlsAcceptor,
    pub(crate) ca_pem: String,
}

/// Mints certificates; an expired one was valid until the end of 2024.
pub(crate) fn mint(expired: bool) -> Result<Minted, String> {
    minted(expired).map_err(|error| error.to_string())
}

fn minted(expired: bool) -> Result<Minted, Box<dyn std::error::Error>> {
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(DnType::CommonName, "fixproof-sim simulated authority");
    let issuer = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
    let mut server = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()])?;
    server.distinguished_name.push(DnType::CommonName, "fixproof-sim simulated database");
    server.not_before = date_time_ymd(2024, 1, 1);
    server.not_after = if expired { date_time_ymd(2024, 12, 31) } else { date_time_ymd(2099, 12, 31) };
    let key = KeyPair::generate()?;
    let certificate = server.signed_by(&key, &issuer)?;
    let key = PrivateKeyDer::try_from(key.serialize_der())?;
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    Ok(Minted { acceptor: TlsAcceptor::from(Arc::new(config)), ca_pem: issuer.pem() })
}
