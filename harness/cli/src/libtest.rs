//! The libtest face: each scenario is a trial, for `cargo test --test scenarios` and `cargo nextest run`.
//!
//! The engine runs all selected scenarios as `fixproof run` does, with its own limit of scenarios in flight; each
//! trial only waits for its scenario's verdict. The percentage and the gate come at the end. The exit code is 0 only
//! when every trial passed and the gate holds.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};

use fixproof::engine::{Event, run, stopper};
use fixproof::model::{Judgement, Report, Verdict};
use fixproof::report::text;
use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::arguments::{Colour, SuiteArguments};
use crate::exit::Exit;
use crate::session::{self, Session};
use crate::terminal;

/// What a trial waits for.
type Told = Result<Completion, Failed>;

/// Runs the suite in `scenarios` against the target in `FIXPROOF_TARGET` (default: the embedded one) and ends the process.
pub fn main(scenarios: &Path) -> ! {
    // A closed pipe makes the printer panic, which is nobody's fault and dealt with below.
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
    let suite = SuiteArguments {
        scenarios: scenarios.to_owned(),
        target: std::env::var("FIXPROOF_TARGET").ok().filter(|target| !target.is_empty()),
        profile: std::env::var("FIXPROOF_PROFILE").ok().filter(|profile| !profile.is_empty()),
        color: Colour::Auto,
    };
    let everything = session::selection(&crate::arguments::SelectionArguments::default(), None);
    let ids = match session::check(&suite, &everything) {
        Ok((plan, ..)) => {
            plan.scenarios().map(|(card, asked)| (card.id.to_string(), asked)).collect::<Vec<_>>()
        }
        Err(refused) => return refuse(&refused.problems, &refused.sources),
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
        terminal::complain("error: no scenario is left after the filter; nothing was judged");
        return Exit::NothingJudged.code();
    }
    let threads = arguments.test_threads.unwrap_or(0).max(trials.len()).max(2);
    arguments.test_threads = Some(threads);
    let selection = session::selection(&crate::arguments::SelectionArguments::default(), Some(wanted));
    let session = match session::open(&suite, &selection) {
        Ok(session) => session,
        Err(refused) => return refuse(&refused.problems, &refused.sources),
    };
    judge(&arguments, trials, senders, session)
}

fn refuse(problems: &[fixproof::model::Problem], sources: &fixproof::model::Sources) -> u8 {
    terminal::problems(problems, sources, terminal::style(Colour::Auto));
    let exit = Exit::of_problems(problems);
    terminal::complain(&terminal::refusal(problems, exit));
    exit.code()
}

fn wait(verdict: &Receiver<Told>) -> Told {
    verdict.recv().unwrap_or_else(|_| Err(Failed::from("the run ended without a verdict for this scenario")))
}

fn judge(
    arguments: &Arguments,
    trials: Vec<Trial>,
    senders: BTreeMap<String, Sender<Told>>,
    session: Session,
) -> u8 {
    let Session { plan, staging, .. } = session;
    let style = terminal::plain_style();
    let engine = std::thread::spawn(move || -> std::io::Result<Report> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let (_stopper, stop) = stopper();
        let mut senders = senders;
        let mut listener = move |event: &Event<'_>| {
            if let Event::ScenarioFinished { outcome } = event
                && let Some(sender) = senders.remove(outcome.scenario.id.as_ref())
            {
                let told = match outcome.verdict {
                    Verdict::Passed => Ok(Completion::Completed),
                    Verdict::Skipped => Ok(Completion::ignored_with("left out")),
                    Verdict::Failed | Verdict::Errored | Verdict::Blocked | Verdict::Inconclusive => {
                        Err(Failed::from(text::failure(outcome, style)))
                    }
                };
                // The printer may be gone (a closed pipe); the verdict is in the report all the same.
                let _ = sender.send(told);
            }
        };
        let report = runtime.block_on(run(plan, &mut listener, stop));
        runtime.shutdown_background();
        Ok(report)
    });
    // A closed pipe makes the printer panic. That is no failed scenario: the report below decides.
    let printed = catch_unwind(AssertUnwindSafe(|| libtest_mimic::run(arguments, trials)));
    let report = match engine.join() {
        Ok(Ok(report)) => report,
        Ok(Err(error)) => {
            terminal::complain(&format!("error: the runtime can't be started: {error}"));
            return Exit::Unfinished.code();
        }
        Err(_) => return Exit::Unfinished.code(),
    };
    drop(staging);
    terminal::complain(&text::verdict(&report, style));
    let trial_failed = printed.is_ok_and(|conclusion| conclusion.has_failed());
    match report.decision.judgement {
        Judgement::Approved if !trial_failed && report.tally.passed == report.tally.judged() => 0,
        Judgement::NothingJudged => Exit::NothingJudged.code(),
        Judgement::Approved | Judgement::Rejected | Judgement::Interrupted => 101,
    }
}
