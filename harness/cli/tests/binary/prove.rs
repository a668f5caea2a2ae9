//! `fixproof prove` over a small suite of its own: proved, and then weakened in every way that must be found.

use crate::bench::{Bench, Ran, fixproof, ran};

const TARGET: &str = "name = \"sim\"\n[simulate]\nprofile = \"healthy\"\nspeed = 50\n[component.backend]\n[limit]\nhealth = \"5s\"\n";

const SCENARIOS: &str = r#"component = "backend"

[[scenario]]
id       = "health"
title    = "The backend is healthy"
timeout  = "60s"
settle   = { within = "90s", every = "2s" }
probe    = "http"
with     = { url = "{{backend.url}}/health" }
expect   = [
  { that = "body", at = "$.status", equals = "healthy" },
  { that = "time.total", at-most = "{{limit.health}}" },
]

[[scenario]]
id       = "breakers"
title    = "No breaker is open"
needs    = ["health"]
probe    = "http"
with     = { url = "{{backend.url}}/health/circuit-breakers" }
expect   = [
  { that = "status", equals = 200 },
  { that = "body", at = "$.health_summary.open_breakers", equals = 0 },
]
"#;

const CONTROLS: &str = r#"
[[control]]
fault   = "backend-down"
why     = "nobody listens"
red     = [{ scenario = "health", verdict = "failed", cause = "connect/refused" }]
blocked = ["breakers"]

[[control]]
fault   = "backend-slow"
why     = "every answer is 7 s late"
red     = [{ scenario = "health", cause = "content/differs", says = "time.total" }]

[[control]]
fault   = "breaker-open"
why     = "a breaker is open"
red     = [{ scenario = "breakers", cause = "content/differs" }]
green   = "rest"
"#;

/// The suite, the controls and the target, each with one text replaced by another.
fn bench(changed: &[(&str, &str)]) -> Bench {
    let bench = Bench::new("http://127.0.0.1:1");
    let files = [
        ("suite/targets/sim.toml", TARGET),
        ("suite/backend.toml", SCENARIOS),
        ("suite/controls/c.toml", CONTROLS),
    ];
    for (name, text) in files {
        let text = changed.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
        bench.write(name, &text);
    }
    for (from, _) in changed {
        assert!([TARGET, SCENARIOS, CONTROLS].iter().any(|text| text.contains(from)), "{from}");
    }
    bench
}

fn prove(bench: &Bench, words: &[&str]) -> Ran {
    let mut command = fixproof();
    command.current_dir(bench.path("")).args(["prove", "--scenarios", "suite"]).args(words);
    if !words.contains(&"--target") {
        command.args(["--target", "sim"]);
    }
    ran(command.output().unwrap())
}

fn proof(bench: &Bench, name: &str) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(bench.path("reports").join(name)).unwrap()).unwrap()
}

/// A run with this text for a target.
fn said_with(bench: &Bench, target: &str) -> Ran {
    bench.write("suite/targets/sim.toml", target);
    bench.run(&["--target", "sim"])
}

#[test]
fn a_sound_suite_is_proved_and_its_next_report_says_so() {
    let bench = bench(&[]);
    prove(&bench, &[])
        .ends(0, &["PROVED", "sensitivity 2/2", "specificity 1/1", "held          backend-down"]);
    let proof = proof(&bench, "proof.json");
    assert_eq!((&proof["schema"], &proof["result"]), (&"fixproof-proof/2".into(), &"proved".into()));
    let marks = &proof["controls"]["matrix"][1];
    assert_eq!(marks["scenario"], "breakers");
    assert_eq!(marks["marks"], serde_json::json!(["blocked", null, "red"]));
    let run = |words: &[&str]| {
        let words = [&["--target", "sim"], words].concat();
        let ran = bench.run(&words);
        (ran, bench.report()["provenance"]["proof"].clone())
    };
    let (said, carried) = run(&[]);
    said.ends(0, &["proof: proved, sensitivity 2/2, specificity 1/1"]);
    assert_eq!(carried["sensitivity"], serde_json::json!({ "seen": 2, "of": 2 }));
    assert_eq!(carried["started"], proof["provenance"]["started"]);
    // The hash of the target's file is kept by both, so that a reader is told when it was proved with other limits.
    assert_eq!(carried["target_hash"], proof["provenance"]["target_hash"]);
    let unlike = |text: &str| {
        said_with(&bench, text).stdout.lines().find(|l| l.starts_with("proof:")).unwrap().to_owned()
    };
    assert!(!unlike(TARGET).contains("against"), "{}", unlike(TARGET));
    let raised = unlike(&TARGET.replace("5s", "1h"));
    assert!(
        raised.contains("proof: proved")
            && raised.ends_with("against `sim`, whose file (and maybe a limit in it) has changed since"),
        "{raised}"
    );
    let other = unlike(&TARGET.replace("\"sim\"", "\"staging\""));
    assert!(other.ends_with("against `sim`, with its limits instead of those of `staging`"), "{other}");
    bench.write("suite/targets/sim.toml", TARGET);
    // Another suite has no proof, and a proof that can't be read is none.
    bench.write("suite/backend.toml", &SCENARIOS.replace("at-most", "less-than"));
    let (said, carried) = run(&[]);
    said.ends(0, &["proof: none for this suite"]);
    assert!(carried.is_null());
    bench.write("suite/backend.toml", SCENARIOS).write("reports/proof.json", "{\"schema\":");
    assert!(run(&[]).1.is_null());
}

