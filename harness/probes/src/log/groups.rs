//! Numbers and words out of messages: what a named group says in every match, and what that comes to.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Number;

use fixproof_core::model::{Cause, Rest, Share, Value, percentile_rank, shortened};

use super::tell::Teller;

/// What a group of the pattern is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    Number,
    Seconds,
    Milliseconds,
    Duration,
    Share,
}

impl Type {
    /// The words of the setting, in its order.
    pub(super) const WORDS: [(&'static str, Type); 6] = [
        ("number", Type::Number),
        ("seconds", Type::Seconds),
        ("milliseconds", Type::Milliseconds),
        ("duration", Type::Duration),
        ("share", Type::Share),
        ("text", Type::Text),
    ];

    /// The family of facts.
    fn family(self) -> &'static str {
        match self {
            Type::Text => "text",
            Type::Number => "number",
            Type::Seconds | Type::Milliseconds | Type::Duration => "duration",
            Type::Share => "share",
        }
    }

    fn word(self) -> &'static str {
        Type::WORDS.iter().find(|(_, of)| *of == self).map_or("text", |(word, _)| word)
    }

    /// Reads what a group says; nothing where it is not of this type.
    pub(super) fn read(self, text: &str) -> Option<Value> {
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

/// A named group of the pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) of: Type,
}

/// What a group said in the matches, in the order of time.
#[derive(Debug, Default)]
pub(super) struct Said {
    values: Vec<Value>,
    /// The first that is not of the group's type.
    unreadable: Option<String>,
}

impl Said {
    pub(super) fn add(&mut self, group: &Group, text: &str) {
        match group.of.read(text) {
            Some(value) => self.values.push(value),
            None => {
                self.unreadable.get_or_insert_with(|| shortened(text, 80));
            }
        }
    }
}

/// Says in facts what a group said.
pub(super) fn tell(group: &Group, said: &Said, teller: &mut Teller) {
    let name = |statistic: &str| format!("{}.{}.{statistic}", group.of.family(), group.name);
    let rows = statistics(group.of, &said.values);
    if let Some(text) = &said.unreadable {
        // Those that can be read don't speak for those that can't.
        let detail = format!("the group `{}` says {text:?}, which is no {}", group.name, group.of.word());
        for (statistic, _, _) in rows {
            teller.facts.insert_unreadable(name(statistic), Cause::Incomparable, detail.clone());
        }
        return;
    }
    for (statistic, value, rest) in rows {
        teller.tell(name(statistic), value, rest);
    }
    teller.newest(name("last"), said.values.last().cloned());
}

type Row = (&'static str, Option<Value>, Rest);

fn statistics(of: Type, values: &[Value]) -> Vec<Row> {
    let mut rows: Vec<Row> = vec![
        ("count", Some(Value::count(values.len() as u64)), Rest::Raises),
        ("first", values.first().cloned(), Rest::Changes),
    ];
    if of == Type::Text {
        let texts: Vec<&str> = values.iter().filter_map(as_text).collect();
        let different: BTreeSet<&str> = texts.iter().copied().collect();
        rows.push(("values", Some(Value::Json(texts.into())), Rest::Raises));
        rows.push(("distinct", Some(Value::count(different.len() as u64)), Rest::Raises));
        return rows;
    }
    let mut sorted: Vec<&Value> = values.iter().collect();
    sorted.sort_by(|a, b| order(a, b));
    let p95 = percentile_rank(95, sorted.len()).and_then(|rank| sorted.get(rank));
    rows.push(("min", sorted.first().map(|value| (*value).clone()), Rest::Lowers));
    rows.push(("max", sorted.last().map(|value| (*value).clone()), Rest::Raises));
    rows.push(("p95", p95.map(|value| (*value).clone()), Rest::Changes));
    if of != Type::Share {
        let sum = sum(values);
        let mean = sum.as_ref().and_then(|sum| parted(sum, values.len()));
        // Numbers may be negative, durations not.
        let rest = if of == Type::Number { Rest::Changes } else { Rest::Raises };
        rows.push(("sum", sum, rest));
        rows.push(("mean", mean, Rest::Changes));
    }
    rows
}

fn as_text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal),
        },
        (Value::Duration(a), Value::Duration(b)) => a.cmp(b),
        (Value::Share(a), Value::Share(b)) => a.cmp(b),
        _ => Ordering::Equal,
    }
}

