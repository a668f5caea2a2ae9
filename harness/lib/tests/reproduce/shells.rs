//! Every probe's command, as it is read by a shell: word by word, whatever the suite says.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use fixproof::probe::PROBES;

use super::{CANARY, command, commands, one, planned};

/// What the programs of a command line were given, each a line of words between brackets, in order of their names.
fn given(command: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    for program in
        ["dig", "nc", "openssl", "psql", "mysql", "redis-cli", "grpcurl", "websocat", "gcloud", "tool"]
    {
        let path = folder.path().join(program);
        let script = "#!/bin/sh\ninput=$(cat; echo .)\n{ printf '[%s]' \"${0##*/}\" \"$@\"; printf ' %s%s%s < %s' \"$PGPASSWORD\" \"$MYSQL_PWD\" \"$REDISCLI_AUTH\" \"${input%.}\"; echo; } >> \"$HEARD\"\n";
        std::fs::write(&path, script).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let heard = folder.path().join("heard");
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).env("PATH", path).env("HEARD", &heard).stdin(std::process::Stdio::null());
    shell.env("JWT", CANARY).env("DATABASE_URL_PASSWORD", "pass word").env("REDISCLI_AUTH", "");
    let output = shell.output().unwrap();
    assert!(output.status.success(), "{command}: {output:?}");
    std::fs::read_to_string(heard).unwrap().lines().map(str::to_owned).collect()
}

fn asked(probe: &str, with: &str) -> String {
    let fact = match probe {
        "dns" => "count",
        "command" => "exit-code",
        "log" => "entries",
        "redis" => "time.total",
        "tls" => "tls.chain-length",
        "grpc" => "http.status",
        "websocket" => "frames.count",
        _ => "time.total",
    };
    let wanted = if fact == "time.total" { "at-most = \"5s\"" } else { "equals = 3" };
    command(&one(&format!(
        "probe = \"{probe}\"\nwith = {{ {with} }}\nexpect = [{{ that = \"{fact}\", {wanted} }}]"
    )))
}

#[test]
fn every_probe_s_example_can_be_asked_by_hand() {
    for kind in PROBES {
        let example = kind.spec().example.replace("{{backend.websocket}}", "wss://api.example.com");
        let component = format!("component = {:?}", example.split('"').nth(1).unwrap());
        for (id, commands) in commands(&planned(&example.replace(&component, "component = \"backend\""))) {
            for command in commands {
                let last = command.lines().last().unwrap();
                assert!(!last.starts_with('#'), "{id}: {command}");
            }
        }
    }
}

