//! What a question answered, as JSON.

use serde_json::Value as Json;
use sqlx::postgres::{PgRow, PgTypeInfo};
use sqlx::{Column, Row, ValueRef};

use crate::db::result_set::{ResultSet, float, numeric};

/// Takes one more row.
pub(super) fn take(table: &mut ResultSet, row: &PgRow, limit: usize) -> Result<(), sqlx::Error> {
    table.count += 1;
    if table.columns.is_empty() {
        table.name(row.columns().iter().map(Column::name));
    }
    if table.rows.len() < limit {
        let values: Result<Vec<Json>, _> = (0..row.len()).map(|at| value(row, at)).collect();
        table.rows.push(table.object(values?));
    }
    Ok(())
}

fn value(row: &PgRow, at: usize) -> Result<Json, sqlx::Error> {
    let value = row.try_get_raw(at)?;
    if value.is_null() {
        return Ok(Json::Null);
    }
    let text = value.as_str().map_err(sqlx::Error::Decode)?;
    Ok(json(oid(row.column(at).type_info()), text))
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
        700 | 701 => float(text).map_or_else(as_it_is, Json::Number),
        1700 => numeric(text).map_or_else(as_it_is, Json::Number),
        // json, jsonb
        114 | 3802 => serde_json::from_str(text).unwrap_or_else(|_| as_it_is()),
        _ => as_it_is(),
    }
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
