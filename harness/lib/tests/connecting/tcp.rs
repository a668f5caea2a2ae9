//! The `tcp` probe.

use std::net::SocketAddr;
use std::time::Duration;

use fixproof::model::{Cause, Fact, Observation, Setting, Text};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::support::*;

async fn connect(address: SocketAddr) -> Observation {
    look("tcp", texts(&[("address", &address.to_string())]), LONG).await
}

async fn banner(address: SocketAddr, within: Duration) -> Observation {
    let mut settings = texts(&[("address", &address.to_string())]);
    settings.push(("banner".to_owned(), Setting::Flag(true)));
    look("tcp", settings, within).await
}

/// A server that says something at once and then waits.
async fn says(words: &'static [u8]) -> SocketAddr {
    serve(move |mut stream| async move {
        let _ = stream.write_all(words).await;
        linger(stream).await;
    })
    .await
}

#[tokio::test]
async fn a_connection_has_two_ends_and_a_time() {
    let address = serve(linger).await;
    let seen = connect(address).await;
    fine(&seen);
    assert_eq!(text(&seen, "peer"), address.to_string());
    assert!(text(&seen, "local").starts_with("127.0.0.1:") && text(&seen, "local") != text(&seen, "peer"));
    assert!(took(&seen, "time.dns").is_none() && seen.facts.get("banner").is_none(), "{seen:#?}");
    assert!(took(&seen, "time.total").unwrap() >= took(&seen, "time.connect").unwrap());
}

#[tokio::test]
async fn a_name_is_looked_up_in_a_time_of_its_own() {
    let address = serve(linger).await;
    let name = format!("localhost:{}", address.port());
    let seen = look("tcp", texts(&[("address", &name), ("ip", "4")]), LONG).await;
    fine(&seen);
    assert_eq!(text(&seen, "peer"), address.to_string());
    assert!(took(&seen, "time.dns").is_some(), "{seen:#?}");
    let seen = look("tcp", texts(&[("address", "x.invalid:80")]), LONG).await;
    let obstacle = seen.obstacle.unwrap();
    // Without any network the system can't tell a name that does not exist from a resolver that does not answer.
    assert!(matches!(obstacle.cause, Cause::NoSuchName | Cause::DnsTimeout), "{obstacle:?}");
    assert!(obstacle.detail.contains("x.invalid"), "{obstacle:?}");
}

#[tokio::test]
async fn an_ipv6_address_is_written_in_brackets() {
    let Ok(listener) = TcpListener::bind("[::1]:0").await else { return };
    let address = serve_on(listener, linger);
    let seen = connect(address).await;
    fine(&seen);
    assert_eq!(text(&seen, "peer"), format!("[::1]:{}", address.port()));
}

#[tokio::test]
async fn nobody_listens_and_no_way_leads_there() {
    let nobody = nobody();
    let seen = connect(nobody).await;
    blocked(&seen, Cause::Refused, &format!("connection refused by {nobody}"));
    assert!(took(&seen, "time.connect").is_none());
    // No connection has ever been made to a broadcast address.
    let seen = connect("255.255.255.255:80".parse().unwrap()).await;
    blocked(&seen, Cause::Unreachable, "no route to 255.255.255.255:80");
}

#[tokio::test]
async fn a_full_queue_is_a_connect_timeout() {
    let (listener, crowd) = crowded().await;
    let address = listener.local_addr().unwrap().to_string();
    let seen = look("tcp", texts(&[("address", &address)]), SHORT).await;
    blocked(&seen, Cause::ConnectTimeout, &format!("{address} did not accept a connection in time"));
    assert!(!seen.phases.last().unwrap().complete);
    drop(crowd);
}

#[tokio::test]
async fn a_greeting_is_its_first_line() {
    for (words, line) in [
        (&b"SSH-2.0-OpenSSH_9.2\r\n\0\0\x01"[..], "SSH-2.0-OpenSSH_9.2"),
        (b"220-mail.example.com\r\n220 ready\r\n", "220-mail.example.com"),
        (b"\n", ""),
        (b"\x1b[31m\xff\xfe\0red\n", "\u{1b}[31m\u{fffd}\u{fffd}\0red"),
    ] {
        let seen = banner(says(words).await, LONG).await;
        fine(&seen);
        assert_eq!(text(&seen, "banner"), line);
        assert!(took(&seen, "time.banner").is_some());
    }
}

