//! The folder `controls/`: which fault turns which scenario red, and why; and what no scenario need notice.

use std::collections::HashMap;
use std::path::Path;

use toml::Spanned;
use toml::de::DeValue;

use crate::model::{
    AllowedSurvivor, At, Change, Claim, Code, Control, Controls, ExpectedReason, Green, Problem, Problems,
    RequiredDetection, Span, Suite, Verdict,
};

use super::keys::control as keys;
use super::reader::{Reader, Table};
use super::{files, suggest, syntax};

/// Reads the controls of a suite. `faults` are the faults there are.
///
/// A folder that is not there holds none. Mistakes are collected as everywhere: a broken control hides no other.
#[must_use]
pub fn load_controls(suite: &Suite, faults: &[&str], today: time::Date) -> (Controls, Problems) {
    let mut reader = Reader::new(&[], today);
    reader.sources = suite.sources.clone();
    let mut controls = Controls::default();
    let mut fingerprint = files::Fingerprint::default();
    for path in files::control_files(&suite.root, &mut reader.problems) {
        if let Some(text) = reader.ok(files::read(&path)) {
            fingerprint.add(&suite.root, &path, &text);
            read_file(&mut reader, &path, &text, &mut controls);
        }
    }
    check(&mut reader, &controls.all, suite, faults);
    check_noticed(&mut reader, &controls.noticed, suite);
    check_accepted(&mut reader, &controls.accepted);
    let Reader { sources, problems, .. } = reader;
    (Controls { sources, hash: fingerprint.finish(), ..controls }, problems)
}

fn read_file(reader: &mut Reader<'_>, path: &Path, text: &str, controls: &mut Controls) {
    reader.source = reader.sources.add(path.to_path_buf(), &files::shown(path), text);
    let (tree, broken) = syntax::parse(reader, text);
    if !broken.is_empty() {
        return;
    }
    let start = reader.span(0..0);
    let file = reader.open_entries(&tree, start, &keys::FILE);
    for item in reader.tables(&file, "control", "each begins with the line [[control]]") {
        controls.all.extend(read(reader, item));
    }
    for item in reader.tables(&file, "noticed", "each begins with the line [[noticed]]") {
        controls.noticed.extend(required_detection(reader, item));
    }
    for item in reader.tables(&file, "accepted", "each begins with the line [[accepted]]") {
        controls.accepted.extend(allowed_survivor(reader, item));
    }
}

fn required_detection(reader: &mut Reader<'_>, item: &Spanned<DeValue<'_>>) -> Option<RequiredDetection> {
    let table = reader.open(item, &keys::NOTICED)?;
    let answer = reader.text(&table, "answer");
    let mut some = |key: &str, what: &str| {
        let all = reader.texts(&table, key);
        if table.value(key).is_some() && all.is_empty() {
            let problem = Problem::error(
                Code::BadValue,
                reader.key_span(&table, key),
                format!("`{key}` must not be empty"),
            );
            reader.problems.push(problem.help(format!("name {what}")));
        }
        all
    };
    let fields = some("fields", "the fields that must be noticed");
    let by = some("by", "the scenarios that must notice them");
    let changes =
        some("changes", "what must be noticed, or leave it out: everything that can be done to a field");
    for change in changes.iter().filter(|change| !Change::DEMANDS.contains(&&*change.value)) {
        let known = || Change::DEMANDS.into_iter();
        let message = format!("invalid `changes`: `{}`", change.value);
        let problem = Problem::error(Code::BadValue, change.span, message)
            .label(format!("one of: {}", suggest::listed(known())));
        reader.problems.push(Problem { help: suggest::did_you_mean(&change.value, known()), ..problem });
    }
    Some(RequiredDetection { answer: answer?, fields, by, changes, span: table.span })
}

fn allowed_survivor(reader: &mut Reader<'_>, item: &Spanned<DeValue<'_>>) -> Option<AllowedSurvivor> {
    let table = reader.open(item, &keys::ACCEPTED)?;
    let answer = reader.text(&table, "answer");
    let field = reader.text(&table, "field");
    let change = reader.word(&table, "change");
    let why = reader.text(&table, "why");
    Some(AllowedSurvivor {
        answer: answer?,
        field: field?,
        change: change?,
        why: why?.value,
        span: table.span,
    })
}

