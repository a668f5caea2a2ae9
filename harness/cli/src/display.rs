//! What a run shows while it goes on: a live line on a terminal, plain lines without one. Always on stderr.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fixproof::engine::Event;
use fixproof::model::{Outcome, Verdict};
use fixproof::report::text;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::terminal::{self, Style};

/// Listens to a run.
pub(crate) struct Display {
    quiet: bool,
    style: Style,
    live: Option<Live>,
}

struct Live {
    bar: ProgressBar,
    running: Arc<Mutex<BTreeMap<String, Running>>>,
}

/// A scenario that is being asked.
struct Running {
    since: Instant,
    progress: String,
}

/// How many running scenarios the live line names.
const NAMED: usize = 3;

impl Display {
    /// A display that says nothing when `quiet`, draws on a terminal, and prints lines elsewhere.
    pub(crate) fn new(quiet: bool, style: Style) -> Display {
        let live = (!quiet && terminal::is_watched()).then(Live::new);
        Display { quiet, style, live }
    }

    /// Takes one event.
    pub(crate) fn take(&mut self, event: &Event<'_>) {
        match event {
            Event::RunStarted { planned, skipped: _ } => {
                if let Some(live) = &self.live {
                    live.bar.set_length(u64::try_from(*planned).unwrap_or(u64::MAX));
                }
            }
            Event::ScenarioStarted { scenario } => {
                if let Some(live) = &self.live {
                    live.began(&scenario.id);
                }
            }
            Event::SampleTaken { scenario, taken, planned, met } => {
                if let Some(live) = &self.live {
                    let of = planned.map(|n| format!("/{n}")).unwrap_or_default();
                    live.progressed(&scenario.id, format!(" {met} met of {taken}{of}"));
                }
            }
            Event::ScenarioFinished { outcome } => self.finished(outcome),
            Event::RunFinished { report: _ } => {
                if let Some(live) = &self.live {
                    live.bar.finish_and_clear();
                }
            }
        }
    }

    fn finished(&self, outcome: &Outcome) {
        if let Some(live) = &self.live {
            live.ended(&outcome.scenario.id);
            if outcome.verdict != Verdict::Skipped {
                live.bar.inc(1);
            }
            // Green needs no line of its own while the run goes on; the summary lists it.
            if !matches!(outcome.verdict, Verdict::Passed | Verdict::Skipped) {
                live.bar.suspend(|| terminal::complain(&text::scenario_line(outcome, self.style)));
            }
        } else if !self.quiet && outcome.verdict != Verdict::Skipped {
            terminal::complain(&text::scenario_line(outcome, self.style));
        }
    }
}

impl Live {
    fn new() -> Live {
        let running: Arc<Mutex<BTreeMap<String, Running>>> = Arc::default();
        let shown = running.clone();
        let names = move |_: &ProgressState, to: &mut dyn std::fmt::Write| {
            // The line is decoration; what it can't write nobody misses.
            let _ = to.write_str(&line(&shown.lock().unwrap_or_else(PoisonError::into_inner)));
        };
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(10));
        if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} {elapsed}  {running}") {
            bar.set_style(style.with_key("running", names).progress_chars("=> "));
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Live { bar, running }
    }

    fn began(&self, id: &str) {
        let running = Running { since: Instant::now(), progress: String::new() };
        self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), running);
    }

    fn progressed(&self, id: &str, progress: String) {
        if let Some(running) = self.running.lock().unwrap_or_else(PoisonError::into_inner).get_mut(id) {
            running.progress = progress;
        }
    }

    fn ended(&self, id: &str) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}

/// Those that have been running longest, with how long.
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
