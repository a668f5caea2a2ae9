//! What a reader sees of a command: its line as a shell would take it, without secrets, and the last words it said.

use std::ffi::OsString;

use fixproof_core::model::{Secret, Text, excerpt, shortened};

use crate::process::Written;

/// What stands where a secret stood.
const MASK: &str = "…";
/// Lines of a program's last words, and characters of them.
const LAST_LINES: usize = 4;
const LAST_CHARACTERS: usize = 400;
/// Characters of each stream, and of the input, that a transcript keeps.
const EXCERPT: usize = 512;

/// The secrets a program was given. It has no `Debug`.
pub(super) struct Hidden(Vec<String>);

impl Hidden {
    /// Those of the texts that are secret.
    pub(super) fn new<'a>(texts: impl Iterator<Item = &'a Text>) -> Hidden {
        let mut values: Vec<String> =
            texts.filter(|text| text.is_secret()).map(|text| text.expose().trim().to_owned()).collect();
        values.retain(|value| value.len() >= Secret::SHORTEST);
        // The longest first: one may be a part of another.
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        Hidden(values)
    }

    /// The text without them. Redacts before anything is cut: half a secret would not be recognised.
    fn masked(&self, bytes: &[u8]) -> String {
        let mut text = String::from_utf8_lossy(bytes).into_owned();
        self.0.iter().for_each(|secret| text = text.replace(secret.as_str(), MASK));
        text
    }
}

/// The transcript of what was asked.
pub(super) fn sent(
    line: &[Text],
    directory: Option<&Text>,
    env: &[(OsString, OsString)],
    stdin: Option<&Text>,
) -> Vec<String> {
    let words: Vec<String> = line
        .iter()
        .map(|word| if word.is_secret() { MASK.to_owned() } else { quoted(word.expose()) })
        .collect();
    let mut sent = vec![words.join(" ")];
    if let Some(directory) = directory {
        sent.push(format!("directory: {}", directory.expose()));
    }
    let names: Vec<_> = env.iter().map(|(name, _)| name.to_string_lossy()).collect();
    sent.push(format!(
        "environment: {}",
        if names.is_empty() { "empty".to_owned() } else { names.join(" ") }
    ));
    match stdin {
        None => {}
        Some(text) if text.is_secret() => sent.push(format!("stdin: {MASK}")),
        Some(text) => sent.push(format!("stdin: {}", excerpt(text.expose(), EXCERPT))),
    }
    sent
}

/// The transcript of what came of it.
pub(super) fn received(end: String, stdout: &Written, stderr: &Written, hidden: &Hidden) -> Vec<String> {
    let mut lines = vec![end];
    for (name, written) in [("stdout", stdout), ("stderr", stderr)] {
        if !written.bytes.is_empty() {
            lines.push(format!("{name}: {}", excerpt(&said(written, hidden), EXCERPT)));
        }
    }
    lines
}

/// What was written, with the mark of a cut where there was more.
fn said(written: &Written, hidden: &Hidden) -> String {
    let mut text = hidden.masked(&written.bytes);
    if written.truncated {
        text.push('…');
    }
    text.trim_end().to_owned()
}

/// A word as a POSIX shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "%+,-./:=@_".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The last lines that were written, for a detail; of the errors where there are any. The rest of the sentence.
pub(super) fn last_words(stdout: &Written, stderr: &Written, hidden: &Hidden) -> String {
    for (name, written) in [("stderr", stderr), ("stdout", stdout)] {
        let text = hidden.masked(&written.bytes);
        let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
        if lines.is_empty() {
            continue;
        }
        // Of many lines the last ones, of a long line its beginning: a secret that is cut in the middle ends with `…`,
        // which is how it is still found.
        let last = lines[lines.len().saturating_sub(LAST_LINES)..].join("\n");
        let last = shortened(&last, LAST_CHARACTERS);
        return format!("; {name} ends with {last:?}");
    }
    "; it wrote nothing".to_owned()
}

/// A text in a message, on one line.
pub(super) fn harmless(text: &str) -> String {
    let shown = format!("{text:?}");
    shown.get(1..shown.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Written {
        Written { bytes: text.as_bytes().to_vec(), truncated: false }
    }

    #[test]
    fn a_line_is_quoted_as_a_shell_takes_it() {
        let line = ["curl", "-H", "a: b", "", "it's", "$HOME", "a*", "~", "ä"].map(Text::plain);
        assert_eq!(sent(&line, None, &[], None)[0], r"curl -H 'a: b' '' 'it'\''s' '$HOME' 'a*' '~' 'ä'");
    }

    #[test]
    fn secrets_are_not_shown() {
        let line = [Text::plain("curl"), Text::secret("Bearer canary-1")];
        let env = [("TOKEN".into(), "canary-2".into())];
        let shown = sent(&line, None, &env, Some(&Text::secret("canary-3"))).join("\n");
        assert_eq!(shown, "curl …\nenvironment: TOKEN\nstdin: …");
    }

    #[test]
    fn last_words_are_few_harmless_and_without_the_secrets_that_were_given() {
        let hidden = Hidden::new([Text::secret("line one\nline two")].iter());
        let nothing = written("");
        assert_eq!(last_words(&nothing, &nothing, &hidden), "; it wrote nothing");
        let said =
            last_words(&written("x"), &written("1\n2\n3\n\u{1b}[31m4\nsay line one\nline two\n"), &hidden);
        assert_eq!(said, r#"; stderr ends with "2\n3\n\u{1b}[31m4\nsay …""#);
        let long = last_words(&written(&"x".repeat(1 << 20)), &nothing, &hidden);
        assert!(long.len() < 500 && long.ends_with("x…\""), "{long}");
    }
}
