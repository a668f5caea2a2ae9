//! Files of every kind: how they are read, what a limit does, and what can't be read.

use std::time::Duration;

use fixproof::clock::Clock;
use fixproof::model::Cause;
use serde_json::json;

use crate::support::{LONG, ago, blocked, fact, look, look_at, look_within, mistake, says};

#[tokio::test]
async fn a_list_lines_of_json_and_lines_of_text_are_told_apart() {
    let entries = [json!({ "textPayload": "ready" }), json!({ "message": "ready" })];
    let list = json!(entries).to_string();
    let lines = format!("{}\n{}\n", entries[0], entries[1]);
    let text = "[INFO] ready\nready\r\n\n";
    for log in [list.as_str(), &lines, text, "{\"broken\nready\n[1, ready"] {
        says(&look_at(log, "pattern = 'ready'").await, &[("count", "2")]);
    }
    says(&look_at(&list, "format = 'text'").await, &[("entries", "1")]);
    says(&look_at("{}", "format = 'json'").await, &[("entries", "1")]);
    says(&look_at("", "").await, &[("entries", "0"), ("count", "0"), ("matches", "[]")]);
}

#[tokio::test]
async fn what_was_called_json_is_to_be_json() {
    let seen = look_at("{\"a\": 1}\nTraceback (most recent call last):\n", "format = 'jsonl'").await;
    blocked(&seen, Cause::NotJson, "line 2 of x.log is not JSON");
    blocked(&look_at("<html>", "format = 'json'").await, Cause::NotJson, "x.log is not JSON");
    let deep = "[".repeat(100_000);
    blocked(&look_at(&deep, "format = 'json'").await, Cause::NotJson, "recursion limit");
    // Where nothing was said, what is no JSON is text: nothing is dropped.
    says(&look_at("{\"message\": \"a\"}\nTraceback\n", "pattern = 'Trace'").await, &[("count", "1")]);
}

#[tokio::test]
async fn the_message_is_where_the_scenario_says_or_the_entry_itself() {
    let log = json!({ "protoPayload": { "status": { "message": "denied" } }, "other": { "said": "x-7" } });
    let log = log.to_string();
    says(&look_at(&log, "pattern = '^denied$'").await, &[("count", "1")]);
    says(&look_at(&log, "message = '$.other.said'\npattern = '^x-7$'").await, &[("count", "1")]);
    says(&look_at(&log, "message = ['$.none', '$.other.said']\npattern = '^x'").await, &[("count", "1")]);
    says(&look_at(&log, "message = '$.none'\npattern = 'denied.*x-7'").await, &[("count", "1")]);
}

