//! The silent greens of the field, each tried: never exit 0, always a message that says what to do.

use crate::bench::{Bench, Ran, healthy, ran, server};

fn suite(text: &str) -> Ran {
    let bench = Bench::new("http://127.0.0.1:9");
    bench.scenarios(text);
    bench.run(&[])
}

fn with(from: &str, to: &str) -> String {
    let good = healthy("good", "/good");
    assert!(good.contains(from), "{from}");
    good.replace(from, to)
}

#[test]
fn no_scenario_and_an_empty_folder() {
    suite("").ends(4, &["no-scenarios", "no requests were sent"]);
    let bench = Bench::new("http://127.0.0.1:9");
    bench.run(&[]).ends(4, &["no-scenarios"]);
    bench.run(&["--scenarios", "no-such-folder"]).ends(2, &["no-such-folder"]);
}

#[test]
fn a_filter_that_matches_nothing() {
    let bench = Bench::new("http://127.0.0.1:9");
    bench.scenarios(&healthy("good", "/good"));
    bench.run(&["goood"]).ends(4, &["did you mean `good`", "nothing was judged"]);
    bench.run(&["--component", "database"]).ends(4, &["database"]);
    bench.run(&["--tag", "nightly"]).ends(4, &["nightly"]);
    bench.run(&["--critical"]).ends(4, &["NOTHING JUDGED"]);
}

#[test]
fn all_skipped() {
    suite(&with("probe =", "skip = { reason = \"not today\" }\nprobe =")).ends(4, &["not today"]);
}

#[test]
fn a_skip_past_its_day_and_a_critical_skip() {
    suite(&with("probe =", "skip = { reason = \"x\", until = \"2020-01-01\" }\nprobe ="))
        .ends(2, &["skip-expired"]);
    suite(&with("probe =", "critical = true\nskip = { reason = \"x\" }\nprobe ="))
        .ends(2, &["critical-skip"]);
}

#[test]
fn no_expectation_or_only_warnings() {
    let bare = "\n[[scenario]]\nid = \"good\"\ntitle = \"good\"\nprobe = \"http\"\nwith = { url = \"{{backend.url}}/\" }\n";
    suite(bare).ends(2, &["nothing-expected"]);
    suite(&format!("{bare}expect = []\n")).ends(2, &["nothing-expected"]);
    let warned = format!("{bare}expect = [{{ that = \"status\", equals = 200, severity = \"warn\" }}]\n");
    suite(&warned).ends(2, &["nothing-expected"]);
}

#[test]
fn an_expectation_on_an_unknown_fact() {
    suite(&with("that = \"status\"", "that = \"statsu\""))
        .ends(2, &["unknown-fact", "did you mean `status`", "backend.toml:"]);
}

#[test]
fn a_misspelt_key() {
    suite(&with("expect =", "expcet =")).ends(2, &["unknown-key", "did you mean `expect`"]);
}

#[test]
fn an_unset_variable_or_secret() {
    suite(&with("{{backend.url}}", "{{backend.ulr}}")).ends(2, &["unknown-variable", "backend.url"]);
    suite(&with("{{backend.url}}", "{{limit.nothing}}")).ends(2, &["unknown-variable"]);
    let bench = Bench::new("http://127.0.0.1:9");
    bench.write(
        "suite/targets/t.toml",
        "name = \"t\"\n[component.backend]\nurl = \"http://127.0.0.1:9\"\n[secret]\ntoken = { env = \"FIXPROOF_TEST_UNSET\" }\n",
    );
    bench.scenarios(&with("/good\" }", "/good\", bearer = \"{{secret.token}}\" }"));
    bench.run(&[]).ends(2, &["unset-secret", "FIXPROOF_TEST_UNSET", "no requests were sent"]);
}

#[test]
fn a_duplicate_id_and_two_that_ask_the_same() {
    suite(&(healthy("good", "/a") + &healthy("good", "/b"))).ends(2, &["duplicate-id"]);
    suite(&(healthy("one", "/a") + &healthy("two", "/a"))).ends(2, &["duplicate-question"]);
}

#[test]
fn a_cycle_in_needs() {
    let one = healthy("one", "/1").replace("probe =", "needs = [\"two\"]\nprobe =");
    let two = healthy("two", "/2").replace("probe =", "needs = [\"one\"]\nprobe =");
    suite(&(one + &two)).ends(2, &["cycle"]);
}

