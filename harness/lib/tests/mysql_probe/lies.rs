//! Peers that are no MySQL server, or one that lies.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use fixproof::model::Cause;

use crate::byhand::{Line, greeting, greeting_with, packet, receive};
use crate::fixture::{LONG, SHORT, blocked, linger, peer, silent, text};
use crate::server::{at, look, query};

const OK: &[u8] = &[0, 0, 0, 2, 0, 0, 0];

/// Says this at once, and closes its side.
fn saying(bytes: impl Into<Vec<u8>>) -> String {
    let bytes = bytes.into();
    at(peer(move |mut stream| {
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        linger(stream);
    }))
}

/// Lets everybody in, and answers the first question with these bytes.
fn answering(bytes: impl Into<Vec<u8>>) -> String {
    let bytes = bytes.into();
    at(greeting_with("mysql_native_password", move |line, number, _| {
        line.write_all(&packet(number + 1, OK)).unwrap();
        if receive(line).is_some() {
            let _ = line.write_all(&bytes);
            // The other side is to see the end of it only after it has seen all of it.
            let _ = receive(line);
        }
    }))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_speak_mysql_is_called_so() {
    for (bytes, says) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], "HTTP/1.1 400"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH-2.0"),
        (b"220 mail.example.com ESMTP\r\n", "220 mail"),
        (b"-DENIED Redis is running", "-DENIED"),
        (b"N\0\0\0\x10SFATAL\0", "does not speak MySQL"),
        (b"\x05\0\0\0\x0b\x08\x05\x1a\0", "no greeting"),
        (b"\0\0\0\0", "does not speak MySQL"),
        (b"\xff\xff\xff\x00", "does not speak MySQL"),
        (b"\x01\0\0\x02\x0a", "does not speak MySQL"),
    ] {
        blocked(&look(saying(bytes), &[], LONG).await, Cause::DatabaseProtocol, says);
    }
    let whole = greeting("mysql_native_password", false);
    for cut in [0, 1, 3, 4, 5, whole.len() - 1] {
        blocked(&look(saying(&whole[..cut]), &[], LONG).await, Cause::Reset, "closed the connection");
    }
    for body in [&whole[4..5], &whole[4..20], &whole[4..40]] {
        let short = look(saying(packet(0, body)), &[], LONG).await;
        blocked(&short, Cause::DatabaseProtocol, "no greeting");
    }
    let mut two = whole.clone();
    two.extend_from_slice(&packet(1, OK));
    blocked(&look(saying(two), &[], LONG).await, Cause::DatabaseProtocol, "more than it was asked for");
    for (packet, cause) in [
        (packet(0, b"\xff\x10\x04Too many connections"), Cause::TooManyConnections),
        (packet(1, b"\xff\x10\x04#08004Too many connections"), Cause::TooManyConnections),
        (
            packet(0, b"\xff\x69\x04Host '10.0.0.1' is blocked because of many connection errors"),
            Cause::DatabaseAuth,
        ),
        (packet(0, b"\xff\x6a\x04Host '10.0.0.1' is not allowed to connect"), Cause::DatabaseAuth),
        (packet(0, b"\xff\x1d\x04Server shutdown in progress"), Cause::StartingUp),
    ] {
        blocked(&look(saying(packet), &[], LONG).await, cause, "127.0.0.1");
    }
    blocked(&look(at(peer(drop)), &[], LONG).await, Cause::Reset, "127.0.0.1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_goes_wrong_is_told_apart() {
    let answering = |bytes: &'static [u8]| {
        at(greeting_with("mysql_native_password", move |line, _, _| {
            let _ = line.write_all(bytes);
            let _ = receive(line);
        }))
    };
    for (bytes, cause, says) in [
        (&b"\x07\0\0\x05\0\0\0\x02\0\0\0"[..], Cause::DatabaseProtocol, "out of order"),
        (b"\x02\0\0\x02\x01\x03", Cause::DatabaseProtocol, "login"),
        (b"\x00\0\0\x02", Cause::DatabaseProtocol, "login"),
        (b"\x0b\0\0\x02\xff\x1d\x04#08S01no", Cause::StartingUp, "1053"),
        (b"\x0b\0\0\x07\xff\x15\x04#28000no", Cause::DatabaseAuth, "1045"),
        (b"\x0b\0\0\x02\xff\x13\x04#08S01no", Cause::DatabaseProtocol, "1043"),
        (b"\xff\xff\xff\x02", Cause::Truncated, "16777215"),
    ] {
        blocked(&look(answering(bytes), &[], LONG).await, cause, says);
    }
    let leaving = at(greeting_with("mysql_native_password", |_, _, _| {}));
    blocked(&look(leaving, &[], LONG).await, Cause::Reset, "instead of answering");
    let tls = at(peer(|mut stream| {
        stream.write_all(&greeting("mysql_native_password", true)).unwrap();
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.write_all(b"no TLS after all, but words");
        linger(stream);
    }));
    blocked(&look(tls, &[("tls", text("required"))], LONG).await, Cause::NotTls, "TLS");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_do_not_add_up() {
    let column = b"\x03def\0\0\0\x01x\0\x0c\x3f\0\x01\0\0\0\x08\x81\0\0\0\0";
    let end = b"\xfe\0\0\x02\0";
    let table = |more: &[&[u8]]| {
        let parts = [&[b"\x01".as_slice(), column, end], more].concat();
        parts.iter().zip(1..).flat_map(|(body, number)| packet(number, body)).collect::<Vec<u8>>()
    };
    let select = [query("SELECT 1")];
    let good = look(answering(table(&[b"\x017", end])), &select, LONG).await;
    assert_eq!((good.obstacle, good.facts.value("value").unwrap().to_string()), (None, "7".to_owned()));
    for (answer, cause, says) in [
        (packet(1, b"\xfb/etc/passwd"), Cause::DatabaseProtocol, "a file of this host"),
        (packet(1, b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff"), Cause::DatabaseProtocol, "columns"),
        (packet(1, b"\xfd\xff\xff\xff"), Cause::DatabaseProtocol, "16777215 columns"),
        (packet(1, b""), Cause::DatabaseProtocol, "does not hold"),
        (packet(1, b"\0"), Cause::DatabaseProtocol, "does not hold"),
        (packet(2, OK), Cause::DatabaseProtocol, "out of order"),
        ([packet(1, b"\x01"), packet(2, b"\x09de")].concat(), Cause::DatabaseProtocol, "does not hold"),
        (
            [packet(1, b"\x01"), packet(2, column), packet(3, b"\x017")].concat(),
            Cause::DatabaseProtocol,
            "no end",
        ),
        (table(&[b"\x057"]), Cause::DatabaseProtocol, "does not hold"),
        (table(&[b"\x017\x018"]), Cause::DatabaseProtocol, "does not hold"),
        (table(&[b""]), Cause::DatabaseProtocol, "does not hold"),
        (table(&[b"\x017", b"\xfe"]), Cause::DatabaseProtocol, "does not hold"),
        (table(&[b"\x017", b"\xff\x25\x05#70100interrupted"]), Cause::DatabaseQuery, "1317 (70100)"),
    ] {
        blocked(&look(answering(answer), &select, LONG).await, cause, says);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_outlives_the_deadline_or_the_memory() {
    blocked(&look(at(silent()), &[], SHORT).await, Cause::DatabaseTimeout, "no greeting in time");
    let mute = || at(greeting_with("mysql_native_password", |line: &mut dyn Line, _, _| drop(receive(line))));
    blocked(&look(mute(), &[], SHORT).await, Cause::DatabaseTimeout, "let the user in");
    let handshake = at(peer(|mut stream| {
        stream.write_all(&greeting("mysql_native_password", true)).unwrap();
        linger(stream);
    }));
    blocked(&look(handshake, &[("tls", text("required"))], SHORT).await, Cause::TlsTimeout, "TLS");
    let trickle = at(peer(|mut stream: TcpStream| {
        for byte in greeting("mysql_native_password", false) {
            if stream.write_all(&[byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_secs(1));
        }
    }));
    blocked(
        &look(trickle, &[], Duration::from_millis(1500)).await,
        Cause::DatabaseTimeout,
        "no greeting in time",
    );
    let column = b"\x03def\0\0\0\x01x\0\x0c\x2d\0\x01\0\0\0\xfd\0\0\0\0\0";
    let endless = at(greeting_with("mysql_native_password", move |line, number, _| {
        line.write_all(&packet(number + 1, OK)).unwrap();
        let _ = receive(line);
        for (body, number) in [&b"\x01"[..], column, b"\xfe\0\0\x02\0"].iter().zip(1..) {
            line.write_all(&packet(number, body)).unwrap();
        }
        let row = [b"\xfd\0\0\x10".as_slice(), &vec![b'x'; 1 << 20]].concat();
        let mut number = 4_u8;
        while line.write_all(&packet(number, &row)).is_ok() {
            number = number.wrapping_add(1);
        }
    }));
    blocked(&look(endless, &[query("SELECT x")], LONG).await, Cause::Truncated, "row-limit");
}
