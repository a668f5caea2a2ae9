//! The `websocket` probe against real listeners: an implementation that is not its own for the golden path, raw sockets
//! for everything a server may do wrong. Nothing leaves the loopback.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod frames;
mod golden;
mod handshake;
#[path = "../http_probe/support.rs"]
#[expect(dead_code, reason = "the other probe's tests use the rest of it")]
mod http;
mod raw;
mod settings;
mod suite;
mod support;
