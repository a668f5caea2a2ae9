//! One line for one scenario.

use crate::model::{Outcome, Value, Verdict};
use crate::report::prose::{is_red, plural, reason, warnings};
use crate::report::sanitize::one_line;
use crate::report::style::{Paint, Style, painted};

/// The colour of a verdict.
pub(super) fn paint(verdict: Verdict) -> Paint {
    match verdict {
        Verdict::Passed => Paint::Green,
        Verdict::Skipped => Paint::Dim,
        Verdict::Inconclusive | Verdict::Blocked => Paint::Yellow,
        Verdict::Failed | Verdict::Errored => Paint::Red,
    }
}

/// One line: `passed        backend-health  1.2s`; a red one with its reason.
#[must_use]
pub fn scenario_line(outcome: &Outcome, style: Style) -> String {
    let word = painted(&format!("{:<12}", outcome.verdict.name()), paint(outcome.verdict), style.colour);
    let mut line = format!("{word}  {}", one_line(&outcome.scenario.id, 120));
    if outcome.started.is_some() {
        line.push_str("  ");
        line.push_str(&Value::Duration(outcome.took).to_string());
    }
    if outcome.scenario.critical && is_red(outcome.verdict) {
        line.push_str("  critical");
    }
    if let Some(reason) = reason(outcome) {
        line.push_str("  ");
        line.push_str(&reason);
    }
    let warnings = warnings(outcome).count();
    if warnings > 0 {
        line.push_str(&format!("  ({warnings} warning{})", plural(warnings)));
    }
    line
}
