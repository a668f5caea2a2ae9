//! `gcloud logging read`: the filter, what freshness adds to it, and pages until there is enough.

use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::arguments::Call;
use super::client::{Client, GcloudError};

/// The default of `--freshness`.
const FRESHNESS: &str = "1d";

/// Entries of a page.
const PAGE: usize = 1000;

/// The entries, newest first by default.
pub(super) fn read(call: &Call, client: &Client) -> Result<Value, GcloudError> {
    let limit = call.limit().map_err(GcloudError::Usage)?.unwrap_or(usize::MAX);
    let order = match call.flag("order").unwrap_or("desc") {
        order @ ("asc" | "desc") => order,
        other => {
            let message = format!("argument --order: Invalid choice: '{other}'. (choose from asc, desc)");
            return Err(GcloudError::Usage(message));
        }
    };
    let mut wanted = json!({
        "resourceNames": [format!("projects/{}", call.project())],
        "filter": filter(call)?,
        "orderBy": format!("timestamp {order}"),
    });
    let mut entries = Vec::new();
    loop {
        wanted["pageSize"] = json!(PAGE.min(limit.saturating_sub(entries.len())));
        let mut page = client.post("/v2/entries:list", &wanted)?;
        if let Value::Array(found) = page["entries"].take() {
            entries.extend(found);
        }
        match page["nextPageToken"].take() {
            Value::String(token) if entries.len() < limit => wanted["pageToken"] = json!(token),
            _ => return Ok(Value::Array(entries)),
        }
    }
}

/// The filter with the time it is limited to, unless it speaks of time itself.
fn filter(call: &Call) -> Result<String, GcloudError> {
    let filter = call.argument();
    if filter.contains("timestamp") {
        return Ok(filter.to_owned());
    }
    let freshness = call.flag("freshness").unwrap_or(FRESHNESS);
    let span = duration(freshness).ok_or_else(|| {
        GcloudError::Usage(format!(
            "argument --freshness: Failed to parse duration: Duration unit '{freshness}' must be preceded by a number"
        ))
    })?;
    let since = (OffsetDateTime::now_utc() - span).format(&Rfc3339).unwrap_or_default();
    Ok(match filter.is_empty() {
        true => format!("timestamp>=\"{since}\""),
        false => format!("timestamp>=\"{since}\" AND ({filter})"),
    })
}

/// `30s`, `5m`, `1h`, `1d`, `2w`; a bare number is seconds. Nothing beyond ten years.
fn duration(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    let seconds = digits.parse::<u64>().ok()?.checked_mul(unit)?;
    (seconds <= 3653 * 86_400).then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_freshness_is_a_number_and_a_unit() {
        assert_eq!(duration("90"), Some(Duration::from_secs(90)));
        assert_eq!(duration("1h"), Some(Duration::from_secs(3600)));
        for wrong in ["", "h", "1y", "-1h", "1.5h", "99999999999999999999s", "9999w"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }
}
