//! The word of a result.

use fixproof::report::style::Paint;

use crate::{Proof, ProofResult};

/// The word, and its colour. Only a whole proof that succeeded is green.
pub(super) fn headline(proof: &Proof) -> (&'static str, Paint) {
    match (proof.result, proof.partial) {
        (ProofResult::Proved, false) => ("PROVED", Paint::Green),
        (ProofResult::Proved, true) => ("PARTLY PROVED", Paint::Yellow),
        (ProofResult::NotProved | ProofResult::Unhealthy | ProofResult::NothingJudged, _) => {
            ("NOT PROVED", Paint::Red)
        }
        (ProofResult::Interrupted, _) => ("INTERRUPTED", Paint::Red),
    }
}
