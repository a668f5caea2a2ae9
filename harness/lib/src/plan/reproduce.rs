//! Reproduction commands: every step of a scenario as a command line, with a shell variable for each value that is
//! secret or not known yet.

use crate::model::{Capture, Scenario, Setting, Step, Suite, Target, Text};
use crate::probe::ProbeKind;
use crate::probe::reproduce::{variable, variable_name};

use super::coerce::setting;
use super::identity::Identity;
use super::run_variables::RunVariables;
use super::variables::{Captures, Overlay, Resolver};

/// The longest command that a report carries, in bytes.
const LONGEST: usize = 8 << 10;

/// The commands of one scenario, without network access and without reading a secret; `identity` gives the run's
/// variables.
#[must_use]
pub fn reproduce(
    scenario: &Scenario,
    suite: &Suite,
    target: &Target,
    overlay: Overlay,
    identity: &Identity,
    kinds: &[&'static dyn ProbeKind],
) -> Vec<String> {
    let variables = RunVariables::of(&identity.run, identity.nonce, identity.begun);
    Reproduction::new(suite, &Resolver::new(target.clone(), overlay, variables), kinds).of(scenario)
}

/// Builds the commands with a resolver without secrets.
pub(crate) struct Reproduction<'a> {
    suite: &'a Suite,
    shown: Resolver,
    kinds: &'a [&'static dyn ProbeKind],
}

impl<'a> Reproduction<'a> {
    pub(crate) fn new(
        suite: &'a Suite,
        resolver: &Resolver,
        kinds: &'a [&'static dyn ProbeKind],
    ) -> Reproduction<'a> {
        Reproduction { suite, shown: resolver.shown(), kinds }
    }

    /// One text per step: the command, and in comments the step's name and what to capture from the answer.
    pub(crate) fn of(&self, scenario: &Scenario) -> Vec<String> {
        let mut captures = Captures::new();
        let mut all = Vec::with_capacity(scenario.steps.len());
        for step in &scenario.steps {
            let mut lines = Vec::new();
            lines.extend(step.name.as_ref().map(|name| comment(&format!("step {}", name.value))));
            lines.push(self.command(scenario, step, &captures).unwrap_or_else(|| {
                comment(&format!("no common command-line tool does what `{}` does", step.probe.name))
            }));
            for capture in &step.captures {
                lines.push(comment(&taken(capture)));
                let stand_in = Setting::Text(Text::plain(variable(&capture.name.value)));
                captures.insert(capture.name.value.clone(), stand_in);
            }
            all.push(lines.join("\n"));
        }
        all
    }

    fn command(&self, scenario: &Scenario, step: &Step, captures: &Captures) -> Option<String> {
        let kind = self.kinds.iter().find(|kind| kind.spec().name == step.probe.name)?;
        let mut settings = crate::model::Settings::default();
        for (key, written) in &step.settings {
            let spec = step.probe.setting(&key.value)?;
            let filled = self.shown.fill(written, Some(captures)).ok()?;
            settings.0.push((key.value.clone(), setting(filled, spec.kind).ok()?));
        }
        let within = step.timeout.or(scenario.timeout).unwrap_or(self.suite.defaults.timeout);
        let context = self.shown.prepare_context(&self.suite.root);
        kind.reproduce(&settings, within, &context).filter(|command| command.len() <= LONGEST)
    }
}

fn taken(capture: &Capture) -> String {
    let at = capture.at.as_ref().map(|at| format!(" at {}", at.value)).unwrap_or_default();
    format!(
        "set {}= to the value of {}{at} in the answer",
        variable_name(&capture.name.value),
        capture.that.value
    )
}

/// A shell comment, whatever the text contains.
fn comment(text: &str) -> String {
    let one_line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("# {one_line}")
}
