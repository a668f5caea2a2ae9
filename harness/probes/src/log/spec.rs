//! What the `log` probe can be asked, and what it yields.

use fixproof_core::model::{FactSpec, Kind, ProbeSpec, SettingKind, SettingSpec};

const fn setting(name: &'static str, kind: SettingKind, meaning: &'static str) -> SettingSpec {
    SettingSpec { name, kind, required: false, meaning }
}

const fn fact(name: &'static str, kind: Kind, always: bool, meaning: &'static str) -> FactSpec {
    FactSpec { name, kind, always, meaning }
}

pub(super) static SPEC: ProbeSpec = ProbeSpec {
    name: "log",
    summary: "what a log says: entries, instances, numbers and the order of what was said",
    settings: SETTINGS,
    facts: &[FACTS],
    phases: &["auth", "read"],
    example: r#"component = "backend"

[[scenario]]
id       = "startup-database-phase"
title    = "The database phase of the startup takes no longer than 30 seconds"
critical = true
probe    = "log"
[scenario.with]
file    = "logs/backend.jsonl"
since   = "1h"
pattern = 'PHASE COMPLETED: DATABASE \((?P<took>[0-9.]+)s\)'
types   = { took = "seconds" }
[[scenario.expect]]
that    = "entries"
at-least = 1
[[scenario.expect]]
that    = "duration.took.max"
at-most = "30s"
"#,
};

static SETTINGS: &[SettingSpec] = &[
    setting("file", SettingKind::Any, "a log file, or a list of them; relative to the suite"),
    setting(
        "command",
        SettingKind::Texts,
        "a program and its arguments whose output is the log: [\"gcloud\", \"logging\", \"read\", \"…\", \"--format\", \"json\", \"--limit\", \"1000\"]",
    ),
    setting(
        "url",
        SettingKind::Text,
        "address of a query as Cloud Logging's `entries:list` takes it; newest entries first, page by page",
    ),
    setting("resources", SettingKind::Texts, "of a query: whose entries, for example \"projects/NAME\""),
    setting("filter", SettingKind::Text, "of a query: which entries; `since` is added to it"),
    setting(
        "google",
        SettingKind::Text,
        "of a query: a Google access token is obtained and sent; as for the `http` probe",
    ),
    setting("bearer", SettingKind::Text, "of a query: a token for `Authorization: Bearer`"),
    setting("headers", SettingKind::Table, "of a query: header names and values"),
    setting("ca", SettingKind::Text, "of a query: PEM file of certificate authorities, trusted alone"),
    setting(
        "format",
        SettingKind::OneOf(&["auto", "json", "jsonl", "text"]),
        "a JSON list, a JSON document a line, or lines of text; auto looks at the first character, and takes a line that is no JSON as text",
    ),
    setting(
        "limit",
        SettingKind::Count,
        "most entries asked for and looked at, the newest; 1000 unless said otherwise",
    ),
    setting("read-limit", SettingKind::Size, "most bytes read of each source; 16MiB unless said otherwise"),
    setting(
        "since",
        SettingKind::Duration,
        "how far back from now entries count; everything unless said otherwise",
    ),
    setting(
        "message",
        SettingKind::Any,
        "JSONPath, or several, to an entry's text; the first that finds one counts. $.jsonPayload.message, $.textPayload, $.message, $.protoPayload.status.message, then the entry itself unless said otherwise",
    ),
    setting(
        "timestamp",
        SettingKind::Text,
        "JSONPath to an entry's time, $.timestamp unless said otherwise; for text a regular expression whose first group is it. A line without one has that of the line before it",
    ),
    setting(
        "distinct",
        SettingKind::Text,
        "JSONPath to what tells instances apart, or a group of `pattern`: $.labels.instanceId",
    ),
    setting(
        "pattern",
        SettingKind::Text,
        "regular expression that an entry's text matches, with named groups: (?P<took>[0-9.]+); everything matches unless said otherwise",
    ),
    setting(
        "types",
        SettingKind::Table,
        "what a group of `pattern` is: number, seconds, milliseconds, duration (with its unit), share (of 100), text; text unless said otherwise",
    ),
    setting(
        "sequence",
        SettingKind::Any,
        "{ group, order = [\"INIT\", …] }: what a group is to say one after another, in the newest instance",
    ),
    setting(
        "outcome",
        SettingKind::Table,
        "{ success, failure, confidence }: regular expressions that say how an instance fared; one with both has failed. confidence is 95% unless said otherwise",
    ),
];

