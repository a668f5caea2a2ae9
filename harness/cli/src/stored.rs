//! A stored report: found, read, and taken whole or not at all.

use std::io::Read;
use std::path::Path;

use fixproof::model::{Code, Problem, Report};

/// Reads the report at a path; `-` is stdin.
///
/// # Errors
/// The mistake to tell: no such file, no report, one of another version, one that was cut off.
pub(crate) fn report(path: &Path) -> Result<Report, Problem> {
    let shown = if path == Path::new("-") { "stdin".to_owned() } else { path.display().to_string() };
    let bytes = bytes(path).map_err(|why| {
        Problem::nowhere(Code::Unreadable, format!("the report {shown} can't be read: {why}"))
            .help("every run writes one: reports/report.json, or where --reports and --report json=PATH say")
    })?;
    Report::read(&bytes).map_err(|why| {
        Problem::nowhere(Code::Unreadable, format!("{shown} is not read as a report: {why}")).help(
            "give the report.json of a run as it was written; `fixproof schema report` says what is in one",
        )
    })
}

fn bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    if path != Path::new("-") {
        return std::fs::read(path);
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}
