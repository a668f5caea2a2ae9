//! A chat that is spoken with by somebody else's implementation: what it does right, and what it does wrong.

use std::time::Duration;

use fixproof::clock::Clock;
use fixproof::model::Cause;
use serde_json::json;

use super::support::*;

#[tokio::test]
async fn five_events_in_order_under_one_run() {
    let Some(chat) = Chat::start() else { return };
    let settings = golden(json!({ "bearer": "secret:right-horse", "origin": "https://app.example.com" }));
    let seen = look(&chat.url(""), settings, LONG).await;
    fine(&seen);
    assert_eq!(number(&seen, "status"), 101);
    assert_eq!((number(&seen, "awaited.count"), number(&seen, "frames.count")), (6, 6));
    // The greeting has no run, so it counts as one of its own.
    assert_eq!((number(&seen, "distinct.run"), number(&seen, "distinct.everything")), (1, 2));
    let awaited = json_of(&seen, "awaited");
    assert_eq!(awaited[0]["data"]["connection_id"], "c-1");
    assert_eq!(awaited[5]["final_response"], "It is 21. ÄÖÜ €");
    let frames = json_of(&seen, "frames");
    assert_eq!(frames[5]["frame"], awaited[5]);
    assert!(frames[0]["at"].as_f64() <= frames[5]["at"].as_f64());
    assert_eq!((json_of(&seen, "forbidden"), text(&seen, "ended")), (json!([]), "open".to_owned()));
    for name in ["connection_established", "agent_started", "agent_completed"] {
        assert!(took(&seen, &format!("time.await.{name}")).is_some(), "{name}");
    }
    assert!(took(&seen, "time.longest-gap") >= took(&seen, "time.first-frame").map(|_| Duration::ZERO));
    assert!(took(&seen, "time.total") >= took(&seen, "time.upgrade"));
    assert!(!format!("{seen:?}").contains("right-horse"), "{seen:#?}");
    assert!(seen.transcript.sent.iter().any(|line| line.contains("user_message")), "{:?}", seen.transcript);
    assert!(seen.transcript.received.iter().any(|line| line.contains("agent_thinking")));
    assert_eq!(
        seen.phases.iter().map(|phase| &*phase.name).collect::<Vec<_>>(),
        ["connect", "upgrade", "talk"]
    );
}

#[tokio::test]
async fn a_token_in_a_subprotocol_is_as_good() {
    let Some(chat) = Chat::start() else { return };
    let settings = golden(json!({ "subprotocols": ["jwt-auth", "secret:jwt.right-horse"] }));
    let seen = look(&chat.url(""), settings, LONG).await;
    fine(&seen);
    // The server says the token back; the redactor takes it out of the fact when the outcome is born.
    assert_eq!(text(&seen, "subprotocol"), "jwt.right-horse");
    assert!(!format!("{:?}", seen.transcript.sent).contains("right-horse"), "{:?}", seen.transcript.sent);
    // A browser that offered something and got nothing gives up, and so does the probe.
    let settings = golden(json!({ "subprotocols": ["jwt.cmlnaHQtaG9yc2U"] }));
    let seen = look(&chat.url("deaf"), settings, LONG).await;
    blocked(&seen, Cause::WebsocketHandshake, "chose none of the 1 offered subprotocols");
}

#[tokio::test]
async fn other_frames_in_between_are_recorded_and_do_no_harm() {
    let Some(chat) = Chat::start() else { return };
    let bearer = json!({ "bearer": "right-horse" });
    let seen = look(&chat.url("noisy"), golden(bearer.clone()), LONG).await;
    fine(&seen);
    assert_eq!((number(&seen, "awaited.count"), number(&seen, "frames.count")), (6, 21));
    let frames = json_of(&seen, "frames");
    assert_eq!(frames[2]["frame"], json!({ "binary": "AP8A/wD/AP8=", "size": 8 }));
    assert_eq!(frames[3]["frame"], "no JSON at all");
    let mut strict = golden(bearer);
    strict["strict"] = true.into();
    let seen = look(&chat.url("noisy"), strict, LONG).await;
    blocked(&seen, Cause::Differs, "sent an unexpected frame (`strict`): {\"type\":\"heartbeat\"");
}

