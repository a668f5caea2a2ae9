//! Could a recorded scenario have failed at all? Its healthy observations are judged again with one fact changed at a time,
//! and each expectation must kill one of the changes. Nothing is sent.

use std::sync::Arc;

use serde::Serialize;

use fixproof::engine::{RecordedRun, RecordedScenario, StepChecks};
use fixproof::judge::overall_findings;
use fixproof::model::{
    Cause, Change, Evaluation, Expectation, FactPath, Observation, Outcome, Place, ProbeError, Reason,
    Repetition, Sample, Severity, Verdict,
};

use crate::ProofResult;
use crate::field_coverage::unread;
use crate::perturbation::changed;

/// The proof of all scenarios.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecordedProof {
    /// Where the recording came from.
    pub source: Source,
    /// The recorded run.
    pub run: String,
    /// The target of the recorded run.
    pub target: String,
    /// Is the suite the one that was recorded? Otherwise a scenario may send something else today.
    pub same_suite: bool,
    /// Is the file of the target the one that was recorded? Otherwise today's limits may be others.
    pub same_target: bool,
    /// One for every scenario of the suite, in its order.
    pub scenarios: Vec<Proved>,
}

/// Where a recording came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// A stored report.
    Report,
    /// One run against the target, made for this proof.
    Target,
}

/// The proof of one scenario.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Proved {
    /// Its id.
    pub id: Arc<str>,
    /// Where it stands in the suite.
    pub place: Place,
    /// The word.
    pub standing: Standing,
    /// Its expectations that can fail it.
    pub expectations: Vec<ProvedExpectation>,
    /// Probe errors in place of the first observation with which it still passes.
    pub survived_errors: Vec<Cause>,
    /// Facts, and values within documents, that were recorded and that no expectation reads.
    pub unread: Vec<String>,
}

/// What is proved of a scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "standing")]
pub enum Standing {
    /// Each of its expectations can fail it.
    Sensitive,
    /// One of them can't.
    Blind,
    /// There is no healthy recording to prove it by.
    NotProved {
        /// Why.
        why: String,
    },
    /// Skipped, or left out by the user.
    LeftOut {
        /// Which.
        reason: String,
    },
}

/// The proof of one expectation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProvedExpectation {
    /// The step's name, where the scenario has several.
    pub step: Option<Arc<str>>,
    /// As a reader would say it.
    pub text: Arc<str>,
    /// Where it stands.
    pub place: Place,
    /// Changes that failed it and the scenario.
    pub killed: Vec<Change>,
    /// Changes with which it still passes.
    pub survived: Vec<Change>,
    /// Do only absence and another type fail the scenario, and no other value?
    pub is_weak: bool,
    /// Why no change fails the scenario, if none does.
    pub gap: Option<String>,
}

impl RecordedProof {
    /// How many of the scenarios that count are sensitive, and how many count.
    #[must_use]
    pub fn sensitivity(&self) -> (usize, usize) {
        let of =
            |wanted: fn(&Standing) -> bool| self.scenarios.iter().filter(|s| wanted(&s.standing)).count();
        (of(|s| *s == Standing::Sensitive), of(|s| !matches!(s, Standing::LeftOut { .. })))
    }

    /// The result.
    #[must_use]
    pub fn result(&self) -> ProofResult {
        match self.sensitivity() {
            (_, 0) => ProofResult::NothingJudged,
            (sensitive, counted) if sensitive == counted => ProofResult::Proved,
            _ => ProofResult::NotProved,
        }
    }
}

/// Proves every scenario of a recorded run.
#[must_use]
pub fn prove_recorded(recall: &RecordedRun<'_>, source: Source) -> RecordedProof {
    let scenarios = recall.scenarios.iter().map(|of| prove(recall, of)).collect();
    let recorded = &recall.report.provenance;
    RecordedProof {
        source,
        run: recorded.run.clone(),
        target: recorded.target.clone(),
        same_suite: recorded.suite_hash == recall.suite.hash,
        same_target: recorded.target_hash == recall.target.hash,
        scenarios,
    }
}

