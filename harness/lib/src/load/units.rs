//! Texts with a unit: durations, sizes, dates, and the shape of names.

use std::time::Duration;

use time::format_description::BorrowedFormatItem;

/// Reads `"30s"`, `"1m 30s"`, `"1.5s"`.
///
/// # Errors
/// A sentence that says what is wrong: no unit, months or years (they have no fixed length), or not a duration.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let shown = text.trim();
    if !shown.is_empty() && shown.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return Err(format!("`{shown}` has no unit; did you mean \"{shown}s\" or \"{shown}ms\"?"));
    }
    // humantime's own arithmetic panics on the last second that fits 64 bits; nobody waits that long.
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

/// Reads `"7B"`, `"10kB"`, `"512KiB"`, `"2MiB"`, `"1.5MiB"`: bytes.
///
/// # Errors
/// A sentence that says what is wrong with the text.
pub fn parse_size(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u64); 7] = [
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("kB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("B", 1),
    ];
    let shown = text.trim();
    let wrong = || format!("`{shown}` is not a size like \"7B\", \"10kB\", \"512KiB\" or \"2MiB\"");
    if !shown.is_empty() && shown.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return Err(format!("`{shown}` has no unit; did you mean \"{shown}B\" or \"{shown}KiB\"?"));
    }
    let (digits, unit) = UNITS
        .iter()
        .find_map(|(name, unit)| Some((shown.strip_suffix(name)?.trim_end(), *unit)))
        .ok_or_else(wrong)?;
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let readable = !whole.is_empty()
        && whole.len() <= 18
        && decimals.len() <= 9
        && !digits.ends_with('.')
        && whole.bytes().chain(decimals.bytes()).all(|b| b.is_ascii_digit());
    if !readable {
        return Err(wrong());
    }
    let scale = 10u128.pow(u32::try_from(decimals.len()).unwrap_or(0));
    let number = |digits: &str| digits.parse::<u128>().unwrap_or(0);
    let bytes = (number(whole) * scale + number(decimals)) * u128::from(unit);
    if !bytes.is_multiple_of(scale) {
        return Err(format!("`{shown}` is not a whole number of bytes"));
    }
    u64::try_from(bytes / scale).map_err(|_| format!("`{shown}` is more than 64 bits of bytes"))
}

/// Reads `2026-12-31`.
pub(super) fn parse_date(text: &str) -> Option<time::Date> {
    const FORM: &[BorrowedFormatItem<'_>] = time::macros::format_description!("[year]-[month]-[day]");
    (text.len() == 10).then(|| time::Date::parse(text, FORM).ok()).flatten()
}

/// Lower-case words and numbers, joined by single hyphens.
pub(super) fn is_kebab(text: &str) -> bool {
    text.split('-')
        .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

/// The nearest kebab-case id to what was written.
pub(super) fn as_kebab(text: &str) -> String {
    let lowered = text.to_lowercase();
    let words = lowered.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

/// May it stand between braces or before the dot of a variable: letters, digits, `-` and `_`, a letter first?
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
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

    #[test]
    fn sizes_need_a_unit_and_are_whole_bytes() {
        assert_eq!(parse_size("7B"), Ok(7));
        assert_eq!(parse_size("10kB"), Ok(10_000));
        assert_eq!(parse_size("512KiB"), Ok(512 << 10));
        assert_eq!(parse_size("2 MiB"), Ok(2 << 20));
        assert_eq!(parse_size("1.5KiB"), Ok(1536));
        for text in ["", "7", "B", "-1B", "1.B", ".5B", "0.5B", "10KB", "999999999999999999GiB", "1e3B"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_id_is_kebab_case() {
        for id in ["a", "backend-health", "h2-over-tls13"] {
            assert!(is_kebab(id), "{id}");
        }
        for id in ["", "-a", "a-", "a--b", "A", "a_b", "a b", "ä"] {
            assert!(!is_kebab(id), "{id}");
        }
        assert_eq!(as_kebab("Backend Health_2"), "backend-health-2");
    }
}
