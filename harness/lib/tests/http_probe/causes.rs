//! Every way in which nothing comes back, told apart, and in time.

use std::time::Duration;

use fixproof::model::{Cause, Setting};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};

use super::support::*;

/// Waits until the other side has gone.
async fn linger(mut stream: TcpStream) {
    use tokio::io::AsyncReadExt;
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

/// A server that says something and then nothing more, without closing.
async fn stalls_after(words: &'static str) -> Server {
    serve(move |mut stream, _| async move {
        request(&mut stream).await;
        let _ = stream.write_all(words.as_bytes()).await;
        linger(stream).await;
    })
    .await
}

#[tokio::test]
async fn nobody_listens() {
    let seen = get(&format!("http://{}/?token=hunter2", nobody())).await;
    blocked(&seen, Cause::Refused, "refused the connection");
    assert!(!seen.obstacle.unwrap().detail.contains("hunter2"));
}

#[tokio::test]
async fn a_name_that_does_not_exist() {
    let seen = look(texts(&[("url", "http://x.invalid/")]), LONG).await;
    // Without any network the system can't tell a name that does not exist from a resolver that does not answer.
    let obstacle = seen.obstacle.unwrap();
    assert!(matches!(obstacle.cause, Cause::NoSuchName | Cause::DnsTimeout), "{obstacle:?}");
    assert!(obstacle.detail.starts_with("x.invalid can't be resolved"), "{}", obstacle.detail);
}

#[tokio::test]
async fn a_reset_before_the_answer() {
    let server = serve(|mut stream, _| async move {
        request(&mut stream).await;
        stream.set_zero_linger().unwrap();
    })
    .await;
    blocked(&get(&server.url("http", "/")).await, Cause::Reset, "closed the connection");
    assert_eq!(server.seen(), 1, "nothing is tried twice");
}

#[tokio::test]
async fn a_close_before_the_answer_and_in_its_middle() {
    let server = canned("").await;
    blocked(&get(&server.url("http", "/")).await, Cause::Reset, "closed the connection");
    assert_eq!(server.seen(), 1, "nothing is tried twice");
    for cut in ["HTTP/1.1 200 OK\r\ncontent-le", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"] {
        let server = canned(cut).await;
        blocked(&get(&server.url("http", "/")).await, Cause::Reset, "closed the connection");
    }
    let server = canned("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n").await;
    blocked(&get(&server.url("http", "/")).await, Cause::Reset, "closed the connection");
}

#[tokio::test]
async fn silence_after_accepting() {
    let server = serve(|stream, _| linger(stream)).await;
    let seen = look(texts(&[("url", &server.url("http", "/"))]), SHORT).await;
    blocked(&seen, Cause::HttpTimeout, "sent no response");
    assert!(took(&seen, "time.connect").is_some() && took(&seen, "time.first-byte").is_none());
    let seen = look(texts(&[("url", &server.url("https", "/"))]), SHORT).await;
    blocked(&seen, Cause::TlsTimeout, "did not finish the TLS handshake");
    assert!(took(&seen, "time.connect").is_some() && took(&seen, "time.tls").is_none());
    let cut = seen.phases.last().unwrap();
    assert!(cut.name == "tls" && !cut.complete && cut.took >= SHORT / 2, "{cut:?}");
}

#[tokio::test]
async fn headers_and_bodies_that_stall() {
    for (words, says) in [
        ("HTTP/1.1 200 OK\r\nx: y\r\n", "sent no response"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", "did not finish it"),
        ("HTTP/1.1 200 OK\r\n\r\nno end", "did not finish it"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 99999999999999\r\n\r\nlies", "did not finish it"),
    ] {
        let server = stalls_after(words).await;
        let seen = look(texts(&[("url", &server.url("http", "/"))]), SHORT).await;
        blocked(&seen, Cause::HttpTimeout, says);
    }
}

/// Says something again and again, and tells when the other side has gone.
async fn repeats(
    head: &'static str,
    piece: Vec<u8>,
    pause: Duration,
) -> (Server, tokio::sync::mpsc::Receiver<()>) {
    let (gone, seen_gone) = tokio::sync::mpsc::channel(1);
    let server = serve(move |mut stream, _| {
        let (piece, gone) = (piece.clone(), gone.clone());
        async move {
            request(&mut stream).await;
            let mut well = stream.write_all(head.as_bytes()).await;
            while well.is_ok() {
                well = stream.write_all(&piece).await;
                if !pause.is_zero() {
                    tokio::time::sleep(pause).await;
                }
            }
            let _ = gone.send(()).await;
        }
    })
    .await;
    (server, seen_gone)
}

#[tokio::test]
async fn a_drip_ends_at_the_deadline_and_so_does_its_connection() {
    for head in ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nx: "] {
        let (server, mut gone) = repeats(head, b".".to_vec(), Duration::from_millis(20)).await;
        let seen = look(texts(&[("url", &server.url("http", "/"))]), SHORT).await;
        blocked(&seen, Cause::HttpTimeout, "within");
        tokio::time::timeout(LONG, gone.recv()).await.unwrap();
    }
}

#[tokio::test]
async fn a_flood_ends_at_the_limit() {
    let (server, mut gone) = repeats("HTTP/1.1 200 OK\r\n\r\n", vec![b'x'; 65_536], Duration::ZERO).await;
    let mut settings = texts(&[("url", &server.url("http", "/path?secret=hunter2"))]);
    let seen = look(settings.clone(), LONG).await;
    blocked(&seen, Cause::HttpTooLarge, "/path sends more than 1MiB");
    assert!(!seen.obstacle.unwrap().detail.contains("hunter2"));
    tokio::time::timeout(LONG, gone.recv()).await.unwrap();
    // One that is never too large is over when the time is.
    settings.push(("body-limit".to_owned(), Setting::Size(u64::MAX)));
    let (server, mut gone) =
        repeats("HTTP/1.1 200 OK\r\n\r\n", vec![b'x'; 4096], Duration::from_millis(1)).await;
    settings[0] = texts(&[("url", &server.url("http", "/"))]).remove(0);
    blocked(&look(settings, SHORT).await, Cause::HttpTimeout, "did not finish it");
    tokio::time::timeout(LONG, gone.recv()).await.unwrap();
}

#[tokio::test]
async fn a_flood_of_interim_answers_ends_at_the_deadline() {
    let (server, mut gone) =
        repeats("", b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100), Duration::ZERO).await;
    let seen = look(texts(&[("url", &server.url("http", "/"))]), SHORT).await;
    blocked(&seen, Cause::HttpTimeout, "sent no response");
    tokio::time::timeout(LONG, gone.recv()).await.unwrap();
}

#[tokio::test]
async fn a_body_may_be_as_large_as_the_limit() {
    let server = canned(OK).await;
    for (limit, fits) in [(2, true), (1, false)] {
        let mut settings = texts(&[("url", &server.url("http", "/"))]);
        settings.push(("body-limit".to_owned(), Setting::Size(limit)));
        assert_eq!(look(settings, LONG).await.obstacle.is_none(), fits);
    }
}

#[tokio::test]
async fn garbage_is_no_http() {
    for garbage in [
        "SSH-2.0-OpenSSH_9.2\r\n",
        "\0\x01\x02\x03\r\n\r\n",
        "HTTP/9.9 200 OK\r\n\r\n",
        "HTTP/1.1 999999\r\n\r\n",
    ] {
        let server = canned(garbage).await;
        blocked(&get(&server.url("http", "/")).await, Cause::HttpProtocol, "sent an invalid HTTP response");
    }
}

#[tokio::test]
async fn a_hundred_thousand_headers_are_too_many() {
    let mut answer = "HTTP/1.1 200 OK\r\n".to_owned();
    (0..100_000).for_each(|number| answer.push_str(&format!("h-{number}: x\r\n")));
    let server = canned(answer + "\r\n").await;
    blocked(&get(&server.url("http", "/")).await, Cause::HttpTooLarge, "headers");
    // One line without an end is no better.
    let (server, mut gone) = repeats("HTTP/1.1 200 OK\r\nx: ", vec![b'x'; 65_536], Duration::ZERO).await;
    blocked(&get(&server.url("http", "/")).await, Cause::HttpTooLarge, "headers");
    tokio::time::timeout(LONG, gone.recv()).await.unwrap();
}

/// A listener whose queue is full, so that the system leaves the next connection unanswered.
async fn crowded() -> (tokio::net::TcpListener, Vec<TcpStream>) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut crowd = Vec::new();
    while let Ok(Ok(one)) =
        tokio::time::timeout(Duration::from_millis(100), TcpStream::connect(address)).await
    {
        crowd.push(one);
    }
    (listener, crowd)
}

#[tokio::test]
async fn a_full_queue_is_a_connect_timeout() {
    let (listener, crowd) = crowded().await;
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let seen = look(texts(&[("url", &url)]), SHORT).await;
    blocked(&seen, Cause::ConnectTimeout, "did not accept a connection");
    assert_eq!(seen.phases.last().unwrap().name, "connect");
    drop(crowd);
}

#[tokio::test]
async fn a_queue_that_drains_late_is_charged_to_the_connect() {
    let (listener, crowd) = crowded().await;
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let probe = prepare(texts(&[("url", &url)])).ok().unwrap();
    let drain = async {
        // The first SYN must find the queue full; the system sends the next one a second later.
        tokio::time::sleep(DELAY).await;
        serve_on(listener, |mut stream, _| async move {
            request(&mut stream).await;
            let _ = stream.write_all(OK.as_bytes()).await;
        })
    };
    let (seen, _server) = tokio::join!(look_at(&*probe, LONG), drain);
    fine(&seen);
    assert!(took(&seen, "time.connect").unwrap() >= DELAY, "{seen:#?}");
    for phase in ["time.first-byte", "time.body"] {
        assert!(took(&seen, phase).unwrap() < DELAY, "{seen:#?}");
    }
    drop(crowd);
}
