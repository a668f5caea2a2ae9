//! The chat of a healthy backend, message by message, and what becomes of it where something else is broken.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's helper fails by panicking")]

mod support;

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fixproof_sim::{Service, Staging};
use serde_json::{Value, json};
use support::chat::{Chat, Credentials, Next, token, user_message};
use support::{PATIENCE, post, settled, started};

const FIVE: [&str; 5] =
    ["agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed"];

/// A connection that received `connection_established`.
fn entered(staging: &Staging) -> Chat {
    let mut chat =
        Chat::upgrade(staging, Credentials::Bearer(token(staging))).unwrap_or_else(|s| panic!("{s}"));
    assert_eq!(chat.frame()["type"], "connection_established");
    chat
}

/// The first frame's type and code, and how the connection ends.
fn first_frame(staging: &Staging, credentials: Credentials) -> (String, String, Next) {
    let mut chat = Chat::upgrade(staging, credentials).unwrap_or_else(|status| panic!("{status}"));
    let frame = chat.frame();
    let word = |key: &str| frame[key].as_str().unwrap_or("").to_owned();
    (word("type"), word("error_code"), chat.next_within(PATIENCE))
}

fn rejected() -> (String, String, Next) {
    ("error_message".to_owned(), "AUTH_FAILED".to_owned(), Next::Closed(1008))
}

#[test]
fn the_first_frame_names_the_user_and_the_events() {
    let (staging, _) = settled("healthy", 100.0);
    let mut chat =
        Chat::upgrade(&staging, Credentials::Bearer(token(&staging))).unwrap_or_else(|s| panic!("{s}"));
    let frame = chat.frame();
    let data = &frame["data"];
    assert_eq!(
        (&frame["type"], &data["mode"]),
        (&json!("connection_established"), &json!("main")),
        "{frame}"
    );
    assert_eq!(data["golden_path_events"], json!(FIVE));
    assert!(
        data["connection_id"].is_string() && data["user_id"].is_string() && data["timestamp"].is_number()
    );
    assert_eq!(chat.protocol, None);
}

#[test]
fn a_message_brings_five_flat_events_of_one_run_and_an_answer_that_had_to_read_it() {
    let (staging, _) = settled("healthy", 100.0);
    let mut chat = entered(&staging);
    let run = chat.run(&user_message("nonce 4711 please"), PATIENCE);
    assert_eq!(run.kinds, FIVE);
    assert_eq!(run.runs(), 1);
    let mut ids = BTreeSet::new();
    let mut before = 0.0;
    for frame in &run.frames {
        for key in ["user_id", "thread_id", "run_id", "agent_name", "event_id"] {
            assert!(frame[key].as_str().is_some_and(|text| !text.is_empty()), "{key}: {frame}");
        }
        assert_eq!(frame["thread_id"], "thread-1");
        assert!(ids.insert(frame["event_id"].to_string()));
        let at = frame["timestamp"].as_f64().unwrap();
        assert!(at >= before, "{frame}");
        before = at;
    }
    for nth in [2, 3] {
        assert!(run.frames[nth]["tool_name"].is_string(), "{}", run.frames[nth]);
    }
    let completed = &run.frames[3];
    assert!(
        completed["success"] == true && completed["duration_ms"].is_u64() && completed["results"].is_object()
    );
    assert!(run.answer().contains("add up to 13") && run.answer().len() > 50, "{}", run.answer());
    assert!(!run.answer().contains("4711") && !run.answer().contains("nonce"));
    // 2.4 s in all, at speed 100.
    assert!(run.lasted >= Duration::from_millis(23), "{:?}", run.lasted);
}

#[test]
fn a_connection_takes_one_message_after_the_other_and_every_run_is_its_own() {
    let (staging, _) = settled("healthy", 100.0);
    let (mut chat, mut other) = (entered(&staging), entered(&staging));
    let runs = [
        chat.run(&user_message("1"), PATIENCE),
        chat.run(&user_message("22"), PATIENCE),
        other.run(&user_message("1"), PATIENCE),
    ];
    let ids: BTreeSet<String> = runs.iter().map(|run| run.frames[0]["run_id"].to_string()).collect();
    assert_eq!(ids.len(), 3);
    assert!(runs[1].answer().contains("add up to 4"), "{}", runs[1].answer());
}

