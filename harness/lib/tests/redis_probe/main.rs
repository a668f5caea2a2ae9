//! The redis probe against a real Redis, and against peers that are none.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test: what fails here fails it")]

#[path = "../database_fixture/mod.rs"]
mod fixture;
mod lies;
mod prepare;
mod real;
mod server;
mod tls;
