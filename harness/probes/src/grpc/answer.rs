//! What came back from a health check: a code, a message, and whether the service is serving.

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::CONTENT_TYPE;
use hyper::http::response::Parts;
use prost::Message;

use fixproof_core::model::{Cause, Facts, ProbeError, Value};

/// The codes of gRPC, by number.
const CODES: [&str; 17] = [
    "ok",
    "cancelled",
    "unknown",
    "invalid-argument",
    "deadline-exceeded",
    "not-found",
    "already-exists",
    "permission-denied",
    "resource-exhausted",
    "failed-precondition",
    "aborted",
    "out-of-range",
    "unimplemented",
    "internal",
    "unavailable",
    "data-loss",
    "unauthenticated",
];

/// `grpc.health.v1.HealthCheckRequest`
#[derive(Clone, PartialEq, Message)]
struct Question {
    #[prost(string, tag = "1")]
    service: String,
}

/// `grpc.health.v1.HealthCheckResponse`
#[derive(Clone, PartialEq, Message)]
struct Health {
    #[prost(int32, tag = "1")]
    status: i32,
}

/// The question as it is sent: not compressed, its length, the message.
pub(super) fn question(service: &str) -> Bytes {
    let message = Question { service: service.to_owned() }.encode_to_vec();
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    let mut framed = vec![0];
    framed.extend_from_slice(&length.to_be_bytes());
    framed.extend_from_slice(&message);
    framed.into()
}

/// Everything that came back, complete.
pub(super) struct Answer {
    /// Status and headers.
    pub(super) head: Parts,
    /// The body, bounded.
    pub(super) message: Vec<u8>,
    /// The headers after the body.
    pub(super) trailers: Option<HeaderMap>,
}

impl Answer {
    /// For a reader.
    pub(super) fn transcribe(&self, received: &mut Vec<String>) {
        received.push(format!("HTTP/2 {}", self.head.status));
        for (name, value) in self.head.headers.iter().chain(self.trailers.iter().flatten()) {
            received.push(format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())));
        }
        received.push(format!("{} bytes", self.message.len()));
    }

    /// Notes the facts.
    ///
    /// # Errors
    /// Why it is no gRPC.
    pub(super) fn facts(&self, peer: &str, facts: &mut Facts) -> Result<(), ProbeError> {
        let status = self.head.status.as_u16();
        facts.insert("http.status", Value::count(status.into()));
        for name in self.head.headers.keys() {
            let values = self.head.headers.get_all(name).iter();
            let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
            facts.insert(format!("header.{name}"), Value::Text(values.join(", ")));
        }
        let Some((code, message)) = self.status() else {
            return match inferred(status) {
                Some(code) => {
                    facts.insert("code", Value::Text(code.to_owned()));
                    let said = format!("HTTP status {status} without a gRPC status");
                    facts.insert("message", Value::Text(said));
                    Ok(())
                }
                None => Err(ProbeError::new(Cause::HttpProtocol, self.no_grpc(peer))),
            };
        };
        if code == "ok" {
            let health = health(&self.message).map_err(|why| {
                ProbeError::new(Cause::HttpProtocol, format!("{peer} answers the health check with {why}"))
            })?;
            facts.insert("serving", Value::Text(serving(health)));
        }
        facts.insert("code", Value::Text(code));
        if !message.is_empty() {
            facts.insert("message", Value::Text(message));
        }
        Ok(())
    }

    /// Code and message, which stand after the body, or in the head where there is none.
    fn status(&self) -> Option<(String, String)> {
        let stands = |headers: &&HeaderMap| headers.contains_key("grpc-status");
        let headers = self.trailers.as_ref().filter(stands).or(Some(&self.head.headers).filter(stands))?;
        let number = headers.get("grpc-status")?.to_str().ok()?;
        let known = number.parse().ok().and_then(|number: usize| CODES.get(number));
        let code = known.map_or_else(|| number.to_owned(), |name| (*name).to_owned());
        let message =
            headers.get("grpc-message").map(|value| unescaped(value.as_bytes())).unwrap_or_default();
        Some((code, message))
    }

    fn no_grpc(&self, peer: &str) -> String {
        let kind = self.head.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.map_or_else(|| "without a content type".to_owned(), |kind| format!("as {kind}"));
        format!(
            "{peer} answers in HTTP/2, and not in gRPC: status {}, {kind}, no grpc-status",
            self.head.status.as_u16()
        )
    }
}

