//! One frame or event as a scenario describes it.

use std::time::Duration;

use regex::Regex;
use serde_json::Value as Json;
use serde_json_path::JsonPath;

use fixproof_core::model::{Setting, parse_duration};

/// The keys of a description.
const KEYS: &str = "`name`, `at`, `equals`, `matches`, `exists` and `within`";

/// A description: `"agent_started"`, or `{ name, at, equals | matches | exists, within }`.
#[derive(Debug)]
pub(crate) struct Matcher {
    /// What messages and facts call it.
    pub(crate) name: String,
    /// How long it may take, from the one before it.
    pub(crate) within: Option<Duration>,
    at: JsonPath,
    test: Test,
}

/// What must be found there. A path that selects several nodes asks it of each of them.
#[derive(Debug)]
enum Test {
    Equals(Json),
    Matches(Regex),
    Exists(bool),
}

impl Matcher {
    /// Reads a description. A path that is not written is `at`; a condition that is not written is `equals` with the
    /// name.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub(crate) fn read(setting: &Setting, at: &str) -> Result<Matcher, String> {
        let rows = match setting {
            Setting::Text(_) => &[("name".to_owned(), setting.clone())][..],
            Setting::Table(rows) => rows,
            _ => return Err(format!("a name or a table of {KEYS} is wanted")),
        };
        let known = ["name", "at", "equals", "matches", "exists", "within"];
        if let Some((key, _)) = rows.iter().find(|(key, _)| !known.contains(&key.as_str())) {
            return Err(format!("`{key}` is none of {KEYS}"));
        }
        let row = |name: &str| rows.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        let name = name(row("name"))?;
        let within = match row("within") {
            None => None,
            Some(Setting::Text(text)) => {
                Some(parse_duration(text.expose()).map_err(|why| format!("`within` of `{name}`: {why}"))?)
            }
            Some(_) => return Err(format!("`within` of `{name}` is a duration, for example \"20s\"")),
        };
        let at = match row("at") {
            None => at,
            Some(Setting::Text(text)) => text.expose(),
            Some(_) => return Err(format!("`at` of `{name}` is a JSONPath in a text")),
        };
        let at = JsonPath::parse(at).map_err(|why| format!("`at` of `{name}` is no JSONPath: {why}"))?;
        let test = match (row("equals"), row("matches"), row("exists")) {
            (None, None, None) => Test::Equals(name.as_str().into()),
            (Some(wanted), None, None) => Test::Equals(wanted.to_json()),
            (None, Some(Setting::Text(text)), None) => Test::Matches(
                Regex::new(text.expose())
                    .map_err(|why| format!("`matches` of `{name}` is no regular expression: {why}"))?,
            ),
            (None, Some(_), None) => return Err(format!("`matches` of `{name}` is a text")),
            (None, None, Some(Setting::Flag(flag))) => Test::Exists(*flag),
            (None, None, Some(_)) => return Err(format!("`exists` of `{name}` is true or false")),
            _ => return Err(format!("`{name}` takes one of `equals`, `matches` and `exists`")),
        };
        Ok(Matcher { name, within, at, test })
    }

    /// Is it that?
    pub(crate) fn matches(&self, document: &Json) -> bool {
        let found = self.at.query(document);
        match &self.test {
            Test::Exists(exists) => found.is_empty() != *exists,
            Test::Equals(wanted) => !found.is_empty() && found.iter().all(|node| same(node, wanted)),
            Test::Matches(pattern) => {
                let fits = |node: &Json| node.as_str().is_some_and(|text| pattern.is_match(text));
                !found.is_empty() && found.iter().all(|node| fits(node))
            }
        }
    }
}

/// Reads a name. It becomes part of a fact's name, and messages show it.
fn name(setting: Option<&Setting>) -> Result<String, String> {
    let Some(Setting::Text(text)) = setting else {
        return Err(format!("it has no `name`; a name or a table of {KEYS} is wanted"));
    };
    if text.is_secret() {
        return Err("a name can't hold a secret".to_owned());
    }
    let name = text.expose();
    if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(format!("{name:?} is no name: it is empty, or has a blank in it"));
    }
    Ok(name.to_owned())
}

/// The same value; 1 and 1.0 are one number.
fn same(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Number(a), Json::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use fixproof_core::model::Text;

    fn text(text: &str) -> Setting {
        Setting::Text(Text::plain(text))
    }

    fn read(rows: &[(&str, Setting)]) -> Result<Matcher, String> {
        let rows = rows.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        Matcher::read(&Setting::Table(rows), "$.type")
    }

    #[test]
    fn a_name_alone_is_the_type_it_has() {
        let matcher = Matcher::read(&text("agent_started"), "$.type").unwrap();
        assert!(matcher.matches(&json!({"type": "agent_started"})));
        for other in [json!({"type": "agent"}), json!({}), json!("agent_started"), json!({"type": null})] {
            assert!(!matcher.matches(&other), "{other}");
        }
    }

    #[test]
    fn a_path_and_one_condition_say_more() {
        let named = ("name", text("x"));
        let matcher = read(&[named.clone(), ("at", text("$.data.n")), ("equals", Setting::Number(1.into()))]);
        assert!(matcher.as_ref().is_ok_and(|matcher| matcher.matches(&json!({"data": {"n": 1.0}}))));
        assert!(matcher.is_ok_and(|matcher| !matcher.matches(&json!({"data": {"n": "1"}}))));
        let matcher = read(&[named.clone(), ("matches", text("_started$")), ("within", text("2s"))]).unwrap();
        assert_eq!(matcher.within, Some(Duration::from_secs(2)));
        assert!(
            matcher.matches(&json!({"type": "factory_started"})) && !matcher.matches(&json!({"type": 7}))
        );
        let matcher = read(&[named, ("at", text("$.error")), ("exists", Setting::Flag(false))]).unwrap();
        assert!(matcher.matches(&json!({"type": 1})) && !matcher.matches(&json!({"error": null})));
    }

    #[test]
    fn every_node_of_a_path_must_hold() {
        let matcher = read(&[("name", text("x")), ("at", text("$.list[*]")), ("equals", text("a"))]).unwrap();
        assert!(matcher.matches(&json!({"list": ["a", "a"]})));
        assert!(!matcher.matches(&json!({"list": ["a", "b"]})) && !matcher.matches(&json!({"list": []})));
    }

    #[test]
    fn what_says_nothing_is_told() {
        let named = || ("name", text("x"));
        for (rows, says) in [
            (vec![("at", text("$.x"))], "no `name`"),
            (vec![("name", text("a b"))], "blank"),
            (vec![("name", Setting::Text(Text::secret("hunter2")))], "secret"),
            (vec![named(), ("at", text("type"))], "no JSONPath"),
            (vec![named(), ("matches", text("("))], "no regular expression"),
            (vec![named(), ("exists", text("yes"))], "true or false"),
            (vec![named(), ("within", text("20"))], "no unit"),
            (vec![named(), ("whithin", text("20s"))], "`whithin` is none of"),
            (vec![named(), ("equals", text("a")), ("exists", Setting::Flag(true))], "one of"),
        ] {
            let said = read(&rows).err().unwrap();
            assert!(said.contains(says) && !said.contains("hunter2"), "{said}");
        }
        assert!(Matcher::read(&Setting::Flag(true), "$.type").is_err());
    }
}
