//! `--notify` against real receivers: who is told, in whose words, and that nothing of it changes a verdict.

mod receiver;

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use crate::bench::{Bench, Ran, healthy, ran, server};
use receiver::{Answer, FINE, Receiver, TOKEN};

/// A suite that is green, or red.
fn bench(green: bool) -> Bench {
    let bench = Bench::new(&format!("http://{}", server()));
    bench.scenarios(&healthy("asked", if green { "/good" } else { "/bad" }));
    bench
}

/// Nothing of the URL but scheme and host is anywhere.
#[track_caller]
fn is_kept(bench: &Bench, output: &Ran) {
    let mut sinks = vec![output.stdout.clone(), output.stderr.clone()];
    for name in ["report.json", "junit.xml"] {
        sinks.push(std::fs::read_to_string(bench.path("reports").join(name)).unwrap());
    }
    for text in sinks {
        assert!(!text.contains(TOKEN) && !text.contains("/services/T000"), "{text}");
    }
}

/// Runs the green suite and the red one against such a receiver: the exit codes are what they are without it.
fn both(answers: &'static [Answer], arguments: &[&str]) -> Vec<(Receiver, Ran)> {
    let run = |(green, code, word): (bool, i32, &str)| {
        let (bench, receiver) = (bench(green), Receiver::new(answers));
        let url = format!("notice={}", receiver.url());
        let output = bench.run(&[&["--notify", &url], arguments].concat());
        output.ends(code, &[word]);
        is_kept(&bench, &output);
        (receiver, output)
    };
    [(true, 0, "APPROVED"), (false, 1, "REJECTED")].map(run).into()
}

#[test]
fn a_verdict_is_told_to_everybody_in_their_own_words() {
    let bench = bench(false);
    let (chat, robot) = (Receiver::new(&[FINE]), Receiver::new(&[FINE]));
    let (to_chat, to_robot) = (format!("slack={}", chat.url()), robot.url());
    let output = bench.run(&["--notify", &to_chat, "--notify", &to_robot]);
    output.ends(
        1,
        &[
            &format!("notified: slack at http://{}\n", chat.address),
            &format!("notified: notice at http://{}\n", robot.address),
        ],
    );
    is_kept(&bench, &output);
    let [posted] = chat.posted().try_into().unwrap();
    assert!(
        posted.head.starts_with(&format!("POST /services/T000/B000/{TOKEN} HTTP/1.1")),
        "{}",
        posted.head
    );
    assert!(posted.head.to_ascii_lowercase().contains("content-type: application/json"), "{}", posted.head);
    assert_eq!(posted.json()["blocks"][0]["text"]["text"], "REJECTED: t");
    assert!(posted.json()["text"].as_str().unwrap().contains("`asked` failed"));
    let [posted] = robot.posted().try_into().unwrap();
    let (notice, report) = (posted.json(), bench.report());
    assert_eq!((&notice["schema"], &notice["verdict"]), (&"fixproof-notice/1".into(), &"rejected".into()));
    assert_eq!((&notice["signs_off"], &notice["red"][0]["id"]), (&false.into(), &"asked".into()));
    assert_eq!((&notice["tally"], &notice["run"]), (&report["tally"], &report["provenance"]["run"]));
}

#[test]
fn the_url_may_stand_in_a_variable_or_a_file() {
    let bench = bench(true);
    let (one, other) = (Receiver::new(&[FINE]), Receiver::new(&[FINE]));
    bench.write("hook", &format!("{}\n", other.url()));
    let output = bench
        .command(&["--quiet", "--notify", "slack=env:FIXPROOF_TEST_HOOK", "--notify", "file:hook"])
        .env("FIXPROOF_TEST_HOOK", one.url())
        .output()
        .unwrap();
    let output = ran(output);
    output.ends(0, &["APPROVED"]);
    assert!(!output.stderr.contains("notified"), "{}", output.stderr);
    assert_eq!((one.posted().len(), other.posted().len()), (1, 1));
    assert_eq!(one.posted()[0].json()["blocks"][0]["text"]["text"], "APPROVED: t");
    assert_eq!(other.posted()[0].json()["signs_off"], true);
}

#[test]
fn only_what_is_no_approval_is_told_where_that_is_wanted() {
    let [(green, quiet), (red, _)]: [_; 2] = both(&[FINE], &["--notify-on", "red"]).try_into().ok().unwrap();
    assert_eq!((green.posted().len(), red.posted().len()), (0, 1));
    assert!(!quiet.stderr.contains("notif"), "{}", quiet.stderr);
}

#[test]
fn a_server_that_stumbles_is_asked_again() {
    for (receiver, output) in both(&[Answer::Say("503 Busy", "later"), FINE], &[]) {
        assert_eq!(receiver.posted().len(), 2);
        output.ends(output.code, &["notified: notice"]);
    }
}

