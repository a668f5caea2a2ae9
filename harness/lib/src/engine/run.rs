//! Runs a plan: starts what may start, collects what comes home, and ends with one report, whatever happens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::watch;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};

use crate::clock::{Clock, Moment};
use crate::judge::{decide, fold, tally, tally_by_component};
use crate::model::{
    Cause, Outcome, Provenance, Reason, Report, ReportParts, SelfCheck, Timestamp, Undecided,
};
use crate::probe::forget_tokens;
use crate::redact::Redactor;

use super::caught::message;
use super::event::{Event, Listener};
use super::health::{Health, most_at_once};
use super::job::Job;
use super::lag::LagMeter;
use super::plan::{Entry, Plan};
use super::round::{Progress, Shared, ask};
use super::schedule::{Next, Schedule};
use super::take::CLEANING;

/// How much longer than [`CLEANING`] the run waits for those that clean up, on the wall.
const CLEANING_SPARE: Duration = Duration::from_secs(1);

/// Ends a run before its time.
#[derive(Debug, Clone)]
pub struct Stopper(Arc<watch::Sender<bool>>);

/// The run's end of a [`Stopper`].
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

/// A way to end a run before its time.
#[must_use]
pub fn stopper() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(false);
    (Stopper(Arc::new(sender)), Stop(receiver))
}

impl Stopper {
    /// Ends the run: nothing more is asked, what is under way is dropped but for what cleans up, the report
    /// is made.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Was it stopped already?
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }
}

impl Stop {
    /// The end of a run that nobody ends before its time.
    #[must_use]
    pub fn never() -> Stop {
        stopper().1
    }

    /// Waits until somebody stops the run; for ever, if nobody can any more.
    pub(super) async fn stopped(&mut self) {
        if self.0.wait_for(|stopped| *stopped).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Runs a plan. Needs a tokio runtime with time and I/O.
pub async fn run(plan: Plan, listener: &mut dyn Listener, stop: Stop) -> Report {
    forget_tokens();
    let clock = Clock::with_speed(plan.speed);
    let (jobs, mut slots) = slots(&plan);
    let at_once = most_at_once(jobs.iter().map(AsRef::as_ref), plan.parallel);
    let health = Arc::new(Health::checked(&plan.watched, at_once).await);
    let (began, started) = (clock.now(), clock.timestamp());
    let lag = LagMeter::default();
    let beat = tokio::spawn(lag.clone().beat());
    let left_out = slots.iter().filter(|slot| slot.is_some()).count();
    listener.take(&Event::RunStarted { planned: jobs.len(), skipped: left_out });
    for outcome in slots.iter_mut().flatten() {
        told(&plan.redactor, outcome, listener);
    }
    let shared = Arc::new(Shared {
        clock,
        resolver: plan.resolver.clone(),
        lag: lag.clone(),
        health: health.clone(),
        run_deadline: clock.after(began, plan.deadline),
        stop: stop.clone(),
        captured: Mutex::default(),
    });
    let mut floor = Floor::new(jobs.clone(), shared, plan.parallel, plan.redactor.clone(), listener, stop);
    floor.work().await;
    let Floor { outcomes, redactor, interrupted, .. } = floor;
    beat.abort();
    let mut asked = outcomes.into_iter();
    for slot in &mut slots {
        if slot.is_none() {
            // One outcome for each job, in the order of the jobs; the fallback can't be reached, and would be red.
            *slot = asked.next().flatten();
        }
    }
    let outcomes: Vec<Outcome> = plan
        .entries
        .iter()
        .zip(slots)
        .map(|(entry, slot)| slot.unwrap_or_else(|| never_told(entry)))
        .collect();
    let report =
        report(plan, outcomes, &redactor, interrupted, (clock, began, started), health.assessed(&lag));
    listener.take(&Event::RunFinished { report: &report });
    report
}

/// Tells an outcome without its secrets. Gate, tallies and folded causes go by the names of scenarios and components,
/// so those are put back as they were: the report's birth takes them out.
fn told(redactor: &Redactor, outcome: &mut Outcome, listener: &mut dyn Listener) {
    let scenario = outcome.scenario.clone();
    let blocked = matches!(outcome.grounds, Reason::Blocked { .. }).then(|| outcome.grounds.clone());
    redactor.clean_outcome(outcome);
    listener.take(&Event::ScenarioFinished { outcome });
    outcome.scenario = scenario;
    if let Some(blocked) = blocked {
        outcome.grounds = blocked;
    }
}

fn never_told(entry: &Entry) -> Outcome {
    let card = match entry {
        Entry::Ask(job) => job.card.clone(),
        Entry::LeftOut(card, _) => card.clone(),
    };
    let detail = "the scenario came to no verdict".to_owned();
    Outcome::unasked(card, Reason::Failed { cause: Cause::Internal, detail })
}

/// The jobs, and a place for every planned scenario's outcome with those that are left out already in it.
fn slots(plan: &Plan) -> (Vec<Arc<Job>>, Vec<Option<Outcome>>) {
    let mut jobs = Vec::new();
    let slots = plan
        .entries
        .iter()
        .map(|entry| match entry {
            Entry::Ask(job) => {
                jobs.push(job.clone());
                None
            }
            Entry::LeftOut(card, reason) => {
                Some(Outcome::unasked(card.clone(), Reason::Skipped { reason: reason.clone() }))
            }
        })
        .collect();
    (jobs, slots)
}

fn report(
    plan: Plan,
    outcomes: Vec<Outcome>,
    redactor: &Redactor,
    interrupted: bool,
    (clock, began, started): (Clock, Moment, Timestamp),
    self_check: SelfCheck,
) -> Report {
    let partial = !plan.narrowing.is_empty();
    let identity = plan.identity;
    let provenance = Provenance {
        tool: identity.tool,
        optimised: identity.optimised,
        run: identity.run,
        nonce: identity.nonce,
        begun: identity.begun,
        target: plan.target,
        suite: identity.suite,
        suite_hash: plan.suite_hash,
        target_hash: plan.target_hash,
        started,
        took: clock.since(began),
        wall: Clock::WALL.since(began),
        simulated: identity.simulated,
        narrowing: plan.narrowing,
        interrupted,
        replay: None,
        host: identity.host,
        self_check,
        notes: identity.notes,
        proof: identity.proof,
    };
    let parts = ReportParts {
        decision: decide(&outcomes, &plan.gate, partial, interrupted),
        tally: tally(&outcomes),
        components: tally_by_component(&plan.components, &outcomes),
        causes: fold(&outcomes, &plan.dependencies),
        provenance,
        outcomes,
    };
    Report::redacted(parts, redactor)
}

/// What a task that did not come home said last.
fn panic_message(error: JoinError) -> String {
    match error.try_into_panic() {
        Ok(panic) => message(panic),
        Err(error) => error.to_string(),
    }
}

/// Where the work is done: jobs in flight, outcomes that came home.
struct Floor<'a> {
    jobs: Vec<Arc<Job>>,
    shared: Arc<Shared>,
    schedule: Schedule,
    flight: JoinSet<Outcome>,
    index_of: HashMap<Id, (usize, AbortHandle)>,
    progress: UnboundedReceiver<Progress>,
    teller: tokio::sync::mpsc::UnboundedSender<Progress>,
    outcomes: Vec<Option<Outcome>>,
    redactor: Redactor,
    listener: &'a mut dyn Listener,
    stop: Stop,
    interrupted: bool,
}

impl<'a> Floor<'a> {
    fn new(
        jobs: Vec<Arc<Job>>,
        shared: Arc<Shared>,
        parallel: usize,
        redactor: Redactor,
        listener: &'a mut dyn Listener,
        stop: Stop,
    ) -> Floor<'a> {
        let (teller, progress) = unbounded_channel();
        Floor {
            schedule: Schedule::new(jobs.clone(), parallel),
            outcomes: (0..jobs.len()).map(|_| None).collect(),
            jobs,
            shared,
            flight: JoinSet::new(),
            index_of: HashMap::new(),
            progress,
            teller,
            redactor,
            listener,
            stop,
            interrupted: false,
        }
    }

