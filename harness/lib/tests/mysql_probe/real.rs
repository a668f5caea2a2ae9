//! A real MariaDB: what it says, and how it refuses.

use std::io::Read;
use std::net::TcpStream;
use std::time::Duration;

use fixproof::model::{Cause, Observation, Setting, Value};

use crate::fixture::{LONG, Late, PASSWORD, blocked, delayed_alone, delaying, fine, free_port, text, time};
use crate::server::{Server, at, look, query, user};

const CONNECTIONS: (&str, Setting) = ("connections", Setting::Flag(true));

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_taken_apart() {
    let Some(server) = Server::start(None, &["--max-connections=20"]) else { return };
    let seen = look(server.url(), &[CONNECTIONS], LONG).await;
    fine(&seen);
    let phases: Vec<_> = seen.phases.iter().map(|phase| &*phase.name).collect();
    assert_eq!(phases, ["tcp", "greeting", "auth", "connections"]);
    let parts: Duration =
        ["time.tcp", "time.greeting", "time.auth"].iter().map(|part| time(&seen, part)).sum();
    assert_eq!(time(&seen, "time.connect"), parts);
    assert_eq!(time(&seen, "time.total"), parts + time(&seen, "time.connections"));
    assert_eq!(seen.facts.value("auth.method"), Some(&Value::Text("mysql_native_password".into())));
    assert_eq!(seen.facts.value("peer"), Some(&Value::Text(format!("127.0.0.1:{}", server.port))));
    assert_eq!(seen.facts.value("tls.verified"), Some(&Value::Flag(false)));
    assert!(
        matches!(seen.facts.value("server.version"), Some(Value::Text(v)) if v.starts_with("1") && v.contains("MariaDB"))
    );
    assert_eq!(seen.facts.value("connections.used"), Some(&Value::count(1)));
    assert_eq!(seen.facts.value("connections.max"), Some(&Value::count(20)));
    assert!(matches!(seen.facts.value("connections.share"), Some(Value::Share(_))));
    // Over its socket file.
    let socket = format!("mysql://app:{PASSWORD}@/shop?socket={}", server.socket());
    let seen = look(socket, &[query("SELECT 1")], LONG).await;
    fine(&seen);
    assert_eq!(seen.facts.value("peer"), Some(&Value::Text(server.socket())));
    let gone = look(format!("mysql://app@/shop?socket={}x", server.socket()), &[], LONG).await;
    blocked(&gone, Cause::Unreachable, "data/sx");
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_answer_in_json() {
    let Some(server) = Server::start(None, &[]) else { return };
    let words = "SELECT 7 AS i, 18446744073709551615 AS u, 1.5e0 AS f, 1.25 AS n, TRUE AS b, NULL AS x, 'é' AS t, \
                 DATE '2026-01-02' AS d, x'00ff' AS raw, 7 AS i UNION ALL \
                 SELECT 8, 1, 2e0, 2, FALSE, NULL, 'u', DATE '2026-01-03', x'01', 9";
    let more = [query(words), ("row-limit", Setting::Number(1.into()))];
    let seen = look(server.url(), &more, LONG).await;
    fine(&seen);
    let row = serde_json::json!({
        "i": 7, "u": u64::MAX, "f": 1.5, "n": 1.25, "b": 1, "x": null, "t": "é", "d": "2026-01-02",
        "raw": "0x00ff", "i-2": 7
    });
    assert_eq!(seen.facts.value("rows"), Some(&Value::Json(serde_json::json!([row]))));
    assert_eq!(seen.facts.value("row-count"), Some(&Value::count(2)));
    assert_eq!(seen.facts.value("value"), Some(&Value::count(7)));
    assert_eq!(time(&seen, "time.total"), time(&seen, "time.connect") + time(&seen, "time.query"));
    let ask = async |words: &str| look(server.url(), &[query(words)], LONG).await;
    let last = ask("SELECT 1; SELECT VERSION(); SET @x = 1").await;
    fine(&last);
    assert!(matches!(last.facts.value("value"), Some(Value::Text(v)) if v.contains("MariaDB")));
    let typed = "CREATE TEMPORARY TABLE t (b BIT(9), y YEAR, u BIGINT UNSIGNED, j JSON); \
                 INSERT INTO t VALUES (b'100000001', 2026, 18446744073709551615, '[1]'); SELECT * FROM t";
    let row = serde_json::json!({"b": 257, "y": 2026, "u": u64::MAX, "j": "[1]"});
    assert_eq!(ask(typed).await.facts.value("rows"), Some(&Value::Json(serde_json::json!([row]))));
    let many = ask("SELECT seq FROM seq_1_to_100000").await;
    fine(&many);
    assert_eq!(many.facts.value("row-count"), Some(&Value::count(100_000)));
    assert!(
        matches!(many.facts.value("rows"), Some(Value::Json(rows)) if rows.as_array().unwrap().len() == 1000)
    );
    let long = ask("SELECT REPEAT('x', 70000) AS a, 'end' AS b").await;
    assert!(matches!(long.facts.value("rows"), Some(Value::Json(rows)) if rows[0]["b"] == "end"), "{long:?}");
    let nobody = ask("SELECT 1 FROM DUAL WHERE FALSE").await;
    fine(&nobody);
    assert_eq!(
        (nobody.facts.value("value"), nobody.facts.value("row-count")),
        (None, Some(&Value::count(0)))
    );
    blocked(&ask("SELEC").await, Cause::DatabaseQuery, "1064 (42000)");
    blocked(&ask("SELECT 1; SELECT * FROM nothing").await, Cause::DatabaseQuery, "1146");
    blocked(&ask("SELECT REPEAT('x', 5000000)").await, Cause::Truncated, "4194304");
    let slow = look(server.url(), &[query("SELECT SLEEP(20)")], Duration::from_secs(2)).await;
    blocked(&slow, Cause::DatabaseTimeout, "query");
    assert!(slow.phases.iter().any(|phase| phase.name == "query" && !phase.complete));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_refuses_by_name() {
    let Some(server) = Server::start(None, &[]) else { return };
    for (setting, cause, says) in [
        (("password", text("wrong-horse")), Cause::DatabaseAuth, "1045 (28000)"),
        (user("nobody"), Cause::DatabaseAuth, "1045 (28000)"),
        (("database", text("secret")), Cause::DatabaseAuth, "1044"),
        (("database", text("nothing")), Cause::DatabaseAuth, "1044"),
        (user("encrypted"), Cause::DatabaseAuth, "1045"),
        (user("locked"), Cause::DatabaseAuth, "locked"),
        (user("curve"), Cause::DatabaseAuth, "`client_ed25519`, which is not spoken here"),
        (("tls", text("required")), Cause::TlsProtocol, "no TLS to offer"),
    ] {
        let seen = look(server.url(), &[setting], LONG).await;
        blocked(&seen, cause, says);
        let auth = seen.phases.iter().find(|phase| phase.name == "auth");
        assert!(cause != Cause::DatabaseAuth || auth.is_some_and(|auth| !auth.complete), "{seen:#?}");
    }
    let root = |database| format!("mysql://root@127.0.0.1:{}/{database}", server.port);
    blocked(&look(root("nothing"), &[], LONG).await, Cause::NoSuchDatabase, "1049");
    fine(&look(root(""), &[], LONG).await);
    fine(&look(format!("mysql://empty@127.0.0.1:{}", server.port), &[], LONG).await);
    fine(&look(server.url(), &[user("once"), ("database", text(""))], LONG).await);
    let twice = look(server.url(), &[user("once"), ("database", text(""))], LONG).await;
    blocked(&twice, Cause::TooManyConnections, "1226");
    blocked(&look(at(free_port()), &[], LONG).await, Cause::Refused, "127.0.0.1");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_too_many() {
    // The fewest that can be set.
    let Some(server) = Server::start(None, &["--max-connections=10"]) else { return };
    let mut held = Vec::new();
    let refused = loop {
        let mut one = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
        let mut greeting = [0; 5];
        one.read_exact(&mut greeting).unwrap();
        if greeting[4] == 0xff {
            break look(server.url(), &[], LONG).await;
        }
        held.push(one);
        assert!(held.len() < 20);
    };
    blocked(&refused, Cause::TooManyConnections, "1040");
    assert!(refused.phases.iter().any(|phase| phase.name == "greeting" && !phase.complete));
}

/// A query that takes its time, once the server is at it.
async fn asleep(server: &Server) -> tokio::task::JoinHandle<Observation> {
    let url = server.url();
    let asking = tokio::spawn(async move { look(url, &[query("SELECT SLEEP(20)")], LONG).await });
    let root = format!("mysql://root@127.0.0.1:{}", server.port);
    let sleeping =
        [query("SELECT COUNT(*) FROM information_schema.processlist WHERE info = 'SELECT SLEEP(20)'")];
    while look(&*root, &sleeping, LONG).await.facts.value("value") != Some(&Value::count(1)) {}
    asking
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_during_the_query() {
    let Some(server) = Server::start(None, &[]) else { return };
    let asking = asleep(&server).await;
    // MariaDB leaves without a word to those who wait.
    server.shut_down();
    blocked(&asking.await.unwrap(), Cause::Reset, "instead of answering");
    drop(server);
    let server = Server::start(None, &[]).unwrap();
    let asking = asleep(&server).await;
    drop(server);
    blocked(&asking.await.unwrap(), Cause::Reset, "instead of answering");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delay_is_found_in_its_phase() {
    let Some(server) = Server::start(None, &[]) else { return };
    let cases: [(&str, Late); 4] = [
        ("time.greeting", |down, bytes| down && bytes[3] == 0),
        ("time.auth", |down, bytes| !down && bytes[3] == 1),
        ("time.query", |down, bytes| !down && bytes.ends_with(b"SELECT 1")),
        ("time.connections", |down, bytes| !down && bytes.ends_with(b"'max_connections'")),
    ];
    for (delayed, late) in cases {
        let seen = look(at(delaying(server.port, late)), &[query("SELECT 1"), CONNECTIONS], LONG).await;
        let all = ["time.tcp", "time.greeting", "time.auth", "time.query", "time.connections"];
        delayed_alone(&seen, delayed, &all);
    }
}