#[test]
fn no_more_than_four_times_and_not_past_the_limit() {
    for (receiver, output) in both(&[Answer::Say("500 Oops", "rollup_error")], &[]) {
        assert_eq!(receiver.posted().len(), 4);
        output.ends(
            output.code,
            &["it answered 500 `rollup_error` (after 4 attempts)", "show REPORT.json --format notice"],
        );
    }
    for (receiver, output) in both(&[Answer::Say("500 Oops", "")], &["--notify-timeout", "300ms"]) {
        assert_eq!(receiver.posted().len(), 1);
        output.ends(
            output.code,
            &["it answered 500; the next attempt, in 500ms, would exceed --notify-timeout"],
        );
    }
}

#[test]
fn who_asks_to_wait_is_waited_for_and_not_past_the_limit() {
    for (receiver, _) in both(&[Answer::Say("429 Slow Down\r\nretry-after: 2", "rate_limited"), FINE], &[]) {
        let [first, second] = receiver.posted().try_into().unwrap();
        assert!(second.at - first.at >= Duration::from_secs(2));
    }
    let never = Answer::Say("429 Slow Down\r\nretry-after: Fri, 01 Jan 2100 00:00:00 GMT", "rate_limited");
    for (receiver, output) in both(vec![never, FINE].leak(), &[]) {
        assert_eq!(receiver.posted().len(), 1);
        output.ends(
            output.code,
            &["it answered 429 `rate_limited`; the next attempt, in", "would exceed --notify-timeout"],
        );
    }
}

#[test]
fn what_another_attempt_would_not_change_is_tried_once_and_says_what_to_do() {
    for (answer, words) in [
        (&[Answer::Say("404 Not Found", "no_service")], ["404 `no_service`", "create a new one"]),
        (
            &[Answer::Say("400 Bad Request", "invalid_payload")],
            ["400 `invalid_payload`", "FORMAT before the URL"],
        ),
        (&[Answer::Echo], ["404 `POST [secret] HTTP/1.1`", "create a new one"]),
        (
            &[Answer::Say("400 Bad Request", "\u{1b}[31mred\u{202e}")],
            ["\\u{1b}[31mred\\u{202e}", "not delivered"],
        ),
    ] {
        for (receiver, output) in both(answer, &[]) {
            assert_eq!(receiver.posted().len(), 1);
            output.ends(output.code, &words);
        }
    }
}

#[test]
fn a_redirect_carries_the_notice_to_nobody_else() {
    let elsewhere = Receiver::new(&[FINE]);
    let status = format!("307 Elsewhere\r\nlocation: http://{}/{TOKEN}", elsewhere.address).leak();
    for (_, output) in both(vec![Answer::Say(status, "")].leak(), &[]) {
        output.ends(output.code, &["it answered 307; redirects are not followed"]);
    }
    assert!(elsewhere.posted().is_empty());
}

#[test]
fn nobody_there_is_told_and_changes_nothing() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (green, code) in [(true, 0), (false, 1)] {
        let bench = bench(green);
        let url = format!("slack=http://{free}/services/T000/B000/{TOKEN}");
        let output = bench.run(&["--notify", &url, "--notify-timeout", "2s"]);
        output.ends(
            code,
            &[&format!("the slack notice to http://{free} was not delivered: no connection"), "refused"],
        );
        is_kept(&bench, &output);
    }
}

#[test]
fn who_never_answers_is_left_at_the_limit() {
    for (receiver, output) in both(&[Answer::Nothing], &["--notify-timeout", "700ms"]) {
        assert_eq!(receiver.posted().len(), 1);
        output.ends(output.code, &["no answer within the time limit", "--notify-timeout"]);
    }
}

