//! TLS as MySQL starts it, against a real MariaDB.

use fixproof::model::{Cause, Observation, Value};

use crate::fixture::{Authority, LONG, Late, blocked, delayed_alone, delaying, fine, look_in, text};
use crate::server::{Server, at, user};

/// A server with a certificate of that name, and the authorities in its folder.
fn server(authority: &Authority, name: &str, until: i32) -> Option<Server> {
    let server = Server::start(Some(&authority.sign(name, until)), &[])?;
    for (file, pem) in [
        ("ca.pem", &authority.certificate),
        ("other.pem", &Authority::named("another").certificate),
        ("impostor.pem", &Authority::named("ours").certificate),
    ] {
        std::fs::write(server.folder.path().join(file), pem).unwrap();
    }
    Some(server)
}

async fn ask(server: &Server, port: u16, mode: &str, ca: Option<&str>) -> Observation {
    let mut settings = vec![("url", text(at(port))), ("tls", text(mode)), user("encrypted")];
    settings.push(("database", text("")));
    settings.extend(ca.map(|ca| ("ca", text(ca))));
    look_in("mysql", server.folder.path(), &settings, LONG).await
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_judged() {
    let authority = Authority::named("ours");
    let Some(good) = server(&authority, "127.0.0.1", 2060) else { return };
    let port = good.port;
    let seen = ask(&good, port, "verify-full", Some("ca.pem")).await;
    fine(&seen);
    let phases: Vec<_> = seen.phases.iter().map(|phase| &*phase.name).collect();
    assert_eq!(phases, ["tcp", "greeting", "tls", "auth"]);
    assert_eq!(seen.facts.value("tls.verified"), Some(&Value::Flag(true)));
    assert_eq!(seen.facts.value("tls.names"), Some(&Value::Text("127.0.0.1".into())));
    assert!(matches!(seen.facts.value("tls.protocol"), Some(Value::Text(version)) if version == "TLSv1.3"));
    for mode in ["preferred", "required"] {
        let encrypted = ask(&good, port, mode, None).await;
        fine(&encrypted);
        assert_eq!(encrypted.facts.value("tls.verified"), Some(&Value::Flag(false)));
        assert!(encrypted.facts.value("tls.protocol").is_some());
    }
    blocked(&ask(&good, port, "disable", None).await, Cause::DatabaseAuth, "1045");
    blocked(
        &ask(&good, port, "verify-identity", Some("other.pem")).await,
        Cause::TlsUnknownIssuer,
        "127.0.0.1",
    );
    blocked(&ask(&good, port, "verify-ca", Some("impostor.pem")).await, Cause::TlsUnknownIssuer, "127.0.0.1");
    blocked(&ask(&good, port, "verify-identity", None).await, Cause::TlsUnknownIssuer, "127.0.0.1");
    let late: Late = |down, bytes| down && bytes[0] == 0x16;
    let seen = ask(&good, delaying(port, late), "required", None).await;
    delayed_alone(&seen, "time.tls", &["time.tcp", "time.greeting", "time.tls", "time.auth"]);
    drop(good);
    let wrong = server(&authority, "elsewhere.example", 2060).unwrap();
    let full = ask(&wrong, wrong.port, "verify-identity", Some("ca.pem")).await;
    blocked(&full, Cause::TlsWrongHost, "elsewhere.example");
    fine(&ask(&wrong, wrong.port, "verify-ca", Some("ca.pem")).await);
    drop(wrong);
    let expired = server(&authority, "127.0.0.1", 2021).unwrap();
    blocked(&ask(&expired, expired.port, "verify-ca", Some("ca.pem")).await, Cause::TlsExpired, "expired");
}