fn sum(values: &[Value]) -> Option<Value> {
    let mut durations = Duration::ZERO;
    let (mut whole, mut floating) = (Some(0i64), 0.0);
    for value in values {
        match value {
            Value::Duration(duration) => durations = durations.checked_add(*duration)?,
            Value::Number(number) => {
                whole = whole.zip(number.as_i64()).and_then(|(a, b)| a.checked_add(b));
                floating += number.as_f64()?;
            }
            _ => return None,
        }
    }
    match values.first()? {
        Value::Duration(_) => Some(Value::Duration(durations)),
        _ => whole.map(Number::from).or_else(|| Number::from_f64(floating)).map(Value::Number),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a mean of counts is a floating-point number")]
fn parted(sum: &Value, among: usize) -> Option<Value> {
    match sum {
        Value::Duration(sum) => {
            let nanos = sum.as_nanos() / u128::try_from(among).ok()?;
            Some(Value::Duration(Duration::from_nanos(u64::try_from(nanos).ok()?)))
        }
        Value::Number(sum) => Number::from_f64(sum.as_f64()? / among as f64).map(Value::Number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(millis: u64) -> Option<Value> {
        Some(Value::Duration(Duration::from_millis(millis)))
    }

    #[test]
    fn a_group_is_read_as_its_type_and_as_nothing_else() {
        assert_eq!(Type::Seconds.read("2.400"), millis(2400));
        assert_eq!(Type::Milliseconds.read("350"), millis(350));
        assert_eq!(Type::Duration.read("3.78s"), millis(3780));
        assert_eq!(Type::Duration.read("1m 30s"), millis(90_000));
        assert_eq!(Type::Duration.read("1h2m"), millis(3_720_000));
        assert_eq!(Type::Number.read("7"), Some(Value::count(7)));
        assert_eq!(Type::Share.read("41.7%"), Share::parse("41.7%").ok().map(Value::Share));
        assert_eq!(Type::Share.read("41.7"), Share::parse("41.7%").ok().map(Value::Share));
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
            assert_eq!(of.read(text), None, "{of:?} {text}");
        }
    }

    fn told(of: Type, texts: &[&str]) -> Teller {
        let group = Group { name: "g".to_owned(), of };
        let mut said = Said::default();
        texts.iter().for_each(|text| said.add(&group, text));
        let mut teller = Teller::default();
        tell(&group, &said, &mut teller);
        teller
    }

    #[test]
    fn what_the_matches_come_to() {
        let teller = told(Type::Seconds, &["2", "1", "6"]);
        let fact = |name: &str| teller.facts.value(&format!("duration.g.{name}")).cloned();
        assert_eq!(
            ["min", "max", "mean", "p95", "sum", "first", "last"].map(fact),
            [1000, 6000, 3000, 6000, 9000, 2000, 6000].map(millis)
        );
        assert_eq!(fact("count"), Some(Value::count(3)));
    }

    #[test]
    fn nothing_said_is_a_count_of_zero_and_else_missing() {
        let teller = told(Type::Number, &[]);
        assert_eq!(teller.facts.value("number.g.count"), Some(&Value::count(0)));
        assert_eq!(teller.facts.iter().count(), 1);
    }

    #[test]
    fn what_can_t_be_read_is_not_left_out_silently() {
        let teller = told(Type::Seconds, &["1", "n/a"]);
        let Some(fixproof_core::model::Fact::Unreadable(why)) = teller.facts.get("duration.g.max") else {
            unreachable!("{:?}", teller.facts)
        };
        assert_eq!(why.detail, "the group `g` says \"n/a\", which is no seconds");
    }

    #[test]
    fn words_keep_the_order_of_time() {
        let teller = told(Type::Text, &["INIT", "DATABASE", "INIT"]);
        let values = serde_json::json!(["INIT", "DATABASE", "INIT"]);
        assert_eq!(teller.facts.value("text.g.values"), Some(&Value::Json(values)));
        assert_eq!(teller.facts.value("text.g.distinct"), Some(&Value::count(2)));
    }
}
