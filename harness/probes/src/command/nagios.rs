//! A plugin's answer, as the Nagios plugin guidelines have it: its code says how it is, its first line why.

use fixproof_core::model::{Cause, Facts, ProbeError, Value, shortened};

use super::perfdata::{self, Entry, Measure};

/// What a code says, and the word for it in a plugin's text.
const STATES: [(&str, &str); 4] =
    [("ok", "OK"), ("warning", "WARNING"), ("critical", "CRITICAL"), ("unknown", "UNKNOWN")];

/// Says a plugin's answer in facts, or why it is none.
pub(super) fn tell(code: i32, output: &str, facts: &mut Facts) -> Option<ProbeError> {
    let parts = Parts::of(output);
    let state = usize::try_from(code).ok().and_then(|code| STATES.get(code));
    let wrong = |detail: String| Some(ProbeError { cause: Cause::ProcessProtocol, detail });
    let Some((state, word)) = state else {
        return wrong(format!(
            "exit code {code} is none of a plugin's: 0 ok, 1 warning, 2 critical, 3 unknown"
        ));
    };
    if parts.message.is_empty() {
        return wrong(format!(
            "exit code {code} says {word}, but the plugin wrote no first line that says why"
        ));
    }
    if let Some(said) = stated(&parts.message).filter(|said| said != word) {
        let shown = shortened(&parts.message, 120);
        return wrong(format!(
            "exit code {code} says {word}, but the plugin's first line says {said}: {shown:?}; believe neither, and run it by hand"
        ));
    }
    facts.insert("status", Value::Text((*state).to_owned()));
    facts.insert("message", Value::Text(parts.message));
    if !parts.long.is_empty() {
        facts.insert("long-output", Value::Text(parts.long));
    }
    measured(&parts.perfdata, facts);
    None
}

/// The state that a first line names, in capitals among its first words: `DISK CRITICAL - free space: …`.
fn stated(message: &str) -> Option<&'static str> {
    let words = message.split(|c: char| c.is_whitespace() || matches!(c, ':' | '-' | ',' | ';' | '[' | ']'));
    words
        .filter(|word| !word.is_empty())
        .take(3)
        .find_map(|word| STATES.iter().find(|(_, state)| *state == word).map(|(_, state)| *state))
}

fn measured(text: &str, facts: &mut Facts) {
    let (entries, wrong) = perfdata::read(text);
    match wrong {
        Some(why) => {
            facts.insert_unreadable(
                "perfdata",
                Cause::ProcessProtocol,
                format!("no performance data: {why}"),
            );
        }
        None if entries.is_empty() => return,
        None => {
            let list = entries.iter().map(Entry::to_json).collect();
            facts.insert("perfdata", Value::Json(list));
        }
    }
    for entry in &entries {
        let plain = format!("perfdata.{}", entry.label);
        let twice = entries.iter().filter(|other| other.label == entry.label).count() > 1;
        match entry.measure() {
            _ if twice => {
                let why = format!("the plugin says {:?} more than once", entry.label);
                for family in ["perfdata.", "perfdata-duration.", "perfdata-share.", "perfdata-size."] {
                    let name = format!("{family}{}", entry.label);
                    facts.insert_unreadable(name, Cause::ProcessProtocol, why.clone());
                }
            }
            Measure::Known(family, value) => {
                if family != "perfdata." {
                    let why = format!("it is {value}, with a unit: look at `{family}{}`", entry.label);
                    facts.insert_unreadable(plain, Cause::Incomparable, why);
                }
                facts.insert(format!("{family}{}", entry.label), value);
            }
            Measure::None(why) => facts.insert_unreadable(plain, Cause::Incomparable, why),
        }
    }
}

/// A plugin's text, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
struct Parts {
    message: String,
    long: String,
    perfdata: String,
}

