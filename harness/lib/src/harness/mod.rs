//! The facade: a suite and a target go in, a plan or a report comes out.
//!
//! Nothing here turns an error into a warning: whatever is wrong with the suite, the target or the selection is one
//! [`InvalidInput`], and there is no plan to run.

use std::path::{Path, PathBuf};

use crate::clock::Clock;
use crate::engine::{Overlay, Selection, Stop};
use crate::load::{load, load_controls, load_suite_only, load_texts};
use crate::model::{
    Code, Controls, InvalidInput, ProbeSpec, Problem, Problems, Report, Simulated, Suite, Target,
};
use crate::probe::{PROBES, ProbeKind, vocabulary};

mod identity;
mod loaded;

pub use self::loaded::{LoadedHarness, PlannedRun};

/// Starts simulated targets: what a target with `[simulate]` is run against.
pub trait Simulator: Send + Sync {
    /// The names of its profiles, the healthy one first; the others are the faults that controls inject.
    fn profiles(&self) -> Vec<&'static str>;

    /// The values a simulated target fills in, before it is started: for validation without a packet.
    fn placeholders(&self) -> Overlay;

    /// Starts a simulated target.
    ///
    /// # Errors
    /// Why it did not start.
    fn start(&self, simulated: &Simulated) -> Result<Box<dyn SimulatedTarget>, String>;
}

/// A running simulated target. Dropping it stops it.
pub trait SimulatedTarget: Send {
    /// Its addresses and secrets, as a target file would give them.
    fn overlay(&self) -> Overlay;
}

/// A suite, its target and the probes to run it with. Nothing is read before [`load`](Harness::load),
/// [`plan`](Harness::plan) or [`run`](Harness::run).
#[derive(Clone)]
pub struct Harness {
    tool: String,
    source: Source,
    target: Option<String>,
    profile: Option<String>,
    probes: Vec<&'static dyn ProbeKind>,
    simulator: Option<&'static dyn Simulator>,
    selection: Selection,
}

/// Where the suite is.
#[derive(Clone)]
enum Source {
    Folder(PathBuf),
    Texts(PathBuf, Vec<(String, String)>),
}

impl Harness {
    /// The suite in a folder, run against `targets/local.toml` unless [`target`](Harness::target) names another.
    #[must_use]
    pub fn new(scenarios: impl Into<PathBuf>) -> Harness {
        Harness::of(Source::Folder(scenarios.into()))
    }

    /// A suite and its target as texts, by the names their files would have in the folder. Relative paths in settings
    /// start at `root`.
    #[must_use]
    pub fn from_texts(root: impl Into<PathBuf>, files: &[(&str, &str)]) -> Harness {
        let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        Harness::of(Source::Texts(root.into(), files))
    }

    fn of(source: Source) -> Harness {
        Harness {
            tool: concat!("fixproof ", env!("CARGO_PKG_VERSION")).to_owned(),
            source,
            target: None,
            profile: None,
            probes: PROBES.to_vec(),
            simulator: None,
            selection: Selection::default(),
        }
    }

    /// The target: a name in the suite's `targets/`, or a path that ends in `.toml`.
    #[must_use]
    pub fn target(mut self, target: impl Into<String>) -> Harness {
        self.target = Some(target.into());
        self
    }

    /// The target, unless another was named before.
    #[must_use]
    pub fn or_target(mut self, target: &str) -> Harness {
        self.target.get_or_insert_with(|| target.to_owned());
        self
    }

    /// Another profile than the target's, for a simulated target.
    #[must_use]
    pub fn profile(mut self, profile: impl Into<String>) -> Harness {
        self.profile = Some(profile.into());
        self
    }

    /// Adds a probe of your own.
    #[must_use]
    pub fn probe(mut self, kind: &'static dyn ProbeKind) -> Harness {
        self.probes.push(kind);
        self
    }

    /// Starts targets that have `[simulate]`.
    #[must_use]
    pub fn simulator(mut self, simulator: &'static dyn Simulator) -> Harness {
        self.simulator = Some(simulator);
        self
    }

    /// Runs only some scenarios; the report is then marked as partial.
    #[must_use]
    pub fn select(mut self, selection: Selection) -> Harness {
        self.selection = selection;
        self
    }

