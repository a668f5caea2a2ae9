//! Performance data as the Nagios plugin guidelines have it: `'label'=value[unit];[warn];[crit];[min];[max]`.
//!
//! It is read as it was written. Only [`Measure`] gives a value its kind; what has none is not guessed.

use std::time::Duration;

use serde_json::{Number, Value as Json};

use fixproof_core::model::{Share, Value, shortened};

/// Most values that are read, and most bytes of a label.
const MOST: usize = 1000;
const LONGEST: usize = 256;

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) label: String,
    /// As it was written, without its unit; none where the plugin wrote `U`, "I could not find out".
    pub(super) value: Option<String>,
    pub(super) unit: String,
    /// warn and crit, which are ranges; min and max.
    bounds: [String; 4],
}

/// A value with its kind.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Measure {
    /// It has a kind; the family of facts it belongs to.
    Known(&'static str, Value),
    /// It has a unit of a kind that can't hold it, or no value.
    None(String),
}

/// Reads all of it. What was read before a mistake comes with the mistake.
pub(super) fn read(text: &str) -> (Vec<Entry>, Option<String>) {
    let mut entries = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if entries.len() == MOST {
            return (entries, Some(format!("there are more than {MOST} values")));
        }
        let (label, after) = match label(rest) {
            Ok(split) => split,
            Err(why) => return (entries, Some(why)),
        };
        let end = after.find(char::is_whitespace).unwrap_or(after.len());
        match entry(label, &after[..end]) {
            Ok(entry) => entries.push(entry),
            Err(why) => return (entries, Some(why)),
        }
        rest = after[end..].trim_start();
    }
    (entries, None)
}

/// The label, and what follows its `=`.
fn label(text: &str) -> Result<(String, &str), String> {
    let begins = || format!("{:?}", shortened(text, 40));
    let (label, after) = match text.strip_prefix('\'') {
        None => {
            let end = text.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(text.len());
            (text[..end].to_owned(), &text[end..])
        }
        Some(inner) => {
            let mut label = String::new();
            let mut rest = inner;
            loop {
                let Some((before, after)) = rest.split_once('\'') else {
                    return Err(format!("a quote is not closed at {}", begins()));
                };
                label.push_str(before);
                // Two quotes are one that belongs to the label.
                match after.strip_prefix('\'') {
                    Some(further) => {
                        label.push('\'');
                        rest = further;
                    }
                    None => break (label, after),
                }
            }
        }
    };
    match after.strip_prefix('=') {
        Some(_) if label.len() > LONGEST => {
            Err(format!("a label is longer than {LONGEST} bytes at {}", begins()))
        }
        Some(after) if !label.is_empty() => Ok((label, after)),
        Some(_) => Err(format!("a label is empty at {}", begins())),
        None => Err(format!("a label has no `=` at {}", begins())),
    }
}

fn entry(label: String, text: &str) -> Result<Entry, String> {
    let wrong = |what: &str| {
        let shown = shortened(text, 40);
        Err(format!("{label:?} has {what}: {shown:?}"))
    };
    let mut parts = text.split(';');
    let measured = parts.next().unwrap_or_default();
    let bounds: Vec<&str> = parts.collect();
    // Some plugins end every value with a `;` too many.
    if bounds.len() > 4 && bounds[4..].iter().any(|part| !part.is_empty()) {
        return wrong("more than four bounds");
    }
    let bound = |at: usize| bounds.get(at).copied().unwrap_or_default().to_owned();
    let bounds = [bound(0), bound(1), bound(2), bound(3)];
    if measured == "U" {
        return Ok(Entry { label, value: None, unit: String::new(), bounds });
    }
    let end = measured.find(|c: char| !matches!(c, '0'..='9' | '.' | '-' | '+')).unwrap_or(measured.len());
    let end = end + exponent(&measured[end..]);
    let (value, unit) = measured.split_at(end);
    if number(value).is_none() {
        return wrong("a value that is no number");
    }
    if unit.contains(|c: char| c.is_ascii_digit() || matches!(c, '\'' | '"' | ',' | '.')) {
        return wrong("a unit that is none");
    }
    Ok(Entry { label, value: Some(value.to_owned()), unit: unit.to_owned(), bounds })
}

