//! Runs jobs side by side, as far as the processors carry them; those that need the machine to themselves come last, one
//! at a time.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fixproof::engine::{Stop, Stopper};
use tokio::task::JoinSet;

use super::admission::CpuAdmission;
use super::{Progress, ProofEvent};

/// How often a job that waits for a permit looks whether the proof was interrupted.
const LOOK: Duration = Duration::from_millis(100);

/// One piece of work.
#[derive(Debug, Clone)]
pub(crate) struct Job<T> {
    /// What progress calls it.
    pub name: String,
    /// About how many observations it makes.
    pub cost: usize,
    /// Does it need the machine to itself?
    pub is_quiet: bool,
    pub work: T,
}

/// Runs jobs.
pub(crate) struct Runner {
    admission: Arc<CpuAdmission>,
    jobs: usize,
    progress: Arc<dyn Progress>,
    stopper: Stopper,
    stop: Stop,
    planned: AtomicUsize,
}

impl Runner {
    /// Measures the processors, which takes about a tenth of a second.
    pub(crate) async fn new(
        jobs: usize,
        progress: Arc<dyn Progress>,
        (stopper, stop): (Stopper, Stop),
    ) -> Result<Runner, String> {
        let admission = tokio::task::spawn_blocking(CpuAdmission::measured).await;
        let admission = Arc::new(admission.map_err(|error| error.to_string())?);
        Ok(Runner { admission, jobs, progress, stopper, stop, planned: AtomicUsize::new(0) })
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopper.is_stopped()
    }

    /// Announces runs before they are handed over, so that progress has a total.
    pub(crate) fn plan(&self, more: usize) {
        let planned = self.planned.fetch_add(more, Ordering::Relaxed) + more;
        self.progress.take(ProofEvent::Planned(planned));
    }

    /// Runs all of them and yields their results in the order of the jobs. Interrupted ones are left out.
    ///
    /// # Errors
    /// The harness could not do its work, in one line.
    pub(crate) async fn all<T, R, F, Fut>(&self, jobs: Vec<Job<T>>, run: F) -> Result<Vec<(T, R)>, String>
    where
        T: Clone + Send + 'static,
        R: Send + 'static,
        F: Fn(T, Stop) -> Fut + Clone + Send + 'static,
        Fut: Future<Output = Result<Option<R>, String>> + Send,
    {
        let (quiet, crowd): (Vec<_>, Vec<_>) =
            jobs.into_iter().enumerate().partition(|(_, job)| job.is_quiet);
        let mut results = self.side_by_side(crowd, self.jobs, run.clone()).await?;
        results.extend(self.side_by_side(quiet, 1, run).await?);
        results.sort_by_key(|(at, ..)| *at);
        Ok(results.into_iter().map(|(_, work, result)| (work, result)).collect())
    }

    /// The same, one at a time: for those that the machine was too busy for.
    pub(crate) async fn alone<T, R, F, Fut>(&self, jobs: Vec<Job<T>>, run: F) -> Result<Vec<(T, R)>, String>
    where
        T: Clone + Send + 'static,
        R: Send + 'static,
        F: Fn(T, Stop) -> Fut + Clone + Send + 'static,
        Fut: Future<Output = Result<Option<R>, String>> + Send,
    {
        self.plan(jobs.len());
        let jobs = jobs.into_iter().map(|job| Job { is_quiet: true, ..job }).collect();
        self.all(jobs, run).await
    }

    async fn side_by_side<T, R, F, Fut>(
        &self,
        jobs: Vec<(usize, Job<T>)>,
        most: usize,
        run: F,
    ) -> Result<Vec<(usize, T, R)>, String>
    where
        T: Clone + Send + 'static,
        R: Send + 'static,
        F: Fn(T, Stop) -> Fut + Clone + Send + 'static,
        Fut: Future<Output = Result<Option<R>, String>> + Send,
    {
        let mut flight = JoinSet::new();
        for (at, Job { name, cost, work, .. }) in jobs {
            let (admission, progress, run) = (self.admission.clone(), self.progress.clone(), run.clone());
            let (stopper, stop) = (self.stopper.clone(), self.stop.clone());
            flight.spawn(async move {
                let _permit = tokio::select! {
                    permit = admission.permit(most, cost) => permit,
                    () = stopped(&stopper) => return Ok::<_, String>(None),
                };
                if stopper.is_stopped() {
                    return Ok(None);
                }
                progress.take(ProofEvent::Started(&name));
                let result = run(work.clone(), stop).await;
                progress.take(ProofEvent::Ended(&name));
                Ok(result?.map(|result| (at, work, result)))
            });
        }
        let mut results = Vec::new();
        while let Some(joined) = flight.join_next().await {
            results.extend(joined.map_err(|error| format!("a run was not finished: {error}"))??);
        }
        Ok(results)
    }
}

/// Waits until the proof is interrupted: a job that waits for a permit must not be admitted first.
async fn stopped(stopper: &Stopper) {
    while !stopper.is_stopped() {
        tokio::time::sleep(LOOK).await;
    }
}
