//! The lines that the backend's startup writes, as they are found in its logs.

use serde_json::json;

use crate::support::{look_at, says};

const PHASES: [&str; 7] = ["INIT", "DEPENDENCIES", "DATABASE", "CACHE", "SERVICES", "WEBSOCKET", "FINALIZE"];
const PATTERN: &str = r"pattern = 'PHASE COMPLETED: (?P<phase>[A-Z]+) \((?P<took>[0-9.]+)s\)'
types = { took = 'seconds' }
distinct = '$.labels.instanceId'";

/// An entry of an application.
fn said(instance: &str, second: usize, message: &str) -> String {
    json!({
        "timestamp": format!("2025-09-15T18:44:{second:02}.123456789Z"),
        "severity": "INFO",
        "labels": { "instanceId": instance },
        "jsonPayload": { "message": message, "context": { "name": "netra_backend.app.smd" } },
    })
    .to_string()
}

/// An entry of the platform.
fn platform(instance: &str, second: usize, message: &str) -> String {
    json!({
        "timestamp": format!("2025-09-15T18:44:{second:02}Z"),
        "labels": { "instanceId": instance },
        "textPayload": message,
    })
    .to_string()
}

/// A startup with its phases, each with its seconds.
fn startup(instance: &str, from: usize, phases: &[(&str, &str)]) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, (phase, seconds)) in phases.iter().enumerate() {
        let at = from + at;
        lines.push(said(instance, at, &format!(" CYCLE:  PHASE TRANSITION  ->  {phase}")));
        lines.push(said(instance, at, "   Started at: 1757961841.5s elapsed"));
        lines.push(said(instance, at, &format!(" PASS:  PHASE COMPLETED: {phase} ({seconds}s)")));
    }
    if phases.len() == PHASES.len() {
        let at = from + phases.len();
        lines.push(said(instance, at, " PASS:  Phases Completed: 7/7"));
        lines.push(said(instance, at, " PASS:  Total Time: 36.113s"));
        lines.push(said(instance, at, "[U+1F680] DETERMINISTIC STARTUP SEQUENCE COMPLETED SUCCESSFULLY"));
    }
    lines
}

fn good(instance: &str, from: usize) -> Vec<String> {
    let seconds = ["0.058", "1.115", "2.400", "0.300", "3.000", "0.900", "0.500"];
    let phases: Vec<(&str, &str)> = PHASES.into_iter().zip(seconds).collect();
    startup(instance, from, &phases)
}

#[tokio::test]
async fn how_long_the_third_phase_took_is_a_duration() {
    let log = good("i-1", 0).join("\n");
    let only = PATTERN.replace("(?P<phase>[A-Z]+)", "DATABASE");
    let seen = look_at(&log, &only).await;
    says(
        &seen,
        &[
            ("count", "1"),
            ("duration.took.max", "2.4s"),
            ("duration.took.count", "1"),
            ("first", "\"2025-09-15T18:44:02.123456789Z\""),
            ("truncated", "false"),
        ],
    );
}

#[tokio::test]
async fn a_phase_that_failed_says_how_long_it_tried() {
    let line = said(
        "i-1",
        1,
        " FAIL:  PHASE FAILED: DATABASE - connection timed out (after 20.01s) [TIMEOUT - Circuit: OPEN]",
    );
    let pattern = r"pattern = 'PHASE FAILED: (?P<phase>[A-Z]+) - (?P<error>.*?)(?: \(after (?P<after>[0-9.]+)s\))?(?: \[TIMEOUT - Circuit: (?P<circuit>[A-Z_]+)\])?$'
types = { after = 'seconds' }";
    let seen = look_at(&line, pattern).await;
    says(
        &seen,
        &[
            ("text.phase.last", "\"DATABASE\""),
            ("text.error.last", "\"connection timed out\""),
            ("duration.after.max", "20s"),
            ("text.circuit.values", "[\"OPEN\"]"),
        ],
    );
    let bare = said("i-1", 1, " FAIL:  PHASE FAILED: CACHE - refused");
    let seen = look_at(&bare, pattern).await;
    says(&seen, &[("count", "1"), ("duration.after.count", "0"), ("duration.after.max", "missing")]);
}

