//! Expectations and the redactor, through the library's public interface.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod expectation;
mod redaction;
mod truncated;

use std::sync::Arc;

use fixproof_core::model::{Excerpt, ExpectationCard, FactPath, Operator, Place, Severity};

/// What a report says of an expectation; no test looks at it.
fn unnamed() -> Arc<ExpectationCard> {
    let place = Place { file: "x.toml".into(), line: 1, column: 1 };
    Arc::new(ExpectationCard {
        step: None,
        fact: FactPath::SamplesMet,
        at: None,
        operator: Operator::ALL[0],
        not: false,
        wanted: Vec::new(),
        confidence: None,
        severity: Severity::Error,
        excerpt: Excerpt { place, text: String::new(), mark: (0, 0) },
    })
}
