//! From arguments to a plan: load, check, start the simulated staging where that is the target, plan.
//!
//! Everything is checked before the simulated staging is even started; only then are its real addresses filled in.

use std::collections::BTreeSet;
use std::path::Path;

use fixproof::engine::{self, Identity, Overlay, Plan, Selection, plan};
use fixproof::load::{Loaded, load, load_controls};
use fixproof::model::{
    Code, Controls, Host, Nonce, ProbeSpec, Problem, Problems, Scenario, Simulated, Sources, Suite, Target,
    Timestamp,
};
use fixproof::probe::PROBES;
use fixproof_sim::Profile;

use crate::arguments::{SelectionArguments, SuiteArguments};
use crate::embedded::{self, Embedded};

/// A plan that is ready to run, with the simulated staging it may need alive beside it.
pub(crate) struct Session {
    /// The plan.
    pub plan: Plan,
    /// The simulated staging; dropping it stops it.
    pub staging: Option<Embedded>,
    /// Warnings about the suite.
    pub warnings: Vec<Problem>,
    /// For their places.
    pub sources: Sources,
}

/// Mistakes that keep a session from being made.
pub(crate) struct Refused {
    /// All of them, warnings too.
    pub problems: Vec<Problem>,
    /// For their places.
    pub sources: Sources,
}

/// What every probe can be asked.
#[must_use]
pub(crate) fn vocabulary() -> Vec<&'static ProbeSpec> {
    PROBES.iter().map(|kind| kind.spec()).collect()
}

/// Today, in UTC: it decides whether a skip has expired.
#[must_use]
pub(crate) fn today() -> time::Date {
    time::OffsetDateTime::now_utc().date()
}

/// The selection the user asked for.
#[must_use]
pub(crate) fn selection(arguments: &SelectionArguments, only: Option<BTreeSet<String>>) -> Selection {
    Selection {
        filters: arguments.filters.clone(),
        components: arguments.component.clone(),
        tags: arguments.tag.clone(),
        critical: arguments.critical,
        shard: arguments.shard,
        only,
        allow_protected: arguments.allow_protected,
    }
}

/// Checks everything and asks nobody. Yields warnings, or the refusal.
pub(crate) fn check(
    suite: &SuiteArguments,
    selection: &Selection,
) -> Result<(Plan, Vec<Problem>, Sources), Refused> {
    prepare(suite)?.checked(selection)
}

/// Makes a session.
pub(crate) fn open(suite: &SuiteArguments, selection: &Selection) -> Result<Session, Refused> {
    let prepared = prepare(suite)?;
    // First with stand-ins: the simulated staging is started only for a suite without mistakes.
    prepared.checked(selection)?;
    prepared.started(prepared.simulated, selection)
}

/// A suite and a target for judging what was recorded: nothing is prepared, no secret is read and nobody is asked.
pub(crate) struct Offline {
    pub suite: Suite,
    pub target: Target,
    /// What the simulated staging would fill in; only the names count.
    pub overlay: Overlay,
    /// What was told of them so far.
    pub problems: Problems,
    pub sources: Sources,
}

impl Offline {
    /// Who judges what was recorded.
    pub(crate) fn identity(&self, arguments: &SuiteArguments) -> Identity {
        identity(&arguments.scenarios.display().to_string(), None, &RunName::stand_in())
    }
}

/// What a person would type to ask what a scenario asks; nothing where the target can't be read. Of a simulated staging
/// nobody knows the addresses before it listens.
pub(crate) fn reproduce(scenario: &Scenario, arguments: &SuiteArguments) -> Vec<String> {
    let Ok(prepared) = prepare(arguments) else { return Vec::new() };
    let overlay = prepared.simulated.map(|_| embedded::stand_in()).unwrap_or_default();
    let identity = identity(&prepared.folder, None, &RunName::stand_in());
    engine::reproduce(scenario, &prepared.suite, &prepared.target, overlay, &identity, PROBES)
}

