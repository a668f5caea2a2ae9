//! The notice as JSON, for a program (its schema: `fixproof schema notice`).

use crate::model::Report;
use crate::report::format::{Format, FormatError, FormatOptions, Rendered};
use crate::report::notice::Notice;

/// The format.
pub(super) struct Generic;

impl Format for Generic {
    fn name(&self) -> &'static str {
        "notice"
    }

    fn summary(&self) -> &'static str {
        "the verdict, the causes and what is red, in a few kilobytes of JSON for `--notify` (its schema: `fixproof schema notice`)"
    }

    fn file_name(&self) -> &'static str {
        "notice.json"
    }

    fn is_message(&self) -> bool {
        true
    }

    fn render(&self, report: &Report, _: &FormatOptions) -> Result<Vec<Rendered>, FormatError> {
        let mut bytes = serde_json::to_vec(&Notice::of(report))?;
        bytes.push(b'\n');
        Ok(vec![Rendered { part: None, bytes }])
    }
}
