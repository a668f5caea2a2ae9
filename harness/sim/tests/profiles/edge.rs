//! What the rows of `edge_rows` are verified with.

use std::time::Duration;

use fixproof_sim::Staging;

use super::edge_rows::{EDGE_ROWS, EdgeRow};
use super::support::chat::{Chat, Credentials, Next, token, user_message};
use super::support::front::{A, ask, look, patience};
use super::support::{get, settled};
use super::{SPEED, verify_services};

/// What one message to the chat brings.
fn chat(staging: &Staging, wanted: &str) -> String {
    let patience = patience(wanted);
    let mut chat = match Chat::upgrade(staging, Credentials::Bearer(token(staging))) {
        Ok(chat) => chat,
        Err(status) => return status.to_string(),
    };
    let first = match chat.next_within(patience) {
        Next::Frame(frame) => frame["type"].as_str().unwrap().to_owned(),
        Next::Closed(code) => return format!("closed {code}"),
        Next::Silence => return "silence".to_owned(),
        Next::Cut => return "cut".to_owned(),
    };
    let run = chat.run(&user_message("please count 4711"), patience);
    let last = run.frames.last().unwrap();
    let said = last["final_response"].as_str().or_else(|| last["data"]["final_response"].as_str());
    let made_of = match said {
        None => "no answer",
        Some(said) if said.contains("4711") => "echo",
        Some(said) if said.contains("add up to 13") && said.len() > 50 => "computed",
        Some(said) if said.len() > 50 => "canned",
        Some(said) => panic!("{said}"),
    };
    // 150 s, at speed 100.
    let slow =
        if run.lasted >= Duration::from_millis(1490) && wanted.ends_with("slow") { " slow" } else { "" };
    format!("{first} {}, {} run, {made_of}{slow}", run.kinds.join(" "), run.runs())
}

/// What the chat answers without a token.
fn stranger(staging: &Staging, wanted: &str) -> String {
    let patience = patience(wanted);
    let mut chat = match Chat::upgrade(staging, Credentials::Nothing) {
        Ok(chat) => chat,
        Err(status) => return status.to_string(),
    };
    match chat.next_within(patience) {
        Next::Frame(frame) if frame["type"] == "error_message" => {
            let code = frame["error_code"].as_str().unwrap();
            let Next::Closed(closed) = chat.next_within(patience) else { panic!("not closed") };
            format!("error_message {code}, closed {closed}")
        }
        Next::Frame(frame) => {
            let (data, kind) = (&frame["data"], frame["type"].as_str().unwrap());
            format!("{kind} {} {}", data["user_id"].as_str().unwrap(), data["mode"].as_str().unwrap())
        }
        Next::Closed(code) => format!("closed {code}"),
        Next::Silence => "silence".to_owned(),
        Next::Cut => "cut".to_owned(),
    }
}

/// What a look at the backend through the load balancer comes to.
fn edge(staging: &Staging, wanted: &str) -> String {
    let seen = look(staging, &staging.addresses().backend_host, "/health", patience(wanted));
    if seen.verdict == "verified" {
        assert!(seen.answer.contains("netra-ai-platform"), "{seen:?}");
    }
    let days = seen.days_left.map(|days| format!(" {days}")).unwrap_or_default();
    format!("{}{days}{}", seen.verdict, if seen.own_issuer { " self-signed" } else { "" })
}

fn verify(row: &EdgeRow) {
    let (staging, _) = settled(row.row.profile, SPEED);
    let name = row.row.profile;
    verify_services(&staging, &row.row);
    let at = staging.addresses();
    assert_eq!(ask(&staging, &at.backend_host, A, patience(row.names)), row.names, "{name}: names");
    let others = match row.names {
        "SERVFAIL" | "REFUSED" | "silent" => row.names,
        _ => "NOERROR 127.0.0.1",
    };
    assert_eq!(ask(&staging, &at.auth_host, A, patience(others)), others, "{name}: the other names");
    assert_eq!(edge(&staging, row.edge), row.edge, "{name}: edge");
    assert_eq!(chat(&staging, row.chat), row.chat, "{name}: chat");
    assert_eq!(stranger(&staging, row.stranger), row.stranger, "{name}: stranger");
}

fn verify_lane(lane: usize) {
    EDGE_ROWS.iter().skip(lane).step_by(2).for_each(verify);
}

#[test]
fn every_profile_of_the_edge_matches_its_row_first_lane() {
    verify_lane(0);
}

#[test]
fn every_profile_of_the_edge_matches_its_row_second_lane() {
    verify_lane(1);
}

#[test]
fn an_overloaded_backend_answers_one_caller_and_not_twenty_at_once() {
    let (staging, _) = settled("backend-overloaded", SPEED);
    let at = staging.addresses();
    for _ in 0..6 {
        assert_eq!(get(&at.backend, "/health").status, 200);
    }
    // A client that takes its time between two of them must see it too: a request lasts longer than that.
    let asking: Vec<_> = (0..20)
        .map(|_| {
            let base = at.backend.clone();
            std::thread::sleep(Duration::from_millis(3));
            std::thread::spawn(move || get(&base, "/health").status)
        })
        .collect();
    let statuses: Vec<u16> = asking.into_iter().map(|thread| thread.join().unwrap()).collect();
    let refused = statuses.iter().filter(|status| **status == 503).count();
    let served = statuses.iter().filter(|status| **status == 200).count();
    assert!(refused >= 3 && served >= 5 && refused + served == 20, "{statuses:?}");
    assert_eq!(get(&at.backend, "/health").status, 200);
}
