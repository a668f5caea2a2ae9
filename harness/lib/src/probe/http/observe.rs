//! One exchange: resolve, connect, send, read; and what came of it, or why nothing did.

use std::net::SocketAddr;

use reqwest::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, LOCATION, PROXY_AUTHORIZATION};
use reqwest::{Client, Method, Response};
use url::Url;

use crate::clock::{Clock, Moment};
use crate::model::{Cause, Facts, Observation, Obstacle, Transcript, Value};

use super::super::{Ask, tls};
use super::client::{Way, client};
use super::request::Request;
use super::trace::{Reached, Stamps, TRACE, Trace};

/// How much of a body a transcript keeps, in bytes.
const EXCERPT: usize = 512;
/// How many headers a transcript keeps.
const HEADERS: usize = 40;

/// Makes one observation.
pub(super) async fn observe(request: &Request, ask: Ask<'_>) -> Observation {
    let clock = ask.clock;
    let began = clock.now();
    let mut hop = Hop {
        url: request.url.clone(),
        method: request.method.clone(),
        headers: request.headers.clone(),
        body: request.body.clone(),
        client: request.client.clone(),
        secure: request.way.secure,
    };
    let mut facts = Facts::default();
    let mut transcript = Transcript::default();
    let mut followed = 0;
    loop {
        let trace = Trace::default();
        let exchange = exchange(request, &hop, &trace, &mut transcript, clock);
        let answered = clock.until(ask.deadline, TRACE.scope(trace.clone(), exchange)).await;
        let now = clock.now();
        let phases = trace.with(|stamps| {
            if let Some(der) = &stamps.certificate {
                tls::certificate_facts(der, clock.timestamp(), &mut facts);
            }
            stamps.phases(clock, now, &mut facts)
        });
        facts.insert("time.total", Value::Duration(clock.between(began, now)));
        let obstacle = match answered {
            Err(_) => trace.with(|stamps| timed_out(stamps, &hop.url, clock, now)),
            Ok(Err(obstacle)) => obstacle,
            Ok(Ok(answer)) => {
                match next_hop(request, &hop, &answer, followed) {
                    Next::Stop => {}
                    Next::Follow(next) => {
                        hop = *next;
                        followed += 1;
                        continue;
                    }
                    Next::Refuse(obstacle) => {
                        return Observation {
                            facts,
                            phases,
                            obstacle: Some(obstacle),
                            transcript,
                            ..Observation::default()
                        };
                    }
                }
                answer.tell(&mut facts);
                facts.insert("url", Value::Text(hop.url.to_string()));
                facts.insert("redirects", Value::count(followed));
                return Observation { facts, phases, transcript, ..Observation::default() };
            }
        };
        return Observation { facts, phases, obstacle: Some(obstacle), transcript, ..Observation::default() };
    }
}

/// One request of an observation; redirects make more of them.
struct Hop {
    url: Url,
    method: Method,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
    client: Client,
    secure: bool,
}

/// What came back.
struct Answer {
    status: u16,
    protocol: String,
    peer: Option<SocketAddr>,
    tls: Option<String>,
    headers: HeaderMap,
    body: Vec<u8>,
}

async fn exchange(
    request: &Request,
    hop: &Hop,
    trace: &Trace,
    transcript: &mut Transcript,
    clock: &Clock,
) -> Result<Answer, Obstacle> {
    let addresses = addresses(request, hop, trace, clock).await?;
    transcript.sent.extend(sent(hop));
    let mut failed = None;
    for address in addresses {
        trace.with(|stamps| stamps.address = address);
        match answer(request, hop, trace, transcript, clock).await {
            Ok(answer) => return Ok(answer),
            // Nothing was said on a connection that was not made, so the next address may be tried.
            Err(obstacle) if matches!(obstacle.cause, Cause::Refused | Cause::Unreachable) => {
                failed = Some(obstacle)
            }
            Err(obstacle) => return Err(obstacle),
        }
    }
    Err(failed.unwrap_or_else(|| Obstacle {
        cause: Cause::NoSuchName,
        detail: format!("{} has no address of the wanted kind", host(&hop.url)),
    }))
}

