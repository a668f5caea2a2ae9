//! Gives filled-in values their kinds: settings by the probe's table, wanted values by the fact and the operator.

use crate::load::{parse_duration, parse_size};
use crate::model::{KIND_NAMES, Kind, Operator, Pattern, Setting, SettingKind, Share, Takes, Value};

/// Reads a setting as its row says.
///
/// # Errors
/// A sentence that says what was wanted. It never holds the value of a secret.
pub(crate) fn setting(filled: Setting, kind: SettingKind) -> Result<Setting, String> {
    match (kind, filled) {
        (SettingKind::Text, Setting::Text(text)) => Ok(Setting::Text(text)),
        (SettingKind::Text, scalar @ (Setting::Number(_) | Setting::Flag(_))) => {
            Ok(scalar.scalar_text().map_or(scalar, Setting::Text))
        }
        (SettingKind::Flag, Setting::Flag(flag)) => Ok(Setting::Flag(flag)),
        (SettingKind::Count, Setting::Number(number)) if number.is_u64() => Ok(Setting::Number(number)),
        (SettingKind::Count, Setting::Text(text)) => match text.expose().parse::<u64>() {
            Ok(number) => Ok(Setting::Number(number.into())),
            Err(_) => Err("wants a whole number that is not negative".to_owned()),
        },
        (SettingKind::Duration, Setting::Text(text)) => parse_duration(text.expose()).map(Setting::Duration),
        (SettingKind::Size, Setting::Text(text)) => parse_size(text.expose()).map(Setting::Size),
        (SettingKind::Texts, Setting::List(list)) if list.iter().all(|item| item.scalar_text().is_some()) => {
            Ok(Setting::List(list.iter().filter_map(Setting::scalar_text).map(Setting::Text).collect()))
        }
        (SettingKind::Table, Setting::Table(rows))
            if rows.iter().all(|(_, item)| item.scalar_text().is_some()) =>
        {
            Ok(Setting::Table(rows))
        }
        (SettingKind::OneOf(words), Setting::Text(text)) if words.contains(&text.expose()) => {
            Ok(Setting::Text(text))
        }
        (SettingKind::Any, any) => Ok(any),
        (kind, _) => Err(format!("wants {}", setting_kind(kind))),
    }
}

/// The words for what a setting takes.
pub(crate) fn setting_kind(kind: SettingKind) -> String {
    match kind {
        SettingKind::Text => "a text".to_owned(),
        SettingKind::Flag => "true or false".to_owned(),
        SettingKind::Count => "a whole number that is not negative".to_owned(),
        SettingKind::Duration => "a duration with its unit, for example \"30s\"".to_owned(),
        SettingKind::Size => "a size with its unit, for example \"2MiB\"".to_owned(),
        SettingKind::Texts => "a list of texts".to_owned(),
        SettingKind::Table => "a table of texts, numbers or booleans".to_owned(),
        SettingKind::OneOf(words) => format!("one of {}", words.join(", ")),
        SettingKind::Any => "any value".to_owned(),
    }
}

/// What an expectation is compared with.
#[derive(Default)]
pub(crate) struct Wanted {
    pub(crate) values: Vec<Value>,
    pub(crate) pattern: Option<Pattern>,
}

/// Reads what an expectation wants, by the kind of its fact and by its operator.
///
/// # Errors
/// A sentence that says why the two can't be compared.
pub(crate) fn wanted(
    filled: Setting,
    operator: Operator,
    kind: Kind,
    document: bool,
) -> Result<Wanted, String> {
    let name = operator.name();
    let textual = document || kind == Kind::Text || kind == Kind::Json;
    let mut pattern = None;
    let values = match (operator.takes, filled) {
        (Takes::One, filled) => vec![value(filled, kind)?],
        (Takes::Measure, filled) => vec![measure(filled, kind)?],
        (Takes::Several, Setting::List(list)) => {
            list.into_iter().map(|item| value(item, kind)).collect::<Result<_, _>>()?
        }
        (Takes::Range, Setting::List(list)) if list.len() == 2 => {
            list.into_iter().map(|item| measure(item, kind)).collect::<Result<_, _>>()?
        }
        (Takes::Element | Takes::Text | Takes::Pattern, _) if !textual => {
            return Err(format!("`{name}` looks into a text, and this fact is {}", kind.described()));
        }
        (Takes::Element, filled) => {
            vec![if kind == Kind::Text { value(filled, kind)? } else { value(filled, Kind::Json)? }]
        }
        (Takes::Text, Setting::Text(text)) => vec![Value::Text(text.expose().to_owned())],
        (Takes::Pattern, Setting::Text(text)) => {
            let compiled =
                regex::Regex::new(text.expose()).map_err(|e| format!("not a regular expression: {e}"))?;
            pattern = Some(Pattern(compiled));
            vec![Value::Text(text.expose().to_owned())]
        }
        (Takes::Flag, Setting::Flag(flag)) => vec![Value::Flag(flag)],
        (Takes::Length, Setting::Number(number)) if number.is_u64() => vec![Value::Number(number)],
        (Takes::Length, Setting::List(list)) if list.len() == 2 => {
            list.into_iter().map(|item| measure(item, Kind::Number)).collect::<Result<_, _>>()?
        }
        (Takes::KindName, Setting::Text(text)) if KIND_NAMES.contains(&text.expose()) => {
            vec![Value::Text(text.expose().to_owned())]
        }
        (takes, _) => return Err(format!("`{name}` takes {}", takes.described())),
    };
    Ok(Wanted { values, pattern })
}

/// A value to be measured: a number, duration, size or share.
fn measure(filled: Setting, kind: Kind) -> Result<Value, String> {
    match (kind, filled) {
        (Kind::Flag | Kind::Text | Kind::Null, _) => Err(format!(
            "this fact is {} and has no order; use `equals`, `one-of` or `matches`",
            kind.described()
        )),
        (Kind::Json, Setting::Number(number)) => Ok(Value::Number(number)),
        (Kind::Json, _) => Err("what stands in JSON has no unit: compare it with a plain number".to_owned()),
        (kind, filled) => value(filled, kind),
    }
}

/// A value of the fact's kind.
fn value(filled: Setting, kind: Kind) -> Result<Value, String> {
    let wrong = |seen: &Setting| {
        let hint = match kind {
            Kind::Duration => ", for example \"30s\"",
            Kind::Size => ", for example \"2MiB\"",
            Kind::Share => ", for example \"90%\"",
            Kind::Null | Kind::Flag | Kind::Number | Kind::Text | Kind::Json => "",
        };
        Err(format!(
            "this fact is {} and can't be compared with {}; give {}{hint}",
            kind.described(),
            Kind::from(seen).described(),
            kind.described()
        ))
    };
    match (kind, filled) {
        (Kind::Flag, Setting::Flag(flag)) => Ok(Value::Flag(flag)),
        (Kind::Number, Setting::Number(number)) => Ok(Value::Number(number)),
        (Kind::Text, Setting::Text(text)) => Ok(Value::Text(text.expose().to_owned())),
        (Kind::Duration, Setting::Duration(duration)) => Ok(Value::Duration(duration)),
        (Kind::Duration, Setting::Text(text)) => parse_duration(text.expose()).map(Value::Duration),
        (Kind::Size, Setting::Text(text)) => parse_size(text.expose()).map(Value::Size),
        (Kind::Share, Setting::Text(text)) => Share::parse(text.expose()).map(Value::Share),
        (Kind::Json, filled) => Ok(Value::from_json(filled.to_json())),
        (_, other) => wrong(&other),
    }
}
