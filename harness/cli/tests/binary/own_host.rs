//! The harness's own host: told in every run, its limits raised where it may, and never blamed on the target.

#![cfg(unix)]

use std::process::Command;

use crate::bench::{Bench, Ran, healthy, ran, server};

/// Runs the suite with the soft and the hard limit of open files that a shell sets first.
fn with_files(bench: &Bench, limits: &str) -> Ran {
    let inner = bench.command(&[]);
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{limits} && exec \"$0\" \"$@\"")]);
    shell.arg(inner.get_program()).args(inner.get_args()).current_dir(bench.path(""));
    ran(shell.output().unwrap())
}

fn storm() -> String {
    healthy("storm", "/good").replace("probe =", "burst = 50\nprobe =")
}

#[test]
fn every_run_says_what_its_host_is_like() {
    let bench = Bench::new(&format!("http://{}", server()));
    bench.scenarios(&healthy("good", "/good"));
    bench.run(&[]).ends(0, &["host: "]);
    let report = bench.report();
    let items = report["provenance"]["self_check"]["items"].as_array().unwrap();
    assert_eq!(items.len(), 3, "{items:#?}");
    for item in items {
        let sentence = item["sentence"].as_str().unwrap();
        assert!(!sentence.is_empty() && item["healthy"].is_boolean(), "{item}");
    }
    let junit = std::fs::read_to_string(bench.path("reports/junit.xml")).unwrap();
    assert!(junit.contains("<property name=\"self-check\" value=\""), "{junit}");
}

#[test]
fn a_burst_without_the_files_for_it_is_the_harness_s_own_limit_and_never_the_target_s_fault() {
    let bench = Bench::new(&format!("http://{}", server()));
    bench.scenarios(&(storm() + &healthy("alone", "/good")));
    let ran = with_files(&bench, "ulimit -n 30");
    ran.ends(1, &["errored", "harness/limit", "of the limit of 30 are free", "ulimit -n", "host: files"]);
    let report = bench.report();
    let verdict = |at: usize| report["outcomes"][at]["verdict"].as_str().unwrap().to_owned();
    assert_eq!((verdict(0), verdict(1)), ("errored".to_owned(), "passed".to_owned()));
    assert!(report["outcomes"][0].get("samples").is_none(), "nothing was asked");
}

#[test]
fn a_soft_limit_that_may_be_raised_is_raised() {
    let bench = Bench::new(&format!("http://{}", server()));
    bench.scenarios(&storm());
    with_files(&bench, "ulimit -Sn 30").ends(0, &["APPROVED"]);
    let report = bench.report();
    let items = report["provenance"]["self_check"]["items"].as_array().unwrap().clone();
    let files = items.into_iter().find(|item| item["name"] == "files").unwrap();
    assert_eq!(files["healthy"], true, "{files}");
    assert!(files["sentence"].as_str().unwrap().contains("raised from 30"), "{files}");
}

#[test]
fn a_question_with_the_run_s_number_is_asked_and_what_follows_from_it_expected() {
    let bench = Bench::new(&format!("http://{}", server()));
    let wrong = healthy("echo", "/good?{{run.nonce}}")
        .replace("equals = \"healthy\"", "matches = \"\\\\b{{run.nonce-sum}}\\\\b\"");
    bench.scenarios(&wrong);
    let ran = bench.run(&[]);
    let nonce: String = ran.stdout.split("/good?").nth(1).unwrap().chars().take(5).collect();
    let sum: u32 = nonce.chars().map(|digit| digit.to_digit(10).unwrap()).sum();
    ran.ends(1, &[&format!("wanted matches /\\b{sum}\\b/")]);
    bench.scenarios(&healthy("echo", "/good?{{run.nonse}}"));
    bench.run(&[]).ends(2, &["did you mean `{{run.nonce}}`?"]);
}
