//! Admission by CPU: one more run starts only while the processors are not much slower than they were alone.
//!
//! A simulated staging that is starved answers late, and a control would be blamed for it: no rerun may turn that red
//! green. Measured is how long a fixed piece of work takes; timers would not do, because a thread that has slept is
//! scheduled first.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

/// How long the piece of work takes on an idle machine: longer than a time slice.
const PIECE: Duration = Duration::from_millis(8);
/// How many pieces are timed before the first run starts; the fastest counts.
const CALIBRATION: usize = 8;
/// The slowdown from which no more run is admitted: three halves.
const SLOW: (u64, u64) = (3, 2);
/// The default limit of runs side by side, per processor: they mostly sleep.
pub const JOBS_PER_PROCESSOR: usize = if cfg!(debug_assertions) { 5 } else { 10 };
/// How many are always admitted per processor, however slow it is: on a machine that is always busy the proof would not
/// end otherwise. Two of an optimised build take less than half a processor.
const ALWAYS: usize = if cfg!(debug_assertions) { 1 } else { 2 };
/// How soon admission is tried again.
const AGAIN: Duration = Duration::from_millis(20);
/// The least time between two admissions: until a staging's start shows, and for each observation about what it costs both sides
/// of a connection on one processor in this build.
const APART: (Duration, Duration) = (
    Duration::from_millis(40),
    if cfg!(debug_assertions) { Duration::from_millis(5) } else { Duration::from_micros(1500) },
);

/// Admits runs.
pub(crate) struct CpuAdmission {
    turns: u64,
    /// The fastest the piece of work ever was, in nanoseconds.
    alone: AtomicU64,
    processors: usize,
    inside: AtomicUsize,
    /// When the next may be admitted. Waiting runs queue for the lock.
    next: Mutex<Instant>,
}

/// The permit of one run; dropping it makes room for another.
pub(crate) struct Permit(Arc<CpuAdmission>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::Relaxed);
    }
}

impl CpuAdmission {
    /// Measures how fast the processors are now. Takes about a tenth of a second.
    pub(crate) fn measured() -> CpuAdmission {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        CpuAdmission::measured_with(processors)
    }

    fn measured_with(processors: usize) -> CpuAdmission {
        let begun = Instant::now();
        let mut turns = 0;
        while begun.elapsed() < PIECE {
            work(1000);
            turns += 1000;
        }
        let alone = (0..CALIBRATION).map(|_| timed(turns)).min().unwrap_or(u64::MAX);
        CpuAdmission {
            turns,
            alone: AtomicU64::new(alone),
            processors,
            inside: AtomicUsize::new(0),
            next: Mutex::new(begun),
        }
    }

    /// Waits until one more run may start, which makes so many observations; at most `most` run at once.
    pub(crate) async fn permit(self: &Arc<CpuAdmission>, most: usize, observations: usize) -> Permit {
        let mut next = self.next.lock().await;
        tokio::time::sleep_until((*next).into()).await;
        let inside = || self.inside.load(Ordering::Relaxed);
        while inside() >= most || (inside() >= ALWAYS * self.processors && self.is_slow().await) {
            tokio::time::sleep(AGAIN).await;
        }
        self.inside.fetch_add(1, Ordering::Relaxed);
        let each = APART.1.mul_f64(observations as f64 / self.processors as f64);
        *next = Instant::now() + APART.0 + each;
        Permit(self.clone())
    }

    /// Are the processors slow now, and not only for a moment?
    async fn is_slow(&self) -> bool {
        let turns = self.turns;
        let Ok(now) = tokio::task::spawn_blocking(move || timed(turns).min(timed(turns))).await else {
            return false;
        };
        // A machine that was busy at the start may have become idle since.
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
    async fn a_minimum_per_processor_is_admitted_on_a_busy_machine() {
        let admission = Arc::new(CpuAdmission { alone: AtomicU64::new(0), ..CpuAdmission::measured_with(2) });
        let mut permits = Vec::new();
        for _ in 0..2 * ALWAYS {
            permits.push(admission.permit(9, 1).await);
        }
        assert!(admission.is_slow().await);
        let one_more = tokio::time::timeout(Duration::from_millis(300), admission.permit(9, 1)).await;
        assert!(one_more.is_err(), "and no more");
    }

    #[tokio::test]
    async fn the_limit_of_runs_at_once_holds() {
        let admission =
            Arc::new(CpuAdmission { alone: AtomicU64::new(u64::MAX), ..CpuAdmission::measured_with(1) });
        let permit = admission.permit(1, 1).await;
        assert!(tokio::time::timeout(Duration::from_millis(300), admission.permit(1, 1)).await.is_err());
        drop(permit);
        drop(admission.permit(1, 1).await);
        assert_eq!(admission.inside.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_busy_machine_is_seen_as_slow() {
        // Ten times as many as processors, so that it is seen beside whatever else runs there.
        let admission = CpuAdmission::measured_with(1);
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
            seen |= admission.is_slow().await;
        }
        busy.store(false, Ordering::Relaxed);
        threads.into_iter().for_each(|thread| drop(thread.join()));
        assert!(seen);
    }
}
