//! Expectations that say nothing: always or never true, whatever the target does.

use std::time::Duration;

use crate::model::{Expectation, FactPath, Limit, Subject, Vacuous, Value};

/// Why an expectation says nothing, if so. `always_there` is whether the fact is in every observation.
#[must_use]
pub fn vacuous(expectation: &Expectation, always_there: bool) -> Option<Vacuous> {
    let that = &expectation.that;
    let subject = Subject {
        kind: expectation.kind,
        always_there: match that {
            FactPath::Plain(_) => always_there && expectation.at.is_none(),
            FactPath::Aggregate(..) => false,
            FactPath::SamplesMet | FactPath::SettleAfter => true,
        },
        selected: expectation.at.is_some(),
        share_of_all: *that == FactPath::SamplesMet,
    };
    let found = (expectation.operator.vacuous)(expectation.operands(), &subject)?;
    Some(match found {
        same if !expectation.negated => same,
        Vacuous::CannotFail(why) => Vacuous::CannotHold(why),
        Vacuous::CannotHold(why) => Vacuous::CannotFail(why),
    })
}

/// Is a time limit above the `timeout` of the observation? An observation ends at its timeout, so such a limit never
/// acts.
#[must_use]
pub fn beyond_reach(expectation: &Expectation, timeout: Duration) -> bool {
    let (FactPath::Plain(fact) | FactPath::Aggregate(fact, _)) = &expectation.that else { return false };
    let Some(Value::Duration(limit)) = expectation.wanted.first() else { return false };
    let from_above = match expectation.operator.limit {
        Some(Limit::Upper { .. }) => true,
        Some(Limit::Lower { .. }) => false,
        Some(Limit::Range) | None => return false,
    };
    fact.starts_with("time.") && *limit > timeout && from_above != expectation.negated
}
