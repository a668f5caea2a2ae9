//! The facts of expectations and captures, checked against the probe's table.

use std::sync::Arc;

use crate::model::{Aggregate, At, Code, FactPath, Kind, ProbeSpec, Problem};

use super::reader::{Reader, Table};
use super::suggest;

/// How often a scenario observes, as far as it matters for its facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeats {
    /// Once.
    Once,
    /// `sample` or `burst`.
    Often,
    /// `settle`.
    UntilItHolds,
}

impl Repeats {
    /// As the keys of a scenario say, valid or not.
    pub(super) fn by(scenario: &Table<'_>) -> Repeats {
        if scenario.has("sample") || scenario.has("burst") {
            Repeats::Often
        } else if scenario.has("settle") {
            Repeats::UntilItHolds
        } else {
            Repeats::Once
        }
    }
}

/// The fact that `that` names, and its kind; `None` where the probe has no such fact.
#[must_use]
pub fn fact_path(probe: &ProbeSpec, that: &str) -> Option<(FactPath, Kind)> {
    match that {
        "samples.met" => return Some((FactPath::SamplesMet, Kind::Share)),
        "settle.after" => return Some((FactPath::SettleAfter, Kind::Duration)),
        _ => {}
    }
    // Before the plain facts: a family such as `time.*` covers `time.connect.p95` too.
    if let Some((base, aggregate)) = aggregate_of(that)
        && let Some(fact) = probe.fact(base)
        && is_measure(fact.kind)
    {
        return Some((FactPath::Aggregate(Arc::from(base), aggregate), fact.kind));
    }
    let fact = probe.fact(that)?;
    Some((FactPath::Plain(Arc::from(that)), fact.kind))
}

fn aggregate_of(that: &str) -> Option<(&str, Aggregate)> {
    let (base, word) = that.rsplit_once('.')?;
    Aggregate::named(word).map(|aggregate| (base, aggregate))
}

fn is_measure(kind: Kind) -> bool {
    match kind {
        Kind::Number | Kind::Duration | Kind::Size | Kind::Share => true,
        Kind::Null | Kind::Flag | Kind::Text | Kind::Json => false,
    }
}

/// Looks up the fact of an expectation; reports an unknown one, and one that this scenario does not have.
pub(super) fn expected(
    reader: &mut Reader<'_>,
    probe: &ProbeSpec,
    that: &At<String>,
    repeats: Repeats,
) -> Option<(FactPath, Kind)> {
    let wrong =
        |message: String, label: &str| Problem::error(Code::UnknownFact, that.span, message).label(label);
    let name = &that.value;
    let Some(found) = fact_path(probe, name) else {
        reader.problems.push(unknown(probe, that));
        return None;
    };
    let problem = match (&found.0, repeats) {
        (FactPath::Plain(_), _)
        | (FactPath::Aggregate(..) | FactPath::SamplesMet, Repeats::Often)
        | (FactPath::SettleAfter, Repeats::UntilItHolds) => return Some(found),
        (FactPath::Aggregate(base, _), _) => {
            wrong(format!("`{name}` requires samples"), "the scenario has no `sample` or `burst`")
                .help(format!("add `sample = {{ count = 20, every = \"500ms\" }}`, or use `{base}`"))
        }
        (FactPath::SamplesMet, _) => {
            wrong(format!("`{name}` requires samples"), "the scenario has no `sample` or `burst`")
                .help("add `sample = { count = 20, every = \"500ms\" }`")
        }
        (FactPath::SettleAfter, _) => {
            wrong(format!("`{name}` requires `settle`"), "the scenario has no `settle`")
                .help("add `settle = { within = \"2m\", every = \"2s\", hold = \"20s\" }`")
        }
    };
    reader.problems.push(problem);
    None
}

/// Looks up the fact of a capture: one of the observation itself.
pub(super) fn captured(reader: &mut Reader<'_>, probe: &ProbeSpec, that: &At<String>) -> Option<Kind> {
    match fact_path(probe, &that.value) {
        Some((FactPath::Plain(_), kind)) => Some(kind),
        Some(_) => {
            let message = format!("`{}` can't be captured", that.value);
            let problem = Problem::error(Code::UnknownFact, that.span, message);
            reader.problems.push(problem.label("a fact of all samples together"));
            None
        }
        None => {
            reader.problems.push(unknown(probe, that));
            None
        }
    }
}

fn unknown(probe: &ProbeSpec, that: &At<String>) -> Problem {
    let name = that.value.as_str();
    if let Some((base, _)) = aggregate_of(name)
        && let Some(fact) = probe.fact(base)
    {
        let message = format!("`{base}` has no `{}`", &name[base.len() + 1..]);
        return Problem::error(Code::UnknownFact, that.span, message).label(format!(
            "`{base}` is {}; only numbers, durations, sizes and shares have aggregates",
            fact.kind.described()
        ));
    }
    let problem =
        Problem::error(Code::UnknownFact, that.span, format!("probe `{}` has no fact `{name}`", probe.name))
            .label(format!("facts: {}", fact_names(probe)));
    Problem {
        help: suggest::did_you_mean(name, candidates(probe, name).iter().map(String::as_str)),
        ..problem
    }
}

/// The probe's facts in one line; several with the same beginning as `time.*`.
fn fact_names(probe: &ProbeSpec) -> String {
    let family = |name: &'static str| name.split_once('.').map(|(family, _)| family);
    let mut shown: Vec<String> = Vec::new();
    for fact in probe.facts() {
        let related = |name: &'static str| family(fact.name).is_some() && family(name) == family(fact.name);
        let alone = probe.facts().filter(|other| related(other.name)).count() < 2;
        let name = match family(fact.name) {
            Some(family) if !alone => format!("{family}.*"),
            _ => fact.name.to_owned(),
        };
        if !shown.contains(&name) {
            shown.push(name);
        }
    }
    suggest::listed(shown.iter().map(String::as_str))
}

/// The names to suggest from: every fact, each with the written aggregate, and a family's member by its own name.
fn candidates(probe: &ProbeSpec, written: &str) -> Vec<String> {
    let member = written.split_once('.').map(|(_, member)| member);
    let group = member.map(|member| member.split_once('.').map_or(member, |(group, _)| group));
    let aggregate = aggregate_of(written).map(|(base, _)| &written[base.len()..]);
    let mut all = vec!["samples.met".to_owned(), "settle.after".to_owned()];
    for fact in probe.facts() {
        match (fact.name.split_once('*'), member, group) {
            (Some((family, "")), Some(member), _) => all.push(format!("{family}{member}")),
            (Some((family, after)), _, Some(group)) => all.push(format!("{family}{group}{after}")),
            (Some(_), _, _) => {}
            (None, _, _) => all.push(fact.name.to_owned()),
        }
        if let Some(aggregate) = aggregate.filter(|_| is_measure(fact.kind) && !fact.name.contains('*')) {
            all.push(format!("{}{aggregate}", fact.name));
        }
    }
    all
}
