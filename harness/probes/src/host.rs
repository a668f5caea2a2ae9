//! The machine the harness runs on: its clocks, its limit of open files, its load. Nothing here sends or waits.

use fixproof_core::model::FileLimit;

use crate::clock::{Clock, Reading};

/// The machine the harness runs on, or a test double of it.
pub trait Machine: Send + Sync + std::fmt::Debug {
    /// Both clocks at this moment.
    fn read(&self) -> Reading;

    /// Raises the soft limit of open files so that `more` can be opened, as far as the hard limit allows. `None` where
    /// the system does not say.
    fn allow_files(&self, more: u64) -> Option<FileLimit>;

    /// The load average over the last minute; `None` where the system does not say.
    fn load(&self) -> Option<f64>;
}

/// The real machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct ThisMachine;

impl Machine for ThisMachine {
    fn read(&self) -> Reading {
        Clock::WALL.read()
    }

    fn allow_files(&self, more: u64) -> Option<FileLimit> {
        allow(more)
    }

    fn load(&self) -> Option<f64> {
        let text = std::fs::read_to_string("/proc/loadavg").ok()?;
        text.split_whitespace().next()?.parse().ok().filter(|load: &f64| load.is_finite())
    }
}

/// Where the open files of this process are listed.
const OPEN: [&str; 2] = ["/proc/self/fd", "/dev/fd"];

#[cfg(unix)]
fn allow(more: u64) -> Option<FileLimit> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let open = open_files()?;
    let wanted = open.saturating_add(more);
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let limit = |allowed, raised_from| Some(FileLimit { open, wanted, allowed, raised_from });
    let Some(soft) = current.filter(|soft| *soft < wanted) else { return limit(current, None) };
    let possible = maximum.map_or(wanted, |hard| hard.min(wanted));
    let raised = Rlimit { current: Some(possible), maximum };
    if possible > soft && setrlimit(Resource::Nofile, raised).is_ok() {
        limit(Some(possible), Some(soft))
    } else {
        limit(Some(soft), None)
    }
}

#[cfg(not(unix))]
fn allow(_: u64) -> Option<FileLimit> {
    None
}

/// How many files this process has open, itself reading that not counted.
fn open_files() -> Option<u64> {
    let listed = OPEN.iter().find_map(|path| std::fs::read_dir(path).ok())?;
    u64::try_from(listed.count()).ok().map(|count| count.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_allowed_as_far_as_the_hard_limit() {
        let little = allow(1).unwrap();
        assert!(little.open >= 3 && little.wanted == little.open + 1, "{little:?}");
        let much = allow(u64::MAX).unwrap();
        assert!(much.allowed >= little.allowed, "{much:?}");
        assert_eq!(allow(u64::MAX).unwrap().raised_from, None, "what is raised once is not raised again");
    }
}
