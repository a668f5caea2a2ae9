//! The report for one team: only its red scenarios, how to reproduce each, and what success looks like.

use std::fmt::Write;

use crate::model::{Judgement, Outcome, Owner, Severity, Verdict};
use crate::report::prose;
use crate::report::prose::run_command;

use super::actions::{causes, commands, counted, remedies};
use super::coverage::provenance;
use super::escape::{NAME, SENTENCE, beginning, code, fence, inline, names};
use super::full::{fold, notices};
use super::scenario::details;
use super::size_budget::Document;
use super::view::{CauseOwners, View, moment, team};

/// The most names in one list.
const NAMES: usize = 30;
/// The most expectations of one scenario.
const EXPECTATIONS: usize = 12;

/// The document.
pub(super) fn document(view: &View<'_>, to: Owner) -> Document {
    let mut doc = Document::new();
    let is_theirs = |outcome: &&Outcome| outcome.scenario.owner.is_none_or(|owner| owner == to);
    let (own, others): (Vec<&Outcome>, Vec<&Outcome>) = view.red().partition(is_theirs);
    if own.is_empty() {
        doc.block(&nothing(view, to, &others));
        doc.block(&fold("Environment and provenance", &provenance(view)));
        return doc;
    }
    let (seen, waiting): (Vec<&Outcome>, Vec<&Outcome>) =
        own.iter().copied().partition(|outcome| outcome.verdict != Verdict::Blocked);
    let mine: Vec<&CauseOwners<'_>> = view
        .causes
        .iter()
        .filter(|one| one.owners.iter().any(|owner| owner.is_none_or(|owner| owner == to)))
        .collect();
    let (roots, effects) = halves(view, &seen);
    doc.block(&head(view, to, &own, &roots));
    if roots.is_empty() {
        doc.block(&elsewhere(view, &own));
    } else {
        doc.block(&broken(view, &mine));
        doc.block(&format!("## What to do\n\n{}", remedies(&roots)));
        doc.block(&format!("## Run next\n\n{}", commands(view, &mine)));
    }
    doc.block(&ruled_out(view, &seen));
    doc.block(&behind(view, &mine, &waiting));
    doc.block(&fold("Environment and provenance", &provenance(view)));
    if !seen.is_empty() {
        doc.block("## Each of them, with its evidence\n");
    }
    for outcome in roots.into_iter().chain(effects) {
        doc.scenario(&outcome.scenario.id, || whole(view, outcome));
    }
    doc
}

/// The scenarios that saw a cause, and those that fail because of one.
fn halves<'a>(view: &View<'a>, seen: &[&'a Outcome]) -> (Vec<&'a Outcome>, Vec<&'a Outcome>) {
    seen.iter().copied().partition(|outcome| view.is_root(outcome))
}

fn broken(view: &View<'_>, mine: &[&CauseOwners<'_>]) -> String {
    if mine.is_empty() { String::new() } else { format!("## What is broken\n\n{}", causes(view, mine)) }
}

fn head(view: &View<'_>, to: Owner, own: &[&Outcome], roots: &[&Outcome]) -> String {
    let from = &view.report.provenance;
    let word = prose::verdict_line(view.report).word;
    let what = match roots.len() {
        0 => format!("wait for {}", other(to).name()),
        1 => "one scenario to fix".to_owned(),
        many => format!("{many} scenarios to fix"),
    };
    let unowned = own.iter().any(|outcome| outcome.scenario.owner.is_none());
    let shared = if unowned { " (some have no owner: they are listed for both teams)" } else { "" };
    let answer = match roots.len() {
        0 => "No action needed yet.".to_owned(),
        _ => {
            format!("Reply to {} and to the sender of this document, with the run's name.", other(to).name())
        }
    };
    let mut out = format!("# Hand-off to {}: {what}\n\n{}", to.name(), notices(view));
    let _ = writeln!(
        out,
        "**{} of yours**{shared}. The run as a whole: {word}{}, {}.  ",
        counted(own),
        match view.report.decision.judgement {
            Judgement::Approved => "",
            Judgement::Rejected | Judgement::NothingJudged | Judgement::Interrupted => ": no signing off",
        },
        inline(&prose::pass_rate(view.report), SENTENCE)
    );
    let _ = writeln!(
        out,
        "Target {}, {}, run {}. {answer}",
        code(&from.target, NAME),
        moment(from.started),
        code(&from.run, NAME),
    );
    out
}