#[test]
fn a_proof_is_written_for_readers_too_with_the_table_of_all_faults() {
    let bench = bench(&[]);
    let words = ["--report", "markdown=proof.md", "--report", "html=proof.html"];
    prove(&bench, &words).ends(0, &["PROVED", "proof.md", "proof.html"]);
    let read = |name: &str| std::fs::read_to_string(bench.path(name)).unwrap();
    let (markdown, html) = (read("proof.md"), read("proof.html"));
    assert!(markdown.contains("PROVED: each of 2") && markdown.contains("| `backend-down` |"), "{markdown}");
    assert!(html.contains("PROVED</h1>") && html.contains("<bdi>backend-down</bdi>"), "{html}");
    prove(&bench, &["--quiet", "--report", "markdown=-"]).ends(0, &["# Proof that every scenario can fail"]);
}

#[test]
fn a_scenario_weakened_on_purpose_is_found_blind() {
    for (from, to, blind) in [
        // An expectation is removed.
        ("  { that = \"time.total\", at-most = \"{{limit.health}}\" },\n", "", "health"),
        // `equals` becomes `exists`.
        ("open_breakers\", equals = 0", "open_breakers\", exists = true", "breakers"),
        // A limit is raised to an hour.
        ("health = \"5s\"", "health = \"1h\"", "health"),
    ] {
        let bench = bench(&[(from, to)]);
        prove(&bench, &["-q"])
            .ends(5, &["NOT PROVED", "sensitivity 1/2", "stayed-green", &format!("blind {blind}:")]);
        let proof = proof(&bench, "proof.json");
        assert_eq!(
            (&proof["controls"]["blind"][0]["scenario"], &proof["result"]),
            (&blind.into(), &"not-proved".into())
        );
        assert_eq!(proof["controls"]["blind"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn a_control_that_claims_what_is_not_so_misbehaves() {
    for (from, to, words) in [
        ("connect/refused", "connect/timeout", "must be failed connect/timeout, was failed connect/refused"),
        ("says = \"time.total\"", "says = \"$.status\"", "saying `$.status`, was failed content/differs"),
        ("blocked = [\"breakers\"]", "green = [\"breakers\"]", "breakers: must be passed, was blocked"),
        ("green   = \"rest\"", "rejected = true\nblocked = [\"health\"]", "health: must be blocked"),
    ] {
        prove(&bench(&[(from, to)]), &[]).ends(5, &["NOT PROVED", "misbehaved", words, "controls/c.toml:"]);
    }
}

#[test]
fn a_scenario_without_a_control_counts_as_blind_and_check_names_it() {
    let without = CONTROLS.find("\n[[control]]\nfault   = \"breaker-open\"").unwrap();
    let bench = bench(&[]);
    bench.write("suite/controls/c.toml", &CONTROLS[..without]);
    prove(&bench, &["-q"])
        .ends(5, &["blind breakers: No breaker is open", "no control expects it to fail", "sensitivity 1/2"]);
    prove(&bench, &["-q", "breakers"]).ends(5, &["blind breakers"]);
    let told = |words: &[&str]| {
        let mut command = fixproof();
        ran(command.current_dir(bench.path("")).args(words).args(["--scenarios", "suite"]).output().unwrap())
    };
    let words = ["no control turns `breakers` red", "breaker-open", "have no control", "2 warnings"];
    told(&["check", "--target", "sim"]).ends(0, &words);
    told(&["explain", "breakers"]).ends(0, &["no fault is known to fail it", "blocked: backend-down"]);
    told(&["explain", "health"]).ends(0, &["backend-down: failed connect/refused: nobody listens"]);
    let commands = ["http://127.0.0.1:18081/health", "needs a running `fixproof simulate`"];
    told(&["explain", "health", "--target", "sim"]).ends(0, &commands);
}

#[test]
fn a_staging_that_is_not_green_without_a_fault_proves_nothing() {
    let bench = bench(&[("equals = \"healthy\"", "equals = \"well\"")]);
    prove(&bench, &[])
        .ends(5, &["NOT PROVED", "without a fault", "health: must be passed", "misbehaved    healthy"]);
    assert_eq!(proof(&bench, "proof.json")["result"], "unhealthy");
    assert_eq!(proof(&bench, "proof.json")["controls"]["outcomes"], serde_json::json!([]));
}

#[test]
fn a_filter_makes_a_partial_proof_that_takes_no_whole_one_s_place() {
    let bench = bench(&[]);
    prove(&bench, &["down"]).ends(0, &["PARTLY PROVED", "sensitivity 1/1"]);
    assert!(!bench.path("reports/proof.json").exists());
    let partial = proof(&bench, "proof-partial.json");
    assert_eq!(
        (&partial["partial"], partial["controls"]["outcomes"].as_array().unwrap().len()),
        (&true.into(), 1)
    );
    prove(&bench, &["donw"]).ends(4, &["the filter `donw` matches no", "nothing was judged"]);
}

#[test]
fn what_is_wrong_is_told_before_anything_is_started() {
    let wrong = [
        ("backend-down", "backend-dwon", "did you mean `backend-down`?"),
        ("connect/refused", "connect/refusd", "did you mean `connect/refused`?"),
        ("scenario = \"health\"", "scenario = \"helth\"", "did you mean `health`?"),
        ("open_breakers\", equals", "open_breakers\", equalz", "did you mean `equals`?"),
    ];
    for (from, to, words) in wrong {
        let bench = bench(&[(from, to)]);
        prove(&bench, &[]).ends(2, &[words, "no requests were sent"]);
        assert!(!bench.path("reports/proof.json").exists());
    }
    let sound = bench(&[]);
    prove(&sound, &["--format", "json"]).ends(2, &["--format only applies to --from"]);
    prove(&sound, &["--verbose"]).ends(2, &["--verbose only applies to --from", "proof.json"]);
    prove(&sound, &["--jobs", "0"]).ends(2, &["--jobs"]);
    prove(&sound, &["--report", "junit=x"]).ends(2, &["the formats are: json, markdown"]);
    let twice = ["--report", "json=-", "--report", "markdown=-"];
    prove(&sound, &twice).ends(2, &["only one report can be written to stdout"]);
    prove(&sound, &["--reports", "suite/backend.toml"]).ends(2, &["report-path"]);
    sound.write("suite/controls/c.toml", "");
    prove(&sound, &[]).ends(4, &["no control in", "nothing was judged"]);
}

#[test]
fn a_proof_on_stdout_is_one_document_that_keeps_its_schema() {
    let bench = bench(&[]);
    let ran = prove(&bench, &["breaker", "-q", "--report", "json=-"]);
    ran.ends(0, &["PARTLY PROVED"]);
    let proof: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let mut command = fixproof();
    let printed = command.args(["schema", "proof"]).output().unwrap();
    let schema: serde_json::Value = serde_json::from_slice(&printed.stdout).unwrap();
    let names = |value: &serde_json::Value| {
        value.as_object().unwrap().keys().cloned().collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(names(&proof), names(&schema["properties"]));
    assert_eq!(names(&proof["provenance"]), names(&schema["properties"]["provenance"]["properties"]));
    let control = &schema["$defs"]["control"]["properties"];
    assert_eq!(names(&proof["controls"]["outcomes"][0]), names(control));
    assert_eq!(
        names(&proof["controls"]["outcomes"][0]["cells"][0]),
        names(&control["cells"]["items"]["properties"])
    );
}