/// How long the exponent is that a text begins with. `1e3s` has one, `1exabyte` has none.
fn exponent(text: &str) -> usize {
    let Some(rest) = text.strip_prefix(['e', 'E']) else { return 0 };
    let digits = rest.strip_prefix(['+', '-']).unwrap_or(rest);
    let count = digits.bytes().take_while(u8::is_ascii_digit).count();
    if count == 0 { 0 } else { text.len() - digits.len() + count }
}

/// A number as it was written; whole ones stay exact.
fn number(text: &str) -> Option<Number> {
    let text = text.strip_prefix('+').unwrap_or(text);
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    if let Ok(whole) = text.parse::<u64>() {
        return Some(whole.into());
    }
    text.parse::<f64>().ok().and_then(Number::from_f64)
}

impl Entry {
    /// The value with its kind.
    pub(super) fn measure(&self) -> Measure {
        let Some(text) = &self.value else {
            return Measure::None("the plugin could not find its value out (`U`)".to_owned());
        };
        let lower = self.unit.to_ascii_lowercase();
        let (family, value) = match lower.as_str() {
            "s" => ("perfdata-duration.", duration(text, 1.0)),
            "ms" => ("perfdata-duration.", duration(text, 1e-3)),
            "us" | "µs" => ("perfdata-duration.", duration(text, 1e-6)),
            "ns" => ("perfdata-duration.", duration(text, 1e-9)),
            "%" => ("perfdata-share.", Share::parse(&format!("{text}%")).ok().map(Value::Share)),
            "b" | "kb" | "kib" | "mb" | "mib" | "gb" | "gib" | "tb" | "tib" | "pb" | "pib"
                if self.unit.ends_with('B') =>
            {
                ("perfdata-size.", size(text, &lower))
            }
            _ => ("perfdata.", number(text).map(Value::Number)),
        };
        match value {
            Some(value) => Measure::Known(family, value),
            None => Measure::None(format!("{text}{} is beyond what can be measured", self.unit)),
        }
    }

    /// All of it, as it was written.
    pub(super) fn to_json(&self) -> Json {
        let text = |text: &str| if text.is_empty() { Json::Null } else { Json::from(text) };
        let bound = |text: &str| number(text).map_or_else(|| self::text_or_null(text), Json::Number);
        let [warn, crit, min, max] = &self.bounds;
        serde_json::json!({
            "label": self.label,
            "value": self.value.as_deref().and_then(number),
            "unit": self.unit,
            "warn": text(warn),
            "crit": text(crit),
            "min": bound(min),
            "max": bound(max),
        })
    }
}

fn text_or_null(text: &str) -> Json {
    if text.is_empty() { Json::Null } else { Json::from(text) }
}

/// Not of a negative length: there is none.
fn duration(text: &str, unit: f64) -> Option<Value> {
    let seconds = text.parse::<f64>().ok()? * unit;
    Duration::try_from_secs_f64(seconds).ok().map(Value::Duration)
}

