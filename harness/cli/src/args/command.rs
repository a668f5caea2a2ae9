//! Commands and their options, with their help.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use fixproof::engine::Shard;
use fixproof::model::Share;

use super::formats::FormatArguments;
use super::notify::NotifyArguments;
use super::prove::ProveArguments;
use super::values::{Colour, parse_deadline, parse_shard, parse_speed, parse_threshold};

/// Prove that the fix works: run declarative scenarios against an environment and decide whether it is healthy again.
#[derive(Debug, Parser)]
#[command(name = "fixproof", version, max_term_width = 110, disable_help_subcommand = true)]
#[command(
    after_help = "Without a command, fixproof runs the suite in ./scenarios against its default target.\n\
Exit codes: 0 approved, 1 rejected, 2 invalid input (nothing sent), 3 could not finish,\n4 nothing judged, 5 not proved (`prove`), 130 interrupted."
)]
pub(super) struct Arguments {
    /// The command
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run scenarios against a target and decide whether it is healthy
    Run(Box<RunArguments>),
    /// Validate suite and target without contacting the target
    Check(CheckArguments),
    /// List the scenarios of the suite
    List(ListArguments),
    /// Show one scenario, its commands, its controls and the facts of its probes
    Explain(ExplainArguments),
    /// Check that scenarios can fail: inject each fault and compare verdicts
    Prove(Box<ProveArguments>),
    /// Judge a stored report again with the current suite (sends nothing)
    Replay(Box<ReplayArguments>),
    /// Convert a stored report to any format
    Show(ShowArguments),
    /// List probes with their settings and facts
    Probes(ProbesArguments),
    /// Print the JSON Schemas of suite files and reports
    Schema(SchemaArguments),
    /// Serve the simulated staging on fixed ports, for curl, psql and other tools
    Simulate(SimulateArguments),
    /// Print a completion script for a shell
    Completions(CompletionsArguments),
}

/// The suite and its target.
#[derive(Debug, Args)]
pub(super) struct SuiteArguments {
    /// Folder of the suite
    #[arg(long, value_name = "DIR", default_value = "scenarios")]
    pub scenarios: PathBuf,
    /// Target: a name in DIR/targets, or a path ending in .toml [default: local, the simulated staging]
    #[arg(long, value_name = "NAME")]
    pub target: Option<String>,
    /// Profile of the simulated staging (only for a simulated target)
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// When to use colour
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Colour::Auto)]
    pub color: Colour,
}

/// The suite, for commands without a target.
#[derive(Debug, Args)]
pub(super) struct FolderArguments {
    /// Folder of the suite
    #[arg(long, value_name = "DIR", default_value = "scenarios")]
    pub scenarios: PathBuf,
    /// When to use colour
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Colour::Auto)]
    pub color: Colour,
}

/// The scenarios to run.
#[derive(Debug, Args)]
pub(super) struct SelectionArguments {
    /// Only scenarios whose id contains one of these (a partial run approves nothing)
    #[arg(value_name = "FILTER")]
    pub filters: Vec<String>,
    /// Only scenarios of this component (repeatable)
    #[arg(long, value_name = "C")]
    pub component: Vec<String>,
    /// Only scenarios with this tag (repeatable)
    #[arg(long, value_name = "T")]
    pub tag: Vec<String>,
    /// Only critical scenarios
    #[arg(long)]
    pub critical: bool,
    /// Only one of N parts of the suite, for example 1/4
    #[arg(long, value_name = "I/N", value_parser = parse_shard)]
    pub shard: Option<Shard>,
    /// On a protected target, also run scenarios that are not marked `safe`
    #[arg(long)]
    pub allow_protected: bool,
}

/// `fixproof run`
#[derive(Debug, Args)]
pub(super) struct RunArguments {
    #[command(flatten)]
    pub suite: SuiteArguments,
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// Minimum share of judged scenarios that must pass (overrides the suite)
    #[arg(long, value_name = "80%", value_parser = parse_threshold)]
    pub threshold: Option<Share>,
    /// Time limit for the whole run (overrides the suite)
    #[arg(long, value_name = "15m", value_parser = parse_deadline)]
    pub deadline: Option<Duration>,
    /// Maximum concurrent scenarios (overrides the suite)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub parallel: Option<u16>,
    /// Write an additional report: junit=PATH, markdown=PATH, html=PATH …; `-` for stdout (repeatable)
    #[arg(long, value_name = "FORMAT=PATH")]
    pub report: Vec<String>,
    /// Folder for junit.xml, report.json and report.html
    #[arg(long, value_name = "DIR", default_value = "reports")]
    pub reports: PathBuf,
    #[command(flatten)]
    pub formats: FormatArguments,
    #[command(flatten)]
    pub notify: NotifyArguments,
    /// In GitHub Actions: no annotations, no job summary, no outputs
    #[arg(long)]
    pub no_ci_output: bool,
    /// Print only the verdict and failures
    #[arg(long, short, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Also print observations of passed scenarios
    #[arg(long, short)]
    pub verbose: bool,
}

