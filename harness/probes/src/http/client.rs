//! Clients: one for each way of connecting, shared by every exchange that connects that way.
//!
//! A client keeps no connection: its pool is off, so each exchange connects anew, in its own task, where the hooks find
//! the exchange's trace.

use std::collections::HashMap;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, Proxy};
use rustls::client::{ClientSessionStore, Resumption, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, NamedGroup, RootCertStore};
use tower_layer::Layer;
use tower_service::Service;

use crate::clock::Clock;

use super::trace::Trace;
use crate::net::resolve::{lookup, unresolved};
use crate::net::tls_verification::{Verified, Verifier, provider};

/// A way of connecting.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Way {
    pub(super) secure: bool,
    pub(super) version: Version,
    pub(super) ca: Option<PathBuf>,
    pub(super) proxy: Option<String>,
    pub(super) proxy_from_environment: bool,
}

/// Which versions of HTTP are spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Version {
    Auto,
    One,
    Two,
}

/// The setting that is to blame, and a sentence that says why.
pub(super) type Blame = (&'static str, String);

/// The clients of one run.
#[derive(Default)]
pub(super) struct Clients(Mutex<HashMap<Way, Client>>);

impl Clients {
    /// The client for a way of connecting.
    ///
    /// # Errors
    /// Why there can't be one.
    pub(super) fn client(&self, way: &Way) -> Result<Client, Blame> {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A file of authorities may change during the run; a client that trusts it is built each time.
        if way.ca.is_none()
            && let Some(client) = clients.get(way)
        {
            return Ok(client.clone());
        }
        let client = build(way)?;
        if way.ca.is_none() {
            clients.insert(way.clone(), client.clone());
        }
        Ok(client)
    }
}

fn build(way: &Way) -> Result<Client, Blame> {
    let trusting = if way.ca.is_some() { "ca" } else { "url" };
    let mut builder = Client::builder()
        .tls_backend_preconfigured(tls_config(way).map_err(|why| (trusting, why))?)
        .tls_info(way.secure)
        .connector_layer(StampLayer)
        .dns_resolver(Arc::new(Pointed))
        .pool_max_idle_per_host(0)
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .tcp_nodelay(true)
        .user_agent(concat!("fixproof/", env!("CARGO_PKG_VERSION")));
    builder = match way.version {
        Version::Auto => builder,
        Version::One => builder.http1_only(),
        Version::Two => builder.http2_prior_knowledge(),
    };
    if !way.proxy_from_environment {
        builder = builder.no_proxy();
    }
    if let Some(proxy) = &way.proxy {
        builder =
            builder.proxy(Proxy::all(proxy).map_err(|_| ("proxy", "it is not a proxy address".to_owned()))?);
    }
    builder.build().map_err(|error| ("url", format!("no client can be made: {}", error.without_url())))
}

fn tls_config(way: &Way) -> Result<ClientConfig, String> {
    let versions = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    if !way.secure && way.ca.is_none() {
        // Never used: an exchange without TLS only needs some configuration to be there.
        return Ok(versions.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
    }
    let verifier = Verifier::new(Verified::All, way.ca.as_deref())?.shown_to(Arc::new(Trace::presented));
    let mut config =
        versions.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth();
    config.resumption = Resumption::store(Arc::new(Forgetful));
    config.alpn_protocols = match way.version {
        Version::Auto => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        Version::One => vec![b"http/1.1".to_vec()],
        Version::Two => vec![b"h2".to_vec()],
    };
    Ok(config)
}

/// Remembers no session, so that every handshake is a full one; rustls asks it when it begins one.
#[derive(Debug)]
struct Forgetful;

impl ClientSessionStore for Forgetful {
    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        Trace::tls_begins();
        None
    }

    fn set_tls12_session(&self, _: ServerName<'static>, _: Tls12ClientSessionValue) {}

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        Trace::tls_begins();
        None
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, _: Tls13ClientSessionValue) {}

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        Trace::tls_begins();
        None
    }
}

/// Names are resolved before the exchange, and timed there; this points the connection at the one address to try. Only
/// a proxy's name is resolved here.
struct Pointed;

impl Resolve for Pointed {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let mut address = None;
            Trace::here(|stamps| address = stamps.address);
            if let Some(address) = address {
                return Ok(Box::new(std::iter::once(address)) as Addrs);
            }
            Trace::here(|stamps| stamps.by_name = true);
            match lookup(name.as_str(), 0).await {
                Ok(found) => {
                    let now = Clock::WALL.now();
                    Trace::here(|stamps| (stamps.dns, stamps.connect_began) = (Some(now), Some(now)));
                    Ok(Box::new(found.into_iter()) as Addrs)
                }
                Err(error) => {
                    Trace::here(|stamps| stamps.unresolved = Some(unresolved(name.as_str(), &error)));
                    Err(error.into())
                }
            }
        })
    }
}

/// Stamps the beginning and, only if it succeeds, the end of a connect, TLS included.
#[derive(Debug, Clone, Copy)]
struct StampLayer;

#[derive(Debug, Clone)]
struct Stamp<S>(S);

impl<S> Layer<S> for StampLayer {
    type Service = Stamp<S>;

    fn layer(&self, inner: S) -> Stamp<S> {
        Stamp(inner)
    }
}

impl<S, R> Service<R> for Stamp<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        Trace::here(|stamps| {
            stamps.connect_began.get_or_insert(Clock::WALL.now());
            stamps.tls_began = None;
        });
        let connecting = self.0.call(request);
        Box::pin(async move {
            let connected = connecting.await?;
            Trace::here(|stamps| stamps.connected = Some(Clock::WALL.now()));
            Ok(connected)
        })
    }
}
