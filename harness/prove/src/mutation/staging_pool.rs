//! Simulated stagings that are reused: one change is undone before the next is made, and a start takes longer than most
//! trials. None gets old: what its log says happened in the last hour must have happened then.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fixproof::engine::{Selection, Stop, run};
use fixproof::model::{Judgement, Outcome};
use fixproof_sim::{Addresses, Mutation, Profile, Served};

use crate::lab::{Lab, SimulatedStaging};

/// How old a staging may get, in the time of the modelled system.
const LIFE: Duration = Duration::from_secs(300);
/// How long its services may take to start, on the wall.
const START: Duration = Duration::from_secs(60);

/// Some scenarios beside some changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trial {
    pub scenarios: BTreeSet<Arc<str>>,
    pub mutations: Vec<Mutation>,
}

/// The result of one trial.
pub(crate) struct TrialResult {
    pub outcomes: Vec<Outcome>,
    pub served: Vec<Served>,
    pub addresses: Addresses,
}

/// A staging, and when it was started.
type Idle = (Box<dyn SimulatedStaging>, Instant);

/// The stagings, and what is run on them.
pub(crate) struct StagingPool {
    lab: Lab,
    idle: Mutex<Vec<Idle>>,
}

impl StagingPool {
    /// Scenarios that need each other run side by side: each must kill by itself, and none be blocked.
    pub(crate) fn new(mut lab: Lab) -> StagingPool {
        lab.loaded.suite_mut().scenarios.iter_mut().for_each(|scenario| scenario.needs.clear());
        StagingPool { lab, idle: Mutex::default() }
    }

    pub(crate) fn lab(&self) -> &Lab {
        &self.lab
    }

    /// Runs some scenarios beside some changes; nothing where it was interrupted.
    ///
    /// # Errors
    /// The harness could not do its work, in one line.
    pub(crate) async fn run(
        self: &Arc<StagingPool>,
        trial: &Trial,
        stop: &Stop,
    ) -> Result<Option<TrialResult>, String> {
        let (pool, only) = (self.clone(), trial.scenarios.iter().map(|id| id.to_string()).collect());
        let mutations = trial.mutations.clone();
        let opened = tokio::task::spawn_blocking(move || {
            let (staging, born) = pool.take()?;
            staging.staging().watch(mutations);
            drop(staging.staging().served());
            let selection = Selection { only: Some(only), ..Selection::default() };
            let healthy = pool.lab.simulated(Profile::default());
            let plan = pool.lab.loaded.plan_on(healthy, &selection, staging.overlay());
            let plan = plan.map_err(|invalid| invalid.messages())?;
            Ok::<_, String>((plan, staging, born))
        });
        let (plan, staging, born) = opened.await.map_err(|error| error.to_string())??;
        let report = run(plan, &mut (), stop.clone()).await;
        let tried = (report.decision.judgement != Judgement::Interrupted).then(|| TrialResult {
            outcomes: report
                .outcomes
                .into_iter()
                .filter(|o| trial.scenarios.contains(&o.scenario.id))
                .collect(),
            served: staging.staging().served(),
            addresses: staging.staging().addresses(),
        });
        self.put(staging, born).await?;
        Ok(tried)
    }

    /// The answers of all health endpoints, also those that no scenario requests.
    pub(crate) async fn contract(self: &Arc<StagingPool>) -> Result<Vec<Served>, String> {
        let pool = self.clone();
        let asked = tokio::task::spawn_blocking(move || {
            let (staging, born) = pool.take()?;
            staging.staging().watch(Vec::new());
            drop(staging.staging().served());
            staging
                .staging()
                .ask_contract()
                .map_err(|error| format!("the simulated health endpoints can't be asked: {error}"))?;
            Ok::<_, String>((staging.staging().served(), staging, born))
        });
        let (served, staging, born) = asked.await.map_err(|error| error.to_string())??;
        self.put(staging, born).await?;
        Ok(served)
    }

    /// Stops all of them, which waits for their threads.
    pub(crate) async fn close(self: &Arc<StagingPool>) {
        let all = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        // A panic while stopping one changes no result.
        let _ = tokio::task::spawn_blocking(move || drop(all)).await;
    }

    fn take(&self) -> Result<Idle, String> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(idle) = idle {
            return Ok(idle);
        }
        let started = self.lab.stagings.start(&self.lab.simulated(Profile::default()))?;
        let settled = started.staging().settled(START);
        match settled.all_ready() {
            true => Ok((started, Instant::now())),
            false => Err(format!("the simulated staging does not start: {settled:?}")),
        }
    }

    async fn put(&self, staging: Box<dyn SimulatedStaging>, born: Instant) -> Result<(), String> {
        if born.elapsed() < LIFE.div_f64(self.lab.speed.max(1.0)) {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push((staging, born));
            return Ok(());
        }
        tokio::task::spawn_blocking(move || drop(staging)).await.map_err(|error| error.to_string())
    }
}
