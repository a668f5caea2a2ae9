//! The one way in which a text is cut: it ends with `…`, right behind what was kept.
//!
//! By that mark the redactor knows that a secret may have been cut in the middle, and takes out its beginning too. A
//! text that is cut in silence would show it.

/// What a text that was shortened has at its cut.
pub(crate) const CUT: char = '…';

/// At most so many characters of a text.
///
/// ```
/// assert_eq!(fixproof_core::model::shortened("abc", 3), "abc");
/// assert_eq!(fixproof_core::model::shortened("abcd", 3), "abc…");
/// ```
#[must_use]
pub fn shortened(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}{CUT}", &text[..end]),
        None => text.to_owned(),
    }
}

/// At most so many characters of a text, and how many bytes it had: `abc… (600 bytes)`.
#[must_use]
pub fn excerpt(text: &str, characters: usize) -> String {
    let shown = shortened(text, characters);
    if shown.ends_with(CUT) && shown != text { format!("{shown} ({} bytes)", text.len()) } else { shown }
}

/// At most so many bytes of what may be no text; a character that the cut went through is left out.
#[must_use]
pub fn shortened_bytes(bytes: &[u8], most: usize) -> String {
    let Some(kept) = bytes.get(..most).filter(|kept| kept.len() < bytes.len()) else {
        return String::from_utf8_lossy(bytes).into_owned();
    };
    // Three bytes are the most that a character which is not complete can have.
    let whole = (0..=3.min(most)).map(|less| &kept[..most - less]).find(|kept| {
        std::str::from_utf8(&kept[kept.len().saturating_sub(8)..])
            .map_or_else(|wrong| wrong.error_len().is_some(), |_| true)
    });
    format!("{}{CUT}", String::from_utf8_lossy(whole.unwrap_or(kept)))
}

/// The same with how many bytes there were.
#[must_use]
pub fn excerpt_bytes(bytes: &[u8], most: usize) -> String {
    let shown = shortened_bytes(bytes, most);
    if bytes.len() > most { format!("{shown} ({} bytes)", bytes.len()) } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_is_told_and_no_half_character_stands_before_it() {
        assert_eq!(excerpt("abcd", 3), "abc… (4 bytes)");
        assert_eq!(shortened_bytes(b"abcd", 4), "abcd");
        assert_eq!(excerpt_bytes(b"abcd", 3), "abc… (4 bytes)");
        let text = "ab\u{fc}\u{20ac}\u{1f600}z";
        for most in 0..text.len() {
            let shown = shortened_bytes(text.as_bytes(), most);
            assert!(shown.ends_with(CUT) && !shown.contains('\u{fffd}'), "{most}: {shown}");
            assert!(text.starts_with(shown.trim_end_matches(CUT)), "{most}: {shown}");
        }
        assert_eq!(
            shortened_bytes(b"\xff\xff\xff\xff\xff\xffabc", 8),
            "\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}ab…"
        );
    }
}