    async fn work(&mut self) {
        loop {
            match self.schedule.next() {
                Next::Start(index, job) => self.start(index, job),
                Next::Block(index, grounds) => self.unasked(index, grounds, false),
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
                let grounds = if self.interrupted {
                    Reason::Inconclusive(Undecided::Interrupted)
                } else {
                    let detail = "it waits for a scenario that waits for it".to_owned();
                    Reason::Failed { cause: Cause::Internal, detail }
                };
                let outcome = Outcome::unasked(self.jobs[index].card.clone(), grounds);
                self.keep(index, outcome);
            }
        }
    }

    fn start(&mut self, index: usize, job: Arc<Job>) {
        if self.shared.clock.now() >= self.shared.run_deadline {
            self.unasked(index, Reason::Inconclusive(Undecided::Deadline), true);
            return;
        }
        if let Some(grounds) = self.shared.health.refuses(&job) {
            self.unasked(index, grounds, true);
            return;
        }
        self.listener.take(&Event::ScenarioStarted { scenario: &self.redactor.cleaned_card(&job.card) });
        let task = self.flight.spawn(ask(job, index, self.shared.clone(), self.teller.clone()));
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
            Some(joined) = self.flight.join_next_with_id() => self.came_home(joined),
        }
        std::ops::ControlFlow::Continue(())
    }

    /// After an interrupt: whoever has nothing to clean up is dropped, the others may, for a while. They know of it
    /// themselves; what they have seen stays undecided.
    async fn let_clean_up(&mut self) {
        for (index, task) in self.index_of.values() {
            if !self.jobs[*index].cleans_up() {
                task.abort();
            }
        }
        let wall = Clock::WALL;
        let end = wall.after(wall.now(), CLEANING + CLEANING_SPARE);
        let flight = &mut self.flight;
        // Whoever is not home by then is dropped after all.
        let _ = wall.until(end, async { while flight.join_next().await.is_some() {} }).await;
    }

    fn came_home(&mut self, joined: Result<(Id, Outcome), JoinError>) {
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

    fn unasked(&mut self, index: usize, grounds: Reason, started: bool) {
        let outcome = Outcome::unasked(self.jobs[index].card.clone(), grounds);
        let verdict = outcome.verdict;
        self.keep(index, outcome);
        self.schedule.finished(index, verdict, started);
    }

    /// The choke point: an outcome is redacted before anyone sees it, of everything captured so far by anyone.
    fn keep(&mut self, index: usize, mut outcome: Outcome) {
        let captured = self.shared.take_captured();
        if !captured.is_empty() {
            self.redactor.learn(&captured);
        }
        told(&self.redactor, &mut outcome, self.listener);
        self.outcomes[index] = Some(outcome);
    }
}
