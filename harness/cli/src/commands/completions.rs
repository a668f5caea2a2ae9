//! `fixproof completions`: made from the same definition that reads the arguments.

use clap::CommandFactory;

use crate::arguments::{Arguments, CompletionsArguments};
use crate::exit::Exit;
use crate::terminal;

/// Prints a completion script.
pub(crate) fn completions(arguments: &CompletionsArguments) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "fixproof", &mut script);
    terminal::data(&String::from_utf8_lossy(&script));
    Exit::Done
}