impl Parts {
    /// The first line has its performance data behind `|`. The further lines are text up to the next `|`; from there on
    /// everything is performance data.
    fn of(output: &str) -> Parts {
        let (first, further) = output.split_once('\n').unwrap_or((output, ""));
        let (message, perfdata) = first.split_once('|').unwrap_or((first, ""));
        let (long, more) = further.split_once('|').unwrap_or((further, ""));
        Parts {
            message: message.trim().to_owned(),
            long: long.trim_end().to_owned(),
            perfdata: format!("{} {}", perfdata.trim(), more).trim().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fixproof_core::model::Fact;

    fn facts_of(code: i32, output: &str) -> Facts {
        let mut facts = Facts::default();
        assert_eq!(tell(code, output, &mut facts), None, "{output}");
        facts
    }

    fn text(facts: &Facts, name: &str) -> Option<String> {
        facts.value(name).map(ToString::to_string)
    }

    #[test]
    fn the_guidelines_own_example_is_read() {
        let output = "DISK OK - free space: / 3326 MB (56%); | /=2643MB;5948;5958;0;5968\n\
            / 15272 MB (77%);\n/boot 68 MB (69%);\n/home 69357 MB (27%);\n\
            /var/log 819 MB (84%); | /boot=68MB;88;93;0;98\n/home=69357MB;253404;253409;0;253414 \n\
            /var/log=818MB;970;975;0;980\n";
        let facts = facts_of(0, output);
        assert_eq!(text(&facts, "status").unwrap(), "\"ok\"");
        assert_eq!(text(&facts, "message").unwrap(), "\"DISK OK - free space: / 3326 MB (56%);\"");
        assert!(text(&facts, "long-output").unwrap().ends_with("/var/log 819 MB (84%);\""));
        assert_eq!(facts.value("perfdata-size./var/log"), Some(&Value::Size(818 << 20)));
        let Some(Value::Json(list)) = facts.value("perfdata") else { unreachable!("{facts:?}") };
        assert_eq!(list.as_array().unwrap().len(), 4);
        assert_eq!(list[2]["crit"], "253409");
    }

    #[test]
    fn a_value_with_a_unit_says_where_it_is_found() {
        let facts = facts_of(0, "HTTP OK | time=0.5s");
        let Some(Fact::Unreadable(why)) = facts.get("perfdata.time") else { unreachable!("{facts:?}") };
        assert_eq!(why.detail, "it is 500ms, with a unit: look at `perfdata-duration.time`");
    }

    #[test]
    fn a_label_that_is_said_twice_is_none() {
        let facts = facts_of(0, "OK | a=1 b=2 a=3s");
        assert!(matches!(facts.get("perfdata.a"), Some(Fact::Unreadable(_))));
        assert!(matches!(facts.get("perfdata-duration.a"), Some(Fact::Unreadable(_))));
        assert_eq!(facts.value("perfdata.b"), Some(&Value::count(2)));
    }

    #[test]
    fn broken_performance_data_is_unreadable_and_what_came_before_it_is_not() {
        let facts = facts_of(1, "WARNING: x | a=1 b=?");
        assert!(matches!(facts.get("perfdata"), Some(Fact::Unreadable(_))));
        assert_eq!(facts.value("perfdata.a"), Some(&Value::count(1)));
        assert_eq!(facts_of(0, "fine").get("perfdata"), None);
    }

    #[test]
    fn what_is_no_plugins_answer_is_an_obstacle() {
        for (code, output, says) in [
            (0, "", "no first line"),
            (0, " \n", "no first line"),
            (0, "| a=1", "no first line"),
            (0, "DISK CRITICAL - no room", "says CRITICAL"),
            (2, "OK: all is well", "says OK"),
            (0, "UNKNOWN", "says UNKNOWN"),
            (4, "OK", "none of a plugin's"),
            (127, "not found", "none of a plugin's"),
        ] {
            let mut facts = Facts::default();
            let why = tell(code, output, &mut facts).unwrap();
            assert_eq!(why.cause, Cause::ProcessProtocol);
            assert!(why.detail.contains(says), "{output}: {}", why.detail);
            assert!(facts.is_empty(), "{output}: {facts:?}");
        }
    }

    #[test]
    fn words_within_a_message_are_no_state() {
        facts_of(0, "HTTP OK: 0 CRITICAL alerts");
        facts_of(0, "all 3 of 3 CRITICAL services answer");
        facts_of(2, "the service is not OK");
        facts_of(0, "critical mass is fine");
    }
}
