//! Is the harness's own host as it should be, and how far does it put every time of the run in doubt?

use std::time::Duration;

use serde_json::Number;

use crate::model::{CheckItem, Doubt, FileLimit, HostMeasures, Measure, RunMeasures, SelfCheck, Value};

/// Beyond which a host is not as it should be. All times are of the wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostLimits {
    /// How late a wake-up may be before the first scenario.
    pub timers: Duration,
    /// How late 99 of 100 wake-ups may be during the run.
    pub lag: Duration,
    /// How far the calendar and the monotonic clock may go apart.
    pub step: Duration,
    /// A connect and an echo on 127.0.0.1.
    pub loopback: Duration,
    /// The system's resolver, asked for `localhost`.
    pub resolver: Duration,
    /// A key agreement and a password proof.
    pub cryptography: Duration,
    /// The least memory that must be free.
    pub memory: u64,
}

impl Default for HostLimits {
    /// Where they come from: `docs/decisions/0006-self-check.md`.
    fn default() -> HostLimits {
        HostLimits {
            timers: Duration::from_millis(50),
            lag: Duration::from_millis(50),
            step: Duration::from_millis(50),
            loopback: Duration::from_millis(20),
            resolver: Duration::from_millis(50),
            cryptography: Duration::from_millis(100),
            memory: 64 << 20,
        }
    }
}

/// Round trips of a look at a target, at most: connect, handshake, question, answer, and one to spare.
const ROUND_TRIPS: u32 = 5;

/// How much longer every time of the run may be than the true one, because the host itself is slow. What is within its
/// limit counts for nothing: it is too small to matter, or the lag of each observation tells it better.
#[must_use]
pub fn standing_doubt(measures: &HostMeasures, limits: &HostLimits) -> Option<Doubt> {
    let slow = |what: &str, measure: &Measure, limit: Duration, times: u32| {
        let took = duration_of(measure).filter(|took| *took > limit)?;
        let (at_least, shown) = (not_done(measure), Value::Duration(took));
        let sentence = format!("{what} took {at_least}{shown}, wanted {}", Value::Duration(limit));
        Some(Doubt { shorter: took.saturating_mul(times), longer: Duration::ZERO, sentence })
    };
    [
        slow("an echo on 127.0.0.1", &measures.loopback, limits.loopback, ROUND_TRIPS),
        slow("looking up `localhost`", &measures.resolver, limits.resolver, 1),
        slow("its own cryptography", &measures.cryptography, limits.cryptography, 1),
    ]
    .into_iter()
    .flatten()
    .reduce(Doubt::and)
}

/// How far a step of the clocks during an observation puts its times in doubt; `ahead` and `behind` on the wall, `scale`
/// makes times of the target's clock of them.
#[must_use]
pub fn step_doubt(
    ahead: Duration,
    behind: Duration,
    limits: &HostLimits,
    scale: impl Fn(Duration) -> Duration,
) -> Option<Doubt> {
    let (far, how) = if ahead >= behind { (ahead, "ahead of") } else { (behind, "behind") };
    if far <= limits.step {
        return None;
    }
    let beyond = |part: Duration| if part > limits.step { scale(part) } else { Duration::ZERO };
    let far = Value::Duration(far);
    let sentence = format!("the calendar went {far} {how} the monotonic clock while it was asked");
    // Ahead: it slept, and the time is too short. Behind: the monotonic clock ran too fast, and it is too long.
    Some(Doubt { shorter: beyond(behind), longer: beyond(ahead), sentence })
}

