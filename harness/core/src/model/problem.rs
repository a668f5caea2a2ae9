//! A mistake in what the user wrote, collected until all of them are known.

use serde::Serialize;

use super::{Sources, Span};

macro_rules! codes {
    ($($variant:ident => $name:literal, $meaning:literal;)*) => {
        /// What kind of mistake it is: kebab-case in messages, listed in `harness/docs/format.md`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $meaning] $variant,)* }

        impl Code {
            /// Every code there is.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// The kebab-case name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)* }
            }

            /// One sentence for the docs.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Code::$variant => $meaning,)* }
            }
        }
    };
}

codes! {
    UnreadFile => "unread-file", "A file that looks like a scenario file but does not end in `.toml`.";
    Unreadable => "unreadable", "A file or folder can't be read, or is not UTF-8.";
    Syntax => "syntax", "The file is not TOML.";
    UnknownKey => "unknown-key", "A key that the format does not have.";
    MissingKey => "missing-key", "A required key is missing.";
    WrongType => "wrong-type", "A value of the wrong type.";
    BadValue => "bad-value", "A value outside the valid range.";
    BadDuration => "bad-duration", "A duration without a unit, or in months or years.";
    BadId => "bad-id", "An id that is not kebab-case.";
    DuplicateId => "duplicate-id", "Two scenarios, steps or captures with the same name, or two controls of the same fault.";
    DuplicateQuestion => "duplicate-question", "Two scenarios that check the same thing: one result would count twice.";
    UnknownProbe => "unknown-probe", "A probe that does not exist.";
    UnknownSetting => "unknown-setting", "A setting that the probe does not have.";
    BadSetting => "bad-setting", "A setting that the probe can't use.";
    UnknownFact => "unknown-fact", "A fact that the probe does not yield.";
    UnknownOperator => "unknown-operator", "An operator that does not exist.";
    OneOperator => "one-operator", "An expectation with no operator, or with several.";
    BadPath => "bad-path", "A text that is not an RFC 9535 JSONPath, or a path into something that is not JSON.";
    BadPattern => "bad-pattern", "A text that is not a regular expression.";
    WrongUnit => "wrong-unit", "A fact compared with a value of another kind.";
    CannotFail => "cannot-fail", "An expectation that holds whatever the target does.";
    CannotHold => "cannot-hold", "An expectation that nothing can satisfy.";
    ProvesNothing => "proves-nothing", "Expectations that pass on an empty source: absence in an empty log.";
    NothingExpected => "nothing-expected", "A scenario or step without an expectation that can fail it.";
    BeyondReach => "beyond-reach", "A limit above the observation's timeout: it can never fail.";
    LaxText => "lax-text", "A search that the opposite of its word, or an error page, satisfies as well.";
    StatusOnly => "status-only", "A scenario that checks only a status.";
    TooFewSamples => "too-few-samples", "A sample too small to reach the required confidence.";
    UnknownComponent => "unknown-component", "A component that the target does not have.";
    UnknownVariable => "unknown-variable", "An undefined {{variable}}.";
    UnknownNeed => "unknown-need", "A needed scenario that does not exist.";
    UnknownScenario => "unknown-scenario", "A control that names a scenario that does not exist.";
    UnknownFault => "unknown-fault", "A control of a fault that the simulated staging does not have.";
    UnknownCause => "unknown-cause", "A cause that does not exist.";
    NoControl => "no-control", "A scenario that no control turns red, or a fault that has no control.";
    Cycle => "cycle", "A dependency cycle of scenarios or components.";
    UnsetSecret => "unset-secret", "A secret that can't be read from its source.";
    ShortSecret => "short-secret", "A secret too short to be redacted.";
    SkipExpired => "skip-expired", "A skip whose last day has passed.";
    CriticalSkip => "critical-skip", "A critical scenario that is skipped.";
    UnknownTarget => "unknown-target", "A target file that does not exist.";
    ReportPath => "report-path", "A place where a report can't be written.";
    BadArgument => "bad-argument", "An invalid command-line argument.";
    NoScenarios => "no-scenarios", "A suite without a scenario.";
    NothingSelected => "nothing-selected", "A selection without a scenario.";
    DeadlineTooShort => "deadline-too-short", "A deadline of the run shorter than one observation may take.";
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// The suite can run; the author should look.
    Warning,
    /// Nothing is sent until this is mended.
    Error,
}

