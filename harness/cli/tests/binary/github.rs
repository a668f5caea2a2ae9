//! In GitHub Actions: what a run tells by itself, and that nothing of it changes what the run comes to.

use std::io::{Read, Write};
use std::process::Command;

use fixproof::report::format_named;

use crate::bench::{Bench, Ran, healthy, ran, server};

/// What a target sends to be obeyed by the log it is printed into.
const FORGED: &str =
    "x\n::error::forged\n::set-output name=verdict::approved\n::stop-commands::forged\n##[add-path]/forged";

/// One that holds, one that does not.
fn half_red() -> Bench {
    let bench = Bench::new(&format!("http://{}", server()));
    bench.scenarios(&(healthy("good", "/good") + &healthy("bad", "/bad")));
    bench
}

fn in_actions(bench: &Bench, arguments: &[&str]) -> Command {
    let mut command = bench.command(arguments);
    command
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", bench.path("summary.md"))
        .env("GITHUB_OUTPUT", bench.path("output.txt"));
    command
}

fn run(mut command: Command) -> Ran {
    ran(command.output().unwrap())
}

/// The lines the runner obeys: a command at the beginning, or the old form anywhere.
fn obeyed(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.trim_start().starts_with("::") || line.contains("##[")).collect()
}

/// The outputs as the runner reads them: `name<<end`, the value's lines, `end`.
fn outputs(text: &str) -> Vec<(String, String)> {
    let (mut lines, mut outputs) = (text.lines(), Vec::new());
    while let Some(line) = lines.next() {
        if line.is_empty() {
            continue;
        }
        let (name, end) = line.split_once("<<").unwrap();
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
        outputs.push((name.to_owned(), value.join("\n")));
    }
    outputs
}

#[test]
fn the_annotations_come_by_themselves_and_only_there() {
    let bench = half_red();
    let there = run(in_actions(&bench, &[]));
    there.ends(1, &["REJECTED"]);
    assert!(obeyed(&there.stdout).is_empty(), "{}", there.stdout);
    let annotations = obeyed(&there.stderr);
    assert_eq!(annotations.len(), 2, "{annotations:#?}");
    let begin =
        "::error file=suite/backend.toml,line=19,col=3,title=failed[content/differs] bad::bad%0Awhy: ";
    assert!(annotations[0].starts_with(begin), "{annotations:#?}");
    assert!(annotations[1].starts_with("::notice title=fixproof%3A REJECTED::REJECTED"), "{annotations:#?}");
    for value in ["", "false", "TRUE", "1"] {
        let mut command = in_actions(&bench, &[]);
        command.env("GITHUB_ACTIONS", value);
        let elsewhere = run(command);
        elsewhere.ends(1, &["REJECTED"]);
        assert!(obeyed(&elsewhere.stderr).is_empty(), "{value}: {}", elsewhere.stderr);
    }
    std::fs::remove_file(bench.path("output.txt")).unwrap();
    let quiet = run(in_actions(&bench, &["--no-ci-output"]));
    quiet.ends(1, &["REJECTED"]);
    assert!(obeyed(&quiet.stderr).is_empty(), "{}", quiet.stderr);
    assert!(!bench.path("output.txt").exists());
}

#[test]
fn ordered_to_another_place_they_are_there_and_nowhere_else() {
    let bench = half_red();
    let ordered = run(in_actions(&bench, &["--report", "github=-"]));
    ordered.ends(1, &["REJECTED"]);
    assert_eq!(obeyed(&ordered.stdout).len(), 2, "{}", ordered.stdout);
    assert!(obeyed(&ordered.stderr).is_empty(), "{}", ordered.stderr);
    let json = run(in_actions(&bench, &["--report", "json=-"]));
    serde_json::from_str::<serde_json::Value>(&json.stdout).unwrap();
    assert_eq!(obeyed(&json.stderr).len(), 2, "{}", json.stderr);
}

