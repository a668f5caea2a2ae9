//! The answer to a question: definitions of columns, then rows, as often as there are statements.

use serde_json::Value as Json;

use super::wire::{Reader, Short, Wire};
use crate::db::result_set::{ResultSet, float, numeric};
use fixproof_core::model::{Cause, ProbeError};

/// The most columns there may be; no server allows as many.
const COLUMNS: u64 = 5000;
/// How much of all rows is kept.
const KEPT: usize = 16 * 1024 * 1024;
/// The character set of bytes that are no text.
const BINARY: u64 = 63;
const MORE_RESULTS: u64 = 0x8;

struct Column {
    name: String,
    kind: u64,
    charset: u64,
}

impl Column {
    fn read(packet: &[u8]) -> Result<Column, Short> {
        let mut reader = Reader(packet);
        for _ in ["catalog", "schema", "table", "original table"] {
            reader.text()?;
        }
        let name = String::from_utf8_lossy(reader.text()?).into_owned();
        reader.text()?;
        reader.length()?;
        let charset = reader.number(2)?;
        reader.number(4)?;
        Ok(Column { name, kind: reader.number(1)?, charset })
    }

    /// The text form of a value, as JSON.
    fn json(&self, bytes: &[u8]) -> Json {
        // BIT
        if self.kind == 16 && bytes.len() <= 8 {
            return bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte)).into();
        }
        let Ok(text) = std::str::from_utf8(bytes) else { return hexadecimal(bytes) };
        let as_it_is = || Json::String(text.to_owned());
        match self.kind {
            // TINY, SHORT, LONG, LONGLONG, INT24, YEAR
            1 | 2 | 3 | 8 | 9 | 13 => text
                .parse::<i64>()
                .map(Json::from)
                .or_else(|_| text.parse::<u64>().map(Json::from))
                .unwrap_or_else(|_| as_it_is()),
            // FLOAT, DOUBLE
            4 | 5 => float(text).map_or_else(as_it_is, Json::Number),
            // DECIMAL, NEWDECIMAL
            0 | 246 => numeric(text).map_or_else(as_it_is, Json::Number),
            // JSON
            245 => serde_json::from_str(text).unwrap_or_else(|_| as_it_is()),
            // A binary text with control characters in it is none.
            _ if self.charset == BINARY && text.chars().any(|c| c.is_control() && !c.is_whitespace()) => {
                hexadecimal(bytes)
            }
            _ => as_it_is(),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> Json {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("0x{digits}").into()
}

/// Asks and reads to the end: the rows of the last statement that had any.
pub(super) async fn ask(wire: &mut Wire, query: &str, limit: usize) -> Result<ResultSet, ProbeError> {
    wire.send(&[b"\x03", query.as_bytes()].concat(), true).await?;
    let mut table = ResultSet::default();
    loop {
        let first = wire.receive().await?;
        let more = match first.first() {
            Some(0xff) => return Err(wire.refusal(&first)),
            Some(0x00) => status_of_ok(&first).map_err(|Short| short(wire))?,
            // LOCAL INFILE: the server requests a file of this host, although the client does not offer it.
            Some(0xfb) => return Err(wire.garbage("it asks for a file of this host")),
            _ => {
                let count = Reader(&first).length().map_err(|Short| short(wire))?;
                let (rows, status) = rows(wire, count, limit).await?;
                table = rows;
                status
            }
        };
        if more & MORE_RESULTS == 0 {
            return Ok(table);
        }
    }
}

async fn rows(wire: &mut Wire, count: u64, limit: usize) -> Result<(ResultSet, u64), ProbeError> {
    if count == 0 || count > COLUMNS {
        return Err(wire.garbage(&format!("it announces {count} columns")));
    }
    let mut columns = Vec::new();
    for _ in 0..count {
        let packet = wire.receive().await?;
        columns.push(Column::read(&packet).map_err(|Short| short(wire))?);
    }
    let end = wire.receive().await?;
    if end.first() != Some(&0xfe) || end.len() > 8 {
        return Err(wire.garbage("its columns have no end"));
    }
    let mut table = ResultSet::default();
    table.name(columns.iter().map(|column| &*column.name));
    let mut kept = 0;
    loop {
        let packet = wire.receive().await?;
        match packet.first() {
            Some(0xff) => return Err(wire.refusal(&packet)),
            Some(0xfe) if packet.len() <= 8 => {
                let mut end = Reader(&packet[1..]);
                let status = end.number(2).and_then(|_| end.number(2)).map_err(|Short| short(wire))?;
                return Ok((table, status));
            }
            _ => {}
        }
        table.count += 1;
        if table.rows.len() < limit {
            kept += packet.len() + 64 * columns.len();
            if kept > KEPT {
                let what = format!(
                    "{} answered with more than the {} MiB of rows that are kept; lower `row-limit`",
                    wire.peer,
                    KEPT >> 20
                );
                return Err(ProbeError::new(Cause::Truncated, what));
            }
            let mut row = Reader(&packet);
            let mut values = Vec::with_capacity(columns.len());
            for column in &columns {
                let value = row.value().map_err(|Short| short(wire))?;
                values.push(value.map_or(Json::Null, |bytes| column.json(bytes)));
            }
            if !row.0.is_empty() {
                return Err(short(wire));
            }
            table.rows.push(table.object(values));
        }
    }
}

fn status_of_ok(packet: &[u8]) -> Result<u64, Short> {
    let mut reader = Reader(&packet[1..]);
    reader.length()?;
    reader.length()?;
    reader.number(2)
}

fn short(wire: &Wire) -> ProbeError {
    wire.garbage("a packet does not hold what it announces")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_what_they_are() {
        let json = |kind, charset, bytes: &[u8]| Column { name: String::new(), kind, charset }.json(bytes);
        assert_eq!(json(8, BINARY, b"-7"), serde_json::json!(-7));
        assert_eq!(json(8, BINARY, b"18446744073709551615"), serde_json::json!(u64::MAX));
        assert_eq!(json(5, BINARY, b"1.5e3"), serde_json::json!(1500.0));
        assert_eq!(json(246, BINARY, b"1.50"), serde_json::json!(1.5));
        assert_eq!(json(246, BINARY, b"3.14159265358979323846"), serde_json::json!("3.14159265358979323846"));
        assert_eq!(json(16, BINARY, b"\x01\xff"), serde_json::json!(511));
        assert_eq!(json(245, BINARY, b"{\"a\":[1]}"), serde_json::json!({"a": [1]}));
        assert_eq!(json(253, 45, "é".as_bytes()), serde_json::json!("é"));
        assert_eq!(json(253, BINARY, b"\xff\0"), serde_json::json!("0xff00"));
        assert_eq!(json(253, BINARY, b"a\0"), serde_json::json!("0x6100"));
        assert_eq!(json(12, BINARY, b"2026-01-02 03:04:05"), serde_json::json!("2026-01-02 03:04:05"));
    }
}
