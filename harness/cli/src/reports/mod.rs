//! Report files: written, and read again.

pub(crate) mod atomic_write;
pub(crate) mod report_file;
mod report_writer;

pub(crate) use report_writer::{
    ReportRequest, ReportWriter, Written, all_written, handoff_without_markdown, print_written,
};