/// Plugins count a kilobyte as 1024 bytes, by either name.
fn size(text: &str, unit: &str) -> Option<Value> {
    let scale: u64 = match unit.as_bytes().first() {
        Some(b'k') => 1 << 10,
        Some(b'm') => 1 << 20,
        Some(b'g') => 1 << 30,
        Some(b't') => 1 << 40,
        Some(b'p') => 1 << 50,
        _ => 1,
    };
    if let Ok(whole) = text.parse::<u64>() {
        return whole.checked_mul(scale).map(Value::Size);
    }
    #[expect(clippy::cast_precision_loss, reason = "a power of two is exact")]
    let bytes = text.parse::<f64>().ok()? * scale as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "its range is looked at before"
    )]
    let whole = ((0.0..9e18).contains(&bytes)).then_some(bytes.round() as u64);
    whole.map(Value::Size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Entry {
        let (mut entries, wrong) = read(text);
        assert_eq!((entries.len(), wrong), (1, None), "{text}");
        entries.remove(0)
    }

    fn known(text: &str) -> (&'static str, Value) {
        match one(text).measure() {
            Measure::Known(family, value) => (family, value),
            Measure::None(why) => unreachable!("{text}: {why}"),
        }
    }

    #[test]
    fn a_unit_gives_a_value_its_kind() {
        let duration = |micros| ("perfdata-duration.", Value::Duration(Duration::from_micros(micros)));
        assert_eq!(known("time=0.25s;;;0.000000;10"), duration(250_000));
        assert_eq!(known("rta=12ms"), duration(12_000));
        assert_eq!(known("x=7us"), duration(7));
        assert_eq!(known("x=1e-3s"), duration(1_000));
        assert_eq!(known("cpu=79.99%").1, Value::Share(Share::parse("79.99%").unwrap()));
        assert_eq!(known("cpu=250%").1.to_string(), "250%");
        assert_eq!(known("/=2MB"), ("perfdata-size.", Value::Size(2 << 20)));
        assert_eq!(known("/=1.5KiB"), ("perfdata-size.", Value::Size(1536)));
        assert_eq!(known("x=18446744073709551615B"), ("perfdata-size.", Value::Size(u64::MAX)));
        assert_eq!(known("procs=12;0:5;;0"), ("perfdata.", Value::count(12)));
        assert_eq!(known("packets=12c"), ("perfdata.", Value::count(12)));
        assert_eq!(known("temperature=-4C").1.to_string(), "-4");
        assert_eq!(known("bits=8b"), ("perfdata.", Value::count(8)));
    }

    #[test]
    fn what_no_kind_can_hold_is_none() {
        for text in ["offset=-0.003s", "x=-1%", "x=-5B", "x=99999999999999999999TB", "x=1e300s", "x=U"] {
            assert!(matches!(one(text).measure(), Measure::None(_)), "{text}");
        }
    }

    #[test]
    fn labels_may_be_quoted() {
        let (entries, wrong) = read("'Memory used'=1B 'it''s'=2 'a=b'=3  plain=4\t/dev/shm=5");
        let labels: Vec<&str> = entries.iter().map(|entry| entry.label.as_str()).collect();
        assert_eq!((labels, wrong), (vec!["Memory used", "it's", "a=b", "plain", "/dev/shm"], None));
    }

    #[test]
    fn everything_is_kept_as_it_was_written() {
        assert_eq!(
            one("load=0.5;@10:20;~:5;0;").to_json(),
            serde_json::json!({
                "label": "load", "value": 0.5, "unit": "", "warn": "@10:20", "crit": "~:5", "min": 0, "max": null
            })
        );
        assert_eq!(one("x=U;;;0;").to_json()["value"], Json::Null);
    }

    #[test]
    fn what_is_none_is_said_and_what_came_before_it_stays() {
        for (text, says) in [
            ("ok=1 nothing", "no `=`"),
            ("ok=1 =5", "empty"),
            ("ok=1 ''=5", "empty"),
            ("ok=1 'open=5", "not closed"),
            ("ok=1 x=", "no number"),
            ("ok=1 x=abc", "no number"),
            ("ok=1 x=1.2.3", "no number"),
            ("ok=1 x=0,006s", "unit"),
            ("ok=1 x=--5", "no number"),
            ("ok=1 x=1e999", "no number"),
            ("ok=1 x=1;2;3;4;5;6", "four bounds"),
            ("ok=1 x=NaN", "no number"),
            ("ok=1 x=inf", "no number"),
            ("ok=1 x =5", "no `=`"),
        ] {
            let (entries, wrong) = read(text);
            assert_eq!(entries.len(), 1, "{text}");
            assert!(wrong.as_deref().is_some_and(|why| why.contains(says)), "{text}: {wrong:?}");
        }
    }

    #[test]
    fn hostile_text_is_read_in_bounds() {
        let many = "a=1 ".repeat(200_000);
        let (entries, wrong) = read(&many);
        assert_eq!(entries.len(), MOST);
        assert!(wrong.unwrap().contains("more than 1000"));
        for text in [
            "'".repeat(100_001),
            "=".repeat(100_000),
            "é\u{a0}=\u{2028}".repeat(1000),
            "x=1".repeat(100_000),
            format!("{}=x", "l".repeat(100_000)),
        ] {
            let (entries, wrong) = read(&text);
            assert!(entries.is_empty() && wrong.is_some_and(|why| why.len() < 600));
        }
    }
}
