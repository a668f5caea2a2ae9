//! Which authorities are trusted, and how much of a certificate is verified.
//!
//! The provider is ring and is always named. Every probe verifies chain and name; only a database's own TLS modes allow
//! less. The system's authorities are read from the places systems keep them in, never from `SSL_CERT_FILE`: no
//! environment variable turns red into green.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme};

use crate::PrepareContext;
use fixproof_core::model::Text;

/// The one cryptography provider.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    PROVIDER.get_or_init(|| Arc::new(rustls::crypto::ring::default_provider())).clone()
}

/// Where systems keep the authorities they trust. No variable of the environment moves them.
const BUNDLES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
];

/// The system's trust, read once.
///
/// # Errors
/// A sentence, where the system has none.
fn system_roots() -> Result<Arc<RootCertStore>, String> {
    static ROOTS: OnceLock<Option<Arc<RootCertStore>>> = OnceLock::new();
    let read = || {
        BUNDLES.iter().find_map(|path| {
            let mut roots = RootCertStore::empty();
            let found = CertificateDer::pem_file_iter(path).ok()?;
            // A bundle holds authorities that no library can read; those are left out.
            roots.add_parsable_certificates(found.filter_map(Result::ok));
            (!roots.is_empty()).then(|| Arc::new(roots))
        })
    };
    let none = "this machine has no list of trusted certificate authorities; name a file of them with `ca`";
    ROOTS.get_or_init(read).clone().ok_or_else(|| none.to_owned())
}

/// The certificates of one file as the only trusted ones.
///
/// # Errors
/// A sentence that says why the file can't be used.
fn own_roots(path: &Path) -> Result<Arc<RootCertStore>, String> {
    let shown = path.display();
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| format!("{shown} can't be read as PEM certificates: {error}"))?;
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(certificates);
    if added == 0 { Err(format!("{shown} holds no certificate")) } else { Ok(Arc::new(roots)) }
}

/// The authorities of a file, or the system's.
///
/// # Errors
/// Why there are none.
pub(crate) fn roots(ca: Option<&Path>) -> Result<Arc<RootCertStore>, String> {
    ca.map_or_else(system_roots, own_roots)
}

/// What is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verified {
    /// Only that the other side holds the key of the certificate it presents.
    Nothing,
    /// Also issuer and dates.
    Issuer,
    /// Also the name.
    All,
}

/// Takes the presented leaf and the rest of its chain.
pub(crate) type OnCertificate = Arc<dyn Fn(&CertificateDer<'_>, &[CertificateDer<'_>]) + Send + Sync>;

/// Verifies as much as is wanted; the presented chain is shown to `on_certificate` first, also one that is refused.
#[derive(Clone)]
pub(crate) struct Verifier {
    chain: Option<Arc<WebPkiServerVerifier>>,
    name: bool,
    on_certificate: OnCertificate,
}

impl Verifier {
    /// A verifier that trusts the authorities of a file, or else the system's.
    ///
    /// # Errors
    /// Why there are no authorities to trust.
    pub(crate) fn new(verified: Verified, ca: Option<&Path>) -> Result<Verifier, String> {
        let chain = match verified {
            Verified::Nothing => None,
            Verified::Issuer | Verified::All => Some(
                WebPkiServerVerifier::builder_with_provider(roots(ca)?, provider())
                    .build()
                    .map_err(|error| format!("no certificate authority to verify with: {error}"))?,
            ),
        };
        Ok(Verifier { chain, name: verified == Verified::All, on_certificate: Arc::new(|_, _| ()) })
    }

    /// The same verifier with another listener.
    pub(crate) fn shown_to(self, on_certificate: OnCertificate) -> Verifier {
        Verifier { on_certificate, ..self }
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").field("chain", &self.chain).finish_non_exhaustive()
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        (self.on_certificate)(leaf, rest);
        let Some(chain) = &self.chain else { return Ok(ServerCertVerified::assertion()) };
        match chain.verify_server_cert(leaf, rest, name, ocsp, now) {
            Err(TlsError::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.name => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = provider().signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, &algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = provider().signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, &algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}

/// The file that the setting `ca` names, relative to the suite; none for the system's authorities (`"system"`, or no
/// setting).
pub(crate) fn authorities(ca: Option<&Text>, context: &PrepareContext<'_>) -> Option<PathBuf> {
    ca.map(Text::expose).filter(|ca| *ca != "system").map(|ca| context.root.join(ca))
}
