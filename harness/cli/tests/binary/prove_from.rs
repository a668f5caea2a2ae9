//! Could it have been red? A recording judged again with one fact changed at a time, and the target long gone.

use crate::bench::{Bench, Ran, fixproof, healthy, ran, server};

/// Runs a suite once, takes the target away, and hands back the place where that happened.
fn recorded(scenarios: &str) -> Bench {
    let bench = Bench::new(&format!("http://{}", server()));
    bench.scenarios(scenarios);
    bench.run(&[]);
    target_is_gone(&bench, "");
    bench
}

fn target_is_gone(bench: &Bench, more: &str) {
    let text = format!("name = \"t\"\n[component.backend]\nurl = \"http://127.0.0.1:9\"\n{more}");
    bench.write("suite/targets/t.toml", &text);
}

fn prove(bench: &Bench, arguments: &[&str]) -> Ran {
    let mut command = fixproof();
    command.current_dir(bench.path("")).args([
        "prove",
        "--from",
        "reports/report.json",
        "--scenarios",
        "suite",
    ]);
    ran(command.args(arguments).output().unwrap())
}

/// One scenario `good` with these expectations.
fn expecting(expectations: &[&str]) -> String {
    let good = healthy("good", "/good");
    let (before, _) = good.split_once("expect = [").unwrap();
    format!("{before}expect = [\n  {},\n]\n", expectations.join(",\n  "))
}

const STATUS: &str = "{ that = \"status\", equals = 200 }";
const BODY: &str = "{ that = \"body\", at = \"$.status\", equals = \"healthy\" }";
const TIME: &str = "{ that = \"time.total\", at-most = \"5s\" }";

#[test]
fn a_scenario_that_kills_every_change_is_sensitive() {
    let bench = recorded(&expecting(&[STATUS, BODY, TIME]));
    let ran = prove(&bench, &[]);
    ran.ends(0, &["SENSITIVITY 1/1", "3 of 3 expectations proved", "no request was sent"]);
    assert!(!ran.stdout.contains("gap") && !ran.stdout.contains("weak"), "{}", ran.stdout);
    prove(&bench, &["--verbose"]).ends(
        0,
        &[
            "kills: absent, another type, another value, far above, far below",
            "kills: absent, another type, far above",
        ],
    );
}

#[test]
fn a_scenario_weakened_on_purpose_is_found_blind_or_listed() {
    let bench = recorded(&expecting(&[STATUS, BODY, TIME]));
    // An expectation is removed: what it looked at is listed.
    assert!(!prove(&bench, &[]).stdout.contains("body /status"));
    bench.scenarios(&expecting(&[STATUS, TIME]));
    prove(&bench, &[]).ends(0, &["body /status", "the suite has changed"]);
    // `equals` becomes `exists`.
    bench.scenarios(&expecting(&[STATUS, &BODY.replace("equals = \"healthy\"", "exists = true"), TIME]));
    prove(&bench, &[]).ends(0, &["weak: body $.status exists true", "backend.toml:"]);
    // A limit is raised to an hour.
    bench.scenarios(&expecting(&[STATUS, BODY, &TIME.replace("5s", "1h")]));
    prove(&bench, &[])
        .ends(5, &["BLIND", "gap: time.total at-most 1h", "beyond its limit", "SENSITIVITY 0/1"]);
}

#[test]
fn what_is_not_green_in_the_report_is_not_proved() {
    let bench = recorded(&(healthy("good", "/good") + &healthy("bad", "/bad")));
    prove(&bench, &[]).ends(5, &["not proved  bad", "it was failed in the report", "SENSITIVITY 1/2"]);
    bench.scenarios(&(healthy("good", "/good") + &healthy("new", "/new")));
    prove(&bench, &[]).ends(5, &["not proved  new", "not in the report"]);
    bench.scenarios(&expecting(&[&STATUS.replace("200", "201"), BODY]));
    prove(&bench, &[]).ends(5, &["not proved  good", "content/differs", "today's expectations"]);
    let skipped = healthy("good", "/good").replace("probe =", "skip = { reason = \"not today\" }\nprobe =");
    bench.scenarios(&skipped);
    prove(&bench, &[]).ends(4, &["left out    good", "not today", "SENSITIVITY 0/0"]);
}

#[test]
fn a_secret_need_not_be_there_and_is_not_told() {
    let bench = Bench::new("http://127.0.0.1:9");
    let secret = "[secret]\npassword = { env = \"FIXPROOF_TEST_PASSWORD\" }\n";
    bench.write(
        "suite/targets/t.toml",
        &format!("name = \"t\"\n[component.backend]\nurl = \"http://{}\"\n{secret}", server()),
    );
    let of_secret = "{ that = \"body\", at = \"$.password\", equals = \"{{secret.password}}\" }";
    bench.scenarios(&expecting(&[STATUS, of_secret]));
    let first = bench.command(&[]).env("FIXPROOF_TEST_PASSWORD", "from-the-server").output().unwrap();
    ran(first).ends(0, &["APPROVED"]);
    target_is_gone(&bench, secret);
    let proved = prove(&bench, &["--verbose"]);
    proved.ends(0, &["SENSITIVITY 1/1", "proved: body $.password equals [secret]", "another value"]);
    assert!(!proved.stdout.contains("from-the-server"), "{}", proved.stdout);
}

