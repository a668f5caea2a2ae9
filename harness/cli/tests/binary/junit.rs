//! JUnit as a CI system gets it: nothing else on stdout, what was flaky is told, and a reader of nothing but JUnit sees
//! red exactly when the gate does not hold.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::bench::{Bench, Ran, fixproof, healthy, ran, server};

/// A server that answers 503 twice and then is healthy.
fn recovering() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let asked = AtomicUsize::new(0);
        for connection in listener.incoming() {
            let Ok(mut connection) = connection else { continue };
            let Ok(_) = connection.read(&mut [0; 4096]) else { continue };
            let good = asked.fetch_add(1, Ordering::Relaxed) >= 2;
            let status = if good { "200 OK" } else { "503 Service Unavailable" };
            let body = "{\"status\":\"healthy\"}";
            let length = body.len();
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
            let _ = write!(connection, "{head}{body}");
        }
    });
    address
}

/// One of five is red, and none is critical: the gate holds.
fn one_of_five() -> Bench {
    let bench = Bench::new(&format!("http://{}", server()));
    let good: String = (0..4).map(|i| healthy(&format!("good-{i}"), &format!("/good/{i}"))).collect();
    bench.scenarios(&(good + &healthy("bad", "/bad")));
    bench
}

/// How many elements of that name the file has.
fn count(xml: &str, name: &str) -> usize {
    xml.matches(&format!("<{name} ")).count()
}

#[test]
fn on_stdout_there_is_a_document_and_nothing_else() {
    let bench = one_of_five();
    for profile in ["rich", "strict"] {
        let arguments = ["--report", "junit=-", "--junit-profile", profile, "--verbose"];
        let Ran { code, stdout, stderr } = bench.run(&arguments);
        assert_eq!(code, 0, "{stderr}");
        assert!(stdout.starts_with("<?xml version=\"1.0\""), "{stdout}");
        assert!(stdout.trim_end().ends_with("</testsuites>"), "{stdout}");
        assert_eq!(stdout.matches("<testsuites").count(), 1, "{stdout}");
        assert!(stderr.contains("APPROVED"), "{stderr}");
    }
}

#[test]
fn what_settled_late_is_a_pass_that_looks_different() {
    let bench = Bench::new(&format!("http://{}", recovering()));
    let late = healthy("late", "/late")
        .replace("probe =", "settle = { within = \"30s\", every = \"20ms\", hold = \"50ms\" }\nprobe =");
    bench.scenarios(&late);
    bench.run(&[]).ends(0, &["APPROVED"]);
    let xml = std::fs::read_to_string(bench.path("reports/junit.xml")).unwrap();
    assert_eq!(count(&xml, "flakyFailure"), 2, "{xml}");
    assert!(xml.contains("type=\"content/differs\"") && xml.contains("sample 1 of "), "{xml}");
    assert!(xml.contains("<property name=\"settle.after\" value=\""), "{xml}");
    assert_eq!((count(&xml, "failure"), count(&xml, "error")), (0, 0), "{xml}");
    // The strict readers' schema has no word for it.
    bench.run(&["--junit-profile", "strict"]).ends(0, &[]);
}

#[test]
fn a_red_that_is_not_critical_is_written_as_asked_for_and_the_gate_decides() {
    let bench = one_of_five();
    for (way, failures, skipped) in [("failure", 1, 0), ("skipped", 0, 1), ("property", 0, 0)] {
        bench.run(&["--junit-noncritical", way]).ends(0, &["APPROVED", "bad"]);
        let xml = std::fs::read_to_string(bench.path("reports/junit.xml")).unwrap();
        assert_eq!((count(&xml, "failure"), count(&xml, "skipped")), (failures, skipped), "{way}\n{xml}");
        assert!(xml.contains(&format!("<property name=\"junit-noncritical\" value=\"{way}\"/>")), "{xml}");
        // The gate does not hold: then its own case is red, whatever became of the scenario.
        bench.run(&["--junit-noncritical", way, "--threshold", "81%"]).ends(1, &["REJECTED"]);
        let xml = std::fs::read_to_string(bench.path("reports/junit.xml")).unwrap();
        assert_eq!(count(&xml, "failure"), failures + 1, "{way}\n{xml}");
        assert!(xml.contains("<failure type=\"rejected\""), "{xml}");
    }
    bench.run(&["--junit-noncritical", "hidden"]).ends(2, &["hidden", "failure, skipped, property"]);
}

#[test]
fn a_stored_report_is_shown_in_every_way() {
    let bench = one_of_five();
    let rejected = ["--threshold", "81%"];
    for way in ["failure", "skipped", "property"] {
        for profile in ["rich", "strict", "surefire"] {
            let flags = ["--junit-noncritical", way, "--junit-profile", profile];
            bench.run(&[&flags[..], &rejected].concat()).ends(1, &[]);
            let mut show = fixproof();
            show.current_dir(bench.path("")).args([
                "show",
                "--format",
                "junit",
                "--output",
                "again/junit.xml",
            ]);
            ran(show.args(flags).output().unwrap()).ends(0, &[]);
            let parts = ["junit.xml", "junit-backend.xml", "junit-gate.xml"];
            let names = if profile == "surefire" { &parts[1..] } else { &parts[..1] };
            for name in names {
                let [wrote, shown] =
                    ["reports", "again"].map(|folder| std::fs::read(bench.path(folder).join(name)).unwrap());
                assert!(wrote == shown, "{way} {profile} {name}");
            }
        }
    }
}
