//! Progress on stderr: a live line with a bar and what has been running longest, or plain lines without a terminal.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use fixproof::engine::{Event, Listener};
use fixproof::model::{Outcome, Verdict};
use fixproof::report::text;

use super::{Output, terminal};

/// The live line.
pub(crate) struct ProgressLine {
    bar: ProgressBar,
    running: Arc<Mutex<BTreeMap<String, Running>>>,
}

/// Something that is running.
struct Running {
    since: Instant,
    progress: String,
}

/// How many running items the line names.
const NAMED: usize = 3;

impl ProgressLine {
    /// An empty line on stderr.
    pub(crate) fn new() -> ProgressLine {
        let running: Arc<Mutex<BTreeMap<String, Running>>> = Arc::default();
        let shown = running.clone();
        let names = move |_: &ProgressState, to: &mut dyn std::fmt::Write| {
            // The line is decoration: an error is ignored.
            let _ = to.write_str(&line(&shown.lock().unwrap_or_else(PoisonError::into_inner)));
        };
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(10));
        if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} {elapsed}  {running}") {
            bar.set_style(style.with_key("running", names).progress_chars("=> "));
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        ProgressLine { bar, running }
    }

    /// An item started.
    pub(crate) fn began(&self, id: &str) {
        let running = Running { since: Instant::now(), progress: String::new() };
        self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), running);
    }

    /// Its progress, shown behind its name.
    pub(crate) fn progressed(&self, id: &str, progress: String) {
        if let Some(running) = self.running.lock().unwrap_or_else(PoisonError::into_inner).get_mut(id) {
            running.progress = progress;
        }
    }

    /// It ended; `counts` where it was one of those expected.
    pub(crate) fn ended(&self, id: &str, counts: bool) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        if counts {
            self.bar.inc(1);
        }
    }

    /// How many items are expected.
    pub(crate) fn expect(&self, count: usize) {
        self.bar.set_length(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// Prints a text above the line.
    pub(crate) fn print_above(&self, text: &str) {
        self.bar.suspend(|| terminal::complain(text));
    }

    /// Removes the line.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// The items that have been running longest, with their times.
fn line(running: &BTreeMap<String, Running>) -> String {
    let mut oldest: Vec<(&String, &Running)> = running.iter().collect();
    oldest.sort_by_key(|(_, running)| running.since);
    let named: Vec<String> = oldest
        .iter()
        .take(NAMED)
        .map(|(id, running)| {
            format!("{id} {:.1}s{}", running.since.elapsed().as_secs_f64(), running.progress)
        })
        .collect();
    match oldest.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// The progress of one run: a live line on a terminal, a line for each scenario elsewhere.
pub(crate) struct RunProgress {
    output: Output,
    line: Option<ProgressLine>,
}

impl RunProgress {
    /// Shows nothing when quiet.
    pub(crate) fn new(output: Output) -> RunProgress {
        let line = (!output.is_quiet() && terminal::is_interactive()).then(ProgressLine::new);
        RunProgress { output, line }
    }

    fn finished(&self, outcome: &Outcome) {
        if let Some(line) = &self.line {
            line.ended(&outcome.scenario.id, outcome.verdict != Verdict::Skipped);
            // A green scenario needs no line of its own during the run; the summary lists it.
            if !matches!(outcome.verdict, Verdict::Passed | Verdict::Skipped) {
                line.print_above(&text::scenario_line(outcome, self.output.style));
            }
        } else if !self.output.is_quiet() && outcome.verdict != Verdict::Skipped {
            terminal::complain(&text::scenario_line(outcome, self.output.style));
        }
    }
}

impl Listener for RunProgress {
    fn take(&mut self, event: &Event<'_>) {
        if let Event::ScenarioFinished { outcome } = event {
            self.finished(outcome);
        }
        let Some(line) = &self.line else { return };
        match event {
            Event::RunStarted { planned, skipped: _ } => line.expect(*planned),
            Event::ScenarioStarted { scenario } => line.began(&scenario.id),
            Event::SampleTaken { scenario, taken, planned, met } => {
                let of = planned.map(|n| format!("/{n}")).unwrap_or_default();
                line.progressed(&scenario.id, format!(" {met} met of {taken}{of}"));
            }
            Event::ScenarioFinished { outcome: _ } => {}
            Event::RunFinished { report: _ } => line.clear(),
        }
    }
}
