//! `fixproof prove --mutate` over a small suite of its own: what it reads, what it only seems to, and what it leaves unread.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::bench::{Bench, Ran, fixproof, ran};

const TARGET: &str = "name = \"sim\"\n[simulate]\nprofile = \"healthy\"\nspeed = 10\n[component.backend]\n";

/// `version` is only checked for presence; `service` and `timestamp` are not read.
const SCENARIOS: &str = r#"component = "backend"

[[scenario]]
id       = "health"
title    = "The backend is healthy"
timeout  = "100s"
probe    = "http"
with     = { url = "{{backend.url}}/health" }
expect   = [
  { that = "status", equals = 200 },
  { that = "body", at = "$.status", equals = "healthy" },
  { that = "body", at = "$.version", exists = true },
]

[[scenario]]
id       = "breakers"
title    = "No breaker is open"
needs    = ["health"]
timeout  = "100s"
probe    = "http"
with     = { url = "{{backend.url}}/health/circuit-breakers" }
expect   = [
  { that = "status", equals = 200 },
  { that = "body", at = "$.health_summary.open_breakers", equals = 0 },
  { that = "body", at = "$.circuit_breakers[*].state", equals = "closed" },
]
"#;

const SOUND: (&str, &str) = ("\"$.version\", exists = true", "\"$.version\", matches = \"simulated\"");

fn bench(changed: &[(&str, &str)]) -> Bench {
    let bench = Bench::new("http://127.0.0.1:1");
    let text = changed.iter().fold(SCENARIOS.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    bench.write("suite/targets/sim.toml", TARGET).write("suite/backend.toml", &text);
    bench
}

fn command(bench: &Bench, words: &[&str]) -> Command {
    let mut command = fixproof();
    command.current_dir(bench.path("")).args(["prove", "--mutate", "--scenarios", "suite"]).args(words);
    if !words.contains(&"--target") {
        command.args(["--target", "sim"]);
    }
    command
}

fn mutate(bench: &Bench, words: &[&str]) -> Ran {
    ran(command(bench, words).output().unwrap())
}

fn proof(bench: &Bench, name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(bench.path("reports").join(name)).unwrap()).unwrap()
}

fn answer<'a>(proof: &'a Value, name: &str) -> &'a Value {
    let mut answers = proof["mutation"]["answers"].as_array().unwrap().iter();
    answers.find(|answer| answer["answer"] == name).unwrap_or(&Value::Null)
}

fn field<'a>(proof: &'a Value, of: &str, name: &str) -> &'a Value {
    let mut fields = answer(proof, of)["fields"].as_array().unwrap().iter();
    fields.find(|field| field["field"] == name).unwrap_or(&Value::Null)
}

#[test]
fn partially_killed_and_uncovered_fields_are_listed_apart() {
    let bench = bench(&[]);
    mutate(&bench, &[]).ends(
        5,
        &[
            "NOT PROVED",
            "partially killed backend GET /health $.version: read by health; survived: another type, another value",
            "  backend GET /health: $.service, $.timestamp\n",
            "  auth GET /health/auth: no scenario requests it",
        ],
    );
    let proof = proof(&bench, "mutations.json");
    assert_eq!((&proof["schema"], &proof["result"]), (&"fixproof-proof/2".into(), &"not-proved".into()));
    assert_eq!(proof["mutation"]["false_alarms"], serde_json::json!([]));
    let status = field(&proof, "backend GET /health", "$.status");
    assert_eq!((&status["standing"], &status["readers"]), (&"killed".into(), &serde_json::json!(["health"])));
    for change in status["changes"].as_array().unwrap() {
        assert_eq!(change["red"], serde_json::json!(["health"]), "{change}");
    }
    let breakers = "backend GET /health/circuit-breakers";
    for name in
        ["$.circuit_breakers[*].state", "$.circuit_breakers", "$.health_summary.open_breakers", "status"]
    {
        assert_eq!(field(&proof, breakers, name)["standing"], "killed", "{name}");
    }
    assert_eq!(field(&proof, breakers, "$.health_summary.half_open_breakers")["standing"], "uncovered");
    assert_eq!(answer(&proof, "frontend GET /api/health/ready")["asked_by"], serde_json::json!([]));
}

