//! Streams of events: what is awaited, what comes instead, and everything a server may do wrong.

use std::time::Duration;

use fixproof::model::{Cause, Observation, Value};
use serde_json::{Value as Json, json};
use tokio::io::AsyncWriteExt;

use super::support::*;

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n\r\n";

/// A server that answers with a stream, and then holds it open or ends it.
async fn stream(body: impl Into<Vec<u8>>, held: bool) -> Server {
    let body = body.into();
    serve(move |mut stream, log| {
        let body = body.clone();
        async move {
            let asked = request(&mut stream).await;
            log.lock().unwrap().push(asked);
            let _ = stream.write_all(&[HEAD.as_bytes(), &body].concat()).await;
            if held {
                let _ = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut Vec::new()).await;
            }
        }
    })
    .await
}

/// A stream that says the same again and again, until the other side has gone.
async fn flood(piece: Vec<u8>, pause: Duration) -> (Server, tokio::sync::mpsc::Receiver<()>) {
    let (gone, seen_gone) = tokio::sync::mpsc::channel(1);
    let server = serve(move |mut stream, _| {
        let (piece, gone) = (piece.clone(), gone.clone());
        async move {
            request(&mut stream).await;
            let mut well = stream.write_all(HEAD.as_bytes()).await;
            while well.is_ok() {
                well = stream.write_all(&piece).await;
                if !pause.is_zero() {
                    tokio::time::sleep(pause).await;
                }
            }
            let _ = gone.send(()).await;
        }
    })
    .await;
    (server, seen_gone)
}

async fn wait(server: &Server, more: Json, within: Duration) -> Observation {
    let mut settings = texts(&[("url", &server.url("http", "/events?token=hunter2"))]);
    settings.extend(settings_of(&more));
    let seen = look(settings, within).await;
    assert!(!format!("{:?}", seen.obstacle).contains("hunter2"), "{seen:#?}");
    seen
}

fn json_of(seen: &Observation, fact: &str) -> Json {
    match seen.facts.value(fact) {
        Some(Value::Json(json)) => json.clone(),
        other => unreachable!("{fact} is {other:?}: {seen:#?}"),
    }
}

#[tokio::test]
async fn the_stream_is_left_when_the_last_awaited_event_has_come() {
    let body = "\u{feff}: hello\r\nretry: 3000\r\n\r\nevent: started\rid: 1\rdata: {\"run\":\rdata: 7}\r\r\
                data: ping\n\nevent: done\nretry: 5\ndata: {\"run\":7}\n\nevent: later\ndata: x\n\n";
    let server = stream(body, true).await;
    let awaiting = json!({
        "events": ["started", { "name": "end", "equals": "done", "within": "10s" }],
        "distinct": { "run": "$.data.run" },
    });
    let seen = wait(&server, awaiting, LONG).await;
    fine(&seen);
    assert_eq!(
        (number(&seen, "status"), number(&seen, "events.count"), number(&seen, "awaited.count")),
        (200, 3, 2)
    );
    assert_eq!(number(&seen, "distinct.run"), 1);
    let awaited = json_of(&seen, "awaited");
    assert_eq!(awaited[0], json!({ "event": "started", "id": "1", "data": { "run": 7 } }));
    assert_eq!(awaited[1], json!({ "event": "done", "retry": 5, "data": { "run": 7 } }));
    let events = json_of(&seen, "events");
    assert_eq!((&events[1]["event"], &events[1]["data"]), (&json!("message"), &json!("ping")));
    assert!(events[2]["at"].as_f64() >= events[0]["at"].as_f64());
    for fact in ["time.first-event", "time.await.started", "time.await.end", "time.longest-gap", "time.body"]
    {
        assert!(took(&seen, fact).is_some(), "{fact}: {seen:#?}");
    }
    assert!(server.last().contains("accept: text/event-stream\r\n"), "{}", server.last());
    // What is always there is there also for a stream.
    let spec = fixproof::probe::probe_named("http").unwrap().spec();
    for fact in spec.facts().filter(|fact| fact.always) {
        assert!(seen.facts.value(fact.name).is_some(), "{}", fact.name);
    }
    assert!(seen.facts.iter().all(|(name, _)| spec.fact(name).is_some()), "{seen:#?}");
}

