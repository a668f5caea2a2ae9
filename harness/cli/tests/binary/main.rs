//! The binary, end to end: every exit code both ways, every silent green tried, nothing secret in any artefact.

#![expect(clippy::unwrap_used, reason = "a test stops where its own set-up fails")]

mod bench;
mod canary;
mod exit_codes;
mod flags;
mod github;
mod junit;
#[cfg(unix)]
mod monitoring;
mod mutate;
mod notify;
mod own_host;
mod prove;
mod prove_from;
mod prove_target;
mod replay;
mod show;
mod silent_greens;
mod sinks;
