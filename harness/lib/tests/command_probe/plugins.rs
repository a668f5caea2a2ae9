//! Real plugins of the Debian package `monitoring-plugins-basic`, and some that don't keep to the guidelines.

use std::path::Path;
use std::time::Duration;

use fixproof::model::{Cause, Observation, Setting, Value};
use tokio::io::AsyncWriteExt;

use super::support::*;

const FOLDER: &str = "/usr/lib/nagios/plugins";

/// A plugin's place; none where the package is not installed, which is said aloud.
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn plugin(name: &str) -> Option<String> {
    let place = format!("{FOLDER}/{name}");
    if Path::new(&place).is_file() {
        return Some(place);
    }
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    assert!(std::env::var_os("FIXPROOF_REQUIRE_TOOLS").is_none(), "{test} needs monitoring-plugins-basic");
    eprintln!("{test}: not run, {place} is not there (the Debian package monitoring-plugins-basic)");
    None
}

async fn ask(words: &[&str]) -> Observation {
    look(with(argv(words), "protocol", plain("nagios")), LONG).await
}

#[tokio::test]
async fn every_state_of_a_plugin_is_a_fact() {
    let Some(dummy) = plugin("check_dummy") else { return };
    for (code_, state) in [("0", "ok"), ("1", "warning"), ("2", "critical"), ("3", "unknown")] {
        let seen = ask(&[&dummy, code_, "as told"]).await;
        fine(&seen);
        assert_eq!((text(&seen, "status"), code(&seen).unwrap()), (state.to_owned(), code_.to_owned()));
        assert_eq!(text(&seen, "message"), format!("{}: as told", state.to_uppercase()));
    }
}

#[tokio::test]
async fn a_listener_is_checked_and_its_time_has_a_unit() {
    let Some(tcp) = plugin("check_tcp") else { return };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let seen = ask(&[&tcp, "-H", "127.0.0.1", "-p", &port, "-w", "20", "-c", "25"]).await;
    fine(&seen);
    assert_eq!(text(&seen, "status"), "ok");
    let Some(Value::Duration(took)) = seen.facts.value("perfdata-duration.time") else {
        unreachable!("{seen:#?}")
    };
    assert!(*took < Duration::from_secs(20));
    drop(listener);
    let seen = ask(&[&tcp, "-H", "127.0.0.1", "-p", &port]).await;
    fine(&seen);
    assert_eq!(text(&seen, "status"), "critical");
}

#[tokio::test]
async fn a_web_server_is_checked_and_its_size_has_a_unit() {
    let Some(http) = plugin("check_http") else { return };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let server = tokio::spawn(async move {
        loop {
            let Ok((mut stream, _)) = listener.accept().await else { return };
            let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 4096]).await;
            let _ = stream
                .write_all(
                    b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 4\r\nconnection: close\r\n\r\nbusy",
                )
                .await;
        }
    });
    let seen = ask(&[&http, "-I", "127.0.0.1", "-p", &port]).await;
    fine(&seen);
    assert_eq!(text(&seen, "status"), "critical", "{seen:#?}");
    assert!(text(&seen, "message").contains("503"), "{seen:#?}");
    assert!(matches!(seen.facts.value("perfdata-duration.time"), Some(Value::Duration(_))), "{seen:#?}");
    assert!(matches!(seen.facts.value("perfdata-size.size"), Some(Value::Size(_))), "{seen:#?}");
    server.abort();
}

#[tokio::test]
async fn a_disk_and_processes_are_checked() {
    let (Some(disk), Some(procs)) = (plugin("check_disk"), plugin("check_procs")) else { return };
    let seen = ask(&[&disk, "-w", "0%", "-c", "0%", "-p", "/"]).await;
    fine(&seen);
    assert!(matches!(seen.facts.value("perfdata-size./"), Some(Value::Size(_))), "{seen:#?}");
    let Some(Value::Json(list)) = seen.facts.value("perfdata") else { unreachable!("{seen:#?}") };
    assert_eq!(list[0]["label"], "/");
    let seen = ask(&[&procs]).await;
    fine(&seen);
    assert!(matches!(seen.facts.value("perfdata.procs"), Some(Value::Number(_))), "{seen:#?}");
}

#[tokio::test]
async fn a_plugin_that_gives_up_by_itself_is_unknown_or_critical_and_never_ok() {
    let Some(tcp) = plugin("check_tcp") else { return };
    let seen = ask(&[&tcp, "-H", "x.invalid", "-p", "1"]).await;
    let state = text(&seen, "status");
    assert!(seen.obstacle.is_some() || state == "unknown" || state == "critical", "{seen:#?}");
    // Asked wrongly it explains itself, without a state.
    let seen = ask(&[&tcp, "--no-such-option"]).await;
    assert_ne!(text(&seen, "status"), "ok", "{seen:#?}");
}

#[tokio::test]
async fn what_is_no_plugins_answer_is_never_believed() {
    let nagios = |script: &str| with(sh(script), "protocol", plain("nagios"));
    for (script, cause, says) in [
        ("exit 0", Cause::ProcessProtocol, "wrote no first line"),
        ("echo '| a=1'", Cause::ProcessProtocol, "wrote no first line"),
        ("echo 'DISK CRITICAL - no room'; exit 0", Cause::ProcessProtocol, "first line says CRITICAL"),
        ("echo 'OK - fine'; exit 2", Cause::ProcessProtocol, "first line says OK"),
        ("echo OK; exit 4", Cause::ExitCode, "exit code 4, accepted: 0, 1, 2, 3"),
        ("echo OK; exit 255", Cause::ExitCode, "exit code 255"),
        ("echo OK; kill -SEGV $$", Cause::Signalled, "SIGSEGV"),
        ("echo OK >&2", Cause::ProcessProtocol, "wrote no first line"),
    ] {
        let seen = look(nagios(script), LONG).await;
        blocked(&seen, cause, says);
        assert_eq!(seen.facts.get("status"), None, "{script}");
    }
    let only_ok = with(nagios("echo WARNING: so so; exit 1"), "accept", Setting::Number(0.into()));
    blocked(&look(only_ok, LONG).await, Cause::ExitCode, "exit code 1, accepted: 0");
}
