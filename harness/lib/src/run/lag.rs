//! How late the harness itself is: a task that wants to wake every few milliseconds and notes when it could not.
//!
//! On a machine too small for what runs on it, a reply lies in the socket while nobody reads it, and the time is
//! the harness's own. This says how much of a time may be.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::{Clock, Moment};

/// How often it wants to wake, on the wall.
const BEAT: Duration = Duration::from_millis(4);
/// The timer's own granularity: being late by less says nothing.
const GRAIN: Duration = Duration::from_micros(1_500);
/// How many late wake-ups are kept.
const KEPT: usize = 4_096;

/// Notes of late wake-ups, shared with the task that makes them.
#[derive(Debug, Clone, Default)]
pub(super) struct LagMeter {
    late: Arc<Mutex<VecDeque<(Moment, Duration)>>>,
    counted: Arc<Mutex<Counted>>,
}

/// How many wake-ups were how late: four classes for each doubling, so that a class is 19 % wide.
#[derive(Debug, Default)]
struct Counted {
    classes: BTreeMap<u32, u64>,
    beats: u64,
    max: Duration,
}

/// How late the harness woke over a whole run, on the wall's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Late {
    /// How often it wanted to wake.
    pub(super) beats: u64,
    /// At most so late 99 of 100 times: the upper end of the class.
    pub(super) p99: Duration,
    /// The latest.
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

    /// Nearest rank, as everywhere.
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
    /// Wakes and notes until it is aborted.
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

    /// How late it was over the whole run, its timer's granularity included.
    pub(super) fn so_far(&self) -> Late {
        let counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        Late { beats: counted.beats, p99: counted.p99(), max: counted.max }
    }

    /// The latest it was since a moment, on the wall's clock.
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
