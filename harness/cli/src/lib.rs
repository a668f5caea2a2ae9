//! The command line: the only crate that prints, and the only one that turns a decision into an exit code.
//!
//! `args` reads the command line once, into a `commands::Request`; nothing else knows the raw arguments. Data goes to
//! stdout, everything else to stderr.

#![cfg_attr(not(test), warn(clippy::too_many_lines))]

mod args;
mod ci;
mod commands;
pub mod libtest;
mod notify;
mod output;
mod proof_writer;
mod prove_lab;
mod reports;
mod runtime;
mod simulated_target;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use output::Exit;
use output::terminal;

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    report_own_panics();
    let request = match args::parse() {
        Ok(request) => request,
        Err(error) => return usage(&error).into(),
    };
    // A panic of the harness itself is never a verdict.
    catch_unwind(AssertUnwindSafe(|| commands::execute(request))).unwrap_or(Exit::Unfinished).into()
}

/// Help and version are data; everything else that clap reports is an invalid argument.
fn usage(error: &clap::Error) -> Exit {
    let text = error.render().ansi().to_string();
    if error.use_stderr() {
        terminal::complain(&text);
        Exit::BadInput
    } else {
        terminal::data(&text);
        Exit::Done
    }
}

/// A probe that panics becomes an errored scenario with its message, redacted; the raw message is not printed. Any other
/// panic is a bug and is printed.
fn report_own_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let in_a_scenario = std::thread::current().name().is_some_and(|name| name.starts_with("tokio"));
        if !in_a_scenario {
            terminal::complain(&format!("error: bug in fixproof, please report it: {panic}"));
        }
    }));
}
