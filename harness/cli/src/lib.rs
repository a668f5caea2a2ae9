//! The command line: thin. The only place that prints, and the only one that turns a decision into a number.
//!
//! `run` reads: load, plan, run, write, decide. Data goes to stdout, everything else to stderr.

mod arguments;
mod commands;
mod display;
mod embedded;
mod exit;
mod github;
pub mod libtest;
mod live;
mod notify;
mod paper;
mod proof_writer;
mod prove_lab;
mod publish;
mod stored;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    quiet_panics();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return exit::usage(&error),
    };
    // `fixproof` alone is `fixproof run`, defaults and all.
    let command = match arguments.command.map_or_else(
        || Arguments::try_parse_from(["fixproof", "run"]),
        |command| Ok(Arguments { command: Some(command) }),
    ) {
        Ok(Arguments { command: Some(command) }) => command,
        Ok(Arguments { command: None }) => return exit::Exit::BadInput.into(),
        Err(error) => return exit::usage(&error),
    };
    // A fault of our own ends as one: never as a verdict, and never as somebody else's exit code.
    std::panic::catch_unwind(|| obey(&command)).unwrap_or(exit::Exit::Unfinished).into()
}

fn obey(command: &Command) -> exit::Exit {
    match command {
        Command::Run(run) => commands::run::run(run),
        Command::Check(check) => commands::check::check(check),
        Command::List(list) => commands::list::list(list),
        Command::Explain(explain) => commands::explain::explain(explain),
        Command::Prove(prove) => match &prove.from {
            Some(report) => commands::prove_from::prove_from(report, prove),
            None if prove.mutate => commands::mutate::mutate(prove),
            None => commands::prove::prove(prove),
        },
        Command::Replay(again) => commands::replay::replay(again),
        Command::Show(show) => commands::show::show(show),
        Command::Probes(probes) => commands::probes::probes(probes),
        Command::Schema(schema) => commands::schema::schema(schema),
        Command::Simulate(simulate) => commands::simulate::simulate(simulate),
        Command::Completions(completions) => commands::completions::completions(completions),
    }
}

/// A probe that panics becomes an errored scenario with its message, redacted; the raw message is told nowhere. Any
/// other panic is a fault of our own and is told.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let in_a_scenario = std::thread::current().name().is_some_and(|name| name.starts_with("tokio"));
        if !in_a_scenario {
            terminal::complain(&format!("error: a fault of fixproof itself, please report it: {panic}"));
        }
    }));
}
