//! What is broken, who must act, and what to run next.

use std::fmt::Write;

use crate::model::{Attempt, Cause, Finding, FoldedCause, Layer, Outcome, Owner, Verdict};
use crate::report::prose::{GONE, plural, reason};

use super::escape::{NAME, SENTENCE, beginning, code, fence, link, names, prose};
use super::view::{CauseOwners, View, team};

/// How many causes, remedies and commands are told.
const CAUSES: usize = 10;
const REMEDIES: usize = 12;
const COMMANDS: usize = 3;

/// The causes, those with most effects first.
pub(super) fn causes(view: &View<'_>, of: &[&CauseOwners<'_>]) -> String {
    let mut out = String::new();
    for (nth, told) in of.iter().take(CAUSES).enumerate() {
        out.push_str(&format!("{}. {}", nth + 1, cause(view, told)));
    }
    let more = of.len().saturating_sub(CAUSES);
    if more > 0 {
        out.push_str(&format!(
            "\n{more} more cause{} with fewer effects are in the details below.\n",
            plural(more)
        ));
    }
    out
}

fn cause(view: &View<'_>, told: &CauseOwners<'_>) -> String {
    let FoldedCause { component, cause, detail, seen_by, effects, dependents } = told.cause;
    let what = meaning(*cause);
    let at = view.address(component).map(|at| format!(" at {}", code(at, SENTENCE))).unwrap_or_default();
    let mut out = format!("**{}{at}: {what}**  \n", code(component, NAME));
    out.push_str(&format!("   Seen: {}  \n", code(detail, SENTENCE)));
    let owners: Vec<&str> = told.owners.iter().map(|owner| team(*owner)).collect();
    out.push_str(&format!("   By: {} ({})", names(seen_by, 10), owners.join(", ")));
    if cause.is_some_and(|cause| cause.layer() == Layer::Harness) {
        out.push_str(
            "  \n   This is trouble of the harness's own: whoever runs it mends it, and neither team",
        );
    }
    if !effects.is_empty() {
        let count = effects.len();
        out.push_str(&format!("  \n   1 cause, {count} effect{}: {}", plural(count), names(effects, 8)));
    }
    if !dependents.is_empty() {
        out.push_str(&format!("  \n   Components that depend on it and suffer: {}", names(dependents, 10)));
    }
    out.push('\n');
    out
}

fn meaning(cause: Option<Cause>) -> String {
    cause.map_or_else(
        || "It can't be told whether it keeps its promise. (inconclusive)".to_owned(),
        |cause| format!("{} (`{cause}`)", cause.meaning()),
    )
}

/// The one sentence for whoever reads no further: where it begins, how far it reaches, whose turn it is.
pub(super) fn in_short(of: &[&CauseOwners<'_>]) -> String {
    let Some(first) = of.first() else { return String::new() };
    let FoldedCause { component, effects, dependents, .. } = first.cause;
    let teams: Vec<&str> = first.owners.iter().map(|owner| team(*owner)).collect();
    let reach = match (effects.len(), dependents.len()) {
        (0, _) => String::new(),
        (count, 0) => format!("; {count} more scenario{} red because of it", verb(count)),
        (count, _) => {
            format!(
                "; {count} more scenario{} red because of it, at {} too",
                verb(count),
                names(dependents, 5)
            )
        }
    };
    let others = match of.len() - 1 {
        0 => String::new(),
        1 => " There is one other cause.".to_owned(),
        more => format!(" There are {more} other causes."),
    };
    format!(
        "**In short:** it begins at {}{reach}. First to act: {}.{others}\n",
        code(component, NAME),
        teams.join(" and ")
    )
}

fn verb(count: usize) -> &'static str {
    if count == 1 { " is" } else { "s are" }
}

/// Team by team: whose turn it is, and what the suite's authors say to do.
pub(super) fn teams(view: &View<'_>) -> String {
    let mut out = String::new();
    for owner in [Some(Owner::Infrastructure), Some(Owner::Application), None] {
        let own: Vec<&Outcome> = view.red().filter(|outcome| outcome.scenario.owner == owner).collect();
        let roots: Vec<&Outcome> = own.iter().copied().filter(|outcome| view.is_root(outcome)).collect();
        let count = counted(&own);
        match (own.len(), roots.len()) {
            (0, _) => {}
            (_, 0) => out.push_str(&format!(
                "- **{}: wait.** {count}, and each of them follows from a cause that somebody else has to mend.\n",
                team(owner)
            )),
            (_, saw) => {
                let rest = own.len() - saw;
                let behind = match rest {
                    0 => String::new(),
                    _ => format!(" (of them {rest} only because something else is red)"),
                };
                out.push_str(&format!("- **{}: act.** {count}{behind}.\n", team(owner)));
                out.push_str(&remedies(&roots));
            }
        }
    }
    out
}