#[tokio::test]
async fn a_greeting_may_come_byte_by_byte_and_end_with_the_connection() {
    let address = serve(|mut stream| async move {
        for byte in b"bye" {
            let _ = stream.write_all(&[*byte]).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let seen = banner(address, LONG).await;
    fine(&seen);
    assert_eq!(text(&seen, "banner"), "bye");
}

#[tokio::test]
async fn silence_and_half_a_line_are_told_apart() {
    let seen = banner(serve(linger).await, SHORT).await;
    blocked(&seen, Cause::ConnectSilent, "sent nothing in time");
    assert!(took(&seen, "time.connect").is_some() && took(&seen, "time.banner").is_none());
    let seen = banner(says(b"SSH-").await, SHORT).await;
    blocked(&seen, Cause::ConnectSilent, "sent 4 bytes but no complete line");
    assert_eq!(seen.transcript.received, ["SSH-"]);
    assert!(seen.facts.get("banner").is_none(), "{seen:#?}");
    // One byte a second never ends a line, and holds nobody up.
    let drip = serve(|mut stream| async move {
        while stream.write_all(b".").await.is_ok() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    })
    .await;
    blocked(&banner(drip, SHORT).await, Cause::ConnectSilent, "no complete line");
}

#[tokio::test]
async fn a_flood_without_a_line_is_cut_off() {
    let flood =
        serve(|mut stream| async move { while stream.write_all(&[b'x'; 65_536]).await.is_ok() {} }).await;
    let seen = banner(flood, LONG).await;
    fine(&seen);
    match seen.facts.get("banner") {
        Some(Fact::Unreadable(why)) => assert_eq!(why.cause, Cause::Truncated),
        other => unreachable!("{other:?}"),
    }
    assert_eq!(seen.transcript.received[0].len(), 4096);
}

#[tokio::test]
async fn closing_and_resetting_without_a_word() {
    let closing = serve(|stream| async move { drop(stream) }).await;
    blocked(&banner(closing, LONG).await, Cause::Reset, "closed it without sending anything");
    let resetting = serve(|stream| async move { stream.set_zero_linger().unwrap() }).await;
    blocked(&banner(resetting, LONG).await, Cause::Reset, &resetting.to_string());
}

/// Answers every line with itself.
async fn echo() -> SocketAddr {
    serve(|stream| async move {
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        let _ = stream.read_line(&mut line).await;
        let _ = stream.write_all(format!("you said {line}").as_bytes()).await;
        linger(stream).await;
    })
    .await
}

#[tokio::test]
async fn what_is_sent_is_answered() {
    let address = echo().await.to_string();
    let seen = look("tcp", texts(&[("address", &address), ("send", "PING\r\n")]), LONG).await;
    fine(&seen);
    assert_eq!(text(&seen, "banner"), "you said PING");
    assert_eq!(seen.transcript.sent, ["PING\r\n"]);
    let seen = look("tcp", texts(&[("address", &address), ("send", "PING")]), SHORT).await;
    blocked(&seen, Cause::ConnectSilent, "did not answer in time");
}

#[tokio::test]
async fn a_secret_that_is_sent_is_not_shown() {
    let mut settings = texts(&[("address", &serve(linger).await.to_string())]);
    settings.push(("send".to_owned(), Setting::Text(Text::secret("AUTH hunter2\r\n"))));
    let seen = look("tcp", settings, SHORT).await;
    assert!(!format!("{seen:?}").contains("hunter2"), "{seen:#?}");
}

#[tokio::test]
async fn settings_that_can_t_be_used() {
    for (settings, says) in [
        (&[("address", "cache.example.com")][..], "address: `cache.example.com` has no port"),
        (&[("address", "redis://cache:6379")], "address: `redis://cache:6379` is no host and port"),
        (&[("address", "127.0.0.1:80"), ("ip", "6")], "ip: the address given is of the other kind"),
        (&[("address", "127.0.0.1:80"), ("send", "")], "send: it says nothing"),
    ] {
        let found = mistakes("tcp", texts(settings));
        assert!(found.contains(says), "`{says}` is not in {found}");
    }
    let secret = vec![("address".to_owned(), Setting::Text(Text::secret("hunter2")))];
    let found = mistakes("tcp", secret);
    assert!(found.contains("address") && !found.contains("hunter2"), "{found}");
    let mut settings = texts(&[("address", "127.0.0.1:80"), ("send", "PING")]);
    settings.push(("banner".to_owned(), Setting::Flag(false)));
    assert!(mistakes("tcp", settings).contains("banner"));
}
