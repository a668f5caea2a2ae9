//! fixproof, the library: scenario files in, a verdict out.
//!
//! A facade over the parts: `fixproof-core` (model, loader, judge, reports), `fixproof-probes` (everything that opens
//! a socket) and the [`engine`], which plans and runs.

pub mod engine;
mod plan;
mod replay;
mod run;

pub use fixproof_core::{judge, load, model, redact, report};
pub use fixproof_probes as probe;
pub use fixproof_probes::clock;
