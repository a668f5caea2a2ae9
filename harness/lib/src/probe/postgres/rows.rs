//! What a question answered, as JSON.

use serde_json::{Map, Number, Value as Json};
use sqlx::postgres::{PgRow, PgTypeInfo};
use sqlx::{Column, Row, ValueRef};

/// The rows of the last statement that had any.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// The names of the columns.
    pub(super) columns: Vec<String>,
    /// The rows, as objects; at most as many as wanted.
    pub(super) rows: Vec<Json>,
    /// All rows that came, also those beyond the limit.
    pub(super) count: u64,
}

impl Table {
    /// Takes one more row.
    pub(super) fn take(&mut self, row: &PgRow, limit: usize) -> Result<(), sqlx::Error> {
        self.count += 1;
        if self.columns.is_empty() {
            for column in row.columns() {
                self.columns.push(unused(column.name(), &self.columns));
            }
        }
        if self.rows.len() < limit {
            self.rows.push(object(row, &self.columns)?);
        }
        Ok(())
    }

    /// The first column of the first row.
    pub(super) fn value(&self) -> Option<&Json> {
        self.rows.first()?.get(self.columns.first()?)
    }

    /// A number of the first row.
    pub(super) fn number(&self, column: &str) -> Option<u64> {
        self.rows.first()?.get(column)?.as_u64()
    }
}

/// The column's name, or `name-2` where an earlier column has it: no column may hide another.
fn unused(name: &str, taken: &[String]) -> String {
    let is_free = |name: &String| !taken.contains(name);
    let numbered = (2..).map(|n| format!("{name}-{n}"));
    std::iter::once(name.to_owned()).chain(numbered).find(is_free).unwrap_or_default()
}

fn object(row: &PgRow, names: &[String]) -> Result<Json, sqlx::Error> {
    let mut object = Map::new();
    for (at, (column, name)) in row.columns().iter().zip(names).enumerate() {
        let value = row.try_get_raw(at)?;
        let json = if value.is_null() {
            Json::Null
        } else {
            let text = value.as_str().map_err(sqlx::Error::Decode)?;
            json(oid(column.type_info()), text)
        };
        object.insert(name.clone(), json);
    }
    Ok(Json::Object(object))
}

fn oid(kind: &PgTypeInfo) -> u32 {
    kind.oid().map_or(0, |oid| oid.0)
}

/// The text form of a value of that type, as JSON.
fn json(oid: u32, text: &str) -> Json {
    let as_it_is = || Json::String(text.to_owned());
    match oid {
        // bool
        16 => Json::Bool(text == "t"),
        // int8, int2, int4, oid
        20 | 21 | 23 | 26 => text.parse::<i64>().map_or_else(|_| as_it_is(), Json::from),
        // float4, float8
        700 | 701 => text.parse::<f64>().ok().and_then(Number::from_f64).map_or_else(as_it_is, Json::Number),
        1700 => numeric(text).map_or_else(as_it_is, Json::Number),
        // json, jsonb
        114 | 3802 => serde_json::from_str(text).unwrap_or_else(|_| as_it_is()),
        _ => as_it_is(),
    }
}

/// A decimal as a number, where a number can hold every digit of it.
fn numeric(text: &str) -> Option<Number> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let number = text.parse::<f64>().ok()?;
    (digits <= 15).then(|| Number::from_f64(number)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_a_number_only_where_it_stays_exact() {
        assert_eq!(json(1700, "1.50"), serde_json::json!(1.5));
        assert_eq!(json(1700, "42"), serde_json::json!(42));
        assert_eq!(json(1700, "NaN"), serde_json::json!("NaN"));
        let long = "3.14159265358979323846";
        assert_eq!(json(1700, long), serde_json::json!(long));
    }
}
