//! What every probe that speaks TLS shares: trust, the presented certificate, and why a handshake failed.
//!
//! The provider is ring and is always named. Verification can't be switched off here. The system's trust is read from
//! the places systems keep it in, never from `SSL_CERT_FILE`: no environment variable turns red into green.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, InvalidMessage, RootCertStore,
    SignatureScheme, SupportedProtocolVersion,
};
use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension, X509Certificate};

use crate::PrepareContext;
use fixproof_core::model::{Cause, Facts, ProbeError, Text, Timestamp, Value};

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
pub(crate) fn system_roots() -> Result<Arc<RootCertStore>, String> {
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

/// TlsClient in the certificates of one file and in nobody else.
///
/// # Errors
/// A sentence that says why the file can't be used.
pub(crate) fn own_roots(path: &Path) -> Result<Arc<RootCertStore>, String> {
    let shown = path.display();
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| format!("{shown} can't be read as PEM certificates: {error}"))?;
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(certificates);
    if added == 0 { Err(format!("{shown} holds no certificate")) } else { Ok(Arc::new(roots)) }
}

/// A TLS client's configuration for whoever sends something and observes nothing: it trusts the authorities of one file,
/// or else those this system trusts, and speaks HTTP/1.1.
///
/// # Errors
/// A sentence that says why there is nobody to trust.
pub fn sending_client(ca: Option<&Path>) -> Result<ClientConfig, String> {
    let roots = match ca {
        Some(path) => own_roots(path)?,
        None => system_roots()?,
    };
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|why| format!("TLS can't be set up: {why}"))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// Whose certificates are trusted: the file a setting `ca` names, relative to the suite; none for the system's own
/// (`"system"`, or no setting).
pub(crate) fn authorities(ca: Option<&Text>, context: &PrepareContext<'_>) -> Option<PathBuf> {
    ca.map(Text::expose).filter(|ca| *ca != "system").map(|ca| context.root.join(ca))
}

/// A way of shaking hands, of which each observation makes its own configuration.
#[derive(Debug, Clone)]
pub(crate) struct TlsClient {
    verifier: Arc<dyn ServerCertVerifier>,
    alpn: Vec<Vec<u8>>,
    versions: &'static [&'static SupportedProtocolVersion],
}

impl TlsClient {
    /// TlsClient in the authorities of a file, or in the system's.
    ///
    /// # Errors
    /// A sentence that says why there is nobody to trust.
    pub(crate) fn new(ca: Option<&Path>, alpn: &[&str]) -> Result<TlsClient, String> {
        let roots = match ca {
            Some(path) => own_roots(path)?,
            None => system_roots()?,
        };
        Ok(TlsClient::with_verifier(verifier(roots)?, alpn))
    }

    /// TlsClient as somebody else sees it.
    pub(crate) fn with_verifier(verifier: Arc<dyn ServerCertVerifier>, alpn: &[&str]) -> TlsClient {
        let alpn = alpn.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        TlsClient { verifier, alpn, versions: rustls::ALL_VERSIONS }
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
        let witness = Witness { inner: self.verifier.clone(), shown: presented.taker() };
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(self.versions)
            .map_err(|why| ProbeError {
                cause: Cause::Internal,
                detail: format!("TLS can't be set up: {why}"),
            })?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(witness))
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
    /// What a [`Witness`] shows its chain to.
    pub(crate) fn taker(&self) -> Shown {
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

/// Takes the presented leaf and the rest of its chain.
pub(crate) type Shown = Arc<dyn Fn(&CertificateDer<'_>, &[CertificateDer<'_>]) + Send + Sync>;

/// Verifies chain and name against these authorities.
///
/// # Errors
/// A sentence; trust in nobody is no trust to verify with.
pub(crate) fn verifier(roots: Arc<RootCertStore>) -> Result<Arc<WebPkiServerVerifier>, String> {
    WebPkiServerVerifier::builder_with_provider(roots, provider())
        .build()
        .map_err(|error| format!("there is no certificate authority to verify with: {error}"))
}

/// Verifies as usual and shows the presented chain to somebody, also when it is refused.
pub(crate) struct Witness {
    inner: Arc<dyn ServerCertVerifier>,
    shown: Shown,
}

impl Witness {
    /// # Errors
    /// A sentence; trust in nobody is no trust to verify with.
    pub(crate) fn new(roots: Arc<RootCertStore>, shown: Shown) -> Result<Arc<Witness>, String> {
        Ok(Arc::new(Witness { inner: verifier(roots)?, shown }))
    }
}

impl std::fmt::Debug for Witness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Witness").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        (self.shown)(end_entity, intermediates);
        self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.inner.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.inner.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Adds `tls.subject`, `tls.issuer`, `tls.names`, `tls.not-after` and `tls.days-left` of a presented certificate.
pub(crate) fn certificate_facts(der: &[u8], now: Timestamp, facts: &mut Facts) {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else { return };
    facts.insert("tls.subject", Value::Text(certificate.subject().to_string()));
    facts.insert("tls.issuer", Value::Text(certificate.issuer().to_string()));
    facts.insert("tls.names", Value::Text(names(&certificate).join(", ")));
    let not_after = certificate.validity().not_after.to_datetime();
    facts.insert("tls.not-after", Value::Text(Timestamp(not_after).to_string()));
    facts.insert("tls.days-left", Value::Number(days_between(now.0, not_after).into()));
}

/// Whole days from one moment to another, rounded down; negative where the other has passed.
pub(crate) fn days_between(from: time::OffsetDateTime, to: time::OffsetDateTime) -> i64 {
    (to - from).whole_seconds().div_euclid(86_400)
}

/// The names and addresses a certificate is for.
pub(crate) fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    certificate
        .extensions()
        .iter()
        .filter_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
            _ => None,
        })
        .flatten()
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            GeneralName::IPAddress([a, b, c, d]) => Some(format!("{a}.{b}.{c}.{d}")),
            GeneralName::IPAddress(bytes) => {
                let bytes: [u8; 16] = (*bytes).try_into().ok()?;
                Some(std::net::Ipv6Addr::from(bytes).to_string())
            }
            _ => None,
        })
        .collect()
}

