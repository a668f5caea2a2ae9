//! What is proven and what is not, component by component; and where, when and with what it was found out.

use std::fmt::Write;

use crate::model::{ComponentTally, Outcome, Verdict};
use crate::report::prose;
use crate::report::prose::{plural, reason, warnings};

use super::escape::{NAME, SENTENCE, cell, code, inline, names};
use super::view::{View, moment};

/// How many rows a list has.
const ROWS: usize = 30;

/// A row a component.
pub(super) fn components(view: &View<'_>) -> String {
    let rows = &view.report.components;
    let used: Vec<Verdict> =
        Verdict::ALL.into_iter().filter(|verdict| view.report.tally.of(*verdict) > 0).collect();
    let heads: Vec<&str> = used.iter().map(|verdict| verdict.name()).collect();
    let mut out = format!("| component | {} | address | depends on |\n", heads.join(" | "));
    out.push_str(&format!("|---|{}---|---|\n", "--:|".repeat(used.len())));
    for row in rows.iter().take(ROWS) {
        let ComponentTally { component, depends_on, address, tally } = row;
        let counts: Vec<String> = used.iter().map(|verdict| tally.of(*verdict).to_string()).collect();
        let on: Vec<String> = depends_on.iter().take(8).map(|name| cell(name, NAME)).collect();
        let at = address.as_deref().map(|at| cell(at, SENTENCE)).unwrap_or_default();
        let _ = writeln!(
            out,
            "| {} | {} | {at} | {} |",
            cell(component, NAME),
            counts.join(" | "),
            on.join(", ")
        );
    }
    let more = rows.len().saturating_sub(ROWS);
    if more > 0 {
        let _ = writeln!(out, "\nand {more} more component{}", plural(more));
    }
    out
}

/// What was not judged, what is inconclusive, and what only warns.
pub(super) fn unproven(view: &View<'_>) -> String {
    let of = |verdict: Verdict| -> Vec<&Outcome> {
        view.report.outcomes.iter().filter(|outcome| outcome.verdict == verdict).collect()
    };
    let mut out = String::new();
    for narrowing in view.report.provenance.narrowing.iter().take(ROWS) {
        let _ =
            writeln!(out, "- **partial**: {} left out {}", code(&narrowing.by, SENTENCE), narrowing.left_out);
    }
    for verdict in [Verdict::Inconclusive, Verdict::Skipped] {
        let all = of(verdict);
        for outcome in all.iter().take(ROWS) {
            let why = reason(outcome).unwrap_or_default();
            let _ = writeln!(
                out,
                "- **{}**: {}: {}",
                verdict.name(),
                code(&outcome.scenario.id, NAME),
                inline(&why, SENTENCE)
            );
        }
        more(all.len(), verdict.name(), &mut out);
    }
    let blocked = of(Verdict::Blocked);
    if !blocked.is_empty() {
        let ids: Vec<&str> = blocked.iter().map(|outcome| &*outcome.scenario.id).collect();
        let _ = writeln!(out, "- **not run** ({} blocked): {}", ids.len(), names(&ids, ROWS));
    }
    let warned: Vec<_> = view.report.outcomes.iter().flat_map(|o| warnings(o).map(move |w| (o, w))).collect();
    for (outcome, finding) in warned.iter().take(ROWS) {
        let _ = writeln!(
            out,
            "- **warning**: {}: {}; seen: {}",
            code(&outcome.scenario.id, NAME),
            code(&finding.expectation.to_string(), SENTENCE),
            code(&finding.seen_text(), SENTENCE)
        );
    }
    more(warned.len(), "warnings", &mut out);
    out
}

fn more(count: usize, of: &str, out: &mut String) {
    let more = count.saturating_sub(ROWS);
    if more > 0 {
        let _ = writeln!(out, "- and {more} more {of}");
    }
}

/// What passed, by name.
pub(super) fn passed(view: &View<'_>) -> String {
    let mut out = String::new();
    for row in view.report.components.iter().take(ROWS) {
        let here = |outcome: &&Outcome| {
            outcome.verdict == Verdict::Passed && outcome.scenario.component == row.component
        };
        let ids: Vec<&str> = view.report.outcomes.iter().filter(here).map(|o| &*o.scenario.id).collect();
        if !ids.is_empty() {
            let _ = writeln!(out, "- {}: {}", code(&row.component, NAME), names(&ids, ROWS));
        }
    }
    if out.is_empty() { "Nothing passed.\n".to_owned() } else { out }
}

/// Where, when and with what.
pub(super) fn provenance(view: &View<'_>) -> String {
    let from = &view.report.provenance;
    let mut out = String::new();
    let mut say = |name: &str, text: String| {
        let _ = writeln!(out, "- {name}: {text}");
    };
    say("target", code(&from.target, NAME));
    let wall = crate::model::Value::Duration(from.wall);
    let took = match &from.simulated {
        Some(_) => {
            format!("{} on the simulated clock, {wall} on the wall", crate::model::Value::Duration(from.took))
        }
        None => wall.to_string(),
    };
    say("run", format!("{}, started {}, took {took}", code(&from.run, NAME), moment(from.started)));
    say("suite", format!("{} (SHA-256 {})", code(&from.suite, SENTENCE), code(&from.suite_hash, NAME)));
    let (name, system) = (code(&from.host.name, NAME), code(&from.host.system, NAME));
    say(
        "made by",
        format!("{} on {name}, {system}, {} processors", code(&from.tool, NAME), from.host.processors),
    );
    say("self-check", inline(&prose::host_numbers(&from.self_check), 2 * SENTENCE));
    for line in prose::host_warnings(&from.self_check).iter().take(ROWS) {
        say("self-check warning", inline(line, 2 * SENTENCE));
    }
    say("proof", inline(&prose::proof_mention(from), SENTENCE));
    for note in from.notes.iter().take(8) {
        say("note", inline(note, SENTENCE));
    }
    out
}