#[tokio::test]
async fn entries_are_ordered_by_time_to_the_nanosecond() {
    let at = |time: &str, word: &str| json!({ "timestamp": time, "message": word }).to_string();
    let log = [
        at("2025-09-15T18:44:01.000000002Z", "b"),
        at("2025-09-15T18:44:01.000000001Z", "a"),
        at("2025-09-15T20:44:01.000000003+02:00", "c"),
    ];
    let toml = "pattern = '(?P<word>[a-z])'";
    says(&look_at(&log.join("\n"), toml).await, &[("text.word.values", r#"["a","b","c"]"#)]);
    // Newest first, as a query gives them, and equal times keep their order turned round.
    let log =
        [at("2025-09-15T18:44:02Z", "c"), at("2025-09-15T18:44:01Z", "b"), at("2025-09-15T18:44:01Z", "a")];
    says(&look_at(&log.join("\n"), toml).await, &[("text.word.values", r#"["a","b","c"]"#)]);
}

#[tokio::test]
async fn a_window_looks_back_from_now_on_the_target_s_clock() {
    let at = |seconds: u64, word: &str| {
        json!({ "timestamp": ago(Duration::from_secs(seconds)), "message": word }).to_string()
    };
    let folder = tempfile::tempdir().unwrap();
    let log = [at(7200, "old"), at(1800, "new"), at(20, "newest")].join("\n");
    std::fs::write(folder.path().join("x.log"), log).unwrap();
    let toml = "file = 'x.log'\nsince = '1h'\npattern = '(?P<word>[a-z]+)'";
    says(&look(folder.path(), toml).await, &[("entries", "2"), ("text.word.first", "\"new\"")]);
    // At a hundredfold an hour lasts 36 seconds, and 20 seconds are 33 minutes.
    let seen = look_within(folder.path(), toml, LONG, Clock::with_speed(100.0)).await;
    says(&seen, &[("entries", "1"), ("text.word.first", "\"newest\"")]);
    assert!(fact(&seen, "age").starts_with("33m"), "{}", fact(&seen, "age"));
}

#[tokio::test]
async fn a_window_over_a_log_without_times_is_told() {
    blocked(&look_at("ready\n", "since = '1h'").await, Cause::Missing, "`since` can't be applied");
    says(&look_at("", "since = '1h'").await, &[("entries", "0")]);
}

#[tokio::test]
async fn a_banner_without_a_time_is_no_sign_of_life_and_is_still_looked_through() {
    let log = format!("starting: exit(3)\n{} INFO old\n", ago(Duration::from_secs(7200)));
    says(&look_at(&log, "since = '1h'\npattern = 'exit'").await, &[("entries", "0"), ("count", "1")]);
    says(&look_at(&log, "pattern = 'exit'").await, &[("entries", "2"), ("count", "1")]);
}

#[tokio::test]
async fn a_line_of_text_without_a_time_has_that_of_the_line_before() {
    let log = format!(
        "{} INFO old\nTraceback\n{} ERROR new\nTraceback\n",
        ago(Duration::from_secs(7200)),
        ago(Duration::from_secs(60))
    );
    let seen = look_at(&log, "since = '1h'\npattern = 'Traceback'").await;
    says(&seen, &[("entries", "2"), ("count", "1")]);
    let log = log.replace("INFO ", "").replace("ERROR ", "");
    let turned: String = log.lines().map(|line| format!("level=info ts={line}\n")).collect();
    let seen = look_at(
        &turned,
        r"since = '1h'
timestamp = 'ts=(\S+)'
pattern = 'new'",
    )
    .await;
    says(&seen, &[("count", "1")]);
}

#[tokio::test]
async fn beyond_the_limit_the_newest_are_looked_at_and_counts_are_floors() {
    let line = |n: u64| format!("2025-09-15T18:44:{n:02}Z took {n}s\n");
    let log: String = (10..30).map(line).collect();
    let toml = "limit = 5\npattern = 'took (?P<took>[0-9]+)s'\ntypes = { took = 'seconds' }";
    says(
        &look_at(&log, toml).await,
        &[
            ("truncated", "true"),
            ("entries", "5 ?Raises"),
            ("count", "5 ?Raises"),
            ("duration.took.max", "29s ?Raises"),
            ("duration.took.min", "25s ?Lowers"),
            ("duration.took.mean", "27s ?Changes"),
            ("duration.took.p95", "29s ?Changes"),
            ("duration.took.first", "25s ?Changes"),
            // The newest is known.
            ("duration.took.last", "29s"),
            ("last", "\"2025-09-15T18:44:29Z\""),
            ("first", "\"2025-09-15T18:44:25Z\" ?Changes"),
        ],
    );
    // Nothing was found in a part: that is no absence.
    let none = toml.replace("took (", "fell (");
    says(
        &look_at(&log, &none).await,
        &[("count", "0 ?Raises"), ("duration.took.max", "nothing ?Raises"), ("last", "nothing ?Changes")],
    );
    says(&look_at(&log, &toml.replace("= 5", "= 20")).await, &[("truncated", "false"), ("entries", "20")]);
}

#[tokio::test]
async fn of_a_file_that_is_too_large_the_end_is_read() {
    let line = |n: u64| format!("2025-09-15T18:44:{n:02}Z word\n");
    let log: String = (10..60).map(line).collect();
    let seen = look_at(&log, "read-limit = '100B'").await;
    says(&seen, &[("entries", "3 ?Raises"), ("last", "\"2025-09-15T18:44:59Z\""), ("truncated", "true")]);
    // A part that reaches further back than the window is the whole window.
    let log: String = (0..50).map(|n| format!("{} word\n", ago(Duration::from_secs(100 - n)))).collect();
    let seen = look_at(&log, "read-limit = '300B'\nsince = '54s'").await;
    says(&seen, &[("truncated", "false")]);
    let seen = look_at(&log, "read-limit = '300B'\nsince = '90s'").await;
    says(&seen, &[("truncated", "true")]);
    let list = json!(vec![json!({ "message": "a" }); 20]).to_string();
    blocked(
        &look_at(&list, "read-limit = '100B'").await,
        Cause::Truncated,
        "larger than 100B (`read-limit`)",
    );
}

#[tokio::test]
async fn ten_megabytes_are_read_and_bounded() {
    let line = format!("2025-09-15T18:44:01Z {}\n", "x".repeat(200));
    let log = line.repeat(10 * 1024 * 1024 / line.len());
    let lines = log.lines().count();
    let seen = look_at(&log, "limit = 1000000").await;
    says(&seen, &[("entries", &lines.to_string()), ("truncated", "false")]);
    // The list of matches is a part of them, and says so.
    assert!(fact(&seen, "matches").ends_with("?Raises"));
    assert!(seen.transcript.received.len() <= 20);
}

#[tokio::test]
async fn what_can_t_be_read_has_its_cause() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    blocked(&look(root, "file = 'none.log'").await, Cause::Unreachable, "none.log does not exist");
    blocked(&look(root, "file = '.'").await, Cause::Unreachable, "is a folder");
    let made = std::process::Command::new("mkfifo").arg(root.join("pipe")).status().unwrap();
    assert!(made.success());
    blocked(&look(root, "file = 'pipe'").await, Cause::Unreachable, "not a regular file");
    std::fs::write(root.join("a.log"), "a\n").unwrap();
    blocked(&look(root, "file = ['a.log', 'none.log']").await, Cause::Unreachable, "none.log");
    std::fs::write(root.join("b.log"), "b\n").unwrap();
    says(&look(root, "file = ['a.log', 'b.log']").await, &[("entries", "2")]);
    std::fs::write(root.join("b.log"), b"\xEF\xBB\xBF{\"message\": \"\xFF\"}\n\x00\xFE\n").unwrap();
    says(&look(root, "file = 'b.log'").await, &[("entries", "2")]);
}

#[test]
fn what_can_t_be_asked_is_a_mistake() {
    let log = "file = 'x.log'\n";
    for (toml, says) in [
        ("", "the source of the log is missing"),
        ("file = 'x'\nurl = 'http://x.test'", "one source, not several: `file`, `url`"),
        ("file = []", "takes a text, or a list"),
        ("file = 7", "takes a text, or a list"),
        ("limit = 0", "`limit` must be at least 1"),
        ("since = '0s'", "`since` must be greater than zero"),
        ("read-limit = '0B'", "`read-limit` must be greater than zero"),
        ("pattern = '('", "not a regular expression"),
        ("pattern = '(?P<a.b>x)'", "can't be named in a fact"),
        ("types = { took = 'seconds' }", "`took` is not a named group"),
        ("pattern = '(?P<took>x)'\ntypes = { took = 'parsecs' }", "`parsecs` is not a type"),
        ("message = 'message'", "`message` is not a JSONPath"),
        ("timestamp = '$['", "`$[` is not a JSONPath"),
        ("timestamp = '('", "not a regular expression"),
        ("distinct = 'instance'", "neither a JSONPath nor a named group"),
        ("pattern = '(?P<p>x)'\nsequence = { group = 'q', order = ['a', 'b'] }", "`q` is not a named group"),
        (
            "pattern = '(?P<p>x)'\nsequence = { group = 'p', order = ['a', 'a'] }",
            "two words or more, each once",
        ),
        ("pattern = '(?P<p>x)'\nsequence = { group = 'p' }", "takes { group"),
        ("outcome = { success = 'a' }", "takes both"),
        ("outcome = { success = 'a', failure = '(' }", "not a regular expression"),
        ("outcome = { success = 'a', failure = 'b', sure = 'c' }", "not `sure`"),
        ("outcome = { success = 'a', failure = 'b', confidence = '100%' }", "above 0% and below 100%"),
    ] {
        let whole = if toml.is_empty() || toml.starts_with("file") {
            toml.to_owned()
        } else {
            format!("{log}{toml}")
        };
        let said = mistake(&whole);
        assert!(said.contains(says), "{toml}: {said}");
    }
}
