//! Every way in which no datagram answers, told apart, and in time.

use std::time::Duration;

use fixproof::clock::Clock;
use fixproof::model::Cause;
use serde_json::json;

use super::message::*;
use super::support::*;

#[tokio::test]
async fn silence_lasts_until_the_deadline_and_no_longer() {
    let server = fake(|_, _| vec![]).await;
    let seen = ask(server.address, "a.test", "A", SHORT).await;
    blocked(&seen, Cause::DnsTimeout, "(asked once)");
    blocked(&seen, Cause::DnsTimeout, &format!("a.test: {}", server.address));
    assert_eq!(seen.phases.len(), 1);
    assert!(!seen.phases[0].complete);
    assert_eq!(number(&seen, "unresolved"), 1);
    assert!(seen.facts.get("answers").is_none() && seen.facts.get("code").is_none());
}

#[tokio::test]
async fn a_lost_datagram_is_sent_again_and_counted() {
    let server =
        fake(
            |query, before| {
                if before == 0 { vec![] } else { vec![Reply::to(query).answer(a("a.test", 1)).bytes()] }
            },
        )
        .await;
    let seen = ask(server.address, "a.test", "A", LONG).await;
    fine(&seen);
    assert_eq!(number(&seen, "resends"), 1);
    assert_eq!(server.datagrams(), 2);
    assert_eq!(seen.transcript.sent.len(), 2);
}

#[tokio::test]
async fn a_fast_clock_makes_waiting_cost_less_and_leaves_times_to_live_alone() {
    let clock = Clock::with_speed(50.0);
    let ten = Duration::from_secs(10);
    let silent = fake(|_, _| vec![]).await;
    let asking =
        |server: &Fake| texts(&[("name", "a.test"), ("type", "A"), ("server", &server.address.to_string())]);
    let seen = look_by(clock, asking(&silent), ten).await;
    blocked(&seen, Cause::DnsTimeout, "did not answer over UDP within ");
    assert!(seen.phases[0].took >= ten / 2, "{seen:?}");
    assert!(silent.datagrams() >= 2, "{seen:?}");
    let server = fake(|query, _| vec![Reply::to(query).answer(a("a.test", 1)).bytes()]).await;
    let seen = look_by(clock, asking(&server), ten * 50).await;
    fine(&seen);
    assert_eq!(seconds(&seen, "ttl"), 60);
}

#[tokio::test]
async fn nobody_listens_over_either_transport() {
    let nobody = nobody().await;
    let address = nobody.address;
    let seen = ask_over(address, "a.test", "A", "udp", LONG).await;
    blocked(&seen, Cause::Refused, &format!("{address} refused the question over UDP"));
    let seen = ask_over(address, "a.test", "A", "tcp", LONG).await;
    blocked(&seen, Cause::Refused, &format!("{address} refused the connection over TCP"));
    assert!(seen.phases[0].complete, "a refusal is no cut");
    let both = ask(address, "a.test", "address", LONG).await;
    assert_eq!(both.obstacle.unwrap().detail.matches("refused").count(), 1);
}

#[tokio::test]
async fn an_address_without_a_way_to_it() {
    // Nobody may ask a whole network, and no system lets anybody try.
    let everybody = "255.255.255.255:53".parse().unwrap();
    for transport in ["udp", "tcp"] {
        let seen = ask_over(everybody, "a.test", "A", transport, LONG).await;
        blocked(&seen, Cause::Unreachable, "255.255.255.255:53 can't be reached over");
    }
}

#[tokio::test]
async fn a_server_that_fails_is_no_name_that_is_missing() {
    for (code, word) in [(SERVFAIL, "SERVFAIL"), (REFUSED, "REFUSED"), (NOTIMP, "NOTIMP"), (9, "RCODE 9")] {
        for absent in ["obstacle", "allowed"] {
            let server = fake(move |query, _| vec![Reply::to(query).code(code).bytes()]).await;
            let address = server.address.to_string();
            let seen =
                look(texts(&[("name", "a.test"), ("server", &address), ("absent", absent)]), LONG).await;
            blocked(&seen, Cause::DnsServer, &format!("a.test: {address} answered {word}"));
            assert!(seen.facts.get("server").is_none(), "who failed has not answered");
        }
    }
}

