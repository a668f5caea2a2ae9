//! Certificates of every kind, minted for one test, and servers that present them.

use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, SupportedProtocolVersion};
use time::{Duration, OffsetDateTime};
use tokio_rustls::TlsAcceptor;

use super::support::{linger, serve};

/// Somebody with a certificate and a key.
pub(crate) struct Party {
    pub(crate) certificate: Certificate,
    key: KeyPair,
    params: CertificateParams,
}

/// What a certificate is to say: valid from half an hour after so many days from now, to an hour after so many.
pub(crate) fn wanted(subject: &str, names: &[&str], days: (i64, i64)) -> CertificateParams {
    let mut params =
        CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, subject);
    let now = OffsetDateTime::now_utc();
    params.not_before = now + Duration::days(days.0) + Duration::minutes(30);
    params.not_after = now + Duration::days(days.1) + Duration::hours(1);
    params
}

impl Party {
    /// Vouches for itself.
    pub(crate) fn alone(params: CertificateParams) -> Party {
        let key = KeyPair::generate().unwrap();
        Party { certificate: params.self_signed(&key).unwrap(), key, params }
    }

    /// An authority at the top.
    pub(crate) fn root(subject: &str) -> Party {
        let mut params = wanted(subject, &[], (-10, 1000));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Party::alone(params)
    }

    /// An authority below this one.
    pub(crate) fn authority(&self, subject: &str, days: (i64, i64)) -> Party {
        let mut params = wanted(subject, &[], days);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        self.signs(params)
    }

    /// Signs a server's certificate.
    pub(crate) fn server(&self, names: &[&str], days: (i64, i64)) -> Party {
        self.signs(wanted("The server", names, days))
    }

    pub(crate) fn signs(&self, params: CertificateParams) -> Party {
        let key = KeyPair::generate().unwrap();
        let issuer = Issuer::from_params(&self.params, &self.key);
        Party { certificate: params.signed_by(&key, &issuer).unwrap(), key, params }
    }

    pub(crate) fn der(&self) -> CertificateDer<'static> {
        self.certificate.der().clone()
    }

    pub(crate) fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialize_der()))
    }

    pub(crate) fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    /// A server's side of TLS, with what it presents besides its own certificate.
    pub(crate) fn config(&self, others: &[&Party]) -> ServerConfig {
        self.speaking(others, rustls::ALL_VERSIONS)
    }

    pub(crate) fn speaking(
        &self,
        others: &[&Party],
        versions: &[&'static SupportedProtocolVersion],
    ) -> ServerConfig {
        let chain = std::iter::once(self).chain(others.iter().copied()).map(Party::der).collect();
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, self.key())
            .unwrap()
    }
}

/// A file of certificates that are trusted, gone when dropped.
pub(crate) struct Trusted {
    file: String,
    _folder: tempfile::TempDir,
}

impl Trusted {
    pub(crate) fn these(parties: &[&Party]) -> Trusted {
        let folder = tempfile::tempdir().unwrap();
        let pem: String = parties.iter().map(|party| party.certificate.pem()).collect();
        let file = folder.path().join("ca.pem").to_str().unwrap().to_owned();
        std::fs::write(&file, pem).unwrap();
        Trusted { file, _folder: folder }
    }

    pub(crate) fn file(&self) -> &str {
        &self.file
    }
}

/// A server that shakes hands and then waits.
pub(crate) async fn secure(config: ServerConfig) -> SocketAddr {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    serve(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                linger(stream).await;
            }
        }
    })
    .await
}
