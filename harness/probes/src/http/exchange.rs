//! One exchange: resolve, connect, send, read.

use std::net::SocketAddr;

use reqwest::Response;
use reqwest::header::{HOST, HeaderMap, HeaderValue};
use url::Url;

use fixproof_core::model::{Cause, ProbeError, Transcript, Value};

use super::answer::{Answer, Received, excerpt, protocol, received, sent};
use super::events;
use super::failure::obstacle;
use super::hop::{Hop, Time};
use super::request::Request;
use super::trace::Trace;
use crate::net::address::{host, place};
use crate::net::resolve::{lookup, unresolved};

/// Makes one exchange; its stamps are in the trace, whatever becomes of it.
pub(super) async fn exchange(
    request: &Request,
    hop: &Hop,
    trace: &Trace,
    transcript: &mut Transcript,
    time: &Time<'_>,
) -> Result<Answer, ProbeError> {
    let addresses = addresses(request, hop, trace, time).await?;
    transcript.sent.extend(sent(hop));
    let mut failed = None;
    for address in addresses {
        trace.with(|stamps| stamps.address = address);
        match answer(request, hop, trace, transcript, time).await {
            Ok(answer) => return Ok(answer),
            // Nothing was said on a connection that was not made, so the next address may be tried.
            Err(obstacle) if matches!(obstacle.cause, Cause::Refused | Cause::Unreachable) => {
                failed = Some(obstacle)
            }
            Err(obstacle) => return Err(obstacle),
        }
    }
    Err(failed.unwrap_or_else(|| ProbeError {
        cause: Cause::NoSuchName,
        detail: format!("{} has no address of the wanted kind", host(&hop.url)),
    }))
}

/// The addresses to try, in the resolver's order; one without a name needs none.
async fn addresses(
    request: &Request,
    hop: &Hop,
    trace: &Trace,
    time: &Time<'_>,
) -> Result<Vec<Option<SocketAddr>>, ProbeError> {
    let began = time.clock.now();
    let port = hop.url.port_or_known_default().unwrap_or(80);
    let name = match hop.url.host() {
        Some(url::Host::Domain(name)) => Some(name.to_owned()),
        _ => None,
    };
    let overridden = overridden(request, &hop.url);
    // Through a proxy it is the proxy's name that is resolved, and only the client knows whether there is one; its hook
    // resolves then.
    let through_proxy = request.way.proxy.is_some() || request.way.proxy_from_environment;
    let by_name = name.is_some() && overridden.is_none();
    trace.with(|stamps| {
        stamps.began = Some(began);
        stamps.by_name = by_name && !through_proxy;
        stamps.secure = hop.secure;
        stamps.proxy = match &request.way.proxy {
            Some(proxy) => Some(format!("the proxy {}", bare(proxy))),
            None => through_proxy.then(|| "the environment's proxy".to_owned()),
        };
    });
    if overridden.is_some() {
        return Ok(vec![overridden]);
    }
    let Some(name) = name.filter(|_| !through_proxy) else { return Ok(vec![None]) };
    let found = lookup(&name, port).await.map_err(|error| unresolved(&name, &error))?;
    let addresses = found.into_iter().filter(|address| request.family.takes(address)).map(Some).collect();
    trace.with(|stamps| stamps.dns = Some(time.clock.now()));
    Ok(addresses)
}

/// The address laid over a name's own. A port of it counts where the scenario's own port would have.
fn overridden(request: &Request, url: &Url) -> Option<SocketAddr> {
    let (address, own_port) = request.resolve.filter(|_| url.host_str() == request.url.host_str())?;
    let port = url.port_or_known_default()?;
    let same = request.url.port_or_known_default() == Some(port);
    Some(SocketAddr::new(address, own_port.filter(|_| same).unwrap_or(port)))
}

/// A proxy's address without the password that may be in it.
fn bare(proxy: &str) -> String {
    Url::parse(proxy).map_or_else(|_| "?".to_owned(), |url| host(&url))
}

async fn answer(
    request: &Request,
    hop: &Hop,
    trace: &Trace,
    transcript: &mut Transcript,
    time: &Time<'_>,
) -> Result<Answer, ProbeError> {
    let (url, headers) = pointed(request, hop);
    let mut building = hop.client.request(hop.method.clone(), url).headers(headers);
    if let Some(body) = &hop.body {
        building = building.body(body.clone());
    }
    let mut response =
        building.send().await.map_err(|error| trace.with(|stamps| obstacle(error, hop, stamps)))?;
    trace.with(|stamps| stamps.head = Some(time.clock.now()));
    transcript.received.extend(received(&response));
    let follows = request.follows(response.status().as_u16());
    let (body, received) = match request.events.as_deref().filter(|_| !follows) {
        Some(events) => events::listen((events, request.body_limit), (hop, trace), time, &mut response).await,
        None => (whole(request, hop, trace, transcript, &mut response).await?, Received::default()),
    };
    if received.obstacle.is_none() {
        trace.with(|stamps| stamps.body = Some(time.clock.now()));
    }
    if !body.is_empty() {
        transcript.received.push(excerpt(&body));
    }
    let version =
        response.extensions().get::<reqwest::tls::TlsInfo>().and_then(reqwest::tls::TlsInfo::version);
    Ok(Answer {
        status: response.status().as_u16(),
        protocol: protocol(response.version()).to_owned(),
        peer: response.remote_addr(),
        tls: version.map(|version| format!("{version:?}")),
        headers: std::mem::take(response.headers_mut()),
        body,
        received,
    })
}

/// The whole body, as far as it may be large.
async fn whole(
    request: &Request,
    hop: &Hop,
    trace: &Trace,
    transcript: &mut Transcript,
    response: &mut Response,
) -> Result<Vec<u8>, ProbeError> {
    let mut body = Vec::new();
    loop {
        let chunk =
            response.chunk().await.map_err(|error| trace.with(|stamps| obstacle(error, hop, stamps)))?;
        let Some(chunk) = chunk else { break };
        body.extend_from_slice(&chunk);
        if body.len() as u64 > request.body_limit {
            transcript.received.push(excerpt(&body));
            let limit = Value::Size(request.body_limit);
            let detail = format!("{} sends more than {limit} (`body-limit`)", place(&hop.url));
            return Err(ProbeError { cause: Cause::HttpTooLarge, detail });
        }
    }
    Ok(body)
}

/// URL and headers as the client uses them. The client takes another port only from the URL, so an override's port goes
/// there; the host header keeps the scenario's.
fn pointed(request: &Request, hop: &Hop) -> (Url, HeaderMap) {
    let (mut url, mut headers) = (hop.url.clone(), hop.headers.clone());
    if let (Some(address), Some(port)) = (overridden(request, &url), url.port())
        && address.port() != port
        && let Ok(named) = HeaderValue::from_str(&host(&url))
        && url.set_port(Some(address.port())).is_ok()
    {
        headers.entry(HOST).or_insert(named);
    }
    (url, headers)
}