#[tokio::test]
async fn a_stream_that_ends_too_early() {
    for (body, says) in [
        (
            "event: started\ndata: 1\n\n",
            "ended its stream before `done` came; received `started` of 2 awaited",
        ),
        (
            "event: started\ndata: 1\n\nevent: done\ndata: 1\n",
            "before `done` came, in the middle of an event",
        ),
        ("", "before `started` came; no event had arrived"),
        ("data: a\n\ndata: b\n\n", "2 other events, the last: {\"event\":\"message\",\"data\":\"b\"}"),
        ("event: done\ndata: 1\n\nevent: started\ndata: 1\n\n", "`done` arrived early, after "),
    ] {
        let server = stream(body, false).await;
        let seen = wait(&server, json!({ "events": ["started", "done"] }), LONG).await;
        blocked(&seen, Cause::HttpEnded, says);
        assert_eq!(number(&seen, "status"), 200);
    }
    // A connection that breaks is no end of the stream.
    let chunked = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n";
    let seen = wait(&canned(chunked).await, json!({ "events": ["done"] }), LONG).await;
    blocked(&seen, Cause::Reset, "closed the connection before the response was complete");
    assert!(seen.obstacle.as_ref().unwrap().detail.contains("1 other event"), "{seen:#?}");
    assert_eq!(number(&seen, "events.count"), 1);
    let whole = [chunked, "0\r\n\r\n"].concat();
    blocked(
        &wait(&canned(whole).await, json!({ "events": ["done"] }), LONG).await,
        Cause::HttpEnded,
        "1 other event",
    );
}

#[tokio::test]
async fn silence_and_slowness_end_in_time() {
    let held = stream("event: started\ndata: 1\n\n: still there\n", true).await;
    let waiting = json!({ "events": ["started", { "name": "done", "within": "200ms" }] });
    let seen = wait(&held, waiting, LONG).await;
    blocked(&seen, Cause::HttpTimeout, "sent no `done` within 200ms; received `started` of 2");
    let seen = wait(&held, json!({ "events": ["started", "done"] }), SHORT).await;
    blocked(&seen, Cause::HttpTimeout, "sent no `done` within");
    assert_eq!(number(&seen, "awaited.count"), 1);
    let cut = seen.phases.last().unwrap();
    assert!(cut.name == "body" && !cut.complete, "{cut:?}");
    for piece in ["d", "\n", ":", "data: tick\n\n"] {
        let (server, mut gone) = flood(piece.as_bytes().to_vec(), Duration::from_millis(20)).await;
        let seen = wait(&server, json!({ "events": ["done"] }), SHORT).await;
        blocked(&seen, Cause::HttpTimeout, "sent no `done` within");
        tokio::time::timeout(LONG, gone.recv()).await.unwrap();
    }
}

#[tokio::test]
async fn floods_end_at_their_limits() {
    for (piece, more, says) in [
        (b"data: x\n\n".repeat(1000), json!({}), "sent more than 10000 events (`event-count`)"),
        (b"data: x\n\n".repeat(10), json!({ "event-count": 5 }), "sent more than 5 events (`event-count`)"),
        (vec![b'x'; 65_536], json!({}), "sends more than 1MiB (`body-limit`); no event had arrived"),
        (b"data: and on and on\n".repeat(1000), json!({}), "sends more than 1MiB (`body-limit`)"),
        (vec![b'\n'; 65_536], json!({ "body-limit": 4096 }), "sends more than 4KiB (`body-limit`)"),
        (b": keep-alive\n\n".repeat(1000), json!({}), "sends more than 1MiB"),
    ] {
        let (server, mut gone) = flood(piece, Duration::ZERO).await;
        let mut settings = json!({ "events": ["done"] });
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let seen = wait(&server, settings, LONG).await;
        blocked(&seen, Cause::HttpTooLarge, says);
        tokio::time::timeout(LONG, gone.recv()).await.unwrap();
    }
    let values = format!("data: [{}1]\n\n", "1,".repeat(1_000_000));
    let settings = json!({ "events": ["done"], "body-limit": 10_000_000 });
    let seen = wait(&stream(values, true).await, settings, LONG).await;
    blocked(&seen, Cause::HttpTooLarge, "more than 1000000 JSON values");
}