#[test]
fn nothing_of_it_changes_what_a_run_comes_to() {
    let address = server();
    let bench = Bench::new(&format!("http://{address}"));
    let skipped = healthy("good", "/good").replace("probe =", "skip = { reason = \"no\" }\nprobe =");
    for (scenarios, code) in [
        (healthy("good", "/good"), 0),
        (healthy("bad", "/bad"), 1),
        (healthy("good", "/good").replace("equals", "equal"), 2),
        (skipped, 4),
    ] {
        bench.scenarios(&scenarios);
        run(bench.command(&[])).ends(code, &[]);
        run(in_actions(&bench, &[])).ends(code, &[]);
        // A folder takes no text, and a place in a folder that is not there none either.
        let mut broken = in_actions(&bench, &[]);
        broken.env("GITHUB_STEP_SUMMARY", bench.path("no/summary")).env("GITHUB_OUTPUT", bench.path("suite"));
        let broken = run(broken);
        broken.ends(code, if code == 2 { &[] } else { &["warning: cannot write the step outputs to"] });
        let mut nowhere = in_actions(&bench, &[]);
        nowhere.env_remove("GITHUB_STEP_SUMMARY").env_remove("GITHUB_OUTPUT");
        run(nowhere).ends(code, &[]);
    }
}

#[test]
fn the_outputs_of_the_step_are_appended_and_read_as_they_were_meant() {
    let bench = half_red();
    bench.write("output.txt", "before=1");
    run(in_actions(&bench, &["--reports", "out<<\nx/fixproof_"])).ends(1, &[]);
    let written = std::fs::read_to_string(bench.path("output.txt")).unwrap();
    let rest = written.strip_prefix("before=1\n").unwrap();
    let expected =
        [("verdict", "rejected"), ("percentage", "50"), ("report", "out<<\nx/fixproof_/report.json")];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(outputs(rest), expected);
    run(in_actions(&bench, &["good"])).ends(0, &["PARTIAL"]);
    let written = std::fs::read_to_string(bench.path("output.txt")).unwrap();
    assert_eq!(outputs(written.strip_prefix("before=1\n").unwrap())[3].1, "partial");
}

#[test]
fn the_summary_is_appended_and_never_longer_than_github_takes() {
    let bench = half_red();
    bench.write("summary.md", "# Before\n");
    run(in_actions(&bench, &[])).ends(1, &[]);
    let written = std::fs::read_to_string(bench.path("summary.md")).unwrap();
    let rest = written.strip_prefix("# Before\n").unwrap();
    // Without the format there is nothing to append.
    assert_eq!(rest.contains("REJECTED"), format_named("markdown").is_some(), "{rest}");
    let full = "x".repeat((1 << 20) - 10);
    bench.write("summary.md", &full);
    let ran = run(in_actions(&bench, &[]));
    let told = "warning: cannot write the job summary to";
    let words: &[&str] = if format_named("markdown").is_some() { &[told, "it has 1048566"] } else { &[] };
    ran.ends(1, words);
    assert!(std::fs::read_to_string(bench.path("summary.md")).unwrap() == full);
}

#[test]
fn nothing_a_target_sends_is_obeyed_by_the_runner() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let Ok(mut connection) = connection else { continue };
            let _ = connection.read(&mut [0; 4096]);
            let _ = write!(
                connection,
                "HTTP/1.1 500 ##[error]forged\r\nx-forged: ##[warning]forged\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{FORGED}",
                FORGED.len()
            );
        }
    });
    let bench = Bench::new(&format!("http://{address}"));
    let contains = "{ that = \"text\", contains = \"healthy\" }";
    let json = "{ that = \"body\", at = \"$.status\", equals = \"healthy\" }";
    bench.scenarios(&(healthy("json", "/") + &healthy("text", "/").replace(json, contains)));
    let run = run(in_actions(&bench, &["--verbose"]));
    run.ends(1, &["forged"]);
    assert!(obeyed(&run.stdout).is_empty(), "{:#?}", obeyed(&run.stdout));
    let annotations = obeyed(&run.stderr);
    assert_eq!(annotations.len(), 3, "{annotations:#?}");
    let ours =
        |line: &&str| line.starts_with("::error file=suite/") || line.starts_with("::notice title=fixproof");
    assert!(annotations.iter().all(ours), "{annotations:#?}");
    assert!(run.stderr.contains("\\u{23}#[") || run.stdout.contains("\\u{23}#["));
}