#[tokio::test]
async fn events_out_of_order_are_told() {
    let Some(chat) = Chat::start() else { return };
    let mut settings = golden(json!({ "bearer": "right-horse" }));
    settings["talk"][4] = json!({ "await": { "name": "tool_executing", "within": "500ms" } });
    let seen = look(&chat.url("out-of-order"), settings, LONG).await;
    blocked(&seen, Cause::WebsocketTimeout, "sent no `tool_executing` within 500ms; received");
    let said = seen.obstacle.as_ref().unwrap().detail.clone();
    for words in [
        "received `connection_established`, `agent_started`, `agent_thinking` of 6 awaited",
        "still to come: `tool_completed`, `agent_completed`",
        "`tool_executing` arrived early, after ",
        "3 other frames, the last: {\"type\":\"agent_completed\"",
    ] {
        assert!(said.contains(words), "`{words}` is not in: {said}");
    }
    assert_eq!(number(&seen, "awaited.count"), 3);
}

#[tokio::test]
async fn several_runs_are_counted() {
    let Some(chat) = Chat::start() else { return };
    for (mode, runs) in [("mixed-runs", 5), ("forgetful", 2)] {
        let seen = look(&chat.url(mode), golden(json!({ "bearer": "right-horse" })), LONG).await;
        fine(&seen);
        assert_eq!(number(&seen, "distinct.run"), runs, "{mode}");
    }
}

#[tokio::test]
async fn a_frame_that_must_not_come_ends_the_look() {
    let Some(chat) = Chat::start() else { return };
    let seen = look(&chat.url("fails"), golden(json!({ "bearer": "right-horse" })), LONG).await;
    blocked(&seen, Cause::Differs, "sent `agent_failed`, which must not come (`forbid`)");
    assert!(seen.obstacle.as_ref().unwrap().detail.contains("the tool is gone"));
    assert_eq!(json_of(&seen, "forbidden")[0]["type"], "agent_failed");
}

#[tokio::test]
async fn closes_are_told_apart_with_code_and_reason() {
    let Some(chat) = Chat::start() else { return };
    let mut plain = golden(json!({}));
    plain.as_object_mut().unwrap().remove("forbid");
    // The error frame before it is a frame, but none that is awaited.
    let seen = look(&chat.url(""), plain.clone(), LONG).await;
    blocked(
        &seen,
        Cause::WebsocketClosedBefore,
        "closed with 1008 policy violation (\"authentication failed\")",
    );
    assert!(seen.obstacle.as_ref().unwrap().detail.contains("AUTH_FAILED"), "{seen:#?}");
    assert_eq!((number(&seen, "close.code"), text(&seen, "ended")), (1008, "closed:1008".to_owned()));
    assert_eq!(text(&seen, "close.reason"), "authentication failed");
    plain["bearer"] = "right-horse".into();
    let seen = look(&chat.url("dies"), plain, LONG).await;
    blocked(
        &seen,
        Cause::WebsocketClosed,
        "closed with 1011 internal error (\"out of tools\") while `tool_executing`",
    );
    assert_eq!(number(&seen, "awaited.count"), 3);
}

#[tokio::test]
async fn one_who_listens_sees_a_refusal_and_a_close_as_facts() {
    let Some(chat) = Chat::start() else { return };
    let listening =
        |bearer: &str| json!({ "listen": "10s", "forbid": ["connection_established"], "bearer": bearer });
    for (mode, bearer, ended, frames) in [
        ("401", "wrong", "refused:401", 0),
        ("403", "wrong", "refused:403", 0),
        ("", "wrong", "closed:1008", 1),
    ] {
        let seen = look(&chat.url(mode), listening(bearer), LONG).await;
        fine(&seen);
        assert_eq!((text(&seen, "ended"), number(&seen, "frames.count")), (ended.to_owned(), frames));
    }
    let seen = look(&chat.url("anybody"), listening("wrong"), LONG).await;
    blocked(&seen, Cause::Differs, "sent `connection_established`, which must not come");
    // Nothing is heard from one that says nothing, for as long as was asked.
    let seen = look(&chat.url("silent"), json!({ "listen": "300ms" }), LONG).await;
    fine(&seen);
    assert_eq!((text(&seen, "ended"), number(&seen, "frames.count")), ("open".to_owned(), 0));
    assert!(took(&seen, "time.total").unwrap() >= Duration::from_millis(300));
    // Listening shorter than was asked is no answer.
    let seen = look(&chat.url("silent"), json!({ "listen": "1m" }), SHORT).await;
    blocked(&seen, Cause::WebsocketTimeout, "of 1m (`listen`)");
}