/// `fixproof check`
#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    #[command(flatten)]
    pub suite: SuiteArguments,
    #[command(flatten)]
    pub selection: SelectionArguments,
}

/// `fixproof list`
#[derive(Debug, Args)]
pub(super) struct ListArguments {
    #[command(flatten)]
    pub suite: FolderArguments,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub format: String,
}

/// `fixproof explain`
#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    /// The scenario's id
    #[arg(value_name = "ID")]
    pub id: String,
    #[command(flatten)]
    pub suite: FolderArguments,
    /// Target for the addresses in the commands: a name in DIR/targets, or a path ending in .toml [default: local]
    #[arg(long, value_name = "NAME")]
    pub target: Option<String>,
}

/// `fixproof replay`
#[derive(Debug, Args)]
pub(super) struct ReplayArguments {
    /// JSON report of a run; `-` for stdin
    #[arg(value_name = "REPORT.json", default_value = "reports/report.json")]
    pub from: PathBuf,
    #[command(flatten)]
    pub suite: FolderArguments,
    /// Target for limits: a name in DIR/targets, or a path ending in .toml [default: the recorded one]
    #[arg(long, value_name = "NAME")]
    pub target: Option<String>,
    /// Minimum share of judged scenarios that must pass (overrides the suite)
    #[arg(long, value_name = "80%", value_parser = parse_threshold)]
    pub threshold: Option<Share>,
    /// Write a report of the replay: junit=PATH, markdown=PATH, json=PATH …; `-` for stdout (repeatable)
    #[arg(long, value_name = "FORMAT=PATH")]
    pub report: Vec<String>,
    #[command(flatten)]
    pub formats: FormatArguments,
    /// Print only the verdict and failures
    #[arg(long, short, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Also print observations of passed scenarios
    #[arg(long, short)]
    pub verbose: bool,
}

/// `fixproof show`
#[derive(Debug, Args)]
pub(super) struct ShowArguments {
    /// JSON report of a run; `-` for stdin
    #[arg(value_name = "REPORT.json", default_value = "reports/report.json")]
    pub report: PathBuf,
    /// Output format: `text`, or a format of `run --report` (junit, markdown, json …)
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: String,
    /// Output file [default: stdout]
    #[arg(long, short, value_name = "PATH")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub formats: FormatArguments,
    /// As text: print only the verdict and failures
    #[arg(long, short, conflicts_with = "verbose")]
    pub quiet: bool,
    /// As text: also print observations of passed scenarios
    #[arg(long, short)]
    pub verbose: bool,
    /// When to use colour
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Colour::Auto)]
    pub color: Colour,
}

/// `fixproof probes`
#[derive(Debug, Args)]
pub(super) struct ProbesArguments {
    /// Only this probe, with its example
    #[arg(value_name = "PROBE")]
    pub probe: Option<String>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub format: String,
}

/// `fixproof schema`
#[derive(Debug, Args)]
pub(super) struct SchemaArguments {
    /// Schema to print
    #[arg(value_name = "DOCUMENT", value_parser = ["scenario", "suite", "target", "control", "report", "notice", "proof", "mutations", "recorded"], required_unless_present = "write")]
    pub document: Option<String>,
    /// Write the schemas of suite files into DIR/.schema, which the headers of the shipped files refer to
    #[arg(long, value_name = "DIR", conflicts_with = "document")]
    pub write: Option<PathBuf>,
}

/// `fixproof simulate`
#[derive(Debug, Args)]
pub(super) struct SimulateArguments {
    /// Profile to simulate
    #[arg(long, value_name = "NAME", default_value = "healthy")]
    pub profile: String,
    /// Speed of its clock: X times real time
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = parse_speed)]
    pub speed: f64,
    /// List the profiles
    #[arg(long)]
    pub profiles: bool,
    /// A simulated tool instead of the staging
    #[command(subcommand)]
    pub tool: Option<SimulatedTool>,
}

/// A tool of the simulated platform.
#[derive(Debug, Subcommand)]
pub(super) enum SimulatedTool {
    /// Answer like `gcloud`, from the simulated platform
    #[command(hide = true)]
    Gcloud(GcloudArguments),
}

/// `fixproof simulate gcloud`
#[derive(Debug, Args)]
pub(super) struct GcloudArguments {
    /// Address of the simulated platform
    #[arg(long, value_name = "ADDRESS")]
    pub at: String,
    /// Arguments of `gcloud`
    #[arg(last = true)]
    pub arguments: Vec<String>,
}

/// `fixproof completions`
#[derive(Debug, Args)]
pub(super) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}