#[test]
fn the_verdict_and_the_reports_are_there_before_anybody_is_told() {
    let (bench, receiver) = (bench(true), Receiver::new(&[Answer::Wait]));
    let mut child = bench
        .command(&["--notify", &receiver.url(), "--notify-timeout", "1m"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    receiver.until_asked();
    assert!(bench.path("reports/junit.xml").is_file());
    assert_eq!(bench.report()["decision"]["judgement"], "approved");
    assert!(lines.any(|line| line.unwrap().contains("APPROVED")));
    assert!(child.try_wait().unwrap().is_none(), "it did not wait for the answer");
    receiver.go_on();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_the_telling_and_changes_nothing() {
    let (bench, receiver) = (bench(false), Receiver::new(&[Answer::Nothing]));
    let child = bench
        .command(&["--notify", &receiver.url(), "--notify-timeout", "5m"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    receiver.until_asked();
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    ran(child.wait_with_output().unwrap())
        .ends(1, &["REJECTED", "interrupted: notices not listed above were not delivered"]);
}

#[test]
fn a_wrong_address_is_2_sends_nothing_and_is_not_shown() {
    let (bench, receiver) = (bench(true), Receiver::new(&[FINE]));
    for (wrong, word) in [
        (format!("hooks.slack.com/services/T000/{TOKEN}"), "not an http:// or https:// URL"),
        (format!("slack={TOKEN}"), "not an http:// or https:// URL"),
        (format!("json={}", receiver.url()), "write it with `--report json=PATH`"),
        (format!("slak={}", receiver.url()), "unknown notice format `slak`"),
        ("slack=env:FIXPROOF_TEST_UNSET".to_owned(), "FIXPROOF_TEST_UNSET is not set"),
        ("file:nowhere".to_owned(), "nowhere"),
    ] {
        let output = bench.run(&["--notify", &receiver.url(), "--notify", &wrong]);
        output.ends(2, &["--notify #2", word, "no requests were sent", "FORMAT=env:NAME"]);
        assert!(!output.stderr.contains(TOKEN), "{}", output.stderr);
    }
    bench
        .run(&["--notify", &receiver.url(), "--notify-ca", "nowhere.pem"])
        .ends(2, &["nowhere.pem", "--notify-ca"]);
    for limit in ["0s", "6m", "10"] {
        bench.run(&["--notify", &receiver.url(), "--notify-timeout", limit]).ends(2, &["--notify-timeout"]);
    }
    assert!(receiver.posted().is_empty() && !bench.path("reports/report.json").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_that_shows_the_list_of_processes_betrays_no_receiver() {
    let (bench, receiver) = (bench(true), Receiver::new(&[FINE]));
    bench.scenarios(
        "[[scenario]]\nid = \"ps\"\ntitle = \"ps\"\nprobe = \"command\"\n\
         with = { argv = [\"sh\", \"-c\", \"tr '\\\\0' ' ' < /proc/$PPID/cmdline\"] }\n\
         expect = [{ that = \"stdout\", contains = \"--notify\" }]\n",
    );
    let output = bench.run(&["--verbose", "--notify", &receiver.url()]);
    output.ends(0, &["APPROVED", "notified"]);
    is_kept(&bench, &output);
    assert!(
        std::fs::read_to_string(bench.path("reports/report.json")).unwrap().contains("--notify [secret]")
    );
}

#[test]
fn a_receiver_is_trusted_by_its_authority_or_not_at_all() {
    let minted =
        rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(minted.signing_key.serialize_der()).unwrap();
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![minted.cert.der().clone()], key)
            .unwrap();
    let config = Arc::new(config);
    let receiver = Receiver::over(&[FINE], move |stream, answer| {
        let connection = rustls::ServerConnection::new(config.clone()).unwrap();
        answer(&mut rustls::StreamOwned::new(connection, stream));
    });
    let bench = bench(true);
    bench.write("ca.pem", &minted.cert.pem());
    let url = receiver.url().replace("http:", "https:");
    let refused = bench.run(&["--notify", &url, "--notify-timeout", "2s"]);
    refused.ends(0, &["no connection", "certificate"]);
    is_kept(&bench, &refused);
    assert!(receiver.posted().is_empty());
    bench
        .run(&["--notify", &url, "--notify-ca", "ca.pem"])
        .ends(0, &["notified: notice at https://127.0.0.1:"]);
    assert_eq!(receiver.posted().len(), 1);
}

#[cfg(feature = "opentelemetry")]
#[test]
fn a_collector_is_sent_the_run_as_a_trace() {
    let (bench, collector) = (bench(false), Receiver::new(&[Answer::Say("200 OK", "{}")]));
    let url = format!("otlp=http://{}", collector.address);
    bench.run(&["--notify", &url, "--report", "otlp=trace.json"]).ends(1, &["notified: otlp"]);
    let [posted] = collector.posted().try_into().unwrap();
    assert!(posted.head.starts_with("POST /v1/traces HTTP/1.1"), "{}", posted.head);
    assert_eq!(posted.body, std::fs::read_to_string(bench.path("trace.json")).unwrap());
    let spans = &posted.json()["resourceSpans"][0]["scopeSpans"][0]["spans"];
    assert_eq!((&spans[0]["name"], &spans[1]["name"]), (&"fixproof run".into(), &"asked".into()));
    assert_eq!(spans[1]["status"]["code"], 2);
}

#[cfg(not(feature = "opentelemetry"))]
#[test]
fn without_the_feature_there_is_no_trace() {
    let bench = bench(true);
    bench.run(&["--notify", "otlp=http://127.0.0.1:9"]).ends(2, &["unknown notice format `otlp`"]);
}
