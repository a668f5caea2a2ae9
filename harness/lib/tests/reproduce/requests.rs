//! `curl` sends what the probe sends: the two requests that arrive at one listener are laid side by side.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use fixproof::engine::{Plan, Stop, run};

use super::{command, one, there, typed};

/// A request as it arrived.
#[derive(Debug, PartialEq)]
struct Arrived {
    line: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

/// A listener that takes requests apart and answers each.
fn listener() -> (u16, Receiver<Arrived>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            let (mut read, mut buffer) = (Vec::new(), [0; 4096]);
            let arrived = loop {
                let count = stream.read(&mut buffer).unwrap_or(0);
                read.extend_from_slice(&buffer[..count]);
                if let Some(arrived) = whole(&read) {
                    break arrived;
                }
                assert!(count > 0, "it ended early: {}", String::from_utf8_lossy(&read));
            };
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
            if sender.send(arrived).is_err() {
                return;
            }
        }
    });
    (port, receiver)
}

fn whole(read: &[u8]) -> Option<Arrived> {
    let end = read.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&read[..end]).unwrap();
    let (line, rest) = head.split_once("\r\n").unwrap_or((head, ""));
    let headers: BTreeMap<String, String> = rest
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let size = headers.get("content-length").map_or(0, |size| size.parse().unwrap());
    let body = read.get(end + 4..end + 4 + size)?.to_vec();
    Some(Arrived { line: line.to_owned(), headers, body })
}

/// What the probe sends.
fn sent_by_probe(plan: Plan, arrived: &Receiver<Arrived>) -> Arrived {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let report = runtime.block_on(run(plan, &mut (), Stop::never()));
    arrived
        .recv_timeout(Duration::from_secs(20))
        .unwrap_or_else(|_| panic!("{:?}", report.outcomes[0].reason))
}

#[test]
fn curl_sends_what_the_probe_sends() {
    if !there("curl", "curl", "curl_sends_what_the_probe_sends") {
        return;
    }
    let (port, arrived) = listener();
    for with in [
        r#"url = "http://127.0.0.1:PORT/health""#,
        r#"url = "http://127.0.0.1:PORT/a b/[x]{y}?q=1&w=$HOME#frag""#,
        r#"url = "http://127.0.0.1:PORT/x?a=1", query = { b = "c d&e=f", "ä" = "1+1", n = 3 }"#,
        r#"url = "http://127.0.0.1:PORT/", method = "DELETE""#,
        r#"url = "http://127.0.0.1:PORT/", method = "HEAD""#,
        r#"url = "http://127.0.0.1:PORT/", method = "OPTIONS", headers = { Origin = "https://a.example.com", X-Empty = "", X-Quote = "it's \"$(id)\" `id`" }"#,
        r#"url = "http://127.0.0.1:PORT/", bearer = "{{secret.jwt}}""#,
        r#"url = "http://127.0.0.1:PORT/", basic = { user = "me", password = "{{secret.jwt}}" }"#,
        r#"url = "http://127.0.0.1:PORT/", json = { message = "it's $5 \\ \"x\"\nü", token = "{{secret.jwt}}", list = [1, true, { a = "b" }] }"#,
        r#"url = "http://127.0.0.1:PORT/", method = "GET", body = "@/etc/hostname\r\n\u0001""#,
        r#"url = "http://127.0.0.1:PORT/", body = "a=b", headers = { content-type = "text/plain" }"#,
        r#"url = "http://127.0.0.1:PORT/", form = { a = "b c", "d&" = "{{secret.jwt}}=@", e = "" }"#,
        r#"url = "http://api.example.com:PORT/x", resolve = "127.0.0.1""#,
        r#"url = "http://api.example.com/x", resolve = "127.0.0.1:PORT""#,
        r#"url = "http://127.0.0.1:PORT/e", events = ["started"]"#,
    ] {
        let with = format!("{{ {} }}", with.replace("PORT", &port.to_string()));
        let plan = one(&format!(
            "probe = \"http\"\nwith = {with}\nexpect = [{{ that = \"status\", equals = 200 }}, {{ that = \"header.x\", equals = \"1\" }}]"
        ));
        let command = command(&plan);
        let output = typed(&command, &[("no_proxy", "*")]);
        assert!(output.status.success(), "{command}: {output:?}");
        let curls = arrived.recv_timeout(Duration::from_secs(20)).unwrap();
        if with.contains("events") {
            assert_eq!(curls.headers["accept"], "text/event-stream");
            continue;
        }
        let mut probes = sent_by_probe(plan, &arrived);
        let mut curls = same(curls);
        probes = same(probes);
        if with.contains("form") {
            // A space may be written in two ways.
            let space = |body: &[u8]| String::from_utf8_lossy(body).replace("%20", "+").into_bytes();
            (curls.body, probes.body) = (space(&curls.body), space(&probes.body));
            [&mut curls, &mut probes].into_iter().for_each(|a| drop(a.headers.remove("content-length")));
        }
        assert_eq!(curls, probes, "{command}");
    }
}

/// Without what every client says of itself, and what differs only in its spelling.
fn same(mut arrived: Arrived) -> Arrived {
    for own in ["user-agent", "accept", "connection", "accept-encoding"] {
        arrived.headers.remove(own);
    }
    arrived
}
