//! The report as Markdown, for a ticket or a pull request: what is broken, who must act, what to run next; below it what
//! is proven and what is not, and every red scenario with its evidence. For one team alone it is a hand-off document.
//!
//! GitHub takes 65,536 characters for a comment. A larger report is written as far as it fits, says what was left out, and
//! where that is.

mod actions;
mod coverage;
mod escape;
mod full;
mod handoff;
mod scenario;
mod size_budget;
mod view;

use size_budget::LIMIT;
use view::View;

use crate::model::Report;
use crate::report::format::{Format, FormatError, FormatOptions, Rendered};

/// The format.
pub(super) struct Markdown;

/// How every one of them ends.
const END: &str = "End of the report.\n";

impl Format for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn summary(&self) -> &'static str {
        "Markdown for a ticket or a pull request; --handoff TEAM makes it that team's hand-off document"
    }

    fn file_name(&self) -> &'static str {
        "report.md"
    }

    fn render(&self, report: &Report, options: &FormatOptions) -> Result<Vec<Rendered>, FormatError> {
        let view = View::of(report);
        let said = match options.handoff {
            Some(team) => handoff::document(&view, team),
            None => full::document(&view),
        };
        let said = said.finish(END);
        if said.len() > LIMIT {
            return Err(FormatError::TooLarge { bytes: said.len(), limit: LIMIT });
        }
        Ok(vec![Rendered { part: None, bytes: said.into_bytes() }])
    }
}
