//! Every profile matches its row, and changes nothing else. The rows are in `rows`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's helper fails by panicking")]

mod edge;
mod edge_rows;
#[path = "../platform/fault_rows.rs"]
mod platform_rows;
mod rows;
mod stub_rows;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::time::{Duration, Instant};

use edge_rows::EDGE_ROWS;
use fixproof_sim::{Profile, Staging};
use rows::Row;
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, Connection};
use support::{PATIENCE, block_on, get, post, send, settled};

const SPEED: f64 = 100.0;

fn base(staging: &Staging, service: &str) -> String {
    let at = staging.addresses();
    match service {
        "frontend" => at.frontend,
        "backend" => at.backend,
        "auth" => at.auth,
        other => panic!("no such service: {other}"),
    }
}

/// What asking for `/health` comes to.
fn health(staging: &Staging, service: &str, wanted: &str) -> String {
    let before = Instant::now();
    if wanted == "silent" {
        use std::io::{Read, Write};
        let mut socket =
            std::net::TcpStream::connect(base(staging, service).trim_start_matches("http://")).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        socket.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
        return match socket.read(&mut [0]) {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                "silent".to_owned()
            }
            other => format!("{other:?}"),
        };
    }
    match send("GET", &base(staging, service), "/health", &[], "") {
        // 7 s longer, at speed 100.
        Ok(_) if wanted == "slow" && before.elapsed() >= Duration::from_millis(70) => "slow".to_owned(),
        Ok(answer) => answer.status.to_string(),
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => "refused".to_owned(),
        Err(error) if error.to_string() == "no HTTP" => "garbage".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// What a session through the probe's route comes to.
fn session(staging: &Staging, wanted: &str) -> String {
    let at = staging.addresses().database;
    let options = PgConnectOptions::new_without_pgpass().host(&at.host).port(at.port).username(&at.user);
    let options = options.password(&at.password).database(&at.name).ssl_mode(PgSslMode::Disable);
    let within = if wanted == "timeout" { Duration::from_millis(300) } else { PATIENCE };
    block_on(async {
        match tokio::time::timeout(within, options.connect()).await {
            Err(_) => "timeout".to_owned(),
            Ok(Ok(session)) => {
                session.close().await.unwrap();
                "ok".to_owned()
            }
            Ok(Err(sqlx::Error::Database(error))) => error.code().unwrap_or_default().into_owned(),
            Ok(Err(sqlx::Error::Io(error))) if error.kind() == ErrorKind::ConnectionRefused => {
                "refused".to_owned()
            }
            Ok(Err(sqlx::Error::Io(error))) if error.kind() == ErrorKind::ConnectionReset => {
                "reset".to_owned()
            }
            Ok(Err(error)) => error.to_string(),
        }
    })
}

/// A token of the test user, with its last characters changed if it shall be tampered with.
fn bearer(staging: &Staging, tampered: bool) -> String {
    let secrets = staging.credentials();
    let login = json!({"email": secrets.email, "password": secrets.password});
    let token = post(&staging.addresses().auth, "/auth/login", &[], &login).json()["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let changed = if token.ends_with("AA") { "BB" } else { "AA" };
    let token = if tampered { format!("{}{changed}", &token[..token.len() - 2]) } else { token };
    format!("authorization: Bearer {token}")
}

fn check(staging: &Staging, expectation: &str) {
    let words: Vec<&str> = expectation.split(' ').collect();
    let [method, service, path, status, pointers @ ..] = words.as_slice() else { panic!("{expectation}") };
    let base = base(staging, service);
    let secrets = staging.credentials();
    let before = Instant::now();
    let answer = match (*method, *path) {
        ("POST", "/login") => {
            post(&base, "/auth/login", &[], &json!({"email": secrets.email, "password": secrets.password}))
        }
        ("POST", "/agent+token") => {
            let asked = json!({"message": "hello 12"});
            post(&base, "/api/agents/execute", &[bearer(staging, false)], &asked)
        }
        ("POST", "/agent") => post(&base, "/api/agents/execute", &[], &json!({"message": "hello 12"})),
        ("OPTIONS", path) => {
            let headers = [
                format!("origin: {}", staging.addresses().frontend),
                "access-control-request-method: GET".to_owned(),
            ];
            send("OPTIONS", &base, path, &headers, "").unwrap()
        }
        (_, path) => match path.split_once('+') {
            Some((path, kind)) => {
                send("GET", &base, path, &[bearer(staging, kind == "tampered")], "").unwrap()
            }
            None => get(&base, path),
        },
    };
    let name = staging.profile().name;
    assert_eq!(answer.status.to_string(), *status, "{name}: {expectation}: {answer:?}");
    for pointer in pointers {
        if let Some(seconds) = pointer.strip_prefix("late:") {
            let late = Duration::from_secs(seconds.parse().unwrap()).div_f64(SPEED);
            assert!(before.elapsed() >= late, "{name}: {expectation}: {:?}", before.elapsed());
            continue;
        }
        if let Some((pointer, least)) = pointer.split_once('>') {
            let seen = answer.json().pointer(pointer).and_then(Value::as_f64);
            let beyond = seen.is_some_and(|seen| seen > least.parse::<f64>().unwrap());
            assert!(beyond, "{name}: {expectation}: {answer:?}");
            continue;
        }
        let (pointer, wanted) = pointer.split_once('=').unwrap();
        let wanted: Value = serde_json::from_str(wanted).unwrap();
        assert_eq!(answer.json().pointer(pointer), Some(&wanted), "{name}: {expectation}: {answer:?}");
    }
}

fn verify(row: &Row) {
    let (staging, _) = settled(row.profile, SPEED);
    verify_services(&staging, row);
}

fn verify_services(staging: &Staging, row: &Row) {
    for (service, wanted) in [("backend", row.backend), ("auth", row.auth), ("frontend", row.frontend)] {
        assert_eq!(health(staging, service, wanted), wanted, "{}: {service}", row.profile);
    }
    assert_eq!(session(staging, row.database), row.database, "{}: database", row.profile);
    for expectation in row.more {
        check(staging, expectation);
    }
}

/// The tables, then the profiles of `tests/platform`, beside which the services answer as ever.
fn rows() -> impl Iterator<Item = Row> {
    let written: Vec<Row> = [rows::ROWS, stub_rows::ROWS].into_iter().flatten().copied().collect();
    let known: BTreeSet<&str> = written.iter().map(|row| row.profile).collect();
    let platform = platform_rows::ROWS.iter().map(|row| row.0).filter(move |name| !known.contains(name));
    written.into_iter().chain(platform.map(|name| rows::row(name, rows::ALL_WELL, &[])))
}

/// Every `lane`th of `lanes` rows, so that the two cores of a small machine are used and not drowned.
fn verify_lane(lane: usize) {
    rows().skip(lane).step_by(3).for_each(|row| verify(&row));
}

#[test]
fn every_profile_matches_its_row_first_lane() {
    verify_lane(0);
}

#[test]
fn every_profile_matches_its_row_second_lane() {
    verify_lane(1);
}

#[test]
fn every_profile_matches_its_row_third_lane() {
    verify_lane(2);
}

#[test]
fn every_profile_has_a_row_or_a_test_of_its_own() {
    let edge = EDGE_ROWS.iter().map(|row| row.row.profile);
    let rows: BTreeSet<&str> = rows().map(|row| row.profile).chain(["recovering"]).chain(edge).collect();
    let profiles: BTreeSet<&str> = Profile::all().iter().map(|profile| profile.name).collect();
    assert_eq!(rows, profiles);
}
