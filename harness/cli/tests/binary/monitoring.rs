//! fixproof as a check of a monitoring system: the wrapper of the docs, read by the `command` probe, which reads every
//! plugin.

use std::os::unix::fs::PermissionsExt;

use crate::bench::{Bench, healthy, server};

/// The script that `harness/docs/reports.md` gives its readers.
fn wrapper() -> String {
    let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reports.md");
    let docs = std::fs::read_to_string(docs).unwrap();
    let (_, script) = docs.split_once("```sh\n#!/bin/sh\nout=$(fixproof").unwrap();
    format!("#!/bin/sh\nout=$(fixproof{}", script.split_once("```").unwrap().0)
}

/// A bench with the wrapper in it, and a second suite that asks the first through it.
fn watched() -> Bench {
    let bench = Bench::new(&format!("http://{}", server()));
    bench.write("check_fixproof", &wrapper());
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(bench.path("check_fixproof"), executable).unwrap();
    bench.write("watch/targets/t.toml", "name = \"t\"\n[component.check]\nurl = \"http://127.0.0.1\"\n");
    bench
}

/// Asks, and holds what the plugin says against what is expected.
#[track_caller]
fn says(bench: &Bench, arguments: &str, expected: &str) {
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_fixproof")).parent().unwrap();
    let path = format!("{}:/usr/bin:/bin", binary.display());
    let check = bench.path("check_fixproof").display().to_string();
    let place = bench.path("").display().to_string();
    bench.write(
        "watch/check.toml",
        &format!(
            "component = \"check\"\n[[scenario]]\nid = \"check\"\ntitle = \"what the plugin says\"\nprobe = \"command\"\n\
             with = {{ protocol = \"nagios\", directory = \"{place}\", env = {{ PATH = \"{path}\" }}, argv = [\"{check}\", {arguments}] }}\n\
             expect = [{expected}]\n"
        ),
    );
    bench.run(&["--scenarios", "watch", "--reports", "watch-reports"]).ends(0, &["APPROVED"]);
}

const SUITE: &str = "\"--scenarios\", \"suite\", \"--target\", \"t\"";

#[test]
fn a_monitoring_system_reads_state_and_numbers() {
    let bench = watched();
    let good: String = (0..3).map(|at| healthy(&format!("good-{at}"), &format!("/good/{at}"))).collect();
    bench.scenarios(&good);
    says(
        &bench,
        SUITE,
        "{ that = \"status\", equals = \"ok\" }, { that = \"perfdata-share.percentage\", equals = \"100%\" },\n\
         { that = \"perfdata.passed\", equals = 3 }, { that = \"perfdata-share.component backend\", equals = \"100%\" },\n\
         { that = \"perfdata-duration.time\", at-most = \"1m\" }",
    );
    bench.scenarios(&(good.clone() + &healthy("bad", "/bad")));
    says(
        &bench,
        SUITE,
        "{ that = \"status\", equals = \"critical\" }, { that = \"perfdata-share.percentage\", equals = \"75%\" },\n\
         { that = \"perfdata.failed\", equals = 1 }",
    );
    says(
        &bench,
        &format!("{SUITE}, \"--threshold\", \"75%\""),
        "{ that = \"status\", equals = \"warning\" }",
    );
    says(&bench, &format!("{SUITE}, \"good\""), "{ that = \"status\", equals = \"warning\" }");
}

#[test]
fn where_fixproof_could_do_nothing_the_state_is_unknown() {
    let bench = watched();
    bench.scenarios(&healthy("good", "/good"));
    says(&bench, "\"--scenarios\", \"nowhere\"", "{ that = \"status\", equals = \"unknown\" }");
    says(&bench, "\"--no-such-flag\"", "{ that = \"status\", equals = \"unknown\" }");
    bench.scenarios(&healthy("good", "/good").replace("probe =", "skip = { reason = \"no\" }\nprobe ="));
    says(
        &bench,
        SUITE,
        "{ that = \"status\", equals = \"unknown\" }, { that = \"perfdata.skipped\", equals = 1 }",
    );
}
