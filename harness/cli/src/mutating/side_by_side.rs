//! Trials side by side, as far as the processors carry them; those that must have the machine to themselves after all
//! others, one by one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use fixproof::engine::{Stop, Stopper};
use fixproof_sim::Mutation;
use tokio::task::JoinSet;

use super::stages::{Stages, Trial, Tried};
use crate::burden::{is_quiet, looks};
use crate::live::Live;
use crate::means::Means;

/// How often those who wait look whether it is all over.
const LOOK: Duration = Duration::from_millis(100);

/// Who runs trials.
pub(crate) struct Crew {
    stages: Arc<Stages>,
    means: Arc<Means>,
    jobs: usize,
    live: Option<Arc<Live>>,
    stopper: Stopper,
    stop: Stop,
    /// Scenarios that want to be alone.
    quiet: BTreeSet<Arc<str>>,
    /// About how many observations each scenario makes.
    burdens: BTreeMap<Arc<str>, usize>,
    /// What each scenario was seen to ask for.
    asked: BTreeMap<Arc<str>, BTreeSet<fixproof_sim::Answer>>,
    expected: usize,
    trials: usize,
}

impl Crew {
    pub(crate) async fn of(
        stages: Arc<Stages>,
        processors: usize,
        jobs: usize,
        live: Option<Arc<Live>>,
        (stopper, stop): (Stopper, Stop),
    ) -> Result<Crew, String> {
        let means = tokio::task::spawn_blocking(move || Means::measured(processors)).await;
        let means = Arc::new(means.map_err(|error| error.to_string())?);
        let scenarios = &stages.prepared().suite().scenarios;
        let id = |id: &str| -> Arc<str> { id.into() };
        let quiet = scenarios.iter().filter(|s| is_quiet(s)).map(|s| id(&s.id.value)).collect();
        let burdens = scenarios.iter().map(|s| (id(&s.id.value), looks(s))).collect();
        let asked = BTreeMap::new();
        Ok(Crew { stages, means, jobs, live, stopper, stop, quiet, burdens, asked, expected: 0, trials: 0 })
    }

    pub(crate) fn stages(&self) -> &Arc<Stages> {
        &self.stages
    }

    pub(crate) fn is_quiet(&self, id: &Arc<str>) -> bool {
        self.quiet.contains(id)
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopper.is_stopped()
    }

    /// How many trials were run.
    pub(crate) fn trials(&self) -> usize {
        self.trials
    }

    /// Has a scenario been seen to ask for what this changes?
    pub(crate) fn asks(&self, id: &Arc<str>, mutation: &Mutation) -> bool {
        self.asked.get(id).is_some_and(|asked| asked.contains(&mutation.answer))
    }

    /// So many more trials are to come.
    pub(crate) fn expects(&mut self, trials: usize) {
        self.expected += trials;
        if let Some(live) = &self.live {
            live.expects(self.expected);
        }
    }

    /// Runs all of them; what came of each, in their order. Those that were interrupted are left out.
    pub(crate) async fn all(&mut self, trials: Vec<Trial>) -> Result<Vec<(Trial, Tried)>, String> {
        let jobs = self.jobs;
        self.at_once(trials, jobs).await
    }

    /// The same, one by one: for those that the machine was too busy for.
    pub(crate) async fn alone(&mut self, trials: Vec<Trial>) -> Result<Vec<(Trial, Tried)>, String> {
        self.expects(trials.len());
        self.at_once(trials, 1).await
    }

    async fn at_once(&mut self, trials: Vec<Trial>, jobs: usize) -> Result<Vec<(Trial, Tried)>, String> {
        let (quiet, crowd): (Vec<_>, Vec<_>) = trials
            .into_iter()
            .enumerate()
            .partition(|(_, trial)| trial.scenarios.iter().any(|id| self.is_quiet(id)));
        let mut homes = Vec::new();
        for (trials, jobs) in [(crowd, jobs), (quiet, 1)] {
            homes.extend(self.side_by_side(trials, jobs).await?);
        }
        homes.sort_by_key(|(at, ..)| *at);
        self.trials += homes.len();
        for (_, trial, tried) in homes.iter().filter(|(_, trial, _)| trial.mutations.is_empty()) {
            let asked = tried.served.iter().filter(|served| served.times > 0);
            let asked: BTreeSet<_> = asked.map(|served| served.answer.clone()).collect();
            for id in &trial.scenarios {
                self.asked.entry(id.clone()).or_default().extend(asked.iter().cloned());
            }
        }
        Ok(homes.into_iter().map(|(_, trial, tried)| (trial, tried)).collect())
    }

    async fn side_by_side(
        &self,
        trials: Vec<(usize, Trial)>,
        jobs: usize,
    ) -> Result<Vec<(usize, Trial, Tried)>, String> {
        let mut flight = JoinSet::new();
        for (at, trial) in trials {
            let (stages, means, live) = (self.stages.clone(), self.means.clone(), self.live.clone());
            let (stopper, stop) = (self.stopper.clone(), self.stop.clone());
            let burden = trial.scenarios.iter().filter_map(|id| self.burdens.get(id)).sum();
            flight.spawn(async move {
                let _guest = tokio::select! {
                    guest = means.room(jobs, burden) => guest,
                    () = stopped(&stopper) => return None,
                };
                let name = name(at, &trial);
                live.iter().for_each(|live| live.began(&name));
                let home = stages.run(&trial, &stop).await;
                live.iter().for_each(|live| live.ended(&name, true));
                home.transpose().map(|home| home.map(|tried| (at, trial, tried)))
            });
        }
        let mut homes = Vec::new();
        while let Some(joined) = flight.join_next().await {
            let home = joined.map_err(|error| format!("a trial was not finished: {error}"))?;
            homes.extend(home.transpose()?);
        }
        Ok(homes)
    }
}

/// Waits until somebody ended it all: who waits for room must not be let in first.
async fn stopped(stopper: &Stopper) {
    while !stopper.is_stopped() {
        tokio::time::sleep(LOOK).await;
    }
}

/// What the live line calls a trial.
fn name(at: usize, trial: &Trial) -> String {
    match (trial.mutations.first(), trial.mutations.len(), trial.scenarios.first()) {
        (Some(first), 1, _) => format!("{} {}", first.answer, first.field),
        (Some(first), more, _) => format!("{} {} and {} more", first.answer, first.field, more - 1),
        (None, _, Some(id)) => id.to_string(),
        (None, _, None) => at.to_string(),
    }
}
