//! The sources of a log.

mod file;
mod program;
mod query;

pub(super) use file::read as read_files;
pub(super) use program::Program;
pub(super) use query::{Login, Query};

/// The source of a log.
pub(super) enum Source {
    /// Files.
    Files {
        /// Each path, and its name in messages.
        files: Vec<(std::path::PathBuf, String)>,
        /// Most bytes of each.
        read_limit: u64,
    },
    /// A program's output.
    Program(Program),
    /// A query over HTTP.
    Query(Box<Query>),
}
