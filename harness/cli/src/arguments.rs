//! What may be said on the command line.

mod formats;
mod notify;
mod prove;

pub(crate) use formats::FormatArguments;
pub(crate) use notify::{NotifyArguments, Occasion};
pub(crate) use prove::ProveArguments;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use fixproof::Harness;
use fixproof::engine::{Selection, Shard};
use fixproof::load::parse_duration;
use fixproof::model::Share;

use crate::embedded::SIMULATOR;

/// Prove that the fix works: run declarative scenarios against an environment and decide whether it is healthy again.
#[derive(Debug, Parser)]
#[command(name = "fixproof", version, max_term_width = 110, disable_help_subcommand = true)]
#[command(
    after_help = "Without a command, fixproof runs the suite in ./scenarios against its default target.\n\
Exit codes: 0 the gate holds, 1 it does not, 2 wrong input (nothing was sent), 3 could not finish, 4 nothing judged,\n5 a control misbehaves (`prove`), 130 interrupted."
)]
pub(crate) struct Arguments {
    /// What to do
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run scenarios against a target and decide
    Run(Box<RunArguments>),
    /// Check everything but ask nobody
    Check(CheckArguments),
    /// List the scenarios of the suite
    List(ListArguments),
    /// Show one scenario, and what its probe can see
    Explain(ExplainArguments),
    /// Prove that a red would be red: try every scenario beside the faults it must see
    Prove(Box<ProveArguments>),
    /// Judge a stored report's observations again, with today's suite; nobody is asked
    Replay(Box<ReplayArguments>),
    /// Show a stored report again, in any format
    Show(ShowArguments),
    /// Show what can be asked: every probe, setting and fact
    Probes(ProbesArguments),
    /// Print the JSON Schemas that editors check suites with
    Schema(SchemaArguments),
    /// Serve the simulated staging on fixed ports, for curl, psql and your own tools
    Simulate(SimulateArguments),
    /// Print a completion script for a shell
    Completions(CompletionsArguments),
}

/// Which suite, and against what.
#[derive(Debug, Clone, Args, Default)]
pub(crate) struct SuiteArguments {
    /// Folder of the suite
    #[arg(long, value_name = "DIR", default_value = "scenarios")]
    pub scenarios: PathBuf,
    /// Target: a name in DIR/targets, or a path ending in .toml [default: local, the embedded simulated staging]
    #[arg(long, value_name = "NAME")]
    pub target: Option<String>,
    /// Profile of the simulated staging, for a target that simulates
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// When to use colour
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Colour::Auto)]
    pub color: Colour,
}

/// Which suite, for commands that read it and look at no target.
#[derive(Debug, Clone, Args, Default)]
pub(crate) struct FolderArguments {
    /// Folder of the suite
    #[arg(long, value_name = "DIR", default_value = "scenarios")]
    pub scenarios: PathBuf,
    /// When to use colour
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Colour::Auto)]
    pub color: Colour,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(crate) enum Colour {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Which scenarios.
#[derive(Debug, Clone, Args, Default)]
pub(crate) struct SelectionArguments {
    /// Only scenarios whose id contains one of these (a narrowed run is partial and signs nothing off)
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
    /// Only this part of several, for example 1/4
    #[arg(long, value_name = "I/N", value_parser = parse_shard)]
    pub shard: Option<Shard>,
    /// Run scenarios that are not marked `safe` against a protected target
    #[arg(long)]
    pub allow_protected: bool,
}

/// `fixproof run`
#[derive(Debug, Clone, Args, Default)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    pub suite: SuiteArguments,
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// Share of judged scenarios that must pass, instead of the suite's
    #[arg(long, value_name = "80%", value_parser = parse_threshold)]
    pub threshold: Option<Share>,
    /// Longest the whole run may take, instead of the suite's
    #[arg(long, value_name = "15m", value_parser = parse_deadline)]
    pub deadline: Option<Duration>,
    /// Scenarios in flight, instead of the suite's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub parallel: Option<u16>,
    /// Also write a report: junit=PATH, markdown=PATH, html=PATH …; `-` for stdout (repeatable)
    #[arg(long, value_name = "FORMAT=PATH")]
    pub report: Vec<String>,
    /// Folder for the reports every run writes
    #[arg(long, value_name = "DIR", default_value = "reports")]
    pub reports: PathBuf,
    #[command(flatten)]
    pub formats: FormatArguments,
    #[command(flatten)]
    pub notify: NotifyArguments,
    /// In GitHub Actions: print no annotations, write no job summary, set no outputs
    #[arg(long)]
    pub no_ci_output: bool,
    /// Print the verdict and what is red, nothing else
    #[arg(long, short, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print what was seen for green scenarios too
    #[arg(long, short)]
    pub verbose: bool,
}

/// `fixproof check`
#[derive(Debug, Clone, Args)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub suite: SuiteArguments,
    #[command(flatten)]
    pub selection: SelectionArguments,
}

/// `fixproof list`
#[derive(Debug, Clone, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    pub suite: FolderArguments,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub format: String,
}

/// `fixproof explain`
#[derive(Debug, Clone, Args)]
pub(crate) struct ExplainArguments {
    /// The scenario's id
    #[arg(value_name = "ID")]
    pub id: String,
    #[command(flatten)]
    pub suite: FolderArguments,
    /// Target whose addresses stand in the commands by hand: a name in DIR/targets, or a path ending in .toml [default: local]
    #[arg(long, value_name = "NAME")]
    pub target: Option<String>,
}

