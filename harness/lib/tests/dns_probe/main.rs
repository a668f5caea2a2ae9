//! The `dns` probe against a real name server, against the field's own tool, and against servers that lie, stall or
//! say nothing. Nothing leaves the loopback.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

mod causes;
mod lies;
mod message;
mod names;
mod real;
mod support;
mod tcp;
