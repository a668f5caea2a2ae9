//! Engine and judge together, played by scripted probes under tokio's paused time: exact numbers, no sleeping.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(unreachable_pub, reason = "modules of one test speak to each other as a library would")]

mod judged_again;
mod machine;
mod script;
mod suite;

mod cleaning;
mod ends;
mod folding;
mod host;
mod lax;
mod nonce;
mod order;
mod planning;
mod random;
mod sampling;
mod secrets;
mod selecting;
mod settling;
mod stepping;
