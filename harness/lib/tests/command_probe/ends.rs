//! Every way in which a program ends, told apart, in time, and with nobody left behind.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use fixproof::clock::Clock;
use fixproof::model::{Cause, Setting};
use fixproof::probe::ObserveContext;

use super::support::*;

#[tokio::test]
async fn an_exit_code_that_is_not_accepted_is_told_with_the_last_words() {
    let seen = look(sh("echo all well; printf 'one\\n\\033[31mtwo\\n' >&2; exit 3"), LONG).await;
    blocked(
        &seen,
        Cause::ExitCode,
        r#"ended with exit code 3, accepted: 0; stderr ends with "one\n\u{1b}[31mtwo""#,
    );
    assert_eq!(code(&seen).as_deref(), Some("3"));
    blocked(
        &look(sh("echo only here; exit 1"), LONG).await,
        Cause::ExitCode,
        "stdout ends with \"only here\"",
    );
    blocked(&look(argv(&["false"]), LONG).await, Cause::ExitCode, "it wrote nothing");
    let noisy = look(sh("yes 'a long line' | head -c 500000 >&2; exit 9"), LONG).await;
    assert!(detail(&noisy).len() < 600, "{}", detail(&noisy));
}

#[tokio::test]
async fn exit_codes_can_be_accepted() {
    let codes = Setting::List([0, 3].map(|code: i32| Setting::Number(code.into())).into());
    let seen = look(with(sh("exit 3"), "accept", codes.clone()), LONG).await;
    fine(&seen);
    assert_eq!(code(&seen).as_deref(), Some("3"));
    blocked(&look(with(sh("exit 4"), "accept", codes), LONG).await, Cause::ExitCode, "accepted: 0, 3");
    fine(&look(with(sh("exit 7"), "accept", Setting::Number(7.into())), LONG).await);
    // What is accepted is all that is accepted.
    let seen = look(with(sh("exit 0"), "accept", Setting::Number(7.into())), LONG).await;
    blocked(&seen, Cause::ExitCode, "exit code 0, accepted: 7");
}

#[tokio::test]
async fn a_signal_is_no_exit_code() {
    for (signal, says) in
        [("SEGV", "SIGSEGV, a fault of its own"), ("KILL", "mostly memory ran out"), ("TERM", "SIGTERM")]
    {
        let seen = look(sh(&format!("kill -{signal} $$")), LONG).await;
        blocked(&seen, Cause::Signalled, says);
        assert_eq!(code(&seen), None);
        // A shell in between makes a number of it, and the message a signal again.
        let seen = look(sh(&format!("sh -c 'kill -{signal} $$'; exit $?")), LONG).await;
        blocked(&seen, Cause::ExitCode, says);
    }
}

#[tokio::test]
async fn the_deadline_ends_it_and_all_it_has_started() {
    let folder = Folder::new();
    let script =
        "echo begun; sh -c 'sleep 1000 & echo $! > grandchild; wait' & echo $! > child; echo $$ > self; wait";
    let seen = folder.look(sh(script), SHORT).await;
    blocked(&seen, Cause::ProcessTimeout, "did not end within");
    blocked(&seen, Cause::ProcessTimeout, "stdout ends with \"begun\"");
    for name in ["grandchild", "child", "self"] {
        gone(folder.number(name).unwrap()).await;
    }
    assert_eq!(text(&seen, "stdout"), "begun", "what was seen before it is kept");
}

#[tokio::test]
async fn a_program_that_ignores_every_signal_ends_as_well() {
    let folder = Folder::new();
    let seen =
        folder.look(sh("trap '' TERM INT HUP; echo $$ > self; while :; do sleep 0.05; done"), SHORT).await;
    blocked(&seen, Cause::ProcessTimeout, "did not end within");
    gone(folder.number("self").unwrap()).await;
}

#[tokio::test]
async fn somebody_left_behind_with_the_output_open_is_told_and_killed() {
    let folder = Folder::new();
    let seen = folder.look(sh("sleep 1000 & echo $! > left; echo done; exit 0"), SHORT).await;
    blocked(
        &seen,
        Cause::ProcessTimeout,
        "itself ended with exit code 0, but something it had started held its output",
    );
    gone(folder.number("left").unwrap()).await;
}

