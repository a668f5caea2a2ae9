//! The `grpc` probe against what is no gRPC, or breaks off: each its own cause, and in time.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use fixproof::model::Cause;
use h2::Reason;
use hyper::{HeaderMap, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::grpc::check;
use super::support::*;

/// What an HTTP/2 server answers.
#[derive(Clone, Default)]
struct Answer {
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    body: Vec<u8>,
    trailers: Option<Vec<(&'static str, &'static str)>>,
}

impl Answer {
    fn of(body: &[u8], trailers: &[(&'static str, &'static str)]) -> Answer {
        let headers = vec![("content-type", "application/grpc")];
        Answer { status: 200, headers, body: body.to_vec(), trailers: Some(trailers.to_vec()) }
    }
}

/// A server that speaks HTTP/2 and answers so.
async fn answers(answer: Answer) -> SocketAddr {
    serve(move |stream| {
        let answer = answer.clone();
        async move {
            let Ok(mut connection) = h2::server::handshake(stream).await else { return };
            while let Some(Ok((_, mut respond))) = connection.accept().await {
                let mut head = Response::builder().status(answer.status);
                for (name, value) in &answer.headers {
                    head = head.header(*name, *value);
                }
                let only_head = answer.body.is_empty() && answer.trailers.is_none();
                let Ok(mut body) = respond.send_response(head.body(()).unwrap(), only_head) else { return };
                if !only_head {
                    let _ = body.send_data(Bytes::from(answer.body.clone()), answer.trailers.is_none());
                }
                if let Some(trailers) = &answer.trailers {
                    let mut map = HeaderMap::new();
                    for (name, value) in trailers {
                        map.append(*name, value.parse().unwrap());
                    }
                    let _ = body.send_trailers(map);
                }
            }
        }
    })
    .await
}

const SERVING: &[u8] = &[0, 0, 0, 0, 2, 8, 1];

#[tokio::test]
async fn the_plainest_answer_there_is() {
    let seen = check(answers(Answer::of(SERVING, &[("grpc-status", "0")])).await, "").await;
    fine(&seen);
    assert_eq!((text(&seen, "code"), text(&seen, "serving")), ("ok", "SERVING"));
    let odd = [0, 0, 0, 0, 2, 8, 77];
    let seen = check(answers(Answer::of(&odd, &[("grpc-status", "0")])).await, "").await;
    assert_eq!(text(&seen, "serving"), "77");
    let head = Answer {
        status: 200,
        headers: vec![("grpc-status", "42"), ("grpc-status-details-bin", "no base64!")],
        ..Answer::default()
    };
    let seen = check(answers(head).await, "").await;
    fine(&seen);
    assert_eq!(text(&seen, "code"), "42");
}

#[tokio::test]
async fn serving_without_ok_is_not_serving() {
    let seen =
        check(answers(Answer::of(SERVING, &[("grpc-status", "14"), ("grpc-message", "draining")])).await, "");
    let seen = seen.await;
    fine(&seen);
    assert_eq!((text(&seen, "code"), text(&seen, "message")), ("unavailable", "draining"));
    assert!(seen.facts.get("serving").is_none());
    // The answer is there, and what says whether it is good is not.
    for answer in [Answer { trailers: None, ..Answer::of(SERVING, &[]) }, Answer::of(SERVING, &[("x", "y")])]
    {
        let seen = check(answers(answer).await, "").await;
        blocked(&seen, Cause::HttpProtocol, "not in gRPC: status 200, as application/grpc, no grpc-status");
        assert!(seen.facts.get("serving").is_none() && seen.facts.get("code").is_none());
    }
}

#[tokio::test]
async fn somebody_on_the_way_who_speaks_no_grpc() {
    for (status, code) in [
        (400, "internal"),
        (401, "unauthenticated"),
        (403, "permission-denied"),
        (404, "unimplemented"),
        (502, "unavailable"),
        (503, "unavailable"),
        (302, "unknown"),
        (500, "unknown"),
    ] {
        let answer = Answer {
            status,
            headers: vec![("content-type", "text/html")],
            body: b"<html>".to_vec(),
            trailers: None,
        };
        let seen = check(answers(answer).await, "").await;
        fine(&seen);
        assert_eq!(text(&seen, "code"), code);
        assert!(text(&seen, "message").contains(&format!("HTTP status {status}")), "{seen:#?}");
    }
    // The front page, whatever was asked for.
    let answer = Answer {
        status: 200,
        headers: vec![("content-type", "text/html")],
        body: b"<html>".to_vec(),
        trailers: None,
    };
    let seen = check(answers(answer).await, "").await;
    blocked(&seen, Cause::HttpProtocol, "not in gRPC: status 200, as text/html");
}

#[tokio::test]
async fn messages_that_are_none() {
    for (body, says) in [
        (&[][..], "no message"),
        (&[0, 0, 0, 0, 9, 8, 1], "cut off"),
        (&[1, 0, 0, 0, 2, 8, 1], "compressed"),
        (&[0, 0, 0, 0, 2, 8, 1, 0, 0, 0, 0, 2, 8, 1], "more than one message"),
        (&[0, 0, 0, 0, 3, 255, 255, 255], "another kind"),
    ] {
        let seen = check(answers(Answer::of(body, &[("grpc-status", "0")])).await, "").await;
        blocked(&seen, Cause::HttpProtocol, says);
        assert!(seen.facts.get("code").is_none() && seen.facts.get("serving").is_none(), "{seen:#?}");
    }
}

#[tokio::test]
async fn more_than_is_read() {
    let seen = check(answers(Answer::of(&vec![0; 200_000], &[("grpc-status", "0")])).await, "").await;
    blocked(&seen, Cause::HttpTooLarge, "more than 65536 bytes");
    let long: &'static str = Box::leak("x".repeat(40_000).into_boxed_str());
    for (first, second) in
        [(("grpc-status", "5"), ("grpc-message", long)), (("x", long), ("grpc-status", "0"))]
    {
        let seen = check(answers(Answer::of(SERVING, &[first, second])).await, "").await;
        let received: usize = seen.transcript.received.iter().map(String::len).sum();
        assert!(received < 20_000 && seen.facts.get("serving").is_none(), "{seen:#?}");
    }
}

/// Says that to whoever connects, once something has come.
async fn says(words: &'static [u8]) -> SocketAddr {
    serve(move |mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream.write_all(words).await;
        linger(stream).await;
    })
    .await
}

