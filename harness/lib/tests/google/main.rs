//! Google's access tokens, from a metadata server and a token endpoint of the test's own: how they are obtained, kept
//! and kept out of everything.

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail the test")]

mod defaults;
mod files;
mod metadata;
mod redaction;
mod support;
