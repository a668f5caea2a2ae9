//! What was recorded, judged again with another suite, and the target long gone.

use crate::bench::{Bench, Ran, fixproof, healthy, ran, server};

fn recorded(scenarios: &str) -> Bench {
    let bench = Bench::new(&format!("http://{}", server()));
    bench.scenarios(scenarios);
    bench.run(&[]);
    bench.write("suite/targets/t.toml", "name = \"t\"\n[component.backend]\nurl = \"http://127.0.0.1:9\"\n");
    bench
}

fn replay(bench: &Bench, arguments: &[&str]) -> Ran {
    let mut command = fixproof();
    command.current_dir(bench.path("")).args([
        "replay",
        "--scenarios",
        "suite",
        "--report",
        "json=again.json",
    ]);
    ran(command.args(arguments).output().unwrap())
}

fn again(bench: &Bench) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(bench.path("again.json")).unwrap()).unwrap()
}

#[test]
fn the_same_suite_comes_to_the_same_and_approves_nothing() {
    let bench = recorded(&(healthy("good", "/good") + &healthy("bad", "/bad")));
    replay(&bench, &[]).ends(1, &["REJECTED", "no requests were sent", "with the suite of the recording"]);
    let ran = replay(&bench, &["--threshold", "50%"]);
    ran.ends(0, &["REPLAYED", "signs nothing off"]);
    assert!(!ran.stdout.contains("APPROVED"), "{}", ran.stdout);
    let (first, second) = (bench.report(), again(&bench));
    assert_eq!(second["provenance"]["replay"]["run"], first["provenance"]["run"]);
    assert_eq!(second["provenance"]["replay"]["suite_hash"], first["provenance"]["suite_hash"]);
    assert_eq!(second["decision"]["partial"], true);
    for at in 0..2 {
        for key in ["verdict", "reason", "findings", "samples", "started", "scenario"] {
            assert_eq!(second["outcomes"][at][key], first["outcomes"][at][key], "{at} {key}");
        }
    }
    ran_show(&bench);
}

/// A replay's report is a report: it can be shown.
fn ran_show(bench: &Bench) {
    let mut command = fixproof();
    command.current_dir(bench.path("")).args(["show", "again.json"]);
    ran(command.output().unwrap()).ends(0, &["REPLAYED"]);
}

#[test]
fn today_s_expectations_decide_and_the_recorded_report_stays() {
    let bench = recorded(&healthy("good", "/good"));
    let before = bench.report();
    bench.scenarios(&healthy("good", "/good").replace("equals = 200", "equals = 204"));
    replay(&bench, &[]).ends(
        1,
        &["status is 200, wanted equals 204", "another suite", "it was passed when it was recorded"],
    );
    bench.scenarios(&healthy("good", "/good").replace("$.status", "$.nothing"));
    replay(&bench, &[]).ends(1, &["content/missing", "nothing at $.nothing"]);
    bench.scenarios(
        &healthy("good", "/good").replace("equals = \"healthy\"", "one-of = [\"healthy\", \"fine\"]"),
    );
    replay(&bench, &[]).ends(0, &["REPLAYED"]);
    assert_eq!(bench.report(), before);
}

#[test]
fn what_was_not_recorded_can_not_be_told() {
    let bench = recorded(&healthy("good", "/good"));
    bench.scenarios(&(healthy("good", "/good") + &healthy("new", "/new")));
    replay(&bench, &[]).ends(1, &["inconclusive", "not in the report", "run it against the target"]);
    bench.scenarios(
        &healthy("good", "/good").replace("probe =", "sample = { count = 9, every = \"1s\" }\nprobe ="),
    );
    replay(&bench, &[]).ends(1, &["inconclusive", "1 of 9 samples"]);
    let other_probe = "\n[[scenario]]\nid = \"good\"\ntitle = \"good\"\nprobe = \"tcp\"\nwith = { address = \"127.0.0.1:9\" }\nexpect = [{ that = \"time.connect\", at-most = \"1s\" }]\n";
    bench.scenarios(other_probe);
    replay(&bench, &[]).ends(1, &["inconclusive", "the probe was `http` then"]);
    let text = healthy("good", "/good")
        .replace("that = \"body\", at = \"$.status\", equals", "that = \"text\", contains");
    bench.scenarios(&text);
    replay(&bench, &[]).ends(1, &["inconclusive", "not kept in the report"]);
    assert_eq!(again(&bench)["outcomes"][0]["reason"]["undecided"], "not-recorded");
}

#[test]
fn a_text_that_is_expected_something_of_is_kept() {
    let text = healthy("good", "/good")
        .replace("that = \"body\", at = \"$.status\", equals", "that = \"text\", contains");
    let bench = recorded(&text);
    replay(&bench, &[]).ends(0, &["REPLAYED"]);
}

#[test]
fn a_secret_is_compared_by_nobody_but_the_run() {
    let bench = Bench::new("http://127.0.0.1:9");
    let target = |url: &str| {
        format!(
            "name = \"t\"\n[component.backend]\nurl = \"{url}\"\n[secret]\npassword = {{ env = \"FIXPROOF_TEST_PASSWORD\" }}\nother = {{ env = \"FIXPROOF_TEST_OTHER\" }}\n"
        )
    };
    bench.write("suite/targets/t.toml", &target(&format!("http://{}", server())));
    let of_secret = |name: &str| {
        healthy("good", "/good").replace(
            "$.status\", equals = \"healthy\"",
            &format!("$.password\", equals = \"{{{{secret.{name}}}}}\""),
        )
    };
    bench.scenarios(&of_secret("password"));
    let first = bench.command(&[]).env("FIXPROOF_TEST_PASSWORD", "from-the-server").output().unwrap();
    ran(first).ends(0, &["APPROVED"]);
    // The same suite: what the run itself found stands. Another: nobody can tell.
    replay(&bench, &[]).ends(0, &["REPLAYED"]);
    bench.scenarios(&of_secret("other"));
    replay(&bench, &[]).ends(1, &["inconclusive", "was a secret"]);
    bench.scenarios(
        &of_secret("password").replace("equals = \"{{secret.password}}\"", "equals = \"[secret]\""),
    );
    replay(&bench, &[]).ends(1, &["inconclusive", "was a secret"]);
}

#[test]
fn what_is_needed_blocks_and_what_was_blocked_is_not_told() {
    let needing = |need: &str, status: &str| {
        healthy("first", "/1").replace("equals = 200", &format!("equals = {status}"))
            + &healthy("second", "/2").replace("probe =", &format!("{need}probe ="))
    };
    let bench = recorded(&needing("", "200"));
    bench.scenarios(&needing("needs = [\"first\"]\n", "204"));
    replay(&bench, &[]).ends(1, &["blocked       second"]);
    let bench = recorded(&needing("needs = [\"first\"]\n", "204"));
    bench.scenarios(&needing("", "200"));
    replay(&bench, &[]).ends(1, &["inconclusive  second", "it was blocked then by first"]);
}

#[test]
fn what_is_wrong_with_the_input() {
    let bench = recorded(&healthy("good", "/good"));
    replay(&bench, &["nowhere.json"]).ends(2, &["nowhere.json"]);
    replay(&bench, &["--threshold", "0%"]).ends(2, &["0%"]);
    replay(&bench, &["--report", "jnuit=x"]).ends(2, &["jnuit"]);
    bench.scenarios("");
    replay(&bench, &[]).ends(4, &["no-scenarios", "nothing was judged"]);
}
