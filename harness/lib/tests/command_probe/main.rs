//! The `command` probe with real programs: every cause told apart, every deadline kept, nobody left behind, nothing
//! given that was not meant to be given.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod ends;
mod given;
mod plugins;
mod prepare;
mod seen;
mod support;
