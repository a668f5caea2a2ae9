//! fixproof, the library: scenario files in, a verdict out.
//!
//! ```
//! use fixproof::Harness;
//! use fixproof::model::Judgement;
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let target = r#"
//! name = "here"
//! [component.shell]
//! program = "printf"
//! "#;
//! let scenarios = r#"
//! [[scenario]]
//! id        = "shell-prints"
//! title     = "The shell's printf prints what it is given"
//! component = "shell"
//! probe     = "command"
//! with      = { argv = ["{{shell.program}}", "healthy"] }
//! expect    = [{ that = "stdout", equals = "healthy" }]
//! "#;
//! let harness = Harness::from_texts(".", &[("targets/here.toml", target), ("shell.toml", scenarios)]);
//! let report = harness.run().await?;
//! assert_eq!(report.decision.judgement, Judgement::Approved);
//!
//! // A mistake is an error with its place, and nothing is sent.
//! let typo = scenarios.replace("equals", "equal");
//! let harness = Harness::from_texts(".", &[("targets/here.toml", target), ("shell.toml", &typo)]);
//! let invalid = harness.run().await.unwrap_err();
//! assert!(invalid.to_string().contains("did you mean `equals`?"), "{invalid}");
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! A suite in a folder, against one of its targets, with a probe of your own:
//! `Harness::new("scenarios").target("staging").probe(&FileAge).run().await?` (`examples/own_probe.rs`).
//!
//! [`Harness`] is the facade over the parts: `fixproof-core` ([`model`], [`load`], [`judge`], [`report`]),
//! `fixproof-probes` ([`probe`]: everything that opens a socket) and the [`engine`], which plans and runs.

#![cfg_attr(not(test), warn(clippy::disallowed_methods, clippy::too_many_lines))]

pub mod engine;
mod harness;
mod plan;
mod replay;
mod run;

pub use fixproof_core::{judge, load, model, redact, report};
pub use fixproof_probes as probe;
pub use fixproof_probes::clock;
pub use harness::{Harness, LoadedHarness, PlannedRun, SimulatedTarget, Simulator};
