//! Times as logs write them.

use std::sync::OnceLock;

use regex::Regex;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A number of seconds beyond which a plain number can only be of milliseconds (the year 5138).
const MILLISECONDS_FROM: f64 = 1e11;

/// Reads `2025-09-15T18:44:01.123456789Z`, `2025-09-15 18:44:01,123` (UTC where nothing else is said), or a number of
/// seconds or milliseconds since 1970.
pub(super) fn parse(text: &str) -> Option<OffsetDateTime> {
    let text = text.trim();
    if let Ok(moment) = OffsetDateTime::parse(text, &Rfc3339) {
        return Some(moment);
    }
    if let Ok(number) = text.parse::<f64>() {
        return from_number(number);
    }
    let parts = written()?.captures(text)?;
    let offset = match parts.get(4).map(|offset| offset.as_str()) {
        None | Some("Z" | "z") => "Z".to_owned(),
        Some(offset) if offset.contains(':') => offset.to_owned(),
        Some(offset) => format!("{}:{}", offset.get(..3)?, offset.get(3..)?),
    };
    let fraction = parts.get(3).map(|digits| format!(".{}", digits.as_str())).unwrap_or_default();
    let rfc = format!("{}T{}{fraction}{offset}", parts.get(1)?.as_str(), parts.get(2)?.as_str());
    OffsetDateTime::parse(&rfc, &Rfc3339).ok()
}

/// Seconds or milliseconds since 1970.
pub(super) fn from_number(number: f64) -> Option<OffsetDateTime> {
    let seconds = if number.abs() >= MILLISECONDS_FROM { number / 1e3 } else { number };
    let since = time::Duration::checked_seconds_f64(seconds)?;
    OffsetDateTime::UNIX_EPOCH.checked_add(since)
}

/// The time at the beginning of a line of text.
pub(super) fn at_beginning(line: &str) -> Option<OffsetDateTime> {
    let line = line.trim_start_matches(['[', ' ']);
    let written = written()?.find(line).filter(|found| found.start() == 0)?;
    parse(written.as_str())
}

fn written() -> Option<&'static Regex> {
    static WRITTEN: OnceLock<Option<Regex>> = OnceLock::new();
    let pattern = r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:[.,]([0-9]{1,9}))?(Z|z|[+-][0-9]{2}:?[0-9]{2})?";
    WRITTEN.get_or_init(|| Regex::new(pattern).ok()).as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_logs_write_them() {
        let nanos = parse("2025-09-15T18:44:01.123456789Z").unwrap();
        assert_eq!(nanos.nanosecond(), 123_456_789);
        for same in [
            "2025-09-15 18:44:01.5",
            "2025-09-15 18:44:01,500",
            "2025-09-15T20:44:01.5+02:00",
            "2025-09-15T20:44:01.5+0200",
            "1757961841.5",
            "1757961841500",
        ] {
            assert_eq!(parse(same), parse("2025-09-15T18:44:01.5Z"), "{same}");
        }
        for none in ["", "yesterday", "NaN", "inf", "1e300", "2025-13-15T18:44:01Z", "2025-09-15"] {
            assert_eq!(parse(none), None, "{none}");
        }
    }

    #[test]
    fn a_line_begins_with_its_time() {
        assert!(at_beginning("2025-09-15 18:44:01,123 INFO ready").is_some());
        assert!(at_beginning("[2025-09-15T18:44:01Z] ready").is_some());
        assert!(at_beginning("INFO 2025-09-15T18:44:01Z").is_none());
    }
}
