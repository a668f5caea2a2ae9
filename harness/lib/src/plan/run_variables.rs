//! `{{run.…}}`: values of the run itself, so that a scenario can send something that was never sent before.

use serde_json::Number;

use crate::model::{Kind, Nonce, Operator, Setting, Takes, Text, Timestamp, Written};

/// The variables of a run.
#[derive(Debug, Clone)]
pub(crate) struct RunVariables {
    /// The run's name.
    id: String,
    /// The run's own number.
    nonce: Nonce,
    /// When it was planned.
    begun: Timestamp,
}

impl RunVariables {
    /// The name before the dot.
    pub(crate) const SCOPE: &str = "run";
    /// The names behind the dot.
    pub(crate) const KEYS: [&str; 7] =
        ["id", "nonce", "nonce-digits", "nonce-sum", "nonce-reversed", "begun", "hour-before"];

    pub(crate) fn of(id: &str, nonce: Nonce, begun: Timestamp) -> RunVariables {
        RunVariables { id: id.to_owned(), nonce, begun }
    }

    /// The value of one of [`Self::KEYS`].
    pub(crate) fn get(&self, key: &str) -> Option<Setting> {
        let number = |number: u32| Setting::Number(Number::from(number));
        Some(match key {
            "id" => Setting::Text(Text::plain(&self.id)),
            "nonce" => number(self.nonce.number()),
            "nonce-digits" => Setting::Text(Text::plain(self.nonce.digits())),
            "nonce-sum" => number(self.nonce.sum()),
            "nonce-reversed" => number(self.nonce.reversed()),
            "begun" => Setting::Text(Text::plain(self.begun.to_string())),
            "hour-before" => {
                let before = self.begun.0.checked_sub(time::Duration::HOUR).unwrap_or(self.begun.0);
                Setting::Text(Text::plain(Timestamp(before).to_string()))
            }
            _ => return None,
        })
    }

    /// Their names as they are written.
    pub(crate) fn names() -> impl Iterator<Item = String> {
        Self::KEYS.iter().map(|key| format!("{}.{key}", Self::SCOPE))
    }
}

/// A number of the run is a text where it is compared with one: a text fact has no number in it, and `contains`,
/// `starts-with`, `ends-with` and `matches` look into texts. Everywhere else it stays the number it is.
pub(crate) fn as_compared(written: &Written, filled: Setting, operator: Operator, kind: Kind) -> Setting {
    let textual =
        kind == Kind::Text || matches!(operator.takes, Takes::Text | Takes::Pattern | Takes::Element);
    let measured = matches!(operator.takes, Takes::Length | Takes::Flag | Takes::KindName);
    if textual && !measured { as_text(written, filled) } else { filled }
}

fn as_text(written: &Written, filled: Setting) -> Setting {
    match (written, filled) {
        (Written::Text(template), Setting::Number(number))
            if template.as_variable().is_some_and(|v| is_of_the_run(&v.name)) =>
        {
            Setting::Text(Text::plain(number.to_string()))
        }
        (Written::List(items), Setting::List(list)) => {
            Setting::List(items.iter().zip(list).map(|(item, filled)| as_text(&item.value, filled)).collect())
        }
        (_, filled) => filled,
    }
}

/// Is it one of the run's variables, known or not?
pub(crate) fn is_of_the_run(name: &str) -> bool {
    name.split_once('.').is_some_and(|(scope, _)| scope == RunVariables::SCOPE)
}

/// The names of the run's variables in a value.
pub(crate) fn names_in(written: &Written, into: &mut Vec<String>) {
    match written {
        Written::Text(template) => {
            into.extend(template.variables().map(|v| v.name.clone()).filter(|name| is_of_the_run(name)));
        }
        Written::List(list) => list.iter().for_each(|item| names_in(&item.value, into)),
        Written::Table(rows) => rows.iter().for_each(|(_, item)| names_in(&item.value, into)),
        Written::Flag(_) | Written::Number(_) => {}
    }
}
