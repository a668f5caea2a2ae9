//! The name server and the load balancer of a healthy staging, and what its relatives do with what is behind them.
#![expect(clippy::unwrap_used, reason = "a test's helper fails by panicking")]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use fixproof_sim::Staging;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, Connection, Row};
use support::front::{A, AAAA, ask, look, question, read};
use support::{PATIENCE, block_on, eventually, get, settled, started};

#[test]
fn every_host_has_its_address_and_no_other_name_has() {
    let staging = started("healthy", 100.0);
    let at = staging.addresses();
    for host in [&at.frontend_host, &at.backend_host, &at.auth_host] {
        assert_eq!(ask(&staging, host, A, PATIENCE), "NOERROR 127.0.0.1", "{host}");
        assert_eq!(ask(&staging, host, AAAA, PATIENCE), "NOERROR SOA", "{host}");
    }
    assert_eq!(ask(&staging, "API.Staging.TEST", A, PATIENCE), "NOERROR 127.0.0.1");
    assert_eq!(ask(&staging, "old.staging.test", A, PATIENCE), "NXDOMAIN SOA");
    assert_eq!(ask(&staging, "staging.example", A, PATIENCE), "NXDOMAIN SOA");
    let journal = staging.journal().name_server;
    assert_eq!((journal.over_udp, journal.over_tcp), (9, 0), "{journal:?}");
    assert_eq!(journal.questions.get("api.staging.test A"), Some(&2), "{journal:?}");
}

/// Two questions on one connection.
fn ask_twice_over_tcp(staging: &Staging) -> Vec<String> {
    let at = staging.addresses();
    let mut stream = TcpStream::connect(&at.dns).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut sent = Vec::new();
    for host in [&at.backend_host, "nowhere.test"] {
        let message = question(host, A);
        sent.extend(u16::try_from(message.len()).unwrap().to_be_bytes());
        sent.extend(message);
    }
    stream.write_all(&sent).unwrap();
    let answer = |stream: &mut TcpStream| {
        let mut length = [0; 2];
        stream.read_exact(&mut length).unwrap();
        let mut answer = vec![0; u16::from_be_bytes(length).into()];
        stream.read_exact(&mut answer).unwrap();
        read(&answer)
    };
    vec![answer(&mut stream), answer(&mut stream)]
}

#[test]
fn tcp_gets_the_same_answers_and_the_journal_counts_both() {
    let staging = started("healthy", 100.0);
    assert_eq!(ask_twice_over_tcp(&staging), ["NOERROR 127.0.0.1", "NXDOMAIN SOA"]);
    assert_eq!(staging.journal().name_server.over_tcp, 2);
}

