//! A scenario file, and each scenario in it.

use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use crate::model::{
    At, Code, Owner, Problem, Repetition, Sampling, Scenario, Settling, Severity, Skip, Span, Step,
};

use super::desk::{Desk, Table};
use super::facts::Asked;
use super::{expect, keys, step, suggest, syntax, units, variables};

/// What all files held.
#[derive(Default)]
pub(super) struct Found {
    /// Scenarios that can be planned.
    pub(super) scenarios: Vec<Scenario>,
    /// What is known of those that can't.
    pub(super) broken: Vec<Mention>,
    /// Could a part of the suite not be read at all? Then a name that is missing may stand there.
    pub(super) incomplete: bool,
}

/// As much of a scenario as others refer to.
pub(super) struct Mention {
    /// Its id.
    pub(super) id: At<String>,
    /// The scenarios it needs.
    pub(super) needs: Vec<At<String>>,
}

/// What the head of a file says of all its scenarios.
struct Head {
    component: Option<At<String>>,
    owner: Option<Owner>,
    /// The component could not be read; its lack is told already.
    component_unread: bool,
}

/// Reads one scenario file.
pub(super) fn read_file(desk: &mut Desk<'_>, text: &str, found: &mut Found) {
    let (tree, broken) = syntax::parse(desk, text);
    let earlier = std::mem::take(&mut desk.problems);
    let table = desk.open_entries(&tree, desk.span(0..0), &keys::FILE);
    let component = desk.text(&table, "component");
    let headers = desk.tables(&table, "scenario", "write [[scenario]]");
    // Nothing is said about the part of a file, from one [[scenario]] to the next, that is no TOML: the parser
    // guessed what it may have been.
    let mut starts: Vec<usize> = headers.iter().map(|header| header.span().start).collect();
    starts.sort_unstable();
    let part = |at: usize| starts.partition_point(|start| *start <= at);
    let unread: Vec<usize> = broken.iter().map(|at| part(*at)).collect();
    let head = Head {
        component_unread: component.is_none() && (table.has("component") || unread.contains(&0)),
        component,
        owner: read_owner(desk, &table),
    };
    if headers.is_empty() && broken.is_empty() && !table.has("scenario") {
        let problem = Problem::error(Code::NoScenarios, desk.span(0..0), "this file holds no scenario");
        desk.problems
            .push(problem.label("nothing here is ever asked").help("a scenario begins with [[scenario]]"));
    }
    for header in headers {
        let (mention, scenario) = read_one(desk, header, &head);
        let readable = !unread.contains(&part(header.span().start));
        match (scenario.filter(|_| readable), mention) {
            (Some(scenario), _) => {
                let next = starts.get(part(header.span().start)).copied().unwrap_or(text.len());
                let block = desk.span(header.span().start..next);
                found.scenarios.push(Scenario { block, ..scenario });
            }
            (None, Some(mention)) => found.broken.push(mention),
            (None, None) => found.incomplete = true,
        }
    }
    let own = std::mem::replace(&mut desk.problems, earlier);
    found.incomplete |= !broken.is_empty();
    let told = |problem: &Problem| problem.span.is_none_or(|span| !unread.contains(&part(span.start)));
    desk.problems.extend(own.sorted().into_iter().filter(told));
}

fn read_owner(desk: &mut Desk<'_>, table: &Table<'_>) -> Option<Owner> {
    match desk.word(table, "owner")? {
        "application" => Some(Owner::Application),
        _ => Some(Owner::Infrastructure),
    }
}

fn read_one(
    desk: &mut Desk<'_>,
    header: &Spanned<DeValue<'_>>,
    head: &Head,
) -> (Option<Mention>, Option<Scenario>) {
    let Some(table) = desk.open(header, &keys::SCENARIO) else { return (None, None) };
    let id = read_id(desk, &table);
    let title = desk.text(&table, "title");
    let component = read_component(desk, &table, head);
    let needs = desk.texts(&table, "needs");
    let critical = desk.flag(&table, "critical");
    let skip = read_skip(desk, &table, critical);
    let repetition = read_repetition(desk, &table);
    let owner = read_owner(desk, &table).or(head.owner);
    let tags = desk.texts(&table, "tags").into_iter().map(|tag| tag.value).collect();
    let (safe, alone) = (desk.flag(&table, "safe"), desk.flag(&table, "alone"));
    let timeout = desk.duration(&table, "timeout");
    let [source, remedy, runbook] =
        ["source", "remedy", "runbook"].map(|key| desk.text(&table, key).map(|text| text.value));
    let place = id.as_ref().map_or(table.span, |id| id.span);
    let steps = read_steps(desk, &table, place);
    let Some(id) = id else { return (None, None) };
    let (Some(title), Some(component), Some(repetition), Some(steps)) = (title, component, repetition, steps)
    else {
        return (Some(Mention { id, needs }), None);
    };
    let scenario = Scenario {
        id,
        title: title.value,
        component,
        owner,
        source,
        critical,
        safe,
        alone,
        needs,
        tags,
        timeout,
        remedy,
        runbook,
        skip,
        repetition,
        steps,
        span: table.span,
        block: table.span,
    };
    (None, Some(scenario))
}

