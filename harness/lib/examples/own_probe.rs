//! A probe of one's own: how old is a file? It is passed to the planner beside [`PROBES`], and its settings, facts and
//! units are checked like theirs. `cargo run -p fixproof --example own_probe`

use std::path::{Path, PathBuf};
use std::time::Duration;

use fixproof::clock::Clock;
use fixproof::engine::{Identity, Overlay, Selection, Stop, plan, run};
use fixproof::load::load_texts;
use fixproof::model::{
    Cause, FactSpec, Kind, Mistake, Observation, ProbeSpec, SettingKind, SettingSpec, Settings, Value,
};
use fixproof::probe::reproduce::CommandLine;
use fixproof::probe::{ObserveContext, Observing, PROBES, PrepareContext, Probe, ProbeKind, vocabulary};
use fixproof::report::{Style, frame, text};

static SPEC: ProbeSpec = ProbeSpec {
    name: "file-age",
    summary: "how long ago a file was written",
    settings: &[SettingSpec::required("path", SettingKind::Text, "the file, relative to the suite")],
    facts: &[FactSpec::always("age", Kind::Duration, "since it was last written")],
    phases: &[],
    example: "",
};

struct FileAge;

impl ProbeKind for FileAge {
    fn spec(&self) -> &'static ProbeSpec {
        &SPEC
    }

    fn reproduce(&self, with: &Settings, _: Duration, here: &PrepareContext<'_>) -> Option<String> {
        let path = here.root.join(with.text("path")?.expose());
        CommandLine::new("stat").words(["-c", "%y", &path.display().to_string()]).finish()
    }

    fn prepare(&self, with: &Settings, here: &PrepareContext<'_>) -> Result<Box<dyn Probe>, Vec<Mistake>> {
        let path = with.text("path").ok_or_else(|| vec![Mistake::at("path", "it is missing")])?;
        Ok(Box::new(Aged(here.root.join(path.expose()))))
    }
}

struct Aged(PathBuf);

impl Probe for Aged {
    fn observe<'a>(&'a self, ask: ObserveContext<'a>) -> Observing<'a> {
        Box::pin(async move {
            let file = self.0.display();
            match ask.clock.until(ask.deadline, tokio::fs::metadata(&self.0)).await.map(|m| m?.modified()) {
                Ok(Ok(at)) => Observation::seen([("age", Value::Duration(at.elapsed().unwrap_or_default()))]),
                Ok(Err(why)) => Observation::blocked_by(Cause::Missing, format!("{file}: {why}")),
                Err(_) => {
                    Observation::blocked_by(Cause::OwnLimit, format!("{file}: the disk did not answer"))
                }
            }
        })
    }
}

/// Runs a suite of texts, and says what a reader of `fixproof run` would read.
pub(crate) async fn verdict(root: &Path, files: &[(&str, &str)]) -> String {
    let kinds: Vec<&'static dyn ProbeKind> = [PROBES, &[&FileAge]].concat();
    let mut loaded = load_texts(root, files, &vocabulary(&kinds), Clock::WALL.today());
    if let (Some(suite), Some(target)) = (&loaded.suite, &loaded.target) {
        let (overlay, selection, identity) =
            (Overlay::default(), Selection::default(), Identity::named("mine"));
        let (plan, problems) = plan(suite, target, overlay, &selection, identity, &kinds);
        loaded.problems.extend(problems.iter().cloned());
        if let Some(plan) = plan.filter(|_| !loaded.problems.has_errors()) {
            return text::summary(
                &run(plan, &mut (), Stop::never()).await,
                text::Detail::Normal,
                Style::PLAIN,
            );
        }
    }
    let problems = loaded.problems.sorted();
    problems.iter().map(|problem| frame::problem(problem, &loaded.sources, Style::PLAIN)).collect()
}

const TARGET: &str = r#"
name = "here"
[component.backup]
file = "own_probe.rs"
"#;

const SUITE: &str = r#"
component = "backup"
[[scenario]]
id     = "backup-is-fresh"
title  = "The last backup is younger than ten years"
probe  = "file-age"
with   = { path = "{{backup.file}}" }
expect = [{ that = "age", at-most = "3650days" }]
"#;

/// Asks, and prints the verdict.
#[tokio::main]
pub(crate) async fn main() -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let said = verdict(&root, &[("targets/here.toml", TARGET), ("backup.toml", SUITE)]).await;
    std::io::Write::write_all(&mut std::io::stdout(), said.as_bytes())
}