/// Every named scenario exists, and is named once for a field.
fn check_noticed(reader: &mut Reader<'_>, noticed: &[RequiredDetection], suite: &Suite) {
    let ids: Vec<&str> = suite.scenarios.iter().map(|scenario| scenario.id.value.as_str()).collect();
    let mut first: HashMap<(&str, &str, &str), Span> = HashMap::new();
    for RequiredDetection { answer, fields, by, .. } in noticed {
        by.iter().for_each(|id| check_name(reader, id, &ids));
        for (field, id) in fields.iter().flat_map(|field| by.iter().map(move |id| (field, id))) {
            let before = first.entry((&answer.value, &field.value, &id.value)).or_insert(field.span);
            if *before != field.span {
                let message =
                    format!("`{}` must notice `{}` of `{}` twice", id.value, field.value, answer.value);
                reader.problems.push(
                    Problem::error(Code::DuplicateId, field.span, message)
                        .label("the second")
                        .also(*before, "the first"),
                );
            }
        }
    }
}

/// Whether there is such an answer and field, only mutations can tell.
fn check_accepted(reader: &mut Reader<'_>, accepted: &[AllowedSurvivor]) {
    let mut first: HashMap<(&str, &str, &str), Span> = HashMap::new();
    for acceptance in accepted {
        let AllowedSurvivor { answer, field, change, .. } = acceptance;
        let before = first.entry((&answer.value, &field.value, change)).or_insert(acceptance.span);
        if *before != acceptance.span {
            let message = format!("`{}` of `{}` is accepted twice: {change}", field.value, answer.value);
            reader.problems.push(
                Problem::error(Code::DuplicateId, acceptance.span, message)
                    .label("the second")
                    .also(*before, "the first"),
            );
        }
    }
}

fn read(reader: &mut Reader<'_>, item: &Spanned<DeValue<'_>>) -> Option<Control> {
    let table = reader.open(item, &keys::CONTROL)?;
    let fault = reader.text(&table, "fault");
    let why = reader.text(&table, "why").map(|why| why.value);
    let red: Vec<Option<Claim>> = reader
        .tables(&table, "red", "red = [{ scenario = \"…\", cause = \"…\" }]")
        .iter()
        .map(|item| claim(reader, item))
        .collect();
    let blocked = reader.texts(&table, "blocked");
    let green = green(reader, &table);
    let rejected = reader.flag(&table, "rejected");
    let control = Control {
        fault: fault?,
        why: why?,
        red: red.into_iter().collect::<Option<_>>()?,
        blocked,
        green: green?,
        rejected,
        span: table.span,
    };
    if control.named().next().is_none() && !control.is_whole() {
        let message = format!("the control of `{}` claims nothing", control.fault.value);
        reader.problems.push(
            Problem::error(Code::NothingExpected, control.fault.span, message)
                .label("no scenario must turn red, be blocked or stay green")
                .help("name the scenarios that must fail: red = [{ scenario = \"…\", cause = \"…\" }]"),
        );
        return None;
    }
    Some(control)
}

fn green(reader: &mut Reader<'_>, table: &Table<'_>) -> Option<Green> {
    let Some(value) = table.value("green") else { return Some(Green::Named(Vec::new())) };
    match value.get_ref() {
        DeValue::Array(_) => Some(Green::Named(reader.texts(table, "green"))),
        DeValue::String(word) if word == "rest" => Some(Green::Rest),
        _ => {
            reader.wrong_type("green", value, "a list of ids, or \"rest\"");
            None
        }
    }
}

fn claim(reader: &mut Reader<'_>, item: &Spanned<DeValue<'_>>) -> Option<Claim> {
    let table = reader.open(item, &keys::RED)?;
    let scenario = reader.text(&table, "scenario");
    let says = reader.text(&table, "says").map(|says| says.value);
    let verdict = reader.word(&table, "verdict");
    let reason = reason(reader, &table)?;
    if let Some(verdict) = verdict.filter(|word| *word != reason.verdict().name()) {
        let message = format!("`{reason}` is never {verdict}");
        reader.problems.push(
            Problem::error(Code::CannotHold, reader.key_span(&table, "verdict"), message)
                .label(format!("a scenario that is red for it is {}", reason.verdict().name()))
                .help("leave `verdict` out: it follows from the cause"),
        );
        return None;
    }
    Some(Claim { scenario: scenario?, reason, says })
}

