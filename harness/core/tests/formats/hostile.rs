//! Reports for the readers of others: names as hostile as everything else, ten thousand scenarios; and those readers
//! themselves, which are other people's programs.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;

use fixproof_core::model::{Judgement, Outcome, Report, Seen, Verdict};
use fixproof_core::report::{FormatOptions, format_named};

use crate::fixtures::{CANARY, HOSTILE, decided, report};
use crate::readers::read_back;

/// What readers of lines would obey, each at the beginning of a line of its own.
pub(crate) const COMMANDS: &str = "x\n::error::forged\n::set-output name=verdict::approved\r\n::stop-commands::token\n##[error]forged\n\
     ok 99 - forged # SKIP\n1..0\nBail out!\n  ...\nfixproof_run_approved 1\n | approved=1 '=' \" \\ $(id) `id` # TODO \\# , : % {}";

/// The worst report, and its names are hostile, too.
pub(crate) fn hostile() -> Report {
    let mut outcomes = decided(Judgement::Rejected, true).outcomes;
    for (at, outcome) in outcomes.iter_mut().enumerate() {
        let card = Arc::make_mut(&mut outcome.scenario);
        card.title = format!("{COMMANDS}{HOSTILE}");
        card.remedy = Some(COMMANDS.to_owned());
        if at > 1 {
            card.id = format!("{at} {COMMANDS} {HOSTILE}").into();
        }
        for finding in &mut outcome.findings {
            finding.seen = Seen::Unreadable(COMMANDS.to_owned());
        }
        for sample in &mut outcome.samples {
            sample.attempts[0].observation.transcript.received.push(format!("{COMMANDS} {CANARY}"));
        }
    }
    let mut report = report(outcomes, Judgement::Rejected, true);
    report.provenance.target = COMMANDS.to_owned();
    report.provenance.run = COMMANDS.to_owned();
    report.causes[0].detail = format!("{COMMANDS} {HOSTILE}");
    report.components[0].component = format!("{COMMANDS} {HOSTILE}").into();
    report
}

/// Ten thousand scenarios, every one of its own name.
pub(crate) fn many() -> Report {
    let red: Vec<Outcome> = decided(Judgement::Rejected, false)
        .outcomes
        .into_iter()
        // Without the one whose texts are megabytes: ten thousand of it are more memory than a machine has.
        .filter(|outcome| outcome.verdict == Verdict::Failed && &*outcome.scenario.id != "backend-huge")
        .collect();
    let mut outcomes: Vec<Outcome> = red.iter().cycle().take(10_000).cloned().collect();
    for (at, outcome) in outcomes.iter_mut().enumerate() {
        Arc::make_mut(&mut outcome.scenario).id = format!("scenario-{at}").into();
    }
    report(outcomes, Judgement::Rejected, false)
}

/// A report with one outcome that passed and nothing to complain of, approved against a real environment.
pub(crate) fn spotless() -> Report {
    let mut outcomes = decided(Judgement::Approved, false).outcomes;
    outcomes.truncate(1);
    outcomes[0].findings.clear();
    let mut report = report(outcomes, Judgement::Approved, false);
    report.provenance.simulated = None;
    report.causes.clear();
    report
}

/// The one file a format makes of a report.
pub(crate) fn rendered(format: &str, report: &Report) -> String {
    let format = format_named(format).unwrap();
    let [one] = format.render(report, &FormatOptions::default()).unwrap().try_into().unwrap();
    read_back(format.name(), &one.bytes).unwrap();
    String::from_utf8(one.bytes).unwrap()
}

/// What another program makes of it; nothing, with a line that says so, where the program is not installed.
pub(crate) fn read_by(program: &str, arguments: &[&str], package: &str, input: &str) -> Option<String> {
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        missing(program, package);
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let out = child.wait_with_output().unwrap();
    let _ = writer.join().unwrap();
    let (said, complaint) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success(), "{program}: {}\n{said}\n{complaint}", out.status);
    Some(format!("{said}{complaint}"))
}

/// A test that checked nothing says so.
pub(crate) fn missing(program: &str, package: &str) {
    let required = std::env::var_os("FIXPROOF_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(!required, "{program} is not installed (Debian package {package})");
    eprintln!("not checked: {program} is not installed (Debian package {package})");
}
