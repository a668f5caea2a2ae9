//! The named groups of a pattern: their texts as values of their type.

use std::time::Duration;

use serde_json::Number;

use fixproof_core::model::{Cause, Kind, Series, Share, Unreadable, Value, shortened};

use super::config::{Group, Type};

impl Type {
    /// Parses the text of a group; nothing if it is not of this type.
    pub(super) fn parse(self, text: &str) -> Option<Value> {
        let text = text.trim();
        match self {
            Type::Text => Some(Value::Text(text.to_owned())),
            Type::Number => serde_json::from_str::<Number>(text)
                .ok()
                .or_else(|| Number::from_f64(text.parse::<f64>().ok()?))
                .map(Value::Number),
            Type::Seconds => of_unit(text, 1.0),
            Type::Milliseconds => of_unit(text, 1e-3),
            Type::Duration => duration(text).map(Value::Duration),
            Type::Share => {
                Share::parse(&format!("{}%", text.trim_end_matches('%').trim_end())).ok().map(Value::Share)
            }
        }
    }
}

/// The values of a group in the texts of all matches, which are in the order of time.
pub(super) fn series<'a>(group: &Group, texts: impl Iterator<Item = &'a str>) -> Series {
    let (family, kind) = match group.of {
        Type::Text => ("text", Kind::Text),
        Type::Number => ("number", Kind::Number),
        Type::Seconds | Type::Milliseconds | Type::Duration => ("duration", Kind::Duration),
        Type::Share => ("share", Kind::Share),
    };
    let mut series =
        Series { name: format!("{family}.{}", group.name), kind, values: Vec::new(), unreadable: None };
    for text in texts {
        match group.of.parse(text) {
            Some(value) => series.values.push(value),
            None => {
                let detail = || {
                    format!(
                        "the group `{}` is {:?}, which is not a value of type `{}`",
                        group.name,
                        shortened(text, 80),
                        group.of.word()
                    )
                };
                series
                    .unreadable
                    .get_or_insert_with(|| Unreadable { cause: Cause::Incomparable, detail: detail() });
            }
        }
    }
    series
}

fn of_unit(text: &str, seconds: f64) -> Option<Value> {
    Duration::try_from_secs_f64(text.parse::<f64>().ok()? * seconds).ok().map(Value::Duration)
}

/// `2.400s`, `350ms`, `1m 30s`, `1h2m`.
fn duration(text: &str) -> Option<Duration> {
    const UNITS: [(&str, f64); 12] = [
        ("ns", 1e-9),
        ("us", 1e-6),
        ("µs", 1e-6),
        ("ms", 1e-3),
        ("min", 60.0),
        ("sec", 1.0),
        ("seconds", 1.0),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3600.0),
        ("d", 86_400.0),
        ("second", 1.0),
    ];
    let (mut rest, mut all) = (text, None);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(end);
        let tail = tail.trim_start();
        let unit_end = tail.find(|c: char| !c.is_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let seconds = UNITS.iter().find(|(name, _)| *name == unit)?.1;
        let part = Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?;
        all = Some(all.unwrap_or(Duration::ZERO).checked_add(part)?);
        rest = tail.trim_start();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(millis: u64) -> Option<Value> {
        Some(Value::Duration(Duration::from_millis(millis)))
    }

    #[test]
    fn a_group_is_parsed_as_its_type_only() {
        assert_eq!(Type::Seconds.parse("2.400"), millis(2400));
        assert_eq!(Type::Milliseconds.parse("350"), millis(350));
        assert_eq!(Type::Duration.parse("3.78s"), millis(3780));
        assert_eq!(Type::Duration.parse("1m 30s"), millis(90_000));
        assert_eq!(Type::Duration.parse("1h2m"), millis(3_720_000));
        assert_eq!(Type::Number.parse("7"), Some(Value::count(7)));
        assert_eq!(Type::Share.parse("41.7%"), Share::parse("41.7%").ok().map(Value::Share));
        assert_eq!(Type::Share.parse("41.7"), Share::parse("41.7%").ok().map(Value::Share));
        for (of, text) in [
            (Type::Seconds, "-1"),
            (Type::Seconds, "NaN"),
            (Type::Seconds, "1e99"),
            (Type::Seconds, "2s"),
            (Type::Duration, "5"),
            (Type::Duration, ""),
            (Type::Duration, "5 parsecs"),
            (Type::Number, "seven"),
            (Type::Number, "inf"),
            (Type::Share, "much"),
        ] {
            assert_eq!(of.parse(text), None, "{of:?} {text}");
        }
    }

    #[test]
    fn a_text_of_another_type_is_reported() {
        let group = Group { name: "g".to_owned(), of: Type::Seconds };
        let series = series(&group, ["1", "n/a"].into_iter());
        let detail = series.unreadable.map(|why| why.detail);
        assert_eq!(
            detail.as_deref(),
            Some("the group `g` is \"n/a\", which is not a value of type `seconds`")
        );
        assert_eq!(series.name, "duration.g");
    }
}
