//! GitHub Actions: annotations, job summary and step outputs. The only place that knows its environment.
//!
//! Nothing here changes the verdict or the exit code: a failure is a warning on stderr. Annotations go to stderr: the runner
//! reads both streams, and stdout may hold a report.

use std::io::Write;
use std::path::{Path, PathBuf};

use fixproof::model::Report;
use fixproof::report::{FormatOptions, format_named, verdict_word};

use crate::output::terminal;
use crate::reports::{ReportRequest, ReportWriter, Written};

/// GitHub's limit for the summary of one step, in bytes.
const SUMMARY: u64 = 1 << 20;
/// GitHub's limit for the outputs of one step, in bytes.
const OUTPUT: u64 = 1 << 20;

/// GitHub Actions around this process.
pub(crate) struct Actions {
    /// Not where the user requested them as a report.
    annotates: bool,
    summary: Option<PathBuf>,
    output: Option<PathBuf>,
    options: FormatOptions,
    /// The JSON report, where it was written.
    report: Option<String>,
}

impl Actions {
    /// The service this process runs in; nothing outside of it.
    pub(crate) fn detect(
        request: &ReportRequest,
        writer: &ReportWriter,
        written: &[Written],
    ) -> Option<Actions> {
        std::env::var_os("GITHUB_ACTIONS").filter(|value| value == "true")?;
        let file = |name| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
        let json = format_named("json").map_or("report.json", |format| format.file_name());
        let json = request.folder.as_ref().map(|folder| folder.join(json).display().to_string());
        Some(Actions {
            annotates: !writer.has("github"),
            summary: file("GITHUB_STEP_SUMMARY"),
            output: file("GITHUB_OUTPUT"),
            options: request.options,
            report: json.filter(|path| written.iter().any(|one| one.path == *path && one.outcome.is_ok())),
        })
    }

    /// Writes annotations, job summary and step outputs.
    pub(crate) fn publish(&self, report: &Report) {
        if self.annotates
            && let Some(annotations) = self.rendered("github", report)
        {
            terminal::complain(&String::from_utf8_lossy(&annotations));
        }
        if let Some(place) = &self.summary
            && let Some(markdown) = self.rendered("markdown", report)
        {
            warn("the job summary", place, append(place, &markdown, SUMMARY));
        }
        if let Some(place) = &self.output {
            warn("the step outputs", place, append(place, self.outputs(report).as_bytes(), OUTPUT));
        }
    }

    /// A report in that format, where there is such a format.
    fn rendered(&self, format: &str, report: &Report) -> Option<Vec<u8>> {
        match format_named(format)?.render(report, &self.options) {
            Ok(rendered) => Some(rendered.into_iter().flat_map(|one| one.bytes).collect()),
            Err(why) => {
                terminal::complain(&format!(
                    "warning: cannot make the {format} output for GitHub Actions: {why}"
                ));
                None
            }
        }
    }

    fn outputs(&self, report: &Report) -> String {
        let percentage = report.decision.percentage.map(|share| share.percent_floor()).unwrap_or_default();
        let values = [
            ("verdict", verdict_word(report)),
            ("percentage", percentage.trim_end_matches('%')),
            ("report", self.report.as_deref().unwrap_or_default()),
        ];
        let mut end = format!("fixproof_{}", report.provenance.nonce.digits());
        while values.iter().any(|(_, value)| value.contains(&end)) {
            end.push('_');
        }
        values.iter().map(|(name, value)| format!("{name}<<{end}\n{value}\n{end}\n")).collect()
    }
}

/// Appends all of the bytes, or none where the limit would be exceeded.
fn append(place: &Path, bytes: &[u8], limit: u64) -> std::io::Result<()> {
    let there = match std::fs::metadata(place) {
        // A pipe would keep the run from ending.
        Ok(found) if !found.is_file() => return Err(std::io::Error::other("it is not a regular file")),
        Ok(found) => found.len(),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => 0,
        Err(why) => return Err(why),
    };
    let own_line: &[u8] = if there > 0 { b"\n" } else { b"" };
    let whole = [own_line, bytes].concat();
    if there + whole.len() as u64 > limit {
        let (there, more) = (there, whole.len());
        let why =
            format!("GitHub's limit is {limit} bytes a step; it has {there}, and {more} more are needed");
        return Err(std::io::Error::other(why));
    }
    std::fs::OpenOptions::new().append(true).create(true).open(place)?.write_all(&whole)
}

fn warn(what: &str, place: &Path, written: std::io::Result<()>) {
    if let Err(why) = written {
        let place = fixproof::report::sanitize(&place.display().to_string());
        terminal::complain(&format!(
            "warning: cannot write {what} to {place}: {why}; the verdict and the exit code are unchanged"
        ));
    }
}
