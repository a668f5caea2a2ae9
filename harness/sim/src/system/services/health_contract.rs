//! The health contract as a whole: every endpoint of every service, each asked once.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use super::{auth, backend_health, frontend};
use crate::servers::http_client::USER_AGENT;
use crate::system::addresses::Addresses;

/// Longer than any endpoint takes; they are asked on loopback.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks every endpoint as the frontend would, and drops what it says: who notes answers has noted it.
pub(crate) fn ask(addresses: &Addresses) -> std::io::Result<()> {
    for path in frontend::contract() {
        get(&addresses.frontend, path.0)?;
    }
    for path in backend_health::contract() {
        get(&addresses.backend, path)?;
    }
    for path in auth::contract() {
        get(&addresses.auth, path.0)?;
    }
    Ok(())
}

fn get(base: &str, path: &str) -> std::io::Result<()> {
    let host = base.strip_prefix("http://").unwrap_or(base);
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: {host}\r\nuser-agent: {USER_AGENT}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    std::io::copy(&mut stream.take(1 << 20), &mut std::io::sink()).map(drop)
}
