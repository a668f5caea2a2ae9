//! What a program is given: its input, its environment, its folder, and none of the secrets to a reader.

use std::time::Duration;

use fixproof::model::Setting;

use super::support::*;

/// Everything a reader of a report may see.
fn shown(seen: &fixproof::model::Observation) -> String {
    let lines = seen.transcript.sent.iter().chain(&seen.transcript.received);
    format!("{}\n{}", lines.cloned().collect::<Vec<_>>().join("\n"), detail(seen))
}

#[tokio::test]
async fn no_variable_reaches_it_but_those_of_the_list() {
    // The test runner sets CARGO_MANIFEST_DIR for this very process.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    let seen = look(argv(&["env"]), LONG).await;
    fine(&seen);
    let names = |seen: &fixproof::model::Observation| -> Vec<String> {
        text(seen, "stdout").lines().filter_map(|line| Some(line.split_once('=')?.0.to_owned())).collect()
    };
    assert!(names(&seen).contains(&"PATH".to_owned()));
    assert!(!text(&seen, "stdout").contains("CARGO"), "{}", text(&seen, "stdout"));
    let canary = with(argv(&["/usr/bin/env"]), "inherit", Setting::List(vec![plain("CARGO_MANIFEST_DIR")]));
    let seen = look(canary, LONG).await;
    assert_eq!(names(&seen), ["CARGO_MANIFEST_DIR"]);
    let none = with(argv(&["/usr/bin/env"]), "inherit", Setting::List(vec![]));
    let own = Setting::Table(vec![("ONLY".to_owned(), plain("this"))]);
    assert_eq!(text(&look(with(none, "env", own), LONG).await, "stdout"), "ONLY=this");
}

#[tokio::test]
async fn the_scenarios_own_variable_wins() {
    let own = Setting::Table(vec![
        ("HOME".to_owned(), plain("/elsewhere")),
        ("N".to_owned(), Setting::Number(5.into())),
    ]);
    let seen = look(with(sh("echo $HOME $N"), "env", own), LONG).await;
    assert_eq!(text(&seen, "stdout"), "/elsewhere 5");
}

#[tokio::test]
async fn it_runs_in_the_suites_folder_or_below() {
    let folder = Folder::new();
    let real = folder.path().canonicalize().unwrap();
    assert_eq!(text(&folder.look(argv(&["pwd"]), LONG).await, "stdout"), real.display().to_string());
    std::fs::create_dir(folder.path().join("below")).unwrap();
    let seen = folder.look(with(argv(&["pwd"]), "directory", plain("below")), LONG).await;
    assert_eq!(text(&seen, "stdout"), real.join("below").display().to_string());
    assert!(seen.transcript.sent.contains(&"directory: below".to_owned()), "{:?}", seen.transcript);
}

#[tokio::test]
async fn no_shell_reads_what_was_not_told_to_a_shell() {
    let seen = look(argv(&["printf", "%s\n", "$HOME; exit 3", "*", "`id`", "a'b\"c", ""]), LONG).await;
    fine(&seen);
    assert_eq!(text(&seen, "stdout"), "$HOME; exit 3\n*\n`id`\na'b\"c\n");
    let seen = look(vec![("shell".to_owned(), plain("echo one | tr o 0 && exit 0"))], LONG).await;
    assert_eq!(text(&seen, "stdout"), "0ne");
    assert_eq!(seen.transcript.sent[0], "/bin/sh -c 'echo one | tr o 0 && exit 0'");
}

#[tokio::test]
async fn input_is_given_and_closed() {
    let seen = look(with(argv(&["cat"]), "stdin", plain("to be read\n")), LONG).await;
    assert_eq!(text(&seen, "stdout"), "to be read");
    // Where none is given there is none to wait for.
    let seen = look(argv(&["cat"]), LONG).await;
    fine(&seen);
    assert_eq!(text(&seen, "stdout"), "");
    let large = "x".repeat(1 << 20);
    let seen = look(with(argv(&["wc", "-c"]), "stdin", plain(&large)), LONG).await;
    assert_eq!(text(&seen, "stdout").trim(), (1 << 20).to_string());
}

#[tokio::test]
async fn input_that_nobody_reads_holds_nobody_up() {
    let large = "x".repeat(1 << 20);
    let seen = look(with(sh("echo done"), "stdin", plain(&large)), LONG).await;
    fine(&seen);
    assert_eq!(text(&seen, "stdout"), "done");
    // Nor where it is held open and not read.
    let held = with(sh("sleep 0.2; echo late"), "stdin", plain(&large));
    assert_eq!(text(&look(held, LONG).await, "stdout"), "late");
}

#[tokio::test]
async fn a_secret_is_given_to_the_program_and_to_no_reader() {
    let mut settings = vec![(
        "argv".to_owned(),
        Setting::List(vec![
            plain("/bin/sh"),
            plain("-c"),
            plain("echo \"$1 $TOKEN $(cat)\" >&2; exit 1"),
            plain("sh"),
            secret("canary-argument"),
        ]),
    )];
    settings.push(("env".to_owned(), Setting::Table(vec![("TOKEN".to_owned(), secret("canary-variable"))])));
    settings.push(("stdin".to_owned(), secret("canary-input\nof two lines\n")));
    let seen = look(settings, LONG).await;
    assert_eq!(text(&seen, "stderr"), "canary-argument canary-variable canary-input\nof two lines");
    let shown = shown(&seen);
    for part in ["canary", "of two lines"] {
        assert!(!shown.contains(part), "{shown}");
    }
    assert!(seen.transcript.sent[0].ends_with("sh …"), "{shown}");
    assert!(seen.transcript.sent[1].ends_with(" TOKEN") && seen.transcript.sent[2] == "stdin: …", "{shown}");
}

#[tokio::test]
async fn a_secret_in_a_shells_text_hides_all_of_it() {
    let text = secret("curl -H 'Authorization: canary-shell' nowhere; exit 7");
    let seen = look(vec![("shell".to_owned(), text)], LONG).await;
    assert!(!shown(&seen).contains("canary"), "{}", shown(&seen));
    assert_eq!(seen.transcript.sent[0], "/bin/sh -c …");
}

#[tokio::test]
async fn time_is_that_of_the_clock_that_asks() {
    use fixproof::clock::Clock;
    use fixproof::model::Value;
    use fixproof::probe::ObserveContext;
    let clock = Clock::with_speed(100.0);
    let folder = Folder::new();
    let probe = folder.prepare(sh("sleep 0.1")).ok().unwrap();
    let deadline = clock.after(clock.now(), Duration::from_secs(3000));
    let seen = probe.observe(ObserveContext { clock: &clock, deadline }).await;
    let Some(Value::Duration(took)) = seen.facts.value("time.total") else { unreachable!("{seen:#?}") };
    assert!(*took >= Duration::from_secs(10), "{took:?}");
}
