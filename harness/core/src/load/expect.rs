//! One expectation: a fact, a path into it, exactly one operator, and a value the operator can work with.

use serde_json_path::JsonPath;
use toml::Spanned;
use toml::de::DeValue;

use crate::model::{
    At, Code, FactPath, KIND_NAMES, Kind, Operator, ProbeSpec, Problem, Severity, Takes, Template, Written,
    WrittenExpectation,
};

use super::desk::{Desk, Table};
use super::facts::{self, Asked};
use super::{keys, suggest, written};

/// What `expect = [ … ]` holds.
#[derive(Default)]
pub(super) struct Expected {
    /// Those without a mistake.
    pub(super) sound: Vec<WrittenExpectation>,
    /// How many have a mistake: they were meant to expect something.
    pub(super) broken: usize,
}

/// Reads all expectations of a step.
pub(super) fn read_all(
    desk: &mut Desk<'_>,
    table: &Table<'_>,
    probe: Option<&'static ProbeSpec>,
    asked: Asked,
) -> Expected {
    let mut all = Expected::default();
    for value in desk.tables(table, "expect", "expect = [ { that = \"…\", equals = … } ]") {
        match read(desk, value, probe, asked) {
            Some(expectation) => all.sound.push(expectation),
            None => all.broken += 1,
        }
    }
    if !table.value("expect").is_none_or(|value| value.get_ref().is_array()) {
        all.broken += 1;
    }
    all
}

fn read(
    desk: &mut Desk<'_>,
    value: &Spanned<DeValue<'_>>,
    probe: Option<&'static ProbeSpec>,
    asked: Asked,
) -> Option<WrittenExpectation> {
    let table = desk.open(value, &keys::EXPECTATION)?;
    let that = desk.text(&table, "that");
    // Each part is read before any of them is given up, so that all mistakes are told.
    let fact = match (&that, probe) {
        (Some(that), Some(probe)) => Some(facts::expected(desk, probe, that, asked)),
        _ => None,
    };
    let at = read_path(desk, &table, fact.as_ref().and_then(Option::as_ref));
    let confidence = read_confidence(desk, &table, that.as_ref());
    let negated = desk.flag(&table, "not");
    let severity = match table.has("severity").then(|| desk.word(&table, "severity")) {
        None | Some(Some("error")) => Some(Severity::Error),
        Some(Some(_)) => Some(Severity::Warn),
        Some(None) => None,
    };
    let compared = read_operator(desk, &table);
    fact??;
    let (operator, wanted) = compared?;
    let negatable = table.value("not").is_none_or(|not| not.get_ref().is_bool());
    let known = table.entries.keys().all(|key| keys::EXPECTATION.key(key.get_ref()).is_some());
    (negatable && known).then_some(())?;
    Some(WrittenExpectation {
        that: that?,
        at: at?,
        operator,
        wanted,
        negated,
        severity: severity?,
        confidence: confidence?,
        span: table.span,
    })
}

/// Reads `at`: outer nothing for a mistake, inner nothing where there is none.
pub(super) fn read_path(
    desk: &mut Desk<'_>,
    table: &Table<'_>,
    fact: Option<&(FactPath, Kind)>,
) -> Option<Option<At<JsonPath>>> {
    let Some(value) = table.value("at") else { return Some(None) };
    let text = desk.text_of("at", value)?;
    let path = compile(desk, &text)?;
    match fact {
        Some((FactPath::Plain(_), Kind::Json)) | None => Some(Some(path)),
        Some((_, kind)) => {
            let kind = kind.described();
            let problem =
                Problem::error(Code::BadPath, text.span, "there is no path into something that is not JSON");
            desk.problems.push(problem.label(format!("the fact is {kind}")).help("leave `at` out"));
            None
        }
    }
}

fn compile(desk: &mut Desk<'_>, text: &At<String>) -> Option<At<JsonPath>> {
    if let Some(path) = desk.paths.get(&text.value) {
        return Some(At::new(path.clone(), text.span));
    }
    let parsed = JsonPath::parse(&text.value).map_err(|why| {
        // The crate says no more than "parser error" where the text ends being a path.
        let from = text.value.get(why.position()..).filter(|rest| !rest.is_empty() && *rest != text.value);
        let label =
            from.map_or("not understood".to_owned(), |rest| format!("not understood from `{rest}` on"));
        Problem::error(Code::BadPath, text.span, format!("`{}` is not a JSONPath", text.value))
            .label(label)
            .help("RFC 9535: `$.status`, `$.items[0].id`, `$.items[*].name`, `$..error`")
    });
    let path = desk.tell(parsed)?;
    desk.paths.insert(text.value.clone(), path.clone());
    Some(At::new(path, text.span))
}