fn other(team: Owner) -> Owner {
    match team {
        Owner::Application => Owner::Infrastructure,
        Owner::Infrastructure => Owner::Application,
    }
}

/// Two lines where there is nothing to do.
fn nothing(view: &View<'_>, to: Owner, others: &[&Outcome]) -> String {
    let passed = view
        .report
        .outcomes
        .iter()
        .filter(|o| o.scenario.owner == Some(to) && o.verdict == Verdict::Passed)
        .count();
    let said = match passed {
        0 => "Nothing of yours is red, because nothing of yours was judged.".to_owned(),
        passed => format!("Nothing of yours is red: {passed} passed."),
    };
    let mut out = format!("# Hand-off to {}: nothing is red\n\n{}", to.name(), notices(view));
    let _ = writeln!(out, "{said}  ");
    let roots: Vec<String> = view.causes.iter().take(3).map(half_a_line).collect();
    match others.len() {
        0 => out.push_str("Nothing is red at the other team either.\n"),
        _ => {
            let _ = writeln!(
                out,
                "The other team, {}, has {}: {}.",
                other(to).name(),
                counted(others),
                roots.join("; ")
            );
        }
    }
    out
}

/// A cause in half a line.
fn half_a_line(of: &CauseOwners<'_>) -> String {
    let cause = of.cause;
    let what = cause.cause.map_or("Inconclusive", |cause| cause.meaning());
    let owners: Vec<&str> = of.owners.iter().map(|owner| team(*owner)).collect();
    format!("{}: {} ({})", code(&cause.component, NAME), what.trim_end_matches('.'), owners.join(", "))
}

/// What to wait for, where none of the causes is this team's.
fn elsewhere(view: &View<'_>, own: &[&Outcome]) -> String {
    let ids: Vec<&str> = own.iter().map(|outcome| &*outcome.scenario.id).collect();
    let theirs = |one: &&CauseOwners<'_>| {
        let cause = one.cause;
        cause.effects.iter().any(|id| ids.contains(&&**id))
    };
    let found: Vec<&CauseOwners<'_>> = view.causes.iter().filter(theirs).collect();
    format!(
        "## What it follows from\n\nYour scenarios are blocked by this, or failed because what they depend on was not usable. Wait for the fix, \
         then run again:\n\n{}\n{}",
        causes(view, &found),
        fence(&run_command(&view.report.provenance, &[]), "sh")
    )
}

/// What is green next to it.
fn ruled_out(view: &View<'_>, seen: &[&Outcome]) -> String {
    let mut near: Vec<&str> = seen.iter().map(|outcome| &*outcome.scenario.component).collect();
    near.sort_unstable();
    near.dedup();
    let below: Vec<&str> = view
        .report
        .components
        .iter()
        .filter(|row| near.contains(&&*row.component))
        .flat_map(|row| &row.depends_on)
        .map(|on| &**on)
        .collect();
    let mut out = String::from(
        "## What passed beside it\n\nThese passed in the same run, each only as far as its title says:\n\n",
    );
    let mut any = false;
    for row in &view.report.components {
        let here = |outcome: &&Outcome| {
            outcome.verdict == Verdict::Passed && outcome.scenario.component == row.component
        };
        let passed: Vec<&Outcome> = view.report.outcomes.iter().filter(here).collect();
        let close = near.contains(&&*row.component) || below.contains(&&*row.component);
        if passed.is_empty() {
            continue;
        }
        any = true;
        if close {
            for outcome in passed.iter().take(NAMES) {
                let card = &outcome.scenario;
                let _ = writeln!(
                    out,
                    "- {}: {}: {}",
                    code(&row.component, NAME),
                    code(&card.id, NAME),
                    inline(&card.title, SENTENCE)
                );
            }
        } else {
            let ids: Vec<&str> = passed.iter().map(|outcome| &*outcome.scenario.id).collect();
            let _ = writeln!(out, "- {}: {}", code(&row.component, NAME), names(&ids, NAMES));
        }
    }
    if any { out } else { "## What passed beside it\n\nNothing: nothing passed in this run.\n".to_owned() }
}

