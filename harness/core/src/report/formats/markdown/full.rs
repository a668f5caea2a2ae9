//! The report for all teams: the verdict first, then what is broken, who must act and what to run next.

use crate::model::Verdict;
use crate::report::prose;

use super::actions::{causes, commands, in_short, teams};
use super::coverage::{components, passed, provenance, unproven};
use super::escape::{SENTENCE, code, inline};
use super::scenario::folded;
use super::size_budget::Document;
use super::view::{CauseOwners, View, moment};

/// The most reasons against the fix that are listed.
const REASONS: usize = 12;

/// The document.
pub(super) fn document(view: &View<'_>) -> Document {
    let mut doc = Document::new();
    doc.block(&head(view));
    let all: Vec<&CauseOwners<'_>> = view.causes.iter().collect();
    let red = view.red().next().is_some();
    if red {
        doc.block(&in_short(&all));
        doc.block(&format!("## What is broken\n\n{}", causes(view, &all)));
        doc.block(&format!("## Who must act\n\n{}", teams(view)));
        doc.block(&format!("## Run next\n\n{}", commands(view, &all)));
    }
    doc.block(&format!("## What is proven, and what is not\n\n{}", components(view)));
    doc.block(&unproven(view));
    doc.block(&fold("What passed, by name", &passed(view)));
    if red {
        doc.block(&reasons(view));
    }
    doc.block(&fold("Environment and provenance", &provenance(view)));
    if red {
        doc.block("## Red scenarios in full\n");
    }
    // What saw a cause itself comes before what only follows from it.
    let (asked, blocked): (Vec<_>, Vec<_>) = view.red().partition(|o| o.verdict != Verdict::Blocked);
    let (roots, effects): (Vec<_>, Vec<_>) = asked.into_iter().partition(|o| view.is_root(o));
    for outcome in roots.into_iter().chain(effects).chain(blocked) {
        doc.scenario(&outcome.scenario.id, || folded(view, outcome));
    }
    doc
}

/// The word, the numbers, and what must not be overlooked.
pub(super) fn head(view: &View<'_>) -> String {
    let report = view.report;
    let mut out = format!("# {}\n\n", prose::verdict_line(report));
    out.push_str(&notices(view));
    out.push_str(&format!("**{}**  \n", inline(&prose::pass_rate(report), SENTENCE)));
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
        [prose::simulated_notice(report), prose::replay_notice(report)].into_iter().flatten().collect();
    if report.decision.partial {
        all.push("partial: not every scenario ran, so nothing is signed off".to_owned());
    }
    all.iter().map(|notice| format!("> **Note:** {}\n\n", inline(notice, 2 * SENTENCE))).collect()
}

/// Why the gate does not hold.
fn reasons(view: &View<'_>) -> String {
    let rejections = prose::rejections(view.report);
    if rejections.is_empty() {
        return String::new();
    }
    let mut out = String::new();
    for rejection in rejections.iter().take(REASONS) {
        out.push_str(&format!("- {}\n", inline(rejection, SENTENCE)));
    }
    let more = rejections.len().saturating_sub(REASONS);
    if more > 0 {
        out.push_str(&format!("- and {more} more\n"));
    }
    fold("Why the gate does not hold, reason by reason", &out)
}

/// A part that is folded when the page opens. Its headline is our own.
pub(super) fn fold(headline: &str, text: &str) -> String {
    format!("<details>\n<summary>{headline}</summary>\n\n{text}\n</details>\n")
}
