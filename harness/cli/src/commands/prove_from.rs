//! `fixproof prove --from REPORT.json`: could the scenarios have failed at all? A healthy run's observations are judged
//! again with one fact changed at a time. Nothing is sent.

use std::path::Path;

use fixproof::LoadedHarness;
use fixproof::model::Report;
use fixproof_prove::recorded::{Source, prove_recorded};
use fixproof_prove::{Proof, ProofProvenance, Section};

use crate::arguments::ProveArguments;
use crate::commands::prove::{detail, refuse};
use crate::exit::Exit;
use crate::{stored, terminal};

/// Proves the scenarios of a stored report.
pub(crate) fn prove_from(path: &Path, arguments: &ProveArguments) -> Exit {
    let report = match stored::report(path) {
        Ok(report) => report,
        Err(problem) => return refuse(&problem.into(), arguments),
    };
    match arguments.harness(Some(&report.provenance.target)).load() {
        Ok(loaded) => prove_report(&report, &loaded, Source::Report, arguments),
        Err(refused) => refuse(&refused, arguments),
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
        Err(invalid) => return refuse(&invalid, arguments),
    };
    let style = terminal::style(arguments.color);
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