/// Loads a suite, and the target that is named or else was recorded.
pub(crate) fn offline(arguments: &SuiteArguments, recorded: &str) -> Result<Offline, Refused> {
    let mut arguments = arguments.clone();
    arguments.target.get_or_insert_with(|| recorded.to_owned());
    let Prepared { suite, target, problems, sources, simulated, .. } = prepare(&arguments)?;
    let overlay = simulated.as_ref().map(|_| embedded::stand_in()).unwrap_or_default();
    if problems.has_errors() {
        return Err(Refused { problems: problems.sorted(), sources });
    }
    Ok(Offline { suite, target, overlay, problems, sources })
}

/// A suite and a target that were read; they may hold mistakes.
pub(crate) struct Prepared {
    pub suite: Suite,
    pub target: Target,
    /// All mistakes so far.
    pub problems: Problems,
    pub sources: Sources,
    /// The profile and the speed, where the target is simulated.
    pub simulated: Option<(Profile, f64)>,
    folder: String,
}

/// Reads a suite and its target.
pub(crate) fn prepare(arguments: &SuiteArguments) -> Result<Prepared, Refused> {
    let Loaded { suite, target, sources, mut problems } =
        load(&arguments.scenarios, arguments.target.as_deref(), &vocabulary(), today());
    let simulated =
        target.as_ref().and_then(|target| profile_of(target, arguments.profile.as_deref(), &mut problems));
    match (suite, target) {
        (Some(suite), Some(target)) => {
            let folder = arguments.scenarios.display().to_string();
            Ok(Prepared { suite, target, problems, sources, simulated, folder })
        }
        _ => Err(Refused { problems: problems.sorted(), sources }),
    }
}

/// The faults that a control may name: every profile but the healthy one.
pub(crate) fn faults() -> Vec<&'static str> {
    let healthy = Profile::default().name;
    Profile::all().iter().map(|profile| profile.name).filter(|name| *name != healthy).collect()
}

/// The profile to simulate, where the target is simulated at all.
fn profile_of(target: &Target, wanted: Option<&str>, problems: &mut Problems) -> Option<(Profile, f64)> {
    let Some(simulation) = &target.simulate else {
        if wanted.is_some() {
            let message = format!("--profile needs a simulated target, and `{}` is a real one", target.name);
            problems.push(
                Problem::nowhere(Code::BadArgument, message)
                    .help("leave --profile out, or use --target local"),
            );
        }
        return None;
    };
    let name = wanted.unwrap_or(&simulation.profile.value);
    if let Some(profile) = Profile::named(name) {
        return Some((*profile, simulation.speed.value));
    }
    let names: Vec<&str> = Profile::all().iter().map(|profile| profile.name).collect();
    let message = format!("there is no profile `{name}`");
    let problem = match wanted {
        Some(_) => Problem::nowhere(Code::BadArgument, message),
        None => Problem::error(Code::BadValue, simulation.profile.span, message),
    };
    problems.push(problem.help(format!("the profiles are: {}", names.join(", "))));
    None
}

impl Prepared {
    /// Reads the controls of the suite. Their mistakes are kept beside the suite's own.
    pub(crate) fn read_controls(&mut self) -> Controls {
        let (controls, mut found) = load_controls(&self.suite, &faults(), today());
        if self.problems.has_errors() {
            // A scenario that could not be read is missed by its controls, and has been told already.
            found.forget(Code::UnknownScenario);
        }
        self.sources = controls.sources.clone();
        self.problems.extend(found.iter().cloned());
        controls
    }

    /// Plans with stand-ins for what a simulated staging fills in.
    pub(crate) fn checked(&self, selection: &Selection) -> Result<(Plan, Vec<Problem>, Sources), Refused> {
        let overlay = self.simulated.map(|_| embedded::stand_in()).unwrap_or_default();
        self.plan(self.simulated, selection, overlay, &RunName::stand_in())
    }

