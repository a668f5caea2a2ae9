//! `fixproof show`: a stored report in another format. Runs nothing and judges nothing, so it approves nothing.

use std::path::PathBuf;

use fixproof::model::{Code, InvalidInput, Problem, Report};
use fixproof::report::{FORMATS, FormatOptions, format_named, text};

use crate::output::{Exit, Output, terminal};
use crate::reports::atomic_write::atomic_write;
use crate::reports::{ReportWriter, all_written, handoff_without_markdown, print_written, report_file};

/// The format for people.
const TEXT: &str = "text";

/// A report to show.
pub(crate) struct ShowRequest {
    /// The recorded report.
    pub from: PathBuf,
    pub format: String,
    /// A file instead of stdout.
    pub to: Option<PathBuf>,
    pub options: FormatOptions,
    pub output: Output,
}

/// Shows a stored report.
pub(crate) fn show(request: &ShowRequest) -> Result<Exit, InvalidInput> {
    if request.format == TEXT {
        return match handoff_without_markdown([], request.options) {
            Some(problem) => Err(problem.into()),
            None => Ok(as_text(&report_file::read(&request.from)?, request)),
        };
    }
    let Some(format) = format_named(&request.format) else {
        let names: Vec<&str> = FORMATS.iter().map(|format| format.name()).collect();
        let message = format!("unknown report format `{}`", request.format);
        let help = format!("the formats are: {TEXT}, {}", names.join(", "));
        return Err(Problem::nowhere(Code::BadArgument, message).help(help).into());
    };
    let writer = ReportWriter::alone(format, request.to.as_deref(), request.options)?;
    let written = writer.write(&report_file::read(&request.from)?);
    print_written(&written, request.output.is_quiet() || writer.uses_stdout());
    Ok(Exit::of_written(all_written(&written)))
}

fn as_text(report: &Report, request: &ShowRequest) -> Exit {
    let Output { style, detail } = request.output;
    let Some(place) = &request.to else {
        terminal::data(&text::summary(report, detail, style));
        return Exit::Done;
    };
    let text = text::summary(report, detail, terminal::plain_style());
    match atomic_write(place, text.as_bytes()) {
        Ok(()) => Exit::Done,
        Err(why) => {
            terminal::complain(&format!("error: cannot write {}: {why}", place.display()));
            Exit::Unfinished
        }
    }
}