/// Why a handshake failed, out of rustls's own words; `leaf` is the certificate that was presented, if one was.
pub(crate) fn cause_of(error: &TlsError, leaf: Option<&[u8]>) -> Cause {
    let cause = cause_in_words(error);
    if cause == Cause::TlsUnknownIssuer && leaf.is_some_and(vouches_for_itself) {
        return Cause::TlsSelfSigned;
    }
    cause
}

/// Is the certificate its own issuer?
fn vouches_for_itself(der: &[u8]) -> bool {
    X509Certificate::from_der(der).is_ok_and(|(_, leaf)| leaf.issuer() == leaf.subject())
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
            // for (an authority used as a server's certificate) is a chain that nobody trusted vouches for.
            CertificateError::UnknownIssuer | CertificateError::BadSignature | CertificateError::Other(_) => {
                Cause::TlsUnknownIssuer
            }
            _ => Cause::TlsProtocol,
        },
        _ => Cause::TlsProtocol,
    }
}

/// Finds an error of a kind inside another, also where I/O errors hide what they wrap from `source()`.
pub(crate) fn find<'a, E: std::error::Error + 'static>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a E> {
    if let Some(found) = error.downcast_ref::<E>() {
        return Some(found);
    }
    if let Some(io) = error.downcast_ref::<io::Error>()
        && let Some(inner) = io.get_ref()
        && let Some(found) = find::<E>(inner)
    {
        return Some(found);
    }
    error.source().and_then(find::<E>)
}

/// The outermost I/O error of a chain that says something a cause is made of; adapters wrap one in another.
pub(crate) fn find_io_cause<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<(Cause, &'a io::Error)> {
    if let Some(io) = error.downcast_ref::<io::Error>() {
        if let Some(cause) = io_cause(io) {
            return Some((cause, io));
        }
        if let Some(found) = io.get_ref().and_then(|inner| find_io_cause(inner)) {
            return Some(found);
        }
    }
    error.source().and_then(find_io_cause)
}

/// What an operating system's error says, where it says something a cause is made of.
pub(crate) fn io_cause(error: &io::Error) -> Option<Cause> {
    use io::ErrorKind as Kind;
    // EMFILE and ENFILE have no kind of their own yet.
    if matches!(error.raw_os_error(), Some(23 | 24)) {
        return Some(Cause::OwnLimit);
    }
    match error.kind() {
        Kind::ConnectionRefused => Some(Cause::Refused),
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe | Kind::UnexpectedEof => {
            Some(Cause::Reset)
        }
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::NetworkDown | Kind::NotFound => {
            Some(Cause::Unreachable)
        }
        Kind::TimedOut => Some(Cause::ConnectTimeout),
        Kind::AddrNotAvailable | Kind::OutOfMemory => Some(Cause::OwnLimit),
        _ => None,
    }
}