#[test]
fn dig_reads_the_answers() {
    if !support::has_tool("dig") {
        return;
    }
    let staging = started("healthy", 100.0);
    let at = staging.addresses();
    let (server, port) = at.dns.split_once(':').unwrap();
    let dig = |rest: &[&str]| {
        let output =
            Command::new("dig").args([&format!("@{server}"), "-p", port]).args(rest).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    for way in ["+notcp", "+tcp"] {
        let said = dig(&[&at.backend_host, "A", way]);
        assert!(said.contains("status: NOERROR") && said.contains("EDNS: version: 0"), "{said}");
        let record = said.lines().find(|line| line.starts_with("api.staging.test.")).unwrap();
        let words: Vec<&str> = record.split_whitespace().collect();
        assert_eq!(words, ["api.staging.test.", "300", "IN", "A", "127.0.0.1"], "{said}");
        assert!(!said.contains("WARNING") && !said.contains("Got bad packet"), "{said}");
        let missing = dig(&["no.staging.test", "AAAA", way]);
        assert!(missing.contains("status: NXDOMAIN") && missing.contains("SOA"), "{missing}");
    }
}

#[test]
fn every_host_reaches_its_own_service_and_another_name_none() {
    let (staging, _) = settled("healthy", 100.0);
    let at = staging.addresses();
    for (host, service) in [
        (&at.frontend_host, "frontend"),
        (&at.backend_host, "netra-ai-platform"),
        (&at.auth_host, "auth-service"),
    ] {
        let seen = look(&staging, host, "/health", PATIENCE);
        assert_eq!((seen.verdict.as_str(), seen.days_left), ("verified", Some(90)), "{seen:?}");
        assert!(seen.answer.contains(&format!("\"service\":\"{service}\"")), "{host}: {seen:?}");
        assert!(!seen.own_issuer);
    }
    assert_eq!(look(&staging, "old.staging.test", "/", PATIENCE).verdict, "wrong-host");
    let journal = staging.journal().edge;
    assert_eq!((journal.accepted, journal.handshakes), (4, 3), "{journal:?}");
    assert_eq!(journal.by_host.get(&at.auth_host), Some(&1));
}

#[test]
fn failed_and_completed_handshakes_are_counted_separately() {
    let (staging, _) = settled("edge-certificate-expired", 100.0);
    let at = staging.addresses();
    assert_eq!(look(&staging, &at.backend_host, "/health", PATIENCE).verdict, "expired");
    eventually("the failed handshake is noted", || {
        (staging.journal().edge.failed_handshakes == 1).then_some(())
    });
    let journal = staging.journal();
    assert_eq!((journal.edge.accepted, journal.edge.handshakes), (1, 0), "{:?}", journal.edge);
    assert!(journal.requests.iter().all(|request| request.path != "/health"), "{:?}", journal.requests);
}

#[test]
fn a_service_that_is_down_is_a_502_of_the_load_balancer() {
    let (staging, _) = settled("backend-down", 100.0);
    let at = staging.addresses();
    let seen = look(&staging, &at.backend_host, "/health", PATIENCE);
    assert!(seen.verdict == "verified" && seen.answer.starts_with("HTTP/1.1 502 "), "{seen:?}");
    assert!(look(&staging, &at.auth_host, "/health", PATIENCE).answer.starts_with("HTTP/1.1 200 "));
}

#[test]
fn a_load_balancer_without_tls_serves_plain_http_for_the_named_host() {
    let (staging, _) = settled("edge-no-tls", 100.0);
    let at = staging.addresses();
    for (host, service) in [(&at.backend_host, "netra-ai-platform"), (&at.auth_host, "auth-service")] {
        let mut stream = TcpStream::connect(&at.edge).unwrap();
        let request = format!("GET /health HTTP/1.1\r\nHost: {host}:8443\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains(service), "{answer}");
    }
    assert_eq!(staging.journal().edge.handshakes, 0);
}

#[test]
fn a_crowded_database_still_serves_and_reports_its_slots() {
    let (staging, state) = settled("database-crowded", 100.0);
    assert!(state.all_ready(), "{state:?}");
    assert_eq!(get(&staging.addresses().backend, "/health").status, 200);
    let at = staging.addresses().database;
    let options = PgConnectOptions::new_without_pgpass().host(&at.host).port(at.port).username(&at.user);
    let options = options.password(&at.password).database(&at.name).ssl_mode(PgSslMode::Disable);
    let (used, most) = block_on(async {
        let mut session = options.connect().await.unwrap();
        let row = sqlx::query("SELECT count(*)::int8 AS used, current_setting('max_connections')::int8 AS max FROM pg_stat_activity WHERE backend_type = 'client backend' OR backend_type IS NULL")
            .fetch_one(&mut session)
            .await
            .unwrap();
        session.close().await.unwrap();
        (row.get::<i64, _>("used"), row.get::<i64, _>("max"))
    });
    assert!((86..97).contains(&used) && most == 100, "{used} of {most}");
}

#[test]
fn udp_and_tcp_share_one_port_which_is_freed_in_the_end() {
    let staging = started("healthy", 100.0);
    let at = staging.addresses();
    assert!(TcpStream::connect(&at.dns).is_ok() && TcpStream::connect(&at.edge).is_ok());
    drop(staging);
    assert!(TcpStream::connect(&at.dns).is_err() && TcpStream::connect(&at.edge).is_err());
}
