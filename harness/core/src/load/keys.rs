//! Every table a user may write, with its keys: the reader, the messages and the editor schema are made from these rows.

use crate::model::{Code, Operator, Takes};

pub(super) mod control;

/// What a key takes.
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
    /// A duration with its unit; zero only where that means something.
    Duration { zero: bool },
    /// A percentage.
    Share,
    /// A day.
    Date,
    /// A list of texts.
    Texts,
    /// A list of texts, or this word.
    TextsOr(&'static str),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A layer and a reason, or why something can't be told.
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
    /// Anything TOML can say but a date; texts may hold variables.
    Any,
    /// A list of anything.
    Many,
}

/// One key of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeySpec {
    /// The key.
    pub(super) name: &'static str,
    /// What it takes.
    pub(super) kind: KeyKind,
    /// Must it be there?
    pub(super) required: bool,
    /// One line for the editor and the docs.
    pub(super) meaning: &'static str,
}

/// One kind of table.
#[derive(Debug)]
pub(super) struct TableSpec {
    /// As a message names it: `a scenario`.
    pub(super) what: &'static str,
    /// Its keys.
    pub(super) keys: &'static [KeySpec],
    /// What a key of the user's own choice takes, where such keys may stand here.
    pub(super) others: Option<KeyKind>,
    /// Keys that belong somewhere else, and where.
    pub(super) elsewhere: &'static [(&'static str, &'static str)],
    /// The code for a key nobody knows.
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
        may("gate", KeyKind::Table(&GATE), "What makes the fix approved."),
        may("defaults", KeyKind::Table(&DEFAULTS), "What holds where a scenario says nothing."),
    ],
);

/// `[gate]`
pub(super) static GATE: TableSpec = table(
    "[gate]",
    &[
        may(
            "threshold",
            KeyKind::Share,
            "Passed / judged must reach this; compared exactly. Default \"80%\".",
        ),
        may("component", KeyKind::Table(&GATE_COMPONENT), "Stricter thresholds per component."),
    ],
);

/// `[gate.component]`
pub(super) static GATE_COMPONENT: TableSpec = open("[gate.component]", &[], KeyKind::Share);

/// `[defaults]`
pub(super) static DEFAULTS: TableSpec = table(
    "[defaults]",
    &[
        may("timeout", ABOVE_ZERO, "How long one observation may take. Default \"30s\"."),
        may("deadline", ABOVE_ZERO, "How long the whole run may take. Default \"15m\"."),
        may("parallel", KeyKind::Count(1, 4096), "How many scenarios are in flight. Default 16."),
    ],
);

/// A target file.
pub(super) static TARGET: TableSpec = table(
    "a target",
    &[
        must("name", KeyKind::Text, "The environment's name, in every report."),
        may("protect", KeyKind::Flag, "true: only scenarios marked `safe` run, unless --allow-protected."),
        may("proxy-from-environment", KeyKind::Flag, "true: HTTP_PROXY and its kin are obeyed."),
        may("component", KeyKind::Table(&COMPONENTS), "The parts of the environment."),
        may("limit", KeyKind::Table(&LIMITS), "Values that differ per environment: {{limit.NAME}}."),
        may("secret", KeyKind::Table(&SECRETS), "Where each secret comes from: {{secret.NAME}}."),
        may("simulate", KeyKind::Table(&SIMULATE), "The embedded simulated staging is the target."),
    ],
);

/// `[component]`
pub(super) static COMPONENTS: TableSpec = open("[component]", &[], KeyKind::Table(&COMPONENT));

/// `[component.NAME]`
pub(super) static COMPONENT: TableSpec = open(
    "a component",
    &[may("depends-on", KeyKind::Texts, "The components it can't work without.")],
    KeyKind::Any,
);

/// `[limit]`
pub(super) static LIMITS: TableSpec = open("[limit]", &[], KeyKind::Any);

/// `[secret]`
pub(super) static SECRETS: TableSpec = open("[secret]", &[], KeyKind::Table(&SECRET));

/// `NAME = { env = … }`
pub(super) static SECRET: TableSpec = table(
    "a secret",
    &[
        may("env", KeyKind::Text, "The environment variable that holds it."),
        may("file", KeyKind::Text, "The file that holds it; one line break at its end is not part of it."),
        may("command", KeyKind::Texts, "The program, and its arguments, that prints it."),
    ],
);

/// `[simulate]`
pub(super) static SIMULATE: TableSpec = table(
    "[simulate]",
    &[
        must("profile", KeyKind::Text, "How the simulated staging behaves: healthy, incident, …"),
        may("speed", KeyKind::Number(0.001, 100_000.0), "How many times faster its clock runs. Default 1."),
    ],
);

