//! Peers that are no Redis, or one that lies.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use fixproof::model::{Cause, Setting};

use crate::fixture::{LONG, PASSWORD, SHORT, blocked, linger, peer, silent, text};
use crate::server::{at, look};

/// Answers whatever comes with these bytes, and closes.
fn answer(bytes: impl Into<Vec<u8>>) -> String {
    let bytes = bytes.into();
    at(peer(move |mut stream| {
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        linger(stream);
    }))
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_that_no_server_here_can_be_brought_to() {
    for (words, cause) in [
        ("LOADING Redis is loading the dataset in memory", Cause::StartingUp),
        ("DENIED Redis is running in protected mode because", Cause::DatabaseAuth),
        ("ERR max number of clients + cluster connections reached", Cause::TooManyConnections),
        ("BUSY Redis is busy running a script.", Cause::DatabaseQuery),
        ("MASTERDOWN Link with MASTER is down", Cause::DatabaseQuery),
        ("ERR whatever", Cause::DatabaseQuery),
        ("", Cause::DatabaseQuery),
    ] {
        blocked(&look(answer(format!("-{words}\r\n")), &[], LONG).await, cause, words);
    }
    let loading = "-LOADING Redis is loading the dataset in memory\r\n";
    let password = [("password", text(PASSWORD))];
    blocked(&look(answer(loading), &password, LONG).await, Cause::StartingUp, "AUTH");
    blocked(
        &look(answer("-ERR invalid password\r\n"), &password, LONG).await,
        Cause::DatabaseAuth,
        "invalid",
    );
    blocked(&look(answer(loading) + "/1", &[], LONG).await, Cause::StartingUp, "SELECT");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_redis_is_called_so() {
    for (bytes, says) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], "HTTP/1.1 400"),
        (b"J\0\0\0\x0a8.0.36\0", "J"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH-2.0"),
        (b"+OK POP3 ready\r\n", "instead of PONG"),
        (b"$4\r\nHTTP", "middle"),
        (b"*1\r\n+PONG\r\n", "instead of PONG"),
        (b"\x15\x03\x01\0\x02\x02\x46", "speaks TLS"),
        (b"\0\0\0\0", "does not speak Redis"),
        (b":12x\r\n", "does not speak Redis"),
    ] {
        let cause = if says == "middle" { Cause::Reset } else { Cause::DatabaseProtocol };
        blocked(&look(answer(bytes), &[], LONG).await, cause, says);
    }
    // A greeting of another kind must not count as the answer to what came before it.
    let two = look(answer("+OK\r\n+OK\r\n") + "/1", &[("password", text(PASSWORD))], LONG).await;
    blocked(&two, Cause::DatabaseProtocol, "more than one reply");
    let no = look(answer(":1\r\n") + "/1", &[], LONG).await;
    blocked(&no, Cause::DatabaseProtocol, "something else than OK");
    let info = [("info", Setting::Flag(true))];
    let greedy = at(peer(|mut stream| {
        for reply in ["+PONG\r\n", "*1\r\n+x\r\n"] {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(reply.as_bytes());
        }
        linger(stream);
    }));
    blocked(&look(greedy, &info, LONG).await, Cause::DatabaseProtocol, "INFO");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_outlives_the_deadline_or_the_memory() {
    blocked(&look(at(silent()), &[], SHORT).await, Cause::DatabaseTimeout, "PING in time");
    let password = [("password", text(PASSWORD))];
    blocked(&look(at(silent()), &password, SHORT).await, Cause::DatabaseTimeout, "let us in");
    let tls = look(format!("rediss://127.0.0.1:{}", silent()), &[], SHORT).await;
    blocked(&tls, Cause::TlsTimeout, "TLS");
    let endless = |start: &'static [u8], again: &'static [u8], pause: Duration| {
        at(peer(move |mut stream: TcpStream| {
            let _ = stream.read(&mut [0; 1024]);
            let mut next = stream.write_all(start);
            while next.is_ok() {
                std::thread::sleep(pause);
                next = stream.write_all(again);
            }
        }))
    };
    let second = Duration::from_secs(1);
    let trickle = look(endless(b"", b"+", second), &[], Duration::from_millis(1500)).await;
    blocked(&trickle, Cause::DatabaseTimeout, "in time");
    let now = Duration::ZERO;
    blocked(
        &look(endless(b"*300000\r\n", b":1\r\n$3\r\nabc\r\n", now), &[], LONG).await,
        Cause::Truncated,
        "KiB",
    );
    blocked(&look(endless(b"+", b"xxxxxxxx", now), &[], LONG).await, Cause::DatabaseProtocol, "xxx");
    blocked(&look(endless(b"", b"*1\r\n", now), &[], LONG).await, Cause::Truncated, "KiB");
    for announced in
        ["$1000000000\r\n", "*1000000000\r\n", "*9223372036854775807\r\n", "%9223372036854775807\r\n"]
    {
        blocked(&look(answer(announced), &[], LONG).await, Cause::Truncated, "KiB");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_closes_is_told_apart() {
    blocked(&look(answer(""), &[], LONG).await, Cause::Reset, "without a word");
    blocked(&look(answer("+PO"), &[], LONG).await, Cause::Reset, "in the middle");
    let at_once = at(peer(drop));
    blocked(&look(at_once, &[], LONG).await, Cause::Reset, "127.0.0.1");
    // What was said before the door was shut counts, also where nothing more was taken.
    let turned_away = at(peer(|mut stream| {
        let _ = stream.write_all(b"-ERR max number of clients reached\r\n");
    }));
    blocked(&look(turned_away, &[], LONG).await, Cause::TooManyConnections, "max number");
}
