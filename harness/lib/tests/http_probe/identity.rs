//! Whom a certificate names, whom it is trusted by, and until when.

use fixproof::model::{Cause, Observation, Setting};

use super::support::*;

fn trusting(url: &str, authority: &Authority) -> Vec<(String, Setting)> {
    texts(&[("url", url), ("ca", authority.file().to_str().unwrap())])
}

async fn handshake(from: i64, to: i64, name: &str, trusted: &Authority, issuer: &Authority) -> Observation {
    let server = canned_tls(issuer.acceptor(&[name], from, to, &[]), OK).await;
    look(trusting(&server.url("https", "/"), trusted), LONG).await
}

#[tokio::test]
async fn a_good_certificate_and_its_days() {
    let authority = Authority::new();
    let seen = handshake(-1, 10, "127.0.0.1", &authority, &authority).await;
    fine(&seen);
    assert_eq!(number(&seen, "tls.days-left"), 10);
    assert_eq!(text(&seen, "tls.names"), "127.0.0.1");
    assert!(text(&seen, "tls.subject").contains("The server"));
    assert!(text(&seen, "tls.issuer").contains("Test authority"));
    assert!(text(&seen, "tls.protocol").contains("1.3") || text(&seen, "tls.protocol").contains("1_3"));
    assert!(took(&seen, "time.tls").is_some());
}

#[tokio::test]
async fn certificates_that_are_refused_still_show_their_dates() {
    let (own, other) = (Authority::new(), Authority::new());
    for (from, to, name, issuer, cause, days) in [
        (-9, -3, "127.0.0.1", &own, Cause::TlsExpired, -3),
        (3, 9, "127.0.0.1", &own, Cause::TlsNotYetValid, 9),
        (-1, 9, "other.test", &own, Cause::TlsWrongHost, 9),
        (-1, 9, "127.0.0.1", &other, Cause::TlsUnknownIssuer, 9),
    ] {
        let seen = handshake(from, to, name, &own, issuer).await;
        blocked(&seen, cause, "failed the TLS handshake");
        assert_eq!(number(&seen, "tls.days-left"), days, "{cause}");
        assert_eq!(text(&seen, "tls.names"), name);
        assert!(took(&seen, "time.connect").is_some() && took(&seen, "time.tls").is_none(), "{seen:#?}");
    }
    // The system does not trust an authority that was made up a moment ago.
    let server = canned_tls(own.acceptor(&["127.0.0.1"], -1, 9, &[]), OK).await;
    blocked(&get(&server.url("https", "/")).await, Cause::TlsUnknownIssuer, "failed the TLS handshake");
}

#[tokio::test]
async fn the_wrong_protocol_on_the_right_port() {
    let authority = Authority::new();
    let plain = canned("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
    // A plain server waits for the end of the head; one that answers at once is told apart at once.
    let hasty = serve(|mut stream, _| async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    })
    .await;
    blocked(&get(&hasty.url("https", "/")).await, Cause::NotTls, "does not speak TLS");
    let seen = look(texts(&[("url", &plain.url("https", "/"))]), SHORT).await;
    blocked(&seen, Cause::TlsTimeout, "TLS");
    let secure = canned_tls(authority.acceptor(&["127.0.0.1"], -1, 9, &[]), OK).await;
    let seen = get(&secure.url("http", "/")).await;
    let cause = seen.obstacle.as_ref().unwrap().cause;
    assert!(matches!(cause, Cause::HttpProtocol | Cause::Reset), "{seen:#?}");
    // One that closes during the handshake.
    let closing = serve(|mut stream, _| async move {
        use tokio::io::AsyncReadExt;
        let _ = stream.read(&mut [0; 4096]).await;
    })
    .await;
    blocked(&get(&closing.url("https", "/")).await, Cause::Reset, "during the TLS handshake");
}

#[tokio::test]
async fn an_override_keeps_the_name_that_the_certificate_is_checked_for() {
    let authority = Authority::new();
    let server = canned_tls(authority.acceptor(&["shop.test"], -1, 9, &["http/1.1", "h2"]), OK).await;
    let address = server.address.to_string();
    for (url, host) in [("https://shop.test/", "shop.test"), ("https://shop.test:81/", "shop.test:81")] {
        let mut settings = trusting(url, &authority);
        settings.extend(texts(&[("resolve", &address), ("http", "1.1")]));
        fine(&look(settings, LONG).await);
        assert!(server.last().contains(&format!("host: {host}\r\n")), "{}", server.last());
    }
    let mut settings = trusting("https://other.test/", &authority);
    settings.extend(texts(&[("resolve", &address)]));
    blocked(&look(settings, LONG).await, Cause::TlsWrongHost, "failed the TLS handshake");
}

/// A listener for axum that speaks TLS.
struct Secure(tokio::net::TcpListener, tokio_rustls::TlsAcceptor);

impl axum::serve::Listener for Secure {
    type Io = tokio_rustls::server::TlsStream<tokio::net::TcpStream>;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = self.0.accept().await.unwrap();
            if let Ok(stream) = self.1.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

fn application() -> axum::Router {
    async fn answer(request: axum::extract::Request) -> String {
        format!("{:?} {}", request.version(), request.uri())
    }
    axum::Router::new().fallback(answer)
}

#[tokio::test]
async fn http_2_over_tls_and_plain() {
    let authority = Authority::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/x", listener.local_addr().unwrap());
    let acceptor = authority.acceptor(&["127.0.0.1"], -1, 9, &["h2", "http/1.1"]);
    tokio::spawn(async move { axum::serve(Secure(listener, acceptor), application()).await });
    for (http, protocol) in [("auto", "HTTP/2"), ("2", "HTTP/2"), ("1.1", "HTTP/1.1")] {
        let mut settings = trusting(&url, &authority);
        settings.extend(texts(&[("http", http)]));
        let seen = look(settings, LONG).await;
        fine(&seen);
        assert_eq!(text(&seen, "protocol"), protocol, "{http}");
        assert!(took(&seen, "time.tls").is_some() && took(&seen, "time.first-byte").is_some());
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/x", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, application()).await });
    for (http, protocol) in [("auto", "HTTP/1.1"), ("2", "HTTP/2")] {
        let seen = look(texts(&[("url", &url), ("http", http)]), LONG).await;
        fine(&seen);
        assert_eq!(text(&seen, "protocol"), protocol, "{http}");
    }
    // Prior knowledge of somebody who speaks something else.
    let old = canned(OK).await;
    let seen = look(texts(&[("url", &old.url("http", "/")), ("http", "2")]), LONG).await;
    assert!(matches!(seen.obstacle.as_ref().unwrap().cause, Cause::HttpProtocol | Cause::Reset), "{seen:#?}");
}
