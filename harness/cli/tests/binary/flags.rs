//! Every flag that a help names does something: with it, something can be seen that can't be seen without it, or the other
//! way round. A flag that is new has no row, and then this fails.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::bench::{Bench, fixproof, healthy, ran};

/// What is seen with the flag and not without it.
enum Seen {
    With(&'static str),
    Without(&'static str),
    /// The command would serve until it is ended: what its flag refuses has been read.
    Refused(&'static str),
}
use Seen::{Refused, With, Without};

/// The command with what it needs anyway, the flag with its value, and what that changes.
struct Row(&'static [&'static str], &'static [&'static str], Seen);

const fn row(base: &'static [&'static str], added: &'static [&'static str], seen: Seen) -> Row {
    Row(base, added, seen)
}

const ESCAPE: &str = "\u{1b}[";
const RUN: &[&str] = &["run", "--scenarios", "suite", "--target", "t"];
const CHECK: &[&str] = &["check", "--scenarios", "suite", "--target", "t"];
const LIST: &[&str] = &["list", "--scenarios", "suite"];
const EXPLAIN: &[&str] = &["explain", "nobody", "--scenarios", "suite"];
const REPLAY: &[&str] = &["replay", "recorded.json", "--scenarios", "suite"];
const SHOW: &[&str] = &["show", "recorded.json"];
const FROM: &[&str] = &["prove", "--from", "recorded.json", "--scenarios", "suite"];
const REAL: &[&str] = &["prove", "--scenarios", "suite", "--target", "t"];

#[rustfmt::skip]
static ROWS: &[Row] = &[
    row(&["run", "--target", "t"], &["--scenarios", "suite"], With("REJECTED")),
    row(&["run", "--scenarios", "suite"], &["--target", "t"], With("REJECTED")),
    row(RUN, &["--profile", "incident"], With("only applies to a simulated target")),
    row(RUN, &["--color", "always"], With(ESCAPE)),
    row(RUN, &["--component", "spare"], With("--component spare left out")),
    row(RUN, &["--tag", "quick"], With("--tag quick left out")),
    row(RUN, &["--critical"], With("--critical left out")),
    row(RUN, &["--shard", "1/2"], With("--shard 1/2 left out")),
    row(&["run", "--scenarios", "suite", "--target", "guarded"], &["--allow-protected"], With("REJECTED")),
    row(RUN, &["--threshold", "7%"], With("threshold 7%")),
    row(RUN, &["--deadline", "1ms"], With("inconclusive")),
    row(RUN, &["--report", "junit=extra.xml"], With("file extra.xml")),
    row(RUN, &["--reports", "elsewhere"], With("file elsewhere/report.json")),
    row(&["run", "--scenarios", "suite", "--target", "t", "--report", "junit=-"], &["--junit-profile", "strict"], Without("<testsuites name=\"fixproof\"")),
    row(&["run", "--scenarios", "suite", "--target", "t", "--report", "junit=-"], &["--junit-noncritical", "skipped"], With("name=\"junit-noncritical\" value=\"skipped\"")),
    row(&["run", "--scenarios", "suite", "--target", "t", "--report", "markdown=-"], &["--handoff", "application"], With("# Hand-off to application")),
    row(RUN, &["--quiet"], Without("slowest:")),
    row(RUN, &["--verbose"], With(": saw ")),
    row(&["check", "--target", "t"], &["--scenarios", "suite"], With("suite OK")),
    row(&["check", "--scenarios", "suite"], &["--target", "t"], With("suite OK")),
    row(CHECK, &["--profile", "incident"], With("only applies to a simulated target")),
    row(CHECK, &["--color", "always"], With(ESCAPE)),
    row(CHECK, &["--component", "spare"], With("left out")),
    row(CHECK, &["--tag", "quick"], With("left out")),
    row(CHECK, &["--critical"], With("left out")),
    row(CHECK, &["--shard", "1/2"], With("left out")),
    row(&["check", "--scenarios", "suite", "--target", "guarded"], &["--allow-protected"], Without("left out")),
    row(&["list"], &["--scenarios", "suite"], With("third")),
    row(LIST, &["--color", "always"], With(ESCAPE)),
    row(LIST, &["--format", "json"], With("\"probes\": [")),
    row(&["explain", "third"], &["--scenarios", "suite"], With("third")),
    row(EXPLAIN, &["--color", "always"], With(ESCAPE)),
    row(&["explain", "third", "--scenarios", "suite"], &["--target", "t"], With("curl ")),
    row(&["prove", "--from", "recorded.json"], &["--scenarios", "suite"], With("SENSITIVITY")),
    row(FROM, &["--target", "gone"], With("unknown target `gone`")),
    row(REAL, &["--report", "json=x"], With("--report only applies to a simulated target")),
    row(&["prove", "--scenarios", "proved", "--target", "sim"], &["--mutate"], With("file reports/mutations.json")),
    row(REAL, &["--reports", "suite/backend.toml"], With("report-path")),
    row(REAL, &["--from", "recorded.json"], With("no request was sent")),
    row(FROM, &["--format", "json"], With("\"standing\"")),
    row(FROM, &["--verbose"], With("kills:")),
    row(FROM, &["--quiet"], Without("sensitive")),
    row(&["prove", "--from", "recorded.json", "--scenarios", "suite", "--target", "gone"], &["--color", "always"], With(ESCAPE)),
    row(&["prove", "--scenarios", "proved", "--target", "sim"], &["--jobs", "1"], With(", 1 at a time")),
    row(&["replay", "recorded.json"], &["--scenarios", "suite"], With("replay: no requests were sent")),
    row(REPLAY, &["--target", "gone"], With("unknown target `gone`")),
    row(REPLAY, &["--color", "always"], With(ESCAPE)),
    row(REPLAY, &["--threshold", "7%"], With("threshold 7%")),
    row(REPLAY, &["--report", "junit=again.xml"], With("file again.xml")),
    row(&["replay", "recorded.json", "--scenarios", "suite", "--report", "junit=-"], &["--junit-profile", "strict"], Without("<testsuites name=\"fixproof\"")),
    row(&["replay", "recorded.json", "--scenarios", "suite", "--report", "junit=-"], &["--junit-noncritical", "skipped"], With("name=\"junit-noncritical\" value=\"skipped\"")),
    row(&["replay", "recorded.json", "--scenarios", "suite", "--report", "markdown=-"], &["--handoff", "application"], With("# Hand-off to application")),
    row(REPLAY, &["--quiet"], Without("slowest:")),
    row(REPLAY, &["--verbose"], With(": saw ")),
    row(SHOW, &["--format", "junit"], With("<testsuites")),
    row(SHOW, &["--output", "shown.txt"], With("file shown.txt")),
    row(&["show", "recorded.json", "--format", "junit"], &["--junit-profile", "strict"], Without("<testsuites name=\"fixproof\"")),
    row(&["show", "recorded.json", "--format", "junit"], &["--junit-noncritical", "skipped"], With("name=\"junit-noncritical\" value=\"skipped\"")),
    row(&["show", "recorded.json", "--format", "markdown"], &["--handoff", "application"], With("# Hand-off to application")),
    row(SHOW, &["--quiet"], Without("slowest:")),
    row(SHOW, &["--verbose"], With(": saw ")),
    row(SHOW, &["--color", "always"], With(ESCAPE)),
    row(&["probes"], &["--format", "json"], With("\"settings\": [")),
    row(&["schema"], &["--write", "written"], With("file written/.schema/scenario.json")),
    row(&["simulate"], &["--profile", "nobody"], Refused("unknown profile `nobody`")),
    row(&["simulate"], &["--speed", "0"], Refused("a number from 1 to 1000")),
    row(&["simulate", "--profile", "nobody"], &["--profiles"], With("the backend's port is closed")),
];

