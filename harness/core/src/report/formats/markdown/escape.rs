//! Foreign text in Markdown: shown as it is, never interpreted.
//!
//! No mark of theirs makes a heading, a table, an element, a link or an image, and no notification is sent: what is more than
//! plain words becomes a code span, where GitHub and GitLab look for neither mentions nor references.

use crate::report::sanitize::{cut, one_line, sanitize};

/// How much of one sentence is shown.
pub(super) const SENTENCE: usize = 300;
/// How much of one name.
pub(super) const NAME: usize = 120;

/// A text as code, on one line, at most `limit` characters of it.
pub(super) fn code(text: &str, limit: usize) -> String {
    let line = one_line(text, limit);
    if line.trim().is_empty() {
        return "(nothing)".to_owned();
    }
    let fence = "`".repeat(longest_run(&line) + 1);
    // One space at both ends belongs to the marks, where the text itself begins or ends with one or with a mark.
    let ends = |text: &str, of: &[char]| text.starts_with(of) || text.ends_with(of);
    let space = if ends(&line, &['`', ' ']) { " " } else { "" };
    format!("{fence}{space}{line}{space}{fence}")
}

/// The same for a table's cell: a bar would end it and becomes a broken bar.
pub(super) fn cell(text: &str, limit: usize) -> String {
    code(&text.replace('|', "¦"), limit)
}

/// A foreign sentence, on one line: plain words as they are, everything else as code. What its author put between
/// backticks is code too.
pub(super) fn inline(text: &str, limit: usize) -> String {
    let line = one_line(text, limit);
    let parts: Vec<&str> = line.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return words(&line);
    }
    let mut out = String::new();
    for (nth, part) in parts.iter().enumerate() {
        match nth % 2 {
            0 => out.push_str(&words(part)),
            _ if part.trim().is_empty() => out.push_str("(nothing)"),
            _ => {
                // Two code spans side by side would be one with other ends.
                if out.ends_with('`') {
                    out.push(' ');
                }
                out.push_str(&code(part, limit));
            }
        }
    }
    out
}

fn words(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for (nth, word) in text.split(' ').enumerate() {
        if nth > 0 {
            out.push(' ');
        }
        let bare = word.trim_start_matches(['(', '"', '\'']);
        let begin = &word[..word.len() - bare.len()];
        let core = bare.trim_end_matches(['.', ',', ';', ':', ')', '"', '\'', '!', '?']);
        if is_plain(core) {
            out.push_str(word);
        } else {
            out.push_str(&format!("{begin}{}{}", code(core, usize::MAX), &bare[core.len()..]));
        }
    }
    out
}

/// Is it a word that no reader of Markdown takes for anything else?
fn is_plain(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let known = |c: char| c.is_alphanumeric() || ".,:;()\"'/+%=-–—…×!?".contains(c);
    word.chars().all(known)
        && !lower.contains("://")
        && !lower.contains("www.")
        && !lower.starts_with("gh-")
        && !lower.starts_with("mailto:")
}

/// Lines as they are, between fences that none of them can end.
pub(super) fn fence(text: &str, language: &str) -> String {
    let text = sanitize(text);
    let mark = "`".repeat(longest_run(&text).max(2) + 1);
    format!("{mark}{language}\n{}\n{mark}\n", text.trim_end_matches('\n'))
}

/// The beginning of a text of several lines.
pub(super) fn beginning(text: &str, lines: usize, characters: usize) -> String {
    let some: Vec<&str> = text.lines().take(lines).collect();
    let some = some.join("\n");
    let short = cut(&some, characters);
    if short.len() + 1 < text.trim_end().len() { format!("{short}\n…") } else { short.to_owned() }
}

/// A text inside an element: as code, so that it mentions no user.
pub(super) fn element(text: &str, limit: usize) -> String {
    let line = one_line(text, limit);
    let mut out = String::from("<code>");
    for c in line.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out.push_str("</code>");
    out
}

/// A link to where more is written; as code, where it is none that a reader should follow by a click.
pub(super) fn link(text: &str) -> String {
    let text = text.trim();
    let known = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#%&=+,;!*$".contains(c);
    let web = text.starts_with("https://") || text.starts_with("http://");
    if web && text.len() <= 500 && text.chars().all(known) {
        return format!("<{text}>");
    }
    code(text, SENTENCE)
}

/// At most so many names as code, and how many more there are.
pub(super) fn names<T: AsRef<str>>(all: &[T], most: usize) -> String {
    let shown: Vec<String> = all.iter().take(most).map(|name| code(name.as_ref(), NAME)).collect();
    match all.len().saturating_sub(most) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_holds_whatever_it_is_given() {
        assert_eq!(code("a", 9), "`a`");
        assert_eq!(code("a `b`` c", 9), "```a `b`` c```");
        assert_eq!(code("`", 9), "`` ` ``");
        assert_eq!(code(" ", 9), "(nothing)");
        assert_eq!(cell("a|b\\|c", 9), "`a¦b\\¦c`");
    }

    #[test]
    fn plain_words_stay_and_everything_else_is_code() {
        for (text, shown) in [
            ("Raise the connector's minimum (10-30 s).", "Raise the connector's minimum (10-30 s)."),
            ("ask @team, see #12", "ask `@team`, see `#12`"),
            ("see (https://evil.example/x).", "see (`https://evil.example/x`)."),
            ("www.evil.example GH-12 <b>", "`www.evil.example` `GH-12` `<b>`"),
            ("look at `a|b`: [x](y) ![z](w)", "look at `a|b`: `[x](y` `![z](w`"),
            ("an odd ` one", "an odd `` ` `` one"),
            ("a_b *c* | d\\e ~~f~~", "`a_b` `*c*` `|` `d\\e` `~~f~~`"),
        ] {
            let shown = shown.replace("(y`", "(y`)").replace("(w`", "(w`)");
            assert_eq!(inline(text, 400), shown);
        }
    }

    #[test]
    fn a_fence_is_longer_than_any_run_inside() {
        assert_eq!(fence("a\n````\nb\n", "text"), "`````text\na\n````\nb\n`````\n");
    }

    #[test]
    fn only_an_address_of_the_web_is_a_link() {
        assert_eq!(link("https://wiki.invalid/a?b=1&c"), "<https://wiki.invalid/a?b=1&c>");
        for other in ["javascript:alert(1)", "https://a@b.invalid/", "https://x/><script>", "https://x/ y"] {
            assert!(link(other).starts_with('`'), "{other}");
        }
    }
}
