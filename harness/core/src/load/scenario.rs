//! A scenario file, and each scenario in it.

use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use crate::model::{
    At, Code, Owner, Problem, Repetition, Sampling, Scenario, Settling, Severity, Skip, Span, Step,
};

use super::facts::Repeats;
use super::reader::{Reader, Table};
use super::{expect, keys, step, suggest, syntax, units, variables};

/// The scenarios of all files.
#[derive(Default)]
pub(super) struct Found {
    /// Scenarios that can be planned.
    pub(super) scenarios: Vec<Scenario>,
    /// What is known of those that can't.
    pub(super) broken: Vec<Mention>,
    /// Could a part of the suite not be read at all? A missing name may be in it.
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
    /// The component could not be read, which is reported already.
    component_unread: bool,
}

/// Reads one scenario file.
pub(super) fn read_file(reader: &mut Reader<'_>, text: &str, found: &mut Found) {
    let (tree, broken) = syntax::parse(reader, text);
    let earlier = std::mem::take(&mut reader.problems);
    let table = reader.open_entries(&tree, reader.span(0..0), &keys::FILE);
    let component = reader.text(&table, "component");
    let headers = reader.tables(&table, "scenario", "write [[scenario]]");
    // No further problem is reported in a part of the file, from one [[scenario]] to the next, that is not TOML: the
    // parser guessed its content.
    let mut starts: Vec<usize> = headers.iter().map(|header| header.span().start).collect();
    starts.sort_unstable();
    let part = |at: usize| starts.partition_point(|start| *start <= at);
    let unread: Vec<usize> = broken.iter().map(|at| part(*at)).collect();
    let head = Head {
        component_unread: component.is_none() && (table.has("component") || unread.contains(&0)),
        component,
        owner: read_owner(reader, &table),
    };
    if headers.is_empty() && broken.is_empty() && !table.has("scenario") {
        let problem = Problem::error(Code::NoScenarios, reader.span(0..0), "no scenario in this file");
        reader
            .problems
            .push(problem.label("the file has no effect").help("a scenario starts with [[scenario]]"));
    }
    for header in headers {
        let (mention, scenario) = read_one(reader, header, &head);
        let readable = !unread.contains(&part(header.span().start));
        match (scenario.filter(|_| readable), mention) {
            (Some(scenario), _) => {
                let next = starts.get(part(header.span().start)).copied().unwrap_or(text.len());
                let block = reader.span(header.span().start..next);
                found.scenarios.push(Scenario { block, ..scenario });
            }
            (None, Some(mention)) => found.broken.push(mention),
            (None, None) => found.incomplete = true,
        }
    }
    let own = std::mem::replace(&mut reader.problems, earlier);
    found.incomplete |= !broken.is_empty();
    let readable = |problem: &Problem| problem.span.is_none_or(|span| !unread.contains(&part(span.start)));
    reader.problems.extend(own.sorted().into_iter().filter(readable));
}

fn read_owner(reader: &mut Reader<'_>, table: &Table<'_>) -> Option<Owner> {
    match reader.word(table, "owner")? {
        "application" => Some(Owner::Application),
        _ => Some(Owner::Infrastructure),
    }
}

