//! One scenario compiled for a run: steps, probes, expectations.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::judge::Overall;
use crate::load;
use crate::model::{
    Code, Expectation, ExpectationCard, FactPath, FactSpec, Kind, Problem, Repetition, ScenarioCard, Setting,
    SettingKind, SettingSpec, Settings, Shown, Sources, Span, Step, Text, Written, WrittenExpectation,
};
use crate::probe::{PrepareContext, Probe, ProbeKind};

use super::coerce::{Wanted, setting, setting_kind, wanted};
use super::run_variables::as_compared;
use super::step_checks::StepChecks;
use super::variables::{Captures, Resolver};

/// A compiled scenario. Only values that its own steps capture are still open.
pub(crate) struct Job {
    pub(crate) card: Arc<ScenarioCard>,
    pub(crate) steps: Vec<JobStep>,
    /// Expectations on all samples together.
    pub(crate) overall: Vec<Overall>,
    pub(crate) repetition: Repetition,
    pub(crate) alone: bool,
}

impl Job {
    /// Has it `always` steps?
    pub(crate) fn cleans_up(&self) -> bool {
        self.steps.iter().any(|step| step.checks.always)
    }
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Job({})", self.card.id)
    }
}

/// One compiled step.
pub(crate) struct JobStep {
    pub(crate) checks: StepChecks,
    pub(crate) kind: &'static dyn ProbeKind,
    pub(crate) probe: StepProbe,
    pub(crate) root: PathBuf,
}

/// The probe of a step.
pub(crate) enum StepProbe {
    /// Prepared while planning.
    Ready(Box<dyn Probe>),
    /// It uses captures of earlier steps and is prepared for each sample. Planning tried it with stand-ins.
    PerSample(Box<Step>),
}

/// Fills in a step's settings and prepares its probe. Also returns the settings, for [`super::uniqueness`].
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
            // Its kind is known at run time only; until then a stand-in of the right kind is used.
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

/// Is it a single captured value, whose kind is not known yet?
fn is_capture(written: &Written) -> bool {
    matches!(written, Written::Text(t) if t.as_variable().is_some_and(|v| !v.name.contains('.')))
}

/// A stand-in for a captured value while a suite is checked.
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

/// The fact of an expectation and its kind, as the loader reads it. A name that is not in the probe's table is a plain
/// fact that no observation has: missing, so the expectation never holds.
pub(crate) fn fact_path(name: &str, step: &Step) -> (FactPath, Kind) {
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
        // Its kind is known at run time only.
        Err(_) if captures.is_none() && is_capture(&written.wanted.value) => Wanted::default(),
        Err(_) if secret => {
            let why = format!("the secret's value can't be compared with {}", compared.described());
            return Err(Problem::error(Code::WrongUnit, written.wanted.span, why));
        }
        Err(why) => return Err(Problem::error(Code::WrongUnit, written.wanted.span, why)),
    };
    let at = written.at.as_ref().map(|at| at.value.clone());
    let (negated, severity) = (written.negated, written.severity);
    let confidence = written.confidence.as_ref().map(|confidence| confidence.value);
    let card = ExpectationCard {
        step: step.name.as_ref().map(|name| name.value.as_str().into()),
        fact: that.clone(),
        at: at.as_ref().map(ToString::to_string),
        operator: written.operator.value,
        not: negated,
        wanted: if secret {
            vec![Shown::Secret]
        } else {
            Shown::wanted(&wanted.values, wanted.pattern.as_ref())
        },
        confidence,
        severity,
        excerpt: sources.excerpt(written.span),
    };
    Ok(Expectation {
        that,
        at,
        operator: written.operator.value,
        wanted: wanted.values,
        pattern: wanted.pattern,
        negated,
        severity,
        confidence,
        kind: compared,
        card: Arc::new(card),
    })
}
