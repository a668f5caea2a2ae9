//! How a password is shown where MySQL 8 is particular about it.

use fixproof::model::{Cause, Observation, Value};

use crate::byhand::{Line, greeting_over_tls, greeting_with, is_proven, packet, receive};
use crate::fixture::{Authority, LONG, PASSWORD, blocked, fine, look_in, text};
use crate::server::{at, look};

const OK: &[u8] = &[0, 0, 0, 2, 0, 0, 0];
const CLEAR: &[u8] = b"right-horse\0";

/// Says whether the password came, once it was asked for: OK, or access denied.
fn judge(line: &mut dyn Line, right: bool, number: u8) {
    let body = if right { OK } else { b"\xff\x15\x04#28000Access denied" };
    let _ = line.write_all(&packet(number, body));
    let _ = receive(line);
}

async fn encrypted(port: u16, mode: &str, authority: &Authority) -> Observation {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), &authority.certificate).unwrap();
    let mut settings = vec![("url", text(at(port))), ("tls", text(mode))];
    settings.extend((mode != "required").then(|| ("ca", text("ca.pem"))));
    look_in("mysql", folder.path(), &settings, LONG).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hash_that_the_server_remembers_is_enough() {
    let remembering = || {
        greeting_with("caching_sha2_password", |line, number, answer| {
            let right = is_proven(&answer, PASSWORD);
            if right {
                line.write_all(&packet(number + 1, b"\x01\x03")).unwrap();
            }
            judge(line, right, number + 1 + u8::from(right));
        })
    };
    let seen = look(at(remembering()), &[], LONG).await;
    fine(&seen);
    assert_eq!(seen.facts.value("auth.method"), Some(&Value::Text("caching_sha2_password".into())));
    assert_eq!(seen.facts.value("server.version"), Some(&Value::Text("8.0.36".into())));
    let wrong = look(at(remembering()), &[("password", text("wrong-horse"))], LONG).await;
    blocked(&wrong, Cause::DatabaseAuth, "1045");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_itself_goes_over_tls_only() {
    let in_full = |line: &mut dyn Line, number: u8, _: Vec<u8>| {
        line.write_all(&packet(number + 1, b"\x01\x04")).unwrap();
        if let Some((number, shown)) = receive(line) {
            judge(line, shown == CLEAR, number + 1);
        }
    };
    let open = look(at(greeting_with("caching_sha2_password", in_full)), &[], LONG).await;
    blocked(&open, Cause::DatabaseAuth, "write tls = \"required\"");
    let authority = Authority::named("ours");
    for mode in ["required", "verify-ca", "verify-identity"] {
        let port = greeting_over_tls("caching_sha2_password", &authority, in_full);
        let seen = encrypted(port, mode, &authority).await;
        fine(&seen);
        assert_eq!(seen.facts.value("tls.verified"), Some(&Value::Flag(mode != "required")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_the_password_must_be_verified() {
    let switching = |line: &mut dyn Line, number: u8, _: Vec<u8>| {
        line.write_all(&packet(number + 1, b"\xfemysql_clear_password\0")).unwrap();
        if let Some((number, shown)) = receive(line) {
            judge(line, shown == CLEAR, number + 1);
        }
    };
    let open = look(at(greeting_with("mysql_native_password", switching)), &[], LONG).await;
    blocked(&open, Cause::DatabaseAuth, "not sent unencrypted");
    let authority = Authority::named("ours");
    let ask = async |mode| {
        let port = greeting_over_tls("mysql_native_password", &authority, switching);
        encrypted(port, mode, &authority).await
    };
    blocked(&ask("required").await, Cause::DatabaseAuth, "not sent to an unverified server");
    blocked(&ask("verify-ca").await, Cause::DatabaseAuth, "not sent to an unverified server");
    let seen = ask("verify-identity").await;
    fine(&seen);
    assert_eq!(seen.facts.value("auth.method"), Some(&Value::Text("mysql_clear_password".into())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_without_end_and_plugins_of_long_ago() {
    for (switch, says) in
        [(&b"\xfe"[..], "mysql_old_password"), (b"\xfedialog\0", "dialog"), (b"\xfe\0", "``")]
    {
        let port = greeting_with("mysql_native_password", move |line, number, _| {
            let _ = line.write_all(&packet(number + 1, switch));
            let _ = receive(line);
        });
        blocked(&look(at(port), &[], LONG).await, Cause::DatabaseAuth, says);
    }
    let port = greeting_with("mysql_native_password", |line, number, _| {
        let mut number = number;
        while line
            .write_all(&packet(number + 1, b"\xfemysql_native_password\0abcdefghijabcdefghij\0"))
            .is_ok()
        {
            let Some((next, _)) = receive(line) else { return };
            number = next;
        }
    });
    blocked(&look(at(port), &[], LONG).await, Cause::DatabaseProtocol, "no end");
}