#[tokio::test]
async fn seven_phases_of_the_newest_instance_in_their_order() {
    let order = format!("{PATTERN}\nsequence = {{ group = 'phase', order = {PHASES:?} }}");
    // The older instance died early; its lines lie between those of the newer.
    let mut lines = startup("i-old", 0, &[("INIT", "0.058"), ("DEPENDENCIES", "31.115")]);
    lines.extend(good("i-new", 1));
    lines.push(platform("i-old", 9, "Container called exit(3)."));
    says(
        &look_at(&lines.join("\n"), &order).await,
        &[
            ("sequence.complete", "true"),
            ("sequence.in-order", "true"),
            ("sequence.missing", "[]"),
            ("sequence.instance", "\"i-new\""),
            ("distinct", "2"),
        ],
    );
    let mut swapped = good("i-1", 0);
    let (dependencies, database) = (swapped[5].clone(), swapped[8].clone());
    swapped[5] = database.replace("18:44:02", "18:44:01");
    swapped[8] = dependencies.replace("18:44:01", "18:44:02");
    says(
        &look_at(&swapped.join("\n"), &order).await,
        &[("sequence.complete", "true"), ("sequence.in-order", "false")],
    );
    // The old one was complete; the newest is not.
    let mut lines = good("i-old", 0);
    lines.extend(startup("i-new", 20, &[("INIT", "0.058"), ("DATABASE", "2.000")]));
    says(
        &look_at(&lines.join("\n"), &order).await,
        &[
            ("sequence.complete", "false"),
            ("sequence.in-order", "true"),
            ("sequence.missing", r#"["DEPENDENCIES","CACHE","SERVICES","WEBSOCKET","FINALIZE"]"#),
            ("sequence.instance", "\"i-new\""),
        ],
    );
    says(
        &look_at("", &order).await,
        &[("sequence.complete", "false"), ("sequence.in-order", "missing"), ("sequence.instance", "missing")],
    );
}

#[tokio::test]
async fn without_instances_the_newest_startup_begins_with_the_first_phase() {
    let toml = format!(
        "pattern = 'PHASE COMPLETED: (?P<phase>[A-Z]+)'\nsequence = {{ group = 'phase', order = {PHASES:?} }}"
    );
    let mut lines = startup("", 0, &[("INIT", "1.000"), ("DEPENDENCIES", "1.000")]);
    lines.extend(good("", 10));
    says(
        &look_at(&lines.join("\n"), &toml).await,
        &[("sequence.complete", "true"), ("sequence.in-order", "true")],
    );
}

#[tokio::test]
async fn exits_are_counted_by_instance_and_not_by_line() {
    let mut lines = good("i-1", 0);
    for (instance, second) in [("i-2", 20), ("i-2", 20), ("i-3", 30), ("i-2", 31)] {
        lines.push(platform(instance, second, "Container called exit(3)."));
        lines.push(said(instance, second, "Exiting with code 3 to signal startup failure"));
    }
    // One without an instance is one of its own.
    lines.push(json!({ "textPayload": "Container called exit(3)." }).to_string());
    let toml = "pattern = 'Container called exit\\(3\\)'\ndistinct = '$.labels.instanceId'";
    says(&look_at(&lines.join("\n"), toml).await, &[("count", "5"), ("distinct", "3")]);
    let clean = good("i-1", 0).join("\n");
    says(
        &look_at(&clean, toml).await,
        &[("entries", "24"), ("count", "0"), ("distinct", "0"), ("last", "missing")],
    );
}

const OUTCOME: &str = "distinct = '$.labels.instanceId'
[outcome]
success = 'STARTUP SEQUENCE COMPLETED SUCCESSFULLY'
failure = 'STARTUP SEQUENCE FAILED|Container called exit|Application startup failed'";

#[tokio::test]
async fn the_share_of_startups_that_succeeded_and_what_it_proves() {
    let mut lines: Vec<String> = (0..29).flat_map(|n| good(&format!("i-{n}"), 0)).collect();
    let proved = [
        ("outcome.successes", "29"),
        ("outcome.failures", "0"),
        ("outcome.undecided", "0"),
        ("outcome.share", "100%"),
        ("outcome.lower-bound", "90.18%"),
    ];
    says(&look_at(&lines.join("\n"), OUTCOME).await, &proved[..4]);
    // The closed form for a perfect sample: 0.05^(1/29).
    let limit = "limit = 5000\n".to_owned() + OUTCOME;
    says(&look_at(&lines.join("\n"), &limit).await, &proved);
    // One that succeeded and then fell has failed; one that hangs is neither.
    lines.push(platform("i-0", 50, "Container called exit(3)."));
    lines.extend(startup("i-hangs", 40, &[("INIT", "0.058")]));
    says(
        &look_at(&lines.join("\n"), &limit).await,
        &[
            ("outcome.successes", "28"),
            ("outcome.failures", "1"),
            ("outcome.undecided", "1"),
            ("outcome.share", "96.55%"),
            ("outcome.lower-bound", "84.66%"),
        ],
    );
    says(
        &look_at("", OUTCOME).await,
        &[("outcome.successes", "0"), ("outcome.share", "missing"), ("outcome.lower-bound", "missing")],
    );
}
