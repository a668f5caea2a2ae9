//! Runs the controls: a fresh simulated staging each, side by side, each through the engine as `fixproof run` does.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fixproof::engine::{Selection, Stop, Stopper, run as run_plan, stopper};
use fixproof::judge::{Depth, judge_control, judge_healthy, only_late};
use fixproof::model::{Control, ControlOutcome, Judgement, Report, Simulated};
use fixproof::report::control_line;
use fixproof::{LoadedHarness, PlannedRun};
use fixproof_sim::Profile;
use tokio::task::JoinSet;

use crate::burden::{observations, wants_quiet};
use crate::commands::run::watch_for_interrupts;
use crate::live::Live;
use crate::means::Means;
use crate::terminal::{self, Style};

/// What is needed to run any control.
pub(crate) struct Shop {
    pub prepared: LoadedHarness,
    pub controls: Vec<Control>,
    /// What the positive control asks.
    pub healthy: Selection,
    pub speed: f64,
    pub processors: usize,
    /// How many run side by side at most.
    pub jobs: usize,
}

/// What came of all of them.
pub(crate) struct Tried {
    pub healthy: ControlOutcome,
    pub controls: Vec<ControlOutcome>,
    /// Which expectations were broken beside some control.
    pub depth: Depth,
    pub interrupted: bool,
}

/// Shows what goes on.
pub(crate) struct Display {
    live: Option<Live>,
    quiet: bool,
    style: Style,
}

/// A control that came home.
struct Home {
    outcome: ControlOutcome,
    /// Why it deserves a second run, if it does.
    late: Option<String>,
    /// The expectations that were broken.
    depth: Depth,
}

impl Display {
    /// Says nothing when `quiet`, draws on a terminal, and prints lines elsewhere.
    pub(crate) fn new(quiet: bool, style: Style) -> Display {
        Display { live: (!quiet && terminal::is_watched()).then(Live::new), quiet, style }
    }

    fn began(&self, fault: &str) {
        if let Some(live) = &self.live {
            live.began(fault);
        }
    }

    fn ended(&self, outcome: &ControlOutcome) {
        let line = || control_line(outcome, self.style);
        match &self.live {
            Some(live) => {
                live.ended(&outcome.fault, true);
                if !outcome.held() {
                    live.aside(&line());
                }
            }
            None if !self.quiet => terminal::complain(&line()),
            None => {}
        }
    }

    fn over(&self) {
        if let Some(live) = &self.live {
            live.over();
        }
    }
}

/// Runs all of them on a runtime of its own.
///
/// # Errors
/// A sentence: the harness could not do its work.
pub(crate) fn drive(shop: Arc<Shop>, display: Display) -> Result<Tried, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("the runtime can't be started: {error}"))?;
    let tried = runtime.block_on(async {
        let (stopper, stop) = stopper();
        let watcher = tokio::spawn(watch_for_interrupts(stopper.clone()));
        let tried = all(shop, &display, &stopper, &stop).await;
        watcher.abort();
        tried
    });
    display.over();
    runtime.shutdown_background();
    tried
}

async fn all(shop: Arc<Shop>, display: &Display, stopper: &Stopper, stop: &Stop) -> Result<Tried, String> {
    if let Some(live) = &display.live {
        live.expects(shop.controls.len() + 1);
    }
    let processors = shop.processors;
    let means = tokio::task::spawn_blocking(move || Means::measured(processors)).await;
    let means = Arc::new(means.map_err(|error| error.to_string())?);
    let fault = Profile::default().name;
    display.began(fault);
    let (healthy, mut depth) = healthy(&shop, stop).await?;
    display.ended(&healthy);
    // Where not even this is green, nothing can be proved.
    if stopper.is_stopped() || !healthy.held() {
        return Ok(Tried { healthy, controls: Vec::new(), depth, interrupted: stopper.is_stopped() });
    }
    let mut homes = Vec::new();
    let (quiet, crowd): (Vec<usize>, Vec<usize>) =
        (0..shop.controls.len()).partition(|at| wants_quiet(&shop.controls[*at], shop.prepared.suite()));
    for (order, jobs) in [(crowd, shop.jobs), (quiet, 1)] {
        homes.extend(side_by_side(&shop, order, jobs, (display, stopper, stop), &means).await?);
    }
    for (at, home) in homes.iter_mut() {
        let Some(why) = home.late.take().filter(|_| !stopper.is_stopped()) else { continue };
        display.began(&home.outcome.fault);
        if let Some(again) = tried(&shop, *at, stop).await? {
            *home = Home { outcome: ControlOutcome { again: Some(why), ..again.outcome }, ..again };
        }
        display.ended(&home.outcome);
    }
    homes.sort_by_key(|(at, _)| *at);
    let mut controls = Vec::with_capacity(homes.len());
    for (_, home) in homes {
        controls.push(home.outcome);
        depth.join(home.depth);
    }
    Ok(Tried { healthy, controls, depth, interrupted: stopper.is_stopped() })
}