/// One mistake: what was seen, where, and one thing to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Error or warning.
    pub level: Level,
    /// What kind.
    pub code: Code,
    /// The headline: what is wrong, with names in backticks.
    pub message: String,
    /// Where; nothing when it stands in no file (an argument, an environment variable).
    pub span: Option<Span>,
    /// What is said right at the mark.
    pub label: String,
    /// A second place that belongs to it ("first used here").
    pub also: Option<(Span, String)>,
    /// What to do next.
    pub help: Option<String>,
}

impl Problem {
    /// An error at a place.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Problem {
        Problem {
            level: Level::Error,
            code,
            message: message.into(),
            span: Some(span),
            label: String::new(),
            also: None,
            help: None,
        }
    }

    /// An error that stands in no file.
    pub fn nowhere(code: Code, message: impl Into<String>) -> Problem {
        Problem {
            level: Level::Error,
            code,
            message: message.into(),
            span: None,
            label: String::new(),
            also: None,
            help: None,
        }
    }

    /// The same, as a warning.
    #[must_use]
    pub fn as_warning(mut self) -> Problem {
        self.level = Level::Warning;
        self
    }

    /// Says something right at the mark.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Problem {
        self.label = label.into();
        self
    }

    /// Points at a second place.
    #[must_use]
    pub fn also(mut self, span: Span, label: impl Into<String>) -> Problem {
        self.also = Some((span, label.into()));
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }
}

/// All mistakes found so far.
#[derive(Debug, Clone, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Adds one.
    pub fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// Adds all of another collection.
    pub fn extend(&mut self, problems: impl IntoIterator<Item = Problem>) {
        self.0.extend(problems);
    }

    /// Is there one that stops the run?
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|p| p.level == Level::Error)
    }

    /// Is there none at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, by file and position, those without a place first.
    #[must_use]
    pub fn sorted(mut self) -> Vec<Problem> {
        self.0.sort_by_key(|p| p.span.map(|s| (s.source, s.start)));
        self.0
    }

    /// Keeps the first of those of one kind that say the same: a secret that many need is missing once.
    pub fn report_once(&mut self, code: Code) {
        let mut reported = std::collections::BTreeSet::new();
        self.0.retain(|p| p.code != code || reported.insert(p.message.clone()));
    }

    /// Takes out those of one kind.
    pub fn forget(&mut self, code: Code) {
        self.0.retain(|problem| problem.code != code);
    }

    /// All of them, to be changed in place (redaction).
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Problem> {
        self.0.iter_mut()
    }

    /// All of them, as they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }
}

/// Input that can't be used: nothing was sent. Shown as the frames that `fixproof check` prints.
#[derive(Debug, Clone)]
pub struct InvalidInput {
    /// Every error and warning, in the order of their places.
    pub problems: Vec<Problem>,
    /// The files that the problems point into.
    pub sources: Sources,
}

impl InvalidInput {
    /// Problems with the files they point into.
    #[must_use]
    pub fn new(problems: Problems, sources: Sources) -> InvalidInput {
        InvalidInput { problems: problems.sorted(), sources }
    }

    /// Only the messages, on one line.
    #[must_use]
    pub fn messages(&self) -> String {
        self.problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join("; ")
    }
}

impl From<Problem> for InvalidInput {
    fn from(problem: Problem) -> InvalidInput {
        vec![problem].into()
    }
}

/// Problems that point into no file: arguments of the command line.
impl From<Vec<Problem>> for InvalidInput {
    fn from(problems: Vec<Problem>) -> InvalidInput {
        InvalidInput { problems, sources: Sources::default() }
    }
}

impl std::error::Error for InvalidInput {}
