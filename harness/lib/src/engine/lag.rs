//! How late the harness itself is: a task that wants to wake every few milliseconds and notes when it could not.
//!
//! On a machine too small for what runs on it, a reply lies in the socket while nobody reads it, and the time is
//! the harness's own. This says how much of a time may be.

use std::collections::VecDeque;
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
}

impl LagMeter {
    /// Wakes and notes until it is aborted.
    pub(super) async fn beat(self) {
        let wall = Clock::WALL;
        loop {
            let due = wall.after(wall.now(), BEAT);
            wall.sleep_until(due).await;
            let now = wall.now();
            if let Some(late) = wall.between(due, now).checked_sub(GRAIN) {
                let mut notes = self.late.lock().unwrap_or_else(PoisonError::into_inner);
                if notes.len() == KEPT {
                    notes.pop_front();
                }
                notes.push_back((now, late));
            }
        }
    }

    /// The latest it was since a moment, on the wall's clock.
    pub(super) fn worst_since(&self, from: Moment) -> Duration {
        let notes = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        notes.iter().rev().take_while(|(at, _)| *at >= from).map(|(_, late)| *late).max().unwrap_or_default()
    }
}
