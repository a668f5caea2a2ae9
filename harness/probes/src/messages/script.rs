//! Everything a scenario says about what is to come: in which order, what not, and what must be one and the same.

use serde_json::Value as Json;
use serde_json_path::JsonPath;

use super::matcher::Matcher;
use fixproof_core::model::{Mistake, Setting, Settings};

/// What is to come.
#[derive(Debug)]
pub(crate) struct Script {
    /// Awaited, in this order.
    pub(crate) matchers: Vec<Matcher>,
    /// What must not come.
    pub(crate) forbidden: Vec<Matcher>,
    /// May nothing else come?
    pub(crate) strict: bool,
    distinct: Vec<Distinct>,
}

/// Values that are counted over the awaited ones, beginning with one of them.
#[derive(Debug)]
struct Distinct {
    name: String,
    at: JsonPath,
    from: usize,
}

impl Script {
    /// Reads `forbid`, `distinct` and `strict` beside what is awaited; `at` is where a type stands.
    pub(crate) fn read(
        matchers: Vec<Matcher>,
        settings: &Settings,
        at: &str,
        mistakes: &mut Vec<Mistake>,
    ) -> Script {
        for (nth, matcher) in matchers.iter().enumerate() {
            if matchers[..nth].iter().any(|other| other.name == matcher.name) {
                let message = format!("two awaited ones are called `{}`", matcher.name);
                mistakes
                    .push(Mistake::whole(message).help("give each its own `name`, and say what it `equals`"));
            }
        }
        let forbidden = match settings.get("forbid") {
            None => Vec::new(),
            Some(Setting::List(list)) if !list.is_empty() => list
                .iter()
                .filter_map(|row| {
                    Matcher::read(row, at).map_err(|why| mistakes.push(Mistake::at("forbid", why))).ok()
                })
                .collect(),
            Some(_) => {
                mistakes.push(Mistake::at("forbid", "it is a list of names or tables"));
                Vec::new()
            }
        };
        if let Some(matcher) = forbidden.iter().find(|matcher| matcher.within.is_some()) {
            let message = format!("`{}` must not come at all, so it has no `within`", matcher.name);
            mistakes.push(Mistake::at("forbid", message));
        }
        let strict = settings.flag("strict").unwrap_or(false);
        let distinct = distinct(settings, &matchers, mistakes);
        Script { matchers, forbidden, strict, distinct }
    }

    /// How many different values the awaited documents hold, by name. One without a value counts as one of its own.
    pub(crate) fn distinct(&self, awaited: &[&Json]) -> Vec<(&str, u64)> {
        let count = |row: &Distinct| {
            let mut values: Vec<Vec<&Json>> = Vec::new();
            let mut count = 0;
            for document in awaited.iter().skip(row.from) {
                let found = row.at.query(document).all();
                if found.is_empty() || !values.contains(&found) {
                    count += 1;
                    values.push(found);
                }
            }
            count
        };
        self.distinct.iter().map(|row| (row.name.as_str(), count(row))).collect()
    }
}

/// Reads `distinct = { run = "$.run_id" }`, or `{ run = { at = "$.run_id", from = "agent_started" } }`.
fn distinct(settings: &Settings, matchers: &[Matcher], mistakes: &mut Vec<Mistake>) -> Vec<Distinct> {
    let rows = match settings.get("distinct") {
        None => return Vec::new(),
        Some(Setting::Table(rows)) if !rows.is_empty() => rows,
        Some(_) => {
            mistakes.push(Mistake::at("distinct", "it is a table of names and JSONPaths"));
            return Vec::new();
        }
    };
    if matchers.is_empty() {
        let message = "nothing is awaited, so there is nothing to count different values in";
        mistakes.push(Mistake::at("distinct", message));
        return Vec::new();
    }
    let read = |(name, setting): &(String, Setting)| {
        let word = |key: &str| match setting {
            Setting::Table(rows) => {
                rows.iter().find(|(known, _)| known == key).and_then(|(_, v)| v.scalar_text())
            }
            _ => None,
        };
        let at = match setting {
            Setting::Text(text) => Some(text.clone()),
            Setting::Table(rows) if rows.iter().all(|(key, _)| key == "at" || key == "from") => word("at"),
            _ => None,
        };
        let at = at.ok_or_else(|| format!("`{name}` is a JSONPath, or a table of `at` and `from`"))?;
        let at = JsonPath::parse(at.expose()).map_err(|why| format!("`{name}` is no JSONPath: {why}"))?;
        let from = match word("from") {
            None => 0,
            Some(from) => matchers
                .iter()
                .position(|matcher| matcher.name == from.expose())
                .ok_or_else(|| format!("`from` of `{name}` is the name of none that is awaited"))?,
        };
        Ok(Distinct { name: name.clone(), at, from })
    };
    rows.iter()
        .filter_map(|row| read(row).map_err(|why: String| mistakes.push(Mistake::at("distinct", why))).ok())
        .collect()
}
