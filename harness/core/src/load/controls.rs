//! The folder `controls/`: which fault turns which scenario red, and why; and what no scenario need notice.

use std::collections::HashMap;
use std::path::Path;

use toml::Spanned;
use toml::de::DeValue;

use crate::model::{
    Acceptance, At, Change, Claim, Code, Control, Controls, ExpectedReason, Green, Problem, Problems, Span,
    Suite, Verdict, Vigilance,
};

use super::desk::{Desk, Table};
use super::keys::control as keys;
use super::{files, suggest, syntax};

/// Reads the controls of a suite. `faults` are the faults there are.
///
/// A folder that is not there holds none. Mistakes are collected as everywhere: a broken control hides no other.
#[must_use]
pub fn load_controls(suite: &Suite, faults: &[&str], today: time::Date) -> (Controls, Problems) {
    let mut desk = Desk::new(&[], today);
    desk.sources = suite.sources.clone();
    let mut controls = Controls::default();
    let mut fingerprint = files::Fingerprint::default();
    for path in files::control_files(&suite.root, &mut desk.problems) {
        if let Some(text) = desk.tell(files::read(&path)) {
            fingerprint.add(&suite.root, &path, &text);
            read_file(&mut desk, &path, &text, &mut controls);
        }
    }
    check(&mut desk, &controls.all, suite, faults);
    check_noticed(&mut desk, &controls.noticed, suite);
    check_accepted(&mut desk, &controls.accepted);
    let Desk { sources, problems, .. } = desk;
    (Controls { sources, hash: fingerprint.finish(), ..controls }, problems)
}

fn read_file(desk: &mut Desk<'_>, path: &Path, text: &str, controls: &mut Controls) {
    desk.source = desk.sources.add(path.to_path_buf(), &files::shown(path), text);
    let (tree, broken) = syntax::parse(desk, text);
    if !broken.is_empty() {
        return;
    }
    let start = desk.span(0..0);
    let file = desk.open_entries(&tree, start, &keys::FILE);
    for item in desk.tables(&file, "control", "each begins with the line [[control]]") {
        controls.all.extend(read(desk, item));
    }
    for item in desk.tables(&file, "noticed", "each begins with the line [[noticed]]") {
        controls.noticed.extend(vigilance(desk, item));
    }
    for item in desk.tables(&file, "accepted", "each begins with the line [[accepted]]") {
        controls.accepted.extend(acceptance(desk, item));
    }
}

fn vigilance(desk: &mut Desk<'_>, item: &Spanned<DeValue<'_>>) -> Option<Vigilance> {
    let table = desk.open(item, &keys::NOTICED)?;
    let answer = desk.text(&table, "answer");
    let mut some = |key: &str, what: &str| {
        let all = desk.texts(&table, key);
        if table.value(key).is_some() && all.is_empty() {
            let problem =
                Problem::error(Code::BadValue, desk.key_span(&table, key), format!("`{key}` is empty"));
            desk.problems.push(problem.help(format!("name {what}")));
        }
        all
    };
    let fields = some("fields", "the fields that must be noticed");
    let by = some("by", "the scenarios that must notice them");
    let changes =
        some("changes", "what must be noticed, or leave it out: everything that can be done to a field");
    for change in changes.iter().filter(|change| !Change::DEMANDS.contains(&&*change.value)) {
        let known = || Change::DEMANDS.into_iter();
        let message = format!("`changes` can't have `{}`", change.value);
        let problem = Problem::error(Code::BadValue, change.span, message)
            .label(format!("one of: {}", suggest::listed(known())));
        desk.problems.push(Problem { help: suggest::did_you_mean(&change.value, known()), ..problem });
    }
    Some(Vigilance { answer: answer?, fields, by, changes, span: table.span })
}

fn acceptance(desk: &mut Desk<'_>, item: &Spanned<DeValue<'_>>) -> Option<Acceptance> {
    let table = desk.open(item, &keys::ACCEPTED)?;
    let answer = desk.text(&table, "answer");
    let field = desk.text(&table, "field");
    let change = desk.word(&table, "change");
    let why = desk.text(&table, "why");
    Some(Acceptance { answer: answer?, field: field?, change: change?, why: why?.value, span: table.span })
}