#[tokio::test]
async fn refusals_carry_their_status_and_their_words() {
    let Some(chat) = Chat::start() else { return };
    for status in [401, 403, 404, 502, 503] {
        let seen =
            look(&chat.url(&status.to_string()), golden(json!({ "bearer": "right-horse" })), LONG).await;
        blocked(&seen, Cause::WebsocketHandshake, &format!("answered {status} "));
        assert!(seen.obstacle.as_ref().unwrap().detail.contains("told to"), "{seen:#?}");
        assert_eq!((number(&seen, "status"), text(&seen, "header.x-why")), (status, "told to".to_owned()));
        assert_eq!(text(&seen, "ended"), format!("refused:{status}"));
    }
}

#[tokio::test]
async fn silence_is_a_timeout_of_what_was_awaited() {
    let Some(chat) = Chat::start() else { return };
    let awaiting = json!({ "talk": [{ "await": { "name": "connection_established", "within": "200ms" } }] });
    let seen = look(&chat.url("silent"), awaiting, LONG).await;
    blocked(&seen, Cause::WebsocketTimeout, "sent no `connection_established` within 200ms; no frame");
    // The deadline cuts where no limit of its own does.
    let seen = look(&chat.url("silent"), json!({ "talk": [{ "await": "x" }] }), SHORT).await;
    blocked(&seen, Cause::WebsocketTimeout, "sent no `x` within");
    assert!(seen.obstacle.as_ref().unwrap().detail.ends_with("no frame had arrived"), "{seen:#?}");
}

#[tokio::test]
async fn durations_are_the_target_s_own() {
    let Some(chat) = Chat::start() else { return };
    let clock = Clock::with_speed(100.0);
    let seen = look_by(&clock, &chat.url("silent"), json!({ "listen": "30s" }), LONG).await;
    fine(&seen);
    assert!(took(&seen, "time.total").unwrap() >= Duration::from_secs(30), "{seen:#?}");
    let awaiting = json!({ "talk": [{ "await": { "name": "x", "within": "30s" } }] });
    let seen = look_by(&clock, &chat.url("silent"), awaiting, LONG).await;
    blocked(&seen, Cause::WebsocketTimeout, "sent no `x` within 30s;");
}

#[tokio::test]
async fn a_question_and_its_answer() {
    let Some(chat) = Chat::start() else { return };
    let talk = json!({ "bearer": "right-horse", "talk": [
        { "await": "connection_established" },
        { "send": "{\"type\":\"ping\",\"nonce\":\"n-1\"}" },
        { "await": { "name": "answer", "at": "$.echo.nonce", "equals": "n-1", "within": "10s" } },
        { "send": { "type": "ping", "nonce": "secret:hunter22", "list": [1, true] } },
        { "await": { "name": "other", "at": "$.echo.list[*]", "exists": true } },
    ]});
    let seen = look(&chat.url(""), talk, LONG).await;
    fine(&seen);
    assert_eq!(json_of(&seen, "awaited")[2]["echo"]["nonce"], "hunter22");
    assert!(took(&seen, "time.await.answer").is_some());
    assert!(!format!("{:?}", seen.transcript.sent).contains("hunter22"), "{:?}", seen.transcript.sent);
    // Nothing is awaited: the upgrade alone is looked at, and left politely.
    let seen = look(&chat.url(""), json!({}), LONG).await;
    fine(&seen);
    assert_eq!((number(&seen, "status"), text(&seen, "ended")), (101, "open".to_owned()));
}
