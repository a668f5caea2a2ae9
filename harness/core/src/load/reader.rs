//! Reads TOML tables: typed keys by the table's spec; collects every problem.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use serde_json_path::JsonPath;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::model::{At, Code, Operator, ProbeSpec, Problem, Problems, Share, SourceId, Sources, Span};

use super::keys::{KeyKind, TableSpec};
use super::{suggest, units};

/// Reads tables and collects problems.
pub(super) struct Reader<'a> {
    /// The file being read.
    pub(super) source: SourceId,
    /// All files so far.
    pub(super) sources: Sources,
    /// All problems so far.
    pub(super) problems: Problems,
    /// The known probes.
    pub(super) vocabulary: &'a [&'static ProbeSpec],
    /// The date that decides whether a skip has expired.
    pub(super) today: time::Date,
    /// Compiled paths: suites repeat them by the thousand.
    pub(super) paths: HashMap<String, JsonPath>,
    /// Patterns known to compile.
    pub(super) patterns: HashSet<String>,
}

/// One table of the file with its spec.
#[derive(Clone, Copy)]
pub(super) struct Table<'t> {
    /// The keys and values.
    pub(super) entries: &'t DeTable<'t>,
    /// The header, or the braces.
    pub(super) span: Span,
    /// The keys it may have.
    pub(super) spec: &'static TableSpec,
}

impl<'t> Table<'t> {
    /// The value of a key.
    pub(super) fn value(&self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.entries.get(key)
    }

    /// Is the key there?
    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }
}