#[tokio::test]
async fn a_server_older_than_edns_is_asked_in_its_own_words() {
    let server = fake(|query, _| {
        let reply = Reply::to(query);
        let old = if has_edns(query) { reply.code(FORMERR) } else { reply.answer(a("a.test", 1)) };
        vec![old.bytes()]
    })
    .await;
    fine(&ask(server.address, "a.test", "A", LONG).await);
    assert_eq!(server.datagrams(), 2);
    let server = fake(|query, _| vec![Reply::to(query).code(FORMERR).bytes()]).await;
    blocked(&ask(server.address, "a.test", "A", LONG).await, Cause::DnsServer, "answered FORMERR");
}

#[tokio::test]
async fn a_server_that_sends_elsewhere_has_not_said_that_there_is_nothing() {
    let referral = fake(|query, _| {
        vec![Reply::to(query).without_recursion().authority(ns("test", "ns.other.test")).bytes()]
    })
    .await;
    blocked(
        &ask(referral.address, "a.test", "A", LONG).await,
        Cause::DnsServer,
        "refers to other name servers",
    );
    let lame = fake(|query, _| vec![Reply::to(query).without_recursion().bytes()]).await;
    blocked(&ask(lame.address, "a.test", "A", LONG).await, Cause::DnsServer, "neither knows the zone");
    let nothing = fake(|query, _| vec![Reply::to(query).authority(soa("test", 9, 7)).bytes()]).await;
    let seen = ask(nothing.address, "a.test", "A", LONG).await;
    blocked(&seen, Cause::NoRecords, "a.test: no A record");
    assert_eq!(seconds(&seen, "ttl"), 7);
}

#[tokio::test]
async fn an_alias_of_what_does_not_exist_says_which() {
    let server =
        fake(|query, _| vec![Reply::to(query).code(NXDOMAIN).answer(cname("a.test", "gone.test")).bytes()])
            .await;
    let seen = ask(server.address, "a.test", "A", LONG).await;
    blocked(&seen, Cause::NoSuchName, "a.test: it is an alias of gone.test.; no such name");
}

#[tokio::test]
async fn datagrams_that_are_no_answer_are_passed_over() {
    type Datagrams = fn(&[u8]) -> Vec<Vec<u8>>;
    let strays: [(Datagrams, &str); 5] = [
        (
            |query| vec![Reply::to(query).answer(a("a.test", 6)).another_id().bytes()],
            "an answer with another id",
        ),
        (|_| vec![vec![1, 2, 3]], "something too short for a message"),
        (|query| vec![query.to_vec()], "a question instead of an answer"),
        (
            |query| vec![Reply::to(query).asked("b.test", A).answer(a("b.test", 6)).bytes()],
            "an answer to another question",
        ),
        (
            |query| vec![Reply::to(query).asked("a.test", TXT).answer(a("a.test", 6)).bytes()],
            "an answer to another question",
        ),
    ];
    for (stray, says) in strays {
        let server = fake(move |query, _| stray(query)).await;
        blocked(&ask(server.address, "a.test", "A", SHORT).await, Cause::DnsTimeout, says);
        let server = fake(move |query, _| {
            [stray(query), vec![Reply::to(query).answer(a("a.test", 1)).bytes()]].concat()
        })
        .await;
        let seen = ask(server.address, "a.test", "A", LONG).await;
        fine(&seen);
        assert_eq!(json(&seen, "answers"), json!(["192.0.2.1"]), "{says}");
    }
}

#[tokio::test]
async fn a_flood_of_datagrams_neither_answers_nor_outlives_the_deadline() {
    let server = fake(|query, _| vec![Reply::to(query).another_id().bytes(); 5000]).await;
    let seen = ask(server.address, "a.test", "A", SHORT).await;
    blocked(&seen, Cause::DnsTimeout, "datagrams were passed over");
}

#[tokio::test]
async fn an_answer_that_can_t_be_read_is_the_server_s_failure() {
    let server = fake(|query, _| {
        let whole = Reply::to(query).answer(a("a.test", 1)).bytes();
        vec![whole[..whole.len() - 2].to_vec()]
    })
    .await;
    let seen = ask(server.address, "a.test", "A", LONG).await;
    blocked(&seen, Cause::DnsServer, "sent an answer that can't be read");
}
