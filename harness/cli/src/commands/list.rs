//! `fixproof list`: the scenarios of a suite, a line each.

use fixproof::Harness;
use fixproof::model::{InvalidInput, Scenario, Suite};
use fixproof::report::Style;

use crate::output::{Exit, terminal};

/// Lists scenarios.
pub(crate) fn list(harness: &Harness, as_json: bool, style: Style) -> Result<Exit, InvalidInput> {
    let (suite, problems) = harness.load_suite()?;
    let has_errors = problems.has_errors();
    let problems = problems.sorted();
    terminal::problems(&problems, &suite.sources, style);
    terminal::data(&if as_json { json(&suite) } else { table(&suite) });
    Ok(if has_errors { Exit::of_problems(&problems) } else { Exit::Done })
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