impl<'a> Reader<'a> {
    /// A reader without problems.
    pub(super) fn new(vocabulary: &'a [&'static ProbeSpec], today: time::Date) -> Reader<'a> {
        Reader {
            source: SourceId(0),
            sources: Sources::default(),
            problems: Problems::default(),
            vocabulary,
            today,
            paths: HashMap::new(),
            patterns: HashSet::new(),
        }
    }

    /// A range of the current file.
    pub(super) fn span(&self, range: Range<usize>) -> Span {
        Span { source: self.source, start: range.start, end: range.end }
    }

    /// The place of a key; of the table where the key is missing.
    pub(super) fn key_span(&self, table: &Table<'_>, key: &str) -> Span {
        table.entries.get_key_value(key).map_or(table.span, |(key, _)| self.span(key.span()))
    }

    /// Returns the value, or records the problem.
    pub(super) fn ok<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.problems.push(problem)).ok()
    }

    /// Opens a value as a table. Reports another type, unknown keys and missing keys.
    pub(super) fn open<'t>(
        &mut self,
        value: &'t Spanned<DeValue<'t>>,
        spec: &'static TableSpec,
    ) -> Option<Table<'t>> {
        let span = self.span(value.span());
        match value.get_ref() {
            DeValue::Table(entries) => Some(self.open_entries(entries, span, spec)),
            other => {
                let problem = Problem::error(Code::WrongType, span, format!("{} must be a table", spec.what));
                self.problems.push(problem.label(described(other)));
                None
            }
        }
    }

    /// The same for a table without a value around it: a whole file.
    pub(super) fn open_entries<'t>(
        &mut self,
        entries: &'t DeTable<'t>,
        span: Span,
        spec: &'static TableSpec,
    ) -> Table<'t> {
        if spec.others.is_none() {
            for (key, _) in entries.iter().filter(|(key, _)| spec.key(key.get_ref()).is_none()) {
                let problem = self.unknown_key(key.get_ref(), self.span(key.span()), spec);
                self.problems.push(problem);
            }
        }
        let missing = spec.keys.iter().filter(|key| key.required && !entries.contains_key(key.name));
        for key in missing {
            self.problems.push(
                Problem::error(Code::MissingKey, span, format!("{} requires `{}`", spec.what, key.name))
                    .label(format!("`{}` is missing", key.name))
                    .help(format!("{}: {}", key.name, key.meaning)),
            );
        }
        Table { entries, span, spec }
    }

    fn unknown_key(&self, key: &str, span: Span, spec: &TableSpec) -> Problem {
        let names = || spec.keys.iter().map(|key| key.name);
        let noun = if spec.unknown == Code::UnknownOperator { "operator" } else { "key" };
        let problem = Problem::error(spec.unknown, span, format!("{} has no {noun} `{key}`", spec.what))
            .label(format!("known: {}", suggest::listed(names())));
        let elsewhere =
            spec.elsewhere.iter().find(|(name, _)| *name == key).map(|(_, place)| (*place).to_owned());
        let operator = || {
            let known = Operator::with_alias(key).filter(|_| spec.unknown == Code::UnknownOperator);
            known.map(|operator| format!("did you mean `{}`?", operator.name()))
        };
        let help = elsewhere.or_else(operator).or_else(|| suggest::did_you_mean(key, names()));
        Problem { help, ..problem }
    }

    /// Reports a value of a type that the key does not take.
    pub(super) fn wrong_type(&mut self, key: &str, value: &Spanned<DeValue<'_>>, takes: &str) {
        let span = self.span(value.span());
        self.problems.push(
            Problem::error(Code::WrongType, span, format!("`{key}` takes {takes}"))
                .label(described(value.get_ref())),
        );
    }

    /// A text, not blank.
    pub(super) fn text(&mut self, table: &Table<'_>, key: &str) -> Option<At<String>> {
        let value = table.value(key)?;
        self.text_of(key, value)
    }

    /// The same for a value at hand.
    pub(super) fn text_of(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<At<String>> {
        let span = self.span(value.span());
        match value.get_ref() {
            DeValue::String(text) if text.trim().is_empty() => {
                self.problems.push(
                    Problem::error(Code::BadValue, span, format!("`{key}` must not be blank")).label("blank"),
                );
                None
            }
            DeValue::String(text) => Some(At::new(text.to_string(), span)),
            _ => {
                self.wrong_type(key, value, "a text");
                None
            }
        }
    }

    /// True or false; false where it is missing.
    pub(super) fn flag(&mut self, table: &Table<'_>, key: &str) -> bool {
        match table.value(key) {
            None => false,
            Some(value) => match value.get_ref() {
                DeValue::Boolean(flag) => *flag,
                _ => {
                    self.wrong_type(key, value, "true or false");
                    false
                }
            },
        }
    }

    /// A whole number within the bounds of its spec.
    pub(super) fn count(&mut self, table: &Table<'_>, key: &str) -> Option<u64> {
        let value = table.value(key)?;
        let (least, most) = match table.spec.key(key).map(|row| row.kind) {
            Some(KeyKind::Count(least, most)) => (least, most),
            _ => (0, u64::MAX),
        };
        let DeValue::Integer(integer) = value.get_ref() else {
            self.wrong_type(key, value, "a whole number");
            return None;
        };
        let span = self.span(value.span());
        let number = self.ok(units::whole(integer, span))?;
        let within = number.as_u64().filter(|count| (least..=most).contains(count));
        if within.is_none() {
            self.problems.push(
                Problem::error(Code::BadValue, span, format!("`{key}` is out of range: {number}"))
                    .label(format!("valid: {least} to {most}")),
            );
        }
        within
    }

    /// A finite number within the bounds of its spec.
    pub(super) fn number(&mut self, table: &Table<'_>, key: &str) -> Option<At<f64>> {
        let value = table.value(key)?;
        let span = self.span(value.span());
        let number = match value.get_ref() {
            DeValue::Integer(integer) => self.ok(units::whole(integer, span))?,
            DeValue::Float(float) => self.ok(units::fraction(float, span))?,
            _ => {
                self.wrong_type(key, value, "a number");
                return None;
            }
        };
        let (least, most) = match table.spec.key(key).map(|row| row.kind) {
            Some(KeyKind::Number(least, most)) => (least, most),
            _ => (f64::MIN, f64::MAX),
        };
        let within = number.as_f64().filter(|number| (least..=most).contains(number));
        if within.is_none() {
            self.problems.push(
                Problem::error(Code::BadValue, span, format!("`{key}` is out of range: {number}"))
                    .label(format!("valid: {least} to {most}")),
            );
        }
        within.map(|number| At::new(number, span))
    }

    /// A duration; zero only where its spec allows it.
    pub(super) fn duration(&mut self, table: &Table<'_>, key: &str) -> Option<std::time::Duration> {
        let value = table.value(key)?;
        let zero = matches!(table.spec.key(key).map(|r| r.kind), Some(KeyKind::Duration { zero: true }));
        let span = self.span(value.span());
        let wrong = |message: String| Problem::error(Code::BadDuration, span, message);
        let problem = match value.get_ref() {
            DeValue::String(text) => match units::parse_duration(text) {
                Ok(duration) if duration.is_zero() && !zero => {
                    let problem = wrong(format!("`{key}` must be greater than zero")).label("zero");
                    match key {
                        "every" => problem.help("the time from the start of one attempt to the next: \"2s\""),
                        _ => problem,
                    }
                }
                Ok(duration) => return Some(duration),
                Err(why) => wrong(format!("`{key}` is not a valid duration")).label(why),
            },
            DeValue::Integer(_) | DeValue::Float(_) => wrong(format!("`{key}` requires a unit"))
                .label("a plain number")
                .help("use a text with a unit: \"500ms\", \"30s\", \"1m 30s\""),
            _ => {
                self.wrong_type(key, value, "a duration such as \"30s\"");
                return None;
            }
        };
        self.problems.push(problem);
        None
    }

    /// A percentage.
    pub(super) fn share(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<At<Share>> {
        let span = self.span(value.span());
        let DeValue::String(text) = value.get_ref() else {
            self.wrong_type(key, value, "a percentage such as \"80%\"");
            return None;
        };
        let share = Share::parse(text).map_err(|why| {
            Problem::error(Code::BadValue, span, format!("`{key}` is not a valid percentage")).label(why)
        });
        self.ok(share).map(|share| At::new(share, span))
    }

    /// A list of texts, none of them blank.
    pub(super) fn texts(&mut self, table: &Table<'_>, key: &str) -> Vec<At<String>> {
        let Some(value) = table.value(key) else { return Vec::new() };
        match value.get_ref() {
            DeValue::Array(items) => items.iter().filter_map(|item| self.text_of(key, item)).collect(),
            _ => {
                self.wrong_type(key, value, "a list of texts");
                Vec::new()
            }
        }
    }

    /// One of the words of its spec.
    pub(super) fn word(&mut self, table: &Table<'_>, key: &str) -> Option<&'static str> {
        let words = match table.spec.key(key).map(|row| row.kind) {
            Some(KeyKind::OneOf(words)) => words,
            _ => &[],
        };
        let text = self.text(table, key)?;
        let known = words.iter().copied().find(|word| *word == text.value);
        if known.is_none() {
            let problem =
                Problem::error(Code::BadValue, text.span, format!("invalid `{key}`: `{}`", text.value))
                    .label(format!("one of: {}", suggest::listed(words.iter().copied())));
            let help = suggest::did_you_mean(&text.value, words.iter().copied());
            self.problems.push(Problem { help, ..problem });
        }
        known
    }

    /// The tables of a list. Reports another type.
    pub(super) fn tables<'t>(
        &mut self,
        table: &Table<'t>,
        key: &str,
        as_written: &str,
    ) -> &'t [Spanned<DeValue<'t>>] {
        match table.value(key) {
            None => &[],
            Some(value) => match value.get_ref() {
                DeValue::Array(items) => items,
                _ => {
                    self.wrong_type(key, value, &format!("a list: {as_written}"));
                    &[]
                }
            },
        }
    }
}

/// The name of a TOML type in messages, with its article.
pub(super) fn described(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
