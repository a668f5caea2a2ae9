//! One file a command, and the requests they get from the command line.

mod check;
mod explain;
mod list;
mod mutate;
mod probes;
mod prove;
mod prove_from;
mod prove_request;
mod prove_target;
mod replay;
mod run;
mod schema;
mod show;
mod simulate;

use fixproof::report::Style;
use fixproof::{Harness, model::InvalidInput};

use crate::output::{Exit, terminal};

pub(crate) use prove_request::{ProveKind, ProveRequest};
pub(crate) use replay::ReplayRequest;
pub(crate) use run::RunRequest;
pub(crate) use schema::SchemaRequest;
pub(crate) use show::ShowRequest;
pub(crate) use simulate::SimulateRequest;

/// One command with everything it needs.
pub(crate) enum Request {
    Run(Box<RunRequest>),
    Check {
        harness: Harness,
        style: Style,
    },
    List {
        harness: Harness,
        json: bool,
        style: Style,
    },
    Explain {
        harness: Harness,
        id: String,
        style: Style,
    },
    Prove(Box<ProveRequest>),
    Replay(Box<ReplayRequest>),
    Show(Box<ShowRequest>),
    Probes {
        name: Option<String>,
        json: bool,
        style: Style,
    },
    Schema(SchemaRequest),
    Simulate(SimulateRequest),
    /// A text to print: a completion script.
    Print(String),
}

/// Executes one command.
pub(crate) fn execute(request: Request) -> Exit {
    let (ended, style) = match request {
        Request::Run(run) => (run::run(&run), run.output.style),
        Request::Check { harness, style } => (check::check(&harness, style), style),
        Request::List { harness, json, style } => (list::list(&harness, json, style), style),
        Request::Explain { harness, id, style } => (explain::explain(&harness, &id, style), style),
        Request::Prove(prove) => (prove::prove(&prove), prove.output.style),
        Request::Replay(replay) => (replay::replay(&replay), replay.output.style),
        Request::Show(show) => (show::show(&show), show.output.style),
        Request::Probes { name, json, style } => (probes::probes(name.as_deref(), json), style),
        Request::Schema(schema) => return schema::schema(&schema),
        Request::Simulate(simulate) => return simulate::simulate(&simulate),
        Request::Print(text) => {
            terminal::data(&text);
            return Exit::Done;
        }
    };
    ended.unwrap_or_else(|invalid: InvalidInput| terminal::refuse(&invalid, style))
}
