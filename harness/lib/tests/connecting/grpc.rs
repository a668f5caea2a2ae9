//! The `grpc` probe against a server of another library: every answer a fact.

use std::net::SocketAddr;

use fixproof::model::{Cause, Observation, Setting, Text};

use super::certificates::*;
use super::python::Python;
use super::support::*;

/// Asks once without TLS.
pub(crate) async fn check(address: SocketAddr, service: &str) -> Observation {
    look("grpc", texts(&[("url", &format!("http://{address}")), ("service", service)]), LONG).await
}

#[tokio::test]
async fn a_server_says_what_it_is() {
    let Some(server) = Python::health(None) else { return };
    for (service, serving) in
        [("", "SERVING"), ("up", "SERVING"), ("down", "NOT_SERVING"), ("unsure", "UNKNOWN")]
    {
        let seen = check(server.address, service).await;
        fine(&seen);
        assert_eq!((text(&seen, "code"), text(&seen, "serving")), ("ok", serving));
        assert_eq!(text(&seen, "peer"), server.address.to_string());
        assert_eq!(text(&seen, "header.content-type"), "application/grpc");
        assert!(seen.facts.get("message").is_none() && seen.facts.get("tls.protocol").is_none());
        assert!(took(&seen, "time.total").unwrap() >= took(&seen, "time.call").unwrap());
    }
}

#[tokio::test]
async fn a_status_other_than_ok_is_a_fact() {
    let (Some(server), Some(empty)) = (Python::health(None), Python::empty()) else { return };
    for (address, service, code, message) in [
        (server.address, "orders.v1.Orders", "not-found", "no such service: orders.v1.Orders"),
        (server.address, "token", "unauthenticated", "who are you?\n50% übel"),
        (empty.address, "", "unimplemented", "Method not found!"),
    ] {
        let seen = check(address, service).await;
        fine(&seen);
        assert_eq!((text(&seen, "code"), text(&seen, "message")), (code, message));
        assert!(seen.facts.get("serving").is_none(), "{seen:#?}");
    }
}

#[tokio::test]
async fn tokens_and_metadata_are_sent_and_not_shown() {
    let Some(server) = Python::health(None) else { return };
    let mut settings = texts(&[("url", &format!("http://{}", server.address)), ("service", "token")]);
    settings.push(("bearer".to_owned(), Setting::Text(Text::secret("hunter2"))));
    let seen = look("grpc", settings, LONG).await;
    fine(&seen);
    assert_eq!(text(&seen, "code"), "ok");
    assert!(!format!("{seen:?}").contains("hunter2"), "{seen:#?}");
    let mut settings = texts(&[("url", &format!("http://{}", server.address)), ("service", "metadata")]);
    settings.push(("metadata".to_owned(), Setting::Table(texts(&[("X-Tenant", "blue")]))));
    let seen = look("grpc", settings, LONG).await;
    fine(&seen);
    assert_eq!(text(&seen, "header.x-seen"), "blue");
}

#[tokio::test]
async fn tls_is_spoken_and_verified() {
    let root = Party::root("The root");
    let Some(server) = Python::health(Some(&root.server(&["127.0.0.1", "grpc.test"], (-1, 30)))) else {
        return;
    };
    let (trusted, address) = (Trusted::these(&[&root]), server.address.to_string());
    let url = format!("https://{address}");
    for way in [
        &[("url", &*url)][..],
        &[("address", &*address)],
        &[("address", &*address), ("server-name", "grpc.test")],
    ] {
        let mut settings = texts(way);
        settings.extend(texts(&[("ca", trusted.file())]));
        let seen = look("grpc", settings, LONG).await;
        fine(&seen);
        assert_eq!((text(&seen, "serving"), text(&seen, "tls.alpn")), ("SERVING", "h2"));
        assert_eq!(text(&seen, "tls.subject"), "CN=The server");
        assert!(took(&seen, "time.tls").is_some());
    }
    let settings = [("url", &*url), ("ca", trusted.file()), ("server-name", "other.test")];
    let seen = look("grpc", texts(&settings), LONG).await;
    blocked(&seen, Cause::TlsWrongHost, "is for 127.0.0.1, grpc.test, not for other.test");
    let seen = look("grpc", texts(&[("url", &url)]), LONG).await;
    blocked(&seen, Cause::TlsUnknownIssuer, "CN=The root");
    assert_eq!(text(&seen, "tls.subject"), "CN=The server");
    // A word in clear to somebody who expects TLS.
    let seen = check(server.address, "").await;
    let cause = seen.obstacle.as_ref().unwrap().cause;
    assert!(matches!(cause, Cause::HttpProtocol | Cause::Reset), "{seen:#?}");
}

#[tokio::test]
async fn a_slow_answer_is_a_timeout() {
    let Some(server) = Python::health(None) else { return };
    let settings = texts(&[("url", &format!("http://{}", server.address)), ("service", "slow")]);
    let seen = look("grpc", settings, SHORT).await;
    blocked(&seen, Cause::HttpTimeout, "accepted the connection but did not answer in time");
    assert!(took(&seen, "time.connect").is_some() && took(&seen, "time.call").is_none());
}

#[tokio::test]
async fn settings_that_can_t_be_used() {
    for (settings, says) in [
        (&[][..], "`url` or `address`"),
        (&[("url", "http://a"), ("address", "a:1")], "can't be given together"),
        (&[("url", "grpc://a:1")], "url: `grpc://a:1` is not http or https"),
        (&[("url", "http://a/grpc.health.v1.Health/Check")], "more than a host and a port"),
        (&[("url", "http://me:hunter2@a/")], "url: the address holds a user or a password"),
        (&[("address", "grpc.test")], "address: `grpc.test` has no port"),
        (&[("url", "https://a"), ("ca", "/nowhere/ca.pem")], "ca: /nowhere/ca.pem can't be read"),
        (&[("url", "https://a"), ("server-name", "a b")], "server-name: "),
        (&[("url", "https://a"), ("bearer", "a\nb")], "bearer: "),
    ] {
        let found = mistakes("grpc", texts(settings));
        assert!(found.contains(says) && !found.contains("hunter2"), "`{says}` is not in {found}");
    }
    for name in ["a b", "grpc-timeout", "TE", "connection"] {
        let mut settings = texts(&[("url", "http://a")]);
        settings.push(("metadata".to_owned(), Setting::Table(texts(&[(name, "x")]))));
        assert!(mistakes("grpc", settings).contains("metadata: "), "{name}");
    }
    let mut settings = texts(&[("url", "http://a")]);
    settings.push(("tls".to_owned(), Setting::Flag(true)));
    assert!(mistakes("grpc", settings).contains("tls: "));
}
