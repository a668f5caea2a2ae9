//! HTTP clients of the staging itself, over a fresh connection on loopback: no redirects, no TLS, no pool.

use std::io::{self, Read as _, Write as _};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The frontend's `user-agent`; the journal recognises its requests by it.
pub(crate) const USER_AGENT: &str = "fixproof-sim-frontend";

/// Longest answer read.
const MAX_ANSWER: u64 = 64 << 20;

/// Status and, where the body is JSON, body of `GET base path`; an error in words where nothing came in time.
pub(crate) async fn get(base: &str, path: &str, within: Duration) -> Result<(u16, Option<Value>), String> {
    match tokio::time::timeout(within, fetch(base, path)).await {
        Ok(answer) => answer
            .map(|(status, body)| (status, serde_json::from_str(&body).ok()))
            .map_err(|error| error.to_string()),
        Err(_) => Err("no answer within the dependency's time limit".to_owned()),
    }
}

async fn fetch(base: &str, path: &str) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(host(base)).await?;
    stream.set_nodelay(true)?;
    stream.write_all(request("GET", base, path, USER_AGENT, "", "").as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER).read_to_end(&mut answer).await?;
    parse(&answer)
}

/// Status and body of a request; `headers` are lines that end in `\r\n`. Blocks this thread for a minute at most.
pub(crate) fn send_blocking(
    base: &str,
    (method, path): (&str, &str),
    user_agent: &str,
    headers: &str,
    body: &str,
) -> io::Result<(u16, String)> {
    const LIMIT: Option<Duration> = Some(Duration::from_secs(60));
    let mut stream = std::net::TcpStream::connect(host(base))?;
    stream.set_read_timeout(LIMIT)?;
    stream.set_write_timeout(LIMIT)?;
    stream.write_all(request(method, base, path, user_agent, headers, body).as_bytes())?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER).read_to_end(&mut answer)?;
    parse(&answer)
}

fn host(base: &str) -> &str {
    base.strip_prefix("http://").unwrap_or(base).trim_end_matches('/')
}

fn request(method: &str, base: &str, path: &str, user_agent: &str, headers: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: {}\r\nuser-agent: {user_agent}\r\nconnection: close\r\n\
         content-length: {}\r\n{headers}\r\n{body}",
        host(base),
        body.len()
    )
}

fn parse(answer: &[u8]) -> io::Result<(u16, String)> {
    let answer = String::from_utf8_lossy(answer);
    let status = answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
    match (status, answer.split_once("\r\n\r\n")) {
        (Some(status), Some((_, body))) => Ok((status, body.to_owned())),
        _ => Err(io::Error::other("the answer is no HTTP")),
    }
}
