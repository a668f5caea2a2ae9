//! What somebody else said, as a message may show it.

use std::fmt::Write as _;

/// One line of a text, bounded, without control characters.
pub(super) fn clean(text: &str, longest: usize) -> String {
    let mut line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(longest).collect();
    if text.chars().nth(longest).is_some() {
        // Writing to a string can't fail.
        let _ = write!(line, "…");
    }
    line
}
