//! The suite as it was written: every value knows its span, no variable is filled in yet.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::{At, Operator, ProbeSpec, Severity, Share, Sources, Span};

/// A whole suite, after loading and before it meets a target.
#[derive(Debug, Clone)]
pub struct Suite {
    /// The folder it was loaded from.
    pub root: PathBuf,
    /// Every file, for places and excerpts.
    pub sources: Sources,
    /// The gate.
    pub gate: WrittenGate,
    /// Defaults of every scenario.
    pub defaults: Defaults,
    /// All scenarios, by file and position.
    pub scenarios: Vec<Scenario>,
    /// SHA-256 over names and bytes of all scenario files and `suite.toml`, in hex.
    pub hash: String,
}

/// The gate as written.
#[derive(Debug, Clone)]
pub struct WrittenGate {
    /// Passed / judged must reach this.
    pub threshold: Share,
    /// Stricter thresholds per component.
    pub components: Vec<(At<String>, Share)>,
}

/// What holds where a scenario says nothing.
#[derive(Debug, Clone)]
pub struct Defaults {
    /// One observation.
    pub timeout: Duration,
    /// The whole run.
    pub deadline: Duration,
    /// Scenarios in flight.
    pub parallel: usize,
}

/// Who is asked first when a scenario is red.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// The team of the application.
    Application,
    /// The team of the infrastructure.
    Infrastructure,
}

impl Owner {
    /// The word in the file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Owner::Application => "application",
            Owner::Infrastructure => "infrastructure",
        }
    }
}

/// One scenario as written.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Unique, kebab-case, stable.
    pub id: At<String>,
    /// One line for a reader.
    pub title: String,
    /// The component it speaks of.
    pub component: At<String>,
    /// Who is asked first when it is red.
    pub owner: Option<Owner>,
    /// Where the demand comes from.
    pub source: Option<String>,
    /// Red here rejects the fix whatever the percentage says.
    pub critical: bool,
    /// May it run against a protected target?
    pub safe: bool,
    /// Does it share the target with none?
    pub alone: bool,
    /// Scenarios that must have passed.
    pub needs: Vec<At<String>>,
    /// For `--tag`.
    pub tags: Vec<String>,
    /// One observation, where not the suite's default.
    pub timeout: Option<Duration>,
    /// What the author says to do when it is red.
    pub remedy: Option<String>,
    /// Where more is written.
    pub runbook: Option<String>,
    /// Left out by its author's own words.
    pub skip: Option<Skip>,
    /// How often it is asked.
    pub repetition: Repetition,
    /// What is asked, in order. A scenario without `[[scenario.step]]` has one step without a name.
    pub steps: Vec<Step>,
    /// The `[[scenario]]` header.
    pub span: Span,
    /// From that header to the next one, or to the end of the file.
    pub block: Span,
}

/// Why, and until when, a scenario is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    /// The author's reason.
    pub reason: String,
    /// Last day of the skip, as `YYYY-MM-DD`.
    pub until: Option<At<time::Date>>,
    /// The `skip` key.
    pub span: Span,
}

/// How often a scenario is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repetition {
    /// One observation decides.
    Once,
    /// Again and again.
    Sample(Sampling),
    /// Until it holds, and then still.
    Settle(Settling),
    /// That many at the same moment.
    Burst(u32),
}

impl Repetition {
    /// The number of planned samples; nothing for a settling scenario.
    #[must_use]
    pub fn planned(&self) -> Option<u32> {
        match self {
            Repetition::Once => Some(1),
            Repetition::Sample(sampling) => Some(sampling.count),
            Repetition::Burst(count) => Some(*count),
            Repetition::Settle(_) => None,
        }
    }
}

/// `sample = { count, every, parallel }`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampling {
    /// How many samples.
    pub count: u32,
    /// From the start of one to the start of the next.
    pub every: Duration,
    /// How many may be under way at once.
    pub parallel: u32,
}

