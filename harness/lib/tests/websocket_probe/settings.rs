//! What can't be asked is told before anything is sent.

use serde_json::{Value as Json, json};

use super::support::prepare;

fn mistakes(url: &str, settings: &Json) -> String {
    let Err(mistakes) = prepare(url, settings) else { return String::new() };
    let said: Vec<String> =
        mistakes.iter().map(|m| format!("{}: {}", m.setting.unwrap_or("with"), m.message)).collect();
    said.join("\n")
}

#[test]
fn addresses_that_are_none() {
    for (url, says) in [
        ("https://chat.test/ws", "url: `https://chat.test/ws` is not ws or wss"),
        ("chat.test/ws", "url: `chat.test/ws` is no address"),
        ("wss://me:secret@chat.test/ws", "url: the address holds a user or a password"),
        ("ws://chat.test/ws#top", "url: a WebSocket's address has no `#` part"),
    ] {
        let said = mistakes(url, &json!({}));
        assert!(said.contains(says), "{said}");
    }
    for url in ["ws://chat.test/ws?x=1", "ws://[::1]:80/", "wss://chat.test"] {
        assert_eq!(mistakes(url, &json!({})), "", "{url}");
    }
}

#[test]
fn conversations_that_make_no_sense() {
    let greeted = json!({ "await": "hello" });
    for (settings, says) in [
        (json!({ "talk": "hello" }), "talk: it is a list of what is sent and awaited"),
        (json!({ "talk": [] }), "talk: it is a list"),
        (json!({ "talk": ["hello"] }), "talk: row 1: it is `{ send = … }` or `{ await = … }`"),
        (json!({ "talk": [greeted, { "await": "a", "send": "b" }] }), "talk: row 2: it is a table of either"),
        (json!({ "talk": [{ "awiat": "a" }] }), "talk: row 1: it is a table of either"),
        (json!({ "talk": [{ "await": { "name": "a", "equal": "b" } }] }), "row 1: `equal` is none of"),
        (json!({ "talk": [greeted, greeted] }), "with: two awaited ones are called `hello`"),
        (json!({ "talk": [greeted, { "send": "x" }] }), "talk: nothing is awaited after the last `send`"),
        (json!({ "talk": [greeted], "listen": "1s" }), "with: either something is awaited"),
        (json!({ "forbid": ["x"] }), "forbid: nothing is awaited and nothing is listened to"),
        (json!({ "strict": true }), "strict: nothing is awaited"),
        (json!({ "listen": "1s", "forbid": "x" }), "forbid: it is a list"),
        (json!({ "listen": "1s", "forbid": [{ "name": "x", "within": "1s" }] }), "it has no `within`"),
        (json!({ "listen": "1s", "distinct": { "run": "$.run_id" } }), "distinct: nothing is awaited"),
        (json!({ "talk": [greeted], "distinct": { "run": "run_id" } }), "distinct: `run` is no JSONPath"),
        (
            json!({ "talk": [greeted], "distinct": { "run": { "at": "$.run_id", "from": "helo" } } }),
            "`from` of `run` is the name of none that is awaited",
        ),
        (json!({ "talk": [greeted], "distinct": { "run": { "att": "$" } } }), "a table of `at` and `from`"),
    ] {
        let said = mistakes("ws://chat.test/ws", &settings);
        assert!(said.contains(says), "{settings}: {said}");
    }
    assert_eq!(mistakes("ws://chat.test/ws", &json!({ "talk": [{ "send": "x" }], "listen": "1s" })), "");
}

#[test]
fn upgrades_that_can_not_be_asked_for() {
    for (settings, says) in [
        (
            json!({ "headers": { "Sec-WebSocket-Protocol": "a" } }),
            "the handshake itself sends `sec-websocket-protocol`",
        ),
        (json!({ "headers": { "a b": "a" } }), "`a b` is no header name"),
        (json!({ "headers": { "Authorization": "x" }, "bearer": "y" }), "with: only one of `bearer`"),
        (json!({ "headers": { "Origin": "x" }, "origin": "y" }), "with: only one of `origin`"),
        (json!({ "origin": "x\ny" }), "origin: it holds a character"),
        (json!({ "bearer": "secret:hunter2\nhunter3" }), "bearer: it holds a character"),
        (json!({ "subprotocols": ["secret:jwt.hunter2=="] }), "subprotocols: one holds a character"),
        (json!({ "subprotocols": ["a, b"] }), "subprotocols: `a, b` holds a character"),
        (json!({ "subprotocols": ["a", "a"] }), "subprotocols: `a` is offered twice"),
        (json!({ "resolve": "nowhere" }), "resolve: `nowhere` is no address"),
        (json!({ "ca": "/nowhere.pem" }), "ca: `ca` has no effect without TLS"),
    ] {
        let said = mistakes("ws://chat.test/ws", &settings);
        assert!(said.contains(says) && !said.contains("hunter"), "{settings}: {said}");
    }
    let said = mistakes("wss://chat.test/ws", &json!({ "ca": "/nowhere.pem" }));
    assert!(said.starts_with("ca: /nowhere.pem can't be read"), "{said}");
    let said = mistakes("ws://127.0.0.1/ws", &json!({ "resolve": "127.0.0.2" }));
    assert!(said.contains("no name to resolve"), "{said}");
}
