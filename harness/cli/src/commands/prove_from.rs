//! `fixproof prove --from REPORT.json`: could the scenarios have failed at all? A healthy run's observations are judged
//! again with one fact changed at a time. Nothing is sent.

use std::path::Path;

use fixproof::LoadedHarness;
use fixproof::model::Report;
use fixproof_prove::recorded::{Source, prove_recorded};
use fixproof_prove::{Proof, ProofProvenance, Section};

use crate::args::ProveArguments;
use crate::commands::prove::detail;
use crate::output::Exit;
use crate::output::terminal;
use crate::reports::report_file;

/// Proves the scenarios of a stored report.
pub(crate) fn prove_from(path: &Path, arguments: &ProveArguments) -> Exit {
    let report = match report_file::read(path) {
        Ok(report) => report,
        Err(problem) => return terminal::refuse(&problem.into(), arguments.style()),
    };
    match arguments.harness(Some(&report.provenance.target)).load() {
        Ok(loaded) => prove_report(&report, &loaded, Source::Report, arguments),
        Err(refused) => terminal::refuse(&refused, arguments.style()),
    }
}

/// Proves the scenarios of a suite by what a report recorded.
pub(super) fn prove_report(
    report: &Report,
    loaded: &LoadedHarness,
    source: Source,
    arguments: &ProveArguments,
) -> Exit {
    let (recall, warnings) = match loaded.recall(report) {
        Ok(recalled) => recalled,
        Err(invalid) => return terminal::refuse(&invalid, arguments.style()),
    };
    let style = arguments.style();
    if !arguments.quiet {
        terminal::problems(&warnings, loaded.sources(), style);
    }
    let recorded = prove_recorded(&recall, source);
    let provenance = ProofProvenance::of(loaded, &arguments.filters);
    let proof = Proof::new(provenance, recorded.result(), Section::Recorded(recorded));
    if arguments.format == "json" {
        match serde_json::to_string_pretty(&proof) {
            Ok(json) => terminal::data(&json),
            Err(error) => {
                terminal::complain(&format!("error: the proof can't be written as JSON: {error}"));
                return Exit::Unfinished;
            }
        }
    } else {
        terminal::data(&fixproof_prove::report::summary(&proof, detail(arguments), style));
    }
    Exit::of_proof(proof.result)
}
