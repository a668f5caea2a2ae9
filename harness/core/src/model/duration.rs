//! A duration as users write it. It stands here because a probe reads some of its own settings.

use std::time::Duration;

/// Reads `"30s"`, `"1m 30s"`, `"1.5s"`.
///
/// # Errors
/// A sentence that says what is wrong: no unit, months or years (they have no fixed length), or not a duration.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let shown = text.trim();
    if !shown.is_empty() && shown.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return Err(format!("`{shown}` has no unit; did you mean \"{shown}s\" or \"{shown}ms\"?"));
    }
    // humantime's own arithmetic panics on the last second that fits 64 bits; no suite waits that long.
    let longest_number = shown.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
    if shown.len() > 64 || longest_number > 12 {
        return Err("the duration is too long to be meant".to_owned());
    }
    let mut units = shown.split(|c: char| !c.is_alphabetic()).filter(|unit| !unit.is_empty());
    if let Some(unit) =
        units.find(|u| matches!(*u, "M" | "month" | "months" | "y" | "yr" | "yrs" | "year" | "years"))
    {
        return Err(format!("`{unit}` has no fixed length; write days (\"30days\") or less"));
    }
    humantime::parse_duration(shown).map_err(|_| {
        format!(
            "`{shown}` is not a duration like \"500ms\", \"30s\" or \"1m 30s\" (ns, us, ms, s, m, h, d, w)"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_a_unit_of_fixed_length() {
        assert_eq!(parse_duration("1m 30s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(parse_duration("0s"), Ok(Duration::ZERO));
        assert_eq!(parse_duration("2m"), Ok(Duration::from_secs(120)));
        for text in ["", "0", "500", "1.5", "1M", "2 months", "1y", "1year", "-1s", "1 s s", "soon", "1.s"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
        assert!(parse_duration("500").unwrap_err().contains("500ms"));
    }

    #[test]
    fn a_duration_beyond_64_bits_is_refused_and_does_not_panic() {
        assert!(parse_duration("18446744073709551615s 1000ms").is_err());
        assert!(parse_duration("30500568904943w 1234567s 1000ms").is_err());
    }
}
