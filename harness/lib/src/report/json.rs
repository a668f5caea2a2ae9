//! The report as JSON: one document, every fact in it, every text bounded.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

use super::{Format, FormatError, FormatOptions, Rendered};
use crate::model::Report;

/// The format.
pub(super) struct Json;

/// How many bytes of one text are kept.
const TEXT: usize = 64 << 10;

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn summary(&self) -> &'static str {
        "everything that was seen, as one JSON document (its schema: `fixproof schema report`)"
    }

    fn file_name(&self) -> &'static str {
        "report.json"
    }

    fn render(&self, report: &Report, _: &FormatOptions) -> Result<Vec<Rendered>, FormatError> {
        Ok(vec![Rendered { part: None, bytes: capped(report)? }])
    }

    fn read_back(&self, bytes: &[u8]) -> Result<(), FormatError> {
        Ok(serde_json::from_slice::<serde::de::IgnoredAny>(bytes).map(drop)?)
    }
}

/// One document, compact, every text bounded.
pub(super) fn capped(value: &impl Serialize) -> Result<Vec<u8>, FormatError> {
    let mut bytes = Vec::with_capacity(64 << 10);
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Capped::default());
    value.serialize(&mut serializer)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Writes compactly, and of each text no more than [`TEXT`] bytes.
#[derive(Default)]
struct Capped {
    kept: usize,
    left_out: usize,
}

impl Formatter for Capped {
    fn begin_string<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        *self = Capped::default();
        CompactFormatter.begin_string(writer)
    }

    fn end_string<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.left_out > 0 {
            write!(writer, "… ({} bytes left out)", self.left_out)?;
        }
        CompactFormatter.end_string(writer)
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let room = if self.left_out > 0 { 0 } else { TEXT - self.kept };
        let end = fragment.floor_char_boundary(room.min(fragment.len()));
        self.kept += end;
        self.left_out += fragment.len() - end;
        CompactFormatter.write_string_fragment(writer, &fragment[..end])
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()> {
        if self.left_out > 0 || self.kept >= TEXT {
            self.left_out += 1;
            return Ok(());
        }
        self.kept += 1;
        CompactFormatter.write_char_escape(writer, escape)
    }
}