/// `settle = { within, every, hold }`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settling {
    /// It must first hold before this has passed.
    pub within: Duration,
    /// From the start of one attempt to the start of the next.
    pub every: Duration,
    /// It must go on holding for so long.
    pub hold: Duration,
}

/// One question of a scenario, as written.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its name; nothing for the only step of a plain scenario.
    pub name: Option<At<String>>,
    /// The probe's row.
    pub probe: &'static ProbeSpec,
    /// Where `probe = …` stands.
    pub probe_span: Span,
    /// `with`, variables and all.
    pub settings: Vec<(At<String>, At<Written>)>,
    /// Where `with` stands (the step's header where there is none).
    pub settings_span: Span,
    /// What must hold.
    pub expect: Vec<WrittenExpectation>,
    /// What later steps use.
    pub captures: Vec<Capture>,
    /// Must it run whatever happened before it?
    pub always: bool,
    /// Its own timeout.
    pub timeout: Option<Duration>,
    /// The header.
    pub span: Span,
}

/// `NAME = { that = …, at = … }`
#[derive(Debug, Clone)]
pub struct Capture {
    /// The variable's name.
    pub name: At<String>,
    /// The fact.
    pub that: At<String>,
    /// The path into it.
    pub at: Option<At<serde_json_path::JsonPath>>,
    /// Is the value a secret?
    pub secret: bool,
}

/// One expectation as written.
#[derive(Debug, Clone)]
pub struct WrittenExpectation {
    /// The fact.
    pub that: At<String>,
    /// The path into it.
    pub at: Option<At<serde_json_path::JsonPath>>,
    /// The operator.
    pub operator: At<Operator>,
    /// What it is compared with.
    pub wanted: At<Written>,
    /// `not = true`
    pub negated: bool,
    /// Red or only visible.
    pub severity: Severity,
    /// For `samples.met` only.
    pub confidence: Option<At<Share>>,
    /// The whole inline table.
    pub span: Span,
}

/// A TOML value in which texts may hold variables.
#[derive(Debug, Clone, PartialEq)]
pub enum Written {
    /// True or false.
    Flag(bool),
    /// A number; infinities and NaN are refused while loading.
    Number(Number),
    /// Characters, with or without variables.
    Text(Template),
    /// A list.
    List(Vec<At<Written>>),
    /// A table, in the order it was written.
    Table(Vec<(At<String>, At<Written>)>),
}

impl Written {
    /// The word messages use, with its article.
    #[must_use]
    pub fn described(&self) -> &'static str {
        match self {
            Written::Flag(_) => "a boolean",
            Written::Number(_) => "a number",
            Written::Text(_) => "a text",
            Written::List(_) => "a list",
            Written::Table(_) => "a table",
        }
    }
}

/// A text with `{{variables}}` in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Literal text and variables, in order.
    pub parts: Vec<Part>,
}

/// A piece of a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// As it stands.
    Literal(String),
    /// To be filled in.
    Variable(Variable),
}

/// `{{name}}`: `COMPONENT.KEY`, `limit.NAME`, `secret.NAME` of the target, or a capture of an earlier step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// What stands between the braces, trimmed.
    pub name: String,
    /// The braces and all.
    pub span: Span,
}

impl Template {
    /// A template without variables.
    #[must_use]
    pub fn literal(text: impl Into<String>) -> Template {
        Template { parts: vec![Part::Literal(text.into())] }
    }

    /// The text, where there is no variable in it.
    #[must_use]
    pub fn as_literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// The variable, where the text is nothing else: then it keeps its type.
    #[must_use]
    pub fn as_variable(&self) -> Option<&Variable> {
        match self.parts.as_slice() {
            [Part::Variable(variable)] => Some(variable),
            _ => None,
        }
    }

    /// All variables in it.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable(variable) => Some(variable),
            Part::Literal(_) => None,
        })
    }
}
