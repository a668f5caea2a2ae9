//! Over TCP: what is silent, slow, closed, cut off or too much.

use std::time::Duration;

use fixproof::model::Cause;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::message::*;
use super::support::*;

async fn query(stream: &mut TcpStream) -> Vec<u8> {
    let length = stream.read_u16().await.unwrap_or_default();
    let mut query = vec![0; length.into()];
    let _ = stream.read_exact(&mut query).await;
    query
}

fn framed(message: &[u8]) -> Vec<u8> {
    [&u16::try_from(message.len()).unwrap().to_be_bytes(), message].concat()
}

/// Waits until the other side has gone.
async fn linger(mut stream: TcpStream) {
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

fn cut_off(query: &[u8], _: usize) -> Vec<Vec<u8>> {
    vec![Reply::to(query).answer(a("a.test", 66)).cut().bytes()]
}

/// A server whose datagrams are cut off, and which sends over TCP what is made of the query, and lingers.
async fn over_tcp(answer: fn(&[u8]) -> Vec<u8>) -> Fake {
    fake_with_tcp(cut_off, move |mut stream| async move {
        let query = query(&mut stream).await;
        let _ = stream.write_all(&answer(&query)).await;
        linger(stream).await;
    })
    .await
}

#[tokio::test]
async fn what_was_cut_off_is_asked_for_again_and_never_used() {
    let server = over_tcp(|query| framed(&Reply::to(query).answer(a("a.test", 1)).bytes())).await;
    let seen = ask(server.address, "a.test", "A", LONG).await;
    fine(&seen);
    assert_eq!(json(&seen, "answers"), json!(["192.0.2.1"]));
    assert_eq!((server.datagrams(), server.connections()), (1, 1));
    let seen = ask_over(server.address, "a.test", "A", "udp", LONG).await;
    blocked(&seen, Cause::Truncated, "`transport` is udp");
    let seen = ask_over(server.address, "a.test", "A", "tcp", LONG).await;
    fine(&seen);
    assert_eq!((server.datagrams(), server.connections()), (2, 2));
    // Without TCP, half an answer is none.
    let server = fake(cut_off).await;
    let seen = ask(server.address, "a.test", "A", LONG).await;
    blocked(&seen, Cause::Refused, "refused the connection over TCP");
    blocked(&seen, Cause::Refused, "its answer over UDP was cut off");
    assert!(seen.facts.get("answers").is_none());
}

#[tokio::test]
async fn silence_after_the_connection_is_the_name_server_s() {
    let server = over_tcp(|_| vec![]).await;
    let seen = ask(server.address, "a.test", "A", SHORT).await;
    blocked(&seen, Cause::DnsTimeout, "accepted a TCP connection and did not answer");
}

#[tokio::test]
async fn a_byte_at_a_time_does_not_hold_the_probe() {
    let server = fake_with_tcp(cut_off, |mut stream| async move {
        let query = query(&mut stream).await;
        for byte in framed(&Reply::to(&query).answer(a("a.test", 1)).bytes()) {
            if stream.write_all(&[byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await;
    let seen = ask(server.address, "a.test", "A", Duration::from_millis(800)).await;
    blocked(&seen, Cause::DnsTimeout, "bytes of its answer over TCP within");
}

#[tokio::test]
async fn a_closed_connection_is_no_answer() {
    for cut in [0, 1, 2, 14] {
        let server = fake_with_tcp(cut_off, move |mut stream| async move {
            let query = query(&mut stream).await;
            let whole = framed(&Reply::to(&query).answer(a("a.test", 1)).bytes());
            let _ = stream.write_all(&whole[..cut]).await;
        })
        .await;
        let seen = ask(server.address, "a.test", "A", LONG).await;
        blocked(&seen, Cause::Reset, "closed the TCP connection before its answer was complete");
    }
}

#[tokio::test]
async fn a_connection_that_is_never_accepted() {
    // A queue with room for one, and nobody who takes anything out of it.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    for _ in 0..4 {
        let connect = tokio::time::timeout(Duration::from_millis(200), TcpStream::connect(address)).await;
        waiting.push(connect);
    }
    let seen = ask_over(address, "a.test", "A", "tcp", SHORT).await;
    blocked(&seen, Cause::ConnectTimeout, "did not accept a TCP connection within");
    drop((listener, waiting));
}

#[tokio::test]
async fn garbage_over_tcp_is_the_server_s_failure() {
    type Garbage = fn(&[u8]) -> Vec<u8>;
    let garbage: [(Garbage, &str); 6] = [
        (
            |query| framed(&Reply::to(query).answer(a("a.test", 1)).another_id().bytes()),
            "an answer with another id",
        ),
        (
            |query| framed(&Reply::to(query).answer(a("a.test", 1)).cut().bytes()),
            "an answer that says it is cut off",
        ),
        (|_| vec![0, 0], "something too short for a message"),
        (|_| b"HTTP/1.1 400 Bad Request\r\n\r\n".repeat(900), "sent an answer"),
        (|query| framed(&Reply::to(query).asked("b.test", A).bytes()), "an answer to another question"),
        (
            |query| {
                let mut bytes = Reply::to(query).answer(a("a.test", 1)).bytes();
                bytes.truncate(bytes.len() - 1);
                framed(&bytes)
            },
            "can't be read",
        ),
    ];
    for (answer, says) in garbage {
        let server = over_tcp(answer).await;
        blocked(&ask(server.address, "a.test", "A", LONG).await, Cause::DnsServer, says);
    }
}

#[tokio::test]
async fn more_records_than_are_read_are_never_half_an_answer() {
    // As many as fit into the largest message there is.
    let server = over_tcp(|query| {
        let many = (0..2900).fold(Reply::to(query), |reply, i| {
            reply.answer(record("a.test", A, 60, &[10, 0, (i >> 8) as u8, i as u8]))
        });
        framed(&many.bytes())
    })
    .await;
    let seen = ask(server.address, "a.test", "A", LONG).await;
    blocked(&seen, Cause::Truncated, "announces 2900 records in one answer; no more than 1000 are read");
    assert!(seen.facts.get("answers").is_none());
    // A header that announces what never comes sets nothing aside.
    let server = over_tcp(|query| {
        let mut bytes = Reply::to(query).answer(a("a.test", 1)).bytes();
        bytes[6..12].fill(0xff);
        framed(&bytes)
    })
    .await;
    blocked(&ask(server.address, "a.test", "A", LONG).await, Cause::Truncated, "announces 65535 records");
}
