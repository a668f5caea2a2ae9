//! A machine that is as healthy as a test wants it, on the test's own clock.

use std::time::Duration;

use fixproof::clock::{Clock, Moment, Reading};
use fixproof::model::{FileLimit, Timestamp};
use fixproof::probe::host::Machine;

/// What a test says of its machine.
#[derive(Debug, Clone)]
pub struct Ideal {
    /// How many files are open, and how many may be; nothing where that can't be told.
    pub files: Option<(u64, Option<u64>)>,
    /// When the calendar steps, from the run's start, and by how many milliseconds.
    pub steps: Vec<(Duration, i64)>,
}

impl Ideal {
    /// Nothing is wrong with it.
    pub fn healthy() -> Ideal {
        Ideal { files: Some((10, Some(1024))), steps: vec![] }
    }

    /// The machine, whose clocks begin now.
    pub fn started(&self) -> Started {
        Started { ideal: self.clone(), start: Clock::WALL.now() }
    }
}

/// A machine whose clocks go.
#[derive(Debug)]
pub struct Started {
    ideal: Ideal,
    start: Moment,
}

impl Machine for Started {
    fn read(&self) -> Reading {
        let moment = Clock::WALL.now();
        let elapsed = Clock::WALL.between(self.start, moment);
        let stepped: i64 = self.ideal.steps.iter().filter(|(at, _)| *at <= elapsed).map(|(_, by)| by).sum();
        let calendar = time::OffsetDateTime::UNIX_EPOCH
            + time::Duration::try_from(elapsed).unwrap()
            + time::Duration::milliseconds(stepped);
        Reading { moment, calendar: Timestamp(calendar), unsure: Duration::ZERO }
    }

    fn allow_files(&self, more: u64) -> Option<FileLimit> {
        let (open, allowed) = self.ideal.files?;
        Some(FileLimit { open, wanted: open + more, allowed, raised_from: None })
    }

    fn load(&self) -> Option<f64> {
        Some(0.5)
    }
}
