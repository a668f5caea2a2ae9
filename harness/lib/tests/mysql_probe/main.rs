//! The mysql probe against a real MariaDB, against a server by hand that wants what only MySQL 8 wants, and against peers
//! that are none.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test: what fails here fails it")]

mod byhand;
#[path = "../database_fixture/mod.rs"]
mod fixture;
mod lies;
mod passwords;
mod prepare;
mod real;
mod server;
mod tls;
