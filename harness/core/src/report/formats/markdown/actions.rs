//! What is broken, who must act, and what to run next.

use std::fmt::Write;

use crate::model::{Attempt, Cause, Finding, FoldedCause, Layer, Outcome, Owner, Verdict};
use crate::report::prose::{SIMULATION_ENDED, plural, reason, run_command};

use super::escape::{NAME, SENTENCE, beginning, code, fence, inline, link, names};
use super::view::{CauseOwners, View, team};

/// The most causes, remedies and commands.
const CAUSES: usize = 10;
const REMEDIES: usize = 12;
const COMMANDS: usize = 3;

/// The causes, those with most effects first.
pub(super) fn causes(view: &View<'_>, of: &[&CauseOwners<'_>]) -> String {
    let mut out = String::new();
    for (nth, one) in of.iter().take(CAUSES).enumerate() {
        out.push_str(&format!("{}. {}", nth + 1, cause(view, one)));
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

fn cause(view: &View<'_>, of: &CauseOwners<'_>) -> String {
    let FoldedCause { component, cause, detail, seen_by, effects, dependents } = of.cause;
    let what = meaning(*cause);
    let at = view.address(component).map(|at| format!(" at {}", code(at, SENTENCE))).unwrap_or_default();
    let mut out = format!("**{}{at}: {what}**  \n", code(component, NAME));
    out.push_str(&format!("   Seen: {}  \n", code(detail, SENTENCE)));
    let owners: Vec<&str> = of.owners.iter().map(|owner| team(*owner)).collect();
    out.push_str(&format!("   By: {} ({})", names(seen_by, 10), owners.join(", ")));
    if cause.is_some_and(|cause| cause.layer() == Layer::Harness) {
        out.push_str("  \n   Harness problem: to be fixed by the operator, not by either team");
    }
    if !effects.is_empty() {
        let count = effects.len();
        out.push_str(&format!("  \n   {count} effect{}: {}", plural(count), names(effects, 8)));
    }
    if !dependents.is_empty() {
        out.push_str(&format!("  \n   Affected dependents: {}", names(dependents, 10)));
    }
    out.push('\n');
    out
}

fn meaning(cause: Option<Cause>) -> String {
    cause.map_or_else(
        || "The result is inconclusive.".to_owned(),
        |cause| format!("{} (`{cause}`)", cause.meaning()),
    )
}

/// One sentence: the root cause, how far it reaches, which team acts first.
pub(super) fn in_short(of: &[&CauseOwners<'_>]) -> String {
    let Some(first) = of.first() else { return String::new() };
    let FoldedCause { component, effects, dependents, .. } = first.cause;
    let teams: Vec<&str> = first.owners.iter().map(|owner| team(*owner)).collect();
    let reach = match (effects.len(), dependents.len()) {
        (0, _) => String::new(),
        (count, 0) => format!("; {count} other scenario{} because of it", fail(count)),
        (count, _) => {
            format!("; {count} other scenario{} because of it, in {} too", fail(count), names(dependents, 5))
        }
    };
    let others = match of.len() - 1 {
        0 => String::new(),
        1 => " 1 more cause.".to_owned(),
        more => format!(" {more} more causes."),
    };
    format!(
        "**Root cause:** {}{reach}. First to act: {}.{others}\n",
        code(component, NAME),
        teams.join(" and ")
    )
}

fn fail(count: usize) -> &'static str {
    if count == 1 { " fails" } else { "s fail" }
}

/// Each team: whether it acts or waits, and the remedies of its scenarios.
pub(super) fn teams(view: &View<'_>) -> String {
    let mut out = String::new();
    for owner in [Some(Owner::Infrastructure), Some(Owner::Application), None] {
        let own: Vec<&Outcome> = view.red().filter(|outcome| outcome.scenario.owner == owner).collect();
        let roots: Vec<&Outcome> = own.iter().copied().filter(|outcome| view.is_root(outcome)).collect();
        let count = counted(&own);
        match (own.len(), roots.len()) {
            (0, _) => {}
            (_, 0) => out.push_str(&format!(
                "- **{}: wait.** {count}, all caused by what the other team has to fix.\n",
                team(owner)
            )),
            (_, saw) => {
                let rest = own.len() - saw;
                let behind = match rest {
                    0 => String::new(),
                    _ => format!(" ({rest} of them only because something else failed)"),
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
    let counts: Vec<String> = Verdict::ALL
        .into_iter()
        .filter(|verdict| count(*verdict) > 0)
        .map(|verdict| format!("{} {}", count(verdict), verdict.name()))
        .collect();
    if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") }
}

pub(super) fn remedies(roots: &[&Outcome]) -> String {
    let mut out = String::new();
    for outcome in roots.iter().take(REMEDIES) {
        let card = &outcome.scenario;
        let critical = if card.critical { ", critical" } else { "" };
        let say = card.remedy.as_deref().map_or_else(
            || format!("no remedy given; {}", inline(&reason(outcome).unwrap_or_default(), SENTENCE)),
            |remedy| inline(remedy, 600),
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

/// Commands: the request by hand, the scenarios that saw the cause, then everything.
pub(super) fn commands(view: &View<'_>, of: &[&CauseOwners<'_>]) -> String {
    let saw: Vec<&Outcome> = of
        .iter()
        .filter_map(|one| one.cause.seen_by.first())
        .filter_map(|id| view.by_id.get(&**id).copied())
        .take(COMMANDS)
        .collect();
    let mut lines = Vec::new();
    for outcome in &saw {
        let asked = &outcome.scenario.reproduce;
        // Up to the step that failed: the steps after it were not run.
        let Some(far) = asked.get(..=failing(outcome).min(asked.len().saturating_sub(1))) else { continue };
        lines.push(format!("# reproduce by hand: {}", outcome.scenario.id));
        lines.push(beginning(&far.join("\n"), 12, 2000));
    }
    let ids: Vec<&str> = of.iter().flat_map(|one| &one.cause.seen_by).map(|id| &**id).take(12).collect();
    if !ids.is_empty() {
        lines.push("# after the fix: the scenarios that saw it, and what they need".to_owned());
        lines.push(run_command(&view.report.provenance, &ids));
    }
    lines.push("# then everything: only a full run signs anything off".to_owned());
    lines.push(run_command(&view.report.provenance, &[]));
    let mut out = fence(&lines.join("\n"), "sh");
    if view.report.provenance.simulated.is_some() {
        let rest = "`--profile` injects the same fault again. A simulation approves no real environment: name yours with `--target`.";
        // Writing to a text can't fail.
        let _ = writeln!(out, "\n{SIMULATION_ENDED} {rest}");
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
