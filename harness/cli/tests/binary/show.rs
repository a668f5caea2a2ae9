//! A stored report shown again, without its suite and without its target.

use std::io::Write;
use std::process::Stdio;

use crate::bench::{Bench, Ran, fixproof, healthy, ran, server};

/// A folder in which a suite ran, and nothing of the suite is left.
fn recorded() -> Bench {
    let bench = Bench::new(&format!("http://{}", server()));
    let text = healthy("good", "/good") + &healthy("bad", "/bad");
    bench.scenarios(&text);
    bench.run(&[]).ends(1, &["REJECTED"]);
    std::fs::rename(bench.path("suite"), bench.path("gone")).unwrap();
    bench
}

fn show(bench: &Bench, arguments: &[&str]) -> Ran {
    ran(fixproof().current_dir(bench.path("")).arg("show").args(arguments).output().unwrap())
}

#[test]
fn every_format_is_what_the_run_wrote() {
    let bench = recorded();
    for (format, file) in [("json", "report.json"), ("junit", "junit.xml")] {
        let wrote = std::fs::read_to_string(bench.path("reports").join(file)).unwrap();
        let shown = show(&bench, &["reports/report.json", "--format", format]);
        shown.ends(0, &[]);
        assert_eq!(shown.stdout.trim_end(), wrote.trim_end(), "{format}");
        show(&bench, &["--format", format, "--output", "again/file"]).ends(0, &["again/file"]);
        assert_eq!(std::fs::read_to_string(bench.path("again/file")).unwrap(), wrote);
    }
}

#[test]
fn a_hand_off_is_for_one_team_and_of_one_format() {
    let bench = recorded();
    let whole = show(&bench, &["--format", "markdown"]);
    whole.ends(
        0,
        &["# REJECTED", "## Who must act", "<code>bad</code>", "fixproof run bad --target", "curl -sS -D-"],
    );
    for (team, words) in [
        (
            "infrastructure",
            ["# Hand-off to infrastructure", "### `bad` failed", "What success looks like", "curl -sS -D-"],
        ),
        ("application", ["# Hand-off to application", "### `bad` failed", "Run next", "some have no owner"]),
    ] {
        show(&bench, &["--format", "markdown", "--handoff", team]).ends(0, &words);
    }
    show(&bench, &["--format", "markdown", "--handoff", "application", "-o", "handoff.md"])
        .ends(0, &["handoff.md"]);
    let written = std::fs::read_to_string(bench.path("handoff.md")).unwrap();
    assert!(written.starts_with("# Hand-off to application"), "{written}");
    for other in [&["--handoff", "application"][..], &["--format", "json", "--handoff", "application"]] {
        show(&bench, other).ends(2, &["--handoff requires a markdown report", "--format markdown"]);
    }
    show(&bench, &["--format", "markdown", "--handoff", "marketing"])
        .ends(2, &["application, infrastructure"]);
}

#[test]
fn a_run_hands_off_only_where_markdown_is_ordered() {
    let bench = Bench::new(&format!("http://{}", server()));
    bench.scenarios(&healthy("bad", "/bad"));
    bench
        .run(&["--handoff", "application"])
        .ends(2, &["--handoff requires a markdown report", "--report markdown=PATH"]);
    assert!(!bench.path("reports/report.json").exists());
    bench.run(&["--report", "markdown=out/report.md", "--handoff", "application"]).ends(1, &["REJECTED"]);
    let written = std::fs::read_to_string(bench.path("out/report.md")).unwrap();
    assert!(written.starts_with("# Hand-off to application"), "{written}");
    bench.run(&["--report", "markdown=out/report.md"]).ends(1, &["REJECTED"]);
    assert!(std::fs::read_to_string(bench.path("out/report.md")).unwrap().starts_with("# REJECTED"));
    let explained = ran(fixproof()
        .current_dir(bench.path(""))
        .args(["explain", "bad", "--scenarios", "suite", "--target", "t"])
        .output()
        .unwrap());
    explained.ends(0, &["reproduce:", "curl -sS -D- --max-time"]);
}

#[test]
fn as_text_it_is_what_the_run_said() {
    let bench = recorded();
    let shown = show(&bench, &[]);
    shown.ends(0, &["REJECTED", "failed[content/differs] bad", "wanted equals 200", "503"]);
    assert!(shown.stderr.is_empty(), "{}", shown.stderr);
    show(&bench, &["--verbose"]).ends(0, &["saw \"healthy\" at $.status"]);
    let quiet = show(&bench, &["--quiet"]);
    quiet.ends(0, &["REJECTED"]);
    assert!(!quiet.stdout.contains("good"), "{}", quiet.stdout);
    show(&bench, &["--output", "summary.txt", "--color", "always"]).ends(0, &[]);
    let written = std::fs::read_to_string(bench.path("summary.txt")).unwrap();
    assert!(written.contains("REJECTED") && !written.contains('\u{1b}'), "{written}");
}

#[test]
fn a_report_may_come_from_a_pipe() {
    let bench = recorded();
    let mut child = fixproof()
        .args(["show", "-", "--format", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let wrote = std::fs::read(bench.path("reports/report.json")).unwrap();
    child.stdin.take().unwrap().write_all(&wrote).unwrap();
    let shown = ran(child.wait_with_output().unwrap());
    shown.ends(0, &[]);
    assert_eq!(shown.stdout.trim_end().as_bytes(), wrote.trim_ascii_end());
}

#[test]
fn what_is_no_report_says_so_and_what_to_give() {
    let bench = recorded();
    let whole = std::fs::read_to_string(bench.path("reports/report.json")).unwrap();
    bench.write("half.json", &whole[..whole.len() / 2]);
    bench.write("older.json", &whole.replacen("fixproof-report/2", "fixproof-report/1", 1));
    bench.write("foreign.json", "{\"suites\": []}");
    bench.write(
        "edited.json",
        &whole.replacen("\"verdict\":\"failed\",\"reason\"", "\"verdict\":\"passed\",\"reason\"", 1),
    );
    for (file, words) in [
        ("half.json", "cut off"),
        ("older.json", "run the suite again"),
        ("foreign.json", "no report"),
        ("reports/junit.xml", "not JSON"),
        ("edited.json", "contradicts itself"),
        ("nowhere.json", "cannot be read"),
        ("reports", "cannot be read"),
    ] {
        let shown = show(&bench, &[file, "--format", "json"]);
        shown.ends(2, &[file, words, "help"]);
        assert!(shown.stdout.is_empty(), "{}", shown.stdout);
    }
}

#[test]
fn a_format_or_a_place_that_is_none() {
    let bench = recorded();
    show(&bench, &["--format", "jnuit"]).ends(2, &["jnuit", "text, junit, json"]);
    show(&bench, &["--format", "junit", "--junit-profile", "surefire"]).ends(2, &["--output"]);
    bench.write("file", "");
    show(&bench, &["--format", "json", "--output", "file/report.json"]).ends(2, &["file/report.json"]);
    show(&bench, &["--output", "file/summary.txt"]).ends(3, &["file/summary.txt"]);
}