    /// The scenarios that [`run`](Harness::run) runs.
    #[must_use]
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// The name of your program and its version, for the report.
    #[must_use]
    pub fn tool(mut self, tool: impl Into<String>) -> Harness {
        self.tool = tool.into();
        self
    }

    /// Validates everything without sending anything, then runs the suite.
    ///
    /// # Errors
    /// Every error in the suite, the target and the selection. Nothing was sent.
    pub async fn run(&self) -> Result<Report, InvalidInput> {
        Ok(self.plan()?.run(&mut (), Stop::never()).await)
    }

    /// Validates everything and plans the run. A simulated target is started only when all is valid.
    ///
    /// # Errors
    /// Every error in the suite, the target and the selection. Nothing was sent.
    pub fn plan(&self) -> Result<PlannedRun, InvalidInput> {
        self.load()?.start(&self.selection)
    }

    /// Reads the suite and its target. They may hold errors, which every plan then reports with its own.
    ///
    /// # Errors
    /// There is no suite or no target to read.
    pub fn load(&self) -> Result<LoadedHarness, InvalidInput> {
        let (vocabulary, today) = (self.vocabulary(), Clock::WALL.today());
        let mut loaded = match &self.source {
            Source::Folder(folder) => load(folder, self.target.as_deref(), &vocabulary, today),
            Source::Texts(root, files) => {
                let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
                load_texts(root, &files, &vocabulary, today)
            }
        }?;
        let simulated = self.simulated(&loaded.target, &mut loaded.problems);
        Ok(LoadedHarness::new(self.clone(), loaded, simulated))
    }

    /// Reads the suite without a target. Its errors and warnings are returned beside it.
    ///
    /// # Errors
    /// There is no suite to read.
    pub fn load_suite(&self) -> Result<(Suite, Problems), InvalidInput> {
        load_suite_only(self.folder(), &self.vocabulary(), Clock::WALL.today())
    }

    /// Reads the controls of a suite, with their errors and warnings.
    #[must_use]
    pub fn load_controls(&self, suite: &Suite) -> (Controls, Problems) {
        load_controls(suite, &self.faults(), Clock::WALL.today())
    }

    /// The faults that a control may name.
    #[must_use]
    pub fn faults(&self) -> Vec<&'static str> {
        self.simulator.map(Simulator::profiles).unwrap_or_default().into_iter().skip(1).collect()
    }

    /// Every probe with its settings and facts.
    #[must_use]
    pub fn vocabulary(&self) -> Vec<&'static ProbeSpec> {
        vocabulary(&self.probes)
    }

    fn folder(&self) -> &Path {
        match &self.source {
            Source::Folder(folder) | Source::Texts(folder, _) => folder,
        }
    }

    /// What is to be simulated, where the target is simulated at all.
    fn simulated(&self, target: &Target, problems: &mut Problems) -> Option<Simulated> {
        let Some(simulation) = &target.simulate else {
            if self.profile.is_some() {
                let message = format!(
                    "--profile only applies to a simulated target, and `{}` is a real one",
                    target.name
                );
                let problem = Problem::nowhere(Code::BadArgument, message);
                problems.push(problem.help("leave --profile out, or use --target local"));
            }
            return None;
        };
        let name = self.profile.as_ref().unwrap_or(&simulation.profile.value);
        let profiles = self.simulator.map(Simulator::profiles).unwrap_or_default();
        if profiles.contains(&name.as_str()) {
            return Some(Simulated { profile: name.clone(), speed: simulation.speed.value });
        }
        let message = match profiles.is_empty() {
            true => format!("`{}` is a simulated target, and this program has no simulator", target.name),
            false => format!("there is no profile `{name}`"),
        };
        let problem = match self.profile {
            Some(_) => Problem::nowhere(Code::BadArgument, message),
            None => Problem::error(Code::BadValue, simulation.profile.span, message),
        };
        problems.push(match profiles.is_empty() {
            true => problem.help("name a real target"),
            false => problem.help(format!("the profiles are: {}", profiles.join(", "))),
        });
        None
    }
}
