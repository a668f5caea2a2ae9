//! A server that speaks PostgreSQL's wire protocol over a closed list of statements, answered from its own live state.
//!
//! It never pretends to be an SQL engine: what is not on the list is refused with `0A000`. It refuses sessions in
//! PostgreSQL's order: starting up, no slot (both before authentication), password, reserved slots, database.

mod authentication;
mod error;
mod handshake;
mod scram;
mod session;
mod settings;
mod sql;
mod state;
mod statements;
#[cfg(test)]
mod tests;
mod types;
mod wire;

use std::io;
use std::sync::Arc;

use crate::servers::listener::Listener;

pub(crate) use settings::{Authentication, DatabaseFaults, Role, Settings};
pub(crate) use state::Database;
pub use state::DatabaseJournal;

/// Accepts sessions until dropped.
pub(crate) async fn run(database: Arc<Database>, listener: Listener) -> io::Result<()> {
    let Listener::Open(listener) = listener else {
        return Ok(());
    };
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let _ = stream.set_nodelay(true);
        let database = Arc::clone(&database);
        // A session that ends with an error has lost its client.
        tokio::spawn(async move { session::serve(database, stream).await.ok() });
    }
}
