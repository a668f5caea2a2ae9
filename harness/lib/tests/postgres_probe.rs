//! The postgres probe against a real PostgreSQL, and against peers that are none.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test: what fails here fails it")]

mod real_postgres;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use fixproof::clock::Clock;
use fixproof::model::{Cause, Mistake, Observation, Setting, Settings, Text, Value};
use fixproof::probe::{ObserveContext, PrepareContext, Probe, RunResources, probe_named};
use real_postgres::{Authority, Identity, PASSWORD, Server, Setup, for_benchmarks};

const LONG: Duration = Duration::from_secs(30);

fn prepare(root: &Path, settings: &[(&str, Setting)]) -> Result<Box<dyn Probe>, Vec<Mistake>> {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let context = PrepareContext { root, proxy_from_environment: false, resources: &RunResources::default() };
    probe_named("postgres").unwrap().prepare(&Settings(settings), &context)
}

async fn observe(probe: &dyn Probe, within: Duration) -> Observation {
    let clock = Clock::WALL;
    let deadline = clock.after(clock.now(), within);
    let seen = probe.observe(ObserveContext { clock: &clock, deadline }).await;
    assert!(clock.now() < clock.after(deadline, Duration::from_secs(2)), "it outlived its deadline");
    assert!(!format!("{seen:?}").contains(PASSWORD), "{seen:?}");
    seen
}

fn text(text: impl Into<String>) -> Setting {
    Setting::Text(Text::plain(text))
}

async fn look(url: impl Into<String>, more: &[(&str, Setting)], within: Duration) -> Observation {
    let mut settings = vec![("url", text(url))];
    settings.extend_from_slice(more);
    observe(&*prepare(Path::new("/"), &settings).unwrap(), within).await
}

fn server(auth: &'static str, tls: Option<Identity>) -> Option<Server> {
    Server::start(&Setup { auth, tls, max_connections: 20 })
}

fn time(seen: &Observation, fact: &str) -> Duration {
    match seen.facts.value(fact) {
        Some(Value::Duration(duration)) => *duration,
        other => panic!("{fact} is {other:?} in {seen:?}"),
    }
}

