//! One look at a log, and how its facts are read.

use std::path::Path;
use std::time::Duration;

use fixproof::clock::Clock;
use fixproof::model::{Cause, Fact, Mistake, Observation, Setting, Settings, Text, Value};
use fixproof::probe::{ObserveContext, PrepareContext, Probe, RunResources, probe_named};
use toml::de::{DeTable, DeValue};

/// Long enough for anything that answers, also on a loaded machine.
pub(crate) const LONG: Duration = Duration::from_secs(20);
/// Long enough to get to where something hangs.
pub(crate) const SHORT: Duration = Duration::from_millis(400);

/// Settings as a scenario writes them; durations and sizes are named `since` and `read-limit`.
pub(crate) fn settings(toml: &str) -> Settings {
    let table = DeTable::parse(toml).unwrap().into_inner();
    Settings(table.into_iter().map(|(name, value)| read(name.get_ref(), value.into_inner())).collect())
}

fn read(name: &str, value: DeValue<'_>) -> (String, Setting) {
    let setting = match value {
        DeValue::String(text) if name == "since" => {
            Setting::Duration(fixproof::load::parse_duration(&text).unwrap())
        }
        DeValue::String(text) if name == "read-limit" => {
            Setting::Size(fixproof::load::parse_size(&text).unwrap())
        }
        DeValue::String(text) => Setting::Text(Text::plain(text)),
        DeValue::Integer(number) => Setting::Number(number.as_str().parse::<u64>().unwrap().into()),
        DeValue::Boolean(flag) => Setting::Flag(flag),
        DeValue::Array(list) => {
            Setting::List(list.into_iter().map(|item| read("", item.into_inner()).1).collect())
        }
        DeValue::Table(rows) => Setting::Table(
            rows.into_iter().map(|(key, item)| read(key.get_ref(), item.into_inner())).collect(),
        ),
        other => unreachable!("{other:?}"),
    };
    (name.to_owned(), setting)
}

pub(crate) fn prepare(root: &Path, toml: &str) -> Result<Box<dyn Probe>, Vec<Mistake>> {
    let context = PrepareContext { root, proxy_from_environment: false, resources: &RunResources::default() };
    probe_named("log").unwrap().prepare(&settings(toml), &context)
}

/// Looks once, and checks that the look ended in time.
pub(crate) async fn look_within(root: &Path, toml: &str, within: Duration, clock: Clock) -> Observation {
    let probe = prepare(root, toml).map_err(|mistakes| format!("{mistakes:?}")).unwrap();
    let wall = Clock::WALL;
    let began = wall.now();
    let mut seen = probe.observe(ObserveContext { clock: &clock, deadline: wall.after(began, within) }).await;
    fixproof::judge::aggregate(&mut seen);
    let took = wall.since(began);
    assert!(took < within + Duration::from_secs(3), "{took:?} of {within:?}: {seen:#?}");
    seen
}

pub(crate) async fn look(root: &Path, toml: &str) -> Observation {
    look_within(root, toml, LONG, Clock::WALL).await
}

/// A log file in a folder of its own, looked at.
pub(crate) async fn look_at(log: &str, toml: &str) -> Observation {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.log"), log).unwrap();
    look(folder.path(), &format!("file = 'x.log'\n{toml}")).await
}

/// A fact as a reader sees it; `?` before one that was seen in part, and what the rest can do to it.
pub(crate) fn fact(seen: &Observation, name: &str) -> String {
    match seen.facts.get(name) {
        None => "missing".to_owned(),
        Some(Fact::Seen(value)) => value.to_string(),
        Some(Fact::Cut(cut)) => {
            let value = cut.seen.as_ref().map_or("nothing".to_owned(), Value::to_string);
            format!("{value} ?{:?}", cut.rest)
        }
        Some(Fact::Unreadable(why)) => format!("{}: {}", why.cause, why.detail),
    }
}

#[track_caller]
pub(crate) fn says(seen: &Observation, facts: &[(&str, &str)]) {
    assert_eq!(seen.obstacle, None, "{seen:#?}");
    for (name, wanted) in facts {
        assert_eq!(fact(seen, name), *wanted, "{name} in {:#?}", seen.facts);
    }
}

/// Asserts a cause, and something that its sentence says.
#[track_caller]
pub(crate) fn blocked(seen: &Observation, cause: Cause, says: &str) {
    let Some(obstacle) = &seen.obstacle else { unreachable!("no {cause}: {seen:#?}") };
    assert_eq!(obstacle.cause, cause, "{}", obstacle.detail);
    assert!(obstacle.detail.contains(says), "`{says}` is not said: {}", obstacle.detail);
}

/// The words of the one mistake that settings have.
#[track_caller]
pub(crate) fn mistake(toml: &str) -> String {
    let mistakes = prepare(Path::new("/"), toml).err().unwrap_or_default();
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    mistakes[0].message.clone()
}

/// So long before now, as a log writes it.
pub(crate) fn ago(duration: Duration) -> String {
    let moment = Clock::WALL.timestamp().0 - duration;
    fixproof::model::Timestamp(moment).to_string()
}