/// The flags that only a server, or another environment, can tell apart. The first has a test of its own below, the others
/// have theirs in `notify` and `github`.
const ELSEWHERE: [(&str, &str); 6] = [
    ("run", "--parallel"),
    ("run", "--notify"),
    ("run", "--notify-ca"),
    ("run", "--notify-on"),
    ("run", "--notify-timeout"),
    ("run", "--no-ci-output"),
];

const PROVED: &str = r#"component = "backend"
[[scenario]]
id = "health"
title = "The backend is healthy"
probe = "http"
with = { url = "{{backend.url}}/health" }
settle = { within = "90s", every = "2s" }
expect = [{ that = "body", at = "$.status", equals = "healthy" }]
"#;

const CONTROLS: &str = r#"[[control]]
fault = "frontend-down"
why = "another service"
green = ["health"]
[[control]]
fault = "auth-down"
why = "another service"
green = ["health"]
"#;

/// A folder with a suite, what a run of it left, and a second suite that can be proved.
fn bench(address: SocketAddr) -> Bench {
    let bench = Bench::new(&format!("http://{address}"));
    let target = |name: &str, more: &str| {
        format!(
            "name = \"{name}\"\n{more}\n[component.backend]\nurl = \"http://{address}\"\n[component.spare]\n"
        )
    };
    let good = healthy("good", "/good").replace("title =", "critical = true\ntags = [\"quick\"]\ntitle =");
    let third = healthy("third", "/third").replace("title =", "component = \"spare\"\ntitle =");
    bench
        .scenarios(&(good + &healthy("bad", "/bad") + &third))
        .write("suite/targets/t.toml", &target("t", ""))
        .write("suite/targets/guarded.toml", &target("guarded", "protect = true"))
        // So that there is a warning to be coloured.
        .write("suite/old.yaml", "x")
        .write("proved/backend.toml", PROVED)
        .write("proved/controls/c.toml", CONTROLS)
        .write(
            "proved/targets/sim.toml",
            "name = \"sim\"\n[simulate]\nprofile = \"healthy\"\nspeed = 20\n[component.backend]\n",
        );
    bench.run(&[]).ends(1, &["REJECTED"]);
    std::fs::copy(bench.path("reports/report.json"), bench.path("recorded.json")).unwrap();
    bench
}

