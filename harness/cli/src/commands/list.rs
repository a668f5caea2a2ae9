//! `fixproof list`: the scenarios of a suite, a line each.

use fixproof::model::{Level, Scenario, Suite};

use crate::arguments::ListArguments;
use crate::exit::Exit;
use crate::terminal;

/// Lists scenarios.
pub(crate) fn list(arguments: &ListArguments) -> Exit {
    let style = terminal::style(arguments.suite.color);
    let (suite, problems) = match arguments.suite.harness(None).load_suite() {
        Ok((suite, problems)) => (suite, problems.sorted()),
        Err(invalid) => {
            terminal::problems(&invalid.problems, &invalid.sources, style);
            return Exit::of_problems(&invalid.problems);
        }
    };
    terminal::problems(&problems, &suite.sources, style);
    match arguments.format.as_str() {
        "json" => terminal::data(&json(&suite)),
        _ => terminal::data(&table(&suite)),
    }
    if problems.iter().any(|p| p.level == Level::Error) { Exit::of_problems(&problems) } else { Exit::Done }
}

fn marks(scenario: &Scenario) -> String {
    let mut marks = Vec::new();
    if scenario.critical {
        marks.push("critical");
    }
    if scenario.skip.is_some() {
        marks.push("skipped");
    }
    marks.join(" ")
}

fn table(suite: &Suite) -> String {
    let widest = |text: fn(&Scenario) -> usize| suite.scenarios.iter().map(text).max().unwrap_or(0);
    let id = widest(|s| s.id.value.chars().count());
    let component = widest(|s| s.component.value.chars().count());
    suite
        .scenarios
        .iter()
        .map(|s| {
            format!("{:id$}  {:component$}  {:8}  {}", s.id.value, s.component.value, marks(s), s.title)
                .trim_end()
                .to_owned()
        })
        .collect::<Vec<_>>()
        .join("\n")
}

fn json(suite: &Suite) -> String {
    let rows: Vec<serde_json::Value> = suite
        .scenarios
        .iter()
        .map(|s| {
            serde_json::json!({
                "id": s.id.value,
                "title": s.title,
                "component": s.component.value,
                "owner": s.owner.map(fixproof::model::Owner::name),
                "critical": s.critical,
                "safe": s.safe,
                "skipped": s.skip.as_ref().map(|skip| &skip.reason),
                "needs": s.needs.iter().map(|need| &need.value).collect::<Vec<_>>(),
                "tags": s.tags,
                "probes": s.steps.iter().map(|step| step.probe.name).collect::<Vec<_>>(),
                "place": suite.sources.place(s.id.span).to_string(),
            })
        })
        .collect();
    format!("{:#}", serde_json::Value::Array(rows))
}
