//! Writes the reports of a run. Every place is tried before the run; a report that fails keeps no other from being written.

use std::path::{Path, PathBuf};

use fixproof::model::{Code, Problem, Report};
use fixproof::report::{FORMATS, Format, FormatOptions, JunitProfile, format_named, text};

use crate::output::{Output, terminal};

use super::atomic_write::{atomic_write, try_place};

/// The reports to write.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReportRequest {
    /// The folder for the reports that every run writes; a replay writes none of them.
    pub folder: Option<PathBuf>,
    /// More of them, as `FORMAT=PATH`.
    pub more: Vec<String>,
    /// How they are written.
    pub options: FormatOptions,
}

/// The reports of one run, each with its place.
pub(crate) struct ReportWriter {
    destinations: Vec<Destination>,
    options: FormatOptions,
}

struct Destination {
    format: &'static dyn Format,
    to: To,
}

enum To {
    Stdout,
    File(PathBuf),
}

/// One report after writing.
pub(crate) struct Written {
    /// Its place.
    pub path: String,
    /// Why it could not be written.
    pub outcome: Result<(), String>,
}

/// The formats every run writes into the reports folder.
const ALWAYS: [&str; 3] = ["junit", "json", "html"];

impl ReportWriter {
    /// Reads the request and tries every place before anything is sent.
    pub(crate) fn new(request: &ReportRequest) -> Result<ReportWriter, Vec<Problem>> {
        let options = request.options;
        let always = |folder: &PathBuf| {
            let formats = ALWAYS.iter().filter_map(|name| format_named(name));
            let to = |format: &'static dyn Format| To::File(folder.join(format.file_name()));
            formats.map(|format| Destination { format, to: to(format) }).collect()
        };
        let mut destinations: Vec<Destination> = request.folder.as_ref().map(always).unwrap_or_default();
        let mut problems = Vec::new();
        for text in &request.more {
            match destination(text) {
                Ok(destination) => destinations.push(destination),
                Err(problem) => problems.push(problem),
            }
        }
        if destinations.iter().filter(|destination| matches!(destination.to, To::Stdout)).count() > 1 {
            problems.push(
                Problem::nowhere(Code::BadArgument, "only one report can be written to stdout")
                    .help("give the others a path"),
            );
        }
        problems.extend(destinations.iter().filter_map(|destination| {
            parts_on_stdout(destination, options.junit_profile, "--report junit=")
        }));
        problems.extend(same_path(&destinations));
        problems.extend(handoff_without_markdown(
            destinations.iter().map(|destination| destination.format),
            options,
        ));
        problems.extend(destinations.iter().filter_map(|one| not_writable(one, "--report or --reports")));
        if problems.is_empty() { Ok(ReportWriter { destinations, options }) } else { Err(problems) }
    }

    /// One report alone, to a place or to stdout. Its place is tried at once.
    pub(crate) fn alone(
        format: &'static dyn Format,
        to: Option<&Path>,
        options: FormatOptions,
    ) -> Result<ReportWriter, Problem> {
        let destination = Destination { format, to: to.map_or(To::Stdout, |path| To::File(path.to_owned())) };
        match parts_on_stdout(&destination, options.junit_profile, "--output")
            .or_else(|| handoff_without_markdown([format], options))
            .or_else(|| not_writable(&destination, "--output"))
        {
            None => Ok(ReportWriter { destinations: vec![destination], options }),
            Some(problem) => Err(problem),
        }
    }

    /// Does a report go to stdout, so that nothing else may?
    pub(crate) fn uses_stdout(&self) -> bool {
        self.destinations.iter().any(|destination| matches!(destination.to, To::Stdout))
    }

    /// Writes every report; one that fails keeps no other from being written.
    pub(crate) fn write(&self, report: &Report) -> Vec<Written> {
        self.destinations.iter().flat_map(|destination| self.write_one(destination, report)).collect()
    }

    fn write_one(&self, destination: &Destination, report: &Report) -> Vec<Written> {
        let path = match &destination.to {
            To::Stdout => "stdout".to_owned(),
            To::File(path) => path.display().to_string(),
        };
        let rendered = match destination.format.render(report, &self.options) {
            Ok(rendered) => rendered,
            Err(error) => return vec![Written { path, outcome: Err(error.to_string()) }],
        };
        let To::File(file) = &destination.to else {
            let printed = rendered.iter().try_for_each(|one| terminal::document(&one.bytes));
            return vec![Written { path, outcome: printed.map_err(|why| why.to_string()) }];
        };
        rendered
            .iter()
            .map(|one| {
                let place = one.place(file);
                let outcome = atomic_write(&place, &one.bytes).map_err(|why| why.to_string());
                Written { path: place.display().to_string(), outcome }
            })
            .collect()
    }