/// `fixproof replay`
#[derive(Debug, Clone, Args)]
pub(crate) struct ReplayArguments {
    /// The report of a run, as JSON; `-` for stdin; its target is the default for --target
    #[arg(value_name = "REPORT.json", default_value = "reports/report.json")]
    pub from: PathBuf,
    #[command(flatten)]
    pub suite: FolderArguments,
    /// Target whose limits judge: a name in DIR/targets, or a path ending in .toml [default: the recorded one]
    #[arg(long, value_name = "NAME")]
    pub target: Option<String>,
    /// Share of judged scenarios that must pass, instead of the suite's
    #[arg(long, value_name = "80%", value_parser = parse_threshold)]
    pub threshold: Option<Share>,
    /// Write a report of the replay: junit=PATH, markdown=PATH, json=PATH; `-` for stdout (repeatable)
    #[arg(long, value_name = "FORMAT=PATH")]
    pub report: Vec<String>,
    #[command(flatten)]
    pub formats: FormatArguments,
    /// Print the verdict and what is red, nothing else
    #[arg(long, short, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print what was seen for green scenarios too
    #[arg(long, short)]
    pub verbose: bool,
}

/// `fixproof show`
#[derive(Debug, Clone, Args)]
pub(crate) struct ShowArguments {
    /// The report of a run, as JSON; `-` for stdin
    #[arg(value_name = "REPORT.json", default_value = "reports/report.json")]
    pub report: PathBuf,
    /// `text`, or a format of `run --report`: junit, markdown, json …
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: String,
    /// Where to write it [default: stdout]
    #[arg(long, short, value_name = "PATH")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub formats: FormatArguments,
    /// As text: the verdict and what is red, nothing else
    #[arg(long, short, conflicts_with = "verbose")]
    pub quiet: bool,
    /// As text: what was seen for green scenarios too
    #[arg(long, short)]
    pub verbose: bool,
    /// When to use colour
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Colour::Auto)]
    pub color: Colour,
}

/// `fixproof probes`
#[derive(Debug, Clone, Args)]
pub(crate) struct ProbesArguments {
    /// Only this probe, with its example
    #[arg(value_name = "PROBE")]
    pub probe: Option<String>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub format: String,
}

/// `fixproof schema`
#[derive(Debug, Clone, Args)]
pub(crate) struct SchemaArguments {
    /// Which schema to print
    #[arg(value_name = "DOCUMENT", value_parser = ["scenario", "suite", "target", "control", "report", "notice", "proof", "mutations", "recorded"], required_unless_present = "write")]
    pub document: Option<String>,
    /// Write scenario, suite, target and control schemas into DIR/.schema, where the shipped files' headers point
    #[arg(long, value_name = "DIR", conflicts_with = "document")]
    pub write: Option<PathBuf>,
}

/// `fixproof simulate`
#[derive(Debug, Clone, Args)]
pub(crate) struct SimulateArguments {
    /// Its profile
    #[arg(long, value_name = "NAME", default_value = "healthy")]
    pub profile: String,
    /// How many times faster than the wall its clock runs
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = parse_speed)]
    pub speed: f64,
    /// List the profiles and end
    #[arg(long)]
    pub profiles: bool,
    /// What else stands in for the platform
    #[command(subcommand)]
    pub tool: Option<SimulatedTool>,
}

/// A tool that is simulated together with the staging.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum SimulatedTool {
    /// Answer as `gcloud` would, about the simulated platform
    #[command(hide = true)]
    Gcloud(GcloudArguments),
}

/// `fixproof simulate gcloud`
#[derive(Debug, Clone, Args)]
pub(crate) struct GcloudArguments {
    /// Where the simulated platform listens
    #[arg(long, value_name = "ADDRESS")]
    pub at: String,
    /// What `gcloud` was asked
    #[arg(last = true)]
    pub asked: Vec<String>,
}

/// `fixproof completions`
#[derive(Debug, Clone, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

impl SuiteArguments {
    /// The suite, its target and the simulator.
    pub(crate) fn harness(&self) -> Harness {
        harness(&self.scenarios, self.target.as_deref(), self.profile.as_deref())
    }
}

impl FolderArguments {
    /// The suite, with a target where one is named.
    pub(crate) fn harness(&self, target: Option<&str>) -> Harness {
        harness(&self.scenarios, target, None)
    }
}

/// The harness as the command line drives it.
pub(crate) fn harness(scenarios: &Path, target: Option<&str>, profile: Option<&str>) -> Harness {
    let harness = Harness::new(scenarios).simulator(&SIMULATOR);
    let harness = target.into_iter().fold(harness, Harness::target);
    profile.into_iter().fold(harness, Harness::profile)
}

impl SelectionArguments {
    /// The scenarios to run.
    pub(crate) fn selection(&self) -> Selection {
        Selection {
            filters: self.filters.clone(),
            components: self.component.clone(),
            tags: self.tag.clone(),
            critical: self.critical,
            shard: self.shard,
            only: None,
            allow_protected: self.allow_protected,
        }
    }
}

fn parse_shard(text: &str) -> Result<Shard, String> {
    let parsed = text.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
    match parsed {
        Some((index, of)) if index >= 1 && index <= of => Ok(Shard { index, of }),
        _ => Err("a shard is written I/N with I from 1 to N, for example 1/4".to_owned()),
    }
}

fn parse_threshold(text: &str) -> Result<Share, String> {
    let share = Share::parse(text)?;
    if share.part() == 0 {
        return Err("a threshold of 0% would approve anything".to_owned());
    }
    if share.part() > share.whole() {
        return Err("no run can reach more than 100%".to_owned());
    }
    Ok(share)
}

fn parse_deadline(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        Duration::ZERO => Err("a deadline of zero leaves no time to ask anything".to_owned()),
        deadline => Ok(deadline),
    }
}

fn parse_speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed.is_finite() && (1.0..=1000.0).contains(&speed) => Ok(speed),
        _ => Err("the speed is a number from 1 to 1000".to_owned()),
    }
}