/// Everything about the host, in the order a reader wants it.
#[must_use]
pub fn assess(
    took: Duration,
    measures: &HostMeasures,
    running: &RunMeasures,
    limits: &HostLimits,
) -> SelfCheck {
    let servers = match measures.name_servers.as_slice() {
        [] => "no name server is configured".to_owned(),
        servers => format!("name servers {}", servers.join(", ")),
    };
    let items = vec![
        timed("timers", &measures.timers, limits.timers, "timers were late by up to {} before the run", ""),
        lag(running, limits),
        clocks(running, limits),
        timed("loopback", &measures.loopback, limits.loopback, "an echo on 127.0.0.1 took {}", ""),
        timed("resolver", &measures.resolver, limits.resolver, "looking up localhost took {}", &servers),
        timed(
            "cryptography",
            &measures.cryptography,
            limits.cryptography,
            "a key agreement and a password proof of 4096 rounds take {} here",
            "",
        ),
        files(measures.files.as_ref()),
        memory(measures, limits),
        load(measures),
    ];
    SelfCheck { took, items }
}

fn duration_of(measure: &Measure) -> Option<Duration> {
    match measure {
        Measure::Took(took) | Measure::NotDone(took) => Some(*took),
        Measure::Failed(_) => None,
    }
}

fn not_done(measure: &Measure) -> &'static str {
    if matches!(measure, Measure::NotDone(_)) { "more than " } else { "" }
}

fn timed(name: &'static str, measure: &Measure, limit: Duration, says: &str, also: &str) -> CheckItem {
    let measured = duration_of(measure);
    let mut sentence = match (measure, measured) {
        (Measure::Failed(why), _) => format!("{name} could not be measured: {why}"),
        (_, took) => {
            let shown = format!("{}{}", not_done(measure), Value::Duration(took.unwrap_or_default()));
            says.replace("{}", &shown)
        }
    };
    if !also.is_empty() {
        sentence.push_str("; ");
        sentence.push_str(also);
    }
    CheckItem {
        name: name.into(),
        healthy: matches!(measure, Measure::Took(took) if *took <= limit),
        measured: measured.map_or(Value::Null, Value::Duration),
        limit: Value::Duration(limit),
        sentence,
    }
}

fn lag(running: &RunMeasures, limits: &HostLimits) -> CheckItem {
    let [p99, max] = [running.lag_p99, running.lag_max].map(Value::Duration);
    CheckItem {
        name: "lag".into(),
        measured: p99.clone(),
        limit: Value::Duration(limits.lag),
        healthy: running.lag_p99 <= limits.lag,
        sentence: format!(
            "during the run 99 of 100 wake-ups were late by at most {p99}, the latest of {} by {max}",
            running.beats
        ),
    }
}

fn clocks(running: &RunMeasures, limits: &HostLimits) -> CheckItem {
    let (far, how) = if running.ahead >= running.behind {
        (running.ahead, "ahead of")
    } else {
        (running.behind, "behind")
    };
    let healthy = far <= limits.step;
    let shown = Value::Duration(far);
    CheckItem {
        name: "clocks".into(),
        sentence: if healthy {
            format!(
                "the calendar and the monotonic clock went together within {}",
                Value::Duration(limits.step)
            )
        } else {
            format!(
                "the calendar went {shown} {how} the monotonic clock during the run: it was set, or the machine slept; dates and token lifetimes are in doubt, too"
            )
        },
        measured: shown,
        limit: Value::Duration(limits.step),
        healthy,
    }
}

fn files(files: Option<&FileLimit>) -> CheckItem {
    let count = |n: u64| Value::Number(Number::from(n));
    let Some(FileLimit { open, wanted, allowed, raised_from }) = files else {
        return untold("files", "how many files may be open can't be told here");
    };
    let raised = raised_from.map(|from| format!(" (raised from {from})")).unwrap_or_default();
    let may = allowed.map_or("any number of".to_owned(), |allowed| allowed.to_string());
    CheckItem {
        name: "files".into(),
        measured: allowed.map_or(Value::Null, count),
        limit: count(*wanted),
        healthy: allowed.is_none_or(|allowed| allowed >= *wanted),
        sentence: format!("{may} files may be open{raised}, {open} were, and the plan may need {wanted}"),
    }
}

fn memory(measures: &HostMeasures, limits: &HostLimits) -> CheckItem {
    let Some(free) = measures.memory else { return untold("memory", "free memory can't be told here") };
    CheckItem {
        name: "memory".into(),
        measured: Value::Size(free),
        limit: Value::Size(limits.memory),
        healthy: free >= limits.memory,
        sentence: format!("{} of memory are free", Value::Size(free)),
    }
}