#[tokio::test]
async fn what_is_no_http_2() {
    for words in [
        &b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"[..],
        b"SSH-2.0-OpenSSH_9.2\r\n",
        // A frame that may not come first.
        b"\0\0\x04\0\0\0\0\0\x01abcd",
    ] {
        blocked(&check(says(words).await, "").await, Cause::HttpProtocol, "does not speak HTTP/2");
    }
}

#[tokio::test]
async fn goaway_and_broken_off_streams() {
    // Settings, and then a farewell that has seen no stream.
    let calm = says(b"\0\0\0\x04\0\0\0\0\0\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\x0b").await;
    blocked(&check(calm, "").await, Cause::Reset, "GOAWAY, ENHANCE_YOUR_CALM");
    let bye = says(b"\0\0\0\x04\0\0\0\0\0\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0").await;
    blocked(&check(bye, "").await, Cause::Reset, "GOAWAY, NO_ERROR");
    let breaks = serve(|stream| async move {
        let Ok(mut connection) = h2::server::handshake(stream).await else { return };
        while let Some(Ok((_, mut respond))) = connection.accept().await {
            respond.send_reset(Reason::REFUSED_STREAM);
        }
    })
    .await;
    blocked(&check(breaks, "").await, Cause::Reset, "RST_STREAM, REFUSED_STREAM");
}

#[tokio::test]
async fn silence_closing_resetting_and_nobody() {
    let settings = |address: SocketAddr| texts(&[("url", &format!("http://{address}"))]);
    let silent = serve(linger).await;
    blocked(&look("grpc", settings(silent), SHORT).await, Cause::HttpTimeout, "did not answer in time");
    // It speaks HTTP/2, answers pings, and nothing else.
    let idle = serve(|stream| async move {
        let Ok(mut connection) = h2::server::handshake(stream).await else { return };
        let mut held = Vec::new();
        while let Some(Ok(call)) = connection.accept().await {
            held.push(call);
        }
    })
    .await;
    blocked(&look("grpc", settings(idle), SHORT).await, Cause::HttpTimeout, "did not answer in time");
    // One byte of a frame at a time.
    let drip = serve(|mut stream| async move {
        let mut bytes = b"\0\x3f\0\x04".iter().chain(std::iter::repeat(&0));
        while stream.write_all(&[*bytes.next().unwrap()]).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    blocked(&look("grpc", settings(drip), SHORT).await, Cause::HttpTimeout, "did not answer in time");
    let closing = serve(|mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
    })
    .await;
    blocked(&check(closing, "").await, Cause::Reset, "connection closed by");
    let resetting = serve(|mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
        stream.set_zero_linger().unwrap();
    })
    .await;
    blocked(&check(resetting, "").await, Cause::Reset, "connection closed by");
    blocked(&check(nobody(), "").await, Cause::Refused, "connection refused by");
}

#[tokio::test]
async fn nothing_of_a_call_outlives_it() {
    let (gone, mut seen_gone) = tokio::sync::mpsc::channel(1);
    let address = serve(move |mut stream| {
        let gone = gone.clone();
        async move {
            // Settings, and then no reading of anything that ends the connection well.
            let _ = stream.write_all(b"\0\0\0\x04\0\0\0\0\0").await;
            linger(stream).await;
            let _ = gone.send(()).await;
        }
    })
    .await;
    look("grpc", texts(&[("url", &format!("http://{address}"))]), SHORT).await;
    tokio::time::timeout(LONG, seen_gone.recv()).await.unwrap();
}
