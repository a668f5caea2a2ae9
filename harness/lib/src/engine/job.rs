//! One scenario made ready, and the pieces it is made of.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::judge::wanted_text;
use crate::model::{
    Aggregate, Capture, Code, Expectation, FactPath, FactSpec, Kind, Problem, Repetition, ScenarioCard,
    Setting, Settings, Sources, Step, WrittenExpectation,
};
use crate::probe::{Probe, ProbeKind, Surroundings};

use super::plan::kind_of;
use super::resolve::{Captures, Resolver};
use super::typing::{setting, setting_kind, wanted};

/// A scenario with nothing left to look up but what its own steps capture.
pub(super) struct Job {
    pub(super) card: Arc<ScenarioCard>,
    pub(super) steps: Vec<JobStep>,
    /// Expectations on all samples together, with the index of their step.
    pub(super) aggregates: Vec<(usize, Expectation)>,
    pub(super) repetition: Repetition,
    pub(super) alone: bool,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Job({})", self.card.id)
    }
}

/// One step made ready.
pub(super) struct JobStep {
    pub(super) name: Option<Arc<str>>,
    pub(super) kind: &'static dyn ProbeKind,
    pub(super) question: Question,
    pub(super) root: PathBuf,
    /// Expectations on plain facts.
    pub(super) expect: Vec<Expectation>,
    /// Do they hold captured values, so that they must be built anew?
    pub(super) late_expect: bool,
    /// For building them anew.
    pub(super) sources: Option<Arc<Sources>>,
    pub(super) captures: Vec<Capture>,
    pub(super) always: bool,
    pub(super) timeout: Duration,
}

/// What a step asks.
pub(super) enum Question {
    /// Ready now.
    Ready(Box<dyn Probe>),
    /// It uses what earlier steps capture, and is made ready each time. It has been tried with stand-ins.
    Late(Box<Step>),
}

/// Fills in a step's settings and makes its probe ready. Also returns what identifies the question.
pub(super) fn prepare(
    kind: &'static dyn ProbeKind,
    step: &Step,
    resolver: &Resolver,
    captures: Option<&Captures>,
    surroundings: &Surroundings<'_>,
) -> Result<(Box<dyn Probe>, String), Vec<Problem>> {
    let (mut settings, mut problems) = (Settings::default(), Vec::new());
    for (key, written) in &step.settings {
        let Some(spec) = step.probe.setting(&key.value) else { continue };
        let filled = match resolver.fill(written, captures) {
            Ok(filled) => filled,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        match setting(filled, spec.kind) {
            Ok(value) => settings.0.push((key.value.clone(), value)),
            Err(why) => problems.push(
                Problem::error(Code::BadSetting, written.span, format!("`{}`: {why}", key.value)).help(
                    format!(
                        "`{}` of `{}`: {}; it takes {}",
                        key.value,
                        step.probe.name,
                        spec.meaning,
                        setting_kind(spec.kind)
                    ),
                ),
            ),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let identity = format!(
        "{}?{}",
        step.probe.name,
        serde_json::Value::Object(settings.0.iter().map(|(k, v)| (k.clone(), Setting::to_json(v))).collect())
    );
    match kind.prepare(&settings, surroundings) {
        Ok(probe) => Ok((probe, identity)),
        Err(mistakes) => Err(mistakes
            .into_iter()
            .map(|mistake| {
                let span = mistake
                    .setting
                    .and_then(|name| step.settings.iter().find(|(key, _)| key.value == name))
                    .map_or(step.settings_span, |(_, written)| written.span);
                let problem = Problem::error(Code::BadSetting, span, mistake.message);
                match mistake.help {
                    Some(help) => problem.help(help),
                    None => problem,
                }
            })
            .collect()),
    }
}

/// What an expectation looks at, from its name.
pub(super) fn fact_path(name: &str, step: &Step) -> FactPath {
    match name {
        "samples.met" => return FactPath::SamplesMet,
        "settle.after" => return FactPath::SettleAfter,
        _ => {}
    }
    if let Some((fact, last)) = name.rsplit_once('.')
        && let Some(aggregate) = aggregate_named(last)
        && step.probe.fact(name).is_none_or(|spec| spec.name.ends_with('*'))
        && let Some(spec) = step.probe.fact(fact)
        && matches!(spec.kind, Kind::Number | Kind::Duration | Kind::Size | Kind::Share)
    {
        return FactPath::Aggregate(fact.into(), aggregate);
    }
    FactPath::Plain(name.into())
}

fn aggregate_named(name: &str) -> Option<Aggregate> {
    Some(match name {
        "min" => Aggregate::Min,
        "mean" => Aggregate::Mean,
        "p50" => Aggregate::Percentile(50),
        "p90" => Aggregate::Percentile(90),
        "p95" => Aggregate::Percentile(95),
        "p99" => Aggregate::Percentile(99),
        "max" => Aggregate::Max,
        _ => return None,
    })
}

/// The row of the fact an expectation looks at.
pub(super) fn fact_of(written: &WrittenExpectation, step: &Step) -> Option<&'static FactSpec> {
    match fact_path(&written.that.value, step) {
        FactPath::Plain(fact) => step.probe.fact(&fact),
        FactPath::Aggregate(..) | FactPath::SamplesMet | FactPath::SettleAfter => None,
    }
}

/// Fills in and types one expectation.
pub(super) fn build_expectation(
    written: &WrittenExpectation,
    step: &Step,
    resolver: &Resolver,
    captures: Option<&Captures>,
    sources: &Sources,
) -> Result<Expectation, Problem> {
    let that = fact_path(&written.that.value, step);
    let kind = kind_of(&that, step);
    let compared = if written.at.is_some() { Kind::Json } else { kind };
    let filled = resolver.fill(&written.wanted, captures)?;
    let secret = matches!(&filled, Setting::Text(text) if text.is_secret());
    let wanted = wanted(filled, written.operator.value, compared, written.at.is_some())
        .map_err(|why| Problem::error(Code::WrongUnit, written.wanted.span, why))?;
    let mut expectation = Expectation {
        that,
        at: written.at.as_ref().map(|at| at.value.clone()),
        operator: written.operator.value,
        wanted: wanted.values,
        pattern: wanted.pattern,
        negated: written.negated,
        severity: written.severity,
        confidence: written.confidence.as_ref().map(|c| c.value),
        kind: compared,
        text: "".into(),
        excerpt: Arc::new(sources.excerpt(written.span)),
    };
    let path = expectation.at.as_ref().map(|at| format!(" {at}")).unwrap_or_default();
    let confidence = expectation.confidence.map(|c| format!(" with {c} confidence")).unwrap_or_default();
    let shown = if secret {
        format!("{} [secret]", written.operator.value.name())
    } else {
        wanted_text(&expectation)
    };
    expectation.text = format!("{}{confidence}{path} {shown}", written.that.value).into();
    Ok(expectation)
}
