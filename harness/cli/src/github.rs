//! GitHub Actions: what a run tells it by itself. The only place that knows its environment.
//!
//! Nobody ordered what is told here, so nothing of it changes the verdict or the exit code: what can't be written is told
//! on stderr. Annotations go to stderr, too: the runner reads both streams, and stdout may be a report's.

use std::io::Write;
use std::path::{Path, PathBuf};

use fixproof::model::Report;
use fixproof::report::{FormatOptions, format_named, verdict_word};

use crate::arguments::RunArguments;
use crate::paper::Paper;
use crate::terminal;

/// How much GitHub takes of one step's summary.
const SUMMARY: u64 = 1 << 20;
/// How much it takes of one step's outputs.
const OUTPUT: u64 = 1 << 20;

/// GitHub Actions around this process.
pub(crate) struct Actions {
    /// Not where the user ordered them to another place.
    annotates: bool,
    summary: Option<PathBuf>,
    output: Option<PathBuf>,
    options: FormatOptions,
    /// Where the JSON report goes.
    report: PathBuf,
}

impl Actions {
    /// Nothing outside of it, and nothing where the user does not want it.
    pub(crate) fn around(arguments: &RunArguments) -> Option<Actions> {
        let is_there = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        if !is_there || arguments.no_ci_output {
            return None;
        }
        let file = |name| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
        let json = format_named("json").map_or("report.json", |format| format.file_name());
        Some(Actions {
            annotates: !arguments.report.iter().any(|order| order.starts_with("github=")),
            summary: file("GITHUB_STEP_SUMMARY"),
            output: file("GITHUB_OUTPUT"),
            options: arguments.formats.options(),
            report: arguments.reports.join(json),
        })
    }

    /// Annotations, the job's summary, the step's outputs.
    pub(crate) fn tell(&self, report: &Report, written: &[Paper]) {
        if self.annotates
            && let Some(annotations) = self.rendered("github", report)
        {
            terminal::complain(&String::from_utf8_lossy(&annotations));
        }
        if let Some(place) = &self.summary
            && let Some(markdown) = self.rendered("markdown", report)
        {
            told("the job's summary", place, append(place, &markdown, SUMMARY));
        }
        if let Some(place) = &self.output {
            told(
                "the step's outputs",
                place,
                append(place, self.outputs(report, written).as_bytes(), OUTPUT),
            );
        }
    }

    /// A report in that format, where there is such a format.
    fn rendered(&self, format: &str, report: &Report) -> Option<Vec<u8>> {
        match format_named(format)?.render(report, &self.options) {
            Ok(rendered) => Some(rendered.into_iter().flat_map(|one| one.bytes).collect()),
            Err(why) => {
                terminal::complain(&format!("warning: nothing told to GitHub Actions as {format}: {why}"));
                None
            }
        }
    }

    fn outputs(&self, report: &Report, written: &[Paper]) -> String {
        let percentage = report.decision.percentage.map(|share| share.percent_floor()).unwrap_or_default();
        let path = self.report.display().to_string();
        let is_there = written.iter().any(|paper| paper.path == path && paper.outcome.is_ok());
        let values = [
            ("verdict", verdict_word(report)),
            ("percentage", percentage.trim_end_matches('%')),
            ("report", if is_there { &path } else { "" }),
        ];
        let mut end = format!("fixproof_{}", report.provenance.nonce.digits());
        while values.iter().any(|(_, value)| value.contains(&end)) {
            end.push('_');
        }
        values.iter().map(|(name, value)| format!("{name}<<{end}\n{value}\n{end}\n")).collect()
    }
}

/// Behind what is there already, and all of it or nothing.
fn append(place: &Path, bytes: &[u8], limit: u64) -> std::io::Result<()> {
    let there = match std::fs::metadata(place) {
        // A pipe would keep the run from ending.
        Ok(found) if !found.is_file() => return Err(std::io::Error::other("it is no file")),
        Ok(found) => found.len(),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => 0,
        Err(why) => return Err(why),
    };
    let own_line: &[u8] = if there > 0 { b"\n" } else { b"" };
    let whole = [own_line, bytes].concat();
    if there + whole.len() as u64 > limit {
        let (there, more) = (there, whole.len());
        let why = format!("GitHub takes {limit} bytes of a step; {there} are there, and {more} would follow");
        return Err(std::io::Error::other(why));
    }
    std::fs::OpenOptions::new().append(true).create(true).open(place)?.write_all(&whole)
}

fn told(what: &str, place: &Path, written: std::io::Result<()>) {
    if let Err(why) = written {
        let place = fixproof::report::harmless(&place.display().to_string());
        terminal::complain(&format!(
            "warning: {what} could not be written to {place}: {why}; the verdict and the exit code stay as they are"
        ));
    }
}
