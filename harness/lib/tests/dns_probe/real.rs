//! A real name server, and what the field's own tool sees there.

use std::net::SocketAddr;
use std::process::Command;

use fixproof::model::{Cause, Value};
use serde_json::json;

use super::support::*;

const RECORDS: &[&str] = &[
    "--local=/test/",
    "--host-record=two.test,192.0.2.5,2001:db8::5,300",
    "--host-record=four.test,192.0.2.4,60",
    "--cname=alias.test,two.test,200",
    "--cname=far.test,alias.test,100",
    "--cname=out.test,elsewhere.example",
    "--mx-host=mail.test,mx1.test,10",
    "--mx-host=mail.test,mx2.test,20",
    "--txt-record=txt.test,v=spf1,-all",
    "--srv-host=_sip._tcp.test,sip.test,5060,1,2",
    "--caa-record=caa.test,0,issue,letsencrypt.org",
    "--ptr-record=5.2.0.192.in-addr.arpa,two.test",
];

/// A resolver that knows a few names.
fn resolver() -> Option<Dnsmasq> {
    let hosts: String = (1..=120).map(|i| format!("198.51.100.{i} big.test\n")).collect();
    Dnsmasq::start(RECORDS, &hosts)
}

/// A server of a zone.
fn authority() -> Option<Dnsmasq> {
    let zone = [
        "--auth-server=ns.zone.test,127.0.0.1",
        "--auth-zone=zone.test",
        "--auth-soa=7,hostmaster.zone.test,1200,120,604800",
        "--auth-ttl=33",
        "--host-record=www.zone.test,192.0.2.9",
        "--cname=out.zone.test,elsewhere.example",
    ];
    Dnsmasq::start(&zone, "")
}

#[tokio::test]
async fn an_address_is_a_and_aaaa_together() {
    let Some(server) = resolver() else { return };
    let seen = ask(server.address, "two.test", "address", LONG).await;
    fine(&seen);
    assert_eq!(json(&seen, "answers"), json!(["192.0.2.5", "2001:db8::5"]));
    assert_eq!((number(&seen, "count"), number(&seen, "unresolved")), (2, 0));
    assert_eq!(seconds(&seen, "ttl"), 300);
    assert_eq!(text(&seen, "code"), "NOERROR");
    assert_eq!(text(&seen, "name"), "two.test.");
    assert_eq!(text(&seen, "server"), server.address.to_string());
    assert_eq!(number(&seen, "resends"), 0);
    let hosts = json!([{
        "name": "two.test", "answers": ["192.0.2.5", "2001:db8::5"], "ttl": 300, "code": "NOERROR",
    }]);
    assert_eq!(json(&seen, "hosts"), hosts);
    let received = seen.transcript.received.join("\n");
    assert!(received.contains("two.test. 300 IN A 192.0.2.5"), "{received}");
    assert!(received.contains(";; two.test. IN A: NOERROR, flags: qr aa rd ra;"), "{received}");
    assert!(seen.transcript.sent[0].starts_with("two.test. IN A  to 127.0.0.1:"), "{:?}", seen.transcript);
    // Half an address is one.
    let seen = ask(server.address, "four.test.", "address", LONG).await;
    fine(&seen);
    assert_eq!((json(&seen, "answers"), seconds(&seen, "ttl")), (json!(["192.0.2.4"]), 60));
}

#[tokio::test]
async fn aliases_are_followed_to_their_end() {
    let Some(server) = resolver() else { return };
    let seen = ask(server.address, "FAR.test", "address", LONG).await;
    fine(&seen);
    assert_eq!(text(&seen, "name"), "two.test.");
    assert_eq!(seconds(&seen, "ttl"), 100, "an alias is part of the answer");
    assert_eq!(json(&seen, "answers"), json!(["192.0.2.5", "2001:db8::5"]));
    let kinds: Vec<String> =
        json(&seen, "records").as_array().unwrap().iter().map(|row| row["type"].to_string()).collect();
    assert_eq!(kinds, ["\"CNAME\"", "\"CNAME\"", "\"A\"", "\"AAAA\""]);
    let seen = ask(server.address, "far.test", "CNAME", LONG).await;
    fine(&seen);
    assert_eq!(json(&seen, "answers"), json!(["alias.test."]));
    assert_eq!(text(&seen, "name"), "far.test.");
    let seen = ask(server.address, "out.test", "A", LONG).await;
    blocked(&seen, Cause::DnsServer, "alias of elsewhere.example., and not what that is");
}

#[tokio::test]
async fn every_kind_of_record_is_told_as_its_field_writes_it() {
    let Some(server) = resolver() else { return };
    for (name, kind, answers) in [
        ("mail.test", "MX", json!(["10 mx1.test.", "20 mx2.test."])),
        ("txt.test", "TXT", json!(["v=spf1-all"])),
        ("_sip._tcp.test", "SRV", json!(["1 2 5060 sip.test."])),
        ("caa.test", "CAA", json!(["0 issue \"letsencrypt.org\""])),
        ("192.0.2.5", "PTR", json!(["two.test."])),
        ("two.test", "AAAA", json!(["2001:db8::5"])),
    ] {
        let seen = ask(server.address, name, kind, LONG).await;
        fine(&seen);
        assert_eq!(json(&seen, "answers"), answers, "{name} {kind}");
    }
}

