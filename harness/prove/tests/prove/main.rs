//! Proofs as their readers see them, through the library's public interface.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod controls_text;
mod fixtures;
mod html;
mod markdown;
mod mutation_text;
mod schema;
