//! Measures the harness's own lag: a task wakes every few milliseconds and records how late it was.
//!
//! On an overloaded machine a reply waits in the socket until the harness reads it. The lag bounds how much of a measured
//! time may be the harness's own.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::{Clock, Moment};

/// The interval of the wake-ups, wall-clock time.
const BEAT: Duration = Duration::from_millis(4);
/// The granularity of the timer: less lag than this means nothing.
const GRAIN: Duration = Duration::from_micros(1_500);
/// The number of late wake-ups that are kept.
const KEPT: usize = 4_096;

/// Records late wake-ups; shared with the task that measures them.
#[derive(Debug, Clone, Default)]
pub(super) struct LagMeter {
    late: Arc<Mutex<VecDeque<(Moment, Duration)>>>,
    counted: Arc<Mutex<Counted>>,
}

/// A histogram of wake-ups: four classes for each doubling, so that a class is 19 % wide.
#[derive(Debug, Default)]
struct Counted {
    classes: BTreeMap<u32, u64>,
    beats: u64,
    max: Duration,
}

/// The lag of a whole run, wall-clock time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Late {
    /// The number of wake-ups.
    pub(super) beats: u64,
    /// The 99th percentile: the upper end of its class.
    pub(super) p99: Duration,
    /// The maximum.
    pub(super) max: Duration,
}

impl Counted {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "four times a logarithm of microseconds, cut off at zero, is a small whole number"
    )]
    fn add(&mut self, late: Duration) {
        let micros = late.as_secs_f64() * 1e6;
        let class = if micros <= 1.0 { 0 } else { (micros.log2() * 4.0).ceil() as u32 };
        *self.classes.entry(class).or_default() += 1;
        self.beats += 1;
        self.max = self.max.max(late);
    }

    /// The 99th percentile by nearest rank.
    fn p99(&self) -> Duration {
        let rank = (self.beats * 99).div_ceil(100);
        let mut seen = 0;
        for (class, count) in &self.classes {
            seen += count;
            if seen >= rank {
                let upper = Duration::from_secs_f64((f64::from(*class) / 4.0).exp2() * 1e-6);
                return upper.min(self.max);
            }
        }
        self.max
    }
}

impl LagMeter {
    /// Measures until the task is aborted.
    pub(super) async fn beat(self) {
        let wall = Clock::WALL;
        loop {
            let due = wall.after(wall.now(), BEAT);
            wall.sleep_until(due).await;
            let now = wall.now();
            self.counted.lock().unwrap_or_else(PoisonError::into_inner).add(wall.between(due, now));
            if let Some(late) = wall.between(due, now).checked_sub(GRAIN) {
                let mut notes = self.late.lock().unwrap_or_else(PoisonError::into_inner);
                if notes.len() == KEPT {
                    notes.pop_front();
                }
                notes.push_back((now, late));
            }
        }
    }

    /// The lag since the start, including the granularity of the timer.
    pub(super) fn so_far(&self) -> Late {
        let counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        Late { beats: counted.beats, p99: counted.p99(), max: counted.max }
    }

    /// The maximum lag since a moment, wall-clock time.
    pub(super) fn worst_since(&self, from: Moment) -> Duration {
        let notes = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        notes.iter().rev().take_while(|(at, _)| *at >= from).map(|(_, late)| *late).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_percentile_is_the_upper_end_of_its_class_and_never_above_the_latest() {
        let mut counted = Counted::default();
        assert_eq!(counted.p99(), Duration::ZERO);
        (0..98).for_each(|_| counted.add(Duration::from_micros(500)));
        counted.add(Duration::from_millis(10));
        counted.add(Duration::from_millis(90));
        let p99 = counted.p99();
        assert!(p99 >= Duration::from_millis(10) && p99 < Duration::from_millis(12), "{p99:?}");
        counted.add(Duration::from_millis(91));
        assert_eq!((counted.beats, counted.max), (101, Duration::from_millis(91)));
        assert!(counted.p99() > Duration::from_millis(80) && counted.p99() <= counted.max);
    }
}
