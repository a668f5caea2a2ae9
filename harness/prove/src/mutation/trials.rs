//! Runs trials on reused stagings, and learns which scenario requests which answer.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::Arc;

use fixproof::engine::Stop;
use fixproof_sim::{Answer, Mutation};

use super::staging_pool::{StagingPool, Trial, TrialResult};
use crate::lab::{Job, Runner, cost};

/// How often a scenario without a verdict runs, the first time included.
pub(super) const TRIES: usize = 3;

/// Runs trials.
pub(crate) struct Trials {
    pool: Arc<StagingPool>,
    runner: Runner,
    /// Scenarios that need the machine to themselves.
    quiet: BTreeSet<Arc<str>>,
    /// About how many observations each scenario makes.
    costs: BTreeMap<Arc<str>, usize>,
    /// The answers that each scenario was seen to request.
    asked: BTreeMap<Arc<str>, BTreeSet<Answer>>,
    count: usize,
}

impl Trials {
    pub(crate) fn new(pool: Arc<StagingPool>, runner: Runner) -> Trials {
        let scenarios = &pool.lab().loaded.suite().scenarios;
        let id = |id: &str| -> Arc<str> { id.into() };
        let quiet = scenarios.iter().filter(|s| cost::is_quiet(s)).map(|s| id(&s.id.value)).collect();
        let costs = scenarios.iter().map(|s| (id(&s.id.value), cost::of_scenario(s))).collect();
        Trials { pool, runner, quiet, costs, asked: BTreeMap::new(), count: 0 }
    }

    pub(crate) fn pool(&self) -> &Arc<StagingPool> {
        &self.pool
    }

    pub(crate) fn is_quiet(&self, id: &Arc<str>) -> bool {
        self.quiet.contains(id)
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.runner.is_stopped()
    }

    /// How many trials were run.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Was a scenario seen to request the answer that this changes?
    pub(crate) fn requests(&self, id: &Arc<str>, mutation: &Mutation) -> bool {
        self.asked.get(id).is_some_and(|asked| asked.contains(&mutation.answer))
    }

    /// Announces more trials to progress.
    pub(crate) fn plan(&self, more: usize) {
        self.runner.plan(more);
    }

    /// Runs all of them; the results in their order. Interrupted ones are left out.
    pub(crate) async fn all(&mut self, trials: Vec<Trial>) -> Result<Vec<(Trial, TrialResult)>, String> {
        let results = self.runner.all(self.jobs(trials), on(self.pool.clone())).await?;
        Ok(self.learned(results))
    }

    /// The same, one at a time: for those that the machine was too busy for.
    pub(crate) async fn alone(&mut self, trials: Vec<Trial>) -> Result<Vec<(Trial, TrialResult)>, String> {
        let results = self.runner.alone(self.jobs(trials), on(self.pool.clone())).await?;
        Ok(self.learned(results))
    }

    fn jobs(&self, trials: Vec<Trial>) -> Vec<Job<Trial>> {
        let job = |(at, trial): (usize, Trial)| Job {
            name: name(at, &trial),
            cost: trial.scenarios.iter().filter_map(|id| self.costs.get(id)).sum(),
            is_quiet: trial.scenarios.iter().any(|id| self.is_quiet(id)),
            work: trial,
        };
        trials.into_iter().enumerate().map(job).collect()
    }

    /// Keeps which answers were requested while nothing was changed.
    fn learned(&mut self, results: Vec<(Trial, TrialResult)>) -> Vec<(Trial, TrialResult)> {
        self.count += results.len();
        for (trial, result) in results.iter().filter(|(trial, _)| trial.mutations.is_empty()) {
            let asked = result.served.iter().filter(|served| served.times > 0);
            let asked: BTreeSet<_> = asked.map(|served| served.answer.clone()).collect();
            for id in &trial.scenarios {
                self.asked.entry(id.clone()).or_default().extend(asked.iter().cloned());
            }
        }
        results
    }
}

type Run = Pin<Box<dyn Future<Output = Result<Option<TrialResult>, String>> + Send>>;

fn on(pool: Arc<StagingPool>) -> impl Fn(Trial, Stop) -> Run + Clone + Send + 'static {
    move |trial, stop| {
        let pool = pool.clone();
        Box::pin(async move { pool.run(&trial, &stop).await })
    }
}

/// What progress calls a trial.
fn name(at: usize, trial: &Trial) -> String {
    match (trial.mutations.first(), trial.mutations.len(), trial.scenarios.first()) {
        (Some(first), 1, _) => format!("{} {}", first.answer, first.field),
        (Some(first), more, _) => format!("{} {} and {} more", first.answer, first.field, more - 1),
        (None, _, Some(id)) => id.to_string(),
        (None, _, None) => at.to_string(),
    }
}