/// A scenario file.
pub(super) static FILE: TableSpec = TableSpec {
    what: "a scenario file",
    keys: &[
        may("component", KeyKind::Text, "The component every scenario in this file speaks of."),
        may("owner", OWNER, "Who is asked first when one of them is red."),
        may("scenario", KeyKind::Tables(&SCENARIO), "The scenarios."),
    ],
    others: None,
    elsewhere: &[
        ("gate", "the gate stands in suite.toml"),
        ("defaults", "the defaults stand in suite.toml"),
        ("id", "a scenario begins with the line [[scenario]]"),
        ("title", "a scenario begins with the line [[scenario]]"),
        ("probe", "a scenario begins with the line [[scenario]]"),
        ("step", "a step begins with the line [[scenario.step]]"),
    ],
    unknown: Code::UnknownKey,
};

/// `[[scenario]]`
pub(super) static SCENARIO: TableSpec = TableSpec {
    what: "a scenario",
    keys: &[
        must("id", KeyKind::Id, "Unique, kebab-case, stable: history hangs on it."),
        must("title", KeyKind::Text, "One line for a reader: what is true when it is green."),
        may("component", KeyKind::Text, "The component it speaks of, where not the file's."),
        may("owner", OWNER, "Who is asked first when it is red."),
        may("source", KeyKind::Text, "Where the demand comes from."),
        may("critical", KeyKind::Flag, "true: red here rejects the fix whatever the percentage says."),
        may("safe", KeyKind::Flag, "true: it may run against a protected target."),
        may("alone", KeyKind::Flag, "true: it shares the target with none."),
        may("needs", KeyKind::Texts, "Ids; it is not asked when one of these is red."),
        may("tags", KeyKind::Texts, "For --tag."),
        may("timeout", ABOVE_ZERO, "How long one observation may take."),
        may("remedy", KeyKind::Text, "What to do when it is red."),
        may("runbook", KeyKind::Text, "Where more is written."),
        may("skip", KeyKind::Table(&SKIP), "Leaves it out, for a reason and until a day."),
        may("sample", KeyKind::Table(&SAMPLE), "Asks again and again."),
        may("settle", KeyKind::Table(&SETTLE), "Asks until it holds, and then still."),
        may("burst", KeyKind::Count(2, 10_000), "Opens that many observations at the same moment."),
        may("probe", KeyKind::Probe, "What is asked; see `fixproof probes`."),
        may("with", KeyKind::Settings, "The probe's settings."),
        may("expect", KeyKind::Tables(&EXPECTATION), "What must hold."),
        may("step", KeyKind::Tables(&STEP), "Several questions in a row."),
    ],
    others: None,
    elsewhere: &[
        ("capture", "only a [[scenario.step]] captures, for the steps after it"),
        ("secret", "it stands in the [[scenario.step]] that captures the secret"),
        ("always", "it stands in the [[scenario.step]] that must run"),
        ("name", "a scenario has an `id` and a `title`; steps have a `name`"),
    ],
    unknown: Code::UnknownKey,
};

/// `[[scenario.step]]`
pub(super) static STEP: TableSpec = table(
    "a step",
    &[
        must("name", KeyKind::Text, "Unique within the scenario."),
        must("probe", KeyKind::Probe, "What is asked; see `fixproof probes`."),
        may("with", KeyKind::Settings, "The probe's settings."),
        may("expect", KeyKind::Tables(&EXPECTATION), "What must hold."),
        may("capture", KeyKind::Table(&CAPTURES), "What later steps use as {{NAME}}."),
        may("secret", KeyKind::Texts, "Captures whose value must not be shown."),
        may("always", KeyKind::Flag, "true: it runs whatever happened before it."),
        may("timeout", ABOVE_ZERO, "How long its observation may take."),
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
        must("reason", KeyKind::Text, "Why it is left out."),
        may("until", KeyKind::Date, "The last day of the skip, YYYY-MM-DD; after it the skip is a mistake."),
    ],
);

/// `sample = { … }`
pub(super) static SAMPLE: TableSpec = table(
    "`sample`",
    &[
        must("count", KeyKind::Count(1, 100_000), "How many samples."),
        may("every", FROM_ZERO, "From the start of one to the start of the next. Default \"0s\": at once."),
        may("parallel", KeyKind::Count(1, 1_000), "How many may be under way at once. Default 1."),
    ],
);

/// `settle = { … }`
pub(super) static SETTLE: TableSpec = table(
    "`settle`",
    &[
        must("within", ABOVE_ZERO, "It must first hold before this has passed."),
        must("every", ABOVE_ZERO, "From the start of one attempt to the start of the next."),
        may("hold", FROM_ZERO, "It must go on holding for so long. Default \"0s\"."),
    ],
);

/// The keys of an expectation beside its operator.
const EXPECTATION_KEYS: [KeySpec; 5] = [
    must("that", KeyKind::Fact, "A fact of the probe."),
    may("at", KeyKind::Path, "An RFC 9535 JSONPath into it; every value it selects must hold."),
    may("not", KeyKind::Flag, "true: negates the operator."),
    may("severity", KeyKind::OneOf(&["error", "warn"]), "\"warn\": visible and counted, never red."),
    may("confidence", KeyKind::Share, "For `samples.met`: how sure the lower bound must be."),
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
