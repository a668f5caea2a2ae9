//! One file a command.

pub mod check;
pub mod completions;
pub mod explain;
pub mod list;
pub mod probes;
pub mod run;
pub mod schema;
pub mod simulate;
