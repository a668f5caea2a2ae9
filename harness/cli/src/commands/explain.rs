//! `fixproof explain`: one scenario as it is written, and what its probes can see.

use fixproof::load::{load_controls, load_suite_only};
use fixproof::model::{At, Code, Control, Controls, Green, Problem, Scenario, Suite};
use fixproof::report::harmless;

use crate::arguments::{ExplainArguments, FolderArguments, SuiteArguments};
use crate::commands::probes::facts_table;
use crate::exit::Exit;
use crate::session::{self, faults, today, vocabulary};
use crate::terminal;

/// Explains one scenario.
pub(crate) fn explain(arguments: &ExplainArguments) -> Exit {
    let style = terminal::style(arguments.suite.color);
    let loaded = load_suite_only(&arguments.suite.scenarios, &vocabulary(), today());
    let mut problems = loaded.problems.sorted();
    if let Some(suite) = &loaded.suite {
        if let Some(scenario) = suite.scenarios.iter().find(|s| s.id.value == arguments.id) {
            let (controls, found) = load_controls(suite, &faults(), today());
            terminal::data(&explained(
                scenario,
                suite,
                &controls,
                &session::reproduce(scenario, &with_target(arguments)),
            ));
            // What is shown is what could be read of them.
            terminal::problems(&found.sorted(), &controls.sources, style);
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

fn with_target(arguments: &ExplainArguments) -> SuiteArguments {
    let FolderArguments { scenarios, color } = arguments.suite.clone();
    SuiteArguments { scenarios, target: arguments.target.clone(), profile: None, color }
}

fn explained(scenario: &Scenario, suite: &Suite, controls: &Controls, reproduce: &[String]) -> String {
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
    lines.extend([String::new(), "by hand:".to_owned()]);
    if reproduce.is_empty() {
        lines.push("  no target could be read; name one with --target".to_owned());
    }
    for command in reproduce {
        lines.extend(harmless(command).lines().map(|line| format!("  {line}")));
    }
    lines.extend(controlled(&scenario.id.value, controls));
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

/// Its controls: what turns it red, what blocks it, and beside which faults it is shown to stay green.
fn controlled(id: &str, controls: &Controls) -> Vec<String> {
    let mut lines = vec![String::new(), "controls (`fixproof prove` tries them)".to_owned()];
    for (control, claim) in controls.of(id) {
        let says = claim.says.as_ref().map(|says| format!(" saying `{says}`")).unwrap_or_default();
        let verdict = claim.reason.verdict().name();
        let fault = &control.fault.value;
        lines.push(format!("  {fault}: {verdict} {}{says}: {}", claim.reason, control.why));
    }
    if lines.len() == 2 {
        lines.push("  none turns it red: nobody has seen it fail".to_owned());
    }
    let named = |list: &[At<String>]| list.iter().any(|named| named.value == id);
    let mut row = |name: &str, is: &dyn Fn(&Control) -> bool| {
        let faults: Vec<&str> =
            controls.all.iter().filter(|c| is(c)).map(|c| c.fault.value.as_str()).collect();
        if !faults.is_empty() {
            lines.push(format!("  {name}: {}", faults.join(", ")));
        }
    };
    row("blocked", &|control| named(&control.blocked));
    row("green", &|control| match &control.green {
        Green::Named(green) => named(green),
        Green::Rest => control.claim(id).is_none() && !named(&control.blocked),
    });
    lines
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
