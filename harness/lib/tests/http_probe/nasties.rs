//! Servers that mean harm: each ends with its own cause, in time, and without eating the host.

use std::time::Duration;

use fixproof::model::Cause;
use serde_json::json;
use tokio::io::AsyncWriteExt;

use super::support::*;

/// A gigabyte of zeros, gzipped into some megabytes: one literal, then matches of 258 bytes.
fn bomb() -> Vec<u8> {
    let (mut bytes, mut bits, mut held) = (vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255], 0u64, 0);
    let mut put = |value: u64, count: u32, reversed: bool| {
        let value = if reversed { value.reverse_bits() >> (64 - count) } else { value };
        bits |= value << held;
        held += count;
        while held >= 8 {
            bytes.push(bits as u8);
            bits >>= 8;
            held -= 8;
        }
    };
    put(1, 1, false); // the last block,
    put(1, 2, false); // with the fixed codes
    put(0x30, 8, true); // a zero
    for _ in 0..1_000_000_000 / 258 {
        put(0b1100_0101, 8, true); // 258 bytes
        put(0, 5, true); // from one byte before
    }
    put(0, 7, true); // the end
    put(0, 7, false);
    bytes
}

#[tokio::test]
async fn a_gzip_bomb_stays_packed() {
    let bomb = bomb();
    assert!((6_000_000..7_000_000).contains(&bomb.len()), "{}", bomb.len());
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n",
        bomb.len()
    );
    let server = canned([head.into_bytes(), bomb.clone()].concat()).await;
    let mut settings = texts(&[("url", &server.url("http", "/"))]);
    blocked(&look(settings.clone(), LONG).await, Cause::HttpTooLarge, "more than 1MiB");
    settings.extend(settings_of(&json!({ "body-limit": 8_000_000 })));
    let seen = look(settings, LONG).await;
    fine(&seen);
    assert_eq!(seen.facts.value("size"), Some(&fixproof::model::Value::Size(bomb.len() as u64)));
    assert_eq!(text(&seen, "header.content-encoding"), "gzip");
    assert!(seen.facts.value("body").is_none() && text(&seen, "text").len() < 30_000_000);
}

#[tokio::test]
async fn two_that_send_each_other_on() {
    let there = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let place = there.clone();
    let first = serve(move |mut stream, _| {
        let place = place.clone();
        async move {
            request(&mut stream).await;
            let to = place.lock().unwrap().clone();
            let answer = format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    })
    .await;
    let back =
        format!("HTTP/1.1 301 Moved\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", first.url("http", "/a"));
    let second = canned(back).await;
    *there.lock().unwrap() = second.url("http", "/b");
    let mut settings = texts(&[("url", &first.url("http", "/"))]);
    settings.extend(settings_of(&json!({ "redirects": 7 })));
    let seen = look(settings, LONG).await;
    blocked(&seen, Cause::HttpRedirects, "still redirects after 7 redirects");
    assert_eq!((first.seen(), second.seen()), (4, 4));
}

#[tokio::test]
async fn redirects_without_end_end_at_the_deadline() {
    let server = serve(|mut stream, log| async move {
        let asked = request(&mut stream).await;
        let nth = log.lock().unwrap().len();
        log.lock().unwrap().push(asked);
        tokio::time::sleep(Duration::from_millis(20)).await;
        let answer = format!("HTTP/1.1 302 Found\r\nlocation: /{nth}\r\ncontent-length: 0\r\n\r\n");
        let _ = stream.write_all(answer.as_bytes()).await;
    })
    .await;
    let mut settings = texts(&[("url", &server.url("http", "/"))]);
    settings.extend(settings_of(&json!({ "redirects": 100 })));
    let seen = look(settings, SHORT).await;
    blocked(&seen, Cause::HttpTimeout, "sent no response within");
    assert!(server.seen() > 2 && server.seen() < 100, "{}", server.seen());
}

#[tokio::test]
async fn headers_that_are_no_text() {
    let answer = b"HTTP/1.1 200 OK\r\nx-odd: a\xff\xfeb\r\ncontent-length: 2\r\n\r\nok";
    let seen = get(&canned(&answer[..]).await.url("http", "/")).await;
    fine(&seen);
    assert_eq!(text(&seen, "header.x-odd"), "a\u{fffd}\u{fffd}b");
    // A place that is no text is nowhere.
    let moved = b"HTTP/1.1 302 Found\r\nlocation: /\xff\xfe\r\ncontent-length: 0\r\n\r\n";
    let server = canned(&moved[..]).await;
    let mut settings = texts(&[("url", &server.url("http", "/"))]);
    settings.extend(settings_of(&json!({ "redirects": 3 })));
    blocked(&look(settings, LONG).await, Cause::HttpRedirects, "without a usable `Location`");
    for garbage in [
        &b"HTTP/1.1 200 OK\r\nx\xff: y\r\n\r\n"[..],
        b"HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n",
        b"\xff\xfe\xfd\r\n\r\n",
    ] {
        blocked(
            &get(&canned(garbage).await.url("http", "/")).await,
            Cause::HttpProtocol,
            "sent an invalid HTTP response",
        );
    }
}

#[tokio::test]
async fn lengths_that_lie() {
    for (head, cause) in [
        ("content-length: 5\r\ncontent-length: 6", Cause::HttpProtocol),
        ("content-length: -1", Cause::HttpProtocol),
        ("content-length: 99999999999999999999999", Cause::HttpProtocol),
        ("content-length: 100", Cause::Reset),
        ("transfer-encoding: chunked\r\n\r\nzz", Cause::HttpProtocol),
        ("transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\nx", Cause::HttpProtocol),
    ] {
        let server = canned(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\nhello")).await;
        blocked(&get(&server.url("http", "/")).await, cause, "");
    }
    // A chunk of four exabytes is announced, and not made room for.
    let server =
        canned("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3fffffffffffffff\r\nhello").await;
    blocked(&get(&server.url("http", "/")).await, Cause::Reset, "before the response was complete");
    // Extensions of a chunk's length are a place to hide a flood in.
    let server = serve(|mut stream, _| async move {
        request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;").await;
        while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
    })
    .await;
    let cause = get(&server.url("http", "/")).await.obstacle.unwrap().cause;
    assert!(matches!(cause, Cause::HttpProtocol | Cause::HttpTooLarge), "{cause}");
}

#[tokio::test]
async fn a_handshake_one_byte_at_a_time() {
    let server = serve(|mut stream, _| async move {
        let _ = stream.write_all(b"\x16\x03\x03\x40\x00\x02").await;
        while stream.write_all(b"\0").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let seen = look(texts(&[("url", &server.url("https", "/"))]), SHORT).await;
    blocked(&seen, Cause::TlsTimeout, "did not finish the TLS handshake");
}
