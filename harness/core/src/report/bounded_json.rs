//! JSON with every text bounded and every control sequence escaped.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

use super::format::FormatError;
use super::sanitize::is_harmful;

/// How many bytes of one text are kept.
const TEXT: usize = 64 << 10;

/// Is it one whole document?
pub fn read_back(bytes: &[u8]) -> Result<(), FormatError> {
    Ok(serde_json::from_slice::<serde::de::IgnoredAny>(bytes).map(drop)?)
}

/// One document, compact, every text bounded.
pub fn write(value: &impl Serialize) -> Result<Vec<u8>, FormatError> {
    let mut bytes = Vec::with_capacity(64 << 10);
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Capped::default());
    value.serialize(&mut serializer)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// How many bytes beyond [`TEXT`] a text may have before it is cut: what says that it was cut. So a report that is
/// read back and written again is cut no second time.
const BEYOND: usize = 64;

/// Writes compactly, of each text at most [`TEXT`] bytes and the number of bytes left out.
#[derive(Default)]
struct Capped {
    /// Bytes of the text that were written.
    kept: usize,
    /// What comes behind them, as it would be written, for as long as that may still be all.
    held_back: Vec<u8>,
    /// How many bytes of the text that is.
    behind: usize,
}

/// Writes a fragment that JSON would not escape, with everything escaped that a terminal would execute: a document may go
/// to stdout.
fn escaped<W: ?Sized + Write>(writer: &mut W, fragment: &str) -> io::Result<()> {
    let mut from = 0;
    for (at, c) in fragment.char_indices().filter(|(_, c)| is_harmful(*c)) {
        writer.write_all(&fragment.as_bytes()[from..at])?;
        for unit in c.encode_utf16(&mut [0; 2]) {
            write!(writer, "\\u{unit:04x}")?;
        }
        from = at + c.len_utf8();
    }
    writer.write_all(&fragment.as_bytes()[from..])
}

impl Formatter for Capped {
    fn begin_string<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        *self = Capped::default();
        CompactFormatter.begin_string(writer)
    }

    fn end_string<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.behind > BEYOND {
            write!(writer, "… ({} bytes left out)", self.behind)?;
        } else {
            writer.write_all(&self.held_back)?;
        }
        CompactFormatter.end_string(writer)
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let room = if self.behind > 0 { 0 } else { TEXT - self.kept };
        let (now, later) = fragment.split_at(fragment.floor_char_boundary(room.min(fragment.len())));
        self.kept += now.len();
        escaped(writer, now)?;
        self.behind += later.len();
        if self.behind <= BEYOND {
            escaped(&mut self.held_back, later)?;
        }
        Ok(())
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()> {
        if self.behind == 0 && self.kept < TEXT {
            self.kept += 1;
            return CompactFormatter.write_char_escape(writer, escape);
        }
        self.behind += 1;
        if self.behind <= BEYOND {
            CompactFormatter.write_char_escape(&mut self.held_back, escape)?;
        }
        Ok(())
    }
}
