//! Every exit code, reached.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::bench::{Bench, fixproof, healthy, ran, server};

#[test]
fn the_gate_holding_is_0_and_not_holding_is_1() {
    let bench = Bench::new(&format!("http://{}", server()));
    bench.scenarios(&healthy("good", "/good"));
    bench.run(&[]).ends(0, &["APPROVED", "100%"]);
    bench.scenarios(&healthy("bad", "/bad"));
    bench.run(&[]).ends(1, &["REJECTED", "bad", "503"]);
}

#[test]
fn four_of_five_hold_eighty_percent_but_not_eighty_point_one() {
    let bench = Bench::new(&format!("http://{}", server()));
    let mut text: String = (0..4).map(|i| healthy(&format!("good-{i}"), &format!("/good/{i}"))).collect();
    text.push_str(&healthy("bad", "/bad"));
    bench.scenarios(&text);
    bench.run(&[]).ends(0, &["80%"]);
    bench.run(&["--threshold", "80.1%"]).ends(1, &["80%", "80.1%"]);
}

#[test]
fn a_critical_red_rejects_whatever_the_percentage() {
    let bench = Bench::new(&format!("http://{}", server()));
    let mut text: String = (0..9).map(|i| healthy(&format!("good-{i}"), &format!("/good/{i}"))).collect();
    text.push_str(&healthy("bad", "/bad").replace("probe =", "critical = true\nprobe ="));
    bench.scenarios(&text);
    bench.run(&["--threshold", "50%"]).ends(1, &["critical", "bad"]);
}

#[test]
fn wrong_input_is_2_and_sends_nothing() {
    let address = server();
    let bench = Bench::new(&format!("http://{address}"));
    bench.scenarios(&healthy("good", "/good").replace("equals = 200", "equal = 200"));
    bench.run(&[]).ends(2, &["unknown-operator", "backend.toml:", "no requests were sent"]);
    ran(fixproof().args(["run", "--no-such-flag"]).output().unwrap()).ends(2, &["--no-such-flag"]);
    ran(fixproof().args(["chekc"]).output().unwrap()).ends(2, &["chekc"]);
    bench.scenarios(&healthy("good", "/good"));
    bench.run(&["--target", "nowhere"]).ends(2, &["nowhere"]);
}

#[test]
fn help_and_version_are_data_and_0() {
    let help = ran(fixproof().arg("--help").output().unwrap());
    help.ends(0, &["simulate", "Exit codes"]);
    assert!(help.stderr.is_empty());
    ran(fixproof().arg("--version").output().unwrap()).ends(0, &["fixproof 0.1.0"]);
}

#[test]
fn a_report_that_breaks_during_the_run_is_3_and_the_others_are_written() {
    let bench = Bench::new(&format!("http://{}", server()));
    bench.scenarios(&healthy("good", "/good"));
    // A folder takes the report's place after it was tried: a run slow enough to be overtaken.
    bench.scenarios(&healthy("slow", "/hang").replace("probe =", "timeout = \"3s\"\nprobe ="));
    let mut child = bench
        .command(&["--report", "json=late/report.json"])
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !bench.path("late").is_dir() {
        assert!(std::time::Instant::now() < deadline, "the place was never tried");
        std::thread::yield_now();
    }
    std::fs::create_dir_all(bench.path("late/report.json/occupied")).unwrap();
    let _ = child.stdin.take();
    ran(child.wait_with_output().unwrap()).ends(3, &["late/report.json", "REJECTED"]);
    assert!(bench.path("reports/report.json").is_file());
    assert!(bench.path("reports/junit.xml").is_file());
}

#[test]
fn nothing_judged_is_4() {
    let bench = Bench::new("http://127.0.0.1:9");
    bench.scenarios(
        &healthy("good", "/good").replace("probe =", "skip = { reason = \"not today\" }\nprobe ="),
    );
    bench.run(&[]).ends(4, &["NOTHING JUDGED"]);
}

#[cfg(unix)]
#[test]
fn an_interrupt_is_130_and_the_reports_are_written_and_marked() {
    let bench = Bench::new(&format!("http://{}", server()));
    bench.scenarios(
        &(healthy("good", "/good")
            + &healthy("slow", "/hang").replace("probe =", "timeout = \"1m\"\nprobe =")),
    );
    let mut child = bench.command(&[]).stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let stderr = child.stderr.take().unwrap();
    let mut lines = BufReader::new(stderr).lines();
    let first = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("good"))).unwrap().unwrap();
    assert!(first.contains("passed"), "{first}");
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    let output = ran(child.wait_with_output().unwrap());
    assert_eq!(output.code, 130, "{}\n{}", output.stdout, rest.join("\n"));
    let report = bench.report();
    assert_eq!(report["provenance"]["interrupted"], true);
    assert_eq!(report["decision"]["judgement"], "interrupted");
    assert_eq!(report["tally"]["planned"], 2);
    assert_eq!(report["tally"]["inconclusive"], 1);
    assert!(bench.path("reports/junit.xml").is_file());
}
