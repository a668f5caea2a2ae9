//! Where a value was written: files, byte spans, and the line a reader sees.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Index of a file in [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub u32);

/// A range of bytes in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// The file.
    pub source: SourceId,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The part of this span from byte `from` to byte `to`, counted from its own start.
    #[must_use]
    pub fn part(self, from: usize, to: usize) -> Span {
        let start = (self.start + from).min(self.end);
        Span { source: self.source, start, end: (self.start + to).clamp(start, self.end) }
    }
}

/// A value together with the place it was written at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> At<T> {
    /// Puts a value at a place.
    pub fn new(value: T, span: Span) -> At<T> {
        At { value, span }
    }
}

/// One file as it was read.
#[derive(Debug, Clone)]
struct Source {
    path: PathBuf,
    name: Arc<str>,
    text: Arc<str>,
    /// Byte offset of the start of each line.
    lines: Vec<usize>,
}

/// Every file of a suite, so that spans can be turned into places.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// Adds a file and returns its id. `name` is what messages show.
    pub fn add(&mut self, path: PathBuf, name: &str, text: &str) -> SourceId {
        let lines = std::iter::once(0)
            .chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1))
            .collect();
        self.files.push(Source { path, name: name.into(), text: text.into(), lines });
        SourceId(u32::try_from(self.files.len() - 1).unwrap_or(u32::MAX))
    }

    /// The whole text of a file; empty for an id of another suite.
    #[must_use]
    pub fn text(&self, id: SourceId) -> &str {
        self.files.get(id.0 as usize).map_or("", |f| &f.text)
    }

    /// The name messages show for a file.
    #[must_use]
    pub fn name(&self, id: SourceId) -> &str {
        self.files.get(id.0 as usize).map_or("?", |f| &f.name)
    }

    /// The path a file was read from.
    #[must_use]
    pub fn path(&self, id: SourceId) -> Option<&PathBuf> {
        self.files.get(id.0 as usize).map(|f| &f.path)
    }

    /// Ids of all files, in the order they were read.
    pub fn ids(&self) -> impl Iterator<Item = SourceId> {
        (0..u32::try_from(self.files.len()).unwrap_or(u32::MAX)).map(SourceId)
    }

    /// The text of a span; empty for one of another suite.
    #[must_use]
    pub fn within(&self, span: Span) -> &str {
        self.text(span.source).get(span.start..span.end).unwrap_or("")
    }

    /// File, line and column of the start of a span (both counted from 1; columns in characters).
    #[must_use]
    pub fn place(&self, span: Span) -> Place {
        let Some(file) = self.files.get(span.source.0 as usize) else {
            return Place { file: "?".into(), line: 0, column: 0 };
        };
        let row = file.lines.partition_point(|start| *start <= span.start).saturating_sub(1);
        let before = file.text.get(file.lines[row]..span.start).unwrap_or("");
        Place {
            file: file.name.clone(),
            line: u32::try_from(row + 1).unwrap_or(u32::MAX),
            column: u32::try_from(before.chars().count() + 1).unwrap_or(u32::MAX),
        }
    }

    /// The lines a span touches (at most eight), with the marked range, for a frame drawn later.
    #[must_use]
    pub fn excerpt(&self, span: Span) -> Excerpt {
        let place = self.place(span);
        let Some(file) = self.files.get(span.source.0 as usize) else {
            return Excerpt { place, text: String::new(), mark: (0, 0) };
        };
        let row = (place.line as usize).saturating_sub(1);
        let from = file.lines.get(row).copied().unwrap_or(0);
        let last = file.lines.partition_point(|start| *start < span.end.max(from + 1));
        let to = file.lines.get(last.min(row + 8)).copied().unwrap_or(file.text.len());
        let text = file.text.get(from..to).unwrap_or("").trim_end_matches(['\n', '\r']);
        let end = span.end.saturating_sub(from).min(text.len());
        let mark = (span.start.saturating_sub(from).min(end), end);
        Excerpt { place, text: text.to_owned(), mark }
    }
}

/// A position a reader can go to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The file's name as shown.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A piece of a file with a marked range: all a frame needs once the files are gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Excerpt {
    /// Where the mark begins.
    pub place: Place,
    /// The touched lines.
    pub text: String,
    /// The marked byte range within `text`.
    pub mark: (usize, usize),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_shown_at_its_line_and_column_in_characters() {
        let mut sources = Sources::default();
        let id = sources.add("x.toml".into(), "x.toml", "a = 1\nbé = [\n 2 ]\n");
        let span = Span { source: id, start: 9, end: 13 };
        let excerpt = sources.excerpt(span);
        assert_eq!(excerpt.place.to_string(), "x.toml:2:3");
        assert_eq!(excerpt.text, "bé = [");
        assert_eq!(excerpt.mark, (3, 7));
    }

    #[test]
    fn a_span_over_two_lines_shows_both() {
        let mut sources = Sources::default();
        let id = sources.add("x".into(), "x", "a = [\n1 ]\nb = 2");
        assert_eq!(sources.excerpt(Span { source: id, start: 4, end: 9 }).text, "a = [\n1 ]");
    }
}
