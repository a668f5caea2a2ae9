//! The libtest face: each scenario is a trial, for `cargo test --test scenarios` and `cargo nextest run`.
//!
//! The engine runs all selected scenarios as `fixproof run` does, with its own concurrency limit; each trial only waits for its
//! scenario's verdict. The percentage and the gate come at the end. The exit code is 0 only when every trial passed and the
//! gate holds.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};

use fixproof::PlannedRun;
use fixproof::engine::{Event, Selection, run, stopper};
use fixproof::model::{Report, Verdict};
use fixproof::report::text;
use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::output::{Exit, terminal};
use crate::runtime::block_on;
use crate::simulated_target::harness;

/// The result a trial waits for.
type TrialResult = Result<Completion, Failed>;

/// Runs the suite in `scenarios` against the target in `FIXPROOF_TARGET` (default: the embedded one) and ends the process.
pub fn main(scenarios: &Path) -> ! {
    // A closed pipe makes the printer panic; handled below.
    std::panic::set_hook(Box::new(|panic| {
        let text = panic.to_string();
        if !text.contains("BrokenPipe") {
            terminal::complain(&text);
        }
    }));
    let arguments = Arguments::from_args();
    std::process::exit(i32::from(conclude(scenarios, arguments)))
}

fn conclude(scenarios: &Path, mut arguments: Arguments) -> u8 {
    if arguments.test_threads == Some(0) {
        terminal::complain("error: --test-threads must be at least 1");
        return Exit::BadInput.code();
    }
    let named = |variable| std::env::var(variable).ok().filter(|name| !name.is_empty());
    let (target, profile) = (named("FIXPROOF_TARGET"), named("FIXPROOF_PROFILE"));
    let harness = harness(scenarios, target.as_deref(), profile.as_deref());
    let style = terminal::style(None);
    let ids: Vec<(String, bool)> = match harness.load().and_then(|loaded| loaded.check(&Selection::default()))
    {
        Ok(plan) => plan.scenarios().map(|(card, asked)| (card.id.to_string(), asked)).collect(),
        Err(invalid) => return terminal::refuse(&invalid, style).code(),
    };
    let (mut senders, mut trials, mut wanted) = (BTreeMap::new(), Vec::new(), BTreeSet::new());
    for (id, asked) in ids {
        let (sender, receiver) = channel();
        let trial = Trial::ignorable_test(id.clone(), move || wait(&receiver)).with_ignored_flag(!asked);
        if !arguments.list && !arguments.is_filtered_out(&trial) && !arguments.is_ignored(&trial) {
            wanted.insert(id.clone());
            senders.insert(id, sender);
        }
        trials.push(trial);
    }
    if arguments.list {
        libtest_mimic::run(&arguments, trials).exit();
    }
    if wanted.is_empty() {
        terminal::complain("error: the filter selects no scenario; nothing was judged");
        return Exit::NothingJudged.code();
    }
    let threads = arguments.test_threads.unwrap_or(0).max(trials.len()).max(2);
    arguments.test_threads = Some(threads);
    let selection = Selection { only: Some(wanted), ..Selection::default() };
    match harness.select(selection).plan() {
        Ok(planned) => judge(&arguments, trials, senders, planned),
        Err(invalid) => terminal::refuse(&invalid, style).code(),
    }
}

fn wait(verdict: &Receiver<TrialResult>) -> TrialResult {
    verdict.recv().unwrap_or_else(|_| Err(Failed::from("the run ended without a verdict for this scenario")))
}

fn judge(
    arguments: &Arguments,
    trials: Vec<Trial>,
    senders: BTreeMap<String, Sender<TrialResult>>,
    planned: PlannedRun,
) -> u8 {
    let PlannedRun { plan, simulated } = planned;
    let style = terminal::plain_style();
    let engine = std::thread::spawn(move || -> Option<Report> {
        let (_stopper, stop) = stopper();
        let mut senders = senders;
        let mut listener = move |event: &Event<'_>| {
            if let Event::ScenarioFinished { outcome } = event
                && let Some(sender) = senders.remove(outcome.scenario.id.as_ref())
            {
                let result = match outcome.verdict {
                    Verdict::Passed => Ok(Completion::Completed),
                    Verdict::Skipped => Ok(Completion::ignored_with("left out")),
                    Verdict::Failed | Verdict::Errored | Verdict::Blocked | Verdict::Inconclusive => {
                        Err(Failed::from(text::failure(outcome, style)))
                    }
                };
                // The printer may have ended (a closed pipe); the verdict is in the report.
                let _ = sender.send(result);
            }
        };
        block_on(run(plan, &mut listener, stop))
    });
    // A closed pipe makes the printer panic. That fails no scenario: the report below decides.
    let printed = catch_unwind(AssertUnwindSafe(|| libtest_mimic::run(arguments, trials)));
    let report = match engine.join() {
        Ok(Some(report)) => report,
        Ok(None) | Err(_) => return Exit::Unfinished.code(),
    };
    drop(simulated);
    terminal::complain(&text::verdict(&report, style));
    let trial_failed = printed.is_ok_and(|conclusion| conclusion.has_failed());
    Exit::of_trials(&report, trial_failed).code()
}
