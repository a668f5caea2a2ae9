//! The report as JSON: one document, every fact in it, every text bounded.

use crate::model::Report;
use crate::report::bounded_json;
use crate::report::format::{Format, FormatError, FormatOptions, Rendered};

/// The format.
pub(super) struct Json;

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn summary(&self) -> &'static str {
        "everything that was seen, as one JSON document (its schema: `fixproof schema report`)"
    }

    fn file_name(&self) -> &'static str {
        "report.json"
    }

    fn render(&self, report: &Report, _: &FormatOptions) -> Result<Vec<Rendered>, FormatError> {
        Ok(vec![Rendered { part: None, bytes: bounded_json::write(report)? }])
    }
}
