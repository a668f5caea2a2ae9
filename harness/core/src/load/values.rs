//! TOML values → [`Written`]: the order of the file, exact numbers, variables split off.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::model::{At, Code, Problem, Written};

use super::reader::Reader;
use super::{units, variables};

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
        DeValue::Integer(integer) => Written::Number(reader.ok(units::whole(integer, span))?),
        DeValue::Float(float) => Written::Number(reader.ok(units::fraction(float, span))?),
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
