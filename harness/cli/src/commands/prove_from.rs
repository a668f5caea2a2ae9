//! `fixproof prove --from REPORT.json`: could the scenarios have failed at all? A healthy run's observations are judged
//! again with one fact changed at a time. Nothing is sent.

use std::path::Path;

use fixproof::LoadedHarness;
use fixproof::model::{InvalidInput, Report};
use fixproof_prove::recorded::{Source, prove_recorded};
use fixproof_prove::{Proof, ProofProvenance, Section};

use crate::output::{Exit, terminal};
use crate::reports::report_file;

use super::prove_request::ProveRequest;

/// Proves the scenarios of a stored report.
pub(super) fn prove_from(path: &Path, request: &ProveRequest) -> Result<Exit, InvalidInput> {
    let report = report_file::read(path)?;
    let loaded = request.harness.clone().or_target(&report.provenance.target).load()?;
    prove_report(&report, &loaded, Source::Report, request)
}

/// Proves the scenarios of a suite by what a report recorded.
pub(super) fn prove_report(
    report: &Report,
    loaded: &LoadedHarness,
    source: Source,
    request: &ProveRequest,
) -> Result<Exit, InvalidInput> {
    let (recall, warnings) = loaded.recall(report)?;
    let style = request.output.style;
    if !request.output.is_quiet() {
        terminal::problems(&warnings, loaded.sources(), style);
    }
    let recorded = prove_recorded(&recall, source);
    let provenance = ProofProvenance::of(loaded, &request.filters);
    let proof = Proof::new(provenance, recorded.result(), Section::Recorded(recorded));
    if request.json {
        match serde_json::to_string_pretty(&proof) {
            Ok(json) => terminal::data(&json),
            Err(error) => {
                terminal::complain(&format!("error: cannot write the proof as JSON: {error}"));
                return Ok(Exit::Unfinished);
            }
        }
    } else {
        terminal::data(&fixproof_prove::report::summary(&proof, request.detail(), style));
    }
    Ok(Exit::of_proof(proof.result))
}