/// Every named scenario exists, and is named once for a field.
fn check_noticed(desk: &mut Desk<'_>, noticed: &[Vigilance], suite: &Suite) {
    let ids: Vec<&str> = suite.scenarios.iter().map(|scenario| scenario.id.value.as_str()).collect();
    let mut first: HashMap<(&str, &str, &str), Span> = HashMap::new();
    for Vigilance { answer, fields, by, .. } in noticed {
        by.iter().for_each(|id| check_name(desk, id, &ids));
        for (field, id) in fields.iter().flat_map(|field| by.iter().map(move |id| (field, id))) {
            let before = first.entry((&answer.value, &field.value, &id.value)).or_insert(field.span);
            if *before != field.span {
                let message =
                    format!("`{}` must notice `{}` of `{}` twice", id.value, field.value, answer.value);
                desk.problems.push(
                    Problem::error(Code::DuplicateId, field.span, message)
                        .label("the second")
                        .also(*before, "the first"),
                );
            }
        }
    }
}

/// Whether there is such an answer and field, only mutations can tell.
fn check_accepted(desk: &mut Desk<'_>, accepted: &[Acceptance]) {
    let mut first: HashMap<(&str, &str, &str), Span> = HashMap::new();
    for acceptance in accepted {
        let Acceptance { answer, field, change, .. } = acceptance;
        let before = first.entry((&answer.value, &field.value, change)).or_insert(acceptance.span);
        if *before != acceptance.span {
            let message = format!("`{}` of `{}` is accepted twice: {change}", field.value, answer.value);
            desk.problems.push(
                Problem::error(Code::DuplicateId, acceptance.span, message)
                    .label("the second")
                    .also(*before, "the first"),
            );
        }
    }
}

fn read(desk: &mut Desk<'_>, item: &Spanned<DeValue<'_>>) -> Option<Control> {
    let table = desk.open(item, &keys::CONTROL)?;
    let fault = desk.text(&table, "fault");
    let why = desk.text(&table, "why").map(|why| why.value);
    let red: Vec<Option<Claim>> = desk
        .tables(&table, "red", "red = [{ scenario = \"…\", cause = \"…\" }]")
        .iter()
        .map(|item| claim(desk, item))
        .collect();
    let blocked = desk.texts(&table, "blocked");
    let green = green(desk, &table);
    let rejected = desk.flag(&table, "rejected");
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
        desk.problems.push(
            Problem::error(Code::NothingExpected, control.fault.span, message)
                .label("nobody must turn red, be blocked or stay green")
                .help("say who must see it: red = [{ scenario = \"…\", cause = \"…\" }]"),
        );
        return None;
    }
    Some(control)
}

fn green(desk: &mut Desk<'_>, table: &Table<'_>) -> Option<Green> {
    let Some(value) = table.value("green") else { return Some(Green::Named(Vec::new())) };
    match value.get_ref() {
        DeValue::Array(_) => Some(Green::Named(desk.texts(table, "green"))),
        DeValue::String(word) if word == "rest" => Some(Green::Rest),
        _ => {
            desk.wrong_type("green", value, "a list of ids, or \"rest\"");
            None
        }
    }
}

fn claim(desk: &mut Desk<'_>, item: &Spanned<DeValue<'_>>) -> Option<Claim> {
    let table = desk.open(item, &keys::RED)?;
    let scenario = desk.text(&table, "scenario");
    let says = desk.text(&table, "says").map(|says| says.value);
    let verdict = desk.word(&table, "verdict");
    let reason = reason(desk, &table)?;
    if let Some(verdict) = verdict.filter(|word| *word != reason.verdict().name()) {
        let message = format!("`{reason}` is never {verdict}");
        desk.problems.push(
            Problem::error(Code::CannotHold, desk.key_span(&table, "verdict"), message)
                .label(format!("a scenario that is red for it is {}", reason.verdict().name()))
                .help("leave `verdict` out: it follows from the cause"),
        );
        return None;
    }
    Some(Claim { scenario: scenario?, reason, says })
}

