//! What XML 1.0 can't hold is taken out before it is written.

use std::borrow::Cow;

use crate::report::sanitize::{is_harmful, one_line, sanitize};

use super::FormatError;

/// How many bytes of one text are kept.
pub(super) const TEXT: usize = 64 << 10;
/// How many characters of an attribute are kept.
pub(super) const ATTRIBUTE: usize = 1000;
/// What GitLab, Azure DevOps and the Jenkins attachments plugin take for the path of a file to publish. A target may send
/// it to publish a file of the build machine; our own texts never contain it.
const ATTACHMENT: (&str, &str) = ("[[ATTACHMENT|", "[ [ATTACHMENT|");

/// A text for an attribute: one line, bounded, only characters that XML has.
pub(super) fn attribute(text: &str, limit: usize) -> String {
    let line = one_line(text, limit);
    match characters(&line) {
        Cow::Borrowed(_) => line,
        Cow::Owned(clean) => clean,
    }
}

/// A text for a CDATA section: bounded, only characters that XML has, `]]>` split over two sections.
pub(super) fn cdata(text: &str, limit: usize) -> String {
    let kept = &text[..text.floor_char_boundary(limit.min(text.len()))];
    let mut clean = characters(kept).into_owned();
    if kept.len() < text.len() {
        clean.push_str(&format!(
            "\n… ({} bytes left out; they are in the JSON report)\n",
            text.len() - kept.len()
        ));
    }
    clean.replace(ATTACHMENT.0, ATTACHMENT.1).replace("]]>", "]]]]><![CDATA[>")
}

/// Every character that XML 1.0 does not have becomes U+FFFD.
fn characters(text: &str) -> Cow<'_, str> {
    let allowed = |c: char| matches!(c, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}');
    // Control characters that XML allows are made visible: the file may be read in a terminal.
    if text.chars().all(|c| allowed(c) && !is_harmful(c)) {
        return Cow::Borrowed(text);
    }
    let text: String = text.chars().map(|c| if allowed(c) { c } else { '\u{fffd}' }).collect();
    Cow::Owned(sanitize(&text))
}

/// Any error of XML, in our words.
pub(super) fn broken(error: impl std::fmt::Display) -> FormatError {
    FormatError::Xml(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_can_not_hold_is_replaced() {
        assert_eq!(cdata("a\u{1}b\u{fffe}\u{1b}\tc\n", TEXT), "a\u{fffd}b\u{fffd}\u{fffd}\tc\n");
        assert_eq!(cdata("x]]>y", TEXT), "x]]]]><![CDATA[>y");
        assert_eq!(attribute("a\nb]]>", ATTRIBUTE), "a\\nb]]>");
    }

    #[test]
    fn no_target_can_have_a_file_of_the_build_machine_published() {
        assert_eq!(cdata("saw [[ATTACHMENT|/etc/passwd]]", TEXT), "saw [ [ATTACHMENT|/etc/passwd]]");
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        let cut = cdata(&"ä".repeat(1 << 20), TEXT);
        assert!(cut.len() < TEXT + 100 && cut.contains("left out"));
    }
}