#[test]
fn uncovered_fields_are_listed_and_fail_nothing() {
    let bench = bench(&[SOUND]);
    let ran = mutate(&bench, &["--report", "json=-"]);
    ran.ends(0, &["PROVED", "uncovered: fields that no scenario is known to read", "$.service, $.timestamp"]);
    let proof: Value = serde_json::from_str(&ran.stdout).unwrap();
    let mutations = &proof["mutation"]["mutations"];
    assert!(mutations["seen"].as_u64() > Some(10), "{mutations}");
    let mut command = fixproof();
    let printed = command.args(["schema", "mutations"]).output().unwrap();
    let schema: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&proof), names(&schema["properties"]));
    mutate(&bench, &["-q"]).ends(0, &["PROVED"]);
}

const ACCEPTED: &str = r#"
[[accepted]]
answer = "backend GET /health"
field  = "$.version"
change = "another value"
why    = "any release will do"

[[accepted]]
answer = "backend GET /health"
field  = "$.version"
change = "another type"
why    = "a build number, too"
"#;

#[test]
fn a_suppressed_survivor_is_listed_with_its_reason_and_fails_nothing() {
    let bench = bench(&[]);
    bench.write("suite/controls/accepted.toml", ACCEPTED);
    mutate(&bench, &[]).ends(
        0,
        &[
            "suppressed backend GET /health $.version another value: any release will do\n",
            "suppressed backend GET /health $.version another type: a build number, too\n",
            "1 suppressed",
            "killed or suppressed (1 field)",
        ],
    );
    let proof = proof(&bench, "mutations.json");
    let version = field(&proof, "backend GET /health", "$.version");
    assert_eq!(version["standing"], "suppressed");
    assert_eq!(
        version["suppressed"][0],
        serde_json::json!({ "change": "another value", "why": "any release will do" })
    );
    assert_eq!(proof["mutation"]["unused_suppressions"], serde_json::json!([]));
}

#[test]
fn an_unused_suppression_fails_a_whole_proof() {
    let bench = bench(&[SOUND]);
    bench.write("suite/controls/accepted.toml", ACCEPTED);
    let unused = "unused suppression suite/controls/accepted.toml:2:1: backend GET /health $.version another value: a scenario kills it";
    mutate(&bench, &[]).ends(5, &[unused, "2 unused suppressions"]);
    bench.write("suite/controls/accepted.toml", &ACCEPTED.replace("$.version", "$.versoin"));
    mutate(&bench, &["health"]).ends(5, &["`backend GET /health` has no field `$.versoin`"]);
    bench.write("suite/controls/accepted.toml", &ACCEPTED.replace("GET /health", "GET /healthy"));
    mutate(&bench, &["circuit"]).ends(0, &["PARTLY PROVED"]);
    mutate(&bench, &[]).ends(5, &["no scenario requests an answer `backend GET /healthy`"]);
    bench.write("suite/controls/accepted.toml", &ACCEPTED.replace("another type", "its type"));
    mutate(&bench, &[]).ends(2, &["invalid `change`: `its type`"]);
}

const NOTICED: &str = r#"
[[noticed]]
answer = "backend GET /health"
fields = ["status", "$.status"]
by     = ["health"]
"#;

#[test]
fn a_removed_expectation_is_a_missing_kill_where_it_is_declared() {
    let bench = bench(&[SOUND]);
    bench.write("suite/controls/noticed.toml", NOTICED);
    mutate(&bench, &[]).ends(0, &["PROVED"]);
    let without = SCENARIOS
        .replace(SOUND.0, SOUND.1)
        .replace("  { that = \"body\", at = \"$.status\", equals = \"healthy\" },\n", "");
    bench.write("suite/backend.toml", &without);
    mutate(&bench, &["GET /health"]).ends(
        5,
        &[
            "missing kill suite/controls/noticed.toml:4:21: health must kill backend GET /health $.status dropped, another type, another value: no expectation of it reads this field\n",
            "1 missing kill",
        ],
    );
    let proof = proof(&bench, "mutations-partial.json");
    assert_eq!(
        (&proof["mutation"]["missing_kills"][0]["field"], &proof["mutation"]["missing_kills"][0]["scenario"]),
        (&"$.status".into(), &"health".into())
    );
    assert_eq!(field(&proof, "backend GET /health", "$.status")["standing"], "uncovered");
    // Turned into `exists`, it misses the rest.
    let weaker = SCENARIOS.replace(SOUND.0, SOUND.1).replace("equals = \"healthy\"", "exists = true");
    bench.write("suite/backend.toml", &weaker);
    mutate(&bench, &["GET /health"]).ends(
        5,
        &["health must kill backend GET /health $.status another type, another value: it still passes\n"],
    );
    bench.write("suite/controls/noticed.toml", &NOTICED.replace("[\"health\"]", "[\"helth\"]"));
    mutate(&bench, &[]).ends(2, &["unknown scenario `helth`", "did you mean `health`?"]);
}

