//! A folder with scripts in it, a look at one of them, and what was seen.

use std::path::{Path, PathBuf};
use std::time::Duration;

use fixproof::clock::Clock;
use fixproof::model::{Cause, Fact, Mistake, Observation, Setting, Settings, Text, Value};
use fixproof::probe::{ObserveContext, PrepareContext, Probe, RunResources, probe_named};

/// A deadline that nobody is to reach.
pub(crate) const LONG: Duration = Duration::from_secs(30);
/// One that is to be reached.
pub(crate) const SHORT: Duration = Duration::from_millis(1500);

/// A suite's folder.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// A file in it.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The process number that somebody wrote into a file of it.
    pub(crate) fn number(&self, name: &str) -> Option<i32> {
        std::fs::read_to_string(self.path().join(name)).ok()?.trim().parse().ok()
    }

    pub(crate) fn prepare(&self, settings: Vec<(String, Setting)>) -> Result<Box<dyn Probe>, Vec<Mistake>> {
        let context = PrepareContext {
            root: self.path(),
            proxy_from_environment: false,
            resources: &RunResources::default(),
        };
        probe_named("command").unwrap().prepare(&Settings(settings), &context)
    }

    /// Looks once, and checks that the look ended in time.
    pub(crate) async fn look(&self, settings: Vec<(String, Setting)>, within: Duration) -> Observation {
        let probe = self.prepare(settings).map_err(|mistakes| format!("{mistakes:?}")).unwrap();
        let clock = Clock::WALL;
        let began = clock.now();
        let seen =
            probe.observe(ObserveContext { clock: &clock, deadline: clock.after(began, within) }).await;
        let took = clock.since(began);
        assert!(took < within + Duration::from_secs(3), "{took:?} of {within:?}: {seen:#?}");
        seen
    }
}

/// Looks at a program in a folder of its own.
pub(crate) async fn look(settings: Vec<(String, Setting)>, within: Duration) -> Observation {
    Folder::new().look(settings, within).await
}

/// What `/bin/sh` is told with `argv`.
pub(crate) fn sh(script: &str) -> Vec<(String, Setting)> {
    argv(&["/bin/sh", "-c", script])
}

pub(crate) fn argv(words: &[&str]) -> Vec<(String, Setting)> {
    vec![list("argv", words)]
}

pub(crate) fn list(name: &str, words: &[&str]) -> (String, Setting) {
    (name.to_owned(), Setting::List(words.iter().map(|word| plain(word)).collect()))
}

pub(crate) fn plain(text: &str) -> Setting {
    Setting::Text(Text::plain(text))
}

pub(crate) fn secret(text: &str) -> Setting {
    Setting::Text(Text::secret(text))
}

/// Settings and one more.
pub(crate) fn with(
    mut settings: Vec<(String, Setting)>,
    name: &str,
    value: Setting,
) -> Vec<(String, Setting)> {
    settings.push((name.to_owned(), value));
    settings
}

pub(crate) fn text(seen: &Observation, fact: &str) -> String {
    match seen.facts.get(fact) {
        Some(Fact::Seen(Value::Text(text))) => text.clone(),
        other => format!("{other:?}"),
    }
}

pub(crate) fn code(seen: &Observation) -> Option<String> {
    seen.facts.value("exit-code").map(ToString::to_string)
}

pub(crate) fn detail(seen: &Observation) -> &str {
    seen.obstacle.as_ref().map_or("", |obstacle| &obstacle.detail)
}

/// Asserts a cause, and something that its sentence says.
#[track_caller]
pub(crate) fn blocked(seen: &Observation, cause: Cause, says: &str) {
    let Some(obstacle) = &seen.obstacle else { unreachable!("no {cause}: {seen:#?}") };
    assert_eq!(obstacle.cause, cause, "{}", obstacle.detail);
    assert!(obstacle.detail.contains(says), "`{says}` is not said: {}", obstacle.detail);
}

#[track_caller]
pub(crate) fn fine(seen: &Observation) {
    assert_eq!(seen.obstacle, None, "{seen:#?}");
}

/// Waits until a process is gone; a zombie that waits for its parent is.
pub(crate) async fn gone(process: i32) {
    let clock = Clock::WALL;
    let patience = clock.after(clock.now(), LONG);
    while is_alive(process) {
        assert!(clock.now() < patience, "process {process} is still there");
        clock.sleep_until(clock.after(clock.now(), Duration::from_millis(5))).await;
    }
}

pub(crate) fn is_alive(process: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}
