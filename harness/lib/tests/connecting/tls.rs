//! The `tls` probe where the handshake succeeds.

use std::net::SocketAddr;
use std::sync::Arc;

use fixproof::model::{Cause, Observation, Setting, Text, Value};
use rustls::ServerConfig;
use rustls::server::{ResolvesServerCertUsingSni, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};

use super::certificates::*;
use super::support::*;

/// Shakes hands once, trusting these, with more settings.
pub(crate) async fn shake(address: SocketAddr, trusted: &[&Party], more: &[(&str, &str)]) -> Observation {
    let trusted = Trusted::these(trusted);
    let mut settings = texts(&[("address", &address.to_string()), ("ca", trusted.file())]);
    settings.extend(texts(more));
    look("tls", settings, LONG).await
}

pub(crate) fn number(seen: &Observation, fact: &str) -> i64 {
    match seen.facts.value(fact) {
        Some(Value::Number(number)) => number.as_i64().unwrap(),
        other => unreachable!("{fact} is {other:?} in {seen:#?}"),
    }
}

pub(crate) fn flag(seen: &Observation, fact: &str) -> Option<bool> {
    match seen.facts.value(fact) {
        Some(Value::Flag(flag)) => Some(*flag),
        _ => None,
    }
}

pub(crate) fn chain(seen: &Observation) -> Vec<serde_json::Value> {
    match seen.facts.value("tls.chain") {
        Some(Value::Json(serde_json::Value::Array(rows))) => rows.clone(),
        other => unreachable!("tls.chain is {other:?} in {seen:#?}"),
    }
}

#[tokio::test]
async fn a_good_chain_says_everything() {
    let root = Party::root("The root");
    let middle = root.authority("The middle", (-5, 20));
    let server = middle.server(&["127.0.0.1", "app.test", "*.app.test"], (-1, 30));
    let address = secure(server.config(&[&middle])).await;
    let seen = shake(address, &[&root], &[]).await;
    fine(&seen);
    assert_eq!(text(&seen, "peer"), address.to_string());
    assert_eq!(text(&seen, "tls.protocol"), "TLSv1.3");
    assert_eq!(text(&seen, "tls.subject"), "CN=The server");
    assert_eq!(text(&seen, "tls.issuer"), "CN=The middle");
    assert_eq!(text(&seen, "tls.names"), "127.0.0.1, app.test, *.app.test");
    assert_eq!(text(&seen, "tls.key"), "EC P-256");
    assert_eq!(text(&seen, "tls.signature"), "ecdsa-with-SHA256");
    assert_eq!((number(&seen, "tls.days-left"), number(&seen, "tls.chain-days-left")), (30, 20));
    assert_eq!(took(&seen, "tls.lifetime").unwrap().as_secs(), 31 * 86_400 + 1800);
    assert_eq!((flag(&seen, "tls.verified"), flag(&seen, "tls.self-signed")), (Some(true), Some(false)));
    assert_eq!(flag(&seen, "tls.client-auth"), Some(false));
    assert_eq!(number(&seen, "tls.chain-length"), 2);
    let chain = chain(&seen);
    assert_eq!((&chain[0]["subject"], &chain[0]["is-ca"]), (&"CN=The server".into(), &false.into()));
    assert_eq!((&chain[1]["subject"], &chain[1]["is-ca"]), (&"CN=The middle".into(), &true.into()));
    assert_eq!((&chain[1]["issuer"], &chain[1]["days-left"]), (&"CN=The root".into(), &20.into()));
    assert!(seen.facts.get("tls.alpn").is_none());
    assert!(took(&seen, "time.total").unwrap() >= took(&seen, "time.tls").unwrap());
}

#[tokio::test]
async fn what_is_offered_is_what_is_spoken() {
    let root = Party::root("The root");
    let server = root.server(&["127.0.0.1"], (-1, 30));
    for (versions, offered, protocol) in [
        (rustls::ALL_VERSIONS, "1.2", "TLSv1.2"),
        (rustls::ALL_VERSIONS, "1.3", "TLSv1.3"),
        (&[&TLS12], "any", "TLSv1.2"),
        (&[&TLS13], "any", "TLSv1.3"),
    ] {
        let seen =
            shake(secure(server.speaking(&[], versions)).await, &[&root], &[("version", offered)]).await;
        fine(&seen);
        assert_eq!(text(&seen, "tls.protocol"), protocol);
        assert!(text(&seen, "tls.cipher").starts_with("TLS_"), "{seen:#?}");
    }
    for (versions, offered) in [(&[&TLS12], "1.3"), (&[&TLS13], "1.2")] {
        let seen =
            shake(secure(server.speaking(&[], versions)).await, &[&root], &[("version", offered)]).await;
        blocked(&seen, Cause::TlsProtocol, "TLS version");
    }
}

#[tokio::test]
async fn protocols_are_offered_and_one_is_chosen() {
    let root = Party::root("The root");
    let mut config = root.server(&["127.0.0.1"], (-1, 30)).config(&[]);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let address = secure(config).await;
    let trusted = Trusted::these(&[&root]);
    for (offered, fits) in [(&["http/1.1", "h2"][..], true), (&["http/1.1"], false)] {
        let mut settings = texts(&[("address", &address.to_string()), ("ca", trusted.file())]);
        let offered = offered.iter().map(|name| Setting::Text(Text::plain(*name))).collect();
        settings.push(("alpn".to_owned(), Setting::List(offered)));
        let seen = look("tls", settings, LONG).await;
        match fits {
            true => assert_eq!(text(&seen, "tls.alpn"), "h2"),
            false => blocked(&seen, Cause::TlsProtocol, "none of the protocols offered"),
        }
    }
}

