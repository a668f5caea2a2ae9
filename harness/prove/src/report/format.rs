//! The table of formats, and the summary of every kind of proof.

use fixproof::report::bounded_json;
use fixproof::report::format::FormatError;
use fixproof::report::style::Style;
use fixproof::report::text::Detail;

use super::controls::control_summary;
use super::html::proof_html;
use super::markdown::proof_markdown;
use super::mutation::mutation_summary;
use super::recorded::recorded_summary;
use crate::controls::ControlProof;
use crate::{Proof, ProofKind, Section};

/// A format that a proof can be written in.
pub struct ProofFormat {
    /// The word before the `=` of `--report`.
    pub name: &'static str,
    /// Is it for proofs by controls only?
    controls_only: bool,
    /// Makes the file.
    pub render: fn(&Proof) -> Result<Vec<u8>, FormatError>,
}

/// Every format. The first is written with every proof (its schema: `fixproof schema proof`).
static FORMATS: &[ProofFormat] = &[
    ProofFormat { name: "json", controls_only: false, render: |proof| bounded_json::write(proof) },
    ProofFormat { name: "markdown", controls_only: true, render: |proof| by_controls(proof, proof_markdown) },
    ProofFormat { name: "html", controls_only: true, render: |proof| by_controls(proof, proof_html) },
];

/// The formats of a kind of proof, JSON first.
pub fn formats_of(kind: ProofKind) -> impl Iterator<Item = &'static ProofFormat> {
    FORMATS.iter().filter(move |format| kind == ProofKind::Controls || !format.controls_only)
}

fn by_controls(proof: &Proof, render: fn(&Proof, &ControlProof) -> String) -> Result<Vec<u8>, FormatError> {
    match &proof.section {
        Section::Controls(controls) => Ok(render(proof, controls).into_bytes()),
        Section::Mutation(_) | Section::Recorded(_) => {
            Err(FormatError::Text("this format is for proofs by controls".to_owned()))
        }
    }
}

/// The end of a proof, for a terminal.
#[must_use]
pub fn summary(proof: &Proof, detail: Detail, style: Style) -> String {
    let quiet = detail == Detail::Quiet;
    match &proof.section {
        Section::Controls(controls) => control_summary(proof, controls, quiet, style),
        Section::Mutation(mutation) => mutation_summary(proof, mutation, quiet, style),
        Section::Recorded(recorded) => recorded_summary(recorded, detail),
    }
}