fn read_id(desk: &mut Desk<'_>, table: &Table<'_>) -> Option<At<String>> {
    let id = desk.text(table, "id")?;
    if !units::is_kebab(&id.value) {
        let problem = Problem::error(Code::BadId, id.span, format!("`{}` is not kebab-case", id.value))
            .label("lower-case words and digits, joined by single hyphens");
        let better = units::as_kebab(&id.value);
        let help = (!better.is_empty()).then(|| format!("write `{better}`"));
        desk.problems.push(Problem { help, ..problem });
    }
    Some(id)
}

fn read_component(desk: &mut Desk<'_>, table: &Table<'_>, head: &Head) -> Option<At<String>> {
    if table.has("component") {
        return desk.text(table, "component");
    }
    if head.component.is_none() && !head.component_unread {
        desk.problems.push(
            Problem::error(Code::MissingKey, table.span, "a scenario needs a `component`")
                .label("neither this scenario nor its file names one")
                .help("write `component = \"…\"` at the top of the file"),
        );
    }
    head.component.clone()
}

fn read_skip(desk: &mut Desk<'_>, scenario: &Table<'_>, critical: bool) -> Option<Skip> {
    let value = scenario.value("skip")?;
    let span = desk.key_span(scenario, "skip");
    if critical {
        desk.problems.push(
            Problem::error(Code::CriticalSkip, span, "a critical scenario can't be skipped")
                .label("nothing could be approved without it")
                .also(desk.key_span(scenario, "critical"), "critical here"),
        );
    }
    let table = desk.open(value, &keys::SKIP)?;
    let reason = desk.text(&table, "reason").map(|text| text.value).unwrap_or_default();
    let until = table.value("until").and_then(|value| read_date(desk, value));
    if let Some(until) = until.as_ref().filter(|until| until.value < desk.today) {
        let message = format!("this skip ended on {}", until.value);
        let problem = Problem::error(Code::SkipExpired, until.span, message);
        desk.problems.push(
            problem
                .label(format!("today is {}", desk.today))
                .help("ask the scenario again, or say until when and why it is still left out"),
        );
    }
    Some(Skip { reason, until, span })
}

fn read_date(desk: &mut Desk<'_>, value: &Spanned<DeValue<'_>>) -> Option<At<time::Date>> {
    let span = desk.span(value.span());
    let text = match value.get_ref() {
        DeValue::String(text) => text.to_string(),
        DeValue::Datetime(day) => day.to_string(),
        _ => {
            desk.wrong_type("until", value, "a day such as \"2026-12-31\"");
            return None;
        }
    };
    let day = units::parse_date(&text).ok_or_else(|| {
        Problem::error(Code::BadValue, span, format!("`{text}` is not a day"))
            .label("a day is written \"YYYY-MM-DD\"")
    });
    desk.tell(day).map(|day| At::new(day, span))
}

fn read_repetition(desk: &mut Desk<'_>, table: &Table<'_>) -> Option<Repetition> {
    let written: Vec<&str> = ["sample", "settle", "burst"].into_iter().filter(|key| table.has(key)).collect();
    if let [first, second, ..] = written[..] {
        desk.problems.push(
            Problem::error(
                Code::BadValue,
                desk.key_span(table, second),
                "a scenario has one of `sample`, `settle` and `burst`",
            )
            .label("the second")
            .also(desk.key_span(table, first), "the first"),
        );
    }
    let found: Vec<Option<Repetition>> = written
        .iter()
        .map(|key| match *key {
            "sample" => read_sample(desk, table),
            "settle" => read_settle(desk, table),
            _ => desk.count(table, "burst").and_then(narrow).map(Repetition::Burst),
        })
        .collect();
    match found.as_slice() {
        [] => Some(Repetition::Once),
        [one] => one.clone(),
        _ => None,
    }
}

fn narrow(count: u64) -> Option<u32> {
    u32::try_from(count).ok()
}

fn read_sample(desk: &mut Desk<'_>, scenario: &Table<'_>) -> Option<Repetition> {
    let table = desk.open(scenario.value("sample")?, &keys::SAMPLE)?;
    let count = desk.count(&table, "count");
    let every = desk.duration(&table, "every");
    let parallel = desk.count(&table, "parallel");
    Some(Repetition::Sample(Sampling {
        count: count.and_then(narrow)?,
        every: every.unwrap_or(Duration::ZERO),
        parallel: parallel.and_then(narrow).unwrap_or(1),
    }))
}

/// The shortest pause between two attempts.
const LEAST_EVERY: Duration = Duration::from_millis(10);

fn read_settle(desk: &mut Desk<'_>, scenario: &Table<'_>) -> Option<Repetition> {
    let table = desk.open(scenario.value("settle")?, &keys::SETTLE)?;
    let within = desk.duration(&table, "within");
    let every = desk.duration(&table, "every");
    let hold = desk.duration(&table, "hold");
    let settling = Settling { within: within?, every: every?, hold: hold.unwrap_or(Duration::ZERO) };
    check_every(desk, &table, &settling);
    Some(Repetition::Settle(settling))
}

