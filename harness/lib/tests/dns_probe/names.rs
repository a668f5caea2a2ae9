//! Several names side by side.

use fixproof::model::Cause;
use serde_json::json;

use super::message::*;
use super::support::*;

fn settings(server: &Fake, list: &[&str]) -> Vec<(String, fixproof::model::Setting)> {
    let mut settings = texts(&[("server", &server.address.to_string()), ("type", "A")]);
    settings.push(names(list));
    settings
}

#[tokio::test]
async fn fifty_names_are_asked_side_by_side() {
    let list: Vec<String> = (0..50).map(|i| format!("host-{i}.test")).collect();
    let known = list.iter().map(|name| format!("192.0.2.7 {name}\n")).collect::<String>();
    let Some(server) = Dnsmasq::start(&["--local=/test/"], &known) else { return };
    let mut settings = texts(&[("server", &server.address.to_string())]);
    settings.push(names(&list));
    let seen = look(settings, LONG).await;
    fine(&seen);
    assert_eq!((number(&seen, "count"), number(&seen, "unresolved")), (50, 0));
    let hosts = json(&seen, "hosts");
    for (host, name) in hosts.as_array().unwrap().iter().zip(&list) {
        assert_eq!(host, &json!({ "name": name, "answers": ["192.0.2.7"], "ttl": 77, "code": "NOERROR" }));
    }
    assert_eq!(text(&seen, "server"), server.address.to_string());
    assert!(seen.facts.get("answers").is_none(), "of several names `hosts` tells");
}

#[tokio::test]
async fn nobody_waits_for_his_neighbour() {
    // Whoever asks them one after another waits for the first until the deadline, and asks nobody else.
    let server = fake(|_, _| vec![]).await;
    let list: Vec<String> = (0..10).map(|i| format!("host-{i}.test")).collect();
    let list: Vec<&str> = list.iter().map(String::as_str).collect();
    let seen = look(settings(&server, &list), SHORT).await;
    assert_eq!(server.datagrams(), 10);
    let detail = seen.obstacle.unwrap().detail;
    assert!(detail.starts_with("host-0.test, host-1.test, host-2.test"), "{detail}");
    assert_eq!(detail.matches("did not answer").count(), 1, "one reason is told once: {detail}");
}

#[tokio::test]
async fn one_name_without_an_address_is_enough_and_each_is_named_with_its_reason() {
    let server = fake(|query, _| {
        let (name, _) = asked(query);
        let reply = Reply::to(query);
        match name.as_str() {
            "gone.test." | "lost.test." => vec![reply.code(NXDOMAIN).bytes()],
            "bare.test." => vec![reply.bytes()],
            "sick.test." => vec![reply.code(SERVFAIL).bytes()],
            "mute.test." => vec![],
            _ => vec![reply.answer(a(&name, 1)).bytes()],
        }
    })
    .await;
    let all = ["good.test", "gone.test", "lost.test", "bare.test"];
    let seen = look(settings(&server, &all), LONG).await;
    blocked(&seen, Cause::NoSuchName, "gone.test, lost.test: no such name");
    blocked(&seen, Cause::NoSuchName, "; bare.test: no A record");
    assert!(!seen.obstacle.as_ref().unwrap().detail.contains("good.test"));
    assert_eq!((number(&seen, "count"), number(&seen, "unresolved")), (1, 3));
    let hosts = json(&seen, "hosts");
    assert_eq!(hosts[0]["answers"], json!(["192.0.2.1"]));
    assert!(hosts[1]["error"].as_str().unwrap().starts_with("dns/no-such-name: no such name"));
    assert!(hosts[3]["error"].as_str().unwrap().starts_with("dns/no-records: no A record"));

    let seen = look(settings(&server, &["good.test", "sick.test", "mute.test"]), SHORT).await;
    blocked(&seen, Cause::DnsServer, "sick.test: 127.0.0.1");
    blocked(&seen, Cause::DnsServer, "mute.test: 127.0.0.1");
    assert!(seen.facts.get("server").is_none(), "not all have been answered");

    let mut allowed = settings(&server, &all);
    allowed.extend(texts(&[("absent", "allowed")]));
    let seen = look(allowed, LONG).await;
    fine(&seen);
    assert_eq!((number(&seen, "count"), number(&seen, "unresolved")), (1, 3));
    assert_eq!(json(&seen, "hosts")[1]["code"], "NXDOMAIN");
}

#[tokio::test]
async fn mistakes_are_told_before_anything_is_sent() {
    for (settings, says) in [
        (texts(&[]), "no name to look up"),
        (texts(&[("name", "10.0.0.1")]), "is an address"),
        (texts(&[("name", "a b.test")]), "no name that can be looked up"),
        (texts(&[("name", "a.test"), ("server", "ns.test")]), "no address of a name server"),
        (vec![names(&["a.test", "A.test."])], "asked for twice"),
    ] {
        let mistakes = prepare(settings).map(|_| ()).unwrap_err();
        assert!(mistakes[0].message.contains(says), "{mistakes:?}");
    }
}
