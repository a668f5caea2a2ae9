//! Sanitizes text of a target: terminals and CI logs show control sequences and commands instead of executing them, and
//! one value never fills them.

use std::borrow::Cow;
use std::fmt::Write;

/// Makes everything visible that a terminal would execute or hide: control bytes, ANSI escapes, bidirectional
/// marks, characters without a width. Line breaks and tabs stay.
#[must_use]
pub fn sanitize(text: &str) -> String {
    cleaned(text, false).into_owned()
}

/// The same on one line, at most `limit` characters of it.
pub fn one_line(text: &str, limit: usize) -> String {
    let cut = cut(text, limit);
    let mut line = cleaned(cut.trim_end_matches(['\n', '\r']), true).into_owned();
    if cut.len() < text.len() {
        let _ = write!(line, "… ({} bytes more)", text.len() - cut.len());
    }
    line
}

/// Sanitizes to one line of at most `limit` characters, the mark of what is cut included.
#[must_use]
pub fn short(text: &str, limit: usize) -> String {
    let line = one_line(text, limit);
    match line.char_indices().nth(limit) {
        None => line,
        // What says how much is left out no longer fits: an ellipsis does.
        Some(_) => line.chars().take(limit - 1).chain(['…']).collect(),
    }
}

/// The beginning of a text, at most `limit` characters.
pub fn cut(text: &str, limit: usize) -> &str {
    match text.char_indices().nth(limit) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

fn cleaned(text: &str, one_line: bool) -> Cow<'_, str> {
    let stays = |c: char| match c {
        '\n' | '\t' => !one_line,
        c => !is_harmful(c),
    };
    if !text.contains("##") && text.chars().all(stays) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (at, c) in text.char_indices() {
        match c {
            '#' if is_command(&text[at..]) => out.push_str("\\u{23}"),
            c if stays(c) => out.push(c),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Writing to a text can't fail.
            c => _ = write!(out, "\\u{{{:x}}}", u32::from(c)),
        }
    }
    Cow::Owned(out)
}

/// Commands that CI systems execute anywhere in a line of a log: GitHub Actions, Azure Pipelines, TeamCity. (`::error::`
/// is a command only at the beginning of a line, and no line begins with a target's text.)
const COMMANDS: [&str; 3] = ["##[", "##vso[", "##teamcity["];

fn is_command(text: &str) -> bool {
    COMMANDS.iter().any(|command| text.get(..command.len()).is_some_and(|t| t.eq_ignore_ascii_case(command)))
}

/// Would a terminal execute it, hide it, or reverse the text?
pub fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Replaces everything harmful with a character of the same length, so that marked ranges stay valid.
pub fn sanitize_in_place(text: &str) -> Cow<'_, str> {
    let stays = |c: char| matches!(c, '\n' | '\t' | '\r') || !is_harmful(c);
    if text.chars().all(stays) {
        return Cow::Borrowed(text);
    }
    let stand_in = |c: char| match c.len_utf8() {
        1 => '?',
        2 => '\u{bf}',
        3 => '\u{fffd}',
        _ => '\u{1f6ab}',
    };
    Cow::Owned(text.chars().map(|c| if stays(c) { c } else { stand_in(c) }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_made_visible() {
        assert_eq!(sanitize("a\u{1b}[31mb\u{7}\u{202e}c\nd\te"), "a\\u{1b}[31mb\\u{7}\\u{202e}c\nd\te");
        assert_eq!(sanitize("\u{9b}2J\r"), "\\u{9b}2J\\r");
    }

    #[test]
    fn what_the_log_of_a_ci_system_would_obey_is_made_visible() {
        assert_eq!(sanitize("a ###[error]b"), "a #\\u{23}#[error]b");
        assert_eq!(sanitize("##VSO[task.setvariable]"), "\\u{23}#VSO[task.setvariable]");
        assert_eq!(sanitize("##teamcity[x]"), "\\u{23}#teamcity[x]");
        assert_eq!(sanitize("## heading [a] #[b"), "## heading [a] #[b");
    }

    #[test]
    fn one_line_stays_one_line_and_short() {
        assert_eq!(one_line("a\nb\n", 10), "a\\nb");
        assert_eq!(one_line("äöüß", 2), "äö… (4 bytes more)");
    }
}