fn read_one(
    reader: &mut Reader<'_>,
    header: &Spanned<DeValue<'_>>,
    head: &Head,
) -> (Option<Mention>, Option<Scenario>) {
    let Some(table) = reader.open(header, &keys::SCENARIO) else { return (None, None) };
    let id = read_id(reader, &table);
    let title = reader.text(&table, "title");
    let component = read_component(reader, &table, head);
    let needs = reader.texts(&table, "needs");
    let critical = reader.flag(&table, "critical");
    let skip = read_skip(reader, &table, critical);
    let repetition = read_repetition(reader, &table);
    let owner = read_owner(reader, &table).or(head.owner);
    let tags = reader.texts(&table, "tags").into_iter().map(|tag| tag.value).collect();
    let (safe, alone) = (reader.flag(&table, "safe"), reader.flag(&table, "alone"));
    let timeout = reader.duration(&table, "timeout");
    let [source, remedy, runbook] =
        ["source", "remedy", "runbook"].map(|key| reader.text(&table, key).map(|text| text.value));
    let place = id.as_ref().map_or(table.span, |id| id.span);
    let steps = read_steps(reader, &table, place);
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

fn read_id(reader: &mut Reader<'_>, table: &Table<'_>) -> Option<At<String>> {
    let id = reader.text(table, "id")?;
    if !units::is_kebab(&id.value) {
        let problem = Problem::error(Code::BadId, id.span, format!("id `{}` is not kebab-case", id.value))
            .label("valid: lower-case words and digits, joined by single hyphens");
        let better = units::as_kebab(&id.value);
        let help = (!better.is_empty()).then(|| format!("use `{better}`"));
        reader.problems.push(Problem { help, ..problem });
    }
    Some(id)
}

fn read_component(reader: &mut Reader<'_>, table: &Table<'_>, head: &Head) -> Option<At<String>> {
    if table.has("component") {
        return reader.text(table, "component");
    }
    if head.component.is_none() && !head.component_unread {
        reader.problems.push(
            Problem::error(Code::MissingKey, table.span, "a scenario requires a `component`")
                .label("set neither here nor for the file")
                .help("add `component = \"…\"` at the top of the file"),
        );
    }
    head.component.clone()
}

fn read_skip(reader: &mut Reader<'_>, scenario: &Table<'_>, critical: bool) -> Option<Skip> {
    let value = scenario.value("skip")?;
    let span = reader.key_span(scenario, "skip");
    if critical {
        reader.problems.push(
            Problem::error(Code::CriticalSkip, span, "a critical scenario can't be skipped")
                .label("approval requires it")
                .also(reader.key_span(scenario, "critical"), "critical here"),
        );
    }
    let table = reader.open(value, &keys::SKIP)?;
    let reason = reader.text(&table, "reason").map(|text| text.value).unwrap_or_default();
    let until = table.value("until").and_then(|value| read_date(reader, value));
    if let Some(until) = until.as_ref().filter(|until| until.value < reader.today) {
        let message = format!("this skip expired on {}", until.value);
        let problem = Problem::error(Code::SkipExpired, until.span, message);
        reader.problems.push(
            problem
                .label(format!("today is {}", reader.today))
                .help("remove the skip, or set a new `until` and `reason`"),
        );
    }
    Some(Skip { reason, until, span })
}

fn read_date(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) -> Option<At<time::Date>> {
    let span = reader.span(value.span());
    let text = match value.get_ref() {
        DeValue::String(text) => text.to_string(),
        DeValue::Datetime(day) => day.to_string(),
        _ => {
            reader.wrong_type("until", value, "a date such as \"2026-12-31\"");
            return None;
        }
    };
    let day = units::parse_date(&text).ok_or_else(|| {
        Problem::error(Code::BadValue, span, format!("`{text}` is not a date")).label("valid: YYYY-MM-DD")
    });
    reader.ok(day).map(|day| At::new(day, span))
}

fn read_repetition(reader: &mut Reader<'_>, table: &Table<'_>) -> Option<Repetition> {
    let written: Vec<&str> = ["sample", "settle", "burst"].into_iter().filter(|key| table.has(key)).collect();
    if let [first, second, ..] = written[..] {
        reader.problems.push(
            Problem::error(
                Code::BadValue,
                reader.key_span(table, second),
                "`sample`, `settle` and `burst` exclude each other",
            )
            .label("the second")
            .also(reader.key_span(table, first), "the first"),
        );
    }
    let found: Vec<Option<Repetition>> = written
        .iter()
        .map(|key| match *key {
            "sample" => read_sample(reader, table),
            "settle" => read_settle(reader, table),
            _ => reader.count(table, "burst").and_then(nedge).map(Repetition::Burst),
        })
        .collect();
    match found.as_slice() {
        [] => Some(Repetition::Once),
        [one] => one.clone(),
        _ => None,
    }
}

fn nedge(count: u64) -> Option<u32> {
    u32::try_from(count).ok()
}

fn read_sample(reader: &mut Reader<'_>, scenario: &Table<'_>) -> Option<Repetition> {
    let table = reader.open(scenario.value("sample")?, &keys::SAMPLE)?;
    let count = reader.count(&table, "count");
    let every = reader.duration(&table, "every");
    let parallel = reader.count(&table, "parallel");
    Some(Repetition::Sample(Sampling {
        count: count.and_then(nedge)?,
        every: every.unwrap_or(Duration::ZERO),
        parallel: parallel.and_then(nedge).unwrap_or(1),
    }))
}

/// The shortest pause between two attempts.
const LEAST_EVERY: Duration = Duration::from_millis(10);

fn read_settle(reader: &mut Reader<'_>, scenario: &Table<'_>) -> Option<Repetition> {
    let table = reader.open(scenario.value("settle")?, &keys::SETTLE)?;
    let within = reader.duration(&table, "within");
    let every = reader.duration(&table, "every");
    let hold = reader.duration(&table, "hold");
    let settling = Settling { within: within?, every: every?, hold: hold.unwrap_or(Duration::ZERO) };
    check_every(reader, &table, &settling);
    Some(Repetition::Settle(settling))
}

/// Attempts without a pause are a load test; one after the end never runs.
fn check_every(reader: &mut Reader<'_>, table: &Table<'_>, settling: &Settling) {
    let Some(value) = table.value("every") else { return };
    let span = reader.span(value.span());
    if settling.every < LEAST_EVERY {
        let message = format!("`every` must be at least {}ms", LEAST_EVERY.as_millis());
        let problem = Problem::error(Code::BadDuration, span, message);
        reader.problems.push(problem.label("the target would be probed without a pause"));
    } else if settling.every > settling.within {
        let problem = Problem::error(Code::BadValue, span, "`every` must not be longer than `within`");
        reader.problems.push(
            problem
                .label("the second attempt would come after the end")
                .help("shorten `every` or extend `within`"),
        );
    }
}

/// Reads the steps of a scenario and checks them together; `None` where one can't be planned.
fn read_steps(reader: &mut Reader<'_>, table: &Table<'_>, place: Span) -> Option<Vec<Step>> {
    let repeats = Repeats::by(table);
    let headers = reader.tables(table, "step", "write [[scenario.step]]");
    let mixed = ["probe", "with", "expect"].into_iter().find(|key| table.has(key));
    if let Some(key) = mixed.filter(|_| table.has("step")) {
        reader.problems.push(
            Problem::error(
                Code::BadValue,
                reader.key_span(table, key),
                format!("`{key}` and steps exclude each other"),
            )
            .label("belongs in a step")
            .also(reader.key_span(table, "step"), "the steps"),
        );
        return None;
    }
    let mut read = Vec::new();
    if table.has("step") {
        for header in headers {
            read.push(reader.open(header, &keys::STEP).map(|table| step::read(reader, &table, repeats)));
        }
    } else if table.has("probe") {
        read.push(Some(step::read(reader, table, repeats)));
    } else {
        let known = suggest::listed(reader.vocabulary.iter().map(|probe| probe.name));
        reader.problems.push(
            Problem::error(Code::MissingKey, place, "a scenario requires a `probe`, or steps that have one")
                .label("no probe")
                .help(format!("probes: {known}")),
        );
        return None;
    }
    let sound = read.iter().flatten().all(|step| step.broken_expectations == 0);
    let broken: Vec<String> = read.iter().flatten().flat_map(|step| step.broken_captures.clone()).collect();
    let steps: Option<Vec<Step>> = read.into_iter().map(|step| step?.step).collect();
    let steps = steps?;
    unique_names(reader, &steps);
    variables::check_captures(reader, &steps, &broken);
    if sound {
        check_expectations(reader, &steps, &broken, place);
    }
    Some(steps)
}

fn unique_names(reader: &mut Reader<'_>, steps: &[Step]) {
    let mut seen: Vec<(&str, &At<String>)> = Vec::new();
    let names = steps.iter().flat_map(|step| step.name.iter().map(|name| ("step", name)));
    let captures = steps.iter().flat_map(|step| step.captures.iter().map(|c| ("capture", &c.name)));
    for (noun, name) in names.chain(captures) {
        match seen.iter().find(|(other, first)| *other == noun && first.value == name.value) {
            Some((_, first)) => reader.problems.push(
                Problem::error(
                    Code::DuplicateId,
                    name.span,
                    format!("duplicate {noun} name `{}`", name.value),
                )
                .label("the second")
                .also(first.span, "the first"),
            ),
            None => seen.push((noun, name)),
        }
    }
}

/// Can the scenario fail, does every step check something, and is it more than a status?
fn check_expectations(reader: &mut Reader<'_>, steps: &[Step], broken_captures: &[String], place: Span) {
    let mut all = steps.iter().flat_map(|step| &step.expect);
    if !all.any(|expectation| expectation.severity == Severity::Error) {
        let written = steps.iter().any(|step| !step.expect.is_empty());
        let (label, help) = if written {
            ("all expectations only warn", "remove `severity = \"warn\"` from one")
        } else {
            ("no expectations", "add `expect = [ { that = \"…\", equals = … } ]`")
        };
        let problem = Problem::error(Code::NothingExpected, place, "this scenario can't fail");
        reader.problems.push(problem.label(label).help(help));
        return;
    }
    let idle =
        |step: &&Step| step.expect.is_empty() && step.captures.is_empty() && broken_captures.is_empty();
    for step in steps.iter().filter(idle) {
        let span = step.name.as_ref().map_or(step.span, |name| name.span);
        reader.problems.push(
            Problem::error(Code::NothingExpected, span, "this step has no expectations and no captures")
                .label("its observation has no effect"),
        );
    }
    if expect::look_at_status_only(steps.iter().flat_map(|step| &step.expect)) {
        reader.problems.push(
            Problem::error(Code::StatusOnly, place, "this scenario checks only a status")
                .label("an error page with the right status would pass")
                .help("check the content too: `body`, `text`, a header")
                .as_warning(),
        );
    }
}
