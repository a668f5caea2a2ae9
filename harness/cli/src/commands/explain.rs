//! `fixproof explain`: one scenario with its text, its commands, its controls and the facts of its probes.

use fixproof::Harness;
use fixproof::model::{At, Code, Control, Controls, Green, InvalidInput, Problem, Scenario, Suite};
use fixproof::report::{Style, sanitize};

use crate::output::{Exit, terminal};

use super::probes::facts_table;

/// Explains one scenario.
pub(crate) fn explain(harness: &Harness, id: &str, style: Style) -> Result<Exit, InvalidInput> {
    let (suite, mut problems) = harness.load_suite()?;
    let Some(scenario) = suite.scenarios.iter().find(|s| s.id.value == id) else {
        problems.push(unknown(id, &suite));
        return Err(InvalidInput::new(problems, suite.sources));
    };
    let (controls, found) = harness.load_controls(&suite);
    let loaded = harness.load();
    let mut reproduce = loaded.as_ref().map(|loaded| loaded.reproduce(scenario)).unwrap_or_default();
    if loaded.is_ok_and(|loaded| loaded.simulated().is_some()) && !reproduce.is_empty() {
        reproduce.insert(0, "# needs a running `fixproof simulate`, which serves these addresses".to_owned());
    }
    terminal::data(&explained(scenario, &suite, &controls, &reproduce));
    terminal::problems(&found.sorted(), &controls.sources, style);
    Ok(Exit::Done)
}

fn unknown(id: &str, suite: &Suite) -> Problem {
    let near: Vec<&str> = suite
        .scenarios
        .iter()
        .map(|s| s.id.value.as_str())
        .filter(|known| known.contains(id) || id.contains(known))
        .take(5)
        .collect();
    let help = if near.is_empty() {
        "`fixproof list` prints all scenarios".to_owned()
    } else {
        format!("did you mean: {}?", near.join(", "))
    };
    Problem::nowhere(Code::BadArgument, format!("unknown scenario `{id}`")).help(help)
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
        scenario.critical.then(|| "if it fails, the run is rejected whatever the percentage".to_owned()),
    );
    row("source", scenario.source.clone());
    row("needs", Some(scenario.needs.iter().map(|need| need.value.as_str()).collect::<Vec<_>>().join(", ")));
    row("tags", Some(scenario.tags.join(", ")));
    row("remedy", scenario.remedy.clone());
    row("runbook", scenario.runbook.clone());
    row("skipped", scenario.skip.as_ref().map(|skip| skip.reason.clone()));
    lines.push(String::new());
    lines.push(suite.sources.within(scenario.block).trim_end().to_owned());
    lines.extend([String::new(), "reproduce:".to_owned()]);
    if reproduce.is_empty() {
        lines.push("  none: no target could be read; name one with --target".to_owned());
    }
    for command in reproduce {
        lines.extend(sanitize(command).lines().map(|line| format!("  {line}")));
    }
    lines.extend(controlled(&scenario.id.value, controls));
    let mut shown = Vec::new();
    for step in &scenario.steps {
        if !shown.contains(&step.probe.name) {
            shown.push(step.probe.name);
            lines.push(String::new());
            lines.push(format!("facts of `{}` ({})", step.probe.name, step.probe.summary));
            lines.push(facts_table(step.probe));
        }
    }
    lines.join("\n")
}

/// Its controls: the faults that fail it, that block it, and with which it stays green.
fn controlled(id: &str, controls: &Controls) -> Vec<String> {
    let mut lines = vec![String::new(), "controls (run by `fixproof prove`)".to_owned()];
    for (control, claim) in controls.of(id) {
        let says = claim.says.as_ref().map(|says| format!(" saying `{says}`")).unwrap_or_default();
        let verdict = claim.reason.verdict().name();
        let fault = &control.fault.value;
        lines.push(format!("  {fault}: {verdict} {}{says}: {}", claim.reason, control.why));
    }
    if lines.len() == 2 {
        lines.push("  none: no fault is known to fail it".to_owned());
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
