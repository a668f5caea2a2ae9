//! The words the tests are written in: start a staging, ask it something, wait for a condition. It judges nothing.
#![expect(dead_code, reason = "each test file uses its own part of the vocabulary")]
#![expect(clippy::expect_used, clippy::panic, reason = "a test's helper fails by panicking")]
#![expect(clippy::print_stderr, reason = "a test that could not run says so by name")]

pub(crate) mod chat;
pub(crate) mod front;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fixproof_sim::{Options, Profile, Settled, Staging};
use serde_json::Value;

/// Far longer than anything takes; reached only where something is wrong.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A staging of this profile at this speed.
pub(crate) fn started(profile: &str, speed: f64) -> Staging {
    let profile = *Profile::named(profile).expect(profile);
    Staging::start(Options { speed, ..Options::of(profile) }).expect("the staging starts")
}

/// The same, with all startups over.
pub(crate) fn settled(profile: &str, speed: f64) -> (Staging, Settled) {
    let staging = started(profile, speed);
    let state = staging.settled(PATIENCE);
    assert!(state.is_settled(), "{profile}: {state:?}");
    (staging, state)
}

/// Asks again until the answer is there, or fails after a long time.
pub(crate) fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "not seen in time: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// An HTTP answer, read by a client that shares no code with the simulation.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

/// Sends a request with these headers (`name: value`) and this body.
pub(crate) fn send(
    method: &str,
    base: &str,
    path: &str,
    headers: &[String],
    body: &str,
) -> std::io::Result<Answer> {
    let host = base.strip_prefix("http://").expect("http");
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    for header in headers {
        request += &format!("{header}\r\n");
    }
    stream.write_all(format!("{request}\r\n{body}").as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| std::io::Error::other("no HTTP"))?;
    let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest[..3].parse().ok());
    let status = status.ok_or_else(|| std::io::Error::other("no HTTP"))?;
    Ok(Answer { status, head: head.to_owned(), body: body.to_owned() })
}

pub(crate) fn get(base: &str, path: &str) -> Answer {
    send("GET", base, path, &[], "").unwrap_or_else(|error| panic!("GET {base}{path}: {error}"))
}

pub(crate) fn get_with(base: &str, path: &str, header: String) -> Answer {
    send("GET", base, path, &[header], "").unwrap_or_else(|error| panic!("GET {base}{path}: {error}"))
}

pub(crate) fn post(base: &str, path: &str, headers: &[String], body: &Value) -> Answer {
    send("POST", base, path, headers, &body.to_string())
        .unwrap_or_else(|error| panic!("POST {base}{path}: {error}"))
}

/// Whether the tool is here. Where it is missing the test says so, and fails if the environment demands it.
pub(crate) fn has_tool(tool: &str) -> bool {
    let found =
        Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    let demanded = std::env::var("FIXPROOF_REQUIRE_TOOLS").is_ok_and(|value| value == "1");
    assert!(found || !demanded, "{tool} is not installed and FIXPROOF_REQUIRE_TOOLS=1");
    if !found {
        eprintln!("skipped: {tool} is not installed");
    }
    found
}

/// Whether Debian's Python has this module, reported and required like a tool.
pub(crate) fn has_module(module: &str) -> bool {
    let import = ["-c", &format!("import {module}")];
    let found = Command::new("/usr/bin/python3").args(import).stderr(Stdio::null()).status();
    let found = found.is_ok_and(|status| status.success());
    let demanded = std::env::var("FIXPROOF_REQUIRE_TOOLS").is_ok_and(|value| value == "1");
    assert!(found || !demanded, "python3-{module} is not installed and FIXPROOF_REQUIRE_TOOLS=1");
    if !found {
        eprintln!("skipped: python3-{module} is not installed");
    }
    found
}

/// A runtime for sqlx.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    runtime.block_on(future)
}
