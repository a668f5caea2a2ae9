//! Simulated stagings that are used again: one change is undone before the next is made, and a start takes longer than
//! most trials. None gets old: what its log says happened in the last hour must have happened then.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fixproof::LoadedHarness;
use fixproof::engine::{Selection, Stop, run as run_plan};
use fixproof::model::{Judgement, Outcome, Simulated};
use fixproof_sim::{Addresses, Mutation, Profile, Served};

use crate::embedded::Embedded;

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

/// What came of it.
pub(crate) struct Tried {
    pub outcomes: Vec<Outcome>,
    pub served: Vec<Served>,
    pub addresses: Addresses,
}

/// The stagings, and what is run on them.
pub(crate) struct Stages {
    prepared: LoadedHarness,
    speed: f64,
    idle: Mutex<Vec<(Embedded, Instant)>>,
}

impl Stages {
    /// Scenarios that need each other are asked side by side: each is to notice by itself, and none to be blocked.
    pub(crate) fn of(mut prepared: LoadedHarness, speed: f64) -> Stages {
        prepared.suite_mut().scenarios.iter_mut().for_each(|scenario| scenario.needs.clear());
        Stages { prepared, speed, idle: Mutex::default() }
    }

    pub(crate) fn prepared(&self) -> &LoadedHarness {
        &self.prepared
    }

    /// Runs some scenarios beside some changes; nothing where it was interrupted.
    ///
    /// # Errors
    /// A sentence: the harness could not do its work.
    pub(crate) async fn run(self: &Arc<Stages>, trial: &Trial, stop: &Stop) -> Result<Option<Tried>, String> {
        let (stages, only) = (self.clone(), trial.scenarios.iter().map(|id| id.to_string()).collect());
        let mutations = trial.mutations.clone();
        let opened = tokio::task::spawn_blocking(move || {
            let (staging, born) = stages.take()?;
            staging.staging().watch(mutations);
            drop(staging.staging().served());
            let selection = Selection { only: Some(only), ..Selection::default() };
            let profile = Profile::default().name.to_owned();
            let simulated = Simulated { profile, speed: stages.speed };
            let plan = stages.prepared.plan_on(simulated, &selection, staging.overlay());
            let plan = plan.map_err(|invalid| invalid.messages())?;
            Ok::<_, String>((plan, staging, born))
        });
        let (plan, staging, born) = opened.await.map_err(|error| error.to_string())??;
        let report = run_plan(plan, &mut (), stop.clone()).await;
        let tried = (report.decision.judgement != Judgement::Interrupted).then(|| Tried {
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

    /// The answers of all health endpoints, asked by nobody.
    pub(crate) async fn contract(self: &Arc<Stages>) -> Result<Vec<Served>, String> {
        let stages = self.clone();
        let asked = tokio::task::spawn_blocking(move || {
            let (staging, born) = stages.take()?;
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
    pub(crate) async fn close(self: &Arc<Stages>) {
        let all = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        // One that does not stop is of no use to anybody any more.
        let _ = tokio::task::spawn_blocking(move || drop(all)).await;
    }

    fn take(&self) -> Result<(Embedded, Instant), String> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(idle) = idle {
            return Ok(idle);
        }
        let started = Embedded::start(Profile::default(), self.speed)?;
        let settled = started.staging().settled(START);
        match settled.all_ready() {
            true => Ok((started, Instant::now())),
            false => Err(format!("the simulated staging does not start: {settled:?}")),
        }
    }

    async fn put(self: &Arc<Stages>, staging: Embedded, born: Instant) -> Result<(), String> {
        if born.elapsed() < LIFE.div_f64(self.speed.max(1.0)) {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push((staging, born));
            return Ok(());
        }
        tokio::task::spawn_blocking(move || drop(staging)).await.map_err(|error| error.to_string())
    }
}
