//! Options of `fixproof prove`.

use std::path::PathBuf;

use clap::Args;

use fixproof::report::FormatOptions;
use fixproof::report::text::Detail;

use crate::commands::{ProveKind, ProveRequest};
use crate::output::Output;
use crate::reports::ReportRequest;
use crate::simulated_target::harness;

use super::values::Colour;

/// `fixproof prove`
#[derive(Debug, Args)]
pub(super) struct ProveArguments {
    /// Only faults and scenarios whose name contains one of these (a narrowed proof is partial)
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
    /// Folder of the suite; its controls are in DIR/controls
    #[arg(long, value_name = "DIR", default_value = "scenarios")]
    scenarios: PathBuf,
    /// Target: a name in DIR/targets, or a path ending in .toml [default: local]. Faults are injected into a simulated
    /// target; a real one runs once, and its answers are judged again with one fact changed at a time
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// Maximum concurrent controls [default: by the number of processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// Write an additional proof: json=PATH, markdown=PATH, html=PATH; `-` for stdout (repeatable)
    #[arg(long, value_name = "FORMAT=PATH")]
    report: Vec<String>,
    /// Folder for the proof; a `run` with the same folder mentions it in its report
    #[arg(long, value_name = "DIR", default_value = "reports")]
    reports: PathBuf,
    /// Instead of controls, change one field of one healthy answer at a time (drop it, another type, another value, empty
    /// it): only the scenarios that read it may fail, and one must. FILTER then selects scenarios and answers
    #[arg(long, conflicts_with = "from")]
    mutate: bool,
    /// Instead of controls, judge the report of one healthy run again with one fact changed at a time (sends nothing)
    #[arg(long, value_name = "REPORT.json", conflicts_with_all = ["filters", "jobs", "report"])]
    from: Option<PathBuf>,
    /// With --from or a real target: output format
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    format: String,
    /// With --from or a real target: print every expectation with the changes that fail it, and all recorded facts without
    /// an expectation
    #[arg(long, short, conflicts_with = "quiet")]
    verbose: bool,
    /// Print only the result and failures
    #[arg(long, short)]
    quiet: bool,
    /// When to use colour
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Colour::Auto)]
    color: Colour,
}

impl ProveArguments {
    /// The proof to make.
    pub(super) fn request(self) -> ProveRequest {
        let kind = match self.from {
            Some(report) => ProveKind::Report(report),
            None if self.mutate => ProveKind::Mutations,
            None => ProveKind::Controls,
        };
        ProveRequest {
            harness: harness(&self.scenarios, self.target.as_deref(), None),
            kind,
            filters: self.filters,
            jobs: self.jobs,
            reports: ReportRequest {
                folder: Some(self.reports),
                more: self.report,
                options: FormatOptions::default(),
            },
            json: self.format == "json",
            output: Output { style: self.color.style(), detail: Detail::of(self.quiet, self.verbose) },
        }
    }
}
