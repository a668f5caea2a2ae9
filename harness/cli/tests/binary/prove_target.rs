//! Could it have failed? The suite runs once against a real target, and its answers are judged again with a fact changed.

use crate::bench::{Bench, Ran, fixproof, healthy, ran, server};

fn bench(scenarios: &str) -> Bench {
    let bench = Bench::new(&format!("http://{}", server()));
    bench.scenarios(scenarios);
    bench
}

fn prove(bench: &Bench, arguments: &[&str]) -> Ran {
    let mut command = fixproof();
    command.current_dir(bench.path("")).args(["prove", "--target", "t", "--scenarios", "suite"]);
    ran(command.args(arguments).output().unwrap())
}

#[test]
fn a_healthy_target_is_asked_once_and_proves_its_scenarios() {
    let bench = bench(&healthy("good", "/good"));
    let ran = prove(&bench, &[]);
    ran.ends(0, &["passed        good", "SENSITIVITY 1/1", "the target was asked once"]);
    // The run is there to be looked at, and is not taken for the report of a run.
    let run: serde_json::Value =
        serde_json::from_slice(&std::fs::read(bench.path("reports/proof-run.json")).unwrap()).unwrap();
    assert_eq!(run["decision"]["judgement"], "approved");
    assert!(!bench.path("reports/report.json").exists() && !bench.path("reports/proof.json").exists());
    let json: serde_json::Value =
        serde_json::from_str(&prove(&bench, &["--quiet", "--format", "json"]).stdout).unwrap();
    assert_eq!(json["recorded"]["scenarios"][0]["standing"]["standing"], "sensitive");
}

#[test]
fn what_is_red_there_is_told_and_proves_nothing() {
    let bench = bench(&(healthy("good", "/good") + &healthy("bad", "/bad")));
    prove(&bench, &[]).ends(
        5,
        &["failed[content/differs] bad", "fix them, then prove again", "not proved  bad", "SENSITIVITY 1/2"],
    );
}

#[test]
fn a_scenario_weakened_on_purpose_is_blind() {
    let weak = "expect = [\n  { that = \"time.total\", at-most = \"1h\" },";
    let bench = bench(&healthy("good", "/good").replace("expect = [", weak));
    prove(&bench, &["--quiet"]).ends(5, &["BLIND", "time.total at-most 1h", "SENSITIVITY 0/1"]);
}

#[test]
fn a_filter_runs_no_other_scenario() {
    let bench = bench(&(healthy("good", "/good") + &healthy("bad", "/bad")));
    prove(&bench, &["goo"]).ends(0, &["SENSITIVITY 1/1", "1 left out (bad)"]);
    prove(&bench, &["absent"]).ends(4, &["absent", "nothing was judged"]);
}

#[test]
fn what_only_controls_have_is_refused_before_anything_is_sent() {
    let bench = bench(&healthy("good", "/good"));
    prove(&bench, &["--jobs", "2"])
        .ends(2, &["--jobs only applies to a simulated target", "no requests were sent"]);
    prove(&bench, &["--report", "json=x"]).ends(2, &["--report only applies to a simulated target"]);
    prove(&bench, &["--reports", "suite/backend.toml"]).ends(2, &["report-path"]);
    assert!(!bench.path("reports").exists());
}