    /// Starts the simulated staging, where there is one to start, and plans with its addresses.
    pub(crate) fn started(
        &self,
        simulated: Option<(Profile, f64)>,
        selection: &Selection,
    ) -> Result<Session, Refused> {
        let staging = simulated.map(|(profile, speed)| Embedded::start(profile, speed)).transpose();
        let staging = staging.map_err(|message| Refused {
            problems: vec![Problem::nowhere(Code::UnknownTarget, message)],
            sources: Sources::default(),
        })?;
        let overlay = staging.as_ref().map(Embedded::overlay).unwrap_or_default();
        let (plan, warnings, sources) = self.plan(simulated, selection, overlay, &RunName::made_up())?;
        Ok(Session { plan, staging, warnings, sources })
    }

    /// Plans with the addresses of a staging that was started already.
    pub(crate) fn on(
        &self,
        simulated: Option<(Profile, f64)>,
        selection: &Selection,
        staging: &Embedded,
    ) -> Result<Plan, Refused> {
        self.plan(simulated, selection, staging.overlay(), &RunName::made_up()).map(|(plan, ..)| plan)
    }

    /// What a report says of this run beside what was seen.
    pub(crate) fn identity(&self) -> Identity {
        identity(&self.folder, None, &RunName::made_up())
    }

    fn plan(
        &self,
        simulated: Option<(Profile, f64)>,
        selection: &Selection,
        overlay: Overlay,
        name: &RunName,
    ) -> Result<(Plan, Vec<Problem>, Sources), Refused> {
        let mut problems = self.problems.clone();
        let simulated =
            simulated.map(|(profile, speed)| Simulated { profile: profile.name.to_owned(), speed });
        let identity = identity(&self.folder, simulated, name);
        let (plan, found) = plan(&self.suite, &self.target, overlay, selection, identity, PROBES);
        problems.extend(found.iter().cloned());
        let sources = self.sources.clone();
        match plan {
            Some(plan) if !problems.has_errors() => Ok((plan, problems.sorted(), sources)),
            _ => Err(Refused { problems: problems.sorted(), sources }),
        }
    }
}

fn identity(folder: &str, simulated: Option<Simulated>, name: &RunName) -> Identity {
    let optimised = !cfg!(debug_assertions);
    let mut notes = Vec::new();
    if !optimised {
        notes.push("fixproof was built without optimisation: its own part of every time is larger; use `cargo run --release` to time a real target".to_owned());
    }
    Identity {
        tool: format!("fixproof {}", env!("CARGO_PKG_VERSION")),
        optimised,
        run: name.id.clone(),
        nonce: name.nonce,
        begun: Timestamp(time::OffsetDateTime::now_utc()),
        suite: folder.to_owned(),
        host: host(),
        notes,
        simulated,
        proof: None,
    }
}

/// What sets one run apart from all others: `{{run.id}}` and `{{run.nonce}}`.
struct RunName {
    /// `20261121-073005-4f2a`: sortable, and different for two runs of the same second.
    id: String,
    nonce: Nonce,
}

impl RunName {
    /// Where nothing is asked.
    fn stand_in() -> RunName {
        RunName { id: "stand-in".to_owned(), nonce: Nonce::STAND_IN }
    }

    /// Made of the time and the process id.
    fn made_up() -> RunName {
        let now = time::OffsetDateTime::now_utc();
        let process = std::process::id();
        let id = format!(
            "{:04}{:02}{:02}-{:02}{:02}{:02}-{:04x}",
            now.year(),
            u8::from(now.month()),
            now.day(),
            now.hour(),
            now.minute(),
            now.second(),
            (process ^ now.nanosecond()) & 0xffff
        );
        let seed = now.unix_timestamp().unsigned_abs().rotate_left(32)
            ^ u64::from(now.nanosecond())
            ^ u64::from(process).rotate_left(20);
        RunName { id, nonce: Nonce::from_seed(seed) }
    }
}

fn host() -> Host {
    let name = std::fs::read_to_string(Path::new("/proc/sys/kernel/hostname"))
        .ok()
        .or_else(|| std::env::var("HOSTNAME").ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "unknown".to_owned());
    Host {
        name,
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        processors: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
    }
}
