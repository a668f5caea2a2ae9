//! `fixproof explain`: one scenario as it is written, and what its probes can see.

use fixproof::load::load_suite_only;
use fixproof::model::{Code, Problem, Scenario, Suite};

use crate::arguments::ExplainArguments;
use crate::commands::probes::facts_table;
use crate::exit::Exit;
use crate::session::{today, vocabulary};
use crate::terminal;

/// Explains one scenario.
pub(crate) fn explain(arguments: &ExplainArguments) -> Exit {
    let style = terminal::style(arguments.suite.color);
    let loaded = load_suite_only(&arguments.suite.scenarios, &vocabulary(), today());
    let mut problems = loaded.problems.sorted();
    if let Some(suite) = &loaded.suite {
        if let Some(scenario) = suite.scenarios.iter().find(|s| s.id.value == arguments.id) {
            terminal::data(&explained(scenario, suite));
            return Exit::Done;
        }
        let near: Vec<&str> = suite
            .scenarios
            .iter()
            .map(|s| s.id.value.as_str())
            .filter(|id| id.contains(&arguments.id) || arguments.id.contains(id))
            .take(5)
            .collect();
        let help = if near.is_empty() {
            "`fixproof list` shows every scenario".to_owned()
        } else {
            format!("did you mean: {}?", near.join(", "))
        };
        problems.push(
            Problem::nowhere(Code::BadArgument, format!("there is no scenario `{}`", arguments.id))
                .help(help),
        );
    }
    terminal::problems(&problems, &loaded.sources, style);
    Exit::BadInput
}

fn explained(scenario: &Scenario, suite: &Suite) -> String {
    let mut lines = vec![
        format!("{}  ({})", scenario.id.value, suite.sources.place(scenario.id.span)),
        format!("  {}", scenario.title),
        String::new(),
    ];
    let mut row = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            lines.push(format!("  {name:10} {value}"));
        }
    };
    row("component", Some(scenario.component.value.clone()));
    row("owner", scenario.owner.map(|owner| owner.name().to_owned()));
    row(
        "critical",
        scenario.critical.then(|| "red here rejects the fix whatever the percentage says".to_owned()),
    );
    row("source", scenario.source.clone());
    row("needs", Some(scenario.needs.iter().map(|need| need.value.as_str()).collect::<Vec<_>>().join(", ")));
    row("tags", Some(scenario.tags.join(", ")));
    row("remedy", scenario.remedy.clone());
    row("runbook", scenario.runbook.clone());
    row("skipped", scenario.skip.as_ref().map(|skip| skip.reason.clone()));
    lines.push(String::new());
    lines.push(suite.sources.text(scenario.span.source)[body_of(scenario, suite)].trim_end().to_owned());
    let mut told = Vec::new();
    for step in &scenario.steps {
        if !told.contains(&step.probe.name) {
            told.push(step.probe.name);
            lines.push(String::new());
            lines.push(format!("facts of `{}` ({})", step.probe.name, step.probe.summary));
            lines.push(facts_table(step.probe));
        }
    }
    lines.join("\n")
}

/// From the scenario's header to the next one's.
fn body_of(scenario: &Scenario, suite: &Suite) -> std::ops::Range<usize> {
    let text = suite.sources.text(scenario.span.source);
    let start = scenario.span.start.min(text.len());
    let next = suite
        .scenarios
        .iter()
        .filter(|other| other.span.source == scenario.span.source && other.span.start > start)
        .map(|other| other.span.start)
        .min();
    let end = next.unwrap_or(text.len()).min(text.len());
    if text.is_char_boundary(start) && text.is_char_boundary(end) { start..end } else { 0..0 }
}