    /// Prints the summary, to stderr where a report goes to stdout, and where the reports are.
    pub(crate) fn print(&self, report: &Report, written: &[Written], output: Output) {
        let summary = text::summary(report, output.detail, output.style);
        if self.uses_stdout() {
            terminal::complain(&summary);
        } else {
            terminal::data(&summary);
        }
        print_written(written, output.is_quiet());
    }

    /// Is one of the reports in this format?
    pub(crate) fn has(&self, format: &str) -> bool {
        self.destinations.iter().any(|destination| destination.format.name() == format)
    }
}

/// Prints the places of reports, and an error for each that could not be written.
pub(crate) fn print_written(written: &[Written], quiet: bool) {
    let there: Vec<&str> = written.iter().filter(|w| w.outcome.is_ok()).map(|w| w.path.as_str()).collect();
    if !quiet && !there.is_empty() {
        terminal::complain(&format!("reports: {}", there.join(", ")));
    }
    for (path, why) in written.iter().filter_map(|w| w.outcome.as_ref().err().map(|why| (&w.path, why))) {
        terminal::complain(&format!("error[report-path]: cannot write the report {path}: {why}"));
    }
}

/// Was every report written?
pub(crate) fn all_written(written: &[Written]) -> bool {
    written.iter().all(|one| one.outcome.is_ok())
}

fn destination(text: &str) -> Result<Destination, Problem> {
    let names: Vec<&str> = FORMATS.iter().map(|format| format.name()).collect();
    let bad = |message: String| {
        Err(Problem::nowhere(Code::BadArgument, message)
            .help(format!("write --report FORMAT=PATH; the formats are: {}", names.join(", "))))
    };
    let Some((name, path)) = text.split_once('=') else {
        return bad(format!("--report `{text}` has no path"));
    };
    let Some(format) = format_named(name) else { return bad(format!("there is no report format `{name}`")) };
    match path {
        "" => bad(format!("--report `{text}` has no path")),
        "-" => Ok(Destination { format, to: To::Stdout }),
        path => Ok(Destination { format, to: To::File(PathBuf::from(path)) }),
    }
}

/// Two reports with one path: the later one would overwrite the other.
fn same_path(destinations: &[Destination]) -> Vec<Problem> {
    let places: Vec<(PathBuf, &Path)> = destinations
        .iter()
        .filter_map(|destination| match &destination.to {
            To::File(path) => Some((one_name(path), path.as_path())),
            To::Stdout => None,
        })
        .collect();
    let again = |at: usize| places[..at].iter().any(|(name, _)| *name == places[at].0);
    (0..places.len())
        .filter(|at| again(*at))
        .map(|at| {
            let message = format!("two reports have the same path {}", places[at].1.display());
            Problem::nowhere(Code::BadArgument, message).help(
                "change one of the paths; every run writes junit.xml, report.json and report.html into --reports",
            )
        })
        .collect()
}

/// A path by the name that its folder really has.
fn one_name(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = || whole.parent().and_then(|folder| std::fs::canonicalize(folder).ok());
    let named = || Some(folder()?.join(whole.file_name()?));
    std::fs::canonicalize(&whole).ok().or_else(named).unwrap_or_else(|| whole.clone())
}

/// Several documents for stdout, which takes one.
fn parts_on_stdout(destination: &Destination, profile: JunitProfile, option: &str) -> Option<Problem> {
    let many = matches!(destination.to, To::Stdout)
        && destination.format.name() == "junit"
        && profile == JunitProfile::Surefire;
    let message = "the surefire profile writes several files, and stdout takes only one document";
    many.then(|| Problem::nowhere(Code::BadArgument, message).help(format!("give {option} a path")))
}

/// A hand-off document is a markdown report: without one, `--handoff` would do nothing.
pub(crate) fn handoff_without_markdown(
    requested: impl IntoIterator<Item = &'static dyn Format>,
    options: FormatOptions,
) -> Option<Problem> {
    options.handoff?;
    let none = !requested.into_iter().any(|format| format.name() == "markdown");
    let message = "--handoff requires a markdown report";
    none.then(|| {
        Problem::nowhere(Code::BadArgument, message).help(
            "add --report markdown=PATH; for a stored report: fixproof show REPORT.json --format markdown",
        )
    })
}

/// A path that can't be written to.
fn not_writable(destination: &Destination, option: &str) -> Option<Problem> {
    let To::File(path) = &destination.to else { return None };
    let why = try_place(path).err()?;
    let message =
        format!("cannot write the {} report to {}: {why}", destination.format.name(), path.display());
    let help = format!("name a writable path with {option}");
    Some(Problem::nowhere(Code::ReportPath, message).help(help))
}
