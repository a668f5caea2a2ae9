//! Programs whose output is a log.

use std::path::Path;

use fixproof::clock::Clock;
use fixproof::model::Cause;

use crate::support::{SHORT, blocked, fact, look, look_within, mistake, says};

const HERE: &str = "command = ['sh', '-c', ";

async fn ran(script: &str, toml: &str) -> fixproof::model::Observation {
    let folder = tempfile::tempdir().unwrap();
    look(folder.path(), &format!("{HERE}'''{script}''']\n{toml}")).await
}

#[tokio::test]
async fn what_it_writes_is_read_as_a_file_is() {
    let list = r#"echo '[{"textPayload": "exit(3)"}, {"jsonPayload": {"message": "ready"}}]'"#;
    says(&ran(list, "pattern = 'exit'").await, &[("entries", "2"), ("count", "1"), ("truncated", "false")]);
    says(&ran("echo '[]'", "").await, &[("entries", "0")]);
    says(&ran("printf 'a\\nb\\n'", "").await, &[("entries", "2")]);
    blocked(
        &ran("echo Listed 0 items.", "format = 'json'").await,
        Cause::NotJson,
        "the output of `sh` is not JSON",
    );
}

#[tokio::test]
async fn as_many_entries_as_were_asked_for_may_not_be_all() {
    // Newest first, as gcloud gives them.
    let script =
        "for n in 9 8 7 6; do echo '{\"timestamp\": \"2025-09-15T18:44:0'$n'Z\", \"message\": \"m\"}'; done";
    let seen = ran(script, "limit = 4").await;
    says(&seen, &[("truncated", "true"), ("count", "4 ?Raises"), ("last", "\"2025-09-15T18:44:09Z\"")]);
    says(&ran(script, "limit = 5").await, &[("truncated", "false"), ("count", "4")]);
    // Oldest first: what was cut off is newer, so neither the last is known nor the window covered.
    let script = script.replace("9 8 7 6", "6 7 8 9");
    let seen = ran(&script, "limit = 4").await;
    says(&seen, &[("count", "4 ?Raises"), ("last", "\"2025-09-15T18:44:09Z\" ?Changes")]);
    assert!(fact(&seen, "age").ends_with("?Lowers"));
    says(&ran(&script, "limit = 4\nsince = '1h'").await, &[("truncated", "true"), ("entries", "0 ?Raises")]);
    let script = script.replace("6 7 8 9", "9 8 7 6");
    says(&ran(&script, "limit = 4\nsince = '1h'").await, &[("truncated", "false"), ("entries", "0")]);
    // Nobody knows on which side there would be more of what is in no order.
    let seen = ran("printf 'a\\nb\\n'", "limit = 2").await;
    says(&seen, &[("truncated", "true"), ("count", "2 ?Raises")]);
}

#[tokio::test]
async fn a_program_that_fails_is_no_empty_log() {
    blocked(&ran("echo '[]'; echo bad filter >&2; exit 1", "").await, Cause::ExitCode, "bad filter");
    blocked(&ran("yes", "read-limit = '1MiB'").await, Cause::OutputTooLarge, "`read-limit`");
    let seen = look(Path::new("/"), "command = ['no-such-program-here']").await;
    blocked(&seen, Cause::ToolMissing, "no-such-program-here");
    let seen = look_within(Path::new("/"), &format!("{HERE}'sleep 1000']"), SHORT, Clock::WALL).await;
    blocked(&seen, Cause::ProcessTimeout, "did not end within");
}

#[test]
fn a_limit_of_gcloud_s_own_is_to_be_known() {
    let stops = "the program returns at most 50 entries, fewer than `limit` (1000)";
    assert_eq!(mistake("command = ['gcloud', 'logging', 'read', '--limit', '50']"), stops);
    assert_eq!(mistake("command = ['/usr/bin/gcloud', 'logging', 'read', '--limit=50']"), stops);
    let same = "command = ['gcloud', 'logging', 'read', '--limit=50']\nlimit = 50";
    assert!(crate::support::prepare(Path::new("/"), same).is_ok());
    assert!(mistake("command = []").contains("does not say what to run"));
    assert!(mistake("command = ['x']\nread-limit = '1GiB'").contains("64MiB"));
}