#[tokio::test]
async fn names_are_asked_for_and_verified() {
    let root = Party::root("The root");
    let mut by_name = ResolvesServerCertUsingSni::new();
    for name in ["one.test", "two.test"] {
        let server = root.server(&[name], (-1, 30));
        let key = rustls::crypto::ring::sign::any_supported_type(&server.key()).unwrap();
        by_name.add(name, CertifiedKey::new(vec![server.der()], key)).unwrap();
    }
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(by_name));
    let address = secure(config).await;
    for name in ["one.test", "two.test"] {
        let seen = shake(address, &[&root], &[("server-name", name)]).await;
        fine(&seen);
        assert_eq!(text(&seen, "tls.names"), name);
    }
    let seen = shake(address, &[&root], &[("server-name", "three.test")]).await;
    blocked(&seen, Cause::TlsProtocol, "may not know the requested name");
}

#[tokio::test]
async fn a_wildcard_covers_one_label() {
    let root = Party::root("The root");
    let address = secure(root.server(&["*.app.test"], (-1, 30)).config(&[])).await;
    fine(&shake(address, &[&root], &[("server-name", "api.app.test")]).await);
    for name in ["app.test", "a.b.app.test"] {
        let seen = shake(address, &[&root], &[("server-name", name)]).await;
        blocked(&seen, Cause::TlsWrongHost, &format!("is for *.app.test, not for {name}"));
    }
}

#[tokio::test]
async fn ipv6_addresses_are_names_too() {
    let Ok(listener) = tokio::net::TcpListener::bind("[::1]:0").await else { return };
    let root = Party::root("The root");
    let config = root.server(&["::1"], (-1, 30)).config(&[]);
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let address = serve_on(listener, move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                linger(stream).await;
            }
        }
    });
    let seen = shake(address, &[&root], &[]).await;
    fine(&seen);
    assert_eq!(text(&seen, "tls.names"), "::1");
}

#[tokio::test]
async fn the_order_of_the_chain_and_what_does_not_belong_to_it_do_not_matter() {
    let root = Party::root("The root");
    let upper = root.authority("Upper", (-5, 90));
    let lower = upper.authority("Lower", (-5, 60));
    let stray = Party::root("Somebody else");
    let server = lower.server(&["127.0.0.1"], (-1, 30));
    let address = secure(server.config(&[&upper, &stray, &lower])).await;
    let seen = shake(address, &[&root], &[]).await;
    fine(&seen);
    let subjects: Vec<_> =
        chain(&seen).iter().map(|row| row["subject"].as_str().unwrap().to_owned()).collect();
    assert_eq!(subjects, ["CN=The server", "CN=Upper", "CN=Somebody else", "CN=Lower"]);
}

#[tokio::test]
async fn a_self_signed_certificate_that_is_trusted_is_good_and_told() {
    let server = Party::alone(wanted("The server", &["127.0.0.1"], (-1, 30)));
    let seen = shake(secure(server.config(&[])).await, &[&server], &[]).await;
    fine(&seen);
    assert_eq!(flag(&seen, "tls.self-signed"), Some(true));
}

#[tokio::test]
async fn a_server_that_wants_a_client_s_certificate_is_told() {
    let root = Party::root("The root");
    let server = root.server(&["127.0.0.1"], (-1, 30));
    let mut roots = rustls::RootCertStore::empty();
    roots.add(root.der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone()).build().unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![server.der()], server.key())
        .unwrap();
    let address = secure(config).await;
    // With TLS 1.3 the client has finished before the server turns it away.
    let seen = shake(address, &[&root], &[("version", "1.3")]).await;
    fine(&seen);
    assert_eq!(flag(&seen, "tls.client-auth"), Some(true));
    let seen = shake(address, &[&root], &[("version", "1.2")]).await;
    blocked(&seen, Cause::TlsProtocol, "client certificate");
}

#[tokio::test]
async fn a_name_in_place_of_an_address() {
    let root = Party::root("The root");
    let address = secure(root.server(&["localhost"], (-1, 30)).config(&[])).await;
    let trusted = Trusted::these(&[&root]);
    let name = format!("localhost:{}", address.port());
    let settings = [("address", &*name), ("ip", "4"), ("ca", trusted.file())];
    let seen = look("tls", texts(&settings), LONG).await;
    fine(&seen);
    assert!(took(&seen, "time.dns").is_some() && took(&seen, "time.connect").is_some());
}

#[tokio::test]
async fn settings_that_can_t_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "no certificate").unwrap();
    for (settings, says) in [
        (&[("address", "https://app.test")][..], "address: `https://app.test` is no host and port"),
        (&[("address", "app.test"), ("server-name", "a b")], "server-name: `a b` can't be a name"),
        (&[("address", "bücher.test")], "address: `bücher.test` can't be a name"),
        (&[("address", "app.test"), ("ca", "/nowhere/ca.pem")], "ca: /nowhere/ca.pem can't be read"),
        (&[("address", "app.test"), ("ca", empty.to_str().unwrap())], "holds no certificate"),
    ] {
        let found = mistakes("tls", texts(settings));
        assert!(found.contains(says), "`{says}` is not in {found}");
    }
    let mut settings = texts(&[("address", "app.test")]);
    settings.push(("alpn".to_owned(), Setting::List(vec![Setting::Text(Text::plain(""))])));
    assert!(mistakes("tls", settings).contains("alpn"));
}