/// Everything that can be seen of a command: its code, its words, and the files that are there afterwards.
fn observed(bench: &Bench, words: &[&str]) -> String {
    let seen = ran(fixproof().current_dir(bench.path("")).args(words).output().unwrap());
    let mut text = format!("exit {}\n{}\n{}\n", seen.code, seen.stdout, seen.stderr);
    let mut folders = vec![bench.path("")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(bench.path("")).unwrap().to_string_lossy().into_owned();
                text.push_str(&format!("file {name}\n"));
            }
        }
    }
    text
}

/// Every command and every flag that its help names.
fn helped() -> BTreeSet<(String, String)> {
    let help = |words: &[&str]| {
        let told = ran(fixproof().args(words).arg("--help").output().unwrap());
        told.ends(0, &["Usage"]);
        told.stdout
    };
    let top = help(&[]);
    let listed = top.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands: Vec<&str> = listed
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.len() >= 11, "{commands:?}");
    let mut flags = BTreeSet::new();
    for command in commands {
        for line in help(&[command]).lines().map(str::trim_start).filter(|line| line.starts_with('-')) {
            let flag = line.split([' ', ',']).find(|word| word.starts_with("--"));
            if let Some(flag) = flag.filter(|flag| !["--help", "--version"].contains(flag)) {
                flags.insert((command.to_owned(), flag.to_owned()));
            }
        }
    }
    flags
}

#[test]
fn every_flag_that_a_help_names_has_a_row() {
    let rows = ROWS.iter().map(|Row(base, added, _)| (base[0], added[0]));
    let tried: BTreeSet<(String, String)> =
        rows.chain(ELSEWHERE).map(|(command, flag)| (command.to_owned(), flag.to_owned())).collect();
    assert_eq!(tried, helped());
}

#[test]
fn every_flag_changes_what_can_be_seen() {
    let bench = bench(server(Arc::default()));
    let mut idle = Vec::new();
    for Row(base, added, seen) in ROWS {
        let words = [*base, *added].concat();
        let (holds, why) = match seen {
            Refused(text) => (observed(&bench, &words).contains(text), text),
            With(text) | Without(text) => {
                let (without, with) = (observed(&bench, base), observed(&bench, &words));
                let (there, gone) = if matches!(seen, With(_)) { (with, without) } else { (without, with) };
                (there.contains(text) && !gone.contains(text), text)
            }
        };
        if !holds {
            idle.push(format!("{}: `{why}`\n{}", words.join(" "), observed(&bench, &words)));
        }
    }
    assert!(idle.is_empty(), "{}", idle.join("\n\n"));
}

#[test]
fn parallel_says_how_many_are_asked_at_once() {
    let most = Arc::<AtomicUsize>::default();
    let bench = bench(server(Arc::clone(&most)));
    most.store(0, Ordering::SeqCst);
    bench.run(&["--parallel", "1"]);
    assert_eq!(most.swap(0, Ordering::SeqCst), 1);
    bench.run(&["--parallel", "3"]);
    assert!(most.load(Ordering::SeqCst) > 1, "{most:?}");
}

/// A server that says `{"status":"healthy"}`, but 503 under `/bad`. It answers once two ask, or after a while; `most` is how
/// many asked at once.
fn server(most: Arc<AtomicUsize>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let open = Arc::new((std::sync::Mutex::new(0_usize), std::sync::Condvar::new()));
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let (open, most) = (Arc::clone(&open), Arc::clone(&most));
            std::thread::spawn(move || {
                let mut connection = connection?;
                let mut request = [0; 4096];
                let read = connection.read(&mut request)?;
                let mut asking = open.0.lock().unwrap();
                *asking += 1;
                most.fetch_max(*asking, Ordering::SeqCst);
                open.1.notify_all();
                let waiting = Duration::from_millis(200);
                let (mut asking, _) =
                    open.1.wait_timeout_while(asking, waiting, |asking| *asking < 2).unwrap();
                *asking -= 1;
                drop(asking);
                let bad = request[..read].starts_with(b"GET /bad");
                let status = if bad { "503 Service Unavailable" } else { "200 OK" };
                let body = "{\"status\":\"healthy\"}";
                write!(
                    connection,
                    "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                )
            });
        }
    });
    address
}
