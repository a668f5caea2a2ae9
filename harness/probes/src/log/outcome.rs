//! How many instances succeeded and failed.

use std::collections::HashMap;

use fixproof_core::model::{Facts, Partial, Rest, Trials, Value};

use super::config::Outcome;
use super::entry::Entry;

/// The state of an instance. A failure is final, whatever else the instance logs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Unknown,
    Succeeded,
    Failed,
}

/// Counts every instance in the window, not only those of entries that match the pattern.
pub(super) fn trials(
    outcome: &Outcome,
    entries: &[Entry],
    partial: Option<Partial>,
    facts: &mut Facts,
) -> Trials {
    let mut instances: HashMap<&str, State> = HashMap::new();
    let mut nameless = Vec::new();
    for entry in entries {
        let state = if outcome.failure.is_match(&entry.message) {
            State::Failed
        } else if outcome.success.is_match(&entry.message) {
            State::Succeeded
        } else {
            State::Unknown
        };
        match &entry.instance {
            Some(instance) => {
                let known = instances.entry(instance).or_insert(state);
                *known = state.max(*known);
            }
            // A line without an instance and without a result is no instance.
            None if state != State::Unknown => nameless.push(state),
            None => {}
        }
    }
    let count = |wanted: State| {
        let all = instances.values().chain(&nameless);
        u64::try_from(all.filter(|state| **state == wanted).count()).unwrap_or(u64::MAX)
    };
    let (successes, failures) = (count(State::Succeeded), count(State::Failed));
    facts.insert_of(partial, "outcome.failures", Some(Value::count(failures)), Rest::Raises);
    // More entries can turn a success into a failure.
    facts.insert_of(partial, "outcome.successes", Some(Value::count(successes)), Rest::Changes);
    let undecided = Value::count(count(State::Unknown));
    facts.insert_of(partial, "outcome.undecided", Some(undecided), Rest::Changes);
    Trials { name: "outcome", successes, failures, confidence: outcome.confidence }
}
