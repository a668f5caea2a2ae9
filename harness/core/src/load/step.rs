//! One question: a probe, its settings, what must hold, and what later questions use of it.

use crate::model::{At, Capture, Code, ProbeSpec, Problem, Step};

use super::desk::{Desk, Table};
use super::expect::{self, Expected};
use super::facts::{self, Asked};
use super::{keys, settings, suggest, units, written};

/// What became of one question.
pub(super) struct Question {
    /// The step, where it can be planned.
    pub(super) step: Option<Step>,
    /// How many of its expectations have a mistake.
    pub(super) broken_expectations: usize,
    /// Names of captures that have a mistake.
    pub(super) broken_captures: Vec<String>,
}

/// Reads the question a table asks: a `[[scenario.step]]`, or a scenario with a probe of its own.
pub(super) fn read(desk: &mut Desk<'_>, table: &Table<'_>, asked: Asked) -> Question {
    let probe = read_probe(desk, table);
    let settings = settings::read(desk, table, probe);
    let Expected { sound, broken } = expect::read_all(desk, table, probe, asked);
    let is_step = std::ptr::eq(table.spec, &raw const keys::STEP);
    let mut question = Question { step: None, broken_expectations: broken, broken_captures: Vec::new() };
    let (mut name, mut timeout, mut always, mut captures) = (None, None, false, Vec::new());
    let mut named = true;
    if is_step {
        name = desk.text(table, "name");
        named = name.is_some();
        timeout = desk.duration(table, "timeout");
        always = desk.flag(table, "always");
        captures = read_captures(desk, table, probe, &mut question.broken_captures);
        mark_secrets(desk, table, &mut captures, &question.broken_captures);
    }
    if let Some(probe) = probe
        && settings.complete
        && named
    {
        question.step = Some(Step {
            name,
            probe,
            probe_span: table.value("probe").map_or(table.span, |value| desk.span(value.span())),
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

fn read_probe(desk: &mut Desk<'_>, table: &Table<'_>) -> Option<&'static ProbeSpec> {
    let name = desk.text(table, "probe")?;
    let known = desk.vocabulary.iter().copied().find(|probe| probe.name == name.value);
    if known.is_none() {
        let names = || desk.vocabulary.iter().map(|probe| probe.name);
        let problem =
            Problem::error(Code::UnknownProbe, name.span, format!("there is no probe `{}`", name.value))
                .label(format!("known: {}", suggest::listed(names())));
        let help = suggest::did_you_mean(&name.value, names());
        desk.problems.push(Problem { help, ..problem });
    }
    known
}

fn read_captures(
    desk: &mut Desk<'_>,
    table: &Table<'_>,
    probe: Option<&'static ProbeSpec>,
    broken: &mut Vec<String>,
) -> Vec<Capture> {
    let opened = table.value("capture").and_then(|value| desk.open(value, &keys::CAPTURES));
    let mut captures = Vec::new();
    for (key, value) in opened.iter().flat_map(|table| written::in_order(table.entries)) {
        let name = At::new(key.get_ref().to_string(), desk.span(key.span()));
        if !units::is_name(&name.value) {
            let message = format!("`{}` can't be the name of a variable", name.value);
            let problem = Problem::error(Code::BadId, name.span, message);
            desk.problems.push(problem.label("a letter, then letters, digits, `-` and `_`"));
            broken.push(name.value);
            continue;
        }
        match read_capture(desk, value, probe) {
            Some((that, at)) => captures.push(Capture { name, that, at, secret: false }),
            None => broken.push(name.value),
        }
    }
    captures
}

type Captured = (At<String>, Option<At<serde_json_path::JsonPath>>);

fn read_capture(
    desk: &mut Desk<'_>,
    value: &toml::Spanned<toml::de::DeValue<'_>>,
    probe: Option<&'static ProbeSpec>,
) -> Option<Captured> {
    let table = desk.open(value, &keys::CAPTURE)?;
    let that = desk.text(&table, "that")?;
    let kind = match probe {
        None => None,
        Some(probe) => Some(facts::captured(desk, probe, &that)?),
    };
    let fact = kind.map(|kind| (crate::model::FactPath::Plain(that.value.as_str().into()), kind));
    let at = expect::read_path(desk, &table, fact.as_ref())?;
    Some((that, at))
}

fn mark_secrets(desk: &mut Desk<'_>, table: &Table<'_>, captures: &mut [Capture], broken: &[String]) {
    for name in desk.texts(table, "secret") {
        if let Some(capture) = captures.iter_mut().find(|capture| capture.name.value == name.value) {
            capture.secret = true;
        } else if !broken.contains(&name.value) {
            let names = || captures.iter().map(|capture| capture.name.value.as_str());
            let message = format!("this step captures no `{}`", name.value);
            let problem = Problem::error(Code::UnknownVariable, name.span, message)
                .label(format!("it captures: {}", suggest::listed(names())));
            let help = suggest::did_you_mean(&name.value, names());
            desk.problems.push(Problem { help, ..problem });
        }
    }
}
