//! Mutation testing of a suite: one field of one healthy answer is changed at a time. A scenario that reads the field must
//! fail, and no other.

mod baseline;
mod batches;
mod bisect;
mod declared;
mod judge;
mod model;
mod run;
mod staging_pool;
mod trials;

pub use judge::mutation_proof;
pub use model::{
    FalseAlarm, FieldStanding, MissingKill, MutatedAnswer, MutatedField, MutationOutcome, MutationProof,
    MutationResults, NotGreen, SuppressedChange, UnusedSuppression,
};
pub use run::{MutationPlan, run_mutations};
