//! Which controls a filter leaves, and which scenarios they run.

use std::collections::BTreeSet;

use fixproof::engine::Selection;
use fixproof::load::nearest;
use fixproof::model::{Code, Control, Problem, Suite};

/// The controls that the filters leave: those of a fault, or that turn a scenario red, whose name contains one of them.
///
/// # Errors
/// There is no control, or a filter matches nothing.
pub fn chosen(suite: &Suite, all: Vec<Control>, filters: &[String]) -> Result<Vec<Control>, Vec<Problem>> {
    if all.is_empty() {
        let folder = suite.root.join("controls");
        let message = format!("no control in `{}`, so nothing can be proved", folder.display());
        let help = "write one: which fault must turn which scenario red, and why (harness/docs/controls.md)";
        return Err(vec![Problem::nowhere(Code::NothingSelected, message).help(help)]);
    }
    let ids = || suite.scenarios.iter().map(|scenario| scenario.id.value.as_str());
    let missed: Vec<Problem> = filters
        .iter()
        .filter(|filter| {
            let is_in = |name: &str| name.contains(filter.as_str());
            !all.iter().any(|control| is_in(&control.fault.value)) && !ids().any(is_in)
        })
        .map(|filter| {
            let known = ids().chain(all.iter().map(|control| control.fault.value.as_str()));
            let help = match nearest(filter, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`fixproof list` shows every scenario, `fixproof simulate --profiles` every fault"
                    .to_owned(),
            };
            let message = format!("the filter `{filter}` matches no scenario and no fault with a control");
            Problem::nowhere(Code::NothingSelected, message).help(help)
        })
        .collect();
    if !missed.is_empty() {
        return Err(missed);
    }
    let matches = |name: &str| filters.iter().any(|filter| name.contains(filter.as_str()));
    let keeps = |control: &Control| {
        filters.is_empty()
            || matches(&control.fault.value)
            || control.red.iter().any(|claim| matches(&claim.scenario.value))
    };
    Ok(all.into_iter().filter(keeps).collect())
}

/// The scenarios of the positive control: all that a control names or a filter matches.
#[must_use]
pub fn healthy_selection(suite: &Suite, controls: &[Control], filters: &[String]) -> Selection {
    if filters.is_empty() {
        return Selection::default();
    }
    let mut selection = asked_by(controls);
    if let Some(only) = &mut selection.only {
        let ids = suite.scenarios.iter().map(|scenario| &scenario.id.value);
        only.extend(ids.filter(|id| filters.iter().any(|filter| id.contains(filter))).cloned());
    }
    selection
}

/// The scenarios that controls run: the whole suite, or those they name; their dependencies come along.
pub fn asked_by<'a>(controls: impl IntoIterator<Item = &'a Control>) -> Selection {
    let mut only = BTreeSet::new();
    for control in controls {
        if control.is_whole() {
            return Selection::default();
        }
        only.extend(control.named().map(|id| id.value.clone()));
    }
    Selection { only: Some(only), ..Selection::default() }
}