fn reason(reader: &mut Reader<'_>, table: &Table<'_>) -> Option<ExpectedReason> {
    let written = reader.text(table, "cause")?;
    let reason = ExpectedReason::named(&written.value);
    if reason.is_none() {
        let known: Vec<String> = known_reasons();
        let known = || known.iter().map(String::as_str);
        let message = format!("unknown cause `{}`", written.value);
        let help = suggest::did_you_mean(&written.value, known())
            .unwrap_or_else(|| format!("causes: {}", suggest::listed(known())));
        reader.problems.push(Problem::error(Code::UnknownCause, written.span, message).help(help));
    }
    reason
}

fn known_reasons() -> Vec<String> {
    let causes = crate::model::Cause::ALL.iter().map(crate::model::Cause::to_string);
    causes.chain(crate::model::Undecided::CLAIMED.map(str::to_owned)).collect()
}

/// What holds between controls and their suite.
fn check(reader: &mut Reader<'_>, controls: &[Control], suite: &Suite, faults: &[&str]) {
    let ids: Vec<&str> = suite.scenarios.iter().map(|scenario| scenario.id.value.as_str()).collect();
    let mut first: HashMap<&str, Span> = HashMap::new();
    for control in controls {
        let fault = &control.fault;
        if !faults.contains(&fault.value.as_str()) {
            let message = format!("unknown fault `{}`", fault.value);
            let known = || faults.iter().copied();
            let help = suggest::did_you_mean(&fault.value, known())
                .unwrap_or_else(|| "`fixproof simulate --profiles` lists them".to_owned());
            reader.problems.push(Problem::error(Code::UnknownFault, fault.span, message).help(help));
        }
        match first.get(fault.value.as_str()) {
            None => {
                first.insert(&fault.value, fault.span);
            }
            Some(span) => {
                let message = format!("duplicate control of the fault `{}`", fault.value);
                reader.problems.push(
                    Problem::error(Code::DuplicateId, fault.span, message)
                        .label("the second")
                        .also(*span, "the first"),
                );
            }
        }
        check_names(reader, control, &ids);
    }
}

/// Every named scenario exists, and is named once.
fn check_names(reader: &mut Reader<'_>, control: &Control, ids: &[&str]) {
    let mut seen: HashMap<&str, Span> = HashMap::new();
    for named @ At { value: id, span } in control.named() {
        check_name(reader, named, ids);
        match seen.get(id.as_str()) {
            None => {
                seen.insert(id, *span);
            }
            Some(before) => {
                let message = format!("the control of `{}` names `{id}` twice", control.fault.value);
                reader.problems.push(
                    Problem::error(Code::BadValue, *span, message)
                        .label("a scenario has one verdict")
                        .also(*before, "named here"),
                );
            }
        }
    }
}

fn check_name(reader: &mut Reader<'_>, At { value: id, span }: &At<String>, ids: &[&str]) {
    if !ids.contains(&id.as_str()) {
        let message = format!("unknown scenario `{id}`");
        let help = suggest::did_you_mean(id, ids.iter().copied());
        let problem = Problem::error(Code::UnknownScenario, *span, message);
        reader.problems.push(Problem { help, ..problem });
    }
}

/// What a suite with controls leaves unproved: scenarios that none turns red, faults that have none. Warnings; a suite
/// without any control gets none.
#[must_use]
pub fn unproved(suite: &Suite, controls: &Controls, faults: &[&str]) -> Vec<Problem> {
    if controls.all.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<Problem> = suite
        .scenarios
        .iter()
        .filter(|scenario| {
            let id = &scenario.id.value;
            scenario.skip.is_none()
                && !controls.of(id).any(|(_, claim)| claim.reason.verdict() == Verdict::Failed)
        })
        .map(|scenario| {
            let message = format!("no control turns `{}` red", scenario.id.value);
            Problem::error(Code::NoControl, scenario.id.span, message)
                .label("never seen failing")
                .help("add a fault that it must detect to controls/*.toml")
                .as_warning()
        })
        .collect();
    let bare: Vec<&str> = faults
        .iter()
        .copied()
        .filter(|fault| !controls.all.iter().any(|control| control.fault.value == *fault))
        .collect();
    if !bare.is_empty() {
        let message = match bare.len() {
            1 => format!("the fault `{}` has no control", bare[0]),
            n => format!("{n} faults of the simulated staging have no control: {}", bare.join(", ")),
        };
        let problem = Problem::nowhere(Code::NoControl, message);
        found.push(problem.help("name the scenarios that must detect them in controls/*.toml").as_warning());
    }
    found
}
