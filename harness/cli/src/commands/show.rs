//! `fixproof show`: a stored report again, in any format. It asks nobody and judges nothing, so it approves nothing.

use fixproof::model::{Code, Problem, Report, Sources};
use fixproof::report::{FORMATS, format_named, text};

use crate::arguments::ShowArguments;
use crate::exit::Exit;
use crate::paper::{self, Papers};
use crate::publish::publish_text;
use crate::{stored, terminal};

/// What is no format for machines.
const TEXT: &str = "text";

/// Shows a stored report.
pub(crate) fn show(arguments: &ShowArguments) -> Exit {
    match shown(arguments) {
        Ok(exit) => exit,
        Err(problem) => {
            terminal::problems(&[problem], &Sources::default(), terminal::style(arguments.color));
            Exit::BadInput
        }
    }
}

fn shown(arguments: &ShowArguments) -> Result<Exit, Problem> {
    if arguments.format == TEXT {
        if let Some(problem) = paper::handed_to_nobody([], arguments.formats.options()) {
            return Err(problem);
        }
        return Ok(as_text(&stored::report(&arguments.report)?, arguments));
    }
    let Some(format) = format_named(&arguments.format) else {
        let names: Vec<&str> = FORMATS.iter().map(|format| format.name()).collect();
        let message = format!("there is no report format `{}`", arguments.format);
        let help = format!("the formats are: {TEXT}, {}", names.join(", "));
        return Err(Problem::nowhere(Code::BadArgument, message).help(help));
    };
    let papers = Papers::alone(format, arguments.output.as_deref(), arguments.formats.options())?;
    let written = papers.write(&stored::report(&arguments.report)?);
    paper::tell(&written, arguments.quiet || papers.use_stdout());
    Ok(if written.iter().all(|paper| paper.outcome.is_ok()) { Exit::Done } else { Exit::Unfinished })
}

fn as_text(report: &Report, arguments: &ShowArguments) -> Exit {
    let how = text::Detail::of(arguments.quiet, arguments.verbose);
    let Some(place) = &arguments.output else {
        terminal::data(&text::summary(report, how, terminal::style(arguments.color)));
        return Exit::Done;
    };
    match publish_text(place, &text::summary(report, how, terminal::plain_style())) {
        Ok(()) => Exit::Done,
        Err(why) => {
            terminal::complain(&format!("error: {} could not be written: {why}", place.display()));
            Exit::Unfinished
        }
    }
}
