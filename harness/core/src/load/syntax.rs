//! Text → a tree with spans, and every syntax error in it.

use std::ops::Range;

use toml::de::DeTable;

use crate::model::{Code, Problem};

use super::reader::Reader;

/// Parses what can be parsed; returns the tree and where the syntax errors are.
pub(super) fn parse<'t>(reader: &mut Reader<'_>, text: &'t str) -> (DeTable<'t>, Vec<usize>) {
    let (tree, errors) = DeTable::parse_recoverable(text);
    let mut broken: Vec<usize> = Vec::new();
    let mut last: Option<usize> = None;
    for error in errors {
        let range = visible(text, error.span().unwrap_or(text.len()..text.len()));
        broken.push(range.start);
        // The parser continues in the middle of a line it could not parse; further errors there are noise.
        let same_line = |last| text.get(last..range.start).is_some_and(|between| !between.contains('\n'));
        if last.replace(range.start).is_some_and(same_line) {
            continue;
        }
        let message = error.message().lines().collect::<Vec<_>>().join("; ");
        reader.problems.push(
            Problem::error(Code::Syntax, reader.span(range), format!("invalid TOML: {message}"))
                .label("here"),
        );
    }
    (tree.into_inner(), broken)
}

/// A range within the text, on character boundaries.
fn visible(text: &str, range: Range<usize>) -> Range<usize> {
    let floor = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = floor(range.start);
    start..floor(range.end).max(start)
}
