//! The command line, read once: raw arguments become a [`Request`], and no other module knows them.

mod command;
mod formats;
mod notify;
mod prove;
mod values;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use fixproof::Harness;
use fixproof::engine::Selection;
use fixproof::report::text::Detail;

use command::{
    Arguments, Command, FolderArguments, ReplayArguments, RunArguments, SchemaArguments, SelectionArguments,
    ShowArguments, SimulateArguments, SimulatedTool, SuiteArguments,
};
use values::Colour;

use crate::commands::{ReplayRequest, Request, RunRequest, SchemaRequest, ShowRequest, SimulateRequest};
use crate::output::Output;
use crate::reports::ReportRequest;
use crate::simulated_target::harness;

/// Reads the arguments of this process.
///
/// # Errors
/// Invalid arguments, or a request for help or version.
pub(crate) fn parse() -> Result<Request, clap::Error> {
    let mut arguments = Arguments::try_parse()?;
    if arguments.command.is_none() {
        // `fixproof` alone is `fixproof run` with its defaults.
        arguments = Arguments::try_parse_from(["fixproof", "run"])?;
    }
    let missing = || Arguments::command().error(ErrorKind::MissingSubcommand, "no command");
    arguments.command.map(request).ok_or_else(missing)
}

fn request(command: Command) -> Request {
    match command {
        Command::Run(run) => Request::Run(Box::new(run_request(*run))),
        Command::Check(check) => {
            let style = check.suite.color.style();
            Request::Check { harness: check.suite.harness().select(check.selection.selection()), style }
        }
        Command::List(list) => {
            let harness = list.suite.harness(None);
            Request::List { harness, json: list.format == "json", style: list.suite.color.style() }
        }
        Command::Explain(explain) => {
            let harness = explain.suite.harness(explain.target.as_deref());
            Request::Explain { harness, id: explain.id, style: explain.suite.color.style() }
        }
        Command::Prove(prove) => Request::Prove(Box::new(prove.request())),
        Command::Replay(replay) => Request::Replay(Box::new(replay_request(*replay))),
        Command::Show(show) => Request::Show(Box::new(show_request(show))),
        Command::Probes(probes) => {
            let style = Colour::Auto.style();
            Request::Probes { name: probes.probe, json: probes.format == "json", style }
        }
        Command::Schema(SchemaArguments { document, write }) => Request::Schema(match write {
            Some(folder) => SchemaRequest::Write(folder),
            None => SchemaRequest::Print(document.unwrap_or_else(|| "scenario".to_owned())),
        }),
        Command::Simulate(simulate) => Request::Simulate(simulate_request(simulate)),
        Command::Completions(completions) => {
            let mut script = Vec::new();
            let mut definition = Arguments::command();
            clap_complete::generate(completions.shell, &mut definition, "fixproof", &mut script);
            Request::Print(String::from_utf8_lossy(&script).into_owned())
        }
    }
}

fn run_request(run: RunArguments) -> RunRequest {
    RunRequest {
        harness: run.suite.harness().select(run.selection.selection()),
        threshold: run.threshold,
        deadline: run.deadline,
        parallel: run.parallel.map(usize::from),
        reports: ReportRequest {
            folder: Some(run.reports),
            more: run.report,
            options: run.formats.options(),
        },
        notify: run.notify.request(),
        ci_output: !run.no_ci_output,
        output: output(run.quiet, run.verbose, run.suite.color),
    }
}

fn replay_request(replay: ReplayArguments) -> ReplayRequest {
    ReplayRequest {
        from: replay.from,
        harness: replay.suite.harness(replay.target.as_deref()),
        threshold: replay.threshold,
        reports: ReportRequest { folder: None, more: replay.report, options: replay.formats.options() },
        output: output(replay.quiet, replay.verbose, replay.suite.color),
    }
}

fn show_request(show: ShowArguments) -> ShowRequest {
    ShowRequest {
        from: show.report,
        format: show.format,
        to: show.output,
        options: show.formats.options(),
        output: output(show.quiet, show.verbose, show.color),
    }
}

fn simulate_request(simulate: SimulateArguments) -> SimulateRequest {
    match simulate.tool {
        Some(SimulatedTool::Gcloud(gcloud)) => {
            SimulateRequest::Gcloud { at: gcloud.at, arguments: gcloud.arguments }
        }
        None if simulate.profiles => SimulateRequest::Profiles,
        None => SimulateRequest::Serve { profile: simulate.profile, speed: simulate.speed },
    }
}

fn output(quiet: bool, verbose: bool, colour: Colour) -> Output {
    Output { style: colour.style(), detail: Detail::of(quiet, verbose) }
}

impl SuiteArguments {
    fn harness(&self) -> Harness {
        harness(&self.scenarios, self.target.as_deref(), self.profile.as_deref())
    }
}

impl FolderArguments {
    fn harness(&self, target: Option<&str>) -> Harness {
        harness(&self.scenarios, target, None)
    }
}

impl SelectionArguments {
    fn selection(self) -> Selection {
        Selection {
            filters: self.filters,
            components: self.component,
            tags: self.tag,
            critical: self.critical,
            shard: self.shard,
            only: None,
            allow_protected: self.allow_protected,
        }
    }
}
