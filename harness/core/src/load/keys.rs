//! Every table a user may write, with its keys: the reader, the messages and the editor schema are made from these rows.

use crate::model::Code;

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
#[derive(Debug)]
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

/// `{ that = …, equals = … }`
pub(super) static EXPECTATION: TableSpec = TableSpec {
    what: "an expectation",
    keys: &[
        must("that", KeyKind::Fact, "A fact of the probe."),
        may("at", KeyKind::Path, "An RFC 9535 JSONPath into it; every value it selects must hold."),
        may("not", KeyKind::Flag, "true: turns the operator round."),
        may("severity", KeyKind::OneOf(&["error", "warn"]), "\"warn\": visible and counted, never red."),
        may("confidence", KeyKind::Share, "For `samples.met`: how sure the lower bound must be."),
        may("equals", KeyKind::Any, "The same value of the same kind."),
        may("one-of", KeyKind::Many, "The same as one of a list."),
        may("less-than", KeyKind::Any, "Less than a number, duration, size or share."),
        may("at-most", KeyKind::Any, "At most a number, duration, size or share."),
        may("at-least", KeyKind::Any, "At least a number, duration, size or share."),
        may("more-than", KeyKind::Any, "More than a number, duration, size or share."),
        may("within", KeyKind::Many, "Between two values, both included."),
        may(
            "contains",
            KeyKind::Any,
            "A text within a text, an element within a list, a key within an object.",
        ),
        may("starts-with", KeyKind::Any, "A text's beginning."),
        may("ends-with", KeyKind::Any, "A text's end."),
        may("matches", KeyKind::Any, "A regular expression found anywhere in a text; anchor it yourself."),
        may("exists", KeyKind::Any, "true: it is there; false: it is not."),
        may("has-length", KeyKind::Any, "Characters of a text, elements of a list, keys of an object."),
        may("is-empty", KeyKind::Any, "true: a text, list or object is empty; false: it is not."),
        may("is-a", KeyKind::Any, "The kind of the value: number, text, boolean, list, object or null."),
    ],
    others: None,
    elsewhere: &[
        ("is", "did you mean `equals`?"),
        ("eq", "did you mean `equals`?"),
        ("greater-than", "did you mean `more-than`?"),
        ("min", "did you mean `at-least`?"),
        ("max", "did you mean `at-most`?"),
        ("between", "did you mean `within = [a, b]`?"),
        ("in", "did you mean `one-of`?"),
        ("regex", "did you mean `matches`?"),
        ("path", "did you mean `at`?"),
        ("fact", "did you mean `that`?"),
    ],
    unknown: Code::UnknownOperator,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Operator;

    #[test]
    fn every_operator_is_a_key_of_an_expectation() {
        for operator in Operator::ALL {
            assert!(EXPECTATION.key(operator.name()).is_some(), "{}", operator.name());
        }
    }
}
