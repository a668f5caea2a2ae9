//! The limit of open files: read, and raised where the system allows it.

use fixproof_core::model::FileLimit;

/// Where the open files of this process are listed.
const OPEN: [&str; 2] = ["/proc/self/fd", "/dev/fd"];

#[cfg(unix)]
pub(super) fn allow(more: u64) -> Option<FileLimit> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let open = open_files()?;
    let wanted = open.saturating_add(more);
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let told = |allowed, raised_from| Some(FileLimit { open, wanted, allowed, raised_from });
    let Some(soft) = current.filter(|soft| *soft < wanted) else { return told(current, None) };
    let possible = maximum.map_or(wanted, |hard| hard.min(wanted));
    let raised = Rlimit { current: Some(possible), maximum };
    if possible > soft && setrlimit(Resource::Nofile, raised).is_ok() {
        told(Some(possible), Some(soft))
    } else {
        told(Some(soft), None)
    }
}

#[cfg(not(unix))]
pub(super) fn allow(_: u64) -> Option<FileLimit> {
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
