//! The harness's own host in a report: one short line where all is well, a warning with numbers for each thing that is not.

use crate::model::{CheckItem, SelfCheck, Value};

use super::harmless::one_line;
use super::text::SENTENCE;

/// `timers 1.1ms, lag 1.3ms, clocks 0ns, loopback 60µs, …`: what was measured, in short.
pub(super) fn numbers(check: &SelfCheck) -> String {
    let told = |item: &CheckItem| match &item.measured {
        Value::Null => None,
        measured => Some(one_line(&format!("{} {measured}", item.name), SENTENCE)),
    };
    check.items.iter().filter_map(told).collect::<Vec<_>>().join(", ")
}

/// The line for a terminal, and the warnings after it.
pub(super) fn lines(check: &SelfCheck) -> Vec<String> {
    let warnings: Vec<String> = check
        .sick()
        .map(|item| {
            let limit = match &item.limit {
                Value::Null => String::new(),
                limit if item.name == "files" || item.name == "memory" => {
                    format!(" (wanted: {limit} at least)")
                }
                limit => format!(" (wanted: {limit} at most)"),
            };
            format!(
                "warning: host: {}: {}{limit}",
                one_line(&item.name, 80),
                one_line(&item.sentence, SENTENCE)
            )
        })
        .collect();
    if warnings.is_empty() { vec![format!("host: {}", numbers(check))] } else { warnings }
}

/// One line for a property: whether it is sound, and the numbers.
pub(super) fn property(check: &SelfCheck) -> String {
    let sick: Vec<String> = check.sick().map(|item| one_line(&item.name, 80)).collect();
    let sound = if sick.is_empty() { "sound".to_owned() } else { format!("not sound ({})", sick.join(", ")) };
    format!("{sound}: {}", numbers(check))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn check(loopback: u64) -> SelfCheck {
        let item = |name: &'static str, measured, limit, healthy, sentence: &str| CheckItem {
            name: name.into(),
            measured,
            limit,
            healthy,
            sentence: sentence.to_owned(),
        };
        let millis = |n| Value::Duration(Duration::from_millis(n));
        SelfCheck {
            took: Duration::ZERO,
            items: vec![
                item("timers", millis(1), millis(50), true, "fine"),
                item("loopback", millis(loopback), millis(20), loopback <= 20, "an echo took long"),
                item("memory", Value::Null, Value::Null, true, "can't be told"),
                item("files", Value::count(20), Value::count(30), loopback <= 20, "20 files may be open"),
            ],
        }
    }

    #[test]
    fn a_sound_host_is_one_line_and_a_sick_one_a_warning_with_its_numbers_for_each() {
        assert_eq!(lines(&check(2)), ["host: timers 1ms, loopback 2ms, files 20"]);
        assert_eq!(
            lines(&check(90)),
            [
                "warning: host: loopback: an echo took long (wanted: 20ms at most)",
                "warning: host: files: 20 files may be open (wanted: 30 at least)",
            ]
        );
        assert_eq!(property(&check(2)), "sound: timers 1ms, loopback 2ms, files 20");
        assert_eq!(property(&check(90)), "not sound (loopback, files): timers 1ms, loopback 90ms, files 20");
    }
}
