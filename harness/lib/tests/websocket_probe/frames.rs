//! Everything that may go wrong once the WebSocket stands.

use std::time::Duration;

use fixproof::model::Cause;
use serde_json::{Value as Json, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::raw::*;
use super::support::{LONG, SHORT, blocked, fine, json_of, look, number, text, took};

const GREETING: &str = "{\"type\":\"hello\",\"run\":1}";

fn hello() -> Json {
    json!({ "talk": [{ "await": "hello" }, { "await": "more" }] })
}

#[tokio::test]
async fn closes_before_the_first_and_after_some() {
    for (words, cause, says, code) in [
        (
            close(1008, "who are you?"),
            Cause::WebsocketClosedBefore,
            "1008 policy violation (\"who are you?\")",
            1008,
        ),
        (frame(0x88, b""), Cause::WebsocketClosedBefore, "closed with 1005 no code (no reason)", 1005),
        (close(4001, ""), Cause::WebsocketClosedBefore, "closed with 4001 (no reason)", 4001),
        (
            [speak(GREETING), close(1011, "boom")].concat(),
            Cause::WebsocketClosed,
            "1011 internal error (\"boom\") while `more` was awaited; received `hello` of 2 awaited",
            1011,
        ),
    ] {
        let server = saying(words).await;
        let seen = look(&server.url("ws", "/"), hello(), LONG).await;
        blocked(&seen, cause, says);
        assert_eq!(number(&seen, "close.code"), code);
        let seen = look(&server.url("ws", "/"), json!({ "listen": "10s" }), LONG).await;
        fine(&seen);
        assert_eq!(text(&seen, "ended"), format!("closed:{code}"));
    }
}

#[tokio::test]
async fn connections_that_are_lost() {
    let lost = |hard: bool| {
        welcoming(move |mut stream| async move {
            stream.write_all(&speak(GREETING)).await.unwrap();
            if hard {
                // The probe has read the greeting when it answers the ping.
                stream.write_all(&frame(0x89, b"?")).await.unwrap();
                let _ = stream.read(&mut [0; 64]).await;
                stream.set_zero_linger().unwrap();
            }
        })
    };
    for (hard, says) in [(false, "without a close frame"), (true, "dropped the connection")] {
        let server = lost(hard).await;
        let seen = look(&server.url("ws", "/"), hello(), LONG).await;
        blocked(&seen, Cause::Reset, says);
        assert!(seen.obstacle.as_ref().unwrap().detail.contains("while `more` was awaited"), "{seen:#?}");
        assert_eq!(number(&seen, "awaited.count"), 1);
        let seen = look(&server.url("ws", "/"), json!({ "listen": "10s" }), LONG).await;
        fine(&seen);
        assert_eq!(text(&seen, "ended"), "reset");
    }
}

#[tokio::test]
async fn frames_that_break_the_protocol() {
    for (words, says) in [
        (frame(0x81, b"\xff\xfe"), "a text frame that is no UTF-8"),
        ([&[0x81, 0x82, 1, 2, 3, 4][..], b"ab"].concat(), "masked frame"),
        (frame(0x80, b"rest"), "nothing to continue"),
        ([frame(0x01, b"a"), frame(0x81, b"b")].concat(), "more fragments"),
        (frame(0x83, b"x"), "does not keep to the WebSocket protocol"),
        (frame(0xC1, b"x"), "eserved bits"),
        (frame(0x09, b"x"), "Fragmented control frame"),
        (frame(0x89, &[b'x'; 126]), "ontrol frame too big"),
        (b"HTTP/1.1 200 OK\r\n\r\n".repeat(9), "does not keep to the WebSocket protocol"),
    ] {
        let server = saying([speak(GREETING), words].concat()).await;
        for settings in [hello(), json!({ "listen": "10s" })] {
            let seen = look(&server.url("ws", "/"), settings, LONG).await;
            blocked(&seen, Cause::WebsocketProtocol, says);
            assert_eq!(number(&seen, "frames.count"), 1);
        }
    }
}

#[tokio::test]
async fn fragments_and_pings_between_them_are_one_frame() {
    let words = [
        frame(0x01, b"{\"type\":"),
        frame(0x89, b"are you there?"),
        frame(0x00, b""),
        frame(0x00, b"\"hello\","),
        frame(0x80, "\"x\":\"ü\"}".as_bytes()),
    ];
    let server = welcoming(move |mut stream| {
        let words = words.concat();
        async move {
            stream.write_all(&words).await.unwrap();
            // The next frame comes only when the ping was answered, masked, with what it said.
            let mut answer = [0; 6 + 14];
            stream.read_exact(&mut answer).await.unwrap();
            assert_eq!(answer[..2], [0x8A, 0x80 | 14]);
            let said: Vec<u8> =
                answer[6..].iter().zip(answer[2..6].iter().cycle()).map(|(a, b)| a ^ b).collect();
            assert_eq!(said, b"are you there?");
            stream.write_all(&speak("{\"type\":\"more\"}")).await.unwrap();
            linger(&mut stream).await;
        }
    })
    .await;
    let seen = look(&server.url("ws", "/"), hello(), LONG).await;
    fine(&seen);
    assert_eq!(json_of(&seen, "awaited")[0], json!({ "type": "hello", "x": "ü" }));
    assert_eq!(number(&seen, "frames.count"), 2);
}

#[tokio::test]
async fn the_goodbye_is_a_close_frame_and_waits_for_nobody() {
    let (told, mut heard) = tokio::sync::mpsc::channel(1);
    let server = welcoming(move |mut stream| {
        let told = told.clone();
        async move {
            stream.write_all(&speak(GREETING)).await.unwrap();
            let mut said = Vec::new();
            // It never says goodbye itself.
            let _ = stream.read_to_end(&mut said).await;
            told.send(said).await.unwrap();
        }
    })
    .await;
    let began = std::time::Instant::now();
    let seen = look(&server.url("ws", "/"), json!({ "talk": [{ "await": "hello" }] }), LONG).await;
    fine(&seen);
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    let said = heard.recv().await.unwrap();
    assert_eq!((said[0], said[1] & 0x7F), (0x88, 2), "a close frame with a code: {said:?}");
    assert_eq!(u16::from_be_bytes([said[6] ^ said[2], said[7] ^ said[3]]), 1000);
    // The goodbye is not part of what was looked at.
    assert!(took(&seen, "time.total").unwrap() < Duration::from_secs(8), "{seen:#?}");
}

#[tokio::test]
async fn frames_that_are_too_large_are_not_waited_for() {
    let hundred_megabytes = [&[0x81, 127][..], &100_000_000u64.to_be_bytes(), &[b'x'; 1000]].concat();
    let server = saying(hundred_megabytes).await;
    let seen = look(&server.url("ws", "/"), hello(), LONG).await;
    blocked(&seen, Cause::WebsocketTooLarge, "a frame of 95.3MiB, and 1MiB is the most (`frame-limit`)");
    let endless = [&[0x82, 127][..], &u64::MAX.to_be_bytes()].concat();
    blocked(
        &look(&saying(endless).await.url("ws", "/"), hello(), LONG).await,
        Cause::WebsocketTooLarge,
        "frame-limit",
    );
    // Pieces of one frame count together.
    let pieces = [frame(0x01, &[b'x'; 700_000]), frame(0x80, &[b'x'; 700_000])].concat();
    blocked(
        &look(&saying(pieces).await.url("ws", "/"), hello(), LONG).await,
        Cause::WebsocketTooLarge,
        "frame-limit",
    );
    let server = saying(speak(GREETING)).await;
    for (limit, fits) in [(GREETING.len(), true), (GREETING.len() - 1, false)] {
        let settings = json!({ "talk": [{ "await": "hello" }], "frame-limit": limit });
        assert_eq!(look(&server.url("ws", "/"), settings, LONG).await.obstacle.is_none(), fits);
    }
}

#[tokio::test]
async fn floods_end_at_their_limits() {
    let (server, mut gone) = flood(None, speak("{}").repeat(1000), Duration::ZERO).await;
    let seen = look(&server.url("ws", "/"), hello(), LONG).await;
    blocked(&seen, Cause::WebsocketTooLarge, "sent more than 10000 frames (`frame-count`)");
    assert!(seen.transcript.received.len() < 250, "{}", seen.transcript.received.len());
    tokio::time::timeout(LONG, gone.recv()).await.unwrap();
    let (server, mut gone) = flood(None, speak(&"x".repeat(60_000)), Duration::ZERO).await;
    let seen = look(&server.url("ws", "/"), json!({ "listen": "20s" }), LONG).await;
    blocked(&seen, Cause::WebsocketTooLarge, "sent frames of more than 8MiB together (`limit`)");
    tokio::time::timeout(LONG, gone.recv()).await.unwrap();
    // A text of a megabyte may hold half a million values, each of which takes far more room.
    let (server, mut gone) =
        flood(None, speak(&format!("[{}1]", "1,".repeat(250_000))), Duration::ZERO).await;
    let seen = look(&server.url("ws", "/"), json!({ "listen": "20s" }), LONG).await;
    blocked(&seen, Cause::WebsocketTooLarge, "more than 1000000 JSON values");
    assert!(number(&seen, "frames.count") < 5);
    tokio::time::timeout(LONG, gone.recv()).await.unwrap();
    // Nesting without end is a text, and no crash.
    let seen =
        look(&saying(speak(&"[".repeat(500_000))).await.url("ws", "/"), json!({ "listen": "1s" }), LONG)
            .await;
    fine(&seen);
}

#[tokio::test]
async fn floods_that_hold_nothing_end_at_the_deadline() {
    for (piece, says) in [
        (frame(0x89, b"ping").repeat(1000), "pings came and pings only"),
        (frame(0x8A, b"pong").repeat(1000), "no frame had arrived"),
        ([frame(0x01, b""), frame(0x00, b"").repeat(1000)].concat(), "no frame had arrived"),
    ] {
        // Only the first piece begins a frame; the others would begin another in its middle.
        let piece =
            if says.contains("pings") || piece[0] == 0x8A { piece } else { frame(0x00, b"").repeat(1000) };
        let (server, mut gone) = match piece[0] {
            0x00 => beginning(frame(0x01, b""), piece).await,
            _ => flood(None, piece, Duration::ZERO).await,
        };
        let seen = look(&server.url("ws", "/"), hello(), SHORT).await;
        blocked(&seen, Cause::WebsocketTimeout, says);
        tokio::time::timeout(LONG, gone.recv()).await.unwrap();
    }
    let (server, mut gone) = flood(None, speak("{\"type\":\"tick\"}"), Duration::from_millis(5)).await;
    let seen = look(&server.url("ws", "/"), hello(), SHORT).await;
    blocked(&seen, Cause::WebsocketTimeout, "other frames, the last: {\"type\":\"tick\"}");
    tokio::time::timeout(LONG, gone.recv()).await.unwrap();
}

/// A flood that begins with something else.
async fn beginning(first: Vec<u8>, piece: Vec<u8>) -> (super::http::Server, tokio::sync::mpsc::Receiver<()>) {
    let (gone, seen_gone) = tokio::sync::mpsc::channel(1);
    let server = welcoming(move |mut stream| {
        let (first, piece, gone) = (first.clone(), piece.clone(), gone.clone());
        async move {
            let mut well = stream.write_all(&first).await;
            while well.is_ok() {
                well = stream.write_all(&piece).await;
            }
            let _ = gone.send(()).await;
        }
    })
    .await;
    (server, seen_gone)
}

#[tokio::test]
async fn one_byte_at_a_time_ends_at_the_deadline() {
    let announced = [&[0x81, 126][..], &10_000u16.to_be_bytes()].concat();
    let (server, mut gone) = {
        let (gone, seen_gone) = tokio::sync::mpsc::channel(1);
        let server = welcoming(move |mut stream| {
            let (announced, gone) = (announced.clone(), gone.clone());
            async move {
                let mut well = stream.write_all(&announced).await;
                while well.is_ok() {
                    well = stream.write_all(b"x").await;
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                let _ = gone.send(()).await;
            }
        })
        .await;
        (server, seen_gone)
    };
    blocked(&look(&server.url("ws", "/"), hello(), SHORT).await, Cause::WebsocketTimeout, "sent no `hello`");
    tokio::time::timeout(LONG, gone.recv()).await.unwrap();
}

#[tokio::test]
async fn what_comes_together_with_the_answer_is_not_lost() {
    let server = super::http::serve(|mut stream, _| async move {
        let asked = super::http::request(&mut stream).await;
        let all = [welcome(&asked).into_bytes(), speak(GREETING), speak("{\"type\":\"more\"}")].concat();
        stream.write_all(&all).await.unwrap();
        linger(&mut stream).await;
    })
    .await;
    fine(&look(&server.url("ws", "/"), hello(), LONG).await);
}

#[tokio::test]
async fn one_that_takes_nothing_and_one_that_leaves_while_we_speak() {
    let talk = json!({ "talk": [{ "send": "x".repeat(30_000_000) }, { "await": "hello" }] });
    let server = welcoming(|stream| async move {
        // It holds the connection and never reads.
        tokio::time::sleep(Duration::from_secs(5)).await;
        drop(stream);
    })
    .await;
    let seen = look(&server.url("ws", "/"), talk.clone(), SHORT).await;
    blocked(&seen, Cause::WebsocketTimeout, "did not take what was sent");
    let server = welcoming(|mut stream| async move {
        stream.write_all(&close(1009, "too much")).await.unwrap();
        let _ = stream.read(&mut [0; 1000]).await;
    })
    .await;
    let seen = look(&server.url("ws", "/"), talk, LONG).await;
    let cause = seen.obstacle.as_ref().unwrap().cause;
    // The close frame is told where the system had not thrown it away with the connection.
    assert!(matches!(cause, Cause::WebsocketClosedBefore | Cause::Reset), "{:?}", seen.obstacle);
}

#[tokio::test]
async fn frames_that_must_not_come_end_also_one_who_listens() {
    let server =
        saying([speak(GREETING), speak("{\"type\":\"error\"}"), speak("{\"type\":\"later\"}")].concat())
            .await;
    let settings = json!({ "listen": "10s", "forbid": [{ "name": "trouble", "matches": "^err" }] });
    let seen = look(&server.url("ws", "/"), settings, LONG).await;
    blocked(&seen, Cause::Differs, "sent `trouble`, which must not come (`forbid`): {\"type\":\"error\"}");
    assert_eq!(
        (number(&seen, "frames.count"), json_of(&seen, "forbidden")),
        (2, json!([{ "type": "error" }]))
    );
}
