//! Answers that claim success: none of them is ever green.

use fixproof::model::Cause;
use serde_json::json;

use super::message::*;
use super::support::*;

#[tokio::test]
async fn success_without_anything_in_it_is_no_success() {
    let server = fake(|query, _| vec![Reply::to(query).bytes()]).await;
    for kind in ["address", "A", "MX", "TXT", "CNAME"] {
        blocked(&ask(server.address, "a.test", kind, LONG).await, Cause::NoRecords, "a.test: no ");
    }
}

#[tokio::test]
async fn an_answer_for_another_name_answers_nothing() {
    let server = fake(|query, _| vec![Reply::to(query).answer(a("b.test", 1)).bytes()]).await;
    let seen = ask(server.address, "a.test", "A", LONG).await;
    blocked(&seen, Cause::DnsServer, "answered something that was not asked for (A of b.test.)");
    // Nor does the end of somebody else's aliases.
    let server = fake(|query, _| {
        vec![Reply::to(query).answer(cname("b.test", "c.test")).answer(a("c.test", 1)).bytes()]
    })
    .await;
    blocked(&ask(server.address, "a.test", "A", LONG).await, Cause::DnsServer, "not asked for");
}

#[tokio::test]
async fn a_record_of_another_kind_or_class_answers_nothing() {
    let server =
        fake(|query, _| vec![Reply::to(query).answer(record("a.test", TXT, 60, b"\x02hi")).bytes()]).await;
    blocked(&ask(server.address, "a.test", "A", LONG).await, Cause::DnsServer, "(TXT of a.test.)");
    let server =
        fake(|query, _| vec![Reply::to(query).answer(record_of_class("a.test", A, 3, 60, &[1; 4])).bytes()])
            .await;
    blocked(&ask(server.address, "a.test", "A", LONG).await, Cause::DnsServer, "not asked for");
}

#[tokio::test]
async fn aliases_in_a_circle_lead_nowhere() {
    for circle in [&["a.test"][..], &["b.test", "a.test"], &["b.test", "c.test", "b.test"]] {
        let server = fake(move |query, _| {
            let mut reply = Reply::to(query);
            let mut from = "a.test";
            for to in circle {
                reply = reply.answer(cname(from, to));
                from = to;
            }
            vec![reply.bytes()]
        })
        .await;
        blocked(&ask(server.address, "a.test", "A", LONG).await, Cause::DnsServer, "in a circle");
    }
}

#[tokio::test]
async fn a_name_that_does_not_exist_has_no_records() {
    let server = fake(|query, _| vec![Reply::to(query).code(NXDOMAIN).answer(a("a.test", 1)).bytes()]).await;
    let seen = ask(server.address, "a.test", "A", LONG).await;
    blocked(&seen, Cause::DnsServer, "says that the name does not exist, and what its records are");
}

/// Answers A as it should be, and AAAA in a way of its own.
async fn half(other: fn(Reply) -> Option<Reply>) -> Fake {
    fake(move |query, _| {
        let reply = Reply::to(query);
        let reply = if asked(query).1 == AAAA { other(reply) } else { Some(reply.answer(a("a.test", 1))) };
        reply.iter().map(Reply::bytes).collect()
    })
    .await
}

#[tokio::test]
async fn half_an_address_must_not_hide_that_the_other_half_failed() {
    let server = half(Some).await;
    fine(&ask(server.address, "a.test", "address", LONG).await);
    let server = half(|reply| Some(reply.code(SERVFAIL))).await;
    let seen = ask(server.address, "a.test", "address", LONG).await;
    blocked(&seen, Cause::DnsServer, "a.test: AAAA: 127.0.0.1");
    let server = half(|_| None).await;
    blocked(&ask(server.address, "a.test", "address", SHORT).await, Cause::DnsTimeout, "a.test: AAAA: ");
    let server = half(|reply| Some(reply.code(NXDOMAIN))).await;
    let seen = ask(server.address, "a.test", "address", LONG).await;
    blocked(&seen, Cause::DnsServer, "both that the name is there (A 192.0.2.1) and that it does not exist");
    // Asked for one half alone, there is nothing wrong with it.
    fine(&ask(server.address, "a.test", "A", LONG).await);
}

#[tokio::test]
async fn a_time_to_live_beyond_all_measure_is_none() {
    let server = fake(|query, _| {
        vec![Reply::to(query).answer(record("a.test", A, 0x8000_0000, &[192, 0, 2, 1])).bytes()]
    })
    .await;
    let seen = ask(server.address, "a.test", "A", LONG).await;
    assert_eq!(seconds(&seen, "ttl"), 0);
}

#[tokio::test]
async fn the_letters_of_a_name_may_be_of_any_size() {
    let server = fake(|query, _| vec![Reply::to(query).answer(a("A.TEST", 1)).bytes()]).await;
    let seen = ask(server.address, "a.Test", "A", LONG).await;
    fine(&seen);
    assert_eq!(json(&seen, "answers"), json!(["192.0.2.1"]));
}

#[tokio::test]
async fn what_a_server_writes_is_shown_within_bounds() {
    let server = fake(|query, _| {
        let (name, _) = asked(query);
        let long = [&[250][..], &[b'x'; 250], &[4], b"\x1b[2J"].concat();
        vec![Reply::to(query).answer(record(&name, TXT, 60, &long)).bytes()]
    })
    .await;
    let seen = ask(server.address, "a.test", "TXT", LONG).await;
    fine(&seen);
    assert_eq!(json(&seen, "answers")[0].as_str().unwrap().chars().count(), 254);
    assert!(seen.transcript.received.iter().all(|line| line.chars().count() <= 301));
}
