//! A notice: the result of a run, short enough for a chat or a ticket, whatever the run's size.
//!
//! Every text in it is on one line, sanitized and bounded. The formats `notice` and `slack` write it.

use std::cmp::Reverse;

use serde::Serialize;

use crate::model::{FoldedCause, Judgement, Outcome, Report, Simulated, Tally};

use super::prose::{is_red, reason, rejections, signs_off, verdict_line};
use super::sanitize::short;

/// The version of the shape.
pub(super) const SCHEMA: &str = "fixproof-notice/1";
/// The most reasons, causes and red scenarios that are listed.
const NAMED: usize = 20;
/// The most characters of a sentence.
const DETAIL: usize = 300;
/// The most characters of a name.
const NAME: usize = 120;

/// What a run came to.
#[derive(Debug, Serialize)]
pub(super) struct Notice {
    pub(super) schema: &'static str,
    /// The word of the verdict, in lower case.
    pub(super) verdict: &'static str,
    /// The verdict in a sentence.
    pub(super) sentence: String,
    /// Approved by a full run against a real environment. The field to automate by.
    pub(super) signs_off: bool,
    /// Passed / judged, rounded down.
    pub(super) percentage: Option<String>,
    pub(super) threshold: String,
    pub(super) target: String,
    pub(super) suite: String,
    pub(super) run: String,
    pub(super) started: String,
    pub(super) took_seconds: f64,
    pub(super) host: String,
    pub(super) tool: String,
    pub(super) partial: bool,
    /// The run that was judged again, in a replay.
    pub(super) replay_of: Option<String>,
    pub(super) simulated: Option<Simulated>,
    pub(super) tally: Tally,
    /// Why the gate does not hold.
    pub(super) reasons: Vec<String>,
    pub(super) causes: Vec<Cause>,
    /// What is red, critical scenarios first.
    pub(super) red: Vec<Red>,
    pub(super) left_out: LeftOut,
}

/// One folded cause.
#[derive(Debug, Serialize)]
pub(super) struct Cause {
    pub(super) component: String,
    /// Layer and reason; absent where it is inconclusive.
    pub(super) cause: Option<String>,
    pub(super) detail: String,
    /// How many scenarios saw it.
    pub(super) seen_by: usize,
    /// How many are red because of it.
    pub(super) effects: usize,
}

/// One scenario that is judged and not green.
#[derive(Debug, Serialize)]
pub(super) struct Red {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) component: String,
    pub(super) verdict: &'static str,
    pub(super) cause: Option<String>,
    /// Why, in a sentence.
    pub(super) detail: String,
    pub(super) owner: Option<&'static str>,
    pub(super) critical: bool,
    /// What its author says to do.
    pub(super) remedy: Option<String>,
}

/// How many of each list are not in it.
#[derive(Debug, Serialize)]
pub(super) struct LeftOut {
    pub(super) reasons: usize,
    pub(super) causes: usize,
    pub(super) red: usize,
}

impl Notice {
    /// The notice of a report.
    pub(super) fn of(report: &Report) -> Notice {
        let (decision, provenance) = (&report.decision, &report.provenance);
        let mut red: Vec<&Outcome> = report.outcomes.iter().filter(|o| is_red(o.verdict)).collect();
        red.sort_by_key(|outcome| (Reverse(outcome.scenario.critical), Reverse(outcome.verdict)));
        let rejections = rejections(report);
        let left_out = LeftOut {
            reasons: rejections.len().saturating_sub(NAMED),
            causes: report.causes.len().saturating_sub(NAMED),
            red: red.len().saturating_sub(NAMED),
        };
        Notice {
            schema: SCHEMA,
            verdict: verdict(report),
            sentence: verdict_line(report).to_string(),
            signs_off: signs_off(report),
            percentage: decision.percentage.map(|share| share.to_string()),
            threshold: decision.gate.threshold.to_string(),
            target: short(&provenance.target, NAME),
            suite: short(&provenance.suite, NAME),
            run: short(&provenance.run, NAME),
            started: provenance.started.to_string(),
            took_seconds: provenance.took.as_secs_f64(),
            host: short(&provenance.host.name, NAME),
            tool: short(&provenance.tool, NAME),
            partial: decision.partial,
            replay_of: provenance.replay.as_ref().map(|replay| short(&replay.run, NAME)),
            simulated: provenance.simulated.as_ref().map(|simulated| Simulated {
                profile: short(&simulated.profile, NAME),
                speed: simulated.speed,
            }),
            tally: report.tally,
            reasons: rejections.iter().take(NAMED).map(|reason| short(reason, DETAIL)).collect(),
            causes: report.causes.iter().take(NAMED).map(Cause::of).collect(),
            red: red.into_iter().take(NAMED).map(Red::of).collect(),
            left_out,
        }
    }
}

impl Cause {
    fn of(folded: &FoldedCause) -> Cause {
        Cause {
            component: short(&folded.component, NAME),
            cause: folded.cause.map(|cause| cause.to_string()),
            detail: short(&folded.detail, DETAIL),
            seen_by: folded.seen_by.len(),
            effects: folded.effects.len(),
        }
    }
}

impl Red {
    fn of(outcome: &Outcome) -> Red {
        let card = &outcome.scenario;
        Red {
            id: short(&card.id, NAME),
            title: short(&card.title, NAME),
            component: short(&card.component, NAME),
            verdict: outcome.verdict.name(),
            cause: outcome.cause().map(|cause| cause.to_string()),
            detail: reason(outcome).map(|why| short(&why, DETAIL)).unwrap_or_default(),
            owner: card.owner.map(crate::model::Owner::name),
            critical: card.critical,
            remedy: card.remedy.as_ref().map(|remedy| short(remedy, DETAIL)),
        }
    }
}

fn verdict(report: &Report) -> &'static str {
    match report.decision.judgement {
        Judgement::Approved if report.provenance.replay.is_some() => "replayed",
        Judgement::Approved if report.decision.partial => "partial",
        Judgement::Approved => "approved",
        Judgement::Rejected => "rejected",
        Judgement::NothingJudged => "nothing-judged",
        Judgement::Interrupted => "interrupted",
    }
}
