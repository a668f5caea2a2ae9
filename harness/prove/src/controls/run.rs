//! Runs the controls: a fresh simulated staging each, side by side, each through the engine as `fixproof run` does.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fixproof::PlannedRun;
use fixproof::engine::{Selection, Stop, Stopper, run};
use fixproof::model::{Control, Judgement, Report};
use fixproof_sim::Profile;

use super::judge::{Depth, judge_control, judge_healthy, only_late};
use super::{ControlOutcome, asked_by};
use crate::lab::{Job, Lab, Progress, ProofEvent, Runner, cost};

/// The controls to run, and what to run them with.
pub struct ControlPlan {
    /// The suite and its stagings.
    pub lab: Lab,
    /// The controls.
    pub controls: Vec<Control>,
    /// The scenarios of the positive control.
    pub healthy: Selection,
}

/// The results of all of them.
pub struct ControlRuns {
    /// The positive control.
    pub healthy: ControlOutcome,
    /// The negative controls, in their order.
    pub controls: Vec<ControlOutcome>,
    /// Which expectations failed beside a control.
    pub depth: Depth,
    /// Was it interrupted?
    pub interrupted: bool,
}

/// A control that was run.
struct ControlRun {
    outcome: ControlOutcome,
    /// Why it is run a second time, if it is.
    late: Option<String>,
    /// The expectations that failed.
    depth: Depth,
}

/// Runs all of them.
///
/// # Errors
/// The harness could not do its work, in one line.
pub async fn run_controls(
    plan: Arc<ControlPlan>,
    progress: Arc<dyn Progress>,
    (stopper, stop): (Stopper, Stop),
) -> Result<ControlRuns, String> {
    let runner = Runner::new(plan.lab.jobs, progress.clone(), (stopper.clone(), stop.clone())).await?;
    runner.plan(plan.controls.len() + 1);
    let fault = Profile::default().name;
    progress.take(ProofEvent::Started(fault));
    let (healthy, mut depth) = healthy(&plan, &stop).await?;
    progress.take(ProofEvent::Ended(fault));
    progress.take(ProofEvent::Judged(&healthy));
    // Where not even this passes, nothing can be proved.
    if stopper.is_stopped() || !healthy.held() {
        return Ok(ControlRuns { healthy, controls: Vec::new(), depth, interrupted: stopper.is_stopped() });
    }
    let judged_at_once = {
        let (plan, progress) = (plan.clone(), progress.clone());
        move |at, stop| {
            let (run, progress) = (run_control(plan.clone(), at, stop), progress.clone());
            async move {
                let run = run.await?;
                // One that is run again is judged then.
                if let Some(run) = run.as_ref().filter(|run| run.late.is_none()) {
                    progress.take(ProofEvent::Judged(&run.outcome));
                }
                Ok(run)
            }
        }
    };
    // The longest first, so that none is left alone at the end.
    let mut order: Vec<usize> = (0..plan.controls.len()).collect();
    order.sort_by_key(|at| !plan.controls[*at].is_whole());
    let mut runs = runner.all(order.into_iter().map(|at| job(&plan, at)).collect(), judged_at_once).await?;
    for (at, first) in &mut runs {
        let Some(why) = first.late.take().filter(|_| !runner.is_stopped()) else { continue };
        let again = plan.clone();
        let again = move |at, stop| run_control(again.clone(), at, stop);
        if let Some((_, again)) = runner.alone(vec![job(&plan, *at)], again).await?.pop() {
            *first = ControlRun { outcome: ControlOutcome { again: Some(why), ..again.outcome }, ..again };
        }
        progress.take(ProofEvent::Judged(&first.outcome));
    }
    runs.sort_by_key(|(at, _)| *at);
    let mut controls = Vec::with_capacity(runs.len());
    for (_, run) in runs {
        controls.push(run.outcome);
        depth.join(run.depth);
    }
    Ok(ControlRuns { healthy, controls, depth, interrupted: stopper.is_stopped() })
}

fn job(plan: &ControlPlan, at: usize) -> Job<usize> {
    let (control, suite) = (&plan.controls[at], &plan.lab.loaded.suite());
    Job {
        name: control.fault.value.clone(),
        cost: cost::of_control(control, suite),
        is_quiet: cost::wants_quiet(control, suite),
        work: at,
    }
}

async fn healthy(plan: &Arc<ControlPlan>, stop: &Stop) -> Result<(ControlOutcome, Depth), String> {
    let profile = Profile::default();
    let mut last = None;
    // Once more, if it was nothing but the harness's own lateness.
    for _ in 0..2 {
        let (report, wall) = staged(plan, profile, plan.healthy.clone(), stop).await?;
        let again: Option<String> = last.take();
        let outcome = ControlOutcome { wall, again, ..judge_healthy(profile.name, &report.outcomes) };
        match only_late(&outcome, &report.outcomes) {
            Some(why) if outcome.again.is_none() => last = Some(why),
            _ => return Ok((outcome, Depth::of(&report.outcomes))),
        }
    }
    Err("the positive control did not end".to_owned())
}

/// Runs one control. Nothing where it was interrupted.
async fn run_control(plan: Arc<ControlPlan>, at: usize, stop: Stop) -> Result<Option<ControlRun>, String> {
    let control = &plan.controls[at];
    let fault = &control.fault.value;
    let profile = *Profile::named(fault).ok_or_else(|| format!("there is no profile `{fault}`"))?;
    let (report, wall) = staged(&plan, profile, asked_by([control]), &stop).await?;
    if report.decision.judgement == Judgement::Interrupted {
        return Ok(None);
    }
    let loaded = &plan.lab.loaded;
    let skips: BTreeSet<&str> =
        loaded.suite().scenarios.iter().filter(|s| s.skip.is_some()).map(|s| s.id.value.as_str()).collect();
    let place = loaded.sources().place(control.span);
    let judged = judge_control(control, place, &report.outcomes, report.decision.judgement, &skips);
    let late = only_late(&judged, &report.outcomes);
    let depth = Depth::beside(&report.outcomes);
    Ok(Some(ControlRun { outcome: ControlOutcome { wall, ..judged }, late, depth }))
}

/// One run beside one fault, on a staging of its own.
async fn staged(
    plan: &Arc<ControlPlan>,
    profile: Profile,
    selection: Selection,
    stop: &Stop,
) -> Result<(Report, Duration), String> {
    let began = Instant::now();
    let opened = plan.clone();
    let started = tokio::task::spawn_blocking(move || {
        let Lab { loaded, .. } = &opened.lab;
        loaded.start_simulated(Some(opened.lab.simulated(profile)), &selection)
    });
    let started = started.await.map_err(|error| error.to_string())?;
    let PlannedRun { plan, simulated } =
        started.map_err(|invalid| format!("profile {}: {}", profile.name, invalid.messages()))?;
    let report = run(plan, &mut (), stop.clone()).await;
    // Stopping it waits for its threads.
    tokio::task::spawn_blocking(move || drop(simulated)).await.map_err(|error| error.to_string())?;
    Ok((report, began.elapsed()))
}