/// The code that the protocol assigns to an HTTP status of an intermediary without gRPC. 200 has none.
fn inferred(status: u16) -> Option<&'static str> {
    match status {
        400 => Some("internal"),
        401 => Some("unauthenticated"),
        403 => Some("permission-denied"),
        404 => Some("unimplemented"),
        429 | 502..=504 => Some("unavailable"),
        200..=299 => None,
        _ => Some("unknown"),
    }
}

/// The one message of an answer that is OK.
fn health(body: &[u8]) -> Result<i32, String> {
    let (compressed, length, rest) = match body {
        [] => return Err("the code ok and no message".to_owned()),
        [flag, a, b, c, d, rest @ ..] => (*flag != 0, u32::from_be_bytes([*a, *b, *c, *d]), rest),
        _ => return Err("a message that is cut off".to_owned()),
    };
    if compressed {
        return Err("a compressed message, which was not asked for".to_owned());
    }
    let message = usize::try_from(length).ok().and_then(|length| rest.split_at_checked(length));
    match message {
        None => Err("a message that is cut off".to_owned()),
        Some((_, [_, ..])) => Err("more than one message".to_owned()),
        Some((message, [])) => Health::decode(message)
            .map(|health| health.status)
            .map_err(|error| format!("a message of another kind: {error}")),
    }
}

fn serving(status: i32) -> String {
    match status {
        0 => "UNKNOWN".to_owned(),
        1 => "SERVING".to_owned(),
        2 => "NOT_SERVING".to_owned(),
        3 => "SERVICE_UNKNOWN".to_owned(),
        other => other.to_string(),
    }
}

/// Undoes the percent signs of a message; what is no UTF-8 becomes U+FFFD, what is no escape stays.
fn unescaped(text: &[u8]) -> String {
    let digit = |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let escaped =
            digit(at + 1).zip(digit(at + 2)).and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        match escaped {
            Some(meant) if *byte == b'%' => {
                bytes.push(meant);
                at += 3;
            }
            _ => {
                bytes.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_framed() {
        assert_eq!(&*question(""), [0, 0, 0, 0, 0]);
        assert_eq!(&*question("ab"), [0, 0, 0, 0, 4, 0x0a, 2, b'a', b'b']);
    }

    #[test]
    fn one_message_is_read_and_nothing_else() {
        assert_eq!(health(&[0, 0, 0, 0, 2, 8, 1]), Ok(1));
        assert_eq!(health(&[0, 0, 0, 0, 0]), Ok(0));
        // Unknown fields are skipped.
        assert_eq!(health(&[0, 0, 0, 0, 6, 0x12, 2, b'h', b'i', 8, 2]), Ok(2));
        for (body, says) in [
            (&[][..], "no message"),
            (&[0, 0, 0], "cut off"),
            (&[0, 0, 0, 0, 3, 8, 1], "cut off"),
            (&[0, 255, 255, 255, 255, 8, 1], "cut off"),
            (&[1, 0, 0, 0, 2, 8, 1], "compressed"),
            (&[0, 0, 0, 0, 2, 8, 1, 0, 0, 0, 0, 2, 8, 1], "more than one"),
            (&[0, 0, 0, 0, 2, 0x0a, 1], "another kind"),
        ] {
            assert!(health(body).is_err_and(|why| why.contains(says)), "{body:?}: {:?}", health(body));
        }
    }

    #[test]
    fn messages_are_unescaped() {
        for (escaped, meant) in
            [("a%20b%0A", "a b\n"), ("100%", "100%"), ("%zz%4", "%zz%4"), ("%FF", "\u{fffd}"), ("%%41", "%A")]
        {
            assert_eq!(unescaped(escaped.as_bytes()), meant);
        }
    }
}
