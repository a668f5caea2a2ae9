//! A TLS client, the chain presented to it, and why a handshake failed.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::Resumption;
use rustls::pki_types::CertificateDer;
use rustls::{CertificateError, ClientConfig, Error as TlsError, InvalidMessage, SupportedProtocolVersion};

use super::certificate::{certificate_facts, is_self_signed};
use super::tls_verification::{OnCertificate, Verified, Verifier, provider, roots};
use fixproof_core::model::{Cause, Facts, ProbeError, Timestamp};

/// A TLS client configuration for sending without observing: it trusts the authorities of one file,
/// or else the system's, and speaks HTTP/1.1.
///
/// # Errors
/// Why there are no authorities to trust.
pub fn sending_client(ca: Option<&Path>) -> Result<ClientConfig, String> {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|why| format!("TLS can't be set up: {why}"))?
        .with_root_certificates(roots(ca)?)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// How a client speaks TLS; each observation makes its own configuration of it.
#[derive(Debug, Clone)]
pub(crate) struct TlsClient {
    verifier: Verifier,
    alpn: Vec<Vec<u8>>,
    versions: &'static [&'static SupportedProtocolVersion],
}

impl TlsClient {
    /// A client that trusts the authorities of a file, or else the system's.
    ///
    /// # Errors
    /// Why there are no authorities to trust.
    pub(crate) fn new(verified: Verified, ca: Option<&Path>, alpn: &[&str]) -> Result<TlsClient, String> {
        let alpn = alpn.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        Ok(TlsClient { verifier: Verifier::new(verified, ca)?, alpn, versions: rustls::ALL_VERSIONS })
    }

    /// Offers these versions and no other.
    pub(crate) fn with_versions(self, versions: &'static [&'static SupportedProtocolVersion]) -> TlsClient {
        TlsClient { versions, ..self }
    }

    /// A configuration for one handshake, and where the presented certificates will be.
    ///
    /// # Errors
    /// [`Cause::Internal`]; the provider has no protocol version.
    pub(crate) fn config(&self) -> Result<(Arc<ClientConfig>, PresentedChain), ProbeError> {
        let presented = PresentedChain::default();
        let verifier = self.verifier.clone().shown_to(presented.taker());
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(self.versions)
            .map_err(|why| ProbeError {
                cause: Cause::Internal,
                detail: format!("TLS can't be set up: {why}"),
            })?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        // Every observation is a full handshake.
        config.resumption = Resumption::disabled();
        config.alpn_protocols.clone_from(&self.alpn);
        Ok((Arc::new(config), presented))
    }
}

/// The chain that the other side presented, leaf first; also one that was refused.
#[derive(Debug, Clone, Default)]
pub(crate) struct PresentedChain(Arc<Mutex<Vec<CertificateDer<'static>>>>);

impl PresentedChain {
    /// What a [`Verifier`] shows the chain to.
    pub(crate) fn taker(&self) -> OnCertificate {
        let slot = Arc::clone(&self.0);
        Arc::new(move |leaf: &CertificateDer<'_>, rest: &[CertificateDer<'_>]| {
            let mut chain = slot.lock().unwrap_or_else(PoisonError::into_inner);
            *chain = std::iter::once(leaf).chain(rest).map(|der| der.clone().into_owned()).collect();
        })
    }

    /// All of it.
    pub(crate) fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The certificate itself.
    pub(crate) fn leaf(&self) -> Option<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).first().map(|der| der.to_vec())
    }

    /// The facts of [`certificate_facts`], if anything was presented.
    pub(crate) fn facts(&self, now: Timestamp, facts: &mut Facts) {
        if let Some(leaf) = self.leaf() {
            certificate_facts(&leaf, now, facts);
        }
    }
}

/// Why a handshake failed, out of rustls's own words; `leaf` is the certificate that was presented, if one was.
pub(crate) fn cause_of(error: &TlsError, leaf: Option<&[u8]>) -> Cause {
    let cause = cause_in_words(error);
    if cause == Cause::TlsUnknownIssuer && leaf.is_some_and(is_self_signed) {
        return Cause::TlsSelfSigned;
    }
    cause
}

fn cause_in_words(error: &TlsError) -> Cause {
    match error {
        TlsError::InvalidMessage(InvalidMessage::InvalidContentType) => Cause::NotTls,
        TlsError::InvalidCertificate(why) => match why {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Cause::TlsExpired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Cause::TlsNotYetValid
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Cause::TlsWrongHost
            }
            // A bad signature under an own authority is another authority of the same name; what webpki has no word
            // for (an authority used as a server's certificate) is a chain that leads to no trusted authority.
            CertificateError::UnknownIssuer | CertificateError::BadSignature | CertificateError::Other(_) => {
                Cause::TlsUnknownIssuer
            }
            _ => Cause::TlsProtocol,
        },
        _ => Cause::TlsProtocol,
    }
}
