//! The clock: the only file that reads the time, sleeps or times out.
//!
//! A [`Clock`] has a speed. Against the simulated staging it runs faster than the wall, so that "90 s" costs
//! less; every duration that leaves it has been multiplied by the speed, every one that enters divided.

#![cfg_attr(not(test), expect(clippy::disallowed_methods, reason = "the clock that everything else uses"))]

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use fixproof_core::model::Timestamp;

/// A moment of this process; only differences of two have a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(Instant);

/// Both clocks at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// The monotonic clock's moment: what durations are made of.
    pub moment: Moment,
    /// The calendar's.
    pub calendar: Timestamp,
    /// How much time passed between asking the one and the other: so far they may be apart without being wrong.
    pub unsure: Duration,
}

/// How far the calendar went away from the monotonic clock between two readings. Which of the two was right can't be
/// reported: a calendar that was set, or a machine that was put to sleep and whose monotonic clock stood still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Step {
    /// It went ahead by so much.
    pub ahead: Duration,
    /// It fell behind by so much.
    pub behind: Duration,
}

impl Reading {
    /// How far the two clocks went apart since an earlier reading, on the wall.
    #[must_use]
    pub fn step_since(&self, earlier: &Reading) -> Step {
        let calendar = self.calendar.0 - earlier.calendar.0;
        let elapsed = self.moment.0.saturating_duration_since(earlier.moment.0);
        let elapsed = time::Duration::try_from(elapsed).unwrap_or(time::Duration::MAX);
        let apart = calendar.saturating_sub(elapsed);
        let far = apart.unsigned_abs().saturating_sub(self.unsure + earlier.unsure);
        if apart.is_negative() {
            Step { ahead: Duration::ZERO, behind: far }
        } else {
            Step { ahead: far, behind: Duration::ZERO }
        }
    }
}

/// The deadline came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elapsed;

/// A clock that runs `speed` times faster than the wall.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clock {
    speed: f64,
}

impl Clock {
    /// The wall's own clock.
    pub const WALL: Clock = Clock { speed: 1.0 };

    /// A clock that runs `speed` times faster; anything but a finite number of at least 1 becomes 1.
    #[must_use]
    pub fn with_speed(speed: f64) -> Clock {
        Clock { speed: if speed.is_finite() && speed >= 1.0 { speed } else { 1.0 } }
    }

    /// How many times faster than the wall.
    #[must_use]
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Moment {
        Moment(Instant::now())
    }

    /// Now, on the calendar.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        Timestamp(time::OffsetDateTime::now_utc())
    }

    /// Both clocks. Asked again where the process lost the processor in between; the tightest of a few counts.
    #[must_use]
    pub fn read(&self) -> Reading {
        let once = || {
            let before = Instant::now();
            let calendar = self.timestamp();
            Reading { moment: Moment(before), calendar, unsure: before.elapsed() }
        };
        let mut best = once();
        for _ in 0..4 {
            if best.unsure < Duration::from_micros(50) {
                break;
            }
            let again = once();
            best = if again.unsure < best.unsure { again } else { best };
        }
        best
    }

    /// Today, in UTC: what decides whether a skip has expired.
    #[must_use]
    pub fn today(&self) -> time::Date {
        self.timestamp().0.date()
    }

    /// From one moment to a later one, on this clock; zero if it is not later.
    #[must_use]
    pub fn between(&self, from: Moment, to: Moment) -> Duration {
        self.from_wall(to.0.saturating_duration_since(from.0))
    }

    /// From a moment until now.
    #[must_use]
    pub fn since(&self, from: Moment) -> Duration {
        self.between(from, self.now())
    }

    /// The moment a duration of this clock after another.
    #[must_use]
    pub fn after(&self, from: Moment, duration: Duration) -> Moment {
        let wall = self.to_wall(duration);
        // A deadline beyond what the machine can count is capped at thirty years.
        Moment(from.0.checked_add(wall).unwrap_or_else(|| from.0 + Duration::from_secs(30 * 365 * 86_400)))
    }

    /// A duration of the wall on this clock.
    #[must_use]
    pub fn from_wall(&self, wall: Duration) -> Duration {
        if self.speed == 1.0 {
            wall
        } else {
            Duration::try_from_secs_f64(wall.as_secs_f64() * self.speed).unwrap_or(Duration::MAX)
        }
    }

    /// A duration of this clock on the wall.
    #[must_use]
    pub fn to_wall(&self, duration: Duration) -> Duration {
        if self.speed == 1.0 { duration } else { duration.div_f64(self.speed) }
    }

    /// Sleeps until a moment.
    pub async fn sleep_until(&self, moment: Moment) {
        tokio::time::sleep_until(moment.0).await;
    }

    /// Holds this thread for a while, on the wall; only where there is no runtime to sleep in.
    pub fn pause_thread(&self, wall: Duration) {
        std::thread::sleep(wall);
    }

    /// Waits for something, but not beyond a moment.
    ///
    /// # Errors
    /// [`Elapsed`] when the moment came first.
    pub async fn until<F: Future>(&self, moment: Moment, future: F) -> Result<F::Output, Elapsed> {
        tokio::time::timeout_at(moment.0, future).await.map_err(|_| Elapsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_fast_clock_makes_ninety_seconds_cost_less_than_one() {
        let wall = Clock::WALL;
        let fast = Clock::with_speed(100.0);
        let start = wall.now();
        fast.sleep_until(fast.after(start, Duration::from_secs(90))).await;
        assert!(wall.since(start) < Duration::from_millis(903), "{:?}", wall.since(start));
        assert!(fast.since(start) >= Duration::from_secs(90));
    }

    #[test]
    fn a_deadline_beyond_counting_is_no_panic() {
        let clock = Clock::WALL;
        let _ = clock.after(clock.now(), Duration::MAX);
    }

    #[test]
    fn a_step_of_the_calendar_is_seen_and_its_direction() {
        let first = Clock::WALL.read();
        let later = |millis: i64| Reading {
            moment: Moment(first.moment.0 + Duration::from_secs(2)),
            calendar: Timestamp(first.calendar.0 + time::Duration::milliseconds(2000 + millis)),
            unsure: Duration::from_millis(1),
        };
        let unsure = first.unsure + Duration::from_millis(1);
        let ahead = later(5000).step_since(&first);
        assert_eq!((ahead.ahead, ahead.behind), (Duration::from_secs(5) - unsure, Duration::ZERO));
        let behind = later(-5000).step_since(&first);
        assert_eq!((behind.ahead, behind.behind), (Duration::ZERO, Duration::from_secs(5) - unsure));
        assert_eq!(later(1).step_since(&first), Step::default());
    }

    #[test]
    fn a_senseless_speed_becomes_one() {
        for speed in [f64::NAN, f64::INFINITY, 0.0, -3.0, 0.5] {
            assert_eq!(Clock::with_speed(speed).speed(), 1.0);
        }
    }
}
