//! One expectation: a fact, a path into it, exactly one operator, and a value the operator can work with.

use serde_json_path::JsonPath;
use toml::Spanned;
use toml::de::DeValue;

use crate::model::{
    At, Code, FactPath, KIND_NAMES, Kind, Operator, ProbeSpec, Problem, Severity, Takes, Template, Written,
    WrittenExpectation,
};

use super::facts::{self, Repeats};
use super::reader::{Reader, Table};
use super::{keys, suggest, values};

/// The expectations in `expect = [ … ]`.
#[derive(Default)]
pub(super) struct Expected {
    /// Those without a problem.
    pub(super) sound: Vec<WrittenExpectation>,
    /// How many have a problem.
    pub(super) broken: usize,
}

/// Reads all expectations of a step.
pub(super) fn read_all(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    probe: Option<&'static ProbeSpec>,
    repeats: Repeats,
) -> Expected {
    let mut all = Expected::default();
    for value in reader.tables(table, "expect", "expect = [ { that = \"…\", equals = … } ]") {
        match read(reader, value, probe, repeats) {
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
    reader: &mut Reader<'_>,
    value: &Spanned<DeValue<'_>>,
    probe: Option<&'static ProbeSpec>,
    repeats: Repeats,
) -> Option<WrittenExpectation> {
    let table = reader.open(value, &keys::EXPECTATION)?;
    let that = reader.text(&table, "that");
    // All parts are read before any of them is given up, so that all problems are reported.
    let fact = match (&that, probe) {
        (Some(that), Some(probe)) => Some(facts::expected(reader, probe, that, repeats)),
        _ => None,
    };
    let at = read_path(reader, &table, fact.as_ref().and_then(Option::as_ref));
    let confidence = read_confidence(reader, &table, that.as_ref());
    let negated = reader.flag(&table, "not");
    let severity = match table.has("severity").then(|| reader.word(&table, "severity")) {
        None | Some(Some("error")) => Some(Severity::Error),
        Some(Some(_)) => Some(Severity::Warn),
        Some(None) => None,
    };
    let compared = read_operator(reader, &table);
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

/// Reads `at`: the outer `None` is a problem, the inner one no `at`.
pub(super) fn read_path(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    fact: Option<&(FactPath, Kind)>,
) -> Option<Option<At<JsonPath>>> {
    let Some(value) = table.value("at") else { return Some(None) };
    let text = reader.text_of("at", value)?;
    let path = compile(reader, &text)?;
    match fact {
        Some((FactPath::Plain(_), Kind::Json)) | None => Some(Some(path)),
        Some((_, kind)) => {
            let kind = kind.described();
            let problem = Problem::error(Code::BadPath, text.span, "`at` requires a JSON fact");
            reader.problems.push(problem.label(format!("the fact is {kind}")).help("remove `at`"));
            None
        }
    }
}

fn compile(reader: &mut Reader<'_>, text: &At<String>) -> Option<At<JsonPath>> {
    if let Some(path) = reader.paths.get(&text.value) {
        return Some(At::new(path.clone(), text.span));
    }
    let parsed = JsonPath::parse(&text.value).map_err(|why| {
        // The crate reports only "parser error" and where the text stops being a path.
        let from = text.value.get(why.position()..).filter(|rest| !rest.is_empty() && *rest != text.value);
        let label = from.map_or("invalid".to_owned(), |rest| format!("invalid from `{rest}`"));
        Problem::error(Code::BadPath, text.span, format!("`{}` is not a JSONPath", text.value))
            .label(label)
            .help("RFC 9535: `$.status`, `$.items[0].id`, `$.items[*].name`, `$..error`")
    });
    let path = reader.ok(parsed)?;
    reader.paths.insert(text.value.clone(), path.clone());
    Some(At::new(path, text.span))
}

fn read_confidence(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    that: Option<&At<String>>,
) -> Option<Option<At<crate::model::Share>>> {
    let Some(value) = table.value("confidence") else { return Some(None) };
    let share = reader.share("confidence", value)?;
    let problem = |message: &str| Problem::error(Code::BadValue, share.span, message);
    if that.is_some_and(|that| that.value != "samples.met") {
        reader
            .problems
            .push(problem("`confidence` is only valid for `samples.met`").label("not allowed here"));
        return None;
    }
    if share.value.part() == 0 || share.value.part() >= share.value.whole() {
        reader.problems.push(problem("`confidence` must be above 0% and below 100%").label("out of range"));
        return None;
    }
    Some(Some(share))
}

fn read_operator(reader: &mut Reader<'_>, table: &Table<'_>) -> Option<(At<Operator>, At<Written>)> {
    let entries = values::in_order(table.entries);
    let mut operators = entries.into_iter().filter_map(|(key, value)| {
        Operator::named(key.get_ref()).map(|operator| (operator, key.span(), value))
    });
    let Some((operator, key, value)) = operators.next() else {
        // An unknown key is reported already and is the operator that is missing here.
        if table.entries.keys().all(|key| keys::EXPECTATION.key(key.get_ref()).is_some()) {
            reader.problems.push(
                Problem::error(Code::OneOperator, table.span, "an expectation requires an operator")
                    .label("no operator")
                    .help(format!("one of: {}", suggest::listed(Operator::ALL.iter().map(|o| o.name())))),
            );
        }
        return None;
    };
    let key = reader.span(key);
    if let Some((_, second, _)) = operators.next() {
        reader.problems.push(
            Problem::error(
                Code::OneOperator,
                reader.span(second),
                "an expectation must have exactly one operator",
            )
            .label("the second")
            .also(key, "the first")
            .help("split it into one expectation each"),
        );
        return None;
    }
    let wanted = values::read(reader, value)?;
    let sound = shape(reader, operator, &wanted);
    reader.ok(sound)?;
    Some((At::new(operator, key), wanted))
}

/// Is the operand valid for the operator? A lone variable is checked when it is filled in.
fn shape(reader: &mut Reader<'_>, operator: Operator, wanted: &At<Written>) -> Result<(), Problem> {
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
        (Takes::Pattern, Written::Text(template)) => pattern(reader, template, wanted),
        (Takes::KindName, Written::Text(template)) => kind_word(template, wanted),
        _ => invalid(),
    }
}

fn pattern(reader: &mut Reader<'_>, template: &Template, wanted: &At<Written>) -> Result<(), Problem> {
    let Some(text) = template.as_literal() else { return Ok(()) };
    if reader.patterns.contains(text) {
        return Ok(());
    }
    match regex::Regex::new(text) {
        Ok(_) => {
            reader.patterns.insert(text.to_owned());
            Ok(())
        }
        Err(why) => {
            let why = why.to_string();
            let last = why.lines().last().unwrap_or("").trim().trim_start_matches("error: ").to_owned();
            let problem = Problem::error(Code::BadPattern, wanted.span, "invalid regular expression");
            Err(problem.label(last).help("a TOML text in 'single quotes' needs no escaped backslashes"))
        }
    }
}

fn kind_word(template: &Template, wanted: &At<Written>) -> Result<(), Problem> {
    match template.as_literal() {
        Some(word) if !KIND_NAMES.contains(&word) => {
            let problem = Problem::error(Code::BadValue, wanted.span, format!("unknown kind `{word}`"))
                .label(format!("one of: {}", suggest::listed(KIND_NAMES.iter().copied())));
            Err(Problem { help: suggest::did_you_mean(word, KIND_NAMES.iter().copied()), ..problem })
        }
        Some(_) | None => Ok(()),
    }
}

/// Is a status all that can make it fail?
pub(super) fn look_at_status_only<'e>(expectations: impl Iterator<Item = &'e WrittenExpectation>) -> bool {
    let mut red = expectations.filter(|expectation| expectation.severity == Severity::Error).peekable();
    red.peek().is_some() && red.all(|expectation| expectation.that.value == "status")
}
