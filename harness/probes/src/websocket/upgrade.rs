//! The upgrade: one request, and an answer that must be as RFC 6455 says.

use std::io;

use base64::Engine;
use hyper::StatusCode;
use hyper::header::{CONNECTION, CONTENT_LENGTH, HeaderMap, LOCATION, TRANSFER_ENCODING, UPGRADE};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_tungstenite::tungstenite::error::{CapacityError, Error};
use tokio_tungstenite::tungstenite::handshake::{
    client::{Response, generate_key},
    derive_accept_key,
    machine::TryParse,
};

use super::request::Request;
use crate::net::cause;
use crate::net::connect::own_limit;
use crate::net::headers;
use fixproof_core::model::{Cause, ProbeError, shortened_bytes};

/// The longest head of an answer that is read, in bytes.
const HEAD: usize = 64 * 1024;
/// How much of a refusal's body is read, in bytes.
const BODY: usize = 512;

/// What it is spoken over.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// The request as it goes over the wire, and what the answer must prove.
pub(super) struct Upgrade {
    pub(super) bytes: Vec<u8>,
    /// The same for a reader: no credentials.
    pub(super) shown: Vec<String>,
    key: String,
}

/// The answer to it.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// What came after its head.
    pub(super) rest: Vec<u8>,
    /// HTTP/1.0, in which nothing can be upgraded.
    old: bool,
}

impl Upgrade {
    /// A new one; its key is never used again.
    pub(super) fn new(request: &Request) -> Upgrade {
        let key = generate_key();
        let mut bytes = format!("GET {} HTTP/1.1\r\n", request.target()).into_bytes();
        let mut shown = vec![format!("GET {} HTTP/1.1", request.url.path())];
        let mut line = |name: &str, value: &[u8], reader: String| {
            shown.push(format!("{name}: {reader}"));
            for part in [name.as_bytes(), b": ", value, b"\r\n"] {
                bytes.extend_from_slice(part);
            }
        };
        let host = request.host();
        if !request.headers.contains_key("host") {
            line("host", host.as_bytes(), host.clone());
        }
        for (name, value) in [
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", &key),
        ] {
            line(name, value.as_bytes(), value.to_owned());
        }
        if !request.subprotocols.is_empty() {
            let offered: Vec<&str> = request.subprotocols.iter().map(|text| text.expose()).collect();
            let reader: Vec<&str> = request
                .subprotocols
                .iter()
                .map(|text| if text.is_secret() { "[secret]" } else { text.expose() })
                .collect();
            line("sec-websocket-protocol", offered.join(", ").as_bytes(), reader.join(", "));
        }
        for (name, value) in &request.headers {
            let reader = match value.is_sensitive() {
                true => "[secret]".to_owned(),
                false => headers::shown(name, value.as_bytes()),
            };
            line(name.as_str(), value.as_bytes(), reader);
        }
        bytes.extend_from_slice(b"\r\n");
        Upgrade { bytes, shown, key }
    }

    /// Sends it, and reads the answer's head.
    pub(super) async fn ask(&self, stream: &mut dyn Stream, peer: &str) -> Result<Answer, ProbeError> {
        let sent = async {
            stream.write_all(&self.bytes).await?;
            stream.flush().await
        };
        // One that answers without reading may have said why; that is read all the same.
        let sent: io::Result<()> = sent.await;
        let (mut head, mut total) = (Vec::with_capacity(4096), 0);
        loop {
            let mut from = head.len();
            let count = stream.read_buf(&mut head).await.map_err(|error| lost(&error, peer))?;
            if count == 0 {
                let what = match (head.is_empty(), &sent) {
                    (_, Err(error)) => return Err(lost(error, peer)),
                    (true, _) => "closed the connection without an answer to the upgrade",
                    (false, _) => "closed the connection in the middle of its answer to the upgrade",
                };
                return Err(ProbeError::new(Cause::Reset, format!("{peer} {what}")));
            }
            while let Some(answer) = parse(&head, from, peer)? {
                // What is said in between (100, 103) is no answer yet.
                if !answer.status.is_informational() || answer.status == StatusCode::SWITCHING_PROTOCOLS {
                    return Ok(answer);
                }
                (head, from) = (answer.rest, 0);
            }
            total += count;
            if total > HEAD {
                return Err(too_large(peer));
            }
        }
    }

    /// Is the answer an upgrade to what was asked for? Yields the chosen subprotocol.
    ///
    /// # Errors
    /// A sentence that says why not.
    pub(super) fn accepted(&self, answer: &Answer, request: &Request) -> Result<Option<String>, String> {
        let headers = &answer.headers;
        let words = |name: &str| -> Vec<String> {
            let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
            let words: Vec<String> = values
                .flat_map(|value| value.split(',').map(|word| word.trim().to_owned()).collect::<Vec<_>>())
                .collect();
            words.into_iter().filter(|word| !word.is_empty()).collect()
        };
        let says =
            |name: &str, wanted: &str| words(name).iter().any(|word| word.eq_ignore_ascii_case(wanted));
        if answer.old {
            return Err("it answers in HTTP/1.0".to_owned());
        }
        for (name, wanted) in [(UPGRADE.as_str(), "websocket"), (CONNECTION.as_str(), "upgrade")] {
            if !says(name, wanted) {
                return Err(format!("its answer has no header `{name}: {wanted}`"));
            }
        }
        if words("sec-websocket-accept") != [derive_accept_key(self.key.as_bytes())] {
            return Err("its `sec-websocket-accept` does not belong to the key that was sent".to_owned());
        }
        if !words("sec-websocket-extensions").is_empty() {
            return Err("it uses an extension that was not offered".to_owned());
        }
        let offered = &request.subprotocols;
        match words("sec-websocket-protocol").as_slice() {
            [] if offered.is_empty() => Ok(None),
            [] => Err(format!(
                "it chose none of the {} offered subprotocols; a browser gives up here",
                offered.len()
            )),
            [one] if offered.iter().any(|text| text.expose() == one) => Ok(Some(one.clone())),
            _ => Err("it chose a subprotocol that was not offered".to_owned()),
        }
    }
}