#[tokio::test]
async fn somebody_left_behind_with_no_output_is_killed_as_well() {
    let folder = Folder::new();
    let seen = folder.look(sh("sleep 1000 > /dev/null 2>&1 & echo $! > left; echo done"), LONG).await;
    fine(&seen);
    gone(folder.number("left").unwrap()).await;
}

#[tokio::test]
async fn one_that_left_the_group_holds_the_output_but_not_the_look() {
    let folder = Folder::new();
    let away = "setsid sh -c 'echo $$ > away; exec sleep 1000' & while [ ! -s away ]; do sleep 0.01; done; echo done";
    let seen = folder.look(sh(away), SHORT).await;
    blocked(&seen, Cause::ProcessTimeout, "held its output open until the deadline");
    assert_eq!(text(&seen, "stdout"), "done");
    let away = folder.number("away").unwrap();
    assert!(is_alive(away), "the test is to show one that can't be killed with the group");
    std::process::Command::new("kill").args(["-9", &away.to_string()]).status().unwrap();
}

#[tokio::test]
async fn a_look_that_is_dropped_leaves_nobody_behind() {
    let folder = Folder::new();
    let script = "sleep 1000 & echo $! > child; echo $$ > self; wait";
    let probe = folder.prepare(sh(script)).ok().unwrap();
    let clock = Clock::WALL;
    let mut look = probe.observe(ObserveContext { clock: &clock, deadline: clock.after(clock.now(), LONG) });
    while folder.number("self").is_none() {
        let soon = clock.after(clock.now(), Duration::from_millis(10));
        assert!(clock.until(soon, &mut look).await.is_err());
    }
    drop(look);
    for name in ["child", "self"] {
        gone(folder.number(name).unwrap()).await;
    }
}

#[tokio::test]
async fn a_drip_ends_at_the_deadline() {
    let seen = look(sh("while :; do printf x; sleep 0.1; done"), SHORT).await;
    blocked(&seen, Cause::ProcessTimeout, "did not end within");
    assert!(text(&seen, "stdout").starts_with('x'));
}

#[tokio::test]
async fn a_flood_ends_at_the_limit() {
    let folder = Folder::new();
    for (into, stream) in [("", "stdout"), (">&2", "stderr")] {
        let flood = format!("echo $$ > self; head -c 100000000 /dev/zero {into}; sleep 1000");
        let seen = folder.look(sh(&flood), LONG).await;
        blocked(&seen, Cause::OutputTooLarge, &format!("wrote more than 1MiB to {stream} (`output-limit`)"));
        assert_eq!(text(&seen, stream).len(), 1 << 20);
        gone(folder.number("self").unwrap()).await;
    }
}

#[tokio::test]
async fn output_may_be_as_large_as_the_limit() {
    for (limit, fits) in [(3, true), (2, false)] {
        let seen = look(with(argv(&["printf", "abc"]), "output-limit", Setting::Size(limit)), LONG).await;
        assert_eq!(seen.obstacle.is_none(), fits, "{seen:#?}");
    }
}

#[tokio::test]
async fn a_tool_that_is_missing_is_told_with_how_to_get_it() {
    let empty = Folder::new();
    let nowhere = |words: &[&str]| {
        let path = vec![("PATH".to_owned(), plain(&empty.path().display().to_string()))];
        with(argv(words), "env", Setting::Table(path))
    };
    for (tool, says) in [
        ("gcloud", "google-cloud-cli"),
        ("psql", "postgresql-client"),
        ("kubectl", "kubectl"),
        ("dig", "bind9-dnsutils"),
        ("check_http", "monitoring-plugins-basic"),
    ] {
        let seen = look(nowhere(&[tool, "--version"]), LONG).await;
        blocked(&seen, Cause::ToolMissing, &format!("`{tool}` is not installed here: not in PATH"));
        blocked(&seen, Cause::ToolMissing, says);
    }
    let own = with(nowhere(&["our-tool"]), "install", plain("`make our-tool`"));
    blocked(&look(own, LONG).await, Cause::ToolMissing, "; get it with: `make our-tool`");
    let seen = look(argv(&["./bin/tool"]), LONG).await;
    blocked(&seen, Cause::ToolMissing, "/bin/tool does not exist");
    let seen = look(vec![("shell".to_owned(), plain("no-such-tool | cat; jqq; exit 127"))], LONG).await;
    blocked(&seen, Cause::ToolMissing, "the shell did not find a program");
    // A tool of ours that ends with 127 itself is there.
    blocked(&look(sh("exit 127"), LONG).await, Cause::ExitCode, "a shell's word for: not found");
}