#[test]
fn each_tool_hears_what_the_probe_is_told() {
    let cases = [
        (
            "dns",
            r#"names = ["api.example.com", "b.example.com."], server = "192.0.2.1:5353", transport = "tcp""#,
            "[dig][+time=10][+tcp][@192.0.2.1][-p][5353][api.example.com.][A][api.example.com.][AAAA][b.example.com.][A][b.example.com.][AAAA]",
        ),
        ("dns", r#"name = "192.0.2.1", type = "PTR""#, "[dig][+time=10][1.2.0.192.in-addr.arpa.][PTR]"),
        (
            "tcp",
            r#"address = "[2001:db8::1]:6379", send = "AUTH {{secret.jwt}} 100%\\r\\n", ip = "6""#,
            "[nc][-v][-w][10][-6][2001:db8::1][6379]  < AUTH canary to k'en 100%",
        ),
        ("tcp", r#"address = "cache.example.com:6379""#, "[nc][-vz][-w][10][cache.example.com][6379]"),
        (
            "tls",
            r#"address = "app.example.com", ca = "system", alpn = ["h2", "it's"], version = "1.3""#,
            "[openssl][s_client][-connect][app.example.com:443][-servername][app.example.com][-verify_hostname][app.example.com][-verify_return_error][-alpn][h2,it's][-tls1_3]",
        ),
        (
            "grpc",
            r#"url = "https://grpc.example.com", service = "it's", bearer = "{{secret.jwt}}", metadata = { x-a = "$(id)" }"#,
            "[grpcurl][-max-time][10][-H][x-a: $(id)][-H][authorization: Bearer canary to k'en][-d][{\"service\":\"it's\"}][grpc.example.com:443][grpc.health.v1.Health/Check]",
        ),
        (
            "websocket",
            r#"url = "wss://api.example.com/ws?a=$HOME", bearer = "{{secret.jwt}}", origin = "https://app.example.com", talk = [{ send = { type = "it's", k = "{{secret.jwt}}" } }, { await = "pong" }]"#,
            "[websocat][-n][--header=Authorization: Bearer canary to k'en][--origin=https://app.example.com][wss://api.example.com/ws?a=$HOME]  < {\"type\":\"it's\",\"k\":\"canary to k'en\"}",
        ),
        (
            "postgres",
            r#"url = "{{backend.database}}", query = "SELECT 'a', \"b\" -- $x""#,
            "[psql][-X][host=db.example.com port=5432 user=app dbname=app sslmode=verify-full connect_timeout=10 sslrootcert=system][-c][SELECT 'a', \"b\" -- $x] pass word < ",
        ),
        (
            "postgres",
            r#"host = "/run/it's", user = "a b", password = "written", tls = "disable""#,
            "[psql][-X][host='/run/it\\'s' port=5432 user='a b' dbname='a b' sslmode=disable connect_timeout=10][-c][SELECT 1]",
        ),
        (
            "mysql",
            r#"url = "mysql://app:{{secret.jwt}}@localhost/shop?ssl-mode=DISABLED", connections = true"#,
            "[mysql][--protocol=TCP][--host=localhost][--port=3306][--user=app][--connect-timeout=10][--ssl-mode=DISABLED][--database=shop][-e][SELECT 1; SHOW GLOBAL STATUS LIKE 'Threads_connected'; SHOW GLOBAL VARIABLES LIKE 'max_connections'] canary to k'en < ",
        ),
        (
            "redis",
            r#"url = "{{backend.cache}}", command = ["GET", "it's $x"], info = true"#,
            "[redis-cli][-h][cache.example.com][-p][6379][--user][app][-n][2][GET][it's $x] canary to k'en < ",
        ),
        (
            "command",
            r#"argv = ["tool", "--a=$(id)", "", "{{secret.jwt}}"], stdin = "x\\ny", env = { A = "it's" }"#,
            "[tool][--a=$(id)][][canary to k'en]  < x",
        ),
        ("command", r#"shell = "tool \"$HOME\" | cat""#, ""),
        (
            "log",
            r#"command = ["gcloud", "logging", "read", "severity>=\"ERROR\"", "--limit=1000"]"#,
            "[gcloud][logging][read][severity>=\"ERROR\"][--limit=1000]",
        ),
        (
            "log",
            r#"url = "https://logging.googleapis.com/v2/entries:list", google = "default", resources = ["projects/p"], filter = "a=\"it's\"", since = "1h""#,
            "[gcloud][logging][read][a=\"it's\"][--project][p][--freshness=3600s][--limit=1000][--format=json]",
        ),
    ];
    for (probe, with, wanted) in cases {
        let with = with.replace("\\\\", "\\");
        let command = asked(probe, &with);
        if wanted.is_empty() {
            assert!(
                command.starts_with("(cd ") && command.contains("sh -c 'tool \"$HOME\" | cat'"),
                "{command}"
            );
            continue;
        }
        let heard = given(&command);
        assert!(heard[0].starts_with(wanted), "{command}\n{heard:?}");
    }
}

#[test]
fn a_file_s_end_is_read_and_looked_through() {
    let command = asked("log", r#"file = ["a.log", "it's.log"], pattern = '(?P<took>\d+)s', limit = 50"#);
    assert_eq!(command, r"tail -q -n 50 -- suite/a.log 'suite/it'\''s.log' | grep -P -- '(?P<took>\d+)s'");
    let query = asked("log", r#"url = "http://127.0.0.1:1/v2/entries:list", filter = "x", since = "1h""#);
    assert_eq!(
        query,
        "# entries of the last 1h count\ncurl -sS -D- --max-time 10 -H 'Content-Type: application/json' --data-raw '{\"orderBy\":\"timestamp desc\",\"pageSize\":1000,\"filter\":\"x\"}' http://127.0.0.1:1/v2/entries:list"
    );
}

#[test]
fn secrets_and_captures_are_variables_and_steps_say_what_to_take_along() {
    let plan = planned(
        r#"component = "backend"
[[scenario]]
id = "log-in"
title = "Log in"
  [[scenario.step]]
  name = "login"
  probe = "http"
  with = { url = "{{backend.url}}/login", method = "POST", bearer = "{{backend.hidden}}", json = { run = "{{run.nonce-digits}}" } }
  expect = [{ that = "status", equals = 200 }]
  capture = { token = { that = "body", at = "$['access token']" } }
  secret = ["token"]
  [[scenario.step]]
  name = "served"
  probe = "http"
  timeout = "1500ms"
  with = { url = "{{backend.url}}/me", bearer = "{{token}}x", headers = { x-key = "{{secret.jwt}}" } }
  expect = [{ that = "status", equals = 200 }, { that = "size", more-than = "3B" }]
"#,
    );
    let found = commands(&plan);
    let [(_, steps)] = &*found else { panic!("{found:?}") };
    let nonce = steps[0].split_once("\"run\":\"").unwrap().1.split('"').next().unwrap();
    assert!(nonce.contains(|c: char| c.is_ascii_digit()), "{nonce}");
    assert_eq!(
        steps[0].replace(nonce, "N"),
        "# step login\ncurl -sS -D- --max-time 10 -H \"Authorization: Bearer $BACKEND_HIDDEN\" -H 'Content-Type: application/json' --data-raw '{\"run\":\"N\"}' https://api.example.com/login\n# set token= to the value of body at $['access token'] in the answer"
    );
    assert_eq!(
        steps[1],
        "# step served\ncurl -sS -D- --max-time 1.5 -H \"Authorization: Bearer ${token}x\" -H \"x-key: $JWT\" https://api.example.com/me"
    );
}

#[test]
fn what_no_shell_can_be_told_is_told_so() {
    assert_eq!(
        asked("redis", "url = \"redis://h\", command = [\"GET\", \"a\\u0000b\"]"),
        "# no common command-line tool does what `redis` does"
    );
}
