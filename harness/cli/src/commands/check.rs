//! `fixproof check`: everything but asking.

use fixproof::engine::{Plan, Selection};
use fixproof::load::unproved;
use fixproof::model::{Problem, Sources};

use crate::arguments::{CheckArguments, SuiteArguments};
use crate::exit::Exit;
use crate::session::{self, Refused};
use crate::terminal;

/// The suite, its target and its controls; and what the controls leave unproved.
fn checked(suite: &SuiteArguments, selection: &Selection) -> Result<(Plan, Vec<Problem>, Sources), Refused> {
    let mut prepared = session::prepare(suite)?;
    let controls = prepared.read_controls();
    prepared.problems.extend(unproved(&prepared.suite, &controls, &session::faults()));
    prepared.checked(selection)
}

/// Checks a suite against a target.
pub(crate) fn check(arguments: &CheckArguments) -> Exit {
    let style = terminal::style(arguments.suite.color);
    let selection = session::selection(&arguments.selection, None);
    match checked(&arguments.suite, &selection) {
        Ok((plan, warnings, sources)) => {
            terminal::problems(&warnings, &sources, style);
            let (asked, all) =
                (plan.scenarios().filter(|(_, asked)| *asked).count(), plan.scenarios().count());
            let left_out = if asked == all { String::new() } else { format!(", {} left out", all - asked) };
            let warned = match warnings.len() {
                0 => String::new(),
                1 => ", 1 warning".to_owned(),
                n => format!(", {n} warnings"),
            };
            terminal::data(&format!(
                "the suite is sound: {asked} scenarios would be asked{left_out}{warned}"
            ));
            if asked == 0 { Exit::NothingJudged } else { Exit::Done }
        }
        Err(refused) => {
            terminal::problems(&refused.problems, &refused.sources, style);
            let exit = Exit::of_problems(&refused.problems);
            terminal::complain(&terminal::refusal(&refused.problems, exit));
            exit
        }
    }
}