#[test]
fn both_message_types_run_an_agent_and_no_other_does() {
    let (staging, _) = settled("healthy", 100.0);
    let mut chat = entered(&staging);
    for asked in [
        json!({"type": "user_message", "payload": {"content": "7 and 8"}}),
        json!({"type": "chat_message", "payload": {"text": "7 and 8"}}),
        json!({"type": "start_agent", "payload": {"user_request": "7 and 8", "thread_id": null, "context": {}, "settings": {}}}),
        json!({"type": "execute_agent", "payload": {"user_request": "7 and 8"}}),
    ] {
        let run = chat.run(&asked, PATIENCE);
        assert!(run.kinds == FIVE && run.answer().contains("add up to 15"), "{asked}: {run:?}");
    }
    chat.say(&json!({"type": "ping"}));
    assert_eq!(chat.frame()["type"], "pong");
    for (asked, code) in [
        (json!({"type": "user_message", "payload": {}}).to_string(), "AGENT_REQUEST_ERROR"),
        (json!({"type": "user_message", "payload": {"text": "  "}}).to_string(), "AGENT_REQUEST_ERROR"),
        (json!({"type": "sing", "payload": {"text": "x"}}).to_string(), "UNKNOWN_MESSAGE_TYPE"),
        ("[".to_owned(), "INVALID_MESSAGE"),
    ] {
        chat.say_text(&asked);
        let frame = chat.frame();
        assert_eq!(
            (&frame["type"], &frame["error_code"]),
            (&json!("error_message"), &json!(code)),
            "{asked}"
        );
    }
    assert_eq!(chat.run(&user_message("still here 9"), PATIENCE).kinds, FIVE);
}

#[test]
fn a_token_comes_in_a_header_or_in_a_subprotocol_that_is_echoed() {
    let (staging, _) = settled("healthy", 100.0);
    let token = token(&staging);
    let encoded = format!("jwt.{}", URL_SAFE_NO_PAD.encode(&token));
    for (offer, chosen) in [
        (format!("jwt.{token}"), format!("jwt.{token}")),
        (format!("jwt-auth, {encoded}"), encoded.clone()),
        (format!("soap, agent_chat, jwt.{token}"), format!("jwt.{token}")),
    ] {
        let mut chat =
            Chat::upgrade(&staging, Credentials::Subprotocols(offer)).unwrap_or_else(|s| panic!("{s}"));
        assert_eq!(chat.protocol, Some(chosen));
        assert_eq!(chat.frame()["type"], "connection_established");
    }
    let bare = Chat::upgrade(&staging, Credentials::Subprotocols("agent_chat".to_owned()));
    assert_eq!(bare.unwrap_or_else(|s| panic!("{s}")).protocol.as_deref(), Some("agent_chat"));
    assert_eq!(Chat::upgrade(&staging, Credentials::Subprotocols("soap, mqtt".to_owned())).err(), Some(403));
}

#[test]
fn without_a_valid_token_an_error_frame_precedes_the_close() {
    let (staging, _) = settled("healthy", 100.0);
    let good = token(&staging);
    let changed = if good.ends_with("AA") { "BB" } else { "AA" };
    let tampered = format!("{}{changed}", &good[..good.len() - 2]);
    let secrets = staging.credentials();
    let login = json!({"email": secrets.email, "password": secrets.password});
    let login = post(&staging.addresses().auth, "/auth/login", &[], &login).json();
    let refresh = login["refresh_token"].as_str().unwrap().to_owned();
    for credentials in [
        Credentials::Nothing,
        Credentials::Bearer(tampered.clone()),
        Credentials::Bearer(refresh),
        Credentials::Bearer("nonsense".to_owned()),
        Credentials::Subprotocols(format!("jwt.{tampered}")),
        Credentials::Subprotocols("agent_chat".to_owned()),
    ] {
        assert_eq!(first_frame(&staging, credentials), rejected());
    }
    let journal = staging.journal().websocket;
    assert_eq!((journal.upgrades, journal.rejected, journal.established), (6, 6, 0), "{journal:?}");
}

#[test]
fn a_backend_that_does_not_verify_tokens_accepts_any_in_the_chat() {
    let (staging, _) = settled("tokens-not-verified", 100.0);
    let mut chat =
        Chat::upgrade(&staging, Credentials::Bearer("a.b.c".to_owned())).unwrap_or_else(|s| panic!("{s}"));
    assert_eq!(chat.frame()["type"], "connection_established");
    assert_eq!(first_frame(&staging, Credentials::Nothing), rejected());
}