#[tokio::test]
async fn a_file_that_is_there_and_no_program_is_told_so() {
    let folder = Folder::new();
    let file = folder.file("tool", "#!/bin/sh\nexit 0\n");
    blocked(
        &folder.look(argv(&["./tool"]), LONG).await,
        Cause::ToolMissing,
        "exists, but this user may not run it",
    );
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    blocked(&folder.look(argv(&["./folder"]), LONG).await, Cause::ToolMissing, "is a folder, not a program");
    let in_path = with(
        argv(&["tool2"]),
        "env",
        Setting::Table(vec![("PATH".into(), plain(&folder.path().display().to_string()))]),
    );
    folder.file("tool2", "");
    blocked(&folder.look(in_path, LONG).await, Cause::ToolMissing, "this user may not run it");
    let lost = folder.file("lost", "#!/no/such/interpreter\n");
    std::fs::set_permissions(&lost, std::fs::Permissions::from_mode(0o755)).unwrap();
    blocked(
        &executed(&folder, "./lost").await,
        Cause::ToolMissing,
        "the interpreter in its first line (`#!`)",
    );
}

/// Another test's child may still hold the new file open for writing, which the system calls busy; then once more.
async fn executed(folder: &Folder, file: &str) -> fixproof::model::Observation {
    loop {
        let seen = folder.look(argv(&[file]), LONG).await;
        if !detail(&seen).contains("os error 26") {
            return seen;
        }
    }
}

#[tokio::test]
async fn a_machine_that_has_no_room_is_not_blamed_on_the_target() {
    let huge = "x".repeat(3 << 20);
    blocked(&look(argv(&["true", &huge]), LONG).await, Cause::OwnLimit, "can't be started on this machine");
}

#[tokio::test]
async fn a_folder_that_has_gone_is_told_so() {
    let folder = Folder::new();
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    let probe = folder.prepare(with(argv(&["true"]), "directory", plain("inner"))).ok().unwrap();
    std::fs::remove_dir(&inner).unwrap();
    let clock = Clock::WALL;
    let seen =
        probe.observe(ObserveContext { clock: &clock, deadline: clock.after(clock.now(), LONG) }).await;
    blocked(&seen, Cause::ToolMissing, "there is no such folder");
}

#[tokio::test]
async fn a_tool_without_a_login_has_not_asked_anybody() {
    let folder = Folder::new();
    // The tool's own words, by a stand-in of its name.
    let words =
        "echo 'ERROR: (gcloud.run) You do not currently have an active account selected.' >&2; exit 1";
    folder.file("gcloud", &format!("#!/bin/sh\n{words}\n"));
    let file = folder.path().join("gcloud");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    let seen = executed(&folder, "./gcloud").await;
    blocked(&seen, Cause::ToolAuth, "`./gcloud` has no valid login here: gcloud auth login");
    // Nor where its exit code is accepted: it would look like an answer.
    let accepted = with(argv(&["./gcloud"]), "accept", Setting::List(vec![plain("0"), plain("1")]));
    blocked(&folder.look(accepted, LONG).await, Cause::ToolAuth, "active account");
    let shell = vec![("shell".to_owned(), plain("./gcloud run services list"))];
    blocked(&folder.look(shell, LONG).await, Cause::ToolAuth, "active account");
    blocked(&folder.look(sh(words), LONG).await, Cause::ExitCode, "active account");
}