/// An attempt that follows the other without a pause is a load test, and one that comes after the end is none.
fn check_every(desk: &mut Desk<'_>, table: &Table<'_>, settling: &Settling) {
    let Some(value) = table.value("every") else { return };
    let span = desk.span(value.span());
    if settling.every < LEAST_EVERY {
        let message = format!("`every` can't be shorter than {}ms", LEAST_EVERY.as_millis());
        let problem = Problem::error(Code::BadDuration, span, message);
        desk.problems.push(problem.label("the target would be asked without a pause"));
    } else if settling.every > settling.within {
        let problem = Problem::error(Code::BadValue, span, "`every` is longer than `within`");
        desk.problems.push(
            problem
                .label("the second attempt comes after the end")
                .help("make `every` shorter or `within` longer"),
        );
    }
}

/// Reads every question of a scenario, and what holds between them; nothing where one can't be planned.
fn read_steps(desk: &mut Desk<'_>, table: &Table<'_>, place: Span) -> Option<Vec<Step>> {
    let asked = Asked::by(table);
    let headers = desk.tables(table, "step", "write [[scenario.step]]");
    let mixed = ["probe", "with", "expect"].into_iter().find(|key| table.has(key));
    if let Some(key) = mixed.filter(|_| table.has("step")) {
        desk.problems.push(
            Problem::error(
                Code::BadValue,
                desk.key_span(table, key),
                format!("a scenario has steps or a `{key}` of its own, not both"),
            )
            .label("belongs to a step")
            .also(desk.key_span(table, "step"), "the steps"),
        );
        return None;
    }
    let mut questions = Vec::new();
    if table.has("step") {
        for header in headers {
            questions.push(desk.open(header, &keys::STEP).map(|table| step::read(desk, &table, asked)));
        }
    } else if table.has("probe") {
        questions.push(Some(step::read(desk, table, asked)));
    } else {
        let known = suggest::listed(desk.vocabulary.iter().map(|probe| probe.name));
        desk.problems.push(
            Problem::error(Code::MissingKey, place, "a scenario needs a `probe`, or steps that have one")
                .label("nothing is asked")
                .help(format!("probe = one of: {known}")),
        );
        return None;
    }
    let sound = questions.iter().flatten().all(|question| question.broken_expectations == 0);
    let broken: Vec<String> =
        questions.iter().flatten().flat_map(|question| question.broken_captures.clone()).collect();
    let steps: Option<Vec<Step>> = questions.into_iter().map(|question| question?.step).collect();
    let steps = steps?;
    unique_names(desk, &steps);
    variables::check_captures(desk, &steps, &broken);
    if sound {
        check_expectations(desk, &steps, &broken, place);
    }
    Some(steps)
}

fn unique_names(desk: &mut Desk<'_>, steps: &[Step]) {
    let mut seen: Vec<(&str, &At<String>)> = Vec::new();
    let names = steps.iter().flat_map(|step| step.name.iter().map(|name| ("step", name)));
    let captures = steps.iter().flat_map(|step| step.captures.iter().map(|c| ("capture", &c.name)));
    for (noun, name) in names.chain(captures) {
        match seen.iter().find(|(other, first)| *other == noun && first.value == name.value) {
            Some((_, first)) => desk.problems.push(
                Problem::error(
                    Code::DuplicateId,
                    name.span,
                    format!("two {noun}s are called `{}`", name.value),
                )
                .label("the second")
                .also(first.span, "the first"),
            ),
            None => seen.push((noun, name)),
        }
    }
}

/// Can the scenario turn red, does every step look at something, and is it more than a status?
fn check_expectations(desk: &mut Desk<'_>, steps: &[Step], broken_captures: &[String], place: Span) {
    let mut all = steps.iter().flat_map(|step| &step.expect);
    if !all.any(|expectation| expectation.severity == Severity::Error) {
        let written = steps.iter().any(|step| !step.expect.is_empty());
        let (label, help) = if written {
            ("every expectation is a warning", "leave `severity = \"warn\"` out of one")
        } else {
            ("no expectation", "add `expect = [ { that = \"…\", equals = … } ]`")
        };
        let problem = Problem::error(Code::NothingExpected, place, "nothing could turn this scenario red");
        desk.problems.push(problem.label(label).help(help));
        return;
    }
    let idle =
        |step: &&Step| step.expect.is_empty() && step.captures.is_empty() && broken_captures.is_empty();
    for step in steps.iter().filter(idle) {
        let span = step.name.as_ref().map_or(step.span, |name| name.span);
        desk.problems.push(
            Problem::error(Code::NothingExpected, span, "this step expects nothing and captures nothing")
                .label("its answer is thrown away"),
        );
    }
    if expect::look_at_status_only(steps.iter().flat_map(|step| &step.expect)) {
        desk.problems.push(
            Problem::error(Code::StatusOnly, place, "this scenario looks at nothing but a status")
                .label("an error page with the right status would pass")
                .help("look at what was answered too: `body`, `text`, a header")
                .as_warning(),
        );
    }
}