#[track_caller]
fn blocked(seen: &Observation, cause: Cause, words: &str) {
    let why = seen.obstacle.as_ref().unwrap_or_else(|| panic!("nothing in its way: {seen:?}"));
    assert!(why.cause == cause && why.detail.contains(words), "{why:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_taken_apart() {
    let Some(server) = server("scram-sha-256", None) else { return };
    let seen = look(server.url(), &[], LONG).await;
    assert_eq!(seen.obstacle, None);
    let parts: Duration = ["time.tcp", "time.tls", "time.auth"].iter().map(|part| time(&seen, part)).sum();
    assert_eq!(time(&seen, "time.connect"), parts);
    assert_eq!(time(&seen, "time.total"), parts);
    assert!(time(&seen, "time.own") > Duration::ZERO);
    assert_eq!(seen.facts.value("auth.method"), Some(&Value::Text("scram-sha-256".into())));
    assert_eq!(seen.facts.value("peer"), Some(&Value::Text(format!("127.0.0.1:{}", server.port))));
    assert!(
        matches!(seen.facts.value("server.version"), Some(Value::Text(v)) if v.starts_with(char::is_numeric))
    );
    assert_eq!(seen.phases.iter().map(|p| &*p.name).collect::<Vec<_>>(), ["tcp", "tls", "auth"]);
    let spec = probe_named("postgres").unwrap().spec();
    for fact in spec.facts().filter(|fact| fact.always) {
        assert!(seen.facts.get(fact.name).is_some(), "{} is not always there", fact.name);
    }
    assert!(seen.facts.iter().all(|(name, _)| spec.fact(name).is_some()));
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_answer_in_json() {
    let Some(server) = server("scram-sha-256", None) else { return };
    let query = "SELECT 7::int8 AS i, 1.5::float8 AS f, 1.25::numeric AS n, true AS b, NULL AS x, \
                 '{\"a\":[1]}'::jsonb AS j, 'é' AS t, '2026-01-02'::date AS d UNION ALL \
                 SELECT 8, 2, 2, false, NULL, 'null', 'u', '2026-01-03'";
    let more = [
        ("query", text(query)),
        ("connections", Setting::Flag(true)),
        ("row-limit", Setting::Number(1.into())),
    ];
    let seen = look(server.url(), &more, LONG).await;
    assert_eq!(seen.obstacle, None);
    let row = serde_json::json!({
        "i": 7, "f": 1.5, "n": 1.25, "b": true, "x": null, "j": {"a": [1]}, "t": "é", "d": "2026-01-02"
    });
    assert_eq!(seen.facts.value("rows"), Some(&Value::Json(serde_json::json!([row]))));
    assert_eq!(seen.facts.value("row-count"), Some(&Value::count(2)));
    assert_eq!(seen.facts.value("value"), Some(&Value::count(7)));
    assert_eq!(seen.facts.value("connections.max"), Some(&Value::count(20)));
    assert!(matches!(seen.facts.value("connections.share"), Some(Value::Share(_))));
    assert!(time(&seen, "time.total") >= time(&seen, "time.connect") + time(&seen, "time.query"));
    let version = look(server.url(), &[("query", text("SELECT version()"))], LONG).await;
    assert!(matches!(version.facts.value("value"), Some(Value::Text(v)) if v.starts_with("PostgreSQL ")));
    blocked(&look(server.url(), &[("query", text("SELEC"))], LONG).await, Cause::DatabaseQuery, "42601");
    let nobody = look(server.url(), &[("query", text("SELECT 1 WHERE false"))], LONG).await;
    assert_eq!((nobody.obstacle.clone(), nobody.facts.value("value")), (None, None));
    let slow = look(server.url(), &[("query", text("SELECT pg_sleep(20)"))], Duration::from_secs(2)).await;
    blocked(&slow, Cause::DatabaseTimeout, "query");
    assert!(slow.phases.iter().any(|phase| phase.name == "query" && !phase.complete));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_refuses_by_name() {
    let Some(server) = server("scram-sha-256", None) else { return };
    for (setting, value, cause, state) in [
        ("password", "wrong", Cause::DatabaseAuth, "28P01"),
        ("user", "nobody", Cause::DatabaseAuth, "28P01"),
        ("database", "nowhere", Cause::NoSuchDatabase, "3D000"),
    ] {
        blocked(&look(server.url(), &[(setting, text(value))], LONG).await, cause, state);
    }
    blocked(&look(server.url(), &[("tls", text("require"))], LONG).await, Cause::TlsProtocol, "no TLS");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_named_like_cloud_sql() {
    let Some(server) = server("trust", None) else { return };
    let folder = server.socket_folder();
    let url = format!("postgres://app@/postgres?host={folder}&port={}", server.port);
    let seen = look(url, &[("query", text("SELECT 1"))], LONG).await;
    assert_eq!(seen.obstacle, None);
    assert_eq!(seen.facts.value("peer"), Some(&Value::Text(format!("{folder}/.s.PGSQL.{}", server.port))));
    let gone = look(format!("postgres://app@/postgres?host={folder}&port=1"), &[], LONG).await;
    blocked(&gone, Cause::Unreachable, "p:r:i");
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_judged() {
    let authority = Authority::named("ours");
    let Some(good) = server("scram-sha-256", Some(authority.sign("127.0.0.1", 2060))) else { return };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), &authority.certificate).unwrap();
    std::fs::write(folder.path().join("other.pem"), Authority::named("another").certificate).unwrap();
    std::fs::write(folder.path().join("impostor.pem"), Authority::named("ours").certificate).unwrap();
    let ask = async |server: &Server, mode: &str, ca: Option<&str>| {
        let mut settings = vec![("url", text(server.url())), ("tls", text(mode))];
        settings.extend(ca.map(|ca| ("ca", text(ca))));
        observe(&*prepare(folder.path(), &settings).unwrap(), LONG).await
    };
    let seen = ask(&good, "verify-full", Some("ca.pem")).await;
    assert_eq!(seen.obstacle, None);
    assert_eq!(seen.facts.value("tls.verified"), Some(&Value::Flag(true)));
    assert_eq!(seen.facts.value("tls.protocol"), Some(&Value::Text("TLSv1.3".into())));
    assert_eq!(seen.facts.value("tls.names"), Some(&Value::Text("127.0.0.1".into())));
    assert!(
        matches!(seen.facts.value("tls.days-left"), Some(Value::Number(days)) if days.as_i64() > Some(365))
    );
    let encrypted = ask(&good, "require", None).await;
    assert_eq!(encrypted.facts.value("tls.verified"), Some(&Value::Flag(false)));
    blocked(&ask(&good, "verify-full", Some("other.pem")).await, Cause::TlsUnknownIssuer, "TLS");
    blocked(&ask(&good, "verify-full", Some("impostor.pem")).await, Cause::TlsUnknownIssuer, "TLS");
    drop(good);
    let wrong = server("trust", Some(authority.sign("elsewhere.example", 2060))).unwrap();
    blocked(&ask(&wrong, "verify-full", Some("ca.pem")).await, Cause::TlsWrongHost, "TLS");
    assert_eq!(ask(&wrong, "verify-ca", Some("ca.pem")).await.obstacle, None);
    drop(wrong);
    let expired = server("trust", Some(authority.sign("127.0.0.1", 2021))).unwrap();
    blocked(&ask(&expired, "verify-full", Some("ca.pem")).await, Cause::TlsExpired, "TLS");
}

async fn burst(server: &Server, size: usize, query: &str) -> Vec<Observation> {
    let mut looks = tokio::task::JoinSet::new();
    for _ in 0..size {
        let (url, query) = (server.url(), text(query));
        looks.spawn(async move { look(url, &[("query", query)], LONG).await });
    }
    looks.join_all().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_at_once_and_one_too_many() {
    let Some(server) = for_benchmarks(110) else { return };
    for seen in burst(&server, 100, "SELECT 1").await {
        assert_eq!(seen.obstacle, None);
        assert_eq!(seen.facts.value("tls.verified"), Some(&Value::Flag(false)));
    }
    drop(server);
    let Some(small) = for_benchmarks(5) else { return };
    let seen = burst(&small, 12, "SELECT pg_sleep(3)").await;
    let refused: Vec<_> = seen.iter().filter(|seen| seen.obstacle.is_some()).collect();
    assert!(!refused.is_empty() && refused.len() <= 7);
    refused.iter().for_each(|seen| blocked(seen, Cause::TooManyConnections, "53300"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_during_the_query() {
    let Some(server) = server("trust", None) else { return };
    let url = server.url();
    let asking =
        tokio::spawn(async move { look(url, &[("query", text("SELECT pg_sleep(20)"))], LONG).await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    server.stop_at_once();
    blocked(&asking.await.unwrap(), Cause::Reset, "during the query");
}

/// A peer of our own for one connection.
fn peer(mut act: impl FnMut(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || listener.accept().map(|(stream, _)| act(stream)));
    format!("postgres://app@127.0.0.1:{port}/db?sslmode=")
}

fn answer(bytes: &'static [u8]) -> String {
    peer(move |mut stream| {
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.write_all(bytes);
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn peers_that_are_no_server() {
    const STARTING: &[u8] = b"E\0\0\0\x37SFATAL\0C57P03\0Mthe database system is starting up\0\0";
    blocked(&look(answer(STARTING) + "disable", &[], LONG).await, Cause::StartingUp, "57P03");
    blocked(&look(answer(STARTING) + "prefer", &[], LONG).await, Cause::StartingUp, "57P03");
    const HTTP: &[u8] = b"HTTP/1.1 400 Bad Request\r\n\r\n";
    blocked(&look(answer(HTTP) + "disable", &[], LONG).await, Cause::DatabaseProtocol, "HTTP/1.1");
    blocked(&look(answer(HTTP) + "prefer", &[], LONG).await, Cause::DatabaseProtocol, "`H`");
    const CUT: &[u8] = b"R\0\0\0\x08\0\0\0\0S\0\0\0\x16client";
    for count in [0, 1, 4, 9, CUT.len()] {
        blocked(&look(answer(&CUT[..count]) + "disable", &[], LONG).await, Cause::Reset, "closed");
    }
    blocked(&look(answer(b"") + "require", &[], LONG).await, Cause::Reset, "closed");
    blocked(&look(answer(b"SHTTP/1.1 no") + "require", &[], LONG).await, Cause::NotTls, "TLS");
    let silent = || peer(|stream| drop(std::io::copy(&mut { stream }, &mut std::io::sink())));
    let soon = Duration::from_millis(300);
    blocked(&look(silent() + "disable", &[], soon).await, Cause::DatabaseTimeout, "in time");
    blocked(&look(silent() + "require", &[], soon).await, Cause::DatabaseTimeout, "in time");
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = format!("postgres://app@127.0.0.1:{free}/db");
    blocked(&look(nobody, &[], LONG).await, Cause::Refused, "127.0.0.1");
}

/// Messages whose lengths don't add up: sqlx panics over some of them. None may be blamed on the harness.
#[tokio::test(flavor = "multi_thread")]
async fn messages_that_do_not_add_up() {
    const BROKEN: &[&[u8]] = &[
        b"R\0\0\0\x05x",
        b"R\0\0\0\x04",
        b"R\0\0\0\x08\0\0\0\x0a",
        b"R\0\0\0\x0a\0\0\0\x05ab",
        b"R\0\0\0\x08\0\0\0\0K\0\0\0\x04",
        b"R\0\0\0\x08\0\0\0\0S\0\0\0\x05x",
        b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x04",
        b"E\0\0\0\x04",
        b"E\0\0\0\x06SF",
        b"N\0\0\0\x05x",
        b"R\xff\xff\xff\xff",
        b"R\0\0\0\0",
    ];
    for broken in BROKEN {
        let seen = look(answer(broken) + "disable", &[], LONG).await;
        let obstacle = seen.obstacle.unwrap();
        let of_the_server = matches!(
            obstacle.cause,
            Cause::DatabaseProtocol | Cause::Reset | Cause::DatabaseQuery | Cause::DatabaseAuth
        );
        assert!(of_the_server, "{broken:?}: {obstacle:?}");
    }
}

/// Far above what a phase costs on a loaded machine, so that one look tells whose the delay is.
const DELAY: Duration = Duration::from_millis(400);

/// Is it from the server, and its bytes: is this the chunk that comes late?
type Late = fn(bool, &[u8]) -> bool;

/// Hands on everything, and waits once before a chunk that `late` picks.
fn delaying(server: u16, late: Late) -> String {
    let carry = move |mut from: TcpStream, mut to: TcpStream, down: bool| {
        let mut waited = false;
        let mut buffer = [0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            if !waited && late(down, &buffer[..count]) {
                waited = true;
                std::thread::sleep(DELAY);
            }
            if to.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Write);
    };
    peer(move |client| {
        let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
        for stream in [&client, &server] {
            stream.set_nodelay(true).unwrap();
        }
        let (up, out) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        std::thread::spawn(move || carry(up, out, false));
        carry(server, client, true);
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delay_is_found_in_its_phase() {
    let Some(server) = for_benchmarks(20) else { return };
    let cases: [(&str, &str, Late); 3] = [
        ("time.tls", "require", |down, bytes| down && bytes == b"S"),
        ("time.auth", "disable", |down, bytes| down && bytes[0] == b'R'),
        ("time.query", "disable", |down, bytes| !down && bytes[0] == b'Q'),
    ];
    for (delayed, mode, late) in cases {
        let more = [("query", text("SELECT 1")), ("database", text("postgres"))];
        let seen = look(delaying(server.port, late) + mode, &more, LONG).await;
        assert_eq!(seen.obstacle, None);
        assert!(time(&seen, delayed) >= DELAY, "{delayed}: {seen:?}");
        for other in ["time.tcp", "time.tls", "time.auth", "time.query"] {
            let is_there = other != delayed && seen.facts.get(other).is_some();
            assert!(!is_there || time(&seen, other) < DELAY, "{delayed} is not alone: {seen:?}");
        }
    }
}
