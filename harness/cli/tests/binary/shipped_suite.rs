//! The shipped suite: green on the healthy simulated staging, red for the right reason on the incident.

use crate::bench::{fixproof, ran, shipped};

fn run(arguments: &[&str]) -> (crate::bench::Ran, serde_json::Value) {
    let reports = tempfile::tempdir().unwrap();
    let output = fixproof()
        .arg("run")
        .arg("--scenarios")
        .arg(shipped())
        .arg("--reports")
        .arg(reports.path())
        .args(arguments)
        .output()
        .unwrap();
    let report = serde_json::from_slice(&std::fs::read(reports.path().join("report.json")).unwrap()).unwrap();
    (ran(output), report)
}

fn component<'a>(report: &'a serde_json::Value, name: &str) -> &'a serde_json::Value {
    let rows = report["components"].as_array().unwrap();
    &rows.iter().find(|row| row["component"] == name).unwrap()["tally"]
}

#[test]
fn the_healthy_staging_is_approved_at_100_percent() {
    let (ran, report) = run(&[]);
    ran.ends(0, &["APPROVED", "100%", "simulated"]);
    assert_eq!(report["tally"]["passed"], report["tally"]["planned"]);
    assert!(report["tally"]["planned"].as_u64().unwrap() >= 20);
    assert_eq!(report["provenance"]["simulated"]["profile"], "healthy");
}

#[test]
fn the_incident_is_rejected_with_the_split_it_had_and_one_cause() {
    let (ran, report) = run(&["--profile", "incident"]);
    ran.ends(1, &["REJECTED"]);
    assert_eq!(component(&report, "frontend")["passed"], component(&report, "frontend")["planned"]);
    for red in ["backend", "auth", "database"] {
        assert_eq!(component(&report, red)["passed"], 0, "{red}");
    }
    let causes = report["causes"].as_array().unwrap();
    assert_eq!(causes.len(), 1, "{causes:#?}");
    assert_eq!(causes[0]["component"], "database");
    let cause = causes[0]["cause"].as_str().unwrap();
    assert!(
        ["database/timeout", "connect/timeout", "database/too-many-connections"].contains(&cause),
        "{cause}"
    );
}
