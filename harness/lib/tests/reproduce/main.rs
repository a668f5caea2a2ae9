//! The command a person would type is one a shell understands, asks the same as the probe, and holds no secret.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test: what fails here fails it"
)]

mod databases;
#[path = "../real_postgres/mod.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod real_postgres;
mod requests;
mod shells;

use std::path::Path;
use std::process::{Command, Output};

use fixproof::engine::{Identity, Overlay, Plan, Selection, plan};
use fixproof::load::load_texts;
use fixproof::model::{Secret, Text};
use fixproof::probe::{PROBES, vocabulary};

/// A secret that no command may hold.
const CANARY: &str = "canary to k'en";

/// What a real environment looks like: a secret as a value, one within an address, and an address that is one.
const TARGET: &str = r#"
name = "staging"
[component.backend]
url = "https://api.example.com"
database = "{{secret.database_url}}"
cache = "redis://app:{{secret.jwt}}@cache.example.com:6379/2"
[limit]
"#;

/// A file of scenarios, planned.
fn planned(scenarios: &str) -> Plan {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, CANARY).unwrap();
    let target = format!("{TARGET}[secret]\njwt = {{ file = {:?} }}\n", secret.display().to_string());
    let files = [
        ("suite.toml", "[defaults]\ntimeout = \"10s\""),
        ("targets/staging.toml", &*target),
        ("one.toml", scenarios),
    ];
    let today = time::Date::from_calendar_date(2026, time::Month::March, 1).unwrap();
    let loaded = load_texts(Path::new("suite"), &files, &vocabulary(PROBES), today);
    let url = format!("postgresql+asyncpg://app:{CANARY}@db.example.com/app?sslmode=verify-full");
    let overlay = Overlay {
        values: vec![("backend".to_owned(), "hidden".to_owned(), Text::secret(CANARY))],
        secrets: vec![("database_url".to_owned(), Secret::new(url))],
    };
    let identity = Identity::named("by hand");
    plan(&loaded.unwrap(), overlay, &Selection::default(), identity, PROBES)
        .unwrap_or_else(|why| panic!("{why}"))
}

/// The commands of every scenario.
fn commands(plan: &Plan) -> Vec<(String, Vec<String>)> {
    let all: Vec<_> =
        plan.scenarios().map(|(card, _)| (card.id.to_string(), card.reproduce.clone())).collect();
    for command in all.iter().flat_map(|(_, commands)| commands) {
        assert!(!command.contains("canary") && !command.contains(['\u{f0000}', '\u{f0001}']), "{command}");
        understood(command);
    }
    all
}

/// A file with one scenario.
fn one(scenario: &str) -> Plan {
    planned(&format!("component = \"backend\"\n[[scenario]]\nid = \"one\"\ntitle = \"One\"\n{scenario}"))
}

/// The one command of the one scenario.
fn command(plan: &Plan) -> String {
    let found = commands(plan);
    let [(_, commands)] = &*found else { panic!("{found:?}") };
    let [command] = &**commands else { panic!("{commands:?}") };
    command.clone()
}

/// A shell has nothing against it.
fn understood(command: &str) {
    let output = Command::new("sh").args(["-n", "-c", command]).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{command}: {output:?}");
}

/// What comes of it in a shell that knows the secrets.
fn typed(command: &str, more: &[(&str, &str)]) -> Output {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).env("JWT", CANARY).envs(more.iter().copied());
    shell.output().unwrap()
}

/// Is a program there? Where tools are required, it has to be.
fn there(program: &str, package: &str, test: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    assert!(there || std::env::var_os("FIXPROOF_REQUIRE_TOOLS").is_none(), "{test} needs {package}");
    if !there {
        eprintln!("{test}: left out, {package} is not installed");
    }
    there
}
