//! `fixproof check`: everything but asking.

use fixproof::Harness;
use fixproof::engine::{Plan, Selection};
use fixproof::load::unproved;
use fixproof::model::InvalidInput;

use crate::arguments::CheckArguments;
use crate::exit::Exit;
use crate::terminal;

/// The suite, its target and its controls; and what the controls leave unproved.
fn checked(harness: &Harness, selection: &Selection) -> Result<Plan, InvalidInput> {
    let mut loaded = harness.load()?;
    let controls = loaded.read_controls();
    loaded.add_problems(unproved(loaded.suite(), &controls, &harness.faults()));
    loaded.check(selection)
}

/// Checks a suite against a target.
pub(crate) fn check(arguments: &CheckArguments) -> Exit {
    let style = terminal::style(arguments.suite.color);
    match checked(&arguments.suite.harness(), &arguments.selection.selection()) {
        Ok(plan) => {
            let warnings = plan.warnings();
            terminal::problems(warnings, plan.sources(), style);
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
        Err(invalid) => terminal::refuse(&invalid, style),
    }
}
