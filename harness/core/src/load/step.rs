//! One step: a probe, its settings, its expectations and its captures.

use crate::model::{At, Capture, Code, ProbeSpec, Problem, Step};

use super::expect::{self, Expected};
use super::facts::{self, Repeats};
use super::reader::{Reader, Table};
use super::{keys, settings, suggest, units, values};

/// One step as far as it could be read.
pub(super) struct StepRead {
    /// The step, where it can be planned.
    pub(super) step: Option<Step>,
    /// How many of its expectations have a mistake.
    pub(super) broken_expectations: usize,
    /// Names of captures that have a mistake.
    pub(super) broken_captures: Vec<String>,
}

/// Reads a step: a `[[scenario.step]]`, or a scenario with a probe of its own.
pub(super) fn read(reader: &mut Reader<'_>, table: &Table<'_>, repeats: Repeats) -> StepRead {
    let probe = read_probe(reader, table);
    let settings = settings::read(reader, table, probe);
    let Expected { sound, broken } = expect::read_all(reader, table, probe, repeats);
    let is_step = std::ptr::eq(table.spec, &raw const keys::STEP);
    let mut question = StepRead { step: None, broken_expectations: broken, broken_captures: Vec::new() };
    let (mut name, mut timeout, mut always, mut captures) = (None, None, false, Vec::new());
    let mut named = true;
    if is_step {
        name = reader.text(table, "name");
        named = name.is_some();
        timeout = reader.duration(table, "timeout");
        always = reader.flag(table, "always");
        captures = read_captures(reader, table, probe, &mut question.broken_captures);
        mark_secrets(reader, table, &mut captures, &question.broken_captures);
    }
    if let Some(probe) = probe
        && settings.complete
        && named
    {
        question.step = Some(Step {
            name,
            probe,
            probe_span: table.value("probe").map_or(table.span, |value| reader.span(value.span())),
            settings: settings.entries,
            settings_span: settings.span,
            expect: sound,
            captures,
            always,
            timeout,
            span: table.span,
        });
    }
    question
}

fn read_probe(reader: &mut Reader<'_>, table: &Table<'_>) -> Option<&'static ProbeSpec> {
    let name = reader.text(table, "probe")?;
    let known = reader.vocabulary.iter().copied().find(|probe| probe.name == name.value);
    if known.is_none() {
        let names = || reader.vocabulary.iter().map(|probe| probe.name);
        let problem =
            Problem::error(Code::UnknownProbe, name.span, format!("unknown probe `{}`", name.value))
                .label(format!("known: {}", suggest::listed(names())));
        let help = suggest::did_you_mean(&name.value, names());
        reader.problems.push(Problem { help, ..problem });
    }
    known
}

fn read_captures(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    probe: Option<&'static ProbeSpec>,
    broken: &mut Vec<String>,
) -> Vec<Capture> {
    let opened = table.value("capture").and_then(|value| reader.open(value, &keys::CAPTURES));
    let mut captures = Vec::new();
    for (key, value) in opened.iter().flat_map(|table| values::in_order(table.entries)) {
        let name = At::new(key.get_ref().to_string(), reader.span(key.span()));
        if !units::is_name(&name.value) {
            let message = format!("invalid variable name `{}`", name.value);
            let problem = Problem::error(Code::BadId, name.span, message);
            reader.problems.push(problem.label("valid: a letter, then letters, digits, `-` and `_`"));
            broken.push(name.value);
            continue;
        }
        match read_capture(reader, value, probe) {
            Some((that, at)) => captures.push(Capture { name, that, at, secret: false }),
            None => broken.push(name.value),
        }
    }
    captures
}

type Captured = (At<String>, Option<At<serde_json_path::JsonPath>>);

fn read_capture(
    reader: &mut Reader<'_>,
    value: &toml::Spanned<toml::de::DeValue<'_>>,
    probe: Option<&'static ProbeSpec>,
) -> Option<Captured> {
    let table = reader.open(value, &keys::CAPTURE)?;
    let that = reader.text(&table, "that")?;
    let kind = match probe {
        None => None,
        Some(probe) => Some(facts::captured(reader, probe, &that)?),
    };
    let fact = kind.map(|kind| (crate::model::FactPath::Plain(that.value.as_str().into()), kind));
    let at = expect::read_path(reader, &table, fact.as_ref())?;
    Some((that, at))
}

fn mark_secrets(reader: &mut Reader<'_>, table: &Table<'_>, captures: &mut [Capture], broken: &[String]) {
    for name in reader.texts(table, "secret") {
        if let Some(capture) = captures.iter_mut().find(|capture| capture.name.value == name.value) {
            capture.secret = true;
        } else if !broken.contains(&name.value) {
            let names = || captures.iter().map(|capture| capture.name.value.as_str());
            let message = format!("this step does not capture `{}`", name.value);
            let problem = Problem::error(Code::UnknownVariable, name.span, message)
                .label(format!("captured: {}", suggest::listed(names())));
            let help = suggest::did_you_mean(&name.value, names());
            reader.problems.push(Problem { help, ..problem });
        }
    }
}
