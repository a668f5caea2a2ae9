//! Where text leaves the program. A reader who went away is no error and no panic; colour is stripped where nobody
//! can see it.

use std::io::{IsTerminal, Write};

use fixproof::model::{InvalidInput, Level, Problem, Sources};
use fixproof::report::frame;

use crate::arguments::Colour;
use crate::exit::Exit;

/// Data, to stdout.
pub(crate) fn data(text: &str) {
    write(anstream::stdout(), text);
}

/// A document, to stdout.
///
/// # Errors
/// When it could not be written. That nobody reads on is none: the exit code still tells.
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
    // A closed pipe means that nobody reads on. The exit code still tells.
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

/// Is anybody looking at stderr?
#[must_use]
pub(crate) fn is_watched() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// How text is drawn: colour and width.
pub(crate) type Style = fixproof::report::Style;

/// The style for what the user asked and where the text goes. Whoever wants colour always, gets it in a pipe and in a file
/// as well: nothing is stripped from then on.
#[must_use]
pub(crate) fn style(colour: Colour) -> Style {
    match colour {
        Colour::Always => anstream::ColorChoice::Always.write_global(),
        Colour::Never => anstream::ColorChoice::Never.write_global(),
        Colour::Auto => {}
    }
    let colour = match colour {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => is_watched() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    };
    Style { colour, width: width() }
}

/// No colour.
#[must_use]
pub(crate) fn plain_style() -> Style {
    Style { colour: false, width: width() }
}

/// Shows mistakes of a suite, each in its frame.
pub(crate) fn problems(problems: &[Problem], sources: &Sources, style: Style) {
    for problem in problems {
        complain(&format!("{}\n\n", frame::problem(problem, sources, style)));
    }
}

/// Shows why the input can't be used.
pub(crate) fn refuse(invalid: &InvalidInput, style: Style) -> Exit {
    problems(&invalid.problems, &invalid.sources, style);
    let exit = Exit::of_problems(&invalid.problems);
    complain(&refusal(&invalid.problems, exit));
    exit
}

/// The last line of a refusal: how many mistakes, and that nothing was sent.
fn refusal(problems: &[Problem], exit: Exit) -> String {
    let errors = problems.iter().filter(|p| p.level == Level::Error).count();
    let plural = if errors == 1 { "" } else { "s" };
    match exit {
        Exit::NothingJudged => "nothing was judged, so nothing is approved; nothing was sent".to_owned(),
        _ => format!("{errors} mistake{plural}; nothing was sent"),
    }
}
