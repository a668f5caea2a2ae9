//! One scenario made ready, and the pieces it is made of.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::judge::{Overall, wanted_text};
use crate::load;
use crate::model::{
    Capture, Code, Expectation, FactPath, FactSpec, Kind, Problem, Repetition, ScenarioCard, Setting,
    SettingKind, SettingSpec, Settings, Sources, Span, Step, Text, Written, WrittenExpectation,
};
use crate::probe::{PrepareContext, Probe, ProbeKind};

use super::coerce::{Wanted, setting, setting_kind, wanted};
use super::run_variables::as_compared;
use super::variables::{Captures, Resolver};

/// A scenario with nothing left to look up but what its own steps capture.
pub(crate) struct Job {
    pub(crate) card: Arc<ScenarioCard>,
    pub(crate) steps: Vec<JobStep>,
    /// Expectations on all samples together.
    pub(crate) overall: Vec<Overall>,
    pub(crate) repetition: Repetition,
    pub(crate) alone: bool,
}

impl Job {
    /// Has it steps that are asked whatever happens?
    pub(crate) fn cleans_up(&self) -> bool {
        self.steps.iter().any(|step| step.always)
    }
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Job({})", self.card.id)
    }
}

/// One step made ready.
pub(crate) struct JobStep {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) kind: &'static dyn ProbeKind,
    pub(crate) probe: StepProbe,
    pub(crate) root: PathBuf,
    /// Expectations on plain facts.
    pub(crate) expect: Vec<Expectation>,
    /// Do they hold captured values, so that they must be built anew?
    pub(crate) late_expect: bool,
    /// For building them anew.
    pub(crate) sources: Option<Arc<Sources>>,
    pub(crate) captures: Vec<Capture>,
    pub(crate) always: bool,
    pub(crate) timeout: Duration,
}

/// What a step asks.
pub(crate) enum StepProbe {
    /// Ready now.
    Ready(Box<dyn Probe>),
    /// It uses what earlier steps capture, and is made ready each time. It has been tried with stand-ins.
    PerSample(Box<Step>),
}

/// Fills in a step's settings and makes its probe ready. Also returns the settings, which identify the question.
pub(crate) fn prepare(
    kind: &'static dyn ProbeKind,
    step: &Step,
    resolver: &Resolver,
    captures: Option<&Captures>,
    context: &PrepareContext<'_>,
) -> Result<(Box<dyn Probe>, Settings), Vec<Problem>> {
    let (mut settings, mut problems) = (Settings::default(), Vec::new());
    for (key, written) in &step.settings {
        let Some(spec) = step.probe.setting(&key.value) else { continue };
        if captures.is_none() && is_capture(&written.value) {
            // It will be of the right kind or not when it is there; until then one that is stands in.
            settings.0.push((key.value.clone(), stand_in(spec.kind, &written.value)));
            continue;
        }
        let read = resolver.fill(written, captures).and_then(|filled| {
            let secret = filled.holds_secret();
            setting(filled, spec.kind).map_err(|why| {
                let why = if secret { "the secret's value can't be used here".to_owned() } else { why };
                bad_setting(&key.value, step, spec, written.span, why)
            })
        });
        match read {
            Ok(value) => settings.0.push((key.value.clone(), value)),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    match kind.prepare(&settings, context) {
        Ok(probe) => Ok((probe, settings)),
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

fn bad_setting(key: &str, step: &Step, spec: &SettingSpec, span: Span, why: String) -> Problem {
    let takes = setting_kind(spec.kind);
    Problem::error(Code::BadSetting, span, format!("`{key}`: {why}"))
        .help(format!("`{key}` of `{}`: {}; it takes {takes}", step.probe.name, spec.meaning))
}

/// Is it nothing but a captured value, whose kind nobody knows yet?
fn is_capture(written: &Written) -> bool {
    matches!(written, Written::Text(t) if t.as_variable().is_some_and(|v| !v.name.contains('.')))
}

/// What stands in for a captured value while a suite is checked.
fn stand_in(kind: SettingKind, written: &Written) -> Setting {
    let name = match written {
        Written::Text(template) => template.as_variable().map_or("", |v| v.name.as_str()),
        _ => "",
    };
    match kind {
        SettingKind::Flag => Setting::Flag(true),
        SettingKind::Count => Setting::Number(1.into()),
        SettingKind::Duration => Setting::Duration(Duration::from_secs(1)),
        SettingKind::Size => Setting::Size(1),
        SettingKind::OneOf(words) => Setting::Text(Text::plain(words.first().copied().unwrap_or_default())),
        SettingKind::Text | SettingKind::Texts | SettingKind::Table | SettingKind::Any => {
            Setting::Text(Text::plain(format!("captured-{name}")))
        }
    }
}

/// What an expectation looks at, and of what kind that is, in the loader's own reading. A name that the probe's table
/// does not know is a plain fact that no observation has: it is missing, and never holds.
fn fact_path(name: &str, step: &Step) -> (FactPath, Kind) {
    load::fact_path(step.probe, name).unwrap_or_else(|| (FactPath::Plain(name.into()), Kind::Json))
}

/// The row of the fact an expectation looks at.
pub(crate) fn fact_of(written: &WrittenExpectation, step: &Step) -> Option<&'static FactSpec> {
    match fact_path(&written.that.value, step).0 {
        FactPath::Plain(fact) => step.probe.fact(&fact),
        FactPath::Aggregate(..) | FactPath::SamplesMet | FactPath::SettleAfter => None,
    }
}

/// Fills in and types one expectation.
pub(crate) fn build_expectation(
    written: &WrittenExpectation,
    step: &Step,
    resolver: &Resolver,
    captures: Option<&Captures>,
    sources: &Sources,
) -> Result<Expectation, Problem> {
    let (that, kind) = fact_path(&written.that.value, step);
    let compared = if written.at.is_some() { Kind::Json } else { kind };
    let filled = resolver.fill(&written.wanted, captures)?;
    let filled = as_compared(&written.wanted.value, filled, written.operator.value, compared);
    let secret = filled.holds_secret();
    let wanted = match wanted(filled, written.operator.value, compared, written.at.is_some()) {
        Ok(wanted) => wanted,
        // It will be of the right kind or not when it is there.
        Err(_) if captures.is_none() && is_capture(&written.wanted.value) => Wanted::default(),
        Err(_) if secret => {
            let why = format!("the secret's value can't be compared with {}", compared.described());
            return Err(Problem::error(Code::WrongUnit, written.wanted.span, why));
        }
        Err(why) => return Err(Problem::error(Code::WrongUnit, written.wanted.span, why)),
    };
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
