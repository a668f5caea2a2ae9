//! How fast simulated time runs. Never touches the clock of the machine: sleeps are real, only shorter.

use std::time::Duration;

/// No time limit shrinks below this: on a loaded machine a scheduler pause is not a fault of the simulated system.
const SHORTEST_LIMIT: Duration = Duration::from_millis(600);

/// A factor of at least 1 by which every duration is divided.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TimeScale(f64);

impl TimeScale {
    /// Takes the factor; below 1 and not-a-number count as 1.
    pub(crate) fn new(speed: f64) -> Self {
        TimeScale(if speed.is_finite() { speed.max(1.0) } else { 1.0 })
    }

    /// The factor.
    pub(crate) fn speed(self) -> f64 {
        self.0
    }

    /// A real duration of the modelled system, as it lasts here.
    pub(crate) fn lasts(self, real: Duration) -> Duration {
        real.div_f64(self.0)
    }

    /// A real time limit of the modelled system, as it is kept here: divided like every duration, but never below
    /// what a busy machine needs to answer at all.
    pub(crate) fn limit(self, real: Duration) -> Duration {
        self.lasts(real).max(SHORTEST_LIMIT.min(real))
    }

    /// Sleeps for a real duration of the modelled system.
    pub(crate) async fn sleep(self, real: Duration) {
        tokio::time::sleep(self.lasts(real)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_never_shrinks_below_what_a_busy_machine_needs() {
        let time_scale = TimeScale::new(100.0);
        assert_eq!(time_scale.lasts(Duration::from_secs(2)), Duration::from_millis(20));
        assert_eq!(time_scale.limit(Duration::from_secs(2)), SHORTEST_LIMIT);
        assert_eq!(time_scale.limit(Duration::from_secs(75)), Duration::from_millis(750));
        assert_eq!(TimeScale::new(f64::NAN).speed(), 1.0);
    }
}
