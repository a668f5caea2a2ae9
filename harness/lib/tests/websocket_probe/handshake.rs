//! Everything that may go wrong before the first frame.

use std::time::Duration;

use fixproof::model::Cause;
use serde_json::{Value as Json, json};
use tokio::io::AsyncWriteExt;

use super::http::{Authority, OK, canned, canned_tls, request, serve};
use super::raw::*;
use super::support::*;

fn hello() -> Json {
    json!({ "talk": [{ "await": "hello" }] })
}

#[tokio::test]
async fn nobody_listens_and_nobody_is_called_that() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let seen = look(&format!("ws://{address}/?token=hunter2"), hello(), LONG).await;
    blocked(&seen, Cause::Refused, "connection refused by");
    assert!(!format!("{seen:?}").contains("hunter2"));
    let seen = look("ws://x.invalid/", hello(), LONG).await;
    let cause = seen.obstacle.as_ref().unwrap().cause;
    assert!(matches!(cause, Cause::NoSuchName | Cause::DnsTimeout), "{seen:#?}");
}

#[tokio::test]
async fn refusals_of_every_kind() {
    for (answer, says) in [
        (
            "HTTP/1.1 401 Unauthorized\r\ncontent-length: 4\r\n\r\nwho?",
            "answered 401 Unauthorized to the upgrade: \"who?\"",
        ),
        ("HTTP/1.1 404 Not Found\r\n\r\n<html>", "answered 404 Not Found to the upgrade: \"<html>\""),
        ("HTTP/1.0 503 Service Unavailable\r\n\r\nno backend", "answered 503 Service Unavailable"),
        (
            "HTTP/1.1 301 Moved\r\nlocation: https://b.test/ws\r\n\r\n",
            "answered 301 Moved Permanently to https://b.test/ws to",
        ),
        (
            "HTTP/1.1 502 Bad Gateway\r\ntransfer-encoding: chunked\r\n\r\n5\r\nlater\r\n0\r\n\r\n",
            "to the upgrade: \"later",
        ),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nx: y\r\n\r\nHTTP/1.1 403 No\r\n\r\n",
            "answered 403 Forbidden",
        ),
        (OK, "answered 200 OK to the upgrade: \"ok\""),
    ] {
        let server = canned(answer).await;
        let seen = look(&server.url("ws", "/ws"), hello(), LONG).await;
        blocked(&seen, Cause::WebsocketHandshake, says);
        let seen = look(&server.url("ws", "/ws"), json!({ "listen": "1s" }), LONG).await;
        fine(&seen);
        assert_eq!(text(&seen, "ended"), format!("refused:{}", number(&seen, "status")));
    }
}

#[tokio::test]
async fn a_refusal_whose_body_never_ends_is_told_all_the_same() {
    let (server, mut gone) =
        flood(Some("HTTP/1.1 403 Forbidden\r\n\r\n"), vec![b'x'; 65_536], Duration::ZERO).await;
    let seen = look(&server.url("ws", "/ws"), hello(), LONG).await;
    blocked(&seen, Cause::WebsocketHandshake, "answered 403 Forbidden to the upgrade: \"xxx");
    assert!(seen.obstacle.as_ref().unwrap().detail.len() < 700 && format!("{seen:?}").len() < 5000);
    tokio::time::timeout(LONG, gone.recv()).await.unwrap();
    let (server, _gone) =
        flood(Some("HTTP/1.1 401 Unauthorized\r\n\r\n"), b".".to_vec(), Duration::from_millis(100)).await;
    blocked(&look(&server.url("ws", "/ws"), hello(), LONG).await, Cause::WebsocketHandshake, "answered 401");
}

#[tokio::test]
async fn answers_of_101_that_are_no_upgrade() {
    let with = |more: &str, without: &str| {
        let (more, without) = (more.to_owned(), without.to_owned());
        serve(move |mut stream, _| {
            let (more, without) = (more.clone(), without.clone());
            async move {
                let asked = request(&mut stream).await;
                let answer = welcome(&asked);
                let kept: Vec<&str> =
                    answer.lines().filter(|line| without.is_empty() || !line.starts_with(&without)).collect();
                let answer = kept.join("\r\n").trim_end().to_owned() + "\r\n" + &more + "\r\n";
                let _ = stream.write_all(answer.as_bytes()).await;
                linger(&mut stream).await;
            }
        })
    };
    for (more, without, says) in [
        ("", "Upgrade:", "no header `upgrade: websocket`"),
        ("", "Connection:", "no header `connection: upgrade`"),
        ("", "Sec-WebSocket-Accept:", "does not belong to the key"),
        (
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
            "Sec-WebSocket-Accept:",
            "does not belong to the key",
        ),
        ("Sec-WebSocket-Protocol: strange\r\n", "", "a subprotocol that was not offered"),
        ("Sec-WebSocket-Extensions: permessage-deflate\r\n", "", "an extension that was not offered"),
    ] {
        let server = with(more, without).await;
        // A wrong answer is no refusal: it is an obstacle for one who listens too.
        for settings in [hello(), json!({ "listen": "1s" })] {
            let seen = look(&server.url("ws", "/ws"), settings, LONG).await;
            blocked(&seen, Cause::WebsocketHandshake, says);
            assert_eq!(number(&seen, "status"), 101);
        }
    }
    let server = with("Sec-WebSocket-Protocol: other\r\n", "").await;
    let settings = json!({ "subprotocols": ["jwt.x", "chat"], "listen": "1s" });
    blocked(&look(&server.url("ws", "/"), settings, LONG).await, Cause::WebsocketHandshake, "not offered");
    let old = canned("HTTP/1.0 101 Switching Protocols\r\n\r\n").await;
    blocked(
        &look(&old.url("ws", "/"), hello(), LONG).await,
        Cause::WebsocketHandshake,
        "answers in HTTP/1.0",
    );
}

