//! The tables of a file in `controls/`.

use super::{KeyKind, TableSpec, may, must, table};
use crate::model::{Change, Code};

/// A file in `controls/`.
pub(in crate::load) static FILE: TableSpec = TableSpec {
    what: "a file of controls",
    keys: &[
        may("control", KeyKind::Tables(&CONTROL), "The controls."),
        may("noticed", KeyKind::Tables(&NOTICED), "Fields of answers that scenarios must notice."),
        may("accepted", KeyKind::Tables(&ACCEPTED), "Changes of fields that no scenario need notice."),
    ],
    others: None,
    elsewhere: &[
        ("scenario", "scenarios stand beside suite.toml, not in controls/"),
        ("fault", "a control begins with the line [[control]]"),
        ("red", "a control begins with the line [[control]]"),
        ("green", "a control begins with the line [[control]]"),
        ("accept", "did you mean [[accepted]]?"),
    ],
    unknown: Code::UnknownKey,
};

/// `[[control]]`
pub(in crate::load) static CONTROL: TableSpec = TableSpec {
    what: "a control",
    keys: &[
        must("fault", KeyKind::Text, "What is broken: a profile of the simulated staging."),
        must("why", KeyKind::Text, "Why these scenarios turn red, and no other, in one line."),
        may("red", KeyKind::Tables(&RED), "The scenarios that must turn red, each for its reason."),
        may("blocked", KeyKind::Texts, "Scenarios that must be blocked, by one of the red."),
        may(
            "green",
            KeyKind::TextsOr("rest"),
            "Scenarios that must stay passed; \"rest\" is every other of the suite.",
        ),
        may("rejected", KeyKind::Flag, "true: the whole suite runs, and the gate must reject."),
    ],
    others: None,
    elsewhere: &[
        ("profile", "did you mean `fault`?"),
        ("scenario", "it stands within `red`: red = [{ scenario = \"…\", cause = \"…\" }]"),
        ("cause", "it stands within `red`: red = [{ scenario = \"…\", cause = \"…\" }]"),
    ],
    unknown: Code::UnknownKey,
};

/// `{ scenario = …, cause = … }`
pub(in crate::load) static RED: TableSpec = table(
    "a red scenario",
    &[
        must("scenario", KeyKind::Text, "Its id."),
        must("cause", KeyKind::Cause, "The layer and the reason it must be red for: \"connect/refused\"."),
        may(
            "verdict",
            KeyKind::OneOf(&["failed", "errored", "inconclusive"]),
            "What it must be; it follows from the cause, and may be said for a reader.",
        ),
        may("says", KeyKind::Text, "What the line that tells why must contain."),
    ],
);

/// `[[noticed]]`
pub(in crate::load) static NOTICED: TableSpec = table(
    "what must be noticed",
    &[
        must("answer", KeyKind::Text, "The answer, as `prove --mutate` names it: \"backend GET /health\"."),
        must(
            "fields",
            KeyKind::Texts,
            "Its fields, as `prove --mutate` names them: [\"status\", \"$.status\"].",
        ),
        must("by", KeyKind::Texts, "The scenarios, each of which must notice each of them."),
        may(
            "changes",
            KeyKind::Texts,
            "What must be noticed of \"dropped\", \"another type\" and \"another value\": all that can be done to the field, unless it stands here.",
        ),
    ],
);

/// `[[accepted]]`
pub(in crate::load) static ACCEPTED: TableSpec = table(
    "an accepted change",
    &[
        must(
            "answer",
            KeyKind::Text,
            "The answer, as `prove --mutate` names it: \"backend GET /api/threads\".",
        ),
        must("field", KeyKind::Text, "The field, as `prove --mutate` names it: \"$.threads\"."),
        must("change", KeyKind::OneOf(&Change::DEMANDS), "What need not be noticed."),
        must("why", KeyKind::Text, "Why no scenario need notice it, in one line."),
    ],
);
