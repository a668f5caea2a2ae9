//! An injected delay is reported in its own phase, whole, and in no other. The resolver's is injected in the unit tests,
//! the connect's in `causes`.

use std::time::Duration;

use fixproof::model::Observation;
use tokio::io::AsyncWriteExt;

use super::support::*;

const TIMES: [&str; 4] = ["time.connect", "time.tls", "time.first-byte", "time.body"];

/// The delayed phase holds the whole delay; the others together hold none of it.
#[track_caller]
fn charged(seen: &Observation, delayed: &str) {
    fine(seen);
    let total = took(seen, "time.total").unwrap();
    let all: Duration = TIMES.iter().filter_map(|name| took(seen, name)).sum();
    let own = took(seen, delayed).unwrap();
    assert!(own >= DELAY, "{delayed} {own:?}: {seen:#?}");
    assert!(all <= total && total < all + DELAY / 2, "{all:?} of {total:?}");
    assert!(all - own < DELAY, "{delayed} {own:?} of {all:?}: {seen:#?}");
}

#[tokio::test]
async fn delays_before_the_head_and_in_the_body() {
    for (parts, delayed) in [
        (["", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"], "time.first-byte"),
        (["HTTP/1.1 200 OK\r\n", "content-length: 2\r\n\r\nok"], "time.first-byte"),
        (["HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n", "ok"], "time.body"),
        (["HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\no", "k"], "time.body"),
    ] {
        let server = serve(move |mut stream, _| async move {
            request(&mut stream).await;
            stream.write_all(parts[0].as_bytes()).await.unwrap();
            tokio::time::sleep(DELAY).await;
            stream.write_all(parts[1].as_bytes()).await.unwrap();
        })
        .await;
        charged(&get(&server.url("http", "/")).await, delayed);
    }
}

#[tokio::test]
async fn a_delay_in_the_handshake() {
    let authority = Authority::new();
    let acceptor = authority.acceptor(&["127.0.0.1"], -1, 9, &[]);
    let server = serve(move |stream, _| {
        let acceptor = acceptor.clone();
        async move {
            tokio::time::sleep(DELAY).await;
            let mut stream = acceptor.accept(stream).await.unwrap();
            request(&mut stream).await;
            stream.write_all(OK.as_bytes()).await.unwrap();
            let _ = stream.shutdown().await;
        }
    })
    .await;
    let ca = authority.file();
    let settings = texts(&[("url", &server.url("https", "/")), ("ca", ca.to_str().unwrap())]);
    charged(&look(settings, LONG).await, "time.tls");
}

#[tokio::test]
async fn the_phases_are_a_timeline() {
    let server = canned(OK).await;
    let seen = get(&server.url("http", "/")).await;
    fine(&seen);
    let names: Vec<&str> = seen.phases.iter().map(|phase| &*phase.name).collect();
    assert_eq!(names, ["connect", "first-byte", "body"]);
    for pair in seen.phases.windows(2) {
        assert_eq!(pair[0].after + pair[0].took, pair[1].after, "{:#?}", seen.phases);
    }
    assert!(seen.phases.iter().all(|phase| phase.complete));
}
