//! Certificates, minted at start by authorities of their own and never written to disk. What is valid depends on the
//! machine's clock alone: certificates know no speed.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use time::{Duration, OffsetDateTime};
use tokio_rustls::TlsAcceptor;

/// What the load balancer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CertificateState {
    /// For all hosts, from the authority that is handed out, valid since 60 days and for 90 more.
    Good,
    /// The same, expired 3 days ago.
    Expired,
    /// The same, valid from in 3 days on.
    NotYetValid,
    /// The same, with 5 days left.
    Expiring,
    /// The same, for hosts of another environment.
    WrongHost,
    /// The same, signed by itself.
    SelfSigned,
    /// The same, from another authority than the one that is handed out.
    UnknownIssuer,
}

/// Names of another environment.
const ELSEWHERE: [&str; 2] = ["app.production.test", "api.production.test"];
/// A clock that counts whole days must not see one less than there are.
const MARGIN: Duration = Duration::hours(1);

type Error = Box<dyn std::error::Error>;

/// What was minted.
pub(crate) struct Shown {
    pub(crate) acceptor: TlsAcceptor,
    /// The published authority, also where another one signed.
    pub(crate) ca_pem: String,
}

/// Mints a certificate in this state for these hosts.
pub(crate) fn mint(certificate: CertificateState, hosts: &[&str]) -> Result<Shown, String> {
    minted(certificate, hosts).map_err(|error| error.to_string())
}

fn minted(certificate: CertificateState, hosts: &[&str]) -> Result<Shown, Error> {
    let published = authority("fixproof-sim simulated public authority")?;
    let key = KeyPair::generate()?;
    let leaf = parameters(certificate, hosts)?;
    let leaf = match certificate {
        CertificateState::SelfSigned => leaf.self_signed(&key)?,
        CertificateState::UnknownIssuer => {
            leaf.signed_by(&key, &*authority("fixproof-sim simulated other authority")?)?
        }
        CertificateState::Good
        | CertificateState::Expired
        | CertificateState::NotYetValid
        | CertificateState::Expiring
        | CertificateState::WrongHost => leaf.signed_by(&key, &*published)?,
    };
    // The balancer's own answers are HTTP/1.1, so it offers nothing else.
    let acceptor = acceptor(&leaf, &key, vec![b"http/1.1".to_vec()])?;
    Ok(Shown { acceptor, ca_pem: published.pem() })
}

/// Mints the certificate of a database on `localhost` and 127.0.0.1; an expired one was valid until the end of 2024.
pub(crate) fn mint_for_database(expired: bool) -> Result<Shown, String> {
    let minted = || -> Result<Shown, Error> {
        let authority = authority("fixproof-sim simulated authority")?;
        let mut leaf = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()])?;
        leaf.distinguished_name.push(DnType::CommonName, "fixproof-sim simulated database");
        leaf.not_before = date_time_ymd(2024, 1, 1);
        leaf.not_after = if expired { date_time_ymd(2024, 12, 31) } else { date_time_ymd(2099, 12, 31) };
        let key = KeyPair::generate()?;
        let acceptor = acceptor(&leaf.signed_by(&key, &*authority)?, &key, Vec::new())?;
        Ok(Shown { acceptor, ca_pem: authority.pem() })
    };
    minted().map_err(|error| error.to_string())
}

fn acceptor(leaf: &Certificate, key: &KeyPair, alpn: Vec<Vec<u8>>) -> Result<TlsAcceptor, Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::try_from(key.serialize_der())?)?;
    config.alpn_protocols = alpn;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn authority(name: &str) -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(DnType::CommonName, name);
    CertifiedIssuer::self_signed(authority, KeyPair::generate()?)
}

fn parameters(certificate: CertificateState, hosts: &[&str]) -> Result<CertificateParams, rcgen::Error> {
    let names: &[&str] = match certificate {
        CertificateState::WrongHost => &ELSEWHERE,
        _ => hosts,
    };
    let mut leaf = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())?;
    leaf.distinguished_name.push(DnType::CommonName, "fixproof-sim simulated load balancer");
    let now = OffsetDateTime::now_utc();
    let (begun, left) = match certificate {
        CertificateState::Expired => (Duration::days(150), Duration::days(-3)),
        CertificateState::NotYetValid => (Duration::days(-3), Duration::days(90)),
        CertificateState::Expiring => (Duration::days(145), Duration::days(5) + MARGIN),
        CertificateState::Good
        | CertificateState::WrongHost
        | CertificateState::SelfSigned
        | CertificateState::UnknownIssuer => (Duration::days(60), Duration::days(90) + MARGIN),
    };
    leaf.not_before = now - begun;
    leaf.not_after = now + left;
    Ok(leaf)
}
