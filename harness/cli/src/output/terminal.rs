//! Where text leaves the program. A closed pipe is no error and no panic; colour is stripped where it can't be shown.

use std::io::{IsTerminal, Write};

use fixproof::model::{InvalidInput, Level, Problem, Sources};
use fixproof::report::{Style, frame};

use super::Exit;

/// Data, to stdout.
pub(crate) fn data(text: &str) {
    write(anstream::stdout(), text);
}

/// A document, to stdout.
///
/// # Errors
/// It could not be written. A closed pipe is no error: the exit code remains.
pub(crate) fn document(bytes: &[u8]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Everything else, to stderr.
pub(crate) fn complain(text: &str) {
    write(anstream::stderr(), text);
}

fn write(mut to: impl Write, text: &str) {
    let line_end = if text.ends_with('\n') || text.is_empty() { "" } else { "\n" };
    // A closed pipe ends the output; the exit code remains.
    let _ = to
        .write_all(text.as_bytes())
        .and_then(|()| to.write_all(line_end.as_bytes()))
        .and_then(|()| to.flush());
}

/// The width a frame may take.
#[must_use]
pub(crate) fn width() -> usize {
    let known = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let seen = || terminal_size::terminal_size_of(std::io::stderr()).map(|(width, _)| usize::from(width.0));
    known.or_else(seen).unwrap_or(120).clamp(40, 200)
}

/// Is stderr a terminal that can redraw a line?
#[must_use]
pub(crate) fn is_interactive() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// The style with or without colour; `None` decides by the terminal and `NO_COLOR`. Colour that is asked for is written
/// into pipes and files too.
#[must_use]
pub(crate) fn style(colour: Option<bool>) -> Style {
    match colour {
        Some(true) => anstream::ColorChoice::Always.write_global(),
        Some(false) => anstream::ColorChoice::Never.write_global(),
        None => {}
    }
    let no_colour = || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Style { colour: colour.unwrap_or_else(|| is_interactive() && !no_colour()), width: width() }
}

/// No colour.
#[must_use]
pub(crate) fn plain_style() -> Style {
    Style { colour: false, width: width() }
}

/// Prints problems, each in its frame.
pub(crate) fn problems(problems: &[Problem], sources: &Sources, style: Style) {
    for problem in problems {
        complain(&format!("{}\n\n", frame::problem(problem, sources, style)));
    }
}

/// Prints why the input can't be used, and that nothing was sent.
pub(crate) fn refuse(invalid: &InvalidInput, style: Style) -> Exit {
    problems(&invalid.problems, &invalid.sources, style);
    let exit = Exit::of_problems(&invalid.problems);
    let errors = invalid.problems.iter().filter(|p| p.level == Level::Error).count();
    complain(&match (exit, errors) {
        (Exit::NothingJudged, _) => "nothing was judged; no requests were sent".to_owned(),
        (_, 1) => "1 error; no requests were sent".to_owned(),
        (_, errors) => format!("{errors} errors; no requests were sent"),
    });
    exit
}
