//! Every table of a suite with its keys: the reader, the messages and the editor schema are made from these rows.

use crate::model::{Code, Operator, Takes};

pub(super) mod control;

/// The value of a key.
#[derive(Debug, Clone, Copy)]
pub(super) enum KeyKind {
    /// Characters, not blank.
    Text,
    /// A kebab-case id.
    Id,
    /// True or false.
    Flag,
    /// A whole number within these bounds.
    Count(u64, u64),
    /// Any finite number within these bounds.
    Number(f64, f64),
    /// A duration with its unit; `zero` is whether zero is allowed.
    Duration { zero: bool },
    /// A percentage.
    Share,
    /// A date.
    Date,
    /// A list of texts.
    Texts,
    /// A list of texts, or this word.
    TextsOr(&'static str),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A layer and a reason, or why a result is undecided.
    Cause,
    /// The name of a probe.
    Probe,
    /// A fact of the step's probe.
    Fact,
    /// An RFC 9535 JSONPath.
    Path,
    /// The settings of the step's probe.
    Settings,
    /// A table.
    Table(&'static TableSpec),
    /// A list of tables.
    Tables(&'static TableSpec),
    /// Any TOML value except a date; texts may hold variables.
    Any,
    /// A list of anything.
    Many,
}

/// One key of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeySpec {
    /// The key.
    pub(super) name: &'static str,
    /// Its value.
    pub(super) kind: KeyKind,
    /// Is it required?
    pub(super) required: bool,
    /// One line for the editor and the docs.
    pub(super) meaning: &'static str,
}

/// One kind of table.
#[derive(Debug)]
pub(super) struct TableSpec {
    /// Its name in messages: `a scenario`.
    pub(super) what: &'static str,
    /// Its keys.
    pub(super) keys: &'static [KeySpec],
    /// The value of a key of the user's choice, where such keys are allowed.
    pub(super) others: Option<KeyKind>,
    /// Keys that belong elsewhere, and where.
    pub(super) elsewhere: &'static [(&'static str, &'static str)],
    /// The code for an unknown key.
    pub(super) unknown: Code,
}

impl TableSpec {
    /// The row of a key.
    pub(super) fn key(&self, name: &str) -> Option<&'static KeySpec> {
        self.keys.iter().find(|key| key.name == name)
    }
}

const fn must(name: &'static str, kind: KeyKind, meaning: &'static str) -> KeySpec {
    KeySpec { name, kind, required: true, meaning }
}

const fn may(name: &'static str, kind: KeyKind, meaning: &'static str) -> KeySpec {
    KeySpec { name, kind, required: false, meaning }
}

const fn table(what: &'static str, keys: &'static [KeySpec]) -> TableSpec {
    TableSpec { what, keys, others: None, elsewhere: &[], unknown: Code::UnknownKey }
}

const fn open(what: &'static str, keys: &'static [KeySpec], others: KeyKind) -> TableSpec {
    TableSpec { what, keys, others: Some(others), elsewhere: &[], unknown: Code::UnknownKey }
}

const ABOVE_ZERO: KeyKind = KeyKind::Duration { zero: false };
const FROM_ZERO: KeyKind = KeyKind::Duration { zero: true };
const OWNER: KeyKind = KeyKind::OneOf(&["application", "infrastructure"]);

/// `suite.toml`
pub(super) static SUITE: TableSpec = table(
    "suite.toml",
    &[
        may("gate", KeyKind::Table(&GATE), "The conditions of approval."),
        may("defaults", KeyKind::Table(&DEFAULTS), "Defaults for all scenarios."),
    ],
);

/// `[gate]`
pub(super) static GATE: TableSpec = table(
    "[gate]",
    &[
        may("threshold", KeyKind::Share, "Minimum of passed / judged, compared exactly. Default \"80%\"."),
        may("component", KeyKind::Table(&GATE_COMPONENT), "Thresholds per component, checked in addition."),
    ],
);

/// `[gate.component]`
pub(super) static GATE_COMPONENT: TableSpec = open("[gate.component]", &[], KeyKind::Share);

/// `[defaults]`
pub(super) static DEFAULTS: TableSpec = table(
    "[defaults]",
    &[
        may("timeout", ABOVE_ZERO, "Time limit of one observation. Default \"30s\"."),
        may("deadline", ABOVE_ZERO, "Time limit of the whole run. Default \"15m\"."),
        may("parallel", KeyKind::Count(1, 4096), "Maximum concurrent scenarios. Default 16."),
    ],
);

/// A target file.
pub(super) static TARGET: TableSpec = table(
    "a target",
    &[
        must("name", KeyKind::Text, "The name of the environment in reports."),
        may("protect", KeyKind::Flag, "true: only scenarios marked `safe` run, unless --allow-protected."),
        may("proxy-from-environment", KeyKind::Flag, "true: HTTP_PROXY, HTTPS_PROXY and NO_PROXY apply."),
        may("component", KeyKind::Table(&COMPONENTS), "The parts of the environment."),
        may("limit", KeyKind::Table(&LIMITS), "Values that differ per environment: {{limit.NAME}}."),
        may("secret", KeyKind::Table(&SECRETS), "The source of each secret: {{secret.NAME}}."),
        may("simulate", KeyKind::Table(&SIMULATE), "The target is the embedded simulated staging."),
    ],
);

/// `[component]`
pub(super) static COMPONENTS: TableSpec = open("[component]", &[], KeyKind::Table(&COMPONENT));

/// `[component.NAME]`
pub(super) static COMPONENT: TableSpec =
    open("a component", &[may("depends-on", KeyKind::Texts, "The components it depends on.")], KeyKind::Any);

/// `[limit]`
pub(super) static LIMITS: TableSpec = open("[limit]", &[], KeyKind::Any);

/// `[secret]`
pub(super) static SECRETS: TableSpec = open("[secret]", &[], KeyKind::Table(&SECRET));

/// `NAME = { env = … }`
pub(super) static SECRET: TableSpec = table(
    "a secret",
    &[
        may("env", KeyKind::Text, "The environment variable with the secret."),
        may("file", KeyKind::Text, "The file with the secret; one trailing line break is removed."),
        may("command", KeyKind::Texts, "The program and its arguments; its output is the secret."),
    ],
);

/// `[simulate]`
pub(super) static SIMULATE: TableSpec = table(
    "[simulate]",
    &[
        must("profile", KeyKind::Text, "The behavior of the simulated staging: healthy, incident, …"),
        may("speed", KeyKind::Number(0.001, 100_000.0), "Clock speed factor. Default 1."),
    ],
);

/// A scenario file.
pub(super) static FILE: TableSpec = TableSpec {
    what: "a scenario file",
    keys: &[
        may("component", KeyKind::Text, "The component of all scenarios in this file."),
        may("owner", OWNER, "The team to contact first when one of them fails."),
        may("scenario", KeyKind::Tables(&SCENARIO), "The scenarios."),
    ],
    others: None,
    elsewhere: &[
        ("gate", "belongs in suite.toml"),
        ("defaults", "belongs in suite.toml"),
        ("id", "a scenario starts with [[scenario]]"),
        ("title", "a scenario starts with [[scenario]]"),
        ("probe", "a scenario starts with [[scenario]]"),
        ("step", "a step starts with [[scenario.step]]"),
    ],
    unknown: Code::UnknownKey,
};

/// `[[scenario]]`
pub(super) static SCENARIO: TableSpec = TableSpec {
    what: "a scenario",
    keys: &[
        must("id", KeyKind::Id, "Unique, kebab-case, stable: reports and history refer to it."),
        must("title", KeyKind::Text, "One line: what is true when it passes."),
        may("component", KeyKind::Text, "Its component, if not the file's."),
        may("owner", OWNER, "The team to contact first when it fails."),
        may("source", KeyKind::Text, "The source of the requirement."),
        may("critical", KeyKind::Flag, "true: if it fails, the fix is rejected whatever the percentage."),
        may("safe", KeyKind::Flag, "true: it may run against a protected target."),
        may("alone", KeyKind::Flag, "true: no other scenario runs at the same time."),
        may(
            "needs",
            KeyKind::Texts,
            "Ids of scenarios it needs; it is blocked if one of them does not pass.",
        ),
        may("tags", KeyKind::Texts, "Tags for --tag."),
        may("timeout", ABOVE_ZERO, "Time limit of one observation."),
        may("remedy", KeyKind::Text, "What to do when it fails."),
        may("runbook", KeyKind::Text, "Link to the runbook."),
        may("skip", KeyKind::Table(&SKIP), "Skips it, with a reason and until a date."),
        may("sample", KeyKind::Table(&SAMPLE), "Takes several samples."),
        may("settle", KeyKind::Table(&SETTLE), "Retries until it holds, then checks that it keeps holding."),
        may("burst", KeyKind::Count(2, 10_000), "Starts this many observations at the same moment."),
        may("probe", KeyKind::Probe, "The probe; see `fixproof probes`."),
        may("with", KeyKind::Settings, "The probe's settings."),
        may("expect", KeyKind::Tables(&EXPECTATION), "What must hold."),
        may("step", KeyKind::Tables(&STEP), "Several observations in a row."),
    ],
    others: None,
    elsewhere: &[
        ("capture", "belongs in a [[scenario.step]]"),
        ("secret", "belongs in the [[scenario.step]] that captures the secret"),
        ("always", "belongs in the [[scenario.step]] that must run"),
        ("name", "a scenario has an `id` and a `title`; steps have a `name`"),
    ],
    unknown: Code::UnknownKey,
};

/// `[[scenario.step]]`
pub(super) static STEP: TableSpec = table(
    "a step",
    &[
        must("name", KeyKind::Text, "Unique within the scenario."),
        must("probe", KeyKind::Probe, "The probe; see `fixproof probes`."),
        may("with", KeyKind::Settings, "The probe's settings."),
        may("expect", KeyKind::Tables(&EXPECTATION), "What must hold."),
        may("capture", KeyKind::Table(&CAPTURES), "Values for later steps, as {{NAME}}."),
        may("secret", KeyKind::Texts, "Captures to redact in reports."),
        may("always", KeyKind::Flag, "true: it runs whatever happened before it."),
        may("timeout", ABOVE_ZERO, "Time limit of its observation."),
    ],
);

/// `capture = { … }`
pub(super) static CAPTURES: TableSpec = open("`capture`", &[], KeyKind::Table(&CAPTURE));

/// `NAME = { that = …, at = … }`
pub(super) static CAPTURE: TableSpec = table(
    "a capture",
    &[
        must("that", KeyKind::Fact, "A fact of the probe."),
        may("at", KeyKind::Path, "An RFC 9535 JSONPath into it."),
    ],
);

/// `skip = { … }`
pub(super) static SKIP: TableSpec = table(
    "`skip`",
    &[
        must("reason", KeyKind::Text, "Why it is skipped."),
        may("until", KeyKind::Date, "The last day of the skip, YYYY-MM-DD; after it the skip is an error."),
    ],
);

/// `sample = { … }`
pub(super) static SAMPLE: TableSpec = table(
    "`sample`",
    &[
        must("count", KeyKind::Count(1, 100_000), "Number of samples."),
        may("every", FROM_ZERO, "Time from the start of one sample to the next. Default \"0s\": no pause."),
        may("parallel", KeyKind::Count(1, 1_000), "Maximum concurrent samples. Default 1."),
    ],
);

/// `settle = { … }`
pub(super) static SETTLE: TableSpec = table(
    "`settle`",
    &[
        must("within", ABOVE_ZERO, "Time limit for it to hold for the first time."),
        must("every", ABOVE_ZERO, "Time from the start of one attempt to the next."),
        may("hold", FROM_ZERO, "Time for which it must keep holding. Default \"0s\"."),
    ],
);

/// The keys of an expectation beside its operator.
const EXPECTATION_KEYS: [KeySpec; 5] = [
    must("that", KeyKind::Fact, "A fact of the probe."),
    may("at", KeyKind::Path, "An RFC 9535 JSONPath into it; every value it selects must hold."),
    may("not", KeyKind::Flag, "true: negates the operator."),
    may("severity", KeyKind::OneOf(&["error", "warn"]), "\"warn\": visible and counted, never red."),
    may("confidence", KeyKind::Share, "For `samples.met`: the confidence of the lower bound."),
];

/// The same and a key for every operator.
const fn expectation_keys() -> [KeySpec; EXPECTATION_KEYS.len() + Operator::ALL.len()] {
    let mut keys = [EXPECTATION_KEYS[0]; EXPECTATION_KEYS.len() + Operator::ALL.len()];
    let mut at = 1;
    while at < keys.len() {
        keys[at] = match at < EXPECTATION_KEYS.len() {
            true => EXPECTATION_KEYS[at],
            false => {
                let operator = Operator::ALL[at - EXPECTATION_KEYS.len()].row();
                let kind = match operator.takes {
                    Takes::Several | Takes::Range => KeyKind::Many,
                    _ => KeyKind::Any,
                };
                may(operator.name(), kind, operator.summary)
            }
        };
        at += 1;
    }
    keys
}

/// `{ that = …, equals = … }`
pub(super) static EXPECTATION: TableSpec = TableSpec {
    what: "an expectation",
    keys: &expectation_keys(),
    others: None,
    elsewhere: &[("path", "did you mean `at`?"), ("fact", "did you mean `that`?")],
    unknown: Code::UnknownOperator,
};
