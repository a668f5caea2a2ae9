//! One handshake, and what was seen of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::sign::CertifiedKey;
use tokio::io::AsyncWriteExt;

use crate::ObserveContext;
use crate::net::certificate::chain_facts;
use crate::net::connect::Endpoint;
use crate::net::observation_builder::ObservationBuilder;
use crate::net::tls::TlsClient;
use fixproof_core::model::{Cause, Observation, ProbeError, Value};

/// Prepared; nothing is sent yet.
pub(super) struct TlsProbe {
    /// Where to connect to.
    pub(super) endpoint: Endpoint,
    /// The name that is asked for and verified.
    pub(super) name: String,
    /// Trusted authorities, and what to offer.
    pub(super) tls_client: TlsClient,
}

impl TlsProbe {
    pub(super) async fn look(&self, ask: ObserveContext<'_>) -> Observation {
        let mut builder = ObservationBuilder::begin(ask);
        let result = self.handshake(&mut builder).await;
        builder.finish(result)
    }

    async fn handshake(&self, builder: &mut ObservationBuilder) -> Result<(), ProbeError> {
        let (config, presented) = self.tls_client.config()?;
        let asked = Arc::new(NoCertificate::default());
        let mut config = (*config).clone();
        config.client_auth_cert_resolver = asked.clone();
        let stream = builder.connect(&self.endpoint, ("connect", "time.connect")).await?;
        let setup = (Arc::new(config), presented.clone());
        let result = builder.handshake(stream, setup, &self.name, &self.endpoint.to_string()).await;
        chain_facts(&presented.chain(), builder.clock.timestamp(), &mut builder.seen.facts);
        let mut stream = result?;
        let facts = &mut builder.seen.facts;
        if facts.get("tls.subject").is_none() {
            let what = format!("{} presents a certificate that can't be read", self.endpoint);
            return Err(ProbeError::new(Cause::TlsProtocol, what));
        }
        facts.insert("tls.verified", Value::Flag(true));
        facts.insert("tls.client-auth", Value::Flag(asked.0.load(Ordering::Relaxed)));
        facts.insert("time.total", Value::Duration(builder.clock.since(builder.start)));
        // Close properly, so that the server logs no broken connection. The result is complete; it may fail.
        let _ = builder.clock.until(builder.deadline, stream.shutdown()).await;
        Ok(())
    }
}

/// Has no certificate of its own, and remembers whether it was asked for one.
#[derive(Debug, Default)]
struct NoCertificate(AtomicBool);

impl ResolvesClientCert for NoCertificate {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}
