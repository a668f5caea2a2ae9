//! Exit codes: the one place where a decision becomes a number. `harness/docs/exit-codes.md` lists them.

use std::process::ExitCode;

use fixproof::model::{Code, Decision, Judgement, Level, Problem, Report};
use fixproof_prove::ProofResult;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The gate holds, or the command did its work.
    Done,
    /// The gate does not hold.
    Rejected,
    /// The input is invalid. Nothing was sent.
    BadInput,
    /// The harness could not finish its work.
    Unfinished,
    /// Nothing was judged.
    NothingJudged,
    /// A negative control did not turn red for its reason, or a scenario is blind.
    NotProved,
    /// Interrupted.
    Interrupted,
    /// A trial of the libtest face failed, or the gate does not hold.
    TrialsFailed,
    /// As the simulated tool would have ended.
    Tool(u8),
}

impl Exit {
    /// The number.
    #[must_use]
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Rejected => 1,
            Exit::BadInput => 2,
            Exit::Unfinished => 3,
            Exit::NothingJudged => 4,
            Exit::NotProved => 5,
            Exit::Interrupted => 130,
            Exit::TrialsFailed => 101,
            Exit::Tool(code) => code,
        }
    }

    /// Of a run: its decision, unless a report could not be written.
    #[must_use]
    pub(crate) fn of_run(report: &Report, all_written: bool) -> Exit {
        if all_written { Exit::of(&report.decision) } else { Exit::Unfinished }
    }

    /// Of trials: green only where every trial passed and the gate holds.
    #[must_use]
    pub(crate) fn of_trials(report: &Report, trial_failed: bool) -> Exit {
        match report.decision.judgement {
            Judgement::Approved if !trial_failed && report.tally.passed == report.tally.judged() => {
                Exit::Done
            }
            Judgement::NothingJudged => Exit::NothingJudged,
            Judgement::Approved | Judgement::Rejected | Judgement::Interrupted => Exit::TrialsFailed,
        }
    }

    /// Of a validation: a suite in which no scenario would run is not fine.
    #[must_use]
    pub(crate) fn of_check(would_run: usize) -> Exit {
        if would_run == 0 { Exit::NothingJudged } else { Exit::Done }
    }

    /// Of documents written without a decision.
    #[must_use]
    pub(crate) fn of_written(all_written: bool) -> Exit {
        if all_written { Exit::Done } else { Exit::Unfinished }
    }

    /// Of a decision.
    #[must_use]
    fn of(decision: &Decision) -> Exit {
        match decision.judgement {
            Judgement::Approved => Exit::Done,
            Judgement::Rejected => Exit::Rejected,
            Judgement::NothingJudged => Exit::NothingJudged,
            Judgement::Interrupted => Exit::Interrupted,
        }
    }

    /// Of a proof.
    #[must_use]
    pub(crate) fn of_proof(result: ProofResult) -> Exit {
        match result {
            ProofResult::Proved => Exit::Done,
            ProofResult::NotProved | ProofResult::Unhealthy => Exit::NotProved,
            ProofResult::NothingJudged => Exit::NothingJudged,
            ProofResult::Interrupted => Exit::Interrupted,
        }
    }

    /// Of problems: a selection or a folder without scenarios judges nothing, everything else is invalid input.
    #[must_use]
    pub(crate) fn of_problems(problems: &[Problem]) -> Exit {
        let mut errors = problems.iter().filter(|p| p.level == Level::Error).peekable();
        if errors.peek().is_some()
            && errors.all(|p| matches!(p.code, Code::NoScenarios | Code::NothingSelected))
        {
            Exit::NothingJudged
        } else {
            Exit::BadInput
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}
