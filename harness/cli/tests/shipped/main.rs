//! The shipped suite through the program, apart from all other tests: it is timed, and nobody else may be using the machine.
#![expect(clippy::unwrap_used, reason = "a test's helper fails by panicking")]

#[expect(dead_code, reason = "the vocabulary is that of the other tests of the program, too")]
#[path = "../binary/bench.rs"]
mod bench;
mod suite;
