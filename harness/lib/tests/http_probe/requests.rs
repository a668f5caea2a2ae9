//! What is sent as it is sent, and what comes back as facts.

use fixproof::model::{Cause, Fact, Setting, Text, Value};
use serde_json::Number;

use super::support::*;

#[tokio::test]
async fn every_observation_connects_anew() {
    let server = canned("HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok").await;
    let probe = prepare(texts(&[("url", &server.url("http", "/"))])).ok().unwrap();
    for nth in 1..=5 {
        let seen = look_at(&*probe, LONG).await;
        fine(&seen);
        assert_eq!(server.seen(), nth);
        assert_eq!(text(&seen, "peer"), server.address.to_string());
    }
}

#[tokio::test]
async fn the_facts_of_an_answer() {
    let server = canned(
        "HTTP/1.1 418 Odd\r\nX-Many: a\r\nX-MANY: b\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{\"a\":[1,2]}",
    )
    .await;
    let seen = get(&server.url("http", "/tea?x=1")).await;
    fine(&seen);
    assert_eq!(number(&seen, "status"), 418);
    assert_eq!(text(&seen, "header.x-many"), "a, b");
    assert_eq!(text(&seen, "protocol"), "HTTP/1.1");
    assert_eq!(text(&seen, "url"), server.url("http", "/tea?x=1"));
    assert_eq!(seen.facts.value("body"), Some(&Value::Json(serde_json::json!({"a": [1, 2]}))));
    assert_eq!(seen.facts.value("size"), Some(&Value::Size(11)));
    assert_eq!(number(&seen, "redirects"), 0);
    assert!(seen.facts.value("time.dns").is_none() && seen.facts.value("time.tls").is_none());
    assert!(seen.facts.iter().all(|(name, _)| name.to_lowercase() == name));
    assert!(seen.transcript.received.iter().any(|line| line.contains("418")), "{:?}", seen.transcript);
}

#[tokio::test]
async fn answers_without_a_body_end_at_once() {
    for (method, answer) in [
        ("HEAD", "HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n"),
        ("GET", "HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", "HTTP/1.1 304 Not Modified\r\ncontent-length: 5000\r\n\r\n"),
    ] {
        let server = canned(answer).await;
        let seen = look(texts(&[("url", &server.url("http", "/")), ("method", method)]), LONG).await;
        fine(&seen);
        assert_eq!(seen.facts.value("size"), Some(&Value::Size(0)));
        let Some(Fact::Unreadable(why)) = seen.facts.get("body") else { unreachable!("{seen:#?}") };
        assert_eq!((why.cause, why.detail.as_str()), (Cause::NotJson, "the body is empty"));
        assert!(server.last().starts_with(method));
    }
}

#[tokio::test]
async fn bodies_that_are_no_text_or_no_json() {
    for (body, shown, why) in [
        (&b"\xff\xfeabc"[..], "\u{fffd}\u{fffd}abc", "no JSON"),
        (b"\xef\xbb\xbf{}", "\u{feff}{}", "byte order mark"),
        (b"<html>", "<html>", "<html>"),
        (b"{} trailing", "{} trailing", "trailing"),
    ] {
        let mut answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
        answer.extend_from_slice(body);
        let seen = get(&canned(answer).await.url("http", "/")).await;
        fine(&seen);
        assert_eq!(text(&seen, "text"), shown);
        let Some(Fact::Unreadable(said)) = seen.facts.get("body") else { unreachable!("{seen:#?}") };
        assert!(said.detail.contains(why), "{}", said.detail);
    }
    // More than was announced is not part of the answer.
    let seen =
        get(&canned("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokMORE").await.url("http", "/")).await;
    assert_eq!(text(&seen, "text"), "ok");
    // A nesting without end is no JSON, and no crash.
    let deep = format!("HTTP/1.1 200 OK\r\n\r\n{}", "[".repeat(500_000));
    assert!(matches!(
        get(&canned(deep).await.url("http", "/")).await.facts.get("body"),
        Some(Fact::Unreadable(_))
    ));
}

