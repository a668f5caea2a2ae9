//! Exit codes: the one place where a decision becomes a number. `harness/docs/exit-codes.md` lists them.

use std::process::ExitCode;

use fixproof::model::{Code, Decision, Judgement, Level, Problem};
use fixproof_prove::ProofResult;

use crate::terminal;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The gate holds, or the command did its work.
    Done,
    /// The gate does not hold.
    Rejected,
    /// The user's input is wrong. Nothing was sent.
    BadInput,
    /// The harness could not finish its work.
    Unfinished,
    /// Nothing was judged.
    NothingJudged,
    /// A negative control did not turn red for its reason, or a scenario is blind.
    NotProved,
    /// Interrupted.
    Interrupted,
    /// As the tool ended that was stood in for.
    Tool(u8),
}

impl Exit {
    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Rejected => 1,
            Exit::BadInput => 2,
            Exit::Unfinished => 3,
            Exit::NothingJudged => 4,
            Exit::NotProved => 5,
            Exit::Interrupted => 130,
            Exit::Tool(code) => code,
        }
    }

    /// What a decision comes to.
    #[must_use]
    pub fn of(decision: &Decision) -> Exit {
        match decision.judgement {
            Judgement::Approved => Exit::Done,
            Judgement::Rejected => Exit::Rejected,
            Judgement::NothingJudged => Exit::NothingJudged,
            Judgement::Interrupted => Exit::Interrupted,
        }
    }

    /// What a proof comes to.
    #[must_use]
    pub fn of_proof(result: ProofResult) -> Exit {
        match result {
            ProofResult::Proved => Exit::Done,
            ProofResult::NotProved | ProofResult::Unhealthy => Exit::NotProved,
            ProofResult::NothingJudged => Exit::NothingJudged,
            ProofResult::Interrupted => Exit::Interrupted,
        }
    }

    /// What a suite's mistakes come to: a selection or a folder without scenarios judges nothing, the rest is wrong.
    #[must_use]
    pub fn of_problems(problems: &[Problem]) -> Exit {
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

/// What clap has to say: help and version are data, everything else is a mistake of the arguments.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    let text = error.render();
    if error.use_stderr() {
        terminal::complain(&text.ansi().to_string());
        Exit::BadInput.into()
    } else {
        terminal::data(&text.ansi().to_string());
        Exit::Done.into()
    }
}
