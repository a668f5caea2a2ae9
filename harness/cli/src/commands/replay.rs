//! `fixproof replay`: judges a recorded run with today's suite. Sends nothing, so a replay never approves.

use std::path::PathBuf;

use fixproof::Harness;
use fixproof::model::{InvalidInput, Share};

use crate::output::{Exit, Output, terminal};
use crate::reports::{ReportRequest, ReportWriter, all_written, report_file};

/// A replay to make.
pub(crate) struct ReplayRequest {
    /// The recorded report.
    pub from: PathBuf,
    /// Without a target, the recorded one.
    pub harness: Harness,
    /// Overrides the suite's.
    pub threshold: Option<Share>,
    pub reports: ReportRequest,
    pub output: Output,
}

/// Judges a stored report again.
pub(crate) fn replay(request: &ReplayRequest) -> Result<Exit, InvalidInput> {
    let output = request.output;
    let writer = ReportWriter::new(&request.reports)?;
    let recorded = report_file::read(&request.from)?;
    let loaded = request.harness.clone().or_target(&recorded.provenance.target).load()?;
    let (recall, warnings) = loaded.recall(&recorded)?;
    if !output.is_quiet() {
        terminal::problems(&warnings, loaded.sources(), output.style);
    }
    let report = loaded.replay(&recall, request.threshold);
    let written = writer.write(&report);
    writer.print(&report, &written, output);
    Ok(Exit::of_run(&report, all_written(&written)))
}
