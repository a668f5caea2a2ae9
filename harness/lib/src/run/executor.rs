//! Executes a plan's jobs: starts what the schedule allows and collects one outcome for each, whatever happens.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};

use crate::clock::Clock;
use crate::model::{Cause, Outcome, Reason, Undecided};
use crate::plan::Job;
use crate::redact::Redactor;

use super::catch_panic::message;
use super::context::{CLEANING, RunContext};
use super::event::{Event, Listener};
use super::scenario_run::{Progress, run_scenario};
use super::schedule::{Next, Schedule};
use super::stop::Stop;

/// Extra time beyond [`CLEANING`] for cleanup after an interrupt, wall-clock time.
const CLEANING_SPARE: Duration = Duration::from_secs(1);

/// Publishes a redacted outcome. Gate, tallies and root causes go by the names of scenarios and components, so these are
/// restored afterwards; the report as a whole is redacted once more.
pub(super) fn publish(redactor: &Redactor, outcome: &mut Outcome, listener: &mut dyn Listener) {
    let scenario = outcome.scenario.clone();
    let blocked = matches!(outcome.reason, Reason::Blocked { .. }).then(|| outcome.reason.clone());
    redactor.clean_outcome(outcome);
    listener.take(&Event::ScenarioFinished { outcome });
    outcome.scenario = scenario;
    if let Some(blocked) = blocked {
        outcome.reason = blocked;
    }
}

/// The reason for a scenario that the schedule never starts.
pub(crate) fn in_a_cycle() -> Reason {
    let detail = "dependency cycle: it needs a scenario that needs it".to_owned();
    Reason::Failed { cause: Cause::Internal, detail }
}

/// The message of a task that panicked or was aborted.
fn panic_message(error: JoinError) -> String {
    match error.try_into_panic() {
        Ok(panic) => message(panic),
        Err(error) => error.to_string(),
    }
}

/// Runs jobs and keeps their outcomes.
pub(super) struct Executor<'a> {
    jobs: Vec<Arc<Job>>,
    shared: Arc<RunContext>,
    schedule: Schedule,
    flight: JoinSet<Outcome>,
    index_of: HashMap<Id, (usize, AbortHandle)>,
    progress: UnboundedReceiver<Progress>,
    progress_sender: UnboundedSender<Progress>,
    pub(super) outcomes: Vec<Option<Outcome>>,
    pub(super) redactor: Redactor,
    listener: &'a mut dyn Listener,
    stop: Stop,
    pub(super) interrupted: bool,
}

impl<'a> Executor<'a> {
    pub(super) fn new(
        jobs: Vec<Arc<Job>>,
        shared: Arc<RunContext>,
        parallel: usize,
        redactor: Redactor,
        listener: &'a mut dyn Listener,
        stop: Stop,
    ) -> Executor<'a> {
        let (progress_sender, progress) = unbounded_channel();
        Executor {
            schedule: Schedule::new(jobs.iter().map(|job| (&*job.card, job.alone)), parallel),
            outcomes: (0..jobs.len()).map(|_| None).collect(),
            jobs,
            shared,
            flight: JoinSet::new(),
            index_of: HashMap::new(),
            progress,
            progress_sender,
            redactor,
            listener,
            stop,
            interrupted: false,
        }
    }

    pub(super) async fn work(&mut self) {
        loop {
            match self.schedule.next() {
                Next::Start(index) => self.start(index, self.jobs[index].clone()),
                Next::Block(index, reason) => self.unasked(index, reason, false),
                Next::Done => break,
                Next::Wait => {
                    if self.wait().await.is_break() {
                        break;
                    }
                }
            }
        }
        if self.interrupted {
            self.let_clean_up().await;
        }
        self.flight.abort_all();
        for index in 0..self.jobs.len() {
            if self.outcomes[index].is_none() {
                let reason = if self.interrupted {
                    Reason::Inconclusive(Undecided::Interrupted)
                } else {
                    in_a_cycle()
                };
                let outcome = Outcome::unasked(self.jobs[index].card.clone(), reason);
                self.keep(index, outcome);
            }
        }
    }

    fn start(&mut self, index: usize, job: Arc<Job>) {
        if self.shared.clock.now() >= self.shared.run_deadline {
            self.unasked(index, Reason::Inconclusive(Undecided::Deadline), true);
            return;
        }
        if let Some(reason) = self.shared.host.refuses(&job) {
            self.unasked(index, reason, true);
            return;
        }
        self.listener.take(&Event::ScenarioStarted { scenario: &self.redactor.cleaned_card(&job.card) });
        let task =
            self.flight.spawn(run_scenario(job, index, self.shared.clone(), self.progress_sender.clone()));
        self.index_of.insert(task.id(), (index, task));
    }

    async fn wait(&mut self) -> std::ops::ControlFlow<()> {
        tokio::select! {
            biased;
            () = self.stop.stopped() => {
                self.interrupted = true;
                return std::ops::ControlFlow::Break(());
            }
            Some(progress) = self.progress.recv() => {
                let Progress { index, taken, planned, met } = progress;
                let scenario = &self.redactor.cleaned_card(&self.jobs[index].card);
                self.listener.take(&Event::SampleTaken { scenario, taken, planned, met });
            }
            Some(joined) = self.flight.join_next_with_id() => self.task_finished(joined),
        }
        std::ops::ControlFlow::Continue(())
    }

    /// After an interrupt: scenarios without cleanup steps are aborted; the others get time for cleanup and stay
    /// undecided.
    async fn let_clean_up(&mut self) {
        for (index, task) in self.index_of.values() {
            if !self.jobs[*index].cleans_up() {
                task.abort();
            }
        }
        let wall = Clock::WALL;
        let end = wall.after(wall.now(), CLEANING + CLEANING_SPARE);
        let flight = &mut self.flight;
        // Tasks still running after that are aborted.
        let _ = wall.until(end, async { while flight.join_next().await.is_some() {} }).await;
    }

    fn task_finished(&mut self, joined: Result<(Id, Outcome), JoinError>) {
        let (id, outcome) = match joined {
            Ok((id, outcome)) => (id, Ok(outcome)),
            Err(error) => (error.id(), Err(panic_message(error))),
        };
        let Some((index, _)) = self.index_of.remove(&id) else { return };
        let outcome = outcome.unwrap_or_else(|message| {
            let detail = format!("the probe panicked: {message}");
            Outcome::unasked(self.jobs[index].card.clone(), Reason::Failed { cause: Cause::Internal, detail })
        });
        let verdict = outcome.verdict;
        self.keep(index, outcome);
        self.schedule.finished(index, verdict, true);
    }

    fn unasked(&mut self, index: usize, reason: Reason, started: bool) {
        let outcome = Outcome::unasked(self.jobs[index].card.clone(), reason);
        let verdict = outcome.verdict;
        self.keep(index, outcome);
        self.schedule.finished(index, verdict, started);
    }

    /// Keeps an outcome after redacting it with every secret captured so far by any scenario.
    fn keep(&mut self, index: usize, mut outcome: Outcome) {
        let captured = self.shared.take_captured();
        if !captured.is_empty() {
            self.redactor.learn(&captured);
        }
        publish(&self.redactor, &mut outcome, self.listener);
        self.outcomes[index] = Some(outcome);
    }
}