fn read_confidence(
    desk: &mut Desk<'_>,
    table: &Table<'_>,
    that: Option<&At<String>>,
) -> Option<Option<At<crate::model::Share>>> {
    let Some(value) = table.value("confidence") else { return Some(None) };
    let share = desk.share("confidence", value)?;
    let problem = |message: &str| Problem::error(Code::BadValue, share.span, message);
    if that.is_some_and(|that| that.value != "samples.met") {
        desk.problems
            .push(problem("`confidence` goes with `samples.met` only").label("nothing is estimated here"));
        return None;
    }
    if share.value.part() == 0 || share.value.part() >= share.value.whole() {
        desk.problems
            .push(problem("a confidence lies between 0% and 100%").label("neither of them can be had"));
        return None;
    }
    Some(Some(share))
}

fn read_operator(desk: &mut Desk<'_>, table: &Table<'_>) -> Option<(At<Operator>, At<Written>)> {
    let entries = written::in_order(table.entries);
    let mut operators = entries.into_iter().filter_map(|(key, value)| {
        Operator::named(key.get_ref()).map(|operator| (operator, key.span(), value))
    });
    let Some((operator, key, value)) = operators.next() else {
        // An unknown key was told already; it is the operator that is missing here.
        if table.entries.keys().all(|key| keys::EXPECTATION.key(key.get_ref()).is_some()) {
            desk.problems.push(
                Problem::error(Code::OneOperator, table.span, "an expectation needs an operator")
                    .label("nothing is compared")
                    .help(format!("one of: {}", suggest::listed(Operator::ALL.iter().map(|o| o.name())))),
            );
        }
        return None;
    };
    let key = desk.span(key);
    if let Some((_, second, _)) = operators.next() {
        desk.problems.push(
            Problem::error(Code::OneOperator, desk.span(second), "an expectation has exactly one operator")
                .label("the second")
                .also(key, "the first")
                .help("write an expectation for each"),
        );
        return None;
    }
    let wanted = written::read(desk, value)?;
    let sound = shape(desk, operator, &wanted);
    desk.tell(sound)?;
    Some((At::new(operator, key), wanted))
}

/// Can the operator work with what it is given? A lone variable is looked at when it is filled in.
fn shape(desk: &mut Desk<'_>, operator: Operator, wanted: &At<Written>) -> Result<(), Problem> {
    if matches!(&wanted.value, Written::Text(template) if template.as_variable().is_some()) {
        return Ok(());
    }
    let invalid = || {
        let message = format!("`{}` takes {}", operator.name(), operator.takes.described());
        Err(Problem::error(Code::WrongType, wanted.span, message).label(wanted.value.described()))
    };
    match (operator.takes, &wanted.value) {
        (Takes::One | Takes::Element, _)
        | (Takes::Measure, Written::Number(_) | Written::Text(_))
        | (Takes::Flag, Written::Flag(_))
        | (Takes::Text, Written::Text(_)) => Ok(()),
        (Takes::Range | Takes::Length, Written::List(ends)) if ends.len() == 2 => Ok(()),
        (Takes::Several, Written::List(choices)) if !choices.is_empty() => Ok(()),
        (Takes::Length, Written::Number(number)) if number.is_u64() => Ok(()),
        (Takes::Pattern, Written::Text(template)) => pattern(desk, template, wanted),
        (Takes::KindName, Written::Text(template)) => kind_word(template, wanted),
        _ => invalid(),
    }
}

fn pattern(desk: &mut Desk<'_>, template: &Template, wanted: &At<Written>) -> Result<(), Problem> {
    let Some(text) = template.as_literal() else { return Ok(()) };
    if desk.patterns.contains(text) {
        return Ok(());
    }
    match regex::Regex::new(text) {
        Ok(_) => {
            desk.patterns.insert(text.to_owned());
            Ok(())
        }
        Err(why) => {
            let why = why.to_string();
            let last = why.lines().last().unwrap_or("").trim().trim_start_matches("error: ").to_owned();
            let problem = Problem::error(Code::BadPattern, wanted.span, "this is not a regular expression");
            Err(problem.label(last).help("in a TOML text with 'single quotes' a backslash is a backslash"))
        }
    }
}

fn kind_word(template: &Template, wanted: &At<Written>) -> Result<(), Problem> {
    match template.as_literal() {
        Some(word) if !KIND_NAMES.contains(&word) => {
            let problem =
                Problem::error(Code::BadValue, wanted.span, format!("`{word}` is no kind of value"))
                    .label(format!("one of: {}", suggest::listed(KIND_NAMES.iter().copied())));
            Err(Problem { help: suggest::did_you_mean(word, KIND_NAMES.iter().copied()), ..problem })
        }
        Some(_) | None => Ok(()),
    }
}

/// Does nothing but a status stand between green and red?
pub(super) fn look_at_status_only<'e>(expectations: impl Iterator<Item = &'e WrittenExpectation>) -> bool {
    let mut red = expectations.filter(|expectation| expectation.severity == Severity::Error).peekable();
    red.peek().is_some() && red.all(|expectation| expectation.that.value == "status")
}
