//! The frontend's way of asking its dependencies: one GET over a fresh connection. No redirects, no TLS, no pool.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How the frontend names itself; the journal tells its requests by it.
pub(crate) const USER_AGENT: &str = "fixproof-sim-frontend";

/// Longest answer read.
const LONGEST: u64 = 256 * 1024;

/// Status and, where the body is JSON, body of `GET base path`; an error in words where nothing came in time.
pub(crate) async fn get(base: &str, path: &str, within: Duration) -> Result<(u16, Option<Value>), String> {
    match tokio::time::timeout(within, fetch(base, path)).await {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err("no answer within the dependency's time limit".to_owned()),
    }
}

async fn fetch(base: &str, path: &str) -> std::io::Result<(u16, Option<Value>)> {
    let host = base.strip_prefix("http://").unwrap_or(base);
    let mut stream = TcpStream::connect(host).await?;
    stream.set_nodelay(true)?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: {host}\r\nuser-agent: {USER_AGENT}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(LONGEST).read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    let status = answer
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3))
        .and_then(|status| status.parse().ok());
    let body = answer.split_once("\r\n\r\n").and_then(|(_, body)| serde_json::from_str(body).ok());
    status.map(|status| (status, body)).ok_or_else(|| std::io::Error::other("the answer is no HTTP"))
}
