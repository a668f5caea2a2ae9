//! Each shipped scenario is one trial: `cargo test --test scenarios`, or `cargo nextest run --test scenarios`.
//!
//! `FIXPROOF_TARGET` names another target than the embedded simulated staging, `FIXPROOF_PROFILE` another profile of it.

use std::path::Path;

fn main() {
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    fixproof_cli::libtest::main(&scenarios)
}