/// The addresses to try, in the resolver's order; one without a name needs none.
async fn addresses(
    request: &Request,
    hop: &Hop,
    trace: &Trace,
    clock: &Clock,
) -> Result<Vec<Option<SocketAddr>>, Obstacle> {
    let began = clock.now();
    let port = hop.url.port_or_known_default().unwrap_or(80);
    let name = match hop.url.host() {
        Some(url::Host::Domain(name)) => Some(name.to_owned()),
        _ => None,
    };
    let overridden = request.resolve.filter(|_| hop.url.host_str() == request.url.host_str());
    let through_proxy = request.way.proxy.is_some();
    let asked = name.filter(|_| overridden.is_none() && !through_proxy);
    trace.with(|stamps| {
        stamps.began = Some(began);
        stamps.by_name = asked.is_some();
        stamps.secure = hop.secure;
    });
    if let Some((address, own_port)) = overridden {
        return Ok(vec![Some(SocketAddr::new(address, own_port.unwrap_or(port)))]);
    }
    let Some(name) = asked else { return Ok(vec![None]) };
    let found =
        tokio::net::lookup_host((name.as_str(), port)).await.map_err(|error| unresolved(&name, &error))?;
    let addresses = found.filter(|address| request.family.takes(address)).map(Some).collect();
    trace.with(|stamps| stamps.dns = Some(clock.now()));
    Ok(addresses)
}

/// getaddrinfo's words are all that the standard library keeps of its reasons.
fn unresolved(name: &str, error: &std::io::Error) -> Obstacle {
    let text = error.to_string();
    let cause = match tls::io_cause(error) {
        Some(Cause::OwnLimit) => Cause::OwnLimit,
        _ if text.contains("emporary failure") || text.contains("timed out") => Cause::DnsTimeout,
        _ => Cause::NoSuchName,
    };
    let said = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text);
    Obstacle { cause, detail: format!("{name} can't be resolved: {said}") }
}

async fn answer(
    request: &Request,
    hop: &Hop,
    trace: &Trace,
    transcript: &mut Transcript,
    clock: &Clock,
) -> Result<Answer, Obstacle> {
    let mut building =
        hop.client.request(hop.method.clone(), pointed(request, hop)).headers(hop.headers.clone());
    if let Some(body) = &hop.body {
        building = building.body(body.clone());
    }
    let mut response =
        building.send().await.map_err(|error| trace.with(|stamps| obstacle(error, hop, stamps)))?;
    trace.with(|stamps| stamps.head = Some(clock.now()));
    transcript.received.extend(received(&response));
    let mut body = Vec::new();
    loop {
        let chunk =
            response.chunk().await.map_err(|error| trace.with(|stamps| obstacle(error, hop, stamps)))?;
        let Some(chunk) = chunk else { break };
        body.extend_from_slice(&chunk);
        if body.len() as u64 > request.body_limit {
            transcript.received.push(excerpt(&body));
            let limit = Value::Size(request.body_limit);
            let detail = format!("{} sends more than {limit} (`body-limit`)", hop.url);
            return Err(Obstacle { cause: Cause::HttpTooLarge, detail });
        }
    }
    trace.with(|stamps| stamps.body = Some(clock.now()));
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
    })
}

/// The address as the client is to use it. A port laid over the name's own can only be said in the address; the host
/// header and the certificate's name stay those of the scenario.
fn pointed(request: &Request, hop: &Hop) -> Url {
    let mut url = hop.url.clone();
    if let Some((address, _)) = request.resolve
        && url.host_str() == request.url.host_str()
        && !matches!(url.host(), Some(url::Host::Domain(_)))
    {
        // An address overridden by an address: there is no name to keep.
        let _ = url.set_ip_host(address);
    }
    url
}

