//! The report for everybody: the word first, then what is broken, who must act and what to run next.

use crate::model::{Rejection, Verdict};
use crate::report::prose;

use super::actions::{causes, commands, in_short, teams};
use super::coverage::{components, passed, provenance, unproven};
use super::escape::{SENTENCE, code, prose};
use super::scenario::folded;
use super::size_budget::Document;
use super::view::{CauseOwners, View, moment};

/// How many reasons against the fix are told one by one.
const REASONS: usize = 12;

/// The document.
pub(super) fn document(view: &View<'_>) -> Document {
    let mut sheet = Document::new();
    sheet.block(&head(view));
    let told: Vec<&CauseOwners<'_>> = view.causes.iter().collect();
    let red = view.red().next().is_some();
    if red {
        sheet.block(&in_short(&told));
        sheet.block(&format!("## What is broken\n\n{}", causes(view, &told)));
        sheet.block(&format!("## Who must act\n\n{}", teams(view)));
        sheet.block(&format!("## Run next\n\n{}", commands(view, &told)));
    }
    sheet.block(&format!("## What is proven, and what is not\n\n{}", components(view)));
    sheet.block(&unproven(view));
    sheet.block(&fold("What passed, by name", &passed(view)));
    if red {
        sheet.block(&reasons(view));
    }
    sheet.block(&fold("Environment and provenance", &provenance(view)));
    if red {
        sheet.block("## Red scenarios in full\n");
    }
    // What saw something itself tells more than what was never asked.
    let (asked, blocked): (Vec<_>, Vec<_>) = view.red().partition(|o| o.verdict != Verdict::Blocked);
    let (roots, effects): (Vec<_>, Vec<_>) = asked.into_iter().partition(|o| view.is_root(o));
    for outcome in roots.into_iter().chain(effects).chain(blocked) {
        sheet.scenario(&outcome.scenario.id, || folded(view, outcome));
    }
    sheet
}

/// The word, the numbers, and what must not be overlooked.
pub(super) fn head(view: &View<'_>) -> String {
    let report = view.report;
    let (word, rest, _) = prose::word(report);
    let mut out = format!("# {word}{rest}\n\n");
    out.push_str(&notices(view));
    out.push_str(&format!("**{}**  \n", prose(&prose::numbers(report), SENTENCE)));
    let from = &report.provenance;
    out.push_str(&format!(
        "{}. Target {}, {}, run {}.\n",
        prose::tally(&report.tally),
        code(&from.target, 80),
        moment(from.started),
        code(&from.run, 80)
    ));
    out
}

/// That it is simulated, replayed, partial.
pub(super) fn notices(view: &View<'_>) -> String {
    let report = view.report;
    let mut all: Vec<String> =
        [prose::simulated(report), prose::replayed(report)].into_iter().flatten().collect();
    if report.decision.partial {
        all.push("partial: not every scenario was asked, so nothing is signed off".to_owned());
    }
    all.iter().map(|notice| format!("> **Note:** {}\n\n", prose(notice, 2 * SENTENCE))).collect()
}

/// Why the gate does not hold.
fn reasons(view: &View<'_>) -> String {
    let rejections = &view.report.decision.rejections;
    if rejections.is_empty() {
        return String::new();
    }
    let mut out = String::new();
    for rejection in rejections.iter().take(REASONS) {
        out.push_str(&format!("- {}\n", prose(&prose::rejected(rejection), SENTENCE)));
    }
    let more = rejections.len().saturating_sub(REASONS);
    if more > 0 {
        let critical = |rejection: &&Rejection| matches!(rejection, Rejection::Critical { .. });
        let rest = rejections.iter().skip(REASONS).filter(critical).count();
        out.push_str(&format!(
            "- and {more} more, of which {rest} are critical scenarios that are not passed\n"
        ));
    }
    fold("Why the gate does not hold, reason by reason", &out)
}

/// A part that is unfolded by who wants it. Its headline is our own.
pub(super) fn fold(headline: &str, text: &str) -> String {
    format!("<details>\n<summary>{headline}</summary>\n\n{text}\n</details>\n")
}
