//! One observation: an exchange, and another for every redirect that is followed.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, COOKIE, HOST, HeaderMap, HeaderName, HeaderValue,
    LOCATION, PROXY_AUTHORIZATION,
};

use fixproof_core::model::{Cause, Facts, Observation, Phase, ProbeError, Secret, Transcript, Value};

use super::answer::Answer;
use super::client::Way;
use super::exchange::exchange;
use super::failure::timed_out;
use super::hop::{Hop, Time};
use super::request::Request;
use super::trace::{TRACE, Trace};
use crate::ObserveContext;
use crate::net::address::place;
use crate::net::certificate::certificate_facts;

/// Makes one observation: a token, where one is to go along, and then the exchanges.
pub(super) async fn observe(request: &Request, ask: ObserveContext<'_>) -> Observation {
    let Some(google) = &request.google else { return exchanges(request, request.headers.clone(), ask).await };
    let clock = ask.clock;
    let (began, mut secrets) = (clock.now(), Vec::new());
    let token = google.token(ask, &mut secrets).await;
    let took = clock.since(began);
    let auth = Phase { name: "auth".into(), after: Duration::ZERO, took, complete: token.is_ok() };
    let headers = token.and_then(|token| with_token(&request.headers, &token));
    let mut seen = match headers {
        Err(obstacle) => Observation { obstacle: Some(obstacle), ..Observation::default() },
        Ok(headers) => {
            let mut seen = exchanges(request, headers, ask).await;
            seen.facts.insert("time.auth", Value::Duration(took));
            seen
        }
    };
    seen.phases.iter_mut().for_each(|phase| phase.after += took);
    seen.phases.insert(0, auth);
    seen.secrets = secrets;
    seen
}

fn with_token(headers: &HeaderMap, token: &Secret) -> Result<HeaderMap, ProbeError> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose())).map_err(|_| ProbeError {
        cause: Cause::ToolAuth,
        detail: "the access token that was obtained holds a character that no header may hold".to_owned(),
    })?;
    value.set_sensitive(true);
    let mut headers = headers.clone();
    headers.insert(AUTHORIZATION, value);
    Ok(headers)
}

async fn exchanges(request: &Request, headers: HeaderMap, ask: ObserveContext<'_>) -> Observation {
    let clock = ask.clock;
    let began = clock.now();
    let time = Time { clock, began, deadline: ask.deadline };
    let mut hop = Hop {
        url: request.url.clone(),
        method: request.method.clone(),
        headers,
        body: request.body.clone(),
        client: request.client.clone(),
        secure: request.way.secure,
    };
    let mut phases = Vec::new();
    let mut transcript = Transcript::default();
    let mut followed = 0;
    loop {
        let trace = Trace::default();
        let exchange = exchange(request, &hop, &trace, &mut transcript, &time);
        let answered = clock.until(ask.deadline, TRACE.scope(trace.clone(), exchange)).await;
        let now = clock.now();
        // Facts are those of the last exchange; only the timeline and the total are of all of them.
        let mut facts = Facts::default();
        trace.with(|stamps| {
            if let Some(der) = stamps.chain.first() {
                certificate_facts(der, clock.timestamp(), &mut facts);
            }
            phases.extend(stamps.phases(clock, began, now, &mut facts));
        });
        facts.insert("time.total", Value::Duration(clock.between(began, now)));
        let obstacle = match answered {
            Err(_) => Some(trace.with(|stamps| timed_out(stamps, &hop.url, clock, now))),
            Ok(Err(obstacle)) => Some(obstacle),
            Ok(Ok(mut answer)) => {
                let next = next_hop(request, &hop, &answer, followed);
                if let Next::Follow(next) = next {
                    hop = *next;
                    followed += 1;
                    continue;
                }
                let stopped = answer.received.obstacle.take();
                answer.tell(&mut facts);
                facts.insert("url", Value::Text(hop.url.to_string()));
                facts.insert("redirects", Value::count(followed));
                if let Next::Refuse(obstacle) = next { Some(obstacle) } else { stopped }
            }
        };
        return Observation { facts, phases, obstacle, transcript, ..Observation::default() };
    }
}

/// What to do after an answer.
enum Next {
    Stop,
    Follow(Box<Hop>),
    Refuse(ProbeError),
}

fn next_hop(request: &Request, hop: &Hop, answer: &Answer, followed: u64) -> Next {
    if !request.follows(answer.status) {
        return Next::Stop;
    }
    let refuse = |detail: String| Next::Refuse(ProbeError { cause: Cause::HttpRedirects, detail });
    if followed == request.redirects {
        return refuse(format!(
            "{} still redirects after {followed} redirects (`redirects`)",
            place(&hop.url)
        ));
    }
    let target = answer
        .headers
        .get(LOCATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|to| hop.url.join(to).ok());
    let Some(url) = target.filter(|url| matches!(url.scheme(), "http" | "https")) else {
        return refuse(format!("{} redirects without a usable `Location`", place(&hop.url)));
    };
    let secure = url.scheme() == "https";
    let client = match request.clients.client(&Way { secure, ..request.way.clone() }) {
        Ok(client) => client,
        Err((_, why)) => return refuse(why),
    };
    let mut headers = hop.headers.clone();
    if url.origin() != hop.url.origin() {
        for private in [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE, HOST] {
            headers.remove(private);
        }
        // Another origin gets no header that holds a secret, whatever its name.
        let secret: Vec<HeaderName> =
            headers.iter().filter(|(_, v)| v.is_sensitive()).map(|(n, _)| n.clone()).collect();
        secret.iter().for_each(|name| drop(headers.remove(name)));
    }
    let keeps = matches!(answer.status, 307 | 308) || matches!(hop.method, Method::GET | Method::HEAD);
    let (method, body) = if keeps {
        (hop.method.clone(), hop.body.clone())
    } else {
        // What was said about a body that is no longer sent goes with it.
        [CONTENT_TYPE, CONTENT_ENCODING].iter().for_each(|name| drop(headers.remove(name)));
        (Method::GET, None)
    };
    Next::Follow(Box::new(Hop { url, method, headers, body, client, secure }))
}
