//! `with = { … }`, checked against the probe's settings. The planner checks a text with a variable in it.

use toml::Spanned;
use toml::de::DeValue;

use crate::model::{At, Code, ProbeSpec, Problem, SettingKind, SettingSpec, Span, Written};

use super::reader::{Reader, Table, described};
use super::{suggest, units, values};

/// The settings in `with`.
pub(super) struct Settings {
    /// Those without a problem, in the order of the file.
    pub(super) entries: Vec<(At<String>, At<Written>)>,
    /// The place of `with`.
    pub(super) span: Span,
    /// Are all required settings there?
    pub(super) complete: bool,
}

/// Reads the settings of a step.
pub(super) fn read(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    probe: Option<&'static ProbeSpec>,
) -> Settings {
    let mut settings = Settings { entries: Vec::new(), span: table.span, complete: true };
    match table.value("with").map(|value| (value, value.get_ref())) {
        None => {}
        Some((value, DeValue::Table(entries))) => {
            settings.span = reader.span(value.span());
            for (key, value) in values::in_order(entries) {
                let name = At::new(key.get_ref().to_string(), reader.span(key.span()));
                let value = read_one(reader, probe, &name, value);
                settings.entries.extend(value.map(|value| (name, value)));
            }
        }
        Some((value, _)) => {
            reader.wrong_type("with", value, "a table of settings");
            settings.complete = false;
            return settings;
        }
    }
    let written = |name: &str| {
        let with = table.value("with").and_then(|with| with.get_ref().as_table());
        with.is_some_and(|entries| entries.contains_key(name))
    };
    for row in probe.iter().flat_map(|probe| probe.settings).filter(|row| row.required) {
        settings.complete &= settings.entries.iter().any(|(name, _)| name.value == row.name);
        if !written(row.name) {
            let probe = probe.map_or("", |probe| probe.name);
            reader.problems.push(
                Problem::error(
                    Code::MissingKey,
                    settings.span,
                    format!("probe `{probe}` requires the setting `{}`", row.name),
                )
                .label(format!("`{}` is missing", row.name))
                .help(format!("{}: {}", row.name, row.meaning)),
            );
        }
    }
    settings
}

fn read_one(
    reader: &mut Reader<'_>,
    probe: Option<&'static ProbeSpec>,
    name: &At<String>,
    value: &Spanned<DeValue<'_>>,
) -> Option<At<Written>> {
    let read = values::read(reader, value);
    let Some(probe) = probe else { return read };
    let Some(row) = probe.setting(&name.value) else {
        let names = || probe.settings.iter().map(|setting| setting.name);
        let message = format!("probe `{}` has no setting `{}`", probe.name, name.value);
        let problem = Problem::error(Code::UnknownSetting, name.span, message)
            .label(format!("known: {}", suggest::listed(names())));
        reader.problems.push(Problem { help: suggest::did_you_mean(&name.value, names()), ..problem });
        return None;
    };
    let read = read?;
    let sound = fits(row, &read).map_err(|wrong| {
        let message = match wrong.code {
            Code::WrongType => format!("`{}` takes {}", row.name, wrong.text),
            _ => match value.get_ref().as_str() {
                Some(text) => format!("invalid `{}`: `{text}`", row.name),
                None => format!("invalid `{}`", row.name),
            },
        };
        let label =
            if wrong.code == Code::WrongType { described(value.get_ref()).to_owned() } else { wrong.text };
        let problem = Problem::error(wrong.code, wrong.span, message).label(label);
        problem.help(format!("{}: {}", row.name, row.meaning))
    });
    reader.ok(sound)?;
    Some(read)
}

struct Misfit {
    code: Code,
    span: Span,
    text: String,
}

fn fits(row: &SettingSpec, value: &At<Written>) -> Result<(), Misfit> {
    let misfit = |code, text: String| Err(Misfit { code, span: value.span, text });
    let takes = |what: &str| misfit(Code::WrongType, what.to_owned());
    let template = match &value.value {
        // A lone variable keeps its type, which is not known yet.
        Written::Text(template) if template.as_variable().is_some() => return Ok(()),
        Written::Text(template) => Some(template),
        _ => None,
    };
    // A text that a variable is part of is still a text: read when it is filled in.
    let literal = template.map(|template| template.as_literal());
    let read = |read: &dyn Fn(&str) -> Result<(), String>, code, what: &str| match literal {
        Some(Some(text)) => read(text).or_else(|why| misfit(code, why)),
        Some(None) => Ok(()),
        None => takes(what),
    };
    match row.kind {
        SettingKind::Text if template.is_some() => Ok(()),
        SettingKind::Text => takes("a text"),
        SettingKind::Flag if matches!(value.value, Written::Flag(_)) => Ok(()),
        SettingKind::Flag => takes("true or false"),
        SettingKind::Count if matches!(&value.value, Written::Number(number) if number.is_u64()) => Ok(()),
        SettingKind::Count => takes("a whole number from 0"),
        SettingKind::Duration => match &value.value {
            Written::Number(number) => misfit(Code::BadDuration, format!("{number} has no unit")),
            _ => read(
                &|text| units::parse_duration(text).map(drop),
                Code::BadDuration,
                "a duration such as \"30s\"",
            ),
        },
        SettingKind::Size => {
            read(&|text| units::parse_size(text).map(drop), Code::BadSetting, "a size such as \"2MiB\"")
        }
        SettingKind::OneOf(words) => {
            let among = |text: &str| match words.contains(&text) {
                true => Ok(()),
                false => Err(format!("one of: {}", suggest::listed(words.iter().copied()))),
            };
            read(&among, Code::BadSetting, "a text")
        }
        SettingKind::Texts => match &value.value {
            Written::List(items) if items.iter().all(|item| matches!(item.value, Written::Text(_))) => Ok(()),
            _ => takes("a list of texts"),
        },
        SettingKind::Table => match &value.value {
            Written::Table(entries) if entries.iter().all(|(_, value)| is_scalar(&value.value)) => Ok(()),
            Written::Table(_) => {
                misfit(Code::BadSetting, "values must be texts, numbers or booleans".to_owned())
            }
            _ => takes("a table"),
        },
        SettingKind::Any => Ok(()),
    }
}

fn is_scalar(value: &Written) -> bool {
    match value {
        Written::Flag(_) | Written::Number(_) | Written::Text(_) => true,
        Written::List(_) | Written::Table(_) => false,
    }
}
