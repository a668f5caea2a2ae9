//! The line on a terminal while something goes on: a bar, and who has been running longest.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::terminal;

/// The line.
pub(crate) struct Live {
    bar: ProgressBar,
    running: Arc<Mutex<BTreeMap<String, Running>>>,
}

/// Something that is running.
struct Running {
    since: Instant,
    progress: String,
}

/// How many of those that run the line names.
const NAMED: usize = 3;

impl Live {
    /// An empty line on stderr.
    pub(crate) fn new() -> Live {
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

    /// One more is running.
    pub(crate) fn began(&self, id: &str) {
        let running = Running { since: Instant::now(), progress: String::new() };
        self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), running);
    }

    /// It got so far.
    pub(crate) fn progressed(&self, id: &str, progress: String) {
        if let Some(running) = self.running.lock().unwrap_or_else(PoisonError::into_inner).get_mut(id) {
            running.progress = progress;
        }
    }

    /// It is over; `counts` where it was one of those expected.
    pub(crate) fn ended(&self, id: &str, counts: bool) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        if counts {
            self.bar.inc(1);
        }
    }

    /// So many are expected.
    pub(crate) fn expects(&self, count: usize) {
        self.bar.set_length(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// Says something above the line.
    pub(crate) fn aside(&self, text: &str) {
        self.bar.suspend(|| terminal::complain(text));
    }

    /// Takes the line away.
    pub(crate) fn over(&self) {
        self.bar.finish_and_clear();
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