/// A load is no illness: what it does to times is told by the lag.
fn load(measures: &HostMeasures) -> CheckItem {
    let processors = measures.processors;
    let Some(load) = measures.load else { return untold("load", "the load can't be told here") };
    CheckItem {
        name: "load".into(),
        measured: Number::from_f64(load).map_or(Value::Null, Value::Number),
        limit: Value::Null,
        healthy: true,
        sentence: format!("the load was {load} on {processors} processors"),
    }
}

fn untold(name: &'static str, sentence: &str) -> CheckItem {
    CheckItem {
        name: name.into(),
        measured: Value::Null,
        limit: Value::Null,
        healthy: true,
        sentence: sentence.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measures() -> HostMeasures {
        let took = |millis| Measure::Took(Duration::from_millis(millis));
        HostMeasures {
            timers: took(1),
            loopback: took(0),
            resolver: took(1),
            name_servers: vec!["10.0.0.2".to_owned()],
            cryptography: took(2),
            memory: Some(1 << 30),
            load: Some(0.5),
            processors: 2,
            files: Some(FileLimit { open: 9, wanted: 137, allowed: Some(1024), raised_from: None }),
        }
    }

    const NAMES: [&str; 9] =
        ["timers", "lag", "clocks", "loopback", "resolver", "cryptography", "files", "memory", "load"];

    fn sick(change: impl FnOnce(&mut HostMeasures, &mut RunMeasures)) -> (Vec<&'static str>, Option<Doubt>) {
        let (mut measures, mut running) = (measures(), RunMeasures::default());
        change(&mut measures, &mut running);
        let limits = HostLimits::default();
        let check = assess(Duration::ZERO, &measures, &running, &limits);
        let known = |name: &str| NAMES.iter().copied().find(|known| *known == name).unwrap();
        (check.sick().map(|item| known(&item.name)).collect(), standing_doubt(&measures, &limits))
    }

    #[test]
    fn each_item_can_be_sick_alone() {
        let second = Duration::from_secs(1);
        assert_eq!(sick(|_, _| ()), (vec![], None));
        assert_eq!(sick(|m, _| m.timers = Measure::Took(second)), (vec!["timers"], None));
        assert_eq!(sick(|_, r| r.lag_p99 = second), (vec!["lag"], None));
        assert_eq!(sick(|_, r| r.ahead = second), (vec!["clocks"], None));
        assert_eq!(sick(|_, r| r.behind = second), (vec!["clocks"], None));
        assert_eq!(sick(|m, _| m.memory = Some(1)).0, ["memory"]);
        let few = FileLimit { open: 9, wanted: 137, allowed: Some(20), raised_from: None };
        assert_eq!(sick(|m, _| m.files = Some(few)).0, ["files"]);
        let (names, doubt) = sick(|m, _| m.loopback = Measure::Took(second));
        assert_eq!((names, doubt.unwrap().shorter), (vec!["loopback"], second * 5));
        let (names, doubt) = sick(|m, _| m.resolver = Measure::NotDone(second));
        let doubt = doubt.unwrap();
        assert_eq!((names, doubt.shorter, doubt.longer), (vec!["resolver"], second, Duration::ZERO));
        assert_eq!(doubt.sentence, "looking up `localhost` took more than 1s, wanted 50ms");
        let (names, doubt) = sick(|m, _| m.cryptography = Measure::Took(second));
        assert_eq!((names, doubt.unwrap().shorter), (vec!["cryptography"], second));
        let failed = Measure::Failed("no loopback".to_owned());
        assert_eq!(sick(|m, _| m.loopback = failed), (vec!["loopback"], None));
    }

    #[test]
    fn what_can_t_be_told_is_no_illness() {
        let (names, doubt) = sick(|m, _| {
            (m.memory, m.load, m.files) = (None, None, None);
            m.name_servers.clear();
        });
        assert_eq!((names, doubt), (vec![], None));
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
