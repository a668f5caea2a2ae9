//! Detects scenarios that check the same thing: one answer would count twice.

use std::collections::HashMap;

use crate::model::{Code, Expectation, Problem, Repetition, Scenario, Setting, Settings, Span, Step};

use super::run_variables::names_in;

/// What one scenario checks, in a form that does not depend on the order it is written in. It includes the values of
/// secrets and is never shown.
pub(crate) struct Fingerprint(String);

impl Fingerprint {
    pub(crate) fn new(repetition: &Repetition) -> Fingerprint {
        Fingerprint(format!("{repetition:?}"))
    }

    /// Adds a step with everything filled in.
    pub(crate) fn step(&mut self, step: &Step, settings: &Settings, expectations: &[Expectation]) {
        let settings = ordered(settings.0.iter().map(|(key, value)| format!("{key}={}", setting(value))));
        let captures = step.captures.iter();
        let captures = ordered(captures.map(|c| {
            format!("{}={}{:?}", c.name.value, c.that.value, c.at.as_ref().map(|at| at.value.to_string()))
        }));
        let expectations = ordered(expectations.iter().map(expectation));
        self.0.push_str(&format!("\n{}{settings}{expectations}{captures}{}", step.probe.name, step.always));
        // A run variable that happens to equal another scenario's constant does not make the two the same.
        let mut of_the_run = Vec::new();
        step.settings.iter().for_each(|(_, value)| names_in(&value.value, &mut of_the_run));
        step.expect.iter().for_each(|e| names_in(&e.wanted.value, &mut of_the_run));
        self.0.push_str(&ordered(of_the_run.into_iter()));
    }
}

/// The fingerprints so far, and where they are.
#[derive(Default)]
pub(crate) struct Fingerprints(HashMap<String, Span>);

impl Fingerprints {
    /// Adds a scenario; a problem when another one has the same fingerprint.
    pub(crate) fn add(&mut self, fingerprint: Fingerprint, scenario: &Scenario) -> Option<Problem> {
        let first = self.0.insert(fingerprint.0, scenario.id.span)?;
        let message = format!(
            "`{}` checks the same as another scenario, so one answer would count twice",
            scenario.id.value
        );
        Some(
            Problem::error(Code::DuplicateQuestion, scenario.id.span, message)
                .label("same probe, settings and expectations")
                .also(first, "as here")
                .help("remove one of them, or make it check something else"),
        )
    }
}

fn ordered(parts: impl Iterator<Item = String>) -> String {
    let mut parts: Vec<String> = parts.collect();
    parts.sort();
    format!("{parts:?}")
}

fn setting(value: &Setting) -> String {
    match value {
        Setting::Table(rows) => ordered(rows.iter().map(|(key, value)| format!("{key}={}", setting(value)))),
        Setting::List(list) => format!("{:?}", list.iter().map(setting).collect::<Vec<_>>()),
        scalar => scalar.to_json().to_string(),
    }
}

fn expectation(e: &Expectation) -> String {
    let at = e.at.as_ref().map(ToString::to_string);
    let pattern = e.pattern.as_ref().map(|p| p.0.as_str());
    format!(
        "{:?} {at:?} {:?} {:?} {pattern:?} {} {:?} {:?}",
        e.that, e.operator, e.wanted, e.negated, e.severity, e.confidence
    )
}