fn protocol(version: reqwest::Version) -> &'static str {
    match version {
        reqwest::Version::HTTP_2 => "HTTP/2",
        reqwest::Version::HTTP_10 => "HTTP/1.0",
        _ => "HTTP/1.1",
    }
}

fn host(url: &Url) -> String {
    let port = url.port_or_known_default().unwrap_or(0);
    format!("{}:{port}", url.host_str().unwrap_or("?"))
}

/// What an error of the client comes to.
fn obstacle(error: reqwest::Error, hop: &Hop, stamps: &Stamps) -> Obstacle {
    let error = error.without_url();
    let whom = match stamps.address {
        Some(address) => format!("{} ({address})", host(&hop.url)),
        None => host(&hop.url),
    };
    let say = |cause, what: String| Obstacle { cause, detail: format!("{whom} {what}") };
    let connecting = stamps.connected.is_none();
    if let Some(failure) = tls::find::<rustls::Error>(&error) {
        return say(tls::cause_of(failure), format!("failed the TLS handshake: {failure}"));
    }
    let io = tls::find::<std::io::Error>(&error);
    let said = io.map_or_else(|| deepest(&error), ToString::to_string);
    if let Some(cause) = io.and_then(tls::io_cause) {
        let what = match cause {
            Cause::Refused => "refused the connection".to_owned(),
            Cause::Reset if connecting && stamps.tls_began.is_some() => {
                "closed the connection during the TLS handshake".to_owned()
            }
            Cause::Reset => format!("closed the connection before the answer was complete ({said})"),
            _ => format!("can't be reached: {said}"),
        };
        return say(cause, what);
    }
    if let Some(failure) = tls::find::<hyper::Error>(&error) {
        if failure.is_incomplete_message() || failure.is_closed() || failure.is_canceled() {
            return say(Cause::Reset, "closed the connection before the answer was complete".to_owned());
        }
        return say(Cause::HttpProtocol, format!("does not answer in HTTP: {}", deepest(&error)));
    }
    let cause = if connecting { Cause::Unreachable } else { Cause::HttpProtocol };
    say(cause, format!("can't be spoken with: {}", deepest(&error)))
}

/// The innermost of a chain of errors says most.
fn deepest(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

fn timed_out(stamps: &Stamps, url: &Url, clock: &Clock, now: Moment) -> Obstacle {
    let waited =
        |from: Option<Moment>| Value::Duration(clock.between(from.or(stamps.began).unwrap_or(now), now));
    let whom = host(url);
    let (cause, detail) = match stamps.reached() {
        Reached::Dns => (Cause::DnsTimeout, format!("{whom} was not resolved within {}", waited(None))),
        Reached::Connect => (
            Cause::ConnectTimeout,
            format!("{whom} did not accept a connection within {}", waited(stamps.connect_began)),
        ),
        Reached::Tls => (
            Cause::TlsTimeout,
            format!("{whom} did not finish the TLS handshake within {}", waited(stamps.tls_began)),
        ),
        Reached::FirstByte => (
            Cause::HttpTimeout,
            format!("{whom} accepted the connection and sent no answer within {}", waited(stamps.connected)),
        ),
        Reached::Body => (
            Cause::HttpTimeout,
            format!("{whom} began an answer and did not end it within {}", waited(stamps.head)),
        ),
    };
    Obstacle { cause, detail }
}

/// What to do after an answer.
enum Next {
    Stop,
    Follow(Box<Hop>),
    Refuse(Obstacle),
}

fn next_hop(request: &Request, hop: &Hop, answer: &Answer, followed: u64) -> Next {
    if request.redirects == 0 || !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
        return Next::Stop;
    }
    let refuse = |detail: String| Next::Refuse(Obstacle { cause: Cause::HttpRedirects, detail });
    if followed == request.redirects {
        return refuse(format!("{} redirects once more after {followed} redirects (`redirects`)", hop.url));
    }
    let target = answer
        .headers
        .get(LOCATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|to| hop.url.join(to).ok());
    let Some(url) = target.filter(|url| matches!(url.scheme(), "http" | "https")) else {
        return refuse(format!("{} redirects to nowhere that can be asked", hop.url));
    };
    let secure = url.scheme() == "https";
    let client = match client(&Way { secure, ..request.way.clone() }) {
        Ok(client) => client,
        Err(why) => return refuse(why),
    };
    let mut headers = hop.headers.clone();
    if url.origin() != hop.url.origin() {
        for private in [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE] {
            headers.remove(private);
        }
        // Another origin gets no header that holds a secret, whatever its name.
        let secret: Vec<HeaderName> =
            headers.iter().filter(|(_, v)| v.is_sensitive()).map(|(n, _)| n.clone()).collect();
        secret.iter().for_each(|name| drop(headers.remove(name)));
    }
    let keeps = matches!(answer.status, 307 | 308) || matches!(hop.method, Method::GET | Method::HEAD);
    let (method, body) = if keeps { (hop.method.clone(), hop.body.clone()) } else { (Method::GET, None) };
    Next::Follow(Box::new(Hop { url, method, headers, body, client, secure }))
}