#[tokio::test]
async fn what_is_sent() {
    let server = canned(OK).await;
    let url = server.url("http", "/p");
    let mut settings = texts(&[("url", &url), ("bearer", "hunter2")]);
    settings.push(table("headers", &[("X-One", "1"), ("User-Agent", "me")]));
    settings.push((
        "query".to_owned(),
        Setting::Table(vec![
            ("q".to_owned(), Setting::Text(Text::plain("a b&c"))),
            ("n".to_owned(), Setting::Number(Number::from(7))),
        ]),
    ));
    settings.push((
        "json".to_owned(),
        Setting::Table(vec![("deep".to_owned(), Setting::List(vec![Setting::Flag(true)]))]),
    ));
    let seen = look(settings, LONG).await;
    fine(&seen);
    let sent = server.last();
    assert!(sent.starts_with("POST /p?q=a+b%26c&n=7 HTTP/1.1\r\n"), "{sent}");
    for line in [
        "x-one: 1",
        "user-agent: me",
        "authorization: Bearer hunter2",
        "content-type: application/json",
        &format!("host: {}", server.address),
    ] {
        assert!(sent.lines().any(|sent| sent == line), "`{line}` is not in {sent}");
    }
    assert!(sent.ends_with("\r\n\r\n{\"deep\":[true]}"), "{sent}");
    assert!(!format!("{:?}", seen.transcript).contains("hunter2"), "{:?}", seen.transcript);

    let mut settings = texts(&[("url", &url), ("method", "PUT")]);
    settings.push(table("form", &[("a", "1 2"), ("b", "ü")]));
    settings.push(table("basic", &[("user", "me"), ("password", "pass:word")]));
    fine(&look(settings, LONG).await);
    let sent = server.last();
    assert!(sent.starts_with("PUT ") && sent.ends_with("\r\n\r\na=1+2&b=%C3%BC"), "{sent}");
    assert!(sent.contains("content-type: application/x-www-form-urlencoded\r\n"), "{sent}");
    assert!(sent.contains("authorization: Basic bWU6cGFzczp3b3Jk\r\n"), "{sent}");

    fine(&look(texts(&[("url", &url), ("body", "as it stands")]), LONG).await);
    let sent = server.last();
    assert!(sent.starts_with("POST ") && sent.ends_with("\r\n\r\nas it stands"), "{sent}");
    assert!(!sent.contains("content-type") && !sent.contains("authorization"), "{sent}");
    assert!(!sent.contains("accept-encoding"), "nothing is decompressed: {sent}");
}

#[tokio::test]
async fn an_override_moves_the_connection_and_nothing_else() {
    let server = canned(OK).await;
    let port = server.address.port();
    for (url, resolve, host) in [
        (format!("http://shop.test:{port}/"), "127.0.0.1".to_owned(), format!("shop.test:{port}")),
        ("http://shop.test/".to_owned(), server.address.to_string(), "shop.test".to_owned()),
        ("http://shop.test:81/".to_owned(), server.address.to_string(), "shop.test:81".to_owned()),
    ] {
        let seen = look(texts(&[("url", &url), ("resolve", &resolve)]), LONG).await;
        fine(&seen);
        assert_eq!(text(&seen, "peer"), server.address.to_string());
        assert_eq!(text(&seen, "url"), url);
        assert!(server.last().contains(&format!("host: {host}\r\n")), "{}", server.last());
        assert!(took(&seen, "time.dns").is_none());
    }
    // A host header of the scenario's own stays.
    let mut settings = texts(&[("url", "http://shop.test:81/"), ("resolve", &server.address.to_string())]);
    settings.push(table("headers", &[("Host", "other.test")]));
    fine(&look(settings, LONG).await);
    assert_eq!(server.last().matches("host: ").count(), 1, "{}", server.last());
    assert!(server.last().contains("host: other.test\r\n"), "{}", server.last());
}
