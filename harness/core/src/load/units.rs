//! Scalars: sizes, dates, numbers, and the syntax of names. Durations are parsed in the model, where probes find it too.

use serde_json::Number;
use time::format_description::BorrowedFormatItem;
use toml::de::{DeFloat, DeInteger};

pub use crate::model::parse_duration;
use crate::model::{Code, Problem, Span};

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
    let wrong = || format!("`{shown}` is not a size such as \"7B\", \"10kB\", \"512KiB\" or \"2MiB\"");
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
    u64::try_from(bytes / scale).map_err(|_| format!("`{shown}` exceeds 64 bits"))
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

/// A whole number of at most 64 bits.
pub(super) fn whole(integer: &DeInteger<'_>, span: Span) -> Result<Number, Problem> {
    let (digits, radix) = (integer.as_str(), integer.radix());
    let signed = i64::from_str_radix(digits, radix).map(Number::from);
    signed.or_else(|_| u64::from_str_radix(digits, radix).map(Number::from)).map_err(|_| {
        Problem::error(Code::BadValue, span, "the number does not fit in 64 bits").label(format!(
            "valid: {} to {}",
            i64::MIN,
            u64::MAX
        ))
    })
}

/// A finite number.
pub(super) fn fraction(float: &DeFloat<'_>, span: Span) -> Result<Number, Problem> {
    let number = float.as_str().parse::<f64>().ok().and_then(Number::from_f64);
    number.ok_or_else(|| {
        Problem::error(Code::BadValue, span, format!("`{}` is not a finite number", float.as_str()))
            .label("must be finite")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
