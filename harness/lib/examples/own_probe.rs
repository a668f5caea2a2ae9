//! A probe of your own: how old is a file? It is added to the [`Harness`], and its settings, facts and units are validated
//! like those of the shipped probes. `cargo run -p fixproof --example own_probe`

use std::path::{Path, PathBuf};
use std::time::Duration;

use fixproof::Harness;
use fixproof::model::{
    Cause, FactSpec, Kind, Mistake, Observation, ProbeSpec, SettingKind, SettingSpec, Settings, Value,
};
use fixproof::probe::reproduce::CommandLine;
use fixproof::probe::{ObserveContext, Observing, PrepareContext, Probe, ProbeKind};
use fixproof::report::{Style, text};

static SPEC: ProbeSpec = ProbeSpec {
    name: "file-age",
    summary: "how long ago a file was written",
    settings: &[SettingSpec::required("path", SettingKind::Text, "the file, relative to the suite")],
    facts: &[&[FactSpec::always("age", Kind::Duration, "since it was last written")]],
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

/// Runs a suite of texts, and returns what `fixproof run` would print.
pub(crate) async fn verdict(root: &Path, files: &[(&str, &str)]) -> String {
    match Harness::from_texts(root, files).probe(&FileAge).run().await {
        Ok(report) => text::summary(&report, text::Detail::Normal, Style::PLAIN),
        Err(invalid) => invalid.to_string(),
    }
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

/// Runs the suite, and prints the verdict.
#[tokio::main]
pub(crate) async fn main() -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let said = verdict(&root, &[("targets/here.toml", TARGET), ("backup.toml", SUITE)]).await;
    std::io::Write::write_all(&mut std::io::stdout(), said.as_bytes())
}
