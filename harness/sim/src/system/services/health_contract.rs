//! The health contract as a whole: every endpoint of every service, requested once.

use std::io;

use super::{auth, backend_health, frontend};
use crate::servers::http_client::{USER_AGENT, send_blocking};
use crate::system::addresses::Addresses;

/// Requests every endpoint as the frontend would and drops the answers: the mutation registry has recorded them.
pub(crate) fn request_all(addresses: &Addresses) -> io::Result<()> {
    let get = |base: &str, path: &str| send_blocking(base, ("GET", path), USER_AGENT, "", "").map(drop);
    for (path, _) in frontend::contract() {
        get(&addresses.frontend, path)?;
    }
    for path in backend_health::contract() {
        get(&addresses.backend, path)?;
    }
    for (path, _) in auth::contract() {
        get(&addresses.auth, path)?;
    }
    Ok(())
}
