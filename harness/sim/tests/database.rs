//! The database as its clients see it: sqlx, psql, and a bare socket.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's helper fails by panicking")]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Output};
use std::time::Duration;

use fixproof_sim::{DatabaseAddress, Staging};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, Row};
use support::{block_on, eventually, has_tool, settled, started};

fn options(at: &DatabaseAddress) -> PgConnectOptions {
    let options = PgConnectOptions::new_without_pgpass().host(&at.host).port(at.port).username(&at.user);
    options.password(&at.password).database(&at.name).ssl_mode(PgSslMode::Disable)
}

async fn sqlstate(options: PgConnectOptions) -> String {
    match options.connect().await {
        Ok(_) => "connected".to_owned(),
        Err(sqlx::Error::Database(error)) => error.code().map(|code| code.into_owned()).unwrap_or_default(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn sqlx_gets_typed_answers_in_both_protocols() {
    let (staging, _) = settled("healthy", 100.0);
    block_on(async {
        let mut session = options(&staging.addresses().database).connect().await.unwrap();
        let one: i32 = sqlx::query_scalar("SELECT 1").fetch_one(&mut session).await.unwrap();
        let version: String = sqlx::query_scalar("SELECT version()").fetch_one(&mut session).await.unwrap();
        let limit: String = sqlx::query_scalar("SHOW max_connections").fetch_one(&mut session).await.unwrap();
        let known: bool = sqlx::query_scalar("SELECT to_regclass('public.threads') IS NOT NULL")
            .fetch_one(&mut session)
            .await
            .unwrap();
        let tables: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'",
        )
        .fetch_one(&mut session)
        .await
        .unwrap();
        assert_eq!((one, limit.as_str(), known, tables), (1, "100", true, 4));
        assert!(version.contains("simulated"), "{version}");
        let usage = "SELECT count(*)::int8 AS used, current_setting('max_connections')::int8 AS max FROM pg_stat_activity WHERE backend_type = 'client backend' OR backend_type IS NULL";
        let row = sqlx::query(usage).fetch_one(&mut session).await.unwrap();
        let now = i64::try_from(staging.journal().database.now).unwrap();
        assert_eq!((row.get::<i64, _>("used"), row.get::<i64, _>("max")), (now, 100));
        let rows =
            session.fetch_all(sqlx::raw_sql("BEGIN; SELECT 1; COMMIT; SHOW server_version")).await.unwrap();
        assert_eq!(rows.len(), 2);
        let mut transaction = session.begin().await.unwrap();
        let refused = sqlx::query("SELECT random()").execute(&mut *transaction).await.unwrap_err();
        assert_eq!(refused.as_database_error().unwrap().code().as_deref(), Some("0A000"));
        transaction.rollback().await.unwrap();
        let missing =
            sqlx::query("SELECT count(*) FROM no_such_table").execute(&mut session).await.unwrap_err();
        assert_eq!(missing.as_database_error().unwrap().code().as_deref(), Some("42P01"));
        session.ping().await.unwrap();
        session.close().await.unwrap();
    });
}

#[test]
fn a_wrong_password_an_unknown_role_and_an_unknown_database_are_refused_by_name() {
    let (staging, _) = settled("healthy", 100.0);
    let at = staging.addresses().database;
    block_on(async {
        let error = options(&at).password("wrong").connect().await.unwrap_err();
        assert!(
            error.to_string().contains("password authentication failed for user \"fixproof_probe\""),
            "{error}"
        );
        assert_eq!(sqlstate(options(&at).password("wrong")).await, "28P01");
        assert_eq!(sqlstate(options(&at).username("nobody")).await, "28P01");
        assert_eq!(sqlstate(options(&at).database("nothing")).await, "3D000");
    });
    let rejected = staging.journal().database.rejected;
    assert_eq!((rejected["28P01"], rejected["3D000"]), (3, 1));
}

/// Sessions of one role until one is refused.
async fn fill(options: PgConnectOptions) -> (Vec<PgConnection>, String) {
    let mut sessions = Vec::new();
    loop {
        match options.connect().await {
            Ok(session) => sessions.push(session),
            Err(sqlx::Error::Database(error)) => {
                return (sessions, format!("{} {}", error.code().unwrap_or_default(), error.message()));
            }
            Err(error) => panic!("{error}"),
        }
        assert!(sessions.len() <= 100);
    }
}

/// Starts a session up to the question for a password, which takes a slot and gives none back.
fn half_open(at: &DatabaseAddress) -> (TcpStream, u8) {
    let mut socket = TcpStream::connect((at.host.as_str(), at.port)).unwrap();
    socket.set_read_timeout(Some(support::PATIENCE)).unwrap();
    let parameters = b"user\0fixproof_probe\0database\0netra_staging\0\0";
    let length = u32::try_from(parameters.len() + 8).unwrap();
    let startup = [&length.to_be_bytes()[..], &196_608_u32.to_be_bytes(), parameters].concat();
    socket.write_all(&startup).unwrap();
    let mut first = [0];
    socket.read_exact(&mut first).unwrap();
    (socket, first[0])
}

#[test]
fn ordinary_roles_get_all_slots_but_the_reserved_ones() {
    let (staging, _) = settled("healthy", 100.0);
    let at = staging.addresses().database;
    let others = staging.journal().database.now;
    block_on(async {
        let (ordinary, refusal) = fill(options(&at)).await;
        assert_eq!(ordinary.len(), 97 - others);
        assert!(refusal.starts_with("53300 remaining connection slots are reserved"), "{refusal}");
    });
    let back = |staging: &Staging| Some(staging.journal().database).filter(|journal| journal.now == others);
    let journal = eventually("the slots are given back", || back(&staging));
    assert_eq!((journal.peak, journal.rejected["53300"]), (98, 1));
}

#[test]
fn a_hundred_sessions_are_accepted_and_the_next_is_refused_before_authentication() {
    let (staging, _) = settled("healthy", 100.0);
    let at = staging.addresses().database;
    let others = staging.journal().database.now;
    let sessions: Vec<_> = (others..100).map(|_| half_open(&at)).collect();
    assert!(sessions.iter().all(|(_, first)| *first == b'R'));
    assert_eq!(staging.journal().database.now, 100);
    assert_eq!(half_open(&at).1, b'E');
    assert_eq!(block_on(sqlstate(options(&at))), "53300");
    assert_eq!(staging.journal().database.rejected["53300"], 2);
}

#[test]
fn without_any_slot_a_bare_socket_reads_a_fatal_error_and_then_the_end() {
    let staging = started("database-too-many-connections", 100.0);
    let (mut socket, first) = half_open(&staging.addresses().database);
    let mut answer = vec![first];
    socket.read_to_end(&mut answer).unwrap();
    let text = String::from_utf8_lossy(&answer).into_owned();
    assert_eq!(answer[0], b'E', "{text:?}");
    let said = usize::try_from(u32::from_be_bytes(answer[1..5].try_into().unwrap())).unwrap();
    assert_eq!(answer.len(), said + 1, "nothing follows the error: {text:?}");
    assert!(text.contains("SFATAL\0VFATAL\0C53300\0Msorry, too many clients already\0"), "{text:?}");
}

fn psql(staging: &Staging, mode: &str, more: &[&str]) -> Output {
    let at = staging.addresses().database;
    let mut command = Command::new("psql");
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("PGPASSWORD", &at.password)
        .env("PGCONNECT_TIMEOUT", "20");
    command.args([
        "-X",
        "-A",
        "-t",
        &format!(
            "host=localhost hostaddr={} port={} user={} dbname={} {mode}",
            at.host, at.port, at.user, at.name
        ),
    ]);
    command.args(more).output().unwrap()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
        .trim()
        .to_owned()
}

#[test]
fn psql_connects_with_and_without_tls() {
    if !has_tool("psql") {
        return;
    }
    let (staging, _) = settled("healthy", 100.0);
    for mode in ["sslmode=disable", "sslmode=prefer", "sslmode=require"] {
        assert_eq!(text(&psql(&staging, mode, &["-c", "SELECT 1"])), "1", "{mode}");
    }
    let plain = |sql: &str| text(&psql(&staging, "sslmode=disable", &["-c", sql]));
    assert!(plain("select version();").contains("simulated"));
    assert_eq!(plain("SHOW superuser_reserved_connections"), "3");
    assert_eq!(plain("SELECT pg_sleep(0.5)"), "");
    assert_eq!(plain("BEGIN; SET statement_timeout = 0; COMMIT"), "BEGIN\nSET\nCOMMIT");
    assert_eq!(
        plain("SELECT usename FROM pg_user"),
        "ERROR:  the simulated database does not support this statement"
    );
    assert!(plain("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name").starts_with("agent_runs\nmessages"));
}

#[test]
fn the_certificate_is_trusted_with_its_authority_and_refused_once_expired() {
    if !has_tool("psql") {
        return;
    }
    for (profile, wanted) in [("healthy", "1"), ("database-tls-expired", "certificate verify failed")] {
        let (staging, state) = settled(profile, 100.0);
        assert!(state.all_ready(), "the services are not hit: {state:?}");
        let folder = std::env::temp_dir().join(format!("fixproof-sim-{}-{profile}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let authority = folder.join("ca.pem");
        std::fs::write(&authority, staging.credentials().database_ca_pem).unwrap();
        let mode = format!("sslmode=verify-full sslrootcert={}", authority.display());
        let said = text(&psql(&staging, &mode, &["-c", "SELECT 1"]));
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(said.contains(wanted), "{profile}: {said}");
    }
}

#[test]
fn a_cancelled_statement_ends_with_57014_and_the_session_goes_on() {
    if !has_tool("psql") {
        return;
    }
    let slow = started("healthy", 1.0);
    let at = slow.addresses().database;
    let url =
        format!("host={} port={} user={} dbname={} sslmode=disable", at.host, at.port, at.user, at.name);
    let mut asking = Command::new("psql");
    asking.env("PGPASSWORD", &at.password).args([
        "-X",
        "-A",
        "-t",
        &url,
        "-c",
        "SELECT pg_sleep(20)",
        "-c",
        "SELECT 1",
    ]);
    let asking =
        asking.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    eventually("psql sleeps", || {
        let journal = slow.journal().database;
        journal.statements_by_role.contains_key("fixproof_probe").then_some(())
    });
    let interrupted = Command::new("kill").args(["-INT", &asking.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    let output = asking.wait_with_output().unwrap();
    assert!(text(&output).contains("canceling statement due to user request"), "{}", text(&output));
    assert_eq!(slow.journal().database.cancelled, 1);
}

#[test]
fn a_route_with_scale_outs_delays_only_what_comes_beyond_its_capacity() {
    let (staging, _) = settled("connector-scaling", 20.0);
    let at = staging.addresses().database;
    block_on(async {
        let mut held = Vec::new();
        for _ in 0..5 {
            held.push(options(&at).connect().await.unwrap());
        }
        assert_eq!(staging.journal().connectors["probe"].scale_outs, 0);
        let before = std::time::Instant::now();
        held.push(options(&at).connect().await.unwrap());
        // 10 to 30 s at speed 20.
        assert!(before.elapsed() >= Duration::from_millis(500), "{:?}", before.elapsed());
        assert_eq!(staging.journal().connectors["probe"].scale_outs, 1);
    });
}

#[test]
fn a_slow_network_costs_every_round_trip_and_never_less_than_injected() {
    let (staging, _) = settled("database-slow-network", 100.0);
    block_on(async {
        let mut session = options(&staging.addresses().database).connect().await.unwrap();
        let before = std::time::Instant::now();
        session.execute(sqlx::raw_sql("SELECT 1")).await.unwrap();
        // 1.1 s there and 1.1 s back at speed 100.
        assert!(before.elapsed() >= Duration::from_millis(22), "{:?}", before.elapsed());
    });
}

#[test]
fn a_burst_of_sessions_is_accepted_and_counted_one_by_one() {
    let (staging, _) = settled("healthy", 100.0);
    let at = staging.addresses().database;
    let burst: Vec<_> = (0..60).map(|_| options(&at)).collect();
    block_on(async {
        let asking: Vec<_> =
            burst.into_iter().map(|options| tokio::spawn(async move { options.connect().await })).collect();
        let mut held = Vec::new();
        for session in asking {
            held.push(session.await.unwrap().unwrap());
        }
        let journal = staging.journal();
        assert_eq!(
            (journal.connectors["probe"].accepted, journal.database.accepted_by_role["fixproof_probe"]),
            (60, 60)
        );
        assert!(journal.database.now >= 60 && journal.database.rejected.is_empty());
    });
}
