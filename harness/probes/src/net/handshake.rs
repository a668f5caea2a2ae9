//! The TLS handshake as a phase, its facts, and why it failed.

use std::io;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::cause;
use super::certificate::refusal;
use super::connect::io_error;
use super::observation_builder::ObservationBuilder;
use super::tls::{self, PresentedChain};
use fixproof_core::model::{Cause, Facts, ProbeError, Value};

impl ObservationBuilder {
    /// Does the TLS handshake (phase and fact `tls`, `time.tls`). The facts of the certificate are there also where it was
    /// refused.
    pub(crate) async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        stream: S,
        (config, presented): (Arc<ClientConfig>, PresentedChain),
        name: &str,
        peer: &str,
    ) -> Result<TlsStream<S>, ProbeError> {
        let late = (Cause::TlsTimeout, format!("{peer} did not finish the TLS handshake in time"));
        let handshake = async {
            let server = ServerName::try_from(name.to_owned()).map_err(|_| {
                ProbeError::new(Cause::TlsWrongHost, format!("`{name}` can't be a name in a certificate"))
            })?;
            let connector = TlsConnector::from(config);
            connector.connect(server, stream).await.map_err(|error| handshake_error(&error, &presented, peer))
        };
        let result = self.phase(("tls", "time.tls"), late, handshake).await;
        presented.facts(self.clock.timestamp(), &mut self.seen.facts);
        if let Ok(stream) = &result {
            session_facts(stream, &mut self.seen.facts);
        }
        result
    }
}

/// `tls.protocol`, `tls.cipher` and `tls.alpn` of an established session.
fn session_facts<S>(stream: &TlsStream<S>, facts: &mut Facts) {
    let (_, session) = stream.get_ref();
    if let Some(version) = session.protocol_version().and_then(|version| version.as_str()) {
        facts.insert("tls.protocol", Value::Text(version.replace("TLSv1_", "TLSv1.")));
    }
    if let Some(suite) = session.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str()) {
        facts.insert("tls.cipher", Value::Text(suite.replacen("TLS13_", "TLS_", 1)));
    }
    if let Some(alpn) = session.alpn_protocol() {
        facts.insert("tls.alpn", Value::Text(String::from_utf8_lossy(alpn).into_owned()));
    }
}

/// Why a handshake failed.
pub(crate) fn handshake_error(error: &io::Error, presented: &PresentedChain, peer: &str) -> ProbeError {
    if let Some(failure) = cause::find::<rustls::Error>(error) {
        let cause = tls::cause_of(failure, presented.leaf().as_deref());
        return ProbeError::new(cause, format!("{peer} {}", refusal(failure, cause, &presented.chain())));
    }
    match io_error(error, peer) {
        what @ ProbeError { cause: Cause::OwnLimit, .. } => what,
        what @ ProbeError { cause: Cause::Reset, .. } => {
            ProbeError::new(Cause::Reset, format!("{} (during the TLS handshake)", what.detail))
        }
        what => ProbeError::new(Cause::TlsProtocol, what.detail),
    }
}
