//! One handshake, and what was seen of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::sign::CertifiedKey;
use tokio::io::AsyncWriteExt;

use crate::ObserveContext;
use crate::net::certificate::chain_facts;
use crate::net::connect::Place;
use crate::net::observation_builder::{Sight, obstacle};
use crate::net::tls::Trust;
use fixproof_core::model::{Cause, Observation, ProbeError, Value};

/// Ready: everything is read, nobody is asked yet.
pub(super) struct Handshake {
    /// Whom to connect to.
    pub(super) place: Place,
    /// The name that is asked for and verified.
    pub(super) name: String,
    /// Whom to trust, and what to offer.
    pub(super) trust: Trust,
}

impl Handshake {
    pub(super) async fn look(&self, ask: ObserveContext<'_>) -> Observation {
        let mut sight = Sight::begin(ask);
        let result = self.shake_hands(&mut sight).await;
        sight.finish(result)
    }

    async fn shake_hands(&self, sight: &mut Sight) -> Result<(), ProbeError> {
        let (config, presented) = self.trust.once()?;
        let asked = Arc::new(Nobody::default());
        let mut config = (*config).clone();
        config.client_auth_cert_resolver = asked.clone();
        let stream = sight.dial(&self.place, ("connect", "time.connect")).await?;
        let setup = (Arc::new(config), presented.clone());
        let shaken = sight.shake(stream, setup, &self.name, &self.place.to_string()).await;
        chain_facts(&presented.chain(), sight.clock.timestamp(), &mut sight.seen.facts);
        let mut stream = shaken?;
        let facts = &mut sight.seen.facts;
        if facts.get("tls.subject").is_none() {
            let what = format!("{} presents a certificate that can't be read", self.place);
            return Err(obstacle(Cause::TlsProtocol, what));
        }
        facts.insert("tls.verified", Value::Flag(true));
        facts.insert("tls.client-auth", Value::Flag(asked.0.load(Ordering::Relaxed)));
        facts.insert("time.total", Value::Duration(sight.clock.since(sight.start)));
        // A farewell, so that nobody writes of a broken connection into a log. All is seen; it may fail.
        let _ = sight.clock.until(sight.deadline, stream.shutdown()).await;
        Ok(())
    }
}

/// Has no certificate of its own, and remembers whether it was asked for one.
#[derive(Debug, Default)]
struct Nobody(AtomicBool);

impl ResolvesClientCert for Nobody {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}
