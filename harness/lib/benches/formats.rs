//! What reports of a large run cost: `cargo build --release -p fixproof-cli && cargo bench --bench formats`.
//!
//! Takes the report of one run of the shipped suite beside the outage it was written for, repeats its scenarios (each
//! with its last sample) to 10,000, and writes them in every format. Prints times, sizes and the most memory the process
//! ever had; judges nothing.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and may stop at once")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use fixproof::model::{Report, Tally};
use fixproof::report::{FORMATS, FormatOptions, text};

const SCENARIOS: usize = 10_000;
const ROUNDS: usize = 5;

fn main() {
    let Some(fixproof) = binary() else {
        println!("build the binary first: cargo build --release -p fixproof-cli");
        return;
    };
    let report = large(recorded(&fixproof));
    println!("{} scenarios, {} passed; {}", report.tally.planned, report.tally.passed, memory());
    let mut all = Duration::ZERO;
    for format in FORMATS {
        let mut bytes = 0;
        let took = median(|| {
            let rendered = format.render(&report, &FormatOptions::default()).unwrap();
            bytes = rendered.iter().map(|one| one.bytes.len()).sum();
        });
        all += took;
        println!("{:>12} {:>8.1} ms {:>12} bytes", format.name(), took.as_secs_f64() * 1e3, bytes);
    }
    let took = median(|| drop(text::summary(&report, text::Detail::Normal, fixproof::report::Style::PLAIN)));
    println!("{:>12} {:>8.1} ms", "text", took.as_secs_f64() * 1e3);
    println!("{:>12} {:>8.1} ms; {}", "together", (all + took).as_secs_f64() * 1e3, memory());
}

/// The shipped suite beside the outage, asked once.
fn recorded(fixproof: &Path) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let ran = Command::new(fixproof)
        .current_dir(root)
        .args(["run", "--profile", "incident", "--quiet", "--reports"])
        .arg(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert_eq!(ran.code(), Some(1), "the outage is rejected");
    Report::read(&std::fs::read(folder.path().join("report.json")).unwrap()).unwrap()
}

fn large(mut report: Report) -> Report {
    let few = std::mem::take(&mut report.outcomes);
    report.tally = Tally::default();
    report.components.iter_mut().for_each(|row| row.tally = Tally::default());
    for (at, outcome) in few.iter().cycle().take(SCENARIOS).enumerate() {
        let mut outcome = outcome.clone();
        let last = outcome.samples.pop();
        outcome.samples = last.into_iter().collect();
        let card = Arc::make_mut(&mut outcome.scenario);
        card.id = format!("{}-{at}", card.id).into();
        report.tally.add(outcome.verdict);
        let row = report.components.iter_mut().find(|row| row.component == outcome.scenario.component);
        row.unwrap().tally.add(outcome.verdict);
        report.outcomes.push(outcome);
    }
    report
}

fn median(mut work: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[ROUNDS / 2]
}

/// The most memory that this process ever had, where the system tells.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(String::new, |most| format!("at most {} of memory", most.trim()))
}

fn binary() -> Option<PathBuf> {
    let named = std::env::var_os("FIXPROOF_BIN").map(PathBuf::from);
    let built = std::env::current_exe().ok()?.ancestors().nth(2).map(|release| release.join("fixproof"));
    named.or(built).filter(|path| path.is_file())
}
