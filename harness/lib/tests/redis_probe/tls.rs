//! Redis over TLS.

use fixproof::model::{Cause, Observation, Value};

use crate::fixture::{Authority, LONG, Late, blocked, delayed_alone, delaying, fine, look_in, text};
use crate::server::{Server, look};

/// A server with a certificate of that name, and the authorities in its folder.
fn server(authority: &Authority, name: &str, until: i32) -> Option<Server> {
    server_asking(authority, name, until, "no")
}

/// The same, which asks for a client's certificate or not.
fn server_asking(authority: &Authority, name: &str, until: i32, clients: &str) -> Option<Server> {
    let folder = tempfile::tempdir().unwrap();
    let identity = authority.sign(name, until);
    for (file, pem) in [
        ("ca.pem", &authority.certificate),
        ("other.pem", &Authority::named("another").certificate),
        ("server.pem", &identity.certificate),
        ("server.key", &identity.key),
    ] {
        std::fs::write(folder.path().join(file), pem).unwrap();
    }
    let files =
        ["--tls-cert-file", "server.pem", "--tls-key-file", "server.key", "--tls-ca-cert-file", "ca.pem"];
    let more = ["--port", "0", "--tls-auth-clients", clients];
    Server::start_in(folder, "--tls-port", &[files.as_slice(), &more].concat())
}

async fn ask(server: &Server, port: u16, mode: &str, ca: &str) -> Observation {
    let url = format!("rediss://127.0.0.1:{port}");
    let settings = [("url", text(url)), ("tls", text(mode)), ("ca", text(ca))];
    look_in("redis", server.folder.path(), &settings, LONG).await
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_judged() {
    let authority = Authority::named("ours");
    let Some(good) = server(&authority, "127.0.0.1", 2060) else { return };
    let seen = ask(&good, good.port, "verify-full", "ca.pem").await;
    fine(&seen);
    assert_eq!(seen.phases.iter().map(|phase| &*phase.name).collect::<Vec<_>>(), ["tcp", "tls", "query"]);
    assert_eq!(seen.facts.value("tls.verified"), Some(&Value::Flag(true)));
    assert_eq!(seen.facts.value("tls.names"), Some(&Value::Text("127.0.0.1".into())));
    assert_eq!(seen.facts.value("value"), Some(&Value::Text("PONG".into())));
    blocked(&ask(&good, good.port, "verify-full", "other.pem").await, Cause::TlsUnknownIssuer, "127.0.0.1");
    let system = look(format!("rediss://127.0.0.1:{}", good.port), &[], LONG).await;
    blocked(&system, Cause::TlsUnknownIssuer, "127.0.0.1");
    blocked(&look(good.url(), &[], LONG).await, Cause::Reset, "rediss://");
    let late: Late = |down, bytes| down && bytes[0] == 0x16;
    let seen = ask(&good, delaying(good.port, late), "verify-full", "ca.pem").await;
    delayed_alone(&seen, "time.tls", &["time.tcp", "time.tls", "time.query"]);
    drop(good);
    let wrong = server(&authority, "elsewhere.example", 2060).unwrap();
    blocked(
        &ask(&wrong, wrong.port, "verify-full", "ca.pem").await,
        Cause::TlsWrongHost,
        "elsewhere.example",
    );
    fine(&ask(&wrong, wrong.port, "verify-ca", "ca.pem").await);
    blocked(&ask(&wrong, wrong.port, "verify-ca", "other.pem").await, Cause::TlsUnknownIssuer, "127.0.0.1");
    drop(wrong);
    let expired = server(&authority, "127.0.0.1", 2021).unwrap();
    blocked(&ask(&expired, expired.port, "verify-full", "ca.pem").await, Cause::TlsExpired, "expired");
    blocked(&ask(&expired, expired.port, "verify-ca", "ca.pem").await, Cause::TlsExpired, "expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_wants_a_certificate_of_ours() {
    let authority = Authority::named("ours");
    let Some(server) = server_asking(&authority, "127.0.0.1", 2060, "yes") else { return };
    let seen = ask(&server, server.port, "verify-full", "ca.pem").await;
    blocked(&seen, Cause::TlsProtocol, "certificate");
}