/// `2 failed, 28 blocked`
pub(super) fn counted(outcomes: &[&Outcome]) -> String {
    let count = |verdict: Verdict| outcomes.iter().filter(|outcome| outcome.verdict == verdict).count();
    let told: Vec<String> = Verdict::ALL
        .into_iter()
        .filter(|verdict| count(*verdict) > 0)
        .map(|verdict| format!("{} {}", count(verdict), verdict.name()))
        .collect();
    if told.is_empty() { "nothing".to_owned() } else { told.join(", ") }
}

pub(super) fn remedies(roots: &[&Outcome]) -> String {
    let mut out = String::new();
    for outcome in roots.iter().take(REMEDIES) {
        let card = &outcome.scenario;
        let critical = if card.critical { ", critical" } else { "" };
        let say = card.remedy.as_deref().map_or_else(
            || format!("no remedy is written; {}", prose(&reason(outcome).unwrap_or_default(), SENTENCE)),
            |remedy| prose(remedy, 600),
        );
        out.push_str(&format!("  - {}{critical}: {say}", code(&card.id, NAME)));
        out.extend(card.runbook.as_deref().map(|runbook| format!(" Runbook: {}", link(runbook))));
        out.push('\n');
    }
    let more = roots.len().saturating_sub(REMEDIES);
    if more > 0 {
        out.push_str(&format!("  - and {more} more, each with its remedy in the details below\n"));
    }
    out
}

/// Commands: the question by hand, the scenarios that saw it, then everything.
pub(super) fn commands(view: &View<'_>, of: &[&CauseOwners<'_>]) -> String {
    let saw: Vec<&Outcome> = of
        .iter()
        .filter_map(|told| told.cause.seen_by.first())
        .filter_map(|id| view.by_id.get(&**id).copied())
        .take(COMMANDS)
        .collect();
    let mut lines = Vec::new();
    for outcome in &saw {
        let asked = &outcome.scenario.reproduce;
        // As far as the step that is red: what comes after it was not asked.
        let Some(far) = asked.get(..=failing(outcome).min(asked.len().saturating_sub(1))) else { continue };
        lines.push(format!("# by hand, at once: {}", outcome.scenario.id));
        lines.push(beginning(&far.join("\n"), 12, 2000));
    }
    let ids: Vec<&str> = of.iter().flat_map(|told| &told.cause.seen_by).map(|id| &**id).take(12).collect();
    if !ids.is_empty() {
        lines.push("# after the fix: those who saw it, and what they need".to_owned());
        lines.push(run(view, &ids));
    }
    lines.push("# then everything: only a whole run signs anything off".to_owned());
    lines.push(run(view, &[]));
    let mut out = fence(&lines.join("\n"), "sh");
    if view.report.provenance.simulated.is_some() {
        let rest = "With `--profile` a run breaks it in the same way again. No simulation signs a real environment off: name yours with `--target`.";
        // Writing to a text can't fail.
        let _ = writeln!(out, "\n{GONE} {rest}");
    }
    out
}

/// Which of its steps went wrong, counted from 0.
fn failing(outcome: &Outcome) -> usize {
    let last = outcome.samples.iter().rfind(|sample| !sample.met);
    let broken = |attempt: &Attempt| {
        attempt.observation.obstacle.is_some() || attempt.findings.iter().any(Finding::breaks)
    };
    last.and_then(|sample| sample.attempts.iter().position(broken)).unwrap_or(usize::MAX)
}

/// `fixproof run ID --target NAME`, as it asks the same again.
pub(super) fn run(view: &View<'_>, ids: &[&str]) -> String {
    let provenance = &view.report.provenance;
    let mut words = vec!["fixproof".to_owned(), "run".to_owned()];
    words.extend(ids.iter().map(|id| word(id)));
    words.extend(["--target".to_owned(), word(&provenance.target)]);
    if let Some(simulated) = &provenance.simulated {
        words.extend(["--profile".to_owned(), word(&simulated.profile)]);
    }
    if provenance.suite != "scenarios" {
        words.extend(["--scenarios".to_owned(), word(&provenance.suite)]);
    }
    words.join(" ")
}

/// One word of any shell.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    let line: String = text.chars().take(200).map(|c| if c.is_control() { '?' } else { c }).collect();
    if !line.is_empty() && line.chars().all(plain) {
        line
    } else {
        format!("'{}'", line.replace('\'', "'\\''"))
    }
}
