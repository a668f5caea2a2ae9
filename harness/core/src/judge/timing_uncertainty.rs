//! Timing uncertainty: a measured time and all times that may be the true one.
//!
//! The harness's own lateness only makes a time longer; a clock that stepped may also have made it shorter. A limit holds
//! if it holds for every possible time, and is broken if it is broken for every one; otherwise it is undecided.

use std::time::Duration;

use crate::model::{Doubt, Expectation, Kind, Observation, Undecided, Value};

/// Why it is undecided, if a possible time has another result.
pub(super) fn undecided(
    expectation: &Expectation,
    seen: Duration,
    holds: bool,
    own: Duration,
    doubt: Option<&Doubt>,
) -> Option<Undecided> {
    if expectation.kind != Kind::Duration {
        return None;
    }
    let low = seen.saturating_sub(own);
    if turns(expectation, low, seen, holds) {
        return Some(harness_late(own));
    }
    let doubt = doubt?;
    let (low, high) = (low.saturating_sub(doubt.shorter), seen.saturating_add(doubt.longer));
    turns(expectation, low, high, holds).then(|| Undecided::SickHost { sentence: doubt.sentence.clone() })
}

/// Is there a time between the two for which the answer is another? An answer changes only at a wanted value.
fn turns(expectation: &Expectation, low: Duration, high: Duration, holds: bool) -> bool {
    let wanted = expectation.wanted.iter().filter_map(|value| match value {
        Value::Duration(wanted) => Some(*wanted),
        _ => None,
    });
    let between = wanted.filter(|wanted| low < *wanted && *wanted < high);
    [low, high].into_iter().chain(between).any(|time| {
        let answer = expectation.holds(&Value::Duration(time));
        answer.is_ok_and(|answer| (answer != expectation.negated) != holds)
    })
}

pub(super) fn harness_late(own: Duration) -> Undecided {
    Undecided::HarnessLate { own_nanos: u64::try_from(own.as_nanos()).unwrap_or(u64::MAX) }
}

/// The part of a fact's time that may be the harness's own: it is late where it measures, and nowhere else.
pub(super) fn own_part(fact: &str, observation: &Observation) -> Duration {
    if fact.starts_with("time.") { observation.own } else { Duration::ZERO }
}

/// A time limit that ran out while the harness itself was late for a good part of it: the answer may have lain there
/// unread. A quarter, because a limit that the target missed by itself is missed with room to spare.
pub(super) fn late_timeout(observation: &Observation) -> Option<Undecided> {
    const PART: u32 = 4;
    observation.obstacle.as_ref().filter(|obstacle| obstacle.cause.is_timeout())?;
    let waited = observation.phases.iter().map(|phase| phase.after + phase.took).max().unwrap_or_default();
    (!observation.own.is_zero() && observation.own.saturating_mul(PART) >= waited)
        .then(|| harness_late(observation.own))
}

/// The largest doubt of several observations.
pub(super) fn largest<'a>(observations: impl Iterator<Item = &'a Observation>) -> Option<&'a Doubt> {
    observations
        .filter_map(|observation| observation.doubt.as_ref())
        .max_by_key(|doubt| doubt.shorter.saturating_add(doubt.longer))
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::model::{FactPath, Operator, Severity};

    const SECOND: Duration = Duration::from_secs(1);

    fn expectation(operator: Operator, wanted: &[u32]) -> Expectation {
        Expectation {
            that: FactPath::Plain("time.total".into()),
            at: None,
            operator,
            wanted: wanted.iter().map(|n| Value::Duration(SECOND * *n)).collect(),
            pattern: None,
            negated: false,
            severity: Severity::Error,
            confidence: None,
            kind: Kind::Duration,
            card: crate::model::ExpectationCard::unnamed(),
        }
    }

    fn judged(operator: Operator, wanted: &[u32], seen: u32, shorter: u32, longer: u32) -> &'static str {
        let expectation = expectation(operator, wanted);
        let seen = SECOND * seen;
        let holds = expectation.holds(&Value::Duration(seen)).unwrap();
        let doubt =
            Doubt { shorter: SECOND * shorter, longer: SECOND * longer, sentence: "it stepped".to_owned() };
        match (undecided(&expectation, seen, holds, Duration::ZERO, Some(&doubt)), holds) {
            (None, true) => "held",
            (None, false) => "broken",
            (Some(why), _) => {
                assert_eq!(why, Undecided::SickHost { sentence: "it stepped".to_owned() });
                "undecided"
            }
        }
    }

    #[test]
    fn a_time_is_judged_only_where_every_time_that_may_be_true_has_the_same_answer() {
        for (operator, wanted, seen, shorter, longer, expected) in [
            (Operator::AT_MOST, &[5][..], 2, 9, 2, "held"),
            (Operator::AT_MOST, &[5], 2, 0, 3, "held"),
            (Operator::AT_MOST, &[5], 2, 0, 4, "undecided"),
            (Operator::AT_MOST, &[5], 7, 1, 9, "broken"),
            (Operator::AT_MOST, &[5], 7, 2, 0, "undecided"),
            (Operator::AT_LEAST, &[5], 7, 3, 0, "undecided"),
            (Operator::AT_LEAST, &[5], 7, 0, 3, "held"),
            (Operator::AT_LEAST, &[5], 3, 9, 0, "broken"),
            (Operator::WITHIN, &[2, 3], 9, 8, 0, "undecided"),
            (Operator::WITHIN, &[2, 3], 9, 5, 9, "broken"),
            (Operator::EQUALS, &[4], 9, 8, 0, "undecided"),
        ] {
            let got = judged(operator, wanted, seen, shorter, longer);
            assert_eq!(got, expected, "{operator:?} {wanted:?} {seen} -{shorter} +{longer}");
        }
    }

    #[test]
    fn the_harness_s_own_lateness_is_reported_before_a_sick_host() {
        let doubt = Doubt { shorter: SECOND, longer: SECOND, sentence: String::new() };
        let limit = expectation(Operator::AT_MOST, &[5]);
        let late = undecided(&limit, SECOND * 6, false, SECOND * 2, Some(&doubt));
        assert_eq!(late, Some(harness_late(SECOND * 2)));
        // Late and in doubt together: neither alone would turn it round.
        let both = undecided(&limit, SECOND * 7, false, SECOND, Some(&doubt));
        assert!(matches!(both, Some(Undecided::SickHost { .. })), "{both:?}");
    }

    #[test]
    fn what_is_no_duration_is_judged_as_usual() {
        let doubt = Doubt { shorter: SECOND * 99, longer: SECOND * 99, sentence: String::new() };
        let mut other = expectation(Operator::AT_MOST, &[5]);
        other.kind = Kind::Number;
        assert_eq!(undecided(&other, SECOND * 9, false, SECOND * 9, Some(&doubt)), None);
    }
}
