//! `fixproof check`: validates suite, target and controls without sending anything.

use fixproof::Harness;
use fixproof::load::unproved;
use fixproof::model::InvalidInput;
use fixproof::report::Style;

use crate::output::{Exit, terminal};

/// Validates a suite against a target, with its controls and the scenarios they leave unproved.
pub(crate) fn check(harness: &Harness, style: Style) -> Result<Exit, InvalidInput> {
    let mut loaded = harness.load()?;
    let controls = loaded.read_controls();
    loaded.add_problems(unproved(loaded.suite(), &controls, &harness.faults()));
    let plan = loaded.check(harness.selection())?;
    terminal::problems(plan.warnings(), plan.sources(), style);
    let (would_run, all) = (plan.scenarios().filter(|(_, runs)| *runs).count(), plan.scenarios().count());
    let left_out = if would_run == all { String::new() } else { format!(", {} left out", all - would_run) };
    let warned = match plan.warnings().len() {
        0 => String::new(),
        1 => ", 1 warning".to_owned(),
        n => format!(", {n} warnings"),
    };
    terminal::data(&format!("suite OK: {would_run} scenarios would run{left_out}{warned}"));
    Ok(Exit::of_check(would_run))
}