static FACTS: &[FactSpec] = &[
    fact(
        "entries",
        Kind::Number,
        true,
        "entries in the window, whatever they say; with `since` those that say when they were written",
    ),
    fact("count", Kind::Number, true, "entries that match the pattern"),
    fact(
        "distinct",
        Kind::Number,
        false,
        "instances among the entries that match; one that names no instance counts as one of its own. Missing without `distinct`",
    ),
    fact("first", Kind::Text, false, "time of the first match, RFC 3339"),
    fact("last", Kind::Text, false, "time of the last match, RFC 3339"),
    fact("age", Kind::Duration, false, "how long ago the last match was"),
    fact(
        "truncated",
        Kind::Flag,
        true,
        "the log was cut off at a limit; what is counted is then a bound, and absence is not proved",
    ),
    fact(
        "matches",
        Kind::Json,
        true,
        "the newest matches in the order of time: timestamp, instance, message, groups",
    ),
    fact("duration.*.min", Kind::Duration, false, "the shortest that a group of `pattern` says"),
    fact("duration.*.max", Kind::Duration, false, "the longest"),
    fact("duration.*.mean", Kind::Duration, false, "the arithmetic mean"),
    fact("duration.*.p95", Kind::Duration, false, "the 95th percentile, of nearest rank"),
    fact("duration.*.sum", Kind::Duration, false, "all together"),
    fact("duration.*.count", Kind::Number, false, "how many there are"),
    fact("duration.*.first", Kind::Duration, false, "the first in time"),
    fact("duration.*.last", Kind::Duration, false, "the last in time"),
    fact("number.*.min", Kind::Number, false, "the smallest that a group of `pattern` says"),
    fact("number.*.max", Kind::Number, false, "the largest"),
    fact("number.*.mean", Kind::Number, false, "the arithmetic mean"),
    fact("number.*.p95", Kind::Number, false, "the 95th percentile, of nearest rank"),
    fact("number.*.sum", Kind::Number, false, "all together"),
    fact("number.*.count", Kind::Number, false, "how many there are"),
    fact("number.*.first", Kind::Number, false, "the first in time"),
    fact("number.*.last", Kind::Number, false, "the last in time"),
    fact("share.*.min", Kind::Share, false, "the smallest that a group of `pattern` says"),
    fact("share.*.max", Kind::Share, false, "the largest"),
    fact("share.*.p95", Kind::Share, false, "the 95th percentile, of nearest rank"),
    fact("share.*.count", Kind::Number, false, "how many there are"),
    fact("share.*.first", Kind::Share, false, "the first in time"),
    fact("share.*.last", Kind::Share, false, "the last in time"),
    fact("text.*.values", Kind::Json, false, "all that a group of `pattern` says, in the order of time"),
    fact("text.*.distinct", Kind::Number, false, "how many different ones"),
    fact("text.*.count", Kind::Number, false, "how many there are"),
    fact("text.*.first", Kind::Text, false, "the first in time"),
    fact("text.*.last", Kind::Text, false, "the last in time"),
    fact(
        "sequence.complete",
        Kind::Flag,
        false,
        "the newest instance said all of `order`; missing without `sequence`",
    ),
    fact(
        "sequence.in-order",
        Kind::Flag,
        false,
        "what it said of `order` it said once each, one after another",
    ),
    fact("sequence.missing", Kind::Json, false, "what of `order` it did not say"),
    fact("sequence.instance", Kind::Text, false, "which instance that is"),
    fact("outcome.successes", Kind::Number, false, "instances that succeeded; missing without `outcome`"),
    fact("outcome.failures", Kind::Number, false, "instances that failed"),
    fact("outcome.undecided", Kind::Number, false, "instances that said neither"),
    fact("outcome.share", Kind::Share, false, "successes of those that succeeded or failed"),
    fact(
        "outcome.lower-bound",
        Kind::Share,
        false,
        "the share that is proved with the confidence: the one-sided lower bound of Clopper and Pearson",
    ),
    fact("time.auth", Kind::Duration, false, "obtaining an access token; missing where none was obtained"),
    fact("time.read", Kind::Duration, true, "reading the log, or asking for it"),
    fact("time.total", Kind::Duration, true, "all of it but `time.auth`"),
];