#[test]
fn the_chat_opens_with_the_startup_and_is_no_better_than_the_database() {
    let starting = started("healthy", 5.0);
    assert_eq!(Chat::upgrade(&starting, Credentials::Nothing).err(), Some(503));
    let (refused, _) = settled("database-refused", 100.0);
    assert_eq!(Chat::upgrade(&refused, Credentials::Bearer(token(&refused))).err(), Some(503));
    let (without, _) = settled("schema-missing-table", 100.0);
    let run = entered(&without).run(&user_message("hello"), PATIENCE);
    assert_eq!(run.kinds, ["error_message"]);
    assert_eq!(run.frames[0]["error_code"], "AGENT_REQUEST_ERROR");
    let (unready, _) = settled("websocket-not-ready", 100.0);
    let unready = first_frame(&unready, Credentials::Bearer(token(&unready)));
    assert_eq!(unready, ("error_message".to_owned(), "SERVICE_INIT_FAILED".to_owned(), Next::Closed(1011)));
}

#[test]
fn the_journal_counts_upgrades_and_messages_separately() {
    let (staging, _) = settled("healthy", 100.0);
    drop(entered(&staging));
    let journal = staging.journal();
    assert_eq!((journal.websocket.upgrades, journal.websocket.established), (1, 1));
    assert!(journal.websocket.messages.is_empty() && journal.websocket.runs == 0, "{journal:?}");
    assert_eq!(journal.request_count(Service::Backend, "GET", "/ws"), 1);
    let statements = journal.database.statements_by_role["netra_backend"];
    entered(&staging).run(&user_message("12"), PATIENCE);
    let journal = staging.journal();
    assert_eq!(journal.websocket.messages.get("user_message"), Some(&1));
    assert_eq!(journal.websocket.runs, 1);
    assert!(journal.database.statements_by_role["netra_backend"] > statements);
    assert!(journal.requests.iter().any(|request| request.path == "/ws" && request.status == Some(101)));
}

/// Enters with a subprotocol, asks once, and prints everything that came; then connects without a token.
const PYTHON: &str = r#"
import asyncio, json, ssl, sys, websockets
url, token, ca, host, port = sys.argv[1:6]
async def main():
    seen = {"frames": []}
    options = {"subprotocols": ["jwt." + token]}
    if ca:
        name = url.split("/")[2].split(":")[0]
        options.update(ssl=ssl.create_default_context(cadata=ca), host=host, port=int(port), server_hostname=name)
    async with websockets.connect(url, **options) as chat:
        seen["subprotocol"] = chat.subprotocol == "jwt." + token
        seen["frames"].append(json.loads(await chat.recv()))
        await (await chat.ping())
        await chat.send(json.dumps({"type": "user_message", "payload": {"text": "count 4711"}}))
        while seen["frames"][-1]["type"] not in ("agent_completed", "error_message"):
            seen["frames"].append(json.loads(await chat.recv()))
    del options["subprotocols"]
    async with websockets.connect(url, **options) as chat:
        seen["stranger"] = json.loads(await chat.recv())["error_code"]
        try:
            await chat.recv()
        except websockets.ConnectionClosed as closed:
            seen["closed"] = closed.code
    print(json.dumps(seen))
asyncio.run(asyncio.wait_for(main(), 30))
"#;

/// What Python's client saw, if there is one.
fn python(arguments: [&str; 5]) -> Option<Value> {
    if !support::has_module("websockets") {
        return None;
    }
    let output = Command::new("/usr/bin/python3").arg("-c").arg(PYTHON).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn check_python(seen: &Value) {
    let frames = seen["frames"].as_array().unwrap();
    let kinds: Vec<&str> = frames.iter().map(|frame| frame["type"].as_str().unwrap()).collect();
    assert_eq!(kinds[0], "connection_established");
    assert_eq!(kinds[1..], FIVE);
    assert!(frames[5]["final_response"].as_str().unwrap().contains("add up to 13"), "{seen}");
    assert_eq!(
        (&seen["subprotocol"], &seen["stranger"], &seen["closed"]),
        (&json!(true), &json!("AUTH_FAILED"), &json!(1008))
    );
}

#[test]
fn pythons_client_sees_the_same() {
    let (staging, _) = settled("healthy", 100.0);
    let (at, token) = (staging.addresses(), token(&staging));
    if let Some(seen) = python([&at.websocket, &token, "", "", ""]) {
        check_python(&seen);
    }
}

#[test]
fn pythons_client_sees_the_same_through_the_load_balancer_under_the_host_s_name() {
    let (staging, _) = settled("healthy", 100.0);
    let (at, token, ca) = (staging.addresses(), token(&staging), staging.credentials().edge_ca_pem);
    let (host, port) = at.edge.split_once(':').unwrap();
    if let Some(seen) = python([&format!("wss://{}:{port}/ws", at.backend_host), &token, &ca, host, port]) {
        check_python(&seen);
        assert_eq!(staging.journal().edge.by_host.get(&at.backend_host), Some(&2));
    }
}