impl Answer {
    /// What was said, where it is no upgrade.
    pub(super) fn refusal(&self) -> String {
        let reason = self.status.canonical_reason().map(|reason| format!(" {reason}")).unwrap_or_default();
        let to =
            self.headers.get(LOCATION).map(|to| format!(" to {}", String::from_utf8_lossy(to.as_bytes())));
        let body = String::from_utf8_lossy(&self.rest);
        // Of a body in chunks, the first line is the length of the first one.
        let body = match self.headers.contains_key(TRANSFER_ENCODING) {
            true => body.split_once('\n').map_or("", |(_, body)| body),
            false => &body,
        };
        let body = if body.trim().is_empty() { String::new() } else { format!(": {:?}", body.trim()) };
        format!(
            "answered {}{reason}{} to the upgrade{body}",
            self.status.as_u16(),
            to.filter(|_| self.status.is_redirection()).unwrap_or_default()
        )
    }

    /// Reads the beginning of the body, as far as it comes.
    pub(super) async fn body(&mut self, stream: &mut dyn Stream) {
        let announced = self.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        let wanted = announced.unwrap_or(BODY).min(BODY);
        while self.rest.len() < wanted {
            match stream.read_buf(&mut self.rest).await {
                Ok(count) if count > 0 => {}
                _ => return,
            }
        }
    }

    /// Keeps no more of the body than is shown.
    pub(super) fn shorten(&mut self) {
        if self.rest.len() > BODY {
            self.rest.truncate(BODY);
            self.rest.extend_from_slice("…".as_bytes());
        }
    }
}

/// The answer, once its head is complete; `from` is where the new bytes begin.
fn parse(head: &[u8], from: usize, peer: &str) -> Result<Option<Answer>, ProbeError> {
    const BEGINS: &[u8] = b"HTTP/1.";
    let begun = head.len().min(BEGINS.len());
    if head[..begun] != BEGINS[..begun] {
        let said = base64_or_text(head);
        return Err(ProbeError::new(
            Cause::HttpProtocol,
            format!("{peer} sent an invalid HTTP response: {said}"),
        ));
    }
    // A head is read anew only when a line has ended, or one byte at a time would be read thousands of times.
    let ends = |end: &[u8]| head[from.saturating_sub(3)..].windows(end.len()).any(|window| window == end);
    if !ends(b"\r\n\r\n") && !ends(b"\n\n") {
        return Ok(None);
    }
    let old = head.starts_with(b"HTTP/1.0");
    let newer = [b"HTTP/1.1", head.get(8..).unwrap_or_default()].concat();
    match Response::try_parse(if old { &newer } else { head }) {
        Ok(None) => Ok(None),
        Ok(Some((size, response))) => {
            let rest = head.get(size..).unwrap_or_default().to_vec();
            let (parts, _) = response.into_parts();
            Ok(Some(Answer { status: parts.status, headers: parts.headers, rest, old }))
        }
        Err(Error::Capacity(CapacityError::TooManyHeaders)) => Err(too_large(peer)),
        Err(error) => Err(ProbeError::new(
            Cause::HttpProtocol,
            format!("{peer} sent an invalid HTTP response: {error}"),
        )),
    }
}

fn too_large(peer: &str) -> ProbeError {
    let what = "answers the upgrade with more headers, or longer ones, than are read (124 headers, 64 KiB)";
    ProbeError::new(Cause::HttpTooLarge, format!("{peer} {what}"))
}

/// Bytes for a reader.
fn base64_or_text(bytes: &[u8]) -> String {
    let text = shortened_bytes(bytes, 80);
    if !text.contains(['\0', '\u{fffd}']) {
        return format!("{text:?}");
    }
    // Whole groups of three bytes, so that what was cut is the beginning of what would have been there.
    let (kept, cut) = bytes.split_at_checked(78).map_or((bytes, ""), |(kept, _)| (kept, "…"));
    format!("base64 {}{cut}", base64::engine::general_purpose::STANDARD.encode(kept))
}

/// What an error on a connection that stood comes to.
pub(super) fn lost(error: &io::Error, peer: &str) -> ProbeError {
    if own_limit(error) {
        return ProbeError::new(
            Cause::OwnLimit,
            format!("this host has no more to give for {peer}: {error}"),
        );
    }
    match cause::find::<rustls::Error>(error) {
        // With TLS 1.3 a server may refuse a client after the handshake.
        Some(failure) => ProbeError::new(Cause::TlsProtocol, format!("{peer} broke TLS off: {failure}")),
        None => ProbeError::new(Cause::Reset, format!("{peer} dropped the connection: {error}")),
    }
}