async fn healthy(shop: &Arc<Shop>, stop: &Stop) -> Result<(ControlOutcome, Depth), String> {
    let profile = Profile::default();
    let mut last = None;
    // Once more, if it was nothing but the harness's own lateness.
    for _ in 0..2 {
        let (report, wall) = staged(shop, profile, shop.healthy.clone(), stop).await?;
        let again: Option<String> = last.take();
        let outcome = ControlOutcome { wall, again, ..judge_healthy(profile.name, &report.outcomes) };
        match only_late(&outcome, &report.outcomes) {
            Some(why) if outcome.again.is_none() => last = Some(why),
            _ => return Ok((outcome, Depth::of(&report.outcomes))),
        }
    }
    Err("the positive control came to no end".to_owned())
}

/// Some controls, so many at once; those that ask most first, so that none is left alone at the end.
async fn side_by_side(
    shop: &Arc<Shop>,
    mut order: Vec<usize>,
    jobs: usize,
    (display, stopper, stop): (&Display, &Stopper, &Stop),
    means: &Arc<Means>,
) -> Result<Vec<(usize, Home)>, String> {
    let (began, mut beginnings) = tokio::sync::mpsc::unbounded_channel();
    let mut flight: JoinSet<Option<(usize, Result<Home, String>)>> = JoinSet::new();
    order.sort_by_key(|at| !shop.controls[*at].is_whole());
    for at in order {
        let (shop, stopper, stop) = (shop.clone(), stopper.clone(), stop.clone());
        let (began, means) = (began.clone(), means.clone());
        flight.spawn(async move {
            let burden = observations(&shop.controls[at], shop.prepared.suite());
            let _guest = means.room(jobs, burden).await;
            if stopper.is_stopped() {
                return None;
            }
            // Nobody listens any more only when everything is over.
            let _ = began.send(at);
            let home = tried(&shop, at, &stop).await.transpose()?;
            Some((at, home))
        });
    }
    let mut homes = Vec::new();
    loop {
        tokio::select! {
            biased;
            Some(at) = beginnings.recv() => display.began(&shop.controls[at].fault.value),
            joined = flight.join_next() => match joined {
                None => return Ok(homes),
                Some(Err(error)) => return Err(format!("a control was not finished: {error}")),
                Some(Ok(None)) => {}
                Some(Ok(Some((at, home)))) => {
                    let home = home?;
                    // One that is run again is told then.
                    if home.late.is_none() {
                        display.ended(&home.outcome);
                    }
                    homes.push((at, home));
                }
            }
        }
    }
}

/// Runs one control. Nothing where it was interrupted.
async fn tried(shop: &Arc<Shop>, at: usize, stop: &Stop) -> Result<Option<Home>, String> {
    let control = &shop.controls[at];
    let fault = &control.fault.value;
    let profile = *Profile::named(fault).ok_or_else(|| format!("there is no profile `{fault}`"))?;
    let (report, wall) = staged(shop, profile, asked_by([control]), stop).await?;
    if report.decision.judgement == Judgement::Interrupted {
        return Ok(None);
    }
    let suite = shop.prepared.suite();
    let skips: BTreeSet<&str> =
        suite.scenarios.iter().filter(|s| s.skip.is_some()).map(|s| s.id.value.as_str()).collect();
    let place = shop.prepared.sources().place(control.span);
    let judged = judge_control(control, place, &report.outcomes, report.decision.judgement, &skips);
    let late = only_late(&judged, &report.outcomes);
    let depth = Depth::beside(&report.outcomes);
    Ok(Some(Home { outcome: ControlOutcome { wall, ..judged }, late, depth }))
}

/// What controls ask: the whole suite, or what they name; what that needs comes along.
pub(crate) fn asked_by<'a>(controls: impl IntoIterator<Item = &'a Control>) -> Selection {
    let mut only = BTreeSet::new();
    for control in controls {
        if control.is_whole() {
            return Selection::default();
        }
        only.extend(control.named().map(|id| id.value.clone()));
    }
    Selection { only: Some(only), ..Selection::default() }
}

/// One run beside one fault, on a staging of its own.
async fn staged(
    shop: &Arc<Shop>,
    profile: Profile,
    selection: Selection,
    stop: &Stop,
) -> Result<(Report, Duration), String> {
    let began = Instant::now();
    let opened = shop.clone();
    let simulated = Some(Simulated { profile: profile.name.to_owned(), speed: shop.speed });
    let planned =
        tokio::task::spawn_blocking(move || opened.prepared.start_simulated(simulated, &selection)).await;
    let planned = planned
        .map_err(|error| error.to_string())?
        .map_err(|invalid| format!("profile {}: {}", profile.name, invalid.messages()))?;
    let PlannedRun { plan, simulated: staging } = planned;
    let report = run_plan(plan, &mut (), stop.clone()).await;
    // Stopping it waits for its threads.
    tokio::task::spawn_blocking(move || drop(staging)).await.map_err(|error| error.to_string())?;
    Ok((report, began.elapsed()))
}