#[test]
fn a_failure_by_an_unread_field_is_a_false_alarm_with_the_field() {
    let body =
        r#"{"passed":true,"missing_tables":[],"missing_columns":{},"type_mismatches":{},"warnings":[]}"#;
    let length = format!(
        "{}/health/schema-validation\" }}\nexpect   = [{{ that = \"header.content-length\", equals = \"{}\" }}]\n#",
        "{{backend.url}}",
        body.len()
    );
    let bench = bench(&[
        SOUND,
        (
            "{{backend.url}}/health/circuit-breakers\" }\nexpect   = [\n  { that = \"status\", equals = 200 },\n  { that = \"body\", at = \"$.health_summary.open_breakers\", equals = 0 },\n  { that = \"body\", at = \"$.circuit_breakers[*].state\", equals = \"closed\" },\n",
            &length,
        ),
    ]);
    mutate(&bench, &["breakers"]).ends(
        5,
        &["false alarm breakers fails by backend GET /health/schema-validation $ another type", "NOT PROVED"],
    );
}

#[test]
fn a_filter_picks_scenarios_and_answers_and_takes_no_whole_one_s_place() {
    let bench = bench(&[]);
    mutate(&bench, &["breakers"]).ends(0, &["PARTLY PROVED"]);
    assert!(!bench.path("reports/mutations.json").exists());
    let partial = proof(&bench, "mutations-partial.json");
    assert!(
        partial["mutation"]["answers"]
            .as_array()
            .unwrap()
            .iter()
            .all(|a| a["answer"].as_str().unwrap().contains("breakers"))
    );
    mutate(&bench, &["GET /health/circiut"])
        .ends(4, &["matches no scenario that requests", "nothing was judged"]);
}

#[test]
fn what_can_not_be_tried_is_told() {
    let bench = bench(&[]);
    mutate(&bench, &["--target", "t"]).ends(2, &["`t` is a real environment", "no requests were sent"]);
    mutate(&bench, &["--from", "report.json"]).ends(2, &["--from"]);
    mutate(&bench, &["--report", "junit=x"]).ends(2, &["the formats are: json"]);
    mutate(&bench, &["--reports", "suite/backend.toml"]).ends(2, &["report-path"]);
    let sick = self::bench(&[("equals = \"healthy\"", "equals = \"well\"")]);
    mutate(&sick, &[]).ends(5, &["NOT PROVED", "with nothing changed", "health: content/differs"]);
    assert_eq!(proof(&sick, "mutations.json")["result"], "unhealthy");
}

#[cfg(unix)]
#[test]
fn interrupted_it_says_so_and_proves_nothing() {
    let bench = bench(&[(
        "timeout  = \"100s\"\nprobe    = \"http\"\nwith     = { url = \"{{backend.url}}/health\" }",
        "settle = { within = \"90s\", every = \"2s\" }\nprobe = \"http\"\nwith = { url = \"{{backend.url}}/health\" }",
    )]);
    let mut command = command(&bench, &["--jobs", "1"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    // What is tried is told when it begins.
    told.read_line(&mut line).unwrap();
    assert!(line.contains("kinds of answers"), "{line}");
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let (mut stdout, mut rest) = (String::new(), String::new());
    told.read_to_string(&mut rest).unwrap();
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}{stdout}");
    assert!(stdout.contains("INTERRUPTED"), "{stdout}");
    assert_eq!(proof(&bench, "mutations.json")["result"], "interrupted");
}