impl Answer {
    fn tell(self, facts: &mut Facts) {
        facts.insert("status", Value::count(u64::from(self.status)));
        facts.insert("protocol", Value::Text(self.protocol));
        if let Some(peer) = self.peer {
            facts.insert("peer", Value::Text(peer.to_string()));
        }
        if let Some(version) = self.tls {
            facts.insert("tls.protocol", Value::Text(version));
        }
        facts.insert("size", Value::Size(self.body.len() as u64));
        for name in self.headers.keys() {
            let values: Vec<String> =
                self.headers.get_all(name).iter().map(|v| shown(name, v.as_bytes())).collect();
            facts.insert(format!("header.{name}"), Value::Text(values.join(", ")));
        }
        match serde_json::from_slice::<serde_json::Value>(&self.body) {
            Ok(json) => facts.insert("body", Value::from_json(json)),
            Err(_) if self.body.is_empty() => {
                facts.insert_unreadable("body", Cause::NotJson, "the body is empty".to_owned())
            }
            Err(error) => {
                let begins = String::from_utf8_lossy(&self.body[..self.body.len().min(80)]).into_owned();
                facts.insert_unreadable("body", Cause::NotJson, format!("no JSON ({error}): {begins:?}"));
            }
        }
        facts.insert("text", Value::Text(String::from_utf8_lossy(&self.body).into_owned()));
    }
}

/// A header's value for a reader; those that carry credentials by their name show none.
fn shown(name: &HeaderName, value: &[u8]) -> String {
    let name = name.as_str();
    let private = matches!(name, "authorization" | "proxy-authorization" | "cookie" | "set-cookie")
        || name.starts_with("x-") && name.ends_with("-key");
    if private { "…".to_owned() } else { String::from_utf8_lossy(value).into_owned() }
}

fn sent(hop: &Hop) -> Vec<String> {
    let mut lines = vec![format!("{} {}", hop.method, hop.url)];
    lines
        .extend(hop.headers.iter().map(|(name, value)| format!("{name}: {}", shown(name, value.as_bytes()))));
    if let Some(body) = &hop.body {
        lines.push(excerpt(body));
    }
    lines
}

fn received(response: &Response) -> Vec<String> {
    let mut lines = vec![format!("{:?} {}", response.version(), response.status())];
    lines.extend(
        response
            .headers()
            .iter()
            .take(HEADERS)
            .map(|(name, value)| format!("{name}: {}", shown(name, value.as_bytes()))),
    );
    lines
}

fn excerpt(body: &[u8]) -> String {
    let kept = &body[..body.len().min(EXCERPT)];
    let more = if body.len() > EXCERPT { format!("… ({} bytes)", body.len()) } else { String::new() };
    format!("{}{more}", String::from_utf8_lossy(kept))
}