fn reason(desk: &mut Desk<'_>, table: &Table<'_>) -> Option<ExpectedReason> {
    let written = desk.text(table, "cause")?;
    let reason = ExpectedReason::named(&written.value);
    if reason.is_none() {
        let known: Vec<String> = known_reasons();
        let known = || known.iter().map(String::as_str);
        let message = format!("there is no cause `{}`", written.value);
        let help = suggest::did_you_mean(&written.value, known())
            .unwrap_or_else(|| format!("the causes are: {}", suggest::listed(known())));
        desk.problems.push(Problem::error(Code::UnknownCause, written.span, message).help(help));
    }
    reason
}

fn known_reasons() -> Vec<String> {
    let causes = crate::model::Cause::ALL.iter().map(crate::model::Cause::to_string);
    causes.chain(crate::model::Undecided::CLAIMED.map(str::to_owned)).collect()
}

/// What holds between controls and their suite.
fn check(desk: &mut Desk<'_>, controls: &[Control], suite: &Suite, faults: &[&str]) {
    let ids: Vec<&str> = suite.scenarios.iter().map(|scenario| scenario.id.value.as_str()).collect();
    let mut first: HashMap<&str, Span> = HashMap::new();
    for control in controls {
        let fault = &control.fault;
        if !faults.contains(&fault.value.as_str()) {
            let message = format!("the simulated staging has no fault `{}`", fault.value);
            let known = || faults.iter().copied();
            let help = suggest::did_you_mean(&fault.value, known())
                .unwrap_or_else(|| "`fixproof simulate --profiles` lists them".to_owned());
            desk.problems.push(Problem::error(Code::UnknownFault, fault.span, message).help(help));
        }
        match first.get(fault.value.as_str()) {
            None => {
                first.insert(&fault.value, fault.span);
            }
            Some(span) => {
                let message = format!("two controls have the fault `{}`", fault.value);
                desk.problems.push(
                    Problem::error(Code::DuplicateId, fault.span, message)
                        .label("the second")
                        .also(*span, "the first"),
                );
            }
        }
        check_names(desk, control, &ids);
    }
}

/// Every named scenario exists, and is named once.
fn check_names(desk: &mut Desk<'_>, control: &Control, ids: &[&str]) {
    let mut seen: HashMap<&str, Span> = HashMap::new();
    for named @ At { value: id, span } in control.named() {
        check_name(desk, named, ids);
        match seen.get(id.as_str()) {
            None => {
                seen.insert(id, *span);
            }
            Some(before) => {
                let message = format!("the control of `{}` names `{id}` twice", control.fault.value);
                desk.problems.push(
                    Problem::error(Code::BadValue, *span, message)
                        .label("a scenario has one verdict")
                        .also(*before, "named here"),
                );
            }
        }
    }
}

fn check_name(desk: &mut Desk<'_>, At { value: id, span }: &At<String>, ids: &[&str]) {
    if !ids.contains(&id.as_str()) {
        let message = format!("there is no scenario `{id}`");
        let help = suggest::did_you_mean(id, ids.iter().copied());
        let problem = Problem::error(Code::UnknownScenario, *span, message);
        desk.problems.push(Problem { help, ..problem });
    }
}

/// What a suite with controls leaves unproved: scenarios that none turns red, faults that have none. Warnings; a suite
/// without any control is told nothing.
#[must_use]
pub fn unproved(suite: &Suite, controls: &Controls, faults: &[&str]) -> Vec<Problem> {
    if controls.all.is_empty() {
        return Vec::new();
    }
    let mut told: Vec<Problem> = suite
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
                .label("nobody has seen it fail")
                .help("add a fault that it must see to controls/*.toml")
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
        told.push(problem.help("say in controls/*.toml which scenarios must see them").as_warning());
    }
    told
}
