//! Is the harness's own host healthy, and how uncertain does it make the times of the run?

use std::time::Duration;

use serde_json::Number;

use crate::model::{CheckItem, Doubt, FileLimit, HostMeasures, SelfCheck, Value};

/// Limits beyond which a host is not healthy. All times are wall-clock times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostLimits {
    /// How late 99 of 100 wake-ups may be during the run.
    pub lag: Duration,
    /// How far the wall clock and the monotonic clock may go apart.
    pub step: Duration,
}

impl Default for HostLimits {
    /// The limits of `docs/decisions/0006-self-check.md`.
    fn default() -> HostLimits {
        HostLimits { lag: Duration::from_millis(50), step: Duration::from_millis(50) }
    }
}

/// How uncertain a step of the clocks during an observation makes its times; `ahead` and `behind` are wall-clock times,
/// `scale` converts them to the target's clock.
#[must_use]
pub fn step_doubt(
    ahead: Duration,
    behind: Duration,
    limits: &HostLimits,
    scale: impl Fn(Duration) -> Duration,
) -> Option<Doubt> {
    let (far, how) = furthest(ahead, behind);
    if far <= limits.step {
        return None;
    }
    let beyond = |part: Duration| if part > limits.step { scale(part) } else { Duration::ZERO };
    let far = Value::Duration(far);
    let sentence = format!("the wall clock moved {far} {how} the monotonic clock during the observation");
    // Ahead: the machine slept, and the time is too short. Behind: the monotonic clock ran fast, and it is too long.
    Some(Doubt { shorter: beyond(behind), longer: beyond(ahead), sentence })
}

fn furthest(ahead: Duration, behind: Duration) -> (Duration, &'static str) {
    if ahead >= behind { (ahead, "ahead of") } else { (behind, "behind") }
}

/// Compares the measures of a run with the limits.
#[must_use]
pub fn assess(measures: &HostMeasures, limits: &HostLimits) -> SelfCheck {
    SelfCheck { items: vec![lag(measures, limits), clocks(measures, limits), files(measures.files.as_ref())] }
}

fn lag(measures: &HostMeasures, limits: &HostLimits) -> CheckItem {
    let [p99, max] = [measures.lag_p99, measures.lag_max].map(Value::Duration);
    let load = measures.load.map(|load| format!("; load average {load}")).unwrap_or_default();
    CheckItem {
        name: "lag".into(),
        sentence: format!(
            "99% of {} wake-ups were at most {p99} late, the latest {max}{load}",
            measures.beats
        ),
        measured: p99,
        limit: Value::Duration(limits.lag),
        healthy: measures.lag_p99 <= limits.lag,
    }
}

fn clocks(measures: &HostMeasures, limits: &HostLimits) -> CheckItem {
    let (far, how) = furthest(measures.ahead, measures.behind);
    let healthy = far <= limits.step;
    let (measured, limit) = (Value::Duration(far), Value::Duration(limits.step));
    CheckItem {
        name: "clocks".into(),
        sentence: if healthy {
            format!("the wall clock and the monotonic clock agreed within {limit}")
        } else {
            format!(
                "the wall clock moved {measured} {how} the monotonic clock during the run: it was set, or the machine slept; dates and token lifetimes may be wrong too"
            )
        },
        measured,
        limit,
        healthy,
    }
}

fn files(files: Option<&FileLimit>) -> CheckItem {
    let count = |n: u64| Value::Number(Number::from(n));
    let name = "files".into();
    let Some(FileLimit { open, wanted, allowed, raised_from }) = files else {
        let sentence = "the limit of open files is not available on this system".to_owned();
        return CheckItem { name, measured: Value::Null, limit: Value::Null, healthy: true, sentence };
    };
    let raised = raised_from.map(|from| format!(" (raised from {from})")).unwrap_or_default();
    let limit = allowed.map_or("unlimited".to_owned(), |allowed| allowed.to_string());
    CheckItem {
        name,
        measured: allowed.map_or(Value::Null, count),
        limit: count(*wanted),
        healthy: allowed.is_none_or(|allowed| allowed >= *wanted),
        sentence: format!(
            "limit of open files: {limit}{raised}; {open} open at the start, up to {wanted} needed"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unhealthy(change: impl FnOnce(&mut HostMeasures)) -> Vec<String> {
        let files = FileLimit { open: 9, wanted: 137, allowed: Some(1024), raised_from: None };
        let mut measures = HostMeasures { files: Some(files), load: Some(0.5), ..HostMeasures::default() };
        change(&mut measures);
        assess(&measures, &HostLimits::default()).sick().map(|item| item.name.to_string()).collect()
    }

    #[test]
    fn each_item_can_be_unhealthy_alone() {
        let second = Duration::from_secs(1);
        assert_eq!(unhealthy(|_| ()), Vec::<String>::new());
        assert_eq!(unhealthy(|m| m.lag_p99 = second), ["lag"]);
        assert_eq!(unhealthy(|m| m.ahead = second), ["clocks"]);
        assert_eq!(unhealthy(|m| m.behind = second), ["clocks"]);
        let few = FileLimit { open: 9, wanted: 137, allowed: Some(20), raised_from: None };
        assert_eq!(unhealthy(|m| m.files = Some(few)), ["files"]);
    }

    #[test]
    fn an_unavailable_measure_is_healthy() {
        assert_eq!(unhealthy(|m| (m.load, m.files) = (None, None)), Vec::<String>::new());
    }

    #[test]
    fn a_step_counts_beyond_its_limit_and_in_its_direction() {
        let limits = HostLimits::default();
        let twice = |time: Duration| time * 2;
        let [small, large] = [30, 3_000].map(Duration::from_millis);
        assert_eq!(step_doubt(small, Duration::ZERO, &limits, twice), None);
        let ahead = step_doubt(large, Duration::ZERO, &limits, twice).unwrap();
        assert_eq!((ahead.shorter, ahead.longer), (Duration::ZERO, large * 2));
        let behind = step_doubt(small, large, &limits, twice).unwrap();
        assert_eq!((behind.shorter, behind.longer), (large * 2, Duration::ZERO));
        assert!(behind.sentence.contains("3s behind"), "{}", behind.sentence);
    }
}
