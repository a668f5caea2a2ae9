//! What may be said to `fixproof prove`.

use std::path::PathBuf;

use clap::Args;

use fixproof::Harness;
use fixproof::report::Style;

use crate::simulated_target::harness;

use super::values::Colour;

/// `fixproof prove`
#[derive(Debug, Clone, Args)]
pub(crate) struct ProveArguments {
    /// Only faults and scenarios whose name contains one of these (a narrowed proof is partial)
    #[arg(value_name = "FILTER")]
    pub filters: Vec<String>,
    /// Folder of the suite; its controls are in DIR/controls
    #[arg(long, value_name = "DIR", default_value = "scenarios")]
    pub scenarios: PathBuf,
    /// Target: a name in DIR/targets, or a path ending in .toml [default: local]. One that simulates is broken on purpose;
    /// a real one is asked once, and what it answered is judged again with one fact changed at a time
    #[arg(long, value_name = "NAME")]
    pub target: Option<String>,
    /// Controls side by side [default: by the processors there are]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: Option<u16>,
    /// Also write the proof: json=PATH, markdown=PATH, html=PATH; `-` for stdout (repeatable)
    #[arg(long, value_name = "FORMAT=PATH")]
    pub report: Vec<String>,
    /// Folder for the proof; `run` with the same folder carries it in its report
    #[arg(long, value_name = "DIR", default_value = "reports")]
    pub reports: PathBuf,
    /// Instead of trying controls, change one field of one healthy answer at a time (drop it, another type, another value,
    /// empty it): who reads it must turn red, and nobody else. FILTER then picks scenarios and answers
    #[arg(long, conflicts_with = "from")]
    pub mutate: bool,
    /// Instead of trying controls, judge the report of one healthy run again with one fact changed at a time; its target is
    /// the default for --target, and nobody is asked
    #[arg(long, value_name = "REPORT.json", conflicts_with_all = ["filters", "jobs", "report"])]
    pub from: Option<PathBuf>,
    /// With --from or a real target: how to print it
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub format: String,
    /// With --from or a real target: print every expectation with the changes it notices, and every recorded fact that
    /// nothing looks at
    #[arg(long, short, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Print the result and what misbehaves, nothing else
    #[arg(long, short)]
    pub quiet: bool,
    /// When to use colour
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Colour::Auto)]
    color: Colour,
}

impl ProveArguments {
    /// Colour and width.
    pub(crate) fn style(&self) -> Style {
        self.color.style()
    }

    /// The suite and its target; `recorded` is the target of a stored report, where there is one.
    pub(crate) fn harness(&self, recorded: Option<&str>) -> Harness {
        harness(&self.scenarios, self.target.as_deref().or(recorded), None)
    }
}
