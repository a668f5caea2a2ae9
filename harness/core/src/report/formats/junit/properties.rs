//! Properties: what no attribute of a suite or of a case can say.

use std::borrow::Cow;

use crate::model::{Outcome, Report, Value};
use crate::report::format::Noncritical;
use crate::report::prose;
use crate::report::prose::SENTENCE;
use crate::report::sanitize::one_line;

use super::suites::Case;

/// Names and values, in the order they are written.
pub(super) type Properties = Vec<(Cow<'static, str>, String)>;

/// What every suite of a report says: where it comes from, how it was judged, and what to make of it.
pub(super) fn of_suite(report: &Report, way: Noncritical) -> Properties {
    let provenance = &report.provenance;
    let mut properties: Properties = vec![
        ("tool".into(), provenance.tool.clone()),
        ("run".into(), provenance.run.clone()),
        ("target".into(), provenance.target.clone()),
        ("suite".into(), provenance.suite.clone()),
        ("suite-hash".into(), provenance.suite_hash.clone()),
        ("target-hash".into(), provenance.target_hash.clone()),
        ("started".into(), provenance.started.to_string()),
        ("gate".into(), prose::verdict_line(report).to_string()),
        ("junit-noncritical".into(), way.name().to_owned()),
        ("self-check".into(), prose::host_property(&provenance.self_check)),
    ];
    properties.push(("proof".into(), prose::proof_mention(provenance)));
    let notices = [("simulated", prose::simulated_notice(report)), ("replay", prose::replay_notice(report))];
    properties.extend(notices.into_iter().filter_map(|(name, text)| Some((name.into(), text?))));
    if report.decision.partial {
        let left_out =
            |n: &crate::model::Narrowing| format!("{} left out {}", one_line(&n.by, 200), n.left_out);
        let all: Vec<String> = provenance.narrowing.iter().map(left_out).collect();
        properties.push(("partial".into(), all.join("; ")));
    }
    properties
}

/// What a suite says of a case that is red and not written as such: its schema may know no properties of cases.
pub(super) fn of_set_aside(case: &Case<'_>) -> Option<(Cow<'static, str>, String)> {
    let outcome = case.outcome.filter(|_| case.is_set_aside)?;
    let reason = prose::reason(outcome).unwrap_or_default();
    Some((format!("noncritical.{}", case.name).into(), format!("{}: {reason}", outcome.verdict.name())))
}

/// What a case says of its scenario.
pub(super) fn of_case(case: &Case<'_>, outcome: &Outcome) -> Properties {
    let card = &outcome.scenario;
    let mut properties: Properties = vec![
        ("verdict".into(), outcome.verdict.name().to_owned()),
        ("title".into(), card.title.clone()),
        ("critical".into(), card.critical.to_string()),
        ("probes".into(), card.probes.join(", ")),
    ];
    if case.is_set_aside {
        properties.push(("noncritical".into(), outcome.verdict.name().to_owned()));
    }
    properties.extend(asked(case, outcome));
    let cause = outcome.cause().map(|cause| ("cause".into(), cause.to_string()));
    let owner = card.owner.map(|owner| ("owner".into(), owner.name().to_owned()));
    let said = [("source", &card.source), ("remedy", &card.remedy), ("runbook", &card.runbook)];
    properties.extend(cause.into_iter().chain(owner));
    properties.extend(said.into_iter().filter_map(|(name, text)| Some((name.into(), text.clone()?))));
    if !card.tags.is_empty() {
        properties.push(("tags".into(), card.tags.join(", ")));
    }
    let place = one_line(&card.place.to_string(), SENTENCE);
    properties.push(("scenario".into(), place));
    properties
}

/// How many samples were taken, and how many were met.
fn asked(case: &Case<'_>, outcome: &Outcome) -> Properties {
    let taken = outcome.samples.len();
    let mut properties: Properties = vec![("samples".into(), taken.to_string())];
    if taken > 1 {
        let met = outcome.samples.iter().filter(|sample| sample.met).count();
        properties.push(("samples.met".into(), met.to_string()));
    }
    let planned = outcome.planned_samples.filter(|planned| *planned > 1);
    properties.extend(planned.map(|planned| ("samples.planned".into(), planned.to_string())));
    let settled = outcome.settled_after;
    properties.extend(settled.map(|after| ("settle.after".into(), Value::Duration(after).to_string())));
    if case.reruns.left_out > 0 {
        properties.push(("unmet-left-out".into(), case.reruns.left_out.to_string()));
    }
    let warnings = prose::warnings(outcome).count();
    if warnings > 0 {
        properties.push(("warnings".into(), warnings.to_string()));
    }
    properties
}
