//! Settings out of JSON, one look, and what was seen.

use std::io::BufRead;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fixproof::clock::Clock;
use fixproof::model::{Mistake, Observation, Setting, Settings, Text, Value};
use fixproof::probe::{ObserveContext, PrepareContext, Probe, RunResources, probe_named};
use serde_json::{Value as Json, json};

pub(crate) use super::http::{LONG, SHORT, blocked, fine, number, settings_of, text, took};

/// Makes a probe ready.
pub(crate) fn prepare(url: &str, more: &Json) -> Result<Box<dyn Probe>, Vec<Mistake>> {
    let mut settings = vec![("url".to_owned(), Setting::Text(Text::plain(url)))];
    settings.extend(settings_of(more));
    let context = PrepareContext {
        root: Path::new("/"),
        proxy_from_environment: false,
        resources: &RunResources::default(),
    };
    probe_named("websocket").unwrap().prepare(&Settings(settings), &context)
}

/// Looks once, and checks that the look ended in time and that its phases add up.
pub(crate) async fn look(url: &str, more: Json, within: Duration) -> Observation {
    look_by(&Clock::WALL, url, more, within).await
}

/// The same on another clock; the time that may pass is the wall's.
pub(crate) async fn look_by(clock: &Clock, url: &str, more: Json, within: Duration) -> Observation {
    let probe = prepare(url, &more).map_err(|mistakes| format!("{mistakes:?}")).unwrap();
    let began = Clock::WALL.now();
    let deadline = Clock::WALL.after(began, within);
    let seen = probe.observe(ObserveContext { clock, deadline }).await;
    let took = Clock::WALL.since(began);
    assert!(took < within + Duration::from_secs(2), "{took:?} of {within:?}: {seen:#?}");
    let parts: Duration = seen.phases.iter().map(|phase| clock.to_wall(phase.took)).sum();
    assert!(parts <= took, "phases of {parts:?} in {took:?}: {:#?}", seen.phases);
    always(&seen);
    seen
}

/// What is said to be there always must be there.
fn always(seen: &Observation) {
    if seen.obstacle.is_none() {
        for fact in probe_named("websocket").unwrap().spec().facts().filter(|fact| fact.always) {
            assert!(seen.facts.value(fact.name).is_some(), "{} is missing: {seen:#?}", fact.name);
        }
    }
    for (name, _) in seen.facts.iter() {
        assert!(probe_named("websocket").unwrap().spec().fact(name).is_some(), "{name} is in no table");
    }
}

/// A JSON fact.
pub(crate) fn json_of(seen: &Observation, fact: &str) -> Json {
    match seen.facts.value(fact) {
        Some(Value::Json(json)) => json.clone(),
        other => unreachable!("{fact} is {other:?}: {seen:#?}"),
    }
}

/// The conversation of the golden path.
pub(crate) fn golden(more: Json) -> Json {
    let mut settings = json!({
        "talk": [
            { "await": { "name": "connection_established", "within": "10s" } },
            { "send": { "type": "user_message", "payload": { "text": "How much is 17 and 4?" } } },
            { "await": { "name": "agent_started", "within": "10s" } },
            { "await": "agent_thinking" },
            { "await": "tool_executing" },
            { "await": "tool_completed" },
            { "await": "agent_completed" },
        ],
        "forbid": ["error_message", "agent_failed"],
        "distinct": { "run": { "at": "$.run_id", "from": "agent_started" }, "everything": "$.run_id" },
    });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    settings
}

/// The chat in Python; it ends when this is dropped.
pub(crate) struct Chat {
    child: Child,
    port: u16,
}

impl Chat {
    /// Starts it. Nothing where its packages are not installed, which is said aloud.
    #[expect(clippy::print_stderr, reason = "a test that is left out says so")]
    pub(crate) fn start() -> Option<Chat> {
        let python = "/usr/bin/python3";
        let there = Command::new(python).args(["-c", "import websockets.legacy.server"]).output();
        if !there.is_ok_and(|output| output.status.success()) {
            let test = std::thread::current().name().unwrap_or("a test").to_owned();
            assert!(std::env::var_os("FIXPROOF_REQUIRE_TOOLS").is_none(), "{test} needs python3-websockets");
            eprintln!("{test}: not run, the Debian package python3-websockets is not installed");
            return None;
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/websocket_probe/chat.py");
        let mut child = Command::new(python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Some(Chat { port: line.trim().parse().unwrap(), child })
    }

    pub(crate) fn url(&self, mode: &str) -> String {
        format!("ws://127.0.0.1:{}/ws?mode={mode}", self.port)
    }
}

impl Drop for Chat {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
