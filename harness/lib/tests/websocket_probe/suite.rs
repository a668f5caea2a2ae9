//! The whole way: a suite in TOML, the engine, the probe, a chat that is not ours, and the judge.

use std::path::Path;

use fixproof::engine::{Event, Identity, Overlay, Selection, plan, run, stopper};
use fixproof::load::load;
use fixproof::model::{Report, Verdict};
use fixproof::probe::{PROBES, probe_named};

use super::support::Chat;

const MORE: &str = r#"component = "backend"

[[scenario]]
id = "two-steps"
title = "What one conversation yields, another uses"
[[scenario.step]]
name = "first"
probe = "websocket"
with.url = "{{backend.websocket}}/ws"
with.subprotocols = ["jwt.{{secret.jwt}}"]
with.talk = [
  { await = "connection_established" },
  { send = { type = "user_message", payload = { text = "hello" } } },
  { await = { name = "started", equals = "agent_started", within = "20s" } },
]
capture = { run = { that = "awaited", at = "$[1].run_id" } }
expect = [{ that = "time.await.started", at-most = "20s" }, { that = "subprotocol", starts-with = "jwt." }]
[[scenario.step]]
name = "second"
probe = "websocket"
with.url = "{{backend.websocket}}/ws"
with.bearer = "{{secret.jwt}}"
with.talk = [
  { await = "connection_established" },
  { send = { type = "ping", run = "{{run}}" } },
  { await = { name = "echo", at = "$.echo.run", equals = "{{run}}" } },
]
expect = [{ that = "awaited", at = "$[1].echo.run", equals = "run-1" }, { that = "forbidden", is-empty = true }]
"#;

/// Writes a suite, runs it, and yields the report.
async fn judged(chat: &str, files: &[(&str, &str)]) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("suite.toml", "");
    write("token", "right-horse\n");
    let target = format!(
        "name = \"here\"\n[component.backend]\nwebsocket = \"{chat}\"\n[secret]\njwt = {{ file = \"token\" }}\n"
    );
    write("targets/here.toml", &target);
    files.iter().for_each(|(name, text)| write(name, text));
    let vocabulary: Vec<_> = PROBES.iter().map(|kind| kind.spec()).collect();
    let today = time::Date::from_calendar_date(2026, time::Month::January, 1).unwrap();
    let loaded = load(Path::new(folder.path()), Some("here"), &vocabulary, today).unwrap();
    let identity = Identity::named("fixproof test");
    let plan = plan(&loaded, Overlay::default(), &Selection::default(), identity, PROBES).unwrap();
    assert!(plan.warnings().is_empty(), "{:#?}", plan.warnings());
    let (_stopper, stop) = stopper();
    run(plan, &mut |_: &Event<'_>| {}, stop).await
}

#[tokio::test]
async fn the_example_and_a_conversation_in_steps_hold() {
    let Some(chat) = Chat::start() else { return };
    let base = chat.url("").replace("/ws?mode=", "");
    let example = probe_named("websocket").unwrap().spec().example;
    let report = judged(&base, &[("example.toml", example), ("more.toml", MORE)]).await;
    assert_eq!(report.outcomes.len(), 3);
    for outcome in &report.outcomes {
        assert_eq!(outcome.verdict, Verdict::Passed, "{outcome:#?}");
    }
    assert!(!format!("{report:?}").contains("right-horse"), "a secret got out");
}
