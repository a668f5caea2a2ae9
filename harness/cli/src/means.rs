//! The machine's means: one more is let in only while the processors are not much slower than they were alone.
//!
//! A simulated staging that is starved answers late, and a control would be blamed for it: that is a red no rerun may
//! turn green. What is measured is how long a fixed piece of work takes; timers would not do, because a thread that
//! has slept is served first.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

/// How long the piece of work takes when nobody is in the way: longer than a turn on a processor.
const PIECE: Duration = Duration::from_millis(8);
/// How many pieces are timed before the first is let in; the quickest counts.
const CALIBRATION: usize = 8;
/// From how many times as long on it is too slow for one more: three halves.
const SLOW: (u64, u64) = (3, 2);
/// How many run side by side at most, for each processor: they mostly sleep.
pub(crate) const EACH: usize = if cfg!(debug_assertions) { 5 } else { 10 };
/// How many are always let in for each processor, however slow it is: on a machine that is busy for good nobody would
/// come to an end otherwise. Two of an optimised build take less than half a processor.
const ALWAYS: usize = if cfg!(debug_assertions) { 1 } else { 2 };
/// How soon it is tried again.
const AGAIN: Duration = Duration::from_millis(20);
/// The least time until the next: until a staging's start shows, and for each observation about what it costs both sides
/// of a connection on one processor in this build.
const APART: (Duration, Duration) = (
    Duration::from_millis(40),
    if cfg!(debug_assertions) { Duration::from_millis(5) } else { Duration::from_micros(1500) },
);

/// Who lets in.
pub(crate) struct Means {
    turns: u64,
    /// The quickest the piece of work ever was, in nanoseconds.
    alone: AtomicU64,
    processors: usize,
    inside: AtomicUsize,
    /// When the next may be let in. Those who wait stand in line for it.
    door: Mutex<Instant>,
}

/// One who was let in; leaves when dropped.
pub(crate) struct Guest(Arc<Means>);

impl Drop for Guest {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Means {
    /// Sees how quick the processors are now. Takes about a tenth of a second.
    pub(crate) fn measured(processors: usize) -> Means {
        let begun = Instant::now();
        let mut turns = 0;
        while begun.elapsed() < PIECE {
            work(1000);
            turns += 1000;
        }
        let alone = (0..CALIBRATION).map(|_| timed(turns)).min().unwrap_or(u64::MAX);
        Means {
            turns,
            alone: AtomicU64::new(alone),
            processors,
            inside: AtomicUsize::new(0),
            door: Mutex::new(begun),
        }
    }

    /// Waits until there is room for one more, who makes so many observations, beside `most` less one at most.
    pub(crate) async fn room(self: &Arc<Means>, most: usize, observations: usize) -> Guest {
        let mut next = self.door.lock().await;
        tokio::time::sleep_until((*next).into()).await;
        let inside = || self.inside.load(Ordering::Relaxed);
        while inside() >= most || (inside() >= ALWAYS * self.processors && self.is_slow().await) {
            tokio::time::sleep(AGAIN).await;
        }
        self.inside.fetch_add(1, Ordering::Relaxed);
        let each = APART.1.mul_f64(observations as f64 / self.processors as f64);
        *next = Instant::now() + APART.0 + each;
        Guest(self.clone())
    }

    /// Is it so now, and not by a single hiccup?
    async fn is_slow(&self) -> bool {
        let turns = self.turns;
        let Ok(now) = tokio::task::spawn_blocking(move || timed(turns).min(timed(turns))).await else {
            return false;
        };
        // A machine that was busy at the start may have become quiet since.
        let alone = self.alone.fetch_min(now, Ordering::Relaxed);
        now > alone.saturating_mul(SLOW.0) / SLOW.1
    }
}

/// In nanoseconds.
fn timed(turns: u64) -> u64 {
    let begun = Instant::now();
    work(turns);
    u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// Arithmetic that nothing can shorten: each turn needs the one before.
fn work(turns: u64) {
    let mut state = 1u64;
    for turn in 0..turns {
        state = std::hint::black_box(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(turn));
    }
    std::hint::black_box(state);
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    #[tokio::test]
    async fn some_for_each_processor_are_let_in_whatever_the_machine_does() {
        let means = Arc::new(Means { alone: AtomicU64::new(0), ..Means::measured(2) });
        let mut guests = Vec::new();
        for _ in 0..2 * ALWAYS {
            guests.push(means.room(9, 1).await);
        }
        assert!(means.is_slow().await);
        let one_more = tokio::time::timeout(Duration::from_millis(300), means.room(9, 1)).await;
        assert!(one_more.is_err(), "and no more");
    }

    #[tokio::test]
    async fn no_more_than_the_most_are_inside_at_once() {
        let means = Arc::new(Means { alone: AtomicU64::new(u64::MAX), ..Means::measured(1) });
        let guest = means.room(1, 1).await;
        assert!(tokio::time::timeout(Duration::from_millis(300), means.room(1, 1)).await.is_err());
        drop(guest);
        drop(means.room(1, 1).await);
        assert_eq!(means.inside.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_busy_machine_is_seen_as_slow() {
        // Ten times as many as processors, so that it is seen beside whatever else runs there.
        let means = Means::measured(1);
        let busy = Arc::new(AtomicBool::new(true));
        let count = 10 * std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let idler = |busy: Arc<AtomicBool>| {
            move || {
                while busy.load(Ordering::Relaxed) {
                    work(1000);
                }
            }
        };
        let threads: Vec<_> = (0..count).map(|_| std::thread::spawn(idler(busy.clone()))).collect();
        let mut seen = false;
        for _ in 0..20 {
            seen |= means.is_slow().await;
        }
        busy.store(false, Ordering::Relaxed);
        threads.into_iter().for_each(|thread| drop(thread.join()));
        assert!(seen);
    }
}