#[tokio::test]
async fn what_is_sent_is_a_handshake() {
    let server = canned("HTTP/1.1 403 Forbidden\r\n\r\n").await;
    let settings = json!({
        "bearer": "secret:hunter2", "origin": "https://app.test", "subprotocols": ["a", "b"], "headers": { "X-One": 1 },
        "resolve": server.address.to_string(), "listen": "1s",
    });
    let seen = look("ws://chat.test/ws?a=1", settings, LONG).await;
    fine(&seen);
    let sent = server.last();
    assert!(sent.starts_with("GET /ws?a=1 HTTP/1.1\r\n"), "{sent}");
    for line in [
        "host: chat.test",
        "connection: Upgrade",
        "upgrade: websocket",
        "sec-websocket-version: 13",
        "sec-websocket-protocol: a, b",
        "origin: https://app.test",
        "authorization: Bearer hunter2",
        "x-one: 1",
    ] {
        assert!(sent.lines().any(|sent| sent == line), "`{line}` is not in {sent}");
    }
    assert!(sent.to_lowercase().matches("host: ").count() == 1 && !sent.contains("sec-websocket-extensions"));
    assert!(!format!("{seen:?}").contains("hunter2"), "{seen:#?}");
    assert!(took(&seen, "time.dns").is_none());
    // No two looks send the same key.
    let key =
        |sent: &str| sent.lines().find(|line| line.starts_with("sec-websocket-key: ")).unwrap().to_owned();
    look(&server.url("ws", "/"), json!({ "listen": "1s" }), LONG).await;
    assert_ne!(key(&sent), key(&server.last()));
}

#[tokio::test]
async fn what_is_no_http_is_told_at_once() {
    for garbage in
        ["SSH-2.0-OpenSSH_9.2\r\n", "\0\x01\x02\x03", "HTTP/9.9 200 OK\r\n\r\n", "HTTP/1.1 abc\r\n\r\n"]
    {
        let server = saying_before(garbage.as_bytes()).await;
        let seen = look(&server.url("ws", "/"), hello(), LONG).await;
        blocked(&seen, Cause::HttpProtocol, "sent an invalid HTTP response");
    }
}

/// A server that says something instead of a welcome, and waits.
async fn saying_before(words: &[u8]) -> super::http::Server {
    let words = words.to_vec();
    serve(move |mut stream, _| {
        let words = words.clone();
        async move {
            request(&mut stream).await;
            let _ = stream.write_all(&words).await;
            linger(&mut stream).await;
        }
    })
    .await
}

#[tokio::test]
async fn ends_before_the_answer() {
    let server = canned("").await;
    blocked(
        &look(&server.url("ws", "/"), hello(), LONG).await,
        Cause::Reset,
        "without an answer to the upgrade",
    );
    let server = canned("HTTP/1.1 101 Swit").await;
    blocked(&look(&server.url("ws", "/"), hello(), LONG).await, Cause::Reset, "in the middle of its answer");
    let server = serve(|mut stream, _| async move {
        request(&mut stream).await;
        stream.set_zero_linger().unwrap();
    })
    .await;
    for settings in [hello(), json!({ "listen": "1s" })] {
        blocked(&look(&server.url("ws", "/"), settings, LONG).await, Cause::Reset, "dropped the connection");
    }
}

#[tokio::test]
async fn no_answer_and_a_slow_one_end_at_the_deadline() {
    let server = saying_before(b"").await;
    let seen = look(&server.url("ws", "/"), hello(), SHORT).await;
    blocked(&seen, Cause::HttpTimeout, "did not answer the upgrade in time");
    let cut = seen.phases.last().unwrap();
    assert!(cut.name == "upgrade" && !cut.complete, "{cut:?}");
    for head in ["HTTP/1.1 101 Switching Protocols\r\n", "HTTP/1.1 101 Switching Protocols\r\nx: "] {
        let (server, mut gone) = flood(Some(head), b".".to_vec(), Duration::from_millis(20)).await;
        blocked(&look(&server.url("ws", "/"), hello(), SHORT).await, Cause::HttpTimeout, "did not answer");
        tokio::time::timeout(LONG, gone.recv()).await.unwrap();
    }
}

