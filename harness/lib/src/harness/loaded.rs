//! A suite and its target after reading: validation, plans, and the simulated target they may need.

use crate::engine::{
    Identity, Listener, Overlay, Plan, RecordedRun, Selection, Stop, plan, replay, reproduce, run,
};
use crate::load::Loaded;
use crate::model::{
    Code, Controls, InvalidInput, Problem, Report, Scenario, Share, Simulated, Sources, Suite, Target,
};

use super::identity::{RunName, identity};
use super::{Harness, SimulatedTarget, Simulator};

/// A suite and its target that were read; they may hold errors, and then every plan is refused.
pub struct LoadedHarness {
    harness: Harness,
    loaded: Loaded,
    simulated: Option<Simulated>,
}

/// A run that is ready, with the simulated target it needs.
pub struct PlannedRun {
    /// The plan, with the warnings about the suite.
    pub plan: Plan,
    /// The simulated target; dropping it stops it.
    pub simulated: Option<Box<dyn SimulatedTarget>>,
}

impl PlannedRun {
    /// Runs it. `listener` receives the events on the way, and `stop` ends it early.
    pub async fn run(self, listener: &mut dyn Listener, stop: Stop) -> Report {
        run(self.plan, listener, stop).await
    }
}

impl LoadedHarness {
    pub(super) fn new(harness: Harness, loaded: Loaded, simulated: Option<Simulated>) -> LoadedHarness {
        LoadedHarness { harness, loaded, simulated }
    }

    /// The suite.
    #[must_use]
    pub fn suite(&self) -> &Suite {
        &self.loaded.suite
    }

    /// The suite, to be changed before it is planned.
    pub fn suite_mut(&mut self) -> &mut Suite {
        &mut self.loaded.suite
    }

    /// The target.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.loaded.target
    }

    /// The files that were read.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.loaded.sources
    }

    /// What is simulated; nothing for a real target.
    #[must_use]
    pub fn simulated(&self) -> Option<&Simulated> {
        self.simulated.as_ref()
    }

    /// What a report says of a run beside what was seen.
    #[must_use]
    pub fn identity(&self) -> Identity {
        self.identity_of(None, RunName::unique())
    }

    /// Adds errors or warnings to those of the suite.
    pub fn add_problems(&mut self, problems: impl IntoIterator<Item = Problem>) {
        self.loaded.problems.extend(problems);
    }

    /// Everything found so far, as a refusal.
    #[must_use]
    pub fn refuse(self) -> InvalidInput {
        InvalidInput::new(self.loaded.problems, self.loaded.sources)
    }

    /// Reads the controls of the suite. Their errors are kept beside the suite's own.
    pub fn read_controls(&mut self) -> Controls {
        let (controls, mut found) = self.harness.load_controls(&self.loaded.suite);
        if self.loaded.problems.has_errors() {
            // A scenario that could not be read is unknown to its controls, and was reported already.
            found.forget(Code::UnknownScenario);
        }
        self.loaded.sources = controls.sources.clone();
        self.loaded.problems.extend(found.iter().cloned());
        controls
    }

    /// Plans without starting anything: validation.
    ///
    /// # Errors
    /// Every error in the suite, the target and the selection.
    pub fn check(&self, selection: &Selection) -> Result<Plan, InvalidInput> {
        self.plan(self.simulated.clone(), selection, self.placeholders(), RunName::placeholder())
    }

    /// Plans, and starts the simulated target where there is one. It is started only when everything is valid.
    ///
    /// # Errors
    /// Every error in the suite, the target and the selection.
    pub fn start(&self, selection: &Selection) -> Result<PlannedRun, InvalidInput> {
        self.check(selection)?;
        self.start_simulated(self.simulated.clone(), selection)
    }

    /// Like [`start`](LoadedHarness::start), with another profile than the target's.
    ///
    /// # Errors
    /// Every error in the suite, the target and the selection.
    pub fn start_simulated(
        &self,
        simulated: Option<Simulated>,
        selection: &Selection,
    ) -> Result<PlannedRun, InvalidInput> {
        let started = match (&simulated, self.harness.simulator) {
            (Some(simulated), Some(simulator)) => Some(simulator.start(simulated)),
            _ => None,
        };
        let running = started.transpose().map_err(|why| Problem::nowhere(Code::UnknownTarget, why))?;
        let overlay = running.as_ref().map(|running| running.overlay()).unwrap_or_default();
        let plan = self.plan(simulated, selection, overlay, RunName::unique())?;
        Ok(PlannedRun { plan, simulated: running })
    }

    /// Plans against a simulated target that was started already.
    ///
    /// # Errors
    /// Every error in the suite, the target and the selection.
    pub fn plan_on(
        &self,
        simulated: Simulated,
        selection: &Selection,
        overlay: Overlay,
    ) -> Result<Plan, InvalidInput> {
        self.plan(Some(simulated), selection, overlay, RunName::unique())
    }

    /// Holds today's suite against a recorded run, and returns the warnings too. Nothing is sent and no secret is read.
    ///
    /// # Errors
    /// Every error in the suite and the target.
    pub fn recall<'a>(
        &'a self,
        recorded: &'a Report,
    ) -> Result<(RecordedRun<'a>, Vec<Problem>), InvalidInput> {
        let Loaded { suite, target, sources, problems } = &self.loaded;
        let mut problems = problems.clone();
        let mut recall = None;
        if !problems.has_errors() {
            let (found, more) = RecordedRun::of(suite, target, &self.placeholders(), recorded);
            problems.extend(more.iter().cloned());
            recall = found.filter(|_| !problems.has_errors());
        }
        match recall {
            Some(recall) => Ok((recall, problems.sorted())),
            None => Err(InvalidInput::new(problems, sources.clone())),
        }
    }

    /// Judges a recorded run with today's suite.
    #[must_use]
    pub fn replay(&self, recall: &RecordedRun<'_>, threshold: Option<Share>) -> Report {
        replay(recall, self.identity_of(None, RunName::placeholder()), threshold)
    }

    /// The shell commands that reproduce a scenario's requests.
    #[must_use]
    pub fn reproduce(&self, scenario: &Scenario) -> Vec<String> {
        let identity = self.identity_of(None, RunName::placeholder());
        let Loaded { suite, target, .. } = &self.loaded;
        reproduce(scenario, suite, target, self.placeholders(), &identity, &self.harness.probes)
    }

    fn placeholders(&self) -> Overlay {
        let simulator = self.harness.simulator.filter(|_| self.simulated.is_some());
        simulator.map(Simulator::placeholders).unwrap_or_default()
    }

    fn plan(
        &self,
        simulated: Option<Simulated>,
        selection: &Selection,
        overlay: Overlay,
        name: RunName,
    ) -> Result<Plan, InvalidInput> {
        plan(&self.loaded, overlay, selection, self.identity_of(simulated, name), &self.harness.probes)
    }

    fn identity_of(&self, simulated: Option<Simulated>, name: RunName) -> Identity {
        identity(&self.harness.tool, self.harness.folder(), simulated, name)
    }
}
