//! HTTP to our own listener on loopback: one connection a request, no TLS, no redirects.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// The platform answers at once; whatever does not is no simulated platform.
const PATIENCE: Duration = Duration::from_secs(30);

/// Longest answer read.
const LONGEST: u64 = 64 << 20;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum GcloudError {
    /// The command line asks for something that can't be asked.
    Usage(String),
    /// What was asked for does not exist, in the command's own words.
    Missing(String),
    /// The platform refused.
    Refused {
        /// HTTP's status.
        status: u16,
        /// Google's word for it.
        word: String,
        /// What it said.
        message: String,
    },
    /// The metadata server knows no account.
    NoAccount,
    /// Nobody answered, or not in HTTP.
    Unreachable(String),
}

/// A client of one platform.
pub(super) struct Client {
    host: String,
}

impl Client {
    pub(super) fn new(platform: &str) -> Self {
        let host = platform.strip_prefix("http://").unwrap_or(platform).trim_end_matches('/');
        Client { host: host.to_owned() }
    }

    /// A token of the metadata server.
    pub(super) fn token(&self) -> Result<String, GcloudError> {
        let path = "/computeMetadata/v1/instance/service-accounts/default/token";
        let (status, body) = self.exchange("GET", path, "metadata-flavor: Google", "")?;
        let token = parsed(&body)["access_token"].as_str().map(str::to_owned);
        match (status, token) {
            (200, Some(token)) => Ok(token),
            _ => Err(GcloudError::NoAccount),
        }
    }

    /// What a path answers to somebody with a token.
    pub(super) fn get(&self, path: &str) -> Result<Value, GcloudError> {
        self.authorised("GET", path, "")
    }

    /// What a path answers to a body.
    pub(super) fn post(&self, path: &str, body: &Value) -> Result<Value, GcloudError> {
        self.authorised("POST", path, &body.to_string())
    }

    fn authorised(&self, method: &str, path: &str, body: &str) -> Result<Value, GcloudError> {
        let header = format!("authorization: Bearer {}\r\ncontent-type: application/json", self.token()?);
        let (status, body) = self.exchange(method, path, &header, body)?;
        let body = parsed(&body);
        if status == 200 {
            return Ok(body);
        }
        let text = |key: &str| body["error"][key].as_str().unwrap_or_default().to_owned();
        Err(GcloudError::Refused { status, word: text("status"), message: text("message") })
    }

    fn exchange(
        &self,
        method: &str,
        path: &str,
        header: &str,
        body: &str,
    ) -> Result<(u16, String), GcloudError> {
        let unreachable = |error: io::Error| GcloudError::Unreachable(format!("{}: {error}", self.host));
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nuser-agent: fixproof-sim-gcloud\r\nconnection: close\r\n\
             content-length: {}\r\n{header}\r\n\r\n{body}",
            self.host,
            body.len()
        );
        let answer = self.send(&request).map_err(unreachable)?;
        let answer = String::from_utf8_lossy(&answer);
        let status = answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
        match (status, answer.split_once("\r\n\r\n")) {
            (Some(status), Some((_, body))) => Ok((status, body.to_owned())),
            _ => Err(unreachable(io::Error::other("the answer is no HTTP"))),
        }
    }

    fn send(&self, request: &str) -> io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(&self.host)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.take(LONGEST).read_to_end(&mut answer)?;
        Ok(answer)
    }
}

fn parsed(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_default()
}

/// A segment of a path or a value of a query, with everything else than letters, digits and `-._~` spelt in percent.
pub(super) fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}
