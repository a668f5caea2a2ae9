//! What every kind of proof gets from the command line, and how each ends.

use std::path::PathBuf;

use fixproof::Harness;
use fixproof::report::text;
use fixproof_prove::Proof;
use fixproof_prove::report::{Detail, summary};

use crate::output::{Exit, Output, terminal};
use crate::proof_writer::ProofWriter;
use crate::reports::{ReportRequest, all_written, print_written};

/// A proof to make.
pub(crate) struct ProveRequest {
    pub harness: Harness,
    pub kind: ProveKind,
    /// Only faults, scenarios or answers whose name contains one of these.
    pub filters: Vec<String>,
    /// How many controls run concurrently.
    pub jobs: Option<u16>,
    pub reports: ReportRequest,
    /// Print a proof of recorded answers as JSON.
    pub json: bool,
    pub output: Output,
}

/// What a proof is made of.
pub(crate) enum ProveKind {
    /// Controls; for a real target, its own answers.
    Controls,
    /// Changed fields of healthy answers.
    Mutations,
    /// A stored report.
    Report(PathBuf),
}

impl ProveRequest {
    /// How much the proof prints.
    pub(super) fn detail(&self) -> Detail {
        match self.output.detail {
            text::Detail::Quiet => Detail::Quiet,
            text::Detail::Normal => Detail::Normal,
            text::Detail::Verbose => Detail::Verbose,
        }
    }
}

/// Writes a proof, prints its summary, and ends as its result says.
pub(super) fn finish(proof: &Proof, writer: &ProofWriter, request: &ProveRequest) -> Exit {
    let written = writer.write(proof);
    let summary = summary(proof, request.detail(), request.output.style);
    if writer.use_stdout() {
        terminal::complain(&summary)
    } else {
        terminal::data(&summary)
    }
    print_written(&written, request.output.is_quiet());
    if all_written(&written) { Exit::of_proof(proof.result) } else { Exit::Unfinished }
}
