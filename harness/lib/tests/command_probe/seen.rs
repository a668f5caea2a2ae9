//! What is seen of a program that ended well.

use fixproof::model::{Cause, Fact, Value};

use super::support::*;

#[tokio::test]
async fn output_is_text_without_its_last_line_break() {
    let seen = look(sh("printf 'one\\ntwo\\n\\n'; printf 'aside\\r\\n' >&2"), LONG).await;
    fine(&seen);
    assert_eq!(text(&seen, "stdout"), "one\ntwo\n");
    assert_eq!(text(&seen, "stderr"), "aside");
    assert_eq!(seen.facts.value("lines"), Some(&Value::count(2)));
    assert_eq!(code(&seen).as_deref(), Some("0"));
    assert!(matches!(seen.facts.value("time.total"), Some(Value::Duration(_))));
    for absent in ["status", "message", "perfdata"] {
        assert_eq!(seen.facts.get(absent), None);
    }
}

#[tokio::test]
async fn lines_are_counted_as_a_reader_counts_them() {
    for (printed, lines) in
        [("", 0), ("\\n", 0), ("one", 1), ("one\\n", 1), ("one\\ntwo", 2), ("\\n\\none\\n", 3)]
    {
        let seen = look(sh(&format!("printf '{printed}'")), LONG).await;
        assert_eq!(seen.facts.value("lines"), Some(&Value::count(lines)), "{printed:?}");
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_are_shown_as_such() {
    let seen = look(sh("printf 'a\\377\\000b'"), LONG).await;
    fine(&seen);
    assert_eq!(text(&seen, "stdout"), "a\u{fffd}\0b");
}

#[tokio::test]
async fn json_is_read_and_anything_else_is_not_json() {
    let seen = look(argv(&["echo", r#"{"ready": [true, 2]}"#]), LONG).await;
    assert_eq!(seen.facts.value("json"), Some(&Value::Json(serde_json::json!({ "ready": [true, 2] }))));
    let deep = format!("printf '{}'", "[".repeat(5000));
    for (script, says) in [
        ("true", "is empty"),
        ("echo '{\"half\":'", "no JSON"),
        ("echo 1; echo 2", "no JSON"),
        (&*deep, "no JSON"),
    ] {
        let seen = look(sh(script), LONG).await;
        let Some(Fact::Unreadable(why)) = seen.facts.get("json") else { unreachable!("{seen:#?}") };
        assert!(why.cause == Cause::NotJson && why.detail.contains(says), "{script}: {why:?}");
    }
    // The output of a program that failed is not believed.
    let seen = look(sh("echo '{}'; exit 1"), LONG).await;
    assert_eq!(seen.facts.get("json"), None);
}

#[tokio::test]
async fn the_transcript_shows_what_a_reader_can_run_again() {
    let seen = look(argv(&["echo", "it's", "a b"]), LONG).await;
    assert_eq!(seen.transcript.sent[0], r"echo 'it'\''s' 'a b'");
    assert!(seen.transcript.sent[1].starts_with("environment: PATH"), "{:?}", seen.transcript.sent);
    assert_eq!(seen.transcript.received, ["exit code 0", "stdout: it's a b"]);
}
