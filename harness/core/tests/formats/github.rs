//! What the runner of GitHub Actions makes of it, and of everything else that is printed into its log.

use std::collections::BTreeMap;

use fixproof_core::model::Judgement;
use fixproof_core::report::{FORMATS, Style, sanitize, text};

use crate::every_format::assert_snapshot;
use crate::fixtures::{CANARY, decided};
use crate::hostile::{COMMANDS, hostile, many, rendered};
use crate::readers::read_back;

/// What the runner obeys: the command, its properties, its text.
#[derive(Debug)]
struct Obeyed {
    command: String,
    properties: BTreeMap<String, String>,
    text: String,
}

fn unescaped(text: &str, of_property: bool) -> String {
    let text = text.replace("%0D", "\r").replace("%0A", "\n");
    let text = if of_property { text.replace("%3A", ":").replace("%2C", ",") } else { text };
    text.replace("%25", "%")
}

/// As the runner reads a line: `::command …::text` at its beginning, or `##[command …]text` anywhere in it.
fn obeyed(line: &str) -> Option<Obeyed> {
    let line = line.trim_start();
    let of = |head: &str, text: &str, between: char| {
        let (command, rest) = head.split_once(' ').unwrap_or((head, ""));
        let pairs = rest.split(between).filter_map(|pair| pair.trim().split_once('='));
        let properties = pairs.map(|(name, value)| (name.to_owned(), unescaped(value, true))).collect();
        Obeyed { command: command.to_owned(), properties, text: unescaped(text, false) }
    };
    if let Some((head, text)) = line.strip_prefix("::").and_then(|rest| rest.split_once("::")) {
        return Some(of(head, text, ','));
    }
    let (_, rest) = line.split_once("##[")?;
    let (head, text) = rest.split_once(']')?;
    Some(of(head, text, ';'))
}

fn annotations(text: &str) -> Vec<Obeyed> {
    text.lines().map(|line| obeyed(line).unwrap_or_else(|| panic!("not obeyed: {line}"))).collect()
}

fn of_level<'a>(all: &'a [Obeyed], level: &str) -> Vec<&'a Obeyed> {
    all.iter().filter(|one| one.command == level).collect()
}

#[test]
fn it_looks_as_it_did() {
    assert_snapshot("github.txt", &rendered("github", &decided(Judgement::Rejected, true)));
}

#[test]
fn the_runner_reads_what_was_meant_however_hostile_it_is() {
    let text = rendered("github", &hostile());
    let all = annotations(&text);
    assert!(all.iter().all(|one| ["error", "warning", "notice"].contains(&&*one.command)), "{text}");
    let forged = text.lines().filter(|line| !line.starts_with("::")).count();
    assert_eq!(forged, 0, "{text}");
    // Seven are red for themselves (one is blocked), one warns, and the verdict.
    let counted = ["error", "warning", "notice"].map(|level| of_level(&all, level).len());
    assert_eq!(counted, [8, 1, 1], "{text}");
    let told = all.iter().find(|one| one.properties["title"].contains("forged")).unwrap();
    assert_eq!(told.properties["file"], "scenarios/backend.toml");
    assert_eq!((&*told.properties["line"], &*told.properties["col"]), ("14", "3"));
    let seen = sanitize(COMMANDS).replace('\n', "\\n");
    assert!(told.text.contains(&seen), "{}\n{seen}", told.text);
    assert!(!text.contains(CANARY));
}

#[test]
fn nothing_a_target_sends_is_a_command_wherever_it_is_printed() {
    let report = hostile();
    let style = Style { colour: false, width: 120 };
    let mut printed: Vec<(String, String)> = Vec::new();
    for detail in [text::Detail::Quiet, text::Detail::Normal, text::Detail::Verbose] {
        printed.push((format!("{detail:?}"), text::summary(&report, detail, style)));
    }
    for outcome in &report.outcomes {
        printed.push(("line".to_owned(), text::scenario_line(outcome, style)));
    }
    // JSON is not for reading, and says everything as it was.
    for format in FORMATS.iter().filter(|format| !["json", "github"].contains(&format.name())) {
        printed.push((format.name().to_owned(), rendered(format.name(), &report)));
    }
    for (name, text) in printed {
        assert!(name == "line" || text.contains("forged"), "{name} does not tell of it");
        let line = text.lines().find(|line| obeyed(line).is_some());
        assert_eq!(line, None, "{name}");
    }
    assert!(obeyed("  ::error::x").is_some() && obeyed("y ##[error]x").is_some());
}

#[test]
fn causes_come_first_and_what_is_blocked_stands_under_its_cause() {
    let all = annotations(&rendered("github", &decided(Judgement::Rejected, false)));
    let first = &all[0];
    assert_eq!(first.properties["title"], "failed[connect/timeout] db-connect (critical)");
    assert!(first.text.contains("effects: frontend-login, backend-hostile (2)"), "{}", first.text);
    assert!(all.iter().all(|one| !one.properties["title"].contains("frontend-login")));
    let last = all.last().unwrap();
    assert_eq!(last.properties["title"], "fixproof: REJECTED");
    assert!(last.text.contains("1 blocked: listed under what they need"), "{}", last.text);
}

#[test]
fn no_more_than_github_shows_and_how_many_are_missing() {
    let all = annotations(&rendered("github", &many()));
    assert_eq!(of_level(&all, "error").len(), 10);
    let last = all.last().unwrap();
    assert!(last.text.contains("9990 red scenarios not annotated"), "{}", last.text);
    assert!(last.text.contains("simulated staging"), "{}", last.text);
}

#[test]
fn what_the_gate_lets_through_is_no_error() {
    let all = annotations(&rendered("github", &decided(Judgement::Approved, false)));
    assert_eq!(of_level(&all, "error").len(), 0);
    assert_eq!(of_level(&all, "warning").len(), 9);
    let nothing = annotations(&rendered("github", &decided(Judgement::NothingJudged, false)));
    assert_eq!(nothing.last().unwrap().properties["title"], "fixproof: NOTHING JUDGED");
}

#[test]
fn a_message_is_never_longer_than_github_takes() {
    let mut report = decided(Judgement::Rejected, false);
    for remedy in ["%\n:,", "\u{1f4a5}"] {
        for outcome in &mut report.outcomes {
            let card = std::sync::Arc::make_mut(&mut outcome.scenario);
            card.remedy = Some(remedy.repeat(100_000));
            card.title = remedy.repeat(100_000);
        }
        let text = rendered("github", &report);
        assert!(text.lines().all(|line| line.len() < 64 << 10), "{}", text.len());
    }
}

#[test]
fn half_a_file_and_another_text_are_not_read_back() {
    let text = rendered("github", &decided(Judgement::Rejected, false));
    let without_last = text.trim_end().rsplit_once('\n').unwrap().0;
    for bad in [
        "",
        "\n",
        "hello\n",
        "::error file=a::b\n",
        without_last,
        "::debug::x\n::notice title=fixproof%3A x::y\n",
    ] {
        assert!(read_back("github", bad.as_bytes()).is_err(), "{bad}");
    }
}