#[tokio::test]
async fn answers_that_are_no_stream() {
    for (answer, says) in [
        (OK, "answered 200 OK with no content type, and not 200 with text/event-stream: ok"),
        (
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>",
            "answered 200 OK with text/html, and not 200 with text/event-stream: <html>",
        ),
        (
            "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/event-stream\r\n\r\n",
            "answered 503 Service Unavailable with text/event-stream, and not 200",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-encoding: gzip\r\n\r\nx",
            "compressed events (gzip)",
        ),
        (
            "HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n",
            "answered 302 Found with no content type",
        ),
    ] {
        let seen = wait(&canned(answer).await, json!({ "events": ["done"] }), LONG).await;
        blocked(&seen, Cause::Differs, says);
        assert!(seen.facts.value("status").is_some());
    }
    // One without an end is not waited for.
    let endless = serve(|mut stream, _| async move {
        request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n").await;
        while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
    })
    .await;
    blocked(&wait(&endless, json!({ "events": ["done"] }), LONG).await, Cause::Differs, "with text/plain");
    // A redirect that is followed is no stream yet.
    let there = stream("event: done\ndata: 1\n\n", true).await;
    let moved =
        format!("HTTP/1.1 307 Moved\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", there.url("http", "/"));
    fine(&wait(&canned(moved).await, json!({ "events": ["done"], "redirects": 1 }), LONG).await);
}

#[tokio::test]
async fn events_that_must_not_come() {
    let server = stream(
        "event: started\ndata: 1\n\nevent: error\ndata: {\"code\":7}\n\nevent: done\ndata: 1\n\n",
        true,
    )
    .await;
    let seen = wait(&server, json!({ "events": ["started", "done"], "forbid": ["error"] }), LONG).await;
    blocked(
        &seen,
        Cause::Differs,
        "sent `error`, which must not come (`forbid`): {\"event\":\"error\",\"data\":{\"code\":7}}",
    );
    assert_eq!(json_of(&seen, "forbidden")[0]["data"]["code"], 7);
    let seen = wait(&server, json!({ "events": ["started", "done"], "strict": true }), LONG).await;
    blocked(&seen, Cause::Differs, "sent an unexpected event");
    fine(
        &wait(&server, json!({ "events": [{ "name": "seven", "at": "$.data.code", "equals": 7 }] }), LONG)
            .await,
    );
}

#[tokio::test]
async fn bytes_that_are_no_text_are_replaced() {
    let server = stream(&b"event: done\ndata: a\xffb\n\n"[..], true).await;
    let seen = wait(&server, json!({ "events": ["done"] }), LONG).await;
    fine(&seen);
    assert_eq!(json_of(&seen, "awaited")[0]["data"], "a\u{fffd}b");
}

#[test]
fn settings_that_make_no_sense() {
    for (settings, says) in [
        (json!({ "events": [] }), "events: it is a list of awaited events"),
        (json!({ "events": "done" }), "events: it is a list of awaited events"),
        (json!({ "events": [{ "at": "$.data" }] }), "events: it has no `name`"),
        (json!({ "events": ["a", "a"] }), "with: two awaited ones are called `a`"),
        (json!({ "forbid": ["error"] }), "forbid: no events are awaited"),
        (json!({ "redirects": 101 }), "redirects: at most 100 redirects can be followed"),
        (json!({ "event-count": 1 }), "event-count: no events are awaited"),
    ] {
        let mut all = texts(&[("url", "http://a.test/")]);
        all.extend(settings_of(&settings));
        let mistakes = prepare(all).err().unwrap();
        let said: Vec<String> =
            mistakes.iter().map(|m| format!("{}: {}", m.setting.unwrap_or("with"), m.message)).collect();
        assert!(said.iter().any(|said| said.contains(says)), "{settings}: {said:?}");
    }
}