fn prove(recall: &RecordedRun<'_>, of: &RecordedScenario<'_>) -> Proved {
    let mut proved = Proved {
        id: of.card.id.clone(),
        place: of.card.place.clone(),
        standing: Standing::Sensitive,
        expectations: Vec::new(),
        survived_errors: Vec::new(),
        unread: Vec::new(),
    };
    let recorded = match healthy(recall, of) {
        Ok(recorded) => recorded,
        Err(standing) => return Proved { standing, ..proved },
    };
    let case = Case { recall, of, recorded: &recorded.samples };
    for step in &of.steps {
        for (at, expectation) in step.expect.iter().enumerate() {
            if expectation.severity == Severity::Error {
                proved.expectations.push(case.plain(step, at, expectation));
            }
        }
    }
    for at in 0..of.overall.len() {
        if of.overall[at].expectation.severity == Severity::Error {
            proved.expectations.push(case.overall(at));
        }
    }
    proved.survived_errors = case.survived_errors();
    proved.unread = unread(of, &recorded.samples);
    let blind = proved.expectations.is_empty()
        || proved.expectations.iter().any(|expectation| expectation.gap.is_some())
        || !proved.survived_errors.is_empty();
    if blind {
        proved.standing = Standing::Blind;
    }
    proved
}

/// The recording of a scenario that was green then, and is green when it is judged again as it is.
fn healthy<'a>(recall: &RecordedRun<'_>, of: &RecordedScenario<'a>) -> Result<&'a Outcome, Standing> {
    if let Some(skip) = &of.scenario.skip {
        return Err(Standing::LeftOut { reason: skip.reason.clone() });
    }
    let not_proved = |why: String| Err(Standing::NotProved { why });
    let Some(recorded) = of.recorded else {
        return not_proved("it is not in the report".to_owned());
    };
    match (&recorded.reason, recorded.verdict) {
        (_, Verdict::Passed) => {}
        (Reason::Skipped { reason }, _) => return Err(Standing::LeftOut { reason: reason.clone() }),
        (_, verdict) => {
            return not_proved(format!("it was {} in the report: give one of a healthy run", verdict.name()));
        }
    }
    match recall.judge(of, &recorded.samples, &recorded.samples).reason {
        Reason::Passed => Ok(recorded),
        Reason::Failed { cause, detail } => not_proved(format!(
            "as it was recorded it is red by today's expectations ({cause}: {detail}): run it again"
        )),
        Reason::Inconclusive(why) => not_proved(format!("{why}: run it again")),
        Reason::Blocked { .. } | Reason::Skipped { .. } => not_proved("it can't be judged again".to_owned()),
    }
}

/// A scenario with its healthy samples.
struct Case<'a> {
    recall: &'a RecordedRun<'a>,
    of: &'a RecordedScenario<'a>,
    recorded: &'a [Sample],
}

