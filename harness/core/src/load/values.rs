//! TOML values → [`Written`]: the order of the file, exact numbers, variables split off.

use serde_json::Number;
use toml::Spanned;
use toml::de::{DeFloat, DeInteger, DeTable, DeValue};

use crate::model::{At, Code, Problem, Span, Written};

use super::reader::Reader;
use super::variables;

/// Entries of a table in the order they were written.
pub(super) fn in_order<'t>(
    table: &'t DeTable<'t>,
) -> Vec<(&'t Spanned<toml::de::DeString<'t>>, &'t Spanned<DeValue<'t>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// Reads any value; `None` where it has a problem, which is recorded.
pub(super) fn read(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) -> Option<At<Written>> {
    let span = reader.span(value.span());
    let written = match value.get_ref() {
        DeValue::Boolean(flag) => Written::Flag(*flag),
        DeValue::Integer(integer) => Written::Number(reader.ok(whole(integer, span))?),
        DeValue::Float(float) => Written::Number(reader.ok(fraction(float, span))?),
        DeValue::String(text) => Written::Text(reader.ok(variables::template(text, span))?),
        DeValue::Datetime(_) => {
            reader.problems.push(
                Problem::error(Code::WrongType, span, "a date is not allowed here")
                    .label("a TOML date")
                    .help("quote it to make it a text"),
            );
            return None;
        }
        DeValue::Array(items) => {
            let read: Vec<Option<At<Written>>> = items.iter().map(|item| self::read(reader, item)).collect();
            Written::List(read.into_iter().collect::<Option<_>>()?)
        }
        DeValue::Table(table) => Written::Table(entries(reader, table)?),
    };
    Some(At::new(written, span))
}

/// Reads a table with keys of the user's choice; `None` where it has a problem.
pub(super) fn entries(
    reader: &mut Reader<'_>,
    table: &DeTable<'_>,
) -> Option<Vec<(At<String>, At<Written>)>> {
    let mut all = Vec::with_capacity(table.len());
    let mut sound = true;
    for (key, value) in in_order(table) {
        let name = At::new(key.get_ref().to_string(), reader.span(key.span()));
        match read(reader, value) {
            Some(value) => all.push((name, value)),
            None => sound = false,
        }
    }
    sound.then_some(all)
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