#[test]
fn an_expectation_that_cannot_fail() {
    suite(&with("equals = 200", "exists = true")).ends(2, &["cannot-fail"]);
    suite(&with("equals = \"healthy\"", "matches = \".*\"")).ends(2, &["cannot-fail"]);
}

#[test]
fn a_status_compared_with_a_text_and_a_duration_with_a_count() {
    suite(&with("equals = 200", "equals = \"200\"")).ends(2, &["wrong-unit"]);
    suite(&with("that = \"status\", equals = 200", "that = \"time.total\", at-most = 5"))
        .ends(2, &["wrong-unit"]);
}

#[test]
fn a_path_that_selects_nothing_and_an_empty_collection() {
    let bench = Bench::new(&format!("http://{}", server()));
    bench.scenarios(&with("$.status", "$.missing"));
    bench.run(&[]).ends(1, &["content/missing", "$.missing"]);
    bench.scenarios(&with("$.status", "$.list[*]"));
    bench.run(&[]).ends(1, &["content/missing"]);
}

#[test]
fn a_report_path_that_cannot_be_written() {
    let bench = Bench::new("http://127.0.0.1:9");
    bench.scenarios(&healthy("good", "/good")).write("blocked", "a file");
    bench
        .run(&["--report", "junit=blocked/junit.xml"])
        .ends(2, &["report-path", "blocked/junit.xml", "no requests were sent"]);
    bench.run(&["--reports", "blocked"]).ends(2, &["report-path"]);
    bench.run(&["--report", "jnuit=x.xml"]).ends(2, &["jnuit"]);
}

#[test]
fn a_deadline_that_is_too_short() {
    let bench = Bench::new(&format!("http://{}", server()));
    bench.scenarios(&healthy("slow", "/hang"));
    bench.run(&["--deadline", "150ms"]).ends(1, &["inconclusive", "deadline"]);
    bench.run(&["--deadline", "0s"]).ends(2, &["deadline"]);
    bench.run(&["--deadline", "5"]).ends(2, &["deadline"]);
}

#[test]
fn a_threshold_that_approves_anything() {
    let bench = Bench::new("http://127.0.0.1:9");
    bench.scenarios(&healthy("good", "/good"));
    bench.run(&["--threshold", "0%"]).ends(2, &["0%"]);
    bench.run(&["--threshold", "80"]).ends(2, &["80"]);
    bench.write("suite/suite.toml", "[gate]\nthreshold = \"0%\"\n");
    bench.run(&[]).ends(2, &["suite.toml"]);
}

#[test]
fn five_mistakes_are_five_messages() {
    let text = "\n[[scenario]]\nid = \"Not Kebab\"\ntitel = \"x\"\ntitle = \"x\"\nprobe = \"htpp\"\ntimeout = \"30\"\n\
                with = { url = \"x\" }\nexpect = [{ that = \"status\", equals = 200 }]\n"
        .to_owned()
        + &healthy("good", "/good").replace("equals = 200", "equls = 200");
    suite(&text).ends(2, &["bad-id", "unknown-key", "unknown-probe", "bad-duration", "unknown-operator"]);
}

#[test]
fn a_narrowed_run_signs_nothing_off() {
    let bench = Bench::new(&format!("http://{}", server()));
    bench.scenarios(&(healthy("good", "/good") + &healthy("other", "/other")));
    let ran = bench.run(&["good"]);
    ran.ends(0, &["partial"]);
    assert!(!ran.stdout.contains("APPROVED"), "{}", ran.stdout);
    assert_eq!(bench.report()["decision"]["partial"], true);
}

#[test]
fn refused_is_failed_with_its_cause() {
    suite(&healthy("good", "/good")).ends(1, &["connect/refused", "127.0.0.1:9"]);
}

#[test]
fn no_switch_of_the_environment_turns_red_into_green() {
    let bench = Bench::new("http://127.0.0.1:9");
    bench.scenarios(&healthy("good", "/good"));
    let mut command = bench.command(&[]);
    // What older tools took as a reason to say yes, or to say nothing.
    for (name, value) in [
        ("BYPASS_STAGING_HEALTH_CHECK", "true"),
        ("BYPASS_INFRASTRUCTURE_VALIDATION", "true"),
        ("EMERGENCY_DEVELOPMENT_MODE", "true"),
        ("SKIP_CAPACITY_CHECKS", "true"),
        ("TEST_SKIP_ON_INFRASTRUCTURE_FAILURE", "true"),
        ("ENVIRONMENT", "development"),
    ] {
        command.env(name, value);
    }
    ran(command.output().unwrap()).ends(1, &["REJECTED", "connect/refused"]);
}