impl Case<'_> {
    /// An expectation on a plain fact: the changes of what it reads.
    fn plain(&self, step: &StepChecks, at: usize, expectation: &Expectation) -> ProvedExpectation {
        let in_sample = |sample: &Sample| self.recall.in_sample(self.of, step, at, sample);
        let first = self.recorded.first().map_or_else(|| expectation.clone(), in_sample);
        self.tried(step.name.as_ref(), &first, |change| {
            let samples = self.with_change(step, in_sample, change)?;
            let judged = self.recall.judge(self.of, &samples, self.recorded);
            let red = judged.reason.verdict() != Verdict::Passed;
            let its_own = judged.samples.iter().flat_map(|sample| &sample.attempts).any(|attempt| {
                attempt.step == step.name
                    && attempt.findings.get(at).is_some_and(|f| f.evaluation != Evaluation::Pass)
            });
            Some(Seen { red, its_own })
        })
    }

    /// An expectation on all samples together.
    fn overall(&self, at: usize) -> ProvedExpectation {
        let overall = &self.of.overall[at];
        let expectation = &overall.expectation;
        let broken = |samples: &[Sample], settled| {
            let found = overall_findings(std::slice::from_ref(overall), samples, settled, None);
            found.iter().any(|finding| finding.evaluation != Evaluation::Pass)
        };
        self.tried(overall.step.as_ref(), expectation, |change| match &expectation.that {
            FactPath::Aggregate(..) | FactPath::Plain(_) => {
                let step = self.of.steps.iter().find(|step| step.name == overall.step)?;
                let samples = self.with_change(step, |_: &Sample| expectation.clone(), change)?;
                let red =
                    self.recall.judge(self.of, &samples, self.recorded).reason.verdict() != Verdict::Passed;
                Some(Seen { red, its_own: broken(&samples, None) })
            }
            // None of the samples is met.
            FactPath::SamplesMet => (change == Change::FarBelow).then(|| {
                let samples = self.obstructed(Cause::Refused);
                let judged = self.recall.judge(self.of, &samples, self.recorded);
                let red = judged.reason.verdict() != Verdict::Passed;
                Seen { red, its_own: broken(&judged.samples, None) }
            }),
            // It settled as late as it may.
            FactPath::SettleAfter => {
                let Repetition::Settle(settling) = &self.of.scenario.repetition else { return None };
                (change == Change::FarAbove).then(|| {
                    let its_own = broken(self.recorded, Some(settling.within));
                    Seen { red: its_own, its_own }
                })
            }
        })
    }

    /// Tries every change.
    fn tried(
        &self,
        step: Option<&Arc<str>>,
        expectation: &Expectation,
        try_it: impl Fn(Change) -> Option<Seen>,
    ) -> ProvedExpectation {
        let (mut killed, mut survived, mut value_tried, mut value_red) = (vec![], vec![], false, false);
        for change in Change::ALL {
            let Some(Seen { red, its_own }) = try_it(change) else { continue };
            value_tried |= change.is_of_the_value();
            value_red |= change.is_of_the_value() && red;
            if red && its_own { &mut killed } else { &mut survived }.push(change);
        }
        // A limit that no value can exceed checks nothing, though a missing value would fail.
        let limits = expectation.operator.limit.is_some();
        let idle = limits && value_tried && !killed.iter().any(|change| change.is_of_the_value());
        let gap = if killed.is_empty() && survived.is_empty() {
            Some("nothing that was recorded can be changed for it".to_owned())
        } else if killed.is_empty() {
            Some("no change of what it reads fails the scenario".to_owned())
        } else {
            idle.then(|| "no value that can be seen there is beyond its limit".to_owned())
        };
        ProvedExpectation {
            step: step.cloned(),
            text: expectation.card.to_string().into(),
            place: expectation.card.place().clone(),
            is_weak: gap.is_none() && value_tried && !value_red,
            killed,
            survived,
            gap,
        }
    }

    /// The samples, in each of which one fact is changed. Nothing where the change makes no sense in the first.
    fn with_change(
        &self,
        step: &StepChecks,
        expectation: impl Fn(&Sample) -> Expectation,
        change: Change,
    ) -> Option<Vec<Sample>> {
        let mut any = false;
        let samples = self
            .recorded
            .iter()
            .map(|sample| {
                let expectation = expectation(sample);
                let mut sample = sample.clone();
                for attempt in sample.attempts.iter_mut().filter(|attempt| attempt.step == step.name) {
                    let facts = &attempt.observation.facts;
                    if let Some(facts) = changed(change, &expectation, facts, step.timeout) {
                        any = true;
                        attempt.observation.facts = facts;
                    }
                }
                sample
            })
            .collect();
        any.then_some(samples)
    }

    /// The samples, in each of which the first step ends with a probe error.
    fn obstructed(&self, cause: Cause) -> Vec<Sample> {
        let mut samples = self.recorded.to_vec();
        for attempt in samples.iter_mut().filter_map(|sample| sample.attempts.first_mut()) {
            let detail = cause.meaning().to_owned();
            attempt.observation =
                Observation { obstacle: Some(ProbeError { cause, detail }), ..Observation::default() };
        }
        samples
    }

    fn survived_errors(&self) -> Vec<Cause> {
        [Cause::Refused, Cause::ConnectTimeout]
            .into_iter()
            .filter(|cause| {
                let judged = self.recall.judge(self.of, &self.obstructed(*cause), self.recorded);
                judged.reason.verdict() == Verdict::Passed
            })
            .collect()
    }
}

/// The effect of a change.
struct Seen {
    /// Does the scenario not pass?
    red: bool,
    /// Did the expectation itself fail?
    its_own: bool,
}
