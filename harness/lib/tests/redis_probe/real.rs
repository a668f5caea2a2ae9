//! A real Redis: what it says, and how it refuses.

use std::io::Read;
use std::net::TcpStream;
use std::time::Duration;

use fixproof::model::{Cause, Setting, Value};

use crate::fixture::{
    LONG, Late, PASSWORD, SHORT, blocked, delayed_alone, delaying, fine, free_port, text, time,
};
use crate::server::{Server, at, command, look};

const INFO: (&str, Setting) = ("info", Setting::Flag(true));

fn password() -> (&'static str, Setting) {
    ("password", text(PASSWORD))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_taken_apart() {
    let Some(server) =
        Server::start(&["--requirepass", PASSWORD, "--maxmemory", "64mb", "--maxclients", "50"])
    else {
        return;
    };
    let seen = look(server.url() + "/3", &[password(), INFO], LONG).await;
    fine(&seen);
    assert_eq!(
        seen.phases.iter().map(|phase| &*phase.name).collect::<Vec<_>>(),
        ["tcp", "auth", "query", "info"]
    );
    assert_eq!(time(&seen, "time.connect"), time(&seen, "time.tcp") + time(&seen, "time.auth"));
    let questions = time(&seen, "time.query") + time(&seen, "time.info");
    assert_eq!(time(&seen, "time.total"), time(&seen, "time.connect") + questions);
    assert_eq!(seen.facts.value("value"), Some(&Value::Text("PONG".into())));
    assert_eq!(seen.facts.value("peer"), Some(&Value::Text(format!("127.0.0.1:{}", server.port))));
    assert_eq!(seen.facts.value("server.role"), Some(&Value::Text("master".into())));
    assert_eq!(seen.facts.value("server.mode"), Some(&Value::Text("standalone".into())));
    assert!(
        matches!(seen.facts.value("server.version"), Some(Value::Text(v)) if v.starts_with(char::is_numeric))
    );
    assert!(matches!(seen.facts.value("memory.used"), Some(Value::Size(1000..))));
    assert_eq!(seen.facts.value("memory.max"), Some(&Value::Size(64 << 20)));
    assert!(matches!(seen.facts.value("memory.share"), Some(Value::Share(_))));
    assert_eq!(seen.facts.value("connections.max"), Some(&Value::count(50)));
    assert_eq!(seen.facts.value("info.maxmemory_policy"), Some(&Value::Text("noeviction".into())));
    assert_eq!(seen.facts.value("info.blocked_clients"), Some(&Value::count(0)));
    assert_eq!(seen.transcript.sent, ["AUTH (not shown)", "SELECT 3", "PING", "INFO"]);
    assert!(seen.facts.get("tls.verified").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_answer_in_json() {
    let Some(server) = Server::start(&[]) else { return };
    let ask = async |words: &[&str]| look(server.url(), &[command(words)], LONG).await;
    let value = async |words: &[&str]| {
        let seen = ask(words).await;
        fine(&seen);
        seen.facts.value("value").cloned().unwrap()
    };
    assert_eq!(value(&["SET", "a key", "7 é\r\n"]).await, Value::Text("OK".into()));
    assert_eq!(value(&["GET", "a key"]).await, Value::Text("7 é\r\n".into()));
    assert_eq!(value(&["GET", "nothing"]).await, Value::Null);
    assert_eq!(value(&["INCR", "count"]).await, Value::count(1));
    assert_eq!(value(&["MGET", "count", "nothing"]).await, Value::Json(serde_json::json!(["1", null])));
    assert_eq!(value(&["PING", "hello"]).await, Value::Text("hello".into()));
    let hello = value(&["HELLO", "3"]).await;
    assert!(matches!(hello, Value::Json(map) if map["proto"] == 3 && map["role"] == "master"));
    blocked(&ask(&["GET"]).await, Cause::DatabaseQuery, "wrong number of arguments");
    blocked(&ask(&["LPUSH", "a key", "x"]).await, Cause::DatabaseQuery, "WRONGTYPE");
    blocked(&ask(&["NOSUCH"]).await, Cause::DatabaseQuery, "unknown command");
    let slow = look(server.url(), &[command(&["BLPOP", "nothing", "0"])], SHORT).await;
    blocked(&slow, Cause::DatabaseTimeout, "BLPOP in time");
    assert!(slow.phases.iter().any(|phase| phase.name == "query" && !phase.complete));
    fine(&look(server.url(), &[command(&["SETRANGE", "large", "2000000", "x"])], LONG).await);
    blocked(&ask(&["GET", "large"]).await, Cause::Truncated, "1024 KiB");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_refuses_by_name() {
    let acl = ["--requirepass", PASSWORD, "--user", "narrow", "on", ">right-horse", "+ping"];
    let Some(server) = Server::start(&acl) else { return };
    blocked(&look(server.url(), &[], LONG).await, Cause::DatabaseAuth, "NOAUTH");
    blocked(&look(server.url() + "/1", &[], LONG).await, Cause::DatabaseAuth, "NOAUTH");
    let wrong = look(server.url(), &[("password", text("wrong-horse"))], LONG).await;
    blocked(&wrong, Cause::DatabaseAuth, "WRONGPASS");
    assert!(wrong.phases.iter().any(|phase| phase.name == "auth" && !phase.complete));
    let narrow = [("user", text("narrow")), password()];
    fine(&look(server.url(), &narrow, LONG).await);
    // Database 0 is where a session begins, so nobody needs leave to choose it.
    fine(&look(server.url() + "/0", &narrow, LONG).await);
    let [user, with] = narrow;
    blocked(
        &look(server.url(), &[user.clone(), with.clone(), INFO], LONG).await,
        Cause::DatabaseAuth,
        "NOPERM",
    );
    blocked(&look(server.url() + "/1", &[user, with], LONG).await, Cause::DatabaseAuth, "NOPERM");
    blocked(&look(server.url() + "/99", &[password()], LONG).await, Cause::NoSuchDatabase, "out of range");
    drop(server);
    let open = Server::start(&[]).unwrap();
    blocked(
        &look(open.url(), &[password()], LONG).await,
        Cause::DatabaseAuth,
        "without any password configured",
    );
    blocked(&look(at(free_port()), &[], LONG).await, Cause::Refused, "127.0.0.1");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_client_too_many() {
    let Some(server) = Server::start(&["--maxclients", "1"]) else { return };
    // The one that asked whether it was ready may not have been let go yet.
    let mut held = Vec::new();
    let refused = loop {
        let mut one = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
        one.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        match one.read(&mut [0; 100]) {
            Ok(_) if !held.is_empty() => break look(server.url(), &[], LONG).await,
            Ok(_) => {}
            Err(_) => held.push(one),
        }
    };
    blocked(&refused, Cause::TooManyConnections, "max number of clients");
    blocked(
        &look(server.url(), &[password()], LONG).await,
        Cause::TooManyConnections,
        "max number of clients",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_without_its_master_and_a_cluster_without_slots() {
    let nobody = free_port().to_string();
    let lonely = ["--replicaof", "127.0.0.1", &nobody, "--replica-serve-stale-data", "no"];
    let Some(replica) = Server::start(&lonely) else { return };
    blocked(&look(replica.url(), &[command(&["GET", "x"])], LONG).await, Cause::DatabaseQuery, "MASTERDOWN");
    let seen = look(replica.url(), &[command(&["ROLE"]), INFO], LONG).await;
    fine(&seen);
    assert_eq!(seen.facts.value("server.role"), Some(&Value::Text("slave".into())));
    assert_eq!(seen.facts.value("info.master_link_status"), Some(&Value::Text("down".into())));
    drop(replica);
    let cluster = Server::start(&["--cluster-enabled", "yes"]).unwrap();
    blocked(&look(cluster.url(), &[command(&["GET", "x"])], LONG).await, Cause::DatabaseQuery, "CLUSTERDOWN");
    blocked(&look(cluster.url() + "/1", &[], LONG).await, Cause::NoSuchDatabase, "cluster mode");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_during_the_command() {
    let Some(server) = Server::start(&[]) else { return };
    let url = server.url();
    let blocking = [command(&["BLPOP", "nothing", "0"])];
    let asking = tokio::spawn(async move { look(url, &blocking, LONG).await });
    // Until somebody is blocked there is nobody to be cut off.
    while look(server.url(), &[INFO], LONG).await.facts.value("info.blocked_clients")
        != Some(&Value::count(1))
    {}
    drop(server);
    blocked(&asking.await.unwrap(), Cause::Reset, "BLPOP");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delay_is_found_in_its_phase() {
    let Some(server) = Server::start(&["--requirepass", PASSWORD]) else { return };
    let cases: [(&str, Late); 4] = [
        ("time.auth", |down, bytes| !down && bytes.windows(4).any(|word| word == b"AUTH")),
        ("time.auth", |down, bytes| !down && bytes.windows(6).any(|word| word == b"SELECT")),
        ("time.query", |down, bytes| down && bytes.windows(4).any(|word| word == b"PONG")),
        ("time.info", |down, bytes| down && bytes.windows(8).any(|word| word == b"# Server")),
    ];
    for (delayed, late) in cases {
        let seen = look(at(delaying(server.port, late)) + "/2", &[password(), INFO], LONG).await;
        delayed_alone(&seen, delayed, &["time.tcp", "time.auth", "time.query", "time.info"]);
    }
}
