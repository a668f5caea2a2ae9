//! The shape of the JSON report, by hand: what a reader may rely on.

use serde_json::{Value, json};

use crate::model::{Cause, Report, Verdict};

/// The JSON Schema (draft 2020-12) of a report.
#[must_use]
pub fn json_schema() -> Value {
    json!({})
}
