//! Proves that the scenarios of a suite can fail, in three ways.
//!
//! [`controls`] runs the suite beside each fault of the simulated staging, [`mutation`] changes one field of one healthy
//! answer at a time, and [`recorded`] judges a recorded run again with one fact changed at a time. The first two share
//! the [`lab`]: simulated stagings, room on the machine, progress and interrupts. [`report`] writes what is proved.
//! Nothing here prints, reads arguments or writes a file.

#![cfg_attr(not(test), warn(clippy::too_many_lines))]

pub mod controls;
mod field_coverage;
pub mod lab;
pub mod mutation;
mod perturbation;
mod proof;
pub mod recorded;
pub mod report;

pub use proof::{Proof, ProofKind, ProofProvenance, ProofResult, Section, Simulation};
