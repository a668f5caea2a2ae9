//! Reads the JSON report of an earlier run.

use std::io::Read;
use std::path::Path;

use fixproof::model::{Code, Problem, Report};

/// Reads the report at a path; `-` is stdin.
///
/// # Errors
/// No such file, not a report, of another version, or truncated.
pub(crate) fn read(path: &Path) -> Result<Report, Problem> {
    let shown = if path == Path::new("-") { "stdin".to_owned() } else { path.display().to_string() };
    let bytes = bytes(path).map_err(|why| {
        Problem::nowhere(Code::Unreadable, format!("the report {shown} cannot be read: {why}"))
            .help("a run writes reports/report.json; --reports and --report json=PATH change the place")
    })?;
    Report::read(&bytes).map_err(|why| {
        Problem::nowhere(Code::Unreadable, format!("{shown} is not a valid report: {why}"))
            .help("name an unchanged report.json of a run; `fixproof schema report` describes it")
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