/// What depends on it: the team's own blocked scenarios, and those of the other team.
fn behind(view: &View<'_>, mine: &[&CauseOwners<'_>], waiting: &[&Outcome]) -> String {
    let mut out = String::from("## What waits behind it\n\n");
    let begin = out.len();
    for one in mine.iter().take(10) {
        let cause = one.cause;
        if cause.effects.is_empty() {
            continue;
        }
        let all: Vec<&Outcome> =
            cause.effects.iter().filter_map(|id| view.by_id.get(&**id).copied()).collect();
        let ids: Vec<&str> = all.iter().map(|outcome| &*outcome.scenario.id).collect();
        let _ = writeln!(
            out,
            "- behind {} at {}: {} ({}): {}",
            cause.cause.map_or_else(|| "what is inconclusive".to_owned(), |cause| format!("`{cause}`")),
            code(&cause.component, NAME),
            ids.len(),
            counted(&all),
            names(&ids, NAMES)
        );
    }
    if !waiting.is_empty() {
        let ids: Vec<&str> = waiting.iter().map(|outcome| &*outcome.scenario.id).collect();
        let _ = writeln!(
            out,
            "- your own scenarios, not run because something else failed: {}",
            names(&ids, NAMES)
        );
    }
    if out.len() == begin { String::new() } else { out }
}

/// One scenario: evidence, commands, and what success looks like.
fn whole(view: &View<'_>, outcome: &Outcome) -> String {
    let card = &outcome.scenario;
    let cause = outcome.cause().map(|cause| format!(" (`{cause}`)")).unwrap_or_default();
    let mut out = format!(
        "### {} {}{cause}\n\n{}\n\n{}\n",
        code(&card.id, NAME),
        outcome.verdict.name(),
        inline(&card.title, SENTENCE),
        details(view, outcome)
    );
    out.push_str("\n**What success looks like:** ");
    let mut wanted: Vec<String> = Vec::new();
    for finding in outcome.findings.iter().filter(|finding| finding.expectation.severity == Severity::Error) {
        let step = finding
            .expectation
            .step
            .as_ref()
            .map(|step| format!("{}: ", code(step, NAME)))
            .unwrap_or_default();
        let line = format!("- {step}{}", code(&finding.expectation.to_string(), SENTENCE));
        if !wanted.contains(&line) {
            wanted.push(line);
        }
    }
    match wanted.len() {
        0 => out.push_str(&format!(
            "every expectation of the scenario passes.\n\n{}",
            fence(&beginning(&card.text, 30, 2000), "toml")
        )),
        count => {
            let more = count.saturating_sub(EXPECTATIONS);
            wanted.truncate(EXPECTATIONS);
            if more > 0 {
                wanted.push(format!("- and {more} more, in `report.json`"));
            }
            out.push_str(&format!(
                "all of these pass, and everything else in {} that did not run yet.\n\n{}\n",
                code(&card.place.to_string(), SENTENCE),
                wanted.join("\n")
            ));
        }
    }
    if prose::is_red(outcome.verdict) {
        let _ =
            write!(out, "\nThen run:\n\n{}", fence(&run_command(&view.report.provenance, &[&card.id]), "sh"));
    }
    out
}
