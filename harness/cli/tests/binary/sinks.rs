//! Nothing secret in any artefact, no escape sequence on the terminal, no panic for a closed pipe.

use std::io::{Read, Write};
use std::process::Stdio;

use crate::bench::{Bench, healthy, ran, server};

const CANARY: &str = "canary/s3cret+\"x\"";

/// A server that sends the request's own head back, in the body and in a header, and an escape sequence.
fn echo() -> std::net::SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let Ok(mut connection) = connection else { continue };
            let mut request = [0; 4096];
            let Ok(read) = connection.read(&mut request) else { continue };
            let head = String::from_utf8_lossy(&request[..read]).into_owned();
            let line = head.lines().next().unwrap_or("").to_owned();
            let body = serde_json::json!({ "status": "\u{1b}[31mred\u{202e}", "head": head }).to_string();
            let _ = write!(
                connection,
                "HTTP/1.1 500 Oops\r\nx-echo: {line}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    address
}

fn secretive() -> Bench {
    let bench = Bench::new("http://127.0.0.1:9");
    let address = echo();
    bench.write(
        "suite/targets/t.toml",
        &format!("name = \"t\"\n[component.backend]\nurl = \"http://{address}\"\n[secret]\ntoken = {{ env = \"FIXPROOF_TEST_CANARY\" }}\n"),
    );
    bench.scenarios(
        &(healthy("bearer", "/x").replace("/x\" }", "/x\", bearer = \"{{secret.token}}\" }")
            + &healthy("basic", "/y")
                .replace("/y\" }", "/y\", basic = { user = \"me\", password = \"{{secret.token}}\" } }")
            + &healthy("query", "/z").replace("/z\" }", "/z\", query = { key = \"{{secret.token}}\" } }")
            + &healthy("header", "/h")
                .replace("/h\" }", "/h\", headers = { x-own = \"{{secret.token}}\" } }")),
    );
    bench
}

#[test]
fn no_secret_in_any_artefact_however_it_is_encoded() {
    let bench = secretive();
    let output = ran(bench
        .command(&["--verbose"])
        .env("FIXPROOF_TEST_CANARY", CANARY)
        .env("RUST_LOG", "trace")
        .output()
        .unwrap());
    output.ends(1, &["REJECTED", "[secret]"]);
    let mut sinks = vec![("stdout".to_owned(), output.stdout), ("stderr".to_owned(), output.stderr)];
    for name in ["report.json", "junit.xml"] {
        sinks.push((name.to_owned(), std::fs::read_to_string(bench.path("reports").join(name)).unwrap()));
    }
    let json = serde_json::json!(CANARY).to_string();
    let forms = [
        CANARY.to_owned(),
        json[1..json.len() - 1].to_owned(),
        "canary%2Fs3cret%2B%22x%22".to_owned(),
        // base64 of the canary, of "me:" and it, and the middle of both.
        "Y2FuYXJ5L3MzY3JldCsieCI".to_owned(),
        "bWU6Y2FuYXJ5L3MzY3JldCsieCI".to_owned(),
        "canary/s3cret".to_owned(),
    ];
    for (name, text) in &sinks {
        for form in &forms {
            assert!(!text.contains(form.as_str()), "`{form}` is in {name}\n{text}");
        }
    }
}

#[test]
fn no_escape_sequence_of_the_target_reaches_the_terminal() {
    let bench = secretive();
    let output =
        ran(bench.command(&["--color", "never"]).env("FIXPROOF_TEST_CANARY", CANARY).output().unwrap());
    for text in [&output.stdout, &output.stderr] {
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text:?}");
    }
}

#[test]
fn a_closed_pipe_changes_no_exit_code() {
    let bench = Bench::new(&format!("http://{}", server()));
    bench.scenarios(&healthy("good", "/good"));
    let mut child = bench.command(&[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_report_on_stdout_is_alone_there() {
    let bench = Bench::new(&format!("http://{}", server()));
    bench.scenarios(&healthy("good", "/good"));
    let output = bench.run(&["--report", "json=-"]);
    output.ends(0, &["APPROVED"]);
    let report: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(report["schema"], "fixproof-report/2");
}

#[test]
fn a_proxy_of_the_environment_is_not_used() {
    let bench = Bench::new(&format!("http://{}", server()));
    bench.scenarios(&healthy("good", "/good"));
    let output = bench
        .command(&[])
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .env("http_proxy", "http://127.0.0.1:9")
        .output()
        .unwrap();
    ran(output).ends(0, &["APPROVED"]);
}

#[test]
fn two_reports_at_one_place_are_refused_before_anything_is_sent() {
    let bench = Bench::new(&format!("http://{}", server()));
    bench.scenarios(&healthy("good", "/good"));
    for words in [
        ["--report", "junit=reports/report.json"].as_slice(),
        &["--report", "html=reports/../reports/junit.xml"],
        &["--report", "markdown=x.md", "--report", "tap=x.md"],
    ] {
        bench.run(words).ends(2, &["two reports have the same path", "no requests were sent"]);
    }
    bench.run(&["--report", "tap=/dev/null"]).ends(2, &["not a regular file", "no requests were sent"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_report_that_stdout_does_not_take_ends_with_3() {
    let bench = Bench::new(&format!("http://{}", server()));
    bench.scenarios(&healthy("good", "/good"));
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = bench.command(&["--report", "json=-"]).stdout(full).output().unwrap();
    ran(output).ends(3, &["cannot write the report stdout"]);
}
