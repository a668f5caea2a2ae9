//! What help shows of every probe is a scenario file that loads and can be planned.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use fixproof::engine::{Identity, Overlay, Selection, plan};
use fixproof::load::load;
use fixproof::model::ProbeSpec;
use fixproof::probe::PROBES;

const TARGET: &str = r#"name = "staging"
[component.backend]
url = "https://api.example.com"
websocket = "wss://api.example.com"
[secret]
jwt = { file = "JWT" }
"#;

/// What is wrong with an example, in a target that has its component.
fn mistakes(example: &str) -> Vec<String> {
    let component = example.lines().next().and_then(|line| line.split('"').nth(1)).unwrap();
    let target = match component {
        "backend" => TARGET.to_owned(),
        other => format!("{TARGET}[component.{other}]\nurl = \"https://example.com\"\n"),
    };
    let root = tempfile::tempdir().unwrap();
    let jwt = root.path().join("jwt");
    std::fs::write(&jwt, "canary-of-a-token").unwrap();
    let target = target.replace("JWT", &jwt.display().to_string());
    std::fs::create_dir(root.path().join("targets")).unwrap();
    for (name, text) in [
        ("suite.toml", "[gate]\nthreshold = \"80%\"\n"),
        ("targets/staging.toml", &target),
        ("one.toml", example),
    ] {
        std::fs::write(root.path().join(name), text).unwrap();
    }
    let specs: Vec<&'static ProbeSpec> = PROBES.iter().map(|kind| kind.spec()).collect();
    let today = time::Date::from_calendar_date(2026, time::Month::March, 1).unwrap();
    let loaded = load(root.path(), Some("staging"), &specs, today);
    let identity = Identity::named("fixproof test");
    let found = match plan(&loaded.unwrap(), Overlay::default(), &Selection::default(), identity, PROBES) {
        Ok(plan) => plan.warnings().to_vec(),
        Err(invalid) => invalid.problems,
    };
    found.into_iter().map(|problem| problem.message).collect()
}

#[test]
fn every_probe_s_example_can_be_run() {
    for kind in PROBES {
        let found = mistakes(kind.spec().example);
        assert_eq!(found, Vec::<String>::new(), "{}", kind.spec().name);
    }
}

#[test]
fn an_example_that_can_t_be_run_is_seen() {
    let example = PROBES[0].spec().example;
    assert_ne!(mistakes(&example.replace("url =", "adress =")), Vec::<String>::new());
}

#[test]
fn every_phase_is_a_duration_that_can_be_expected() {
    for kind in PROBES {
        let spec = kind.spec();
        for phase in spec.phases {
            let fact = spec.fact(&format!("time.{phase}"));
            assert!(fact.is_some_and(|fact| fact.kind == fixproof::model::Kind::Duration), "{phase}");
        }
    }
}
