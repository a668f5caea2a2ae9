//! The report for a terminal: complete without colour, everything from a target sanitized and bounded.

mod failure;
pub mod frame;
mod line;
mod summary;

pub use failure::failure;
pub use line::scenario_line;
pub use summary::{summary, verdict};

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Only what is red, and the verdict.
    Quiet,
    /// A line for each scenario, and everything about the red ones.
    Normal,
    /// And what was seen where it is green.
    Verbose,
}

impl Detail {
    /// What the two switches mean together.
    #[must_use]
    pub fn of(quiet: bool, verbose: bool) -> Detail {
        match (quiet, verbose) {
            (true, _) => Detail::Quiet,
            (false, true) => Detail::Verbose,
            (false, false) => Detail::Normal,
        }
    }
}
