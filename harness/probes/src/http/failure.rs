//! Why nothing came back: an error or a deadline, made a cause and a sentence.

use url::Url;

use crate::clock::{Clock, Moment};
use fixproof_core::model::{Cause, ProbeError, Value};

use super::hop::Hop;
use super::trace::{Reached, Stamps};
use crate::net::address::host;
use crate::net::cause;
use crate::net::certificate::refusal;
use crate::net::tls;

/// What an error of the client comes to.
pub(super) fn obstacle(error: reqwest::Error, hop: &Hop, stamps: &Stamps) -> ProbeError {
    if let Some(unresolved) = &stamps.unresolved {
        return unresolved.clone();
    }
    let error = error.without_url();
    let connecting = stamps.connected.is_none();
    let peer = match stamps.address {
        // Until TLS begins, a connection through a proxy has only the proxy at its other end.
        _ if connecting && stamps.tls_began.is_none() && stamps.proxy.is_some() => {
            format!("{} on the way to {}", stamps.proxy.as_deref().unwrap_or_default(), host(&hop.url))
        }
        Some(address) => format!("{} ({address})", host(&hop.url)),
        None => host(&hop.url),
    };
    let say = |cause, what: String| ProbeError { cause, detail: format!("{peer} {what}") };
    if let Some(failure) = cause::find::<rustls::Error>(&error) {
        let cause = tls::cause_of(failure, stamps.chain.first().map(|leaf| leaf.as_ref()));
        return say(cause, refusal(failure, cause, &stamps.chain));
    }
    if let Some((cause, said)) = cause::find_io_cause(&error) {
        // A system's own time limit on a connection that stood is no failure to connect.
        let cause = if cause == Cause::ConnectTimeout && !connecting { Cause::HttpTimeout } else { cause };
        let what = match cause {
            Cause::Refused => "refused the connection".to_owned(),
            Cause::Reset if connecting && stamps.tls_began.is_some() => {
                "closed the connection during the TLS handshake".to_owned()
            }
            Cause::Reset => format!("closed the connection before the response was complete ({said})"),
            _ => format!("can't be reached: {said}"),
        };
        return say(cause, what);
    }
    if let Some(failure) = cause::find::<hyper::Error>(&error) {
        if failure.is_incomplete_message() || failure.is_closed() || failure.is_canceled() {
            return say(Cause::Reset, "closed the connection before the response was complete".to_owned());
        }
        if failure.is_parse() && deepest(&error).contains("too large") {
            let what = "sent more header data than is read (100 headers, 400 KiB)";
            return say(Cause::HttpTooLarge, what.to_owned());
        }
        return say(Cause::HttpProtocol, format!("sent an invalid HTTP response: {}", deepest(&error)));
    }
    let cause = if connecting { Cause::Unreachable } else { Cause::HttpProtocol };
    say(cause, format!("exchange failed: {}", deepest(&error)))
}

/// The innermost of a chain of errors says most.
fn deepest(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

pub(super) fn timed_out(stamps: &Stamps, url: &Url, clock: &Clock, now: Moment) -> ProbeError {
    let waited =
        |from: Option<Moment>| Value::Duration(clock.between(from.or(stamps.began).unwrap_or(now), now));
    let peer = host(url);
    let (cause, detail) = match stamps.reached() {
        Reached::Dns => (Cause::DnsTimeout, format!("{peer} was not resolved within {}", waited(None))),
        Reached::Connect => (
            Cause::ConnectTimeout,
            format!("{peer} did not accept a connection within {}", waited(stamps.connect_began)),
        ),
        Reached::Tls => (
            Cause::TlsTimeout,
            format!("{peer} did not finish the TLS handshake within {}", waited(stamps.tls_began)),
        ),
        Reached::FirstByte => (
            Cause::HttpTimeout,
            format!(
                "{peer} accepted the connection but sent no response within {}",
                waited(stamps.connected)
            ),
        ),
        Reached::Body => (
            Cause::HttpTimeout,
            format!("{peer} started a response but did not finish it within {}", waited(stamps.head)),
        ),
    };
    ProbeError { cause, detail }
}
