//! Whether an entry is what a filter asks for. Text is compared without regard to case, patterns with it; a comparison
//! with a field that the entry does not have is false, also `!=`, as in the real language.

use std::cmp::Ordering;

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Filter, Operand, Operator, severity};

impl Filter {
    /// Whether the entry passes.
    pub(crate) fn passes(&self, entry: &Value) -> bool {
        match self {
            Filter::All(terms) => terms.iter().all(|term| term.passes(entry)),
            Filter::Any(terms) => terms.iter().any(|term| term.passes(entry)),
            Filter::Not(term) => !term.passes(entry),
            Filter::Present(path) => field(entry, path).is_some(),
            Filter::Anywhere(text) => has(entry, &text.to_lowercase()),
            Filter::LogId(name) => entry["logName"]
                .as_str()
                .and_then(|full| full.split_once("/logs/"))
                .is_some_and(|(_, id)| id.replace("%2F", "/") == *name),
            Filter::Compare(path, operator, operand) => {
                field(entry, path).is_some_and(|value| compares(value, *operator, operand))
            }
        }
    }
}

fn field<'a>(entry: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(entry, |value, part| value.get(part)).filter(|value| !value.is_null())
}

/// Whether the text, in lower case, is in the value or in anything below it.
fn has(value: &Value, text: &str) -> bool {
    match value {
        Value::String(found) => found.to_lowercase().contains(text),
        Value::Array(items) => items.iter().any(|item| has(item, text)),
        Value::Object(members) => members.values().any(|member| has(member, text)),
        Value::Number(number) => number.to_string().as_str() == text,
        Value::Bool(holds) => *holds == (text == "true") && ["true", "false"].contains(&text),
        Value::Null => false,
    }
}

fn compares(value: &Value, operator: Operator, operand: &Operand) -> bool {
    let order = match operand {
        Operand::Pattern(pattern) => {
            let found = pattern.is_match(&plain(value));
            return found == (operator == Operator::Matches);
        }
        Operand::Text(text) if operator == Operator::Has => return has(value, &text.to_lowercase()),
        Operand::Severity(wanted) => value.as_str().and_then(severity).map(|found| found.cmp(wanted)),
        Operand::Time(wanted) => value
            .as_str()
            .and_then(|found| OffsetDateTime::parse(found, &Rfc3339).ok())
            .map(|found| found.cmp(wanted)),
        Operand::Text(wanted) => order(&plain(value), wanted),
    };
    order.is_some_and(|order| match operator {
        Operator::Equal | Operator::Has | Operator::Matches => order == Ordering::Equal,
        Operator::NotEqual | Operator::MatchesNot => order != Ordering::Equal,
        Operator::Less => order == Ordering::Less,
        Operator::AtMost => order != Ordering::Greater,
        Operator::Greater => order == Ordering::Greater,
        Operator::AtLeast => order != Ordering::Less,
    })
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// As numbers or durations where both are, else as text.
fn order(found: &str, wanted: &str) -> Option<Ordering> {
    match (number(found), number(wanted)) {
        (Some(found), Some(wanted)) => found.partial_cmp(&wanted),
        _ => Some(found.to_lowercase().cmp(&wanted.to_lowercase())),
    }
}

/// `3.78` and `3.78s`.
fn number(text: &str) -> Option<f64> {
    text.strip_suffix('s').unwrap_or(text).parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::system::platform::filter::parse;

    #[test]
    fn comparisons_combine_as_in_the_real_language() {
        let entry = json!({
            "severity": "ERROR",
            "timestamp": "2025-09-15T18:31:00.5Z",
            "logName": "projects/p/logs/run.googleapis.com%2Fstderr",
            "resource": {"type": "cloud_run_revision", "labels": {"service_name": "netra-backend-staging"}},
            "labels": {"instanceId": "00ab", "x.y/z": "dotted"},
            "jsonPayload": {"message": " FAIL:  PHASE FAILED: DATABASE - gone", "count": 7},
            "httpRequest": {"status": 503, "latency": "3.78s"},
        });
        let passes = [
            "",
            "-- a comment\nseverity>=ERROR",
            r#"resource.type="cloud_run_revision" AND resource.labels.service_name="NETRA-backend-staging" severity>=WARNING"#,
            r#"timestamp>="2025-09-15T11:31:00-07:00" AND timestamp<"2025-09-15T18:31:01Z""#,
            r#"jsonPayload.message:"phase failed: database""#,
            r#"jsonPayload.message=~"FAILED: [A-Z]+ -""#,
            r#"jsonPayload.message!~"^FAILED""#,
            r#""PHASE FAILED" "gone""#,
            "gone",
            r#"httpRequest.status>=500 httpRequest.latency>"1s""#,
            r#"httpRequest.status=(200 OR 503)"#,
            r#"severity=(ERROR OR CRITICAL) AND NOT textPayload:"x""#,
            "-severity=INFO",
            r#"severity!="INFO" AND jsonPayload.count=7"#,
            r#"labels."x.y/z"="dotted" AND labels.instanceId:*"#,
            r#"log_id("run.googleapis.com/stderr")"#,
            // OR binds tighter: false AND … would be false the other way round.
            "severity=ERROR OR severity=INFO AND httpRequest.status=503",
            "(severity=INFO AND httpRequest.status=503) OR jsonPayload.count>6",
        ];
        for text in passes {
            assert!(parse(text).unwrap().passes(&entry), "{text}");
        }
        let fails = [
            "severity>ERROR",
            r#"textPayload!="x""#,
            r#"textPayload:*"#,
            r#"jsonPayload.message=~"phase failed""#,
            "severity=INFO OR severity=WARNING httpRequest.status=503",
            r#"timestamp>"2025-09-15T18:31:00.500Z""#,
            r#"httpRequest.latency>"10s""#,
            r#"jsonPayload.message=("x" AND "y")"#,
        ];
        for text in fails {
            assert!(!parse(text).unwrap().passes(&entry), "{text}");
        }
    }
}