#[tokio::test]
async fn an_answer_too_large_for_a_datagram_is_asked_for_again_over_tcp() {
    let Some(server) = resolver() else { return };
    for transport in ["auto", "tcp"] {
        let seen = ask_over(server.address, "big.test", "A", transport, LONG).await;
        fine(&seen);
        assert_eq!(number(&seen, "count"), 120);
        assert!(seen.transcript.sent.last().unwrap().ends_with("over tcp"), "{:?}", seen.transcript.sent);
        assert!(seen.transcript.received.iter().any(|line| line == ";; and 110 more records"));
    }
    let seen = ask_over(server.address, "big.test", "A", "udp", LONG).await;
    blocked(&seen, Cause::Truncated, "cut its answer off");
}

#[tokio::test]
async fn what_is_not_there_is_told_apart() {
    let Some(server) = resolver() else { return };
    let seen = ask(server.address, "nope.test", "address", LONG).await;
    blocked(&seen, Cause::NoSuchName, "nope.test: no such name");
    assert_eq!((number(&seen, "unresolved"), text(&seen, "code").as_str()), (1, "NXDOMAIN"));
    let seen = ask(server.address, "two.test", "MX", LONG).await;
    blocked(&seen, Cause::NoRecords, "two.test: no MX record");
    let seen = ask(server.address, "mail.test", "address", LONG).await;
    blocked(&seen, Cause::NoRecords, "mail.test: no A and no AAAA record");
    let seen = ask(server.address, "other.example", "address", LONG).await;
    blocked(&seen, Cause::DnsServer, "answered REFUSED");
    assert_eq!(seen.obstacle.unwrap().detail.matches("REFUSED").count(), 1, "A and AAAA are told once");
}

#[tokio::test]
async fn a_zone_s_own_server_says_how_long_nothing_may_be_kept() {
    let Some(server) = authority() else { return };
    let address = server.address.to_string();
    let allowed = |name: &str, kind: &str| {
        texts(&[("name", name), ("type", kind), ("server", &address), ("absent", "allowed")])
    };
    for (name, code) in [("nope.zone.test", "NXDOMAIN"), ("www.zone.test", "NOERROR")] {
        let seen = look(allowed(name, "AAAA"), LONG).await;
        fine(&seen);
        assert_eq!((text(&seen, "code").as_str(), seconds(&seen, "ttl")), (code, 33));
        assert_eq!((number(&seen, "count"), number(&seen, "unresolved")), (0, 1));
        assert_eq!(json(&seen, "answers"), json!([]));
        assert_eq!(seen.facts.value("authoritative"), Some(&Value::Flag(true)));
    }
    // What is allowed to be absent is not allowed to fail.
    blocked(&look(allowed("x.example", "A"), LONG).await, Cause::DnsServer, "REFUSED");
    blocked(
        &look(allowed("out.zone.test", "A"), LONG).await,
        Cause::DnsServer,
        "alias of elsewhere.example.",
    );
    let seen = ask(server.address, "zone.test", "SOA", LONG).await;
    fine(&seen);
    assert_eq!(json(&seen, "answers"), json!(["ns.zone.test. hostmaster.zone.test. 7 1200 120 604800 33"]));
    let seen = ask(server.address, "zone.test", "NS", LONG).await;
    assert_eq!(json(&seen, "answers"), json!(["ns.zone.test."]));
}

/// The lines of dig's answer section as the probe writes records.
fn dig(program: &str, server: SocketAddr, name: &str, kind: &str) -> Vec<String> {
    let output = Command::new(program)
        .args([&format!("@{}", server.ip()), "-p", &server.port().to_string()])
        .args(["-q", name, "-t", kind, "+noall", "+answer", "+tries=1", "+nocookie"])
        .env_clear()
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with(';'));
    lines
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let data = words[4..].join(" ");
            // Each text of a TXT has quotes of its own there, and a space before the next.
            let data = if words[3] == "TXT" { data.replace("\" \"", "").replace('"', "") } else { data };
            format!("{} {} {} {data}", words[0], words[1], words[3])
        })
        .collect()
}

#[tokio::test]
async fn the_field_s_own_tool_sees_the_same() {
    let Some(program) = tool(&["/usr/bin/dig"], "bind9-dnsutils") else { return };
    let Some(server) = resolver() else { return };
    let mut compared = 0;
    for (name, kind) in [
        ("two.test", "A"),
        ("far.test", "A"),
        ("far.test", "AAAA"),
        ("far.test", "CNAME"),
        ("big.test", "A"),
        ("mail.test", "MX"),
        ("txt.test", "TXT"),
        ("_sip._tcp.test", "SRV"),
        ("caa.test", "CAA"),
        ("5.2.0.192.in-addr.arpa", "PTR"),
    ] {
        let seen = ask(server.address, name, kind, LONG).await;
        fine(&seen);
        let records = json(&seen, "records");
        let ours = records.as_array().unwrap().iter().map(|row| {
            let text = |key: &str| row[key].as_str().unwrap().to_owned();
            format!("{} {} {} {}", text("name"), row["ttl"], text("type"), text("data"))
        });
        let theirs = dig(program, server.address, name, kind);
        compared += theirs.len();
        assert_eq!(counted(ours), counted(theirs.into_iter()), "{name} {kind}");
    }
    assert_eq!(compared, 1 + 3 + 3 + 1 + 120 + 2 + 1 + 1 + 1 + 1);
}