#[tokio::test]
async fn too_many_headers_and_too_long_ones() {
    let mut answer = "HTTP/1.1 101 Switching Protocols\r\n".to_owned();
    (0..100_000).for_each(|number| answer.push_str(&format!("h-{number}: x\r\n")));
    let server = canned(answer + "\r\n").await;
    blocked(&look(&server.url("ws", "/"), hello(), LONG).await, Cause::HttpTooLarge, "more headers");
    let mut answer = "HTTP/1.1 101 Switching Protocols\r\n".to_owned();
    (0..200).for_each(|number| answer.push_str(&format!("h-{number}: x\r\n")));
    let server = canned(answer + "\r\n").await;
    blocked(&look(&server.url("ws", "/"), hello(), LONG).await, Cause::HttpTooLarge, "more headers");
    for head in ["HTTP/1.1 200 OK\r\nx: ", "HTTP/1.1 100 Continue\r\n\r\n"] {
        let piece = if head.contains("100") { head.as_bytes().repeat(1000) } else { vec![b'x'; 65_536] };
        let (server, mut gone) = flood(Some(head), piece, Duration::ZERO).await;
        let seen = look(&server.url("ws", "/"), hello(), LONG).await;
        blocked(&seen, Cause::HttpTooLarge, "more headers");
        tokio::time::timeout(LONG, gone.recv()).await.unwrap();
    }
}

#[tokio::test]
async fn certificates_are_checked() {
    let authority = Authority::new();
    let (good, none) = (authority.acceptor(&["127.0.0.1"], -1, 9, &["http/1.1"]), json!({}));
    let trusting = |more: &Json| {
        let mut settings = json!({ "ca": authority.file().to_str().unwrap(), "listen": "1s" });
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        settings
    };
    let server = canned_tls(good.clone(), "HTTP/1.1 403 Forbidden\r\n\r\n").await;
    let seen = look(&server.url("wss", "/"), trusting(&none), LONG).await;
    fine(&seen);
    assert_eq!(
        (text(&seen, "ended"), text(&seen, "tls.alpn")),
        ("refused:403".to_owned(), "http/1.1".to_owned())
    );
    assert_eq!((number(&seen, "tls.days-left"), text(&seen, "tls.names")), (9, "127.0.0.1".to_owned()));
    assert!(took(&seen, "time.tls").is_some());
    blocked(&look(&server.url("wss", "/"), hello(), LONG).await, Cause::TlsUnknownIssuer, "TLS handshake");
    for (names, from, to, cause) in
        [(["127.0.0.1"], -9, -3, Cause::TlsExpired), (["other.test"], -1, 9, Cause::TlsWrongHost)]
    {
        let server = canned_tls(authority.acceptor(&names, from, to, &[]), OK).await;
        let seen = look(&server.url("wss", "/"), trusting(&none), LONG).await;
        blocked(&seen, cause, "TLS handshake");
        assert!(number(&seen, "tls.days-left") == to, "{seen:#?}");
    }
    // An override keeps the name that the certificate is checked for.
    let server =
        canned_tls(authority.acceptor(&["chat.test"], -1, 9, &[]), "HTTP/1.1 404 Not Found\r\n\r\n").await;
    let address = server.address.to_string();
    let seen = look("wss://chat.test/ws", trusting(&json!({ "resolve": address })), LONG).await;
    fine(&seen);
    assert!(server.last().contains("host: chat.test\r\n"), "{}", server.last());
    // No TLS where it was expected, and the other way round.
    let plain = saying_before(b"").await;
    blocked(&look(&plain.url("wss", "/"), hello(), SHORT).await, Cause::TlsTimeout, "TLS handshake");
    let secure = canned_tls(good, OK).await;
    let seen = look(&secure.url("ws", "/"), hello(), LONG).await;
    let cause = seen.obstacle.as_ref().unwrap().cause;
    assert!(matches!(cause, Cause::HttpProtocol | Cause::Reset), "{seen:#?}");
}

#[tokio::test]
async fn a_conversation_over_tls() {
    let authority = Authority::new();
    let acceptor = authority.acceptor(&["127.0.0.1"], -1, 9, &[]);
    let server = serve(move |stream, _| {
        let acceptor = acceptor.clone();
        async move {
            let mut stream = acceptor.accept(stream).await.unwrap();
            greet(&mut stream).await;
            stream.write_all(&speak("{\"type\":\"hello\"}")).await.unwrap();
            stream.write_all(&close(1001, "leaving")).await.unwrap();
            linger(&mut stream).await;
        }
    })
    .await;
    let mut settings = hello();
    settings["ca"] = authority.file().to_str().unwrap().into();
    let seen = look(&server.url("wss", "/"), settings.clone(), LONG).await;
    fine(&seen);
    assert_eq!(number(&seen, "awaited.count"), 1);
    settings["talk"] = json!([{ "await": "hello" }, { "await": "more" }]);
    let seen = look(&server.url("wss", "/"), settings, LONG).await;
    blocked(&seen, Cause::WebsocketClosed, "closed with 1001 going away (\"leaving\")");
}
