//! How many instances succeeded, and what share of them that proves.

use std::collections::HashMap;

use fixproof_core::model::{Rest, Share, Value, lower_bound};

use super::entry::Entry;
use super::question::Outcome;
use super::tell::Teller;

/// What an instance said of itself so far.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fared {
    Unknown,
    Succeeded,
    // Whoever failed has failed, whatever else was said.
    Failed,
}

/// Says it in facts: of every instance in the window, not only of those that match the pattern.
pub(super) fn tell(outcome: &Outcome, entries: &[Entry], teller: &mut Teller) {
    let mut instances: HashMap<&str, Fared> = HashMap::new();
    let mut nameless = Vec::new();
    for entry in entries {
        let fared = if outcome.failure.is_match(&entry.message) {
            Fared::Failed
        } else if outcome.success.is_match(&entry.message) {
            Fared::Succeeded
        } else {
            Fared::Unknown
        };
        match &entry.instance {
            Some(instance) => {
                let known = instances.entry(instance).or_insert(fared);
                *known = fared.max(*known);
            }
            // A line that says nothing and names nobody is no instance.
            None if fared != Fared::Unknown => nameless.push(fared),
            None => {}
        }
    }
    let count = |wanted: Fared| {
        let all = instances.values().chain(&nameless);
        u64::try_from(all.filter(|fared| **fared == wanted).count()).unwrap_or(u64::MAX)
    };
    let (successes, failures) = (count(Fared::Succeeded), count(Fared::Failed));
    let share = Share::of(successes, successes + failures);
    let bound = share.and_then(|_| bound(successes, successes + failures, outcome.confidence));
    teller.tell("outcome.failures", Some(Value::count(failures)), Rest::Raises);
    // One that succeeded may turn out to have failed.
    teller.tell("outcome.successes", Some(Value::count(successes)), Rest::Changes);
    teller.tell("outcome.undecided", Some(Value::count(count(Fared::Unknown))), Rest::Changes);
    teller.tell("outcome.share", share.map(Value::Share), Rest::Changes);
    teller.tell("outcome.lower-bound", bound.map(Value::Share), Rest::Changes);
}

/// The bound as a fraction, rounded down.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 10^9")]
fn bound(successes: u64, of: u64, confidence: f64) -> Option<Share> {
    const PARTS: u32 = 1_000_000_000;
    let parts = (lower_bound(successes, of, confidence) * f64::from(PARTS)).floor();
    Share::of(parts as u64, u64::from(PARTS))
}