#[test]
fn steps_captures_samples_and_settling_are_judged_as_in_a_run() {
    let step = |name: &str, path: &str, rest: &str| {
        format!(
            "[[scenario.step]]\nname = \"{name}\"\nprobe = \"http\"\nwith = {{ url = \"{{{{backend.url}}}}{path}\" }}\n{rest}\n"
        )
    };
    let steps = "\n[[scenario]]\nid = \"steps\"\ntitle = \"steps\"\n".to_owned()
        + &step(
            "one",
            "/1",
            "expect = [{ that = \"status\", equals = 200 }]\ncapture = { was = { that = \"body\", at = \"$.status\" }, pass = { that = \"header.content-type\" } }",
        )
        + &step(
            "two",
            "/2",
            "expect = [{ that = \"body\", at = \"$.status\", equals = \"{{was}}\" }, { that = \"body\", at = \"$.status\", not = true, equals = \"{{pass}}\" }]",
        );
    let often = healthy("often", "/often").replace("probe =", "sample = { count = 4, every = \"1ms\" }\nprobe =").replace(
        "expect = [",
        "expect = [\n  { that = \"samples.met\", at-least = \"50%\" },\n  { that = \"time.total.p95\", at-most = \"5s\" },",
    );
    let settles = healthy("settles", "/settles")
        .replace("probe =", "settle = { within = \"10s\", every = \"10ms\", hold = \"50ms\" }\nprobe =")
        .replace("expect = [", "expect = [\n  { that = \"settle.after\", at-most = \"5s\" },");
    let bench = recorded(&(steps + &often + &settles));
    let proved = prove(&bench, &["--verbose"]);
    proved.ends(
        0,
        &[
            "SENSITIVITY 3/3",
            "proved: step `two`: body $.status not equals \"application/json\"",
            "the forbidden value",
            "proved: samples.met at-least 50%",
            "proved: time.total.p95 at-most 5s",
            "proved: settle.after at-most 5s",
        ],
    );
    bench.scenarios(
        &healthy("settles", "/settles")
            .replace("probe =", "settle = { within = \"10s\", every = \"10ms\", hold = \"50ms\" }\nprobe =")
            .replace("expect = [", "expect = [\n  { that = \"settle.after\", at-most = \"10s\" },"),
    );
    prove(&bench, &[]).ends(5, &["gap: settle.after at-most 10s"]);
}

#[test]
fn absence_is_proved_by_presence() {
    let absent = "{ that = \"body\", at = \"$.list[?@.broken]\", exists = false }";
    let bench = recorded(&expecting(&[STATUS, absent]));
    prove(&bench, &["--verbose"]).ends(0, &["kills: present"]);
    let both = "{ that = \"body\", at = \"$.list[?@.broken && @.left > 3]\", exists = false }";
    bench.scenarios(&expecting(&[STATUS, both]));
    prove(&bench, &[]).ends(5, &["gap:", "nothing that was recorded can be changed for it"]);
}

#[test]
fn as_json_it_says_the_same() {
    let bench = recorded(&expecting(&[STATUS, &TIME.replace("5s", "1h")]));
    let ran = prove(&bench, &["--format", "json"]);
    ran.ends(5, &[]);
    let proof: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let scenario = &proof["recorded"]["scenarios"][0];
    assert_eq!(scenario["standing"]["standing"], "blind");
    assert_eq!(scenario["expectations"][0]["killed"][0], "absent");
    assert!(scenario["expectations"][1]["gap"].is_string());
}

#[test]
fn what_is_no_report_or_no_suite_is_wrong_input() {
    let bench = recorded(&expecting(&[STATUS, BODY]));
    let from = |path: &str| {
        let mut command = fixproof();
        command.current_dir(bench.path("")).args(["prove", "--scenarios", "suite", "--from", path]);
        ran(command.output().unwrap())
    };
    from("nowhere.json").ends(2, &["nowhere.json"]);
    from("reports/junit.xml").ends(2, &["not JSON"]);
    prove(&bench, &["--target", "nowhere"]).ends(2, &["nowhere"]);
    bench.scenarios(&expecting(&["{ that = \"statsu\", equals = 200 }"]));
    prove(&bench, &[]).ends(2, &["unknown-fact", "did you mean `status`"]);
    bench.scenarios(&expecting(&["{ that = \"status\", equals = \"{{backend.nothing}}\" }"]));
    prove(&bench, &[]).ends(2, &["unknown-variable"]);
}
