//! The `http` probe against real listeners: every cause told apart, every deadline kept, every phase charged with its
//! own time. Nothing leaves the loopback.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod causes;
mod events;
mod identity;
mod nasties;
mod prepare;
mod proxies;
mod redirects;
mod requests;
mod support;
mod times;
