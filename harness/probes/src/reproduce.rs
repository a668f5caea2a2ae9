//! Shell commands that reproduce an observation; a secret is a variable in them, never its value.
//!
//! The settings a probe is shown for it hold [`variable`]s where secrets and captured values stand. Everything
//! from a suite or a target is one word to the shell, whatever it holds.

use std::time::Duration;

use fixproof_core::model::{Secret, Settings, Text};

use crate::db::url;

/// What a variable's name stands between, in a setting. No keyboard has them, and nothing is believed that is no name.
const OPENS: char = '\u{f0000}';
const CLOSES: char = '\u{f0001}';

/// The mark in a setting for a value that is secret or not known yet.
#[must_use]
pub fn variable(name: &str) -> String {
    format!("{OPENS}{}{CLOSES}", variable_name(name))
}

/// A name as a shell takes it for a variable's.
#[must_use]
pub fn variable_name(name: &str) -> String {
    let mut clean: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if clean.starts_with(|c: char| c.is_ascii_digit()) || clean.is_empty() {
        clean.insert(0, '_');
    }
    clean
}

/// Is there a variable in it?
#[must_use]
pub fn holds_variable(text: &str) -> bool {
    pieces(text).iter().any(|piece| matches!(piece, Piece::Variable(_)))
}

/// A database's address that is a secret as a whole, with a variable in the place of its password and without the rest
/// that is not needed; nothing where it is no such address.
#[must_use]
pub fn without_password(address: &str, name: &str) -> Option<String> {
    const SCHEMES: [&str; 6] = ["postgres", "postgresql", "mysql", "mariadb", "redis", "rediss"];
    const KEPT: [&str; 6] = ["host", "port", "sslmode", "ssl-mode", "socket", "dbname"];
    let found = url::parse(address).ok()?;
    let scheme = found.scheme.split_once('+').map_or(&*found.scheme, |(scheme, _)| scheme);
    if !SCHEMES.contains(&scheme) {
        return None;
    }
    let mut out = format!("{scheme}://");
    let password = found.password.map(|_| format!(":{}", variable(&format!("{name}_PASSWORD"))));
    if found.user.is_some() || password.is_some() {
        let user = encoded(&found.user.unwrap_or_default());
        out.push_str(&format!("{user}{}@", password.unwrap_or_default()));
    }
    match found.host {
        Some(host) if host.contains(':') && !host.starts_with('/') => out.push_str(&format!("[{host}]")),
        Some(host) => out.push_str(&encoded(&host)),
        None => {}
    }
    out.extend(found.port.map(|port| format!(":{}", encoded(&port))));
    out.extend(found.database.map(|name| format!("/{}", encoded(&name))));
    let kept = found.options.iter().filter(|(key, _)| KEPT.contains(&key.as_str()));
    for (nth, (key, value)) in kept.enumerate() {
        out.push_str(&format!("{}{key}={}", if nth == 0 { '?' } else { '&' }, encoded(value)));
    }
    Some(out)
}

/// Percent-encoded but for what no address minds; variables stay.
fn encoded(text: &str) -> String {
    around_variables(text, |literal| {
        literal.bytes().fold(String::new(), |out, byte| match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => {
                out + &char::from(byte).to_string()
            }
            _ => out + &format!("%{byte:02X}"),
        })
    })
}

/// The same text with what stands between its variables written in another way.
pub(super) fn around_variables(text: &str, write: impl Fn(&str) -> String) -> String {
    let each = |piece| match piece {
        Piece::Variable(name) => variable(name),
        Piece::Literal(literal) => write(literal),
    };
    pieces(text).into_iter().map(each).collect()
}

/// A command line in the making.
#[derive(Debug)]
pub struct CommandLine {
    said: String,
    impossible: bool,
}

impl CommandLine {
    /// Begins with a program.
    #[must_use]
    pub fn new(program: &str) -> CommandLine {
        let mut line = CommandLine { said: String::new(), impossible: false };
        line.word(program);
        line
    }

    /// Nothing yet.
    pub(super) fn empty() -> CommandLine {
        CommandLine { said: String::new(), impossible: false }
    }

    /// Begins with a variable that is set for the program alone.
    #[must_use]
    pub fn with(name: &str, value: &str, program: &str) -> CommandLine {
        let mut line =
            CommandLine { said: format!("{name}={}", quoted(value)), impossible: value.contains('\0') };
        line.word(program);
        line
    }

    /// Begins with a variable for the password of a database, which is never repeated: it is the variable that the
    /// setting holds, or the tool's own.
    pub(super) fn with_password(name: &str, password: Option<&Secret>, program: &str) -> CommandLine {
        match password.map(Secret::expose) {
            None => CommandLine::new(program),
            Some(password) if holds_variable(password) => CommandLine::with(name, password, program),
            Some(_) => CommandLine::with(name, &variable(name), program),
        }
    }

    /// One word more, whatever it holds.
    pub fn word(&mut self, text: &str) -> &mut CommandLine {
        // No program can be given one.
        self.impossible |= text.contains('\0');
        self.shell(&quoted(text))
    }

    /// Several words more.
    pub fn words<'a>(&mut self, words: impl IntoIterator<Item = &'a str>) -> &mut CommandLine {
        for word in words {
            self.word(word);
        }
        self
    }

    /// Words of the shell's own: `</dev/null`, `|`. Nothing that was not written here, or quoted.
    pub(super) fn shell(&mut self, syntax: &str) -> &mut CommandLine {
        if !self.said.is_empty() {
            self.said.push(' ');
        }
        self.said.push_str(syntax);
        self
    }

    /// The command; nothing where no shell can express it.
    #[must_use]
    pub fn finish(&self) -> Option<String> {
        (!self.impossible).then(|| self.said.clone())
    }
}

/// A part of a text.
enum Piece<'a> {
    Literal(&'a str),
    Variable(&'a str),
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let is_name = |name: &str| {
        !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    let (mut found, mut from, mut at) = (Vec::new(), 0, 0);
    while let Some(open) = text[at..].find(OPENS).map(|open| at + open) {
        let begin = open + OPENS.len_utf8();
        at = begin;
        let Some(end) = text[begin..].find(CLOSES).map(|end| begin + end) else { break };
        if is_name(&text[begin..end]) {
            found.extend((from < open).then(|| Piece::Literal(&text[from..open])));
            found.push(Piece::Variable(&text[begin..end]));
            from = end + CLOSES.len_utf8();
            at = from;
        }
    }
    if from < text.len() || found.is_empty() {
        found.push(Piece::Literal(&text[from..]));
    }
    found
}

/// A text as one word of any shell: as it stands, between quotes, or with variables between its parts.
pub(super) fn quoted(text: &str) -> String {
    let pieces = pieces(text);
    if !holds_variable(text) {
        return literal(text);
    }
    let easy = |piece: &Piece<'_>| match piece {
        Piece::Literal(text) => !text.contains(['"', '$', '`', '\\', '!']),
        Piece::Variable(_) => true,
    };
    let all_easy = pieces.iter().all(easy);
    let mut out = String::new();
    for (nth, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Literal(text) if all_easy => out.push_str(text),
            Piece::Literal(text) => out.push_str(&literal(text)),
            Piece::Variable(name) if all_easy => {
                let goes_on = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let braced =
                    matches!(pieces.get(nth + 1), Some(Piece::Literal(next)) if next.starts_with(goes_on));
                out.push_str(&if braced { format!("${{{name}}}") } else { format!("${name}") });
            }
            Piece::Variable(name) => out.push_str(&format!("\"${name}\"")),
        }
    }
    if all_easy { format!("\"{out}\"") } else { out }
}

fn literal(text: &str) -> String {
    let is_option = text.starts_with('-');
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,".contains(c) || (is_option && c == '=');
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// The arguments of `printf` that write exactly this: its format, and a value for each `%s`.
pub(super) fn printf(line: &mut CommandLine, text: &str) {
    let (mut format, mut values) = (String::new(), Vec::new());
    for piece in pieces(text) {
        match piece {
            Piece::Variable(name) => {
                format.push_str("%s");
                values.push(variable(name));
            }
            Piece::Literal(literal) => {
                for c in literal.chars() {
                    match c {
                        '%' => format.push_str("%%"),
                        '\\' => format.push_str("\\\\"),
                        '\n' => format.push_str("\\n"),
                        '\r' => format.push_str("\\r"),
                        '\t' => format.push_str("\\t"),
                        c if c.is_ascii_control() => format.push_str(&format!("\\{:03o}", u32::from(c))),
                        c => format.push(c),
                    }
                }
            }
        }
    }
    line.word("printf").words(["--"].into_iter().filter(|_| format.starts_with('-')));
    line.word(&format).words(values.iter().map(String::as_str));
}

/// A limit in seconds, as tools take it: whole where they take nothing else.
pub(super) fn whole_seconds(within: Duration) -> String {
    within.as_millis().div_ceil(1000).max(1).to_string()
}

/// A limit in seconds with its fraction.
pub(super) fn seconds(within: Duration) -> String {
    format!("{}", within.as_secs_f64().max(0.001))
}

/// The file of the setting `ca` as it is found from where the harness was started; none where it is the machine's own.
pub(super) fn authorities(settings: &Settings, here: &crate::PrepareContext<'_>) -> Option<String> {
    let ca = settings.text("ca").map(Text::expose).filter(|ca| *ca != "system")?;
    Some(here.root.join(ca).display().to_string())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// What a shell makes of one word.
    fn heard(text: &str) -> String {
        let mut line = CommandLine::new("printf");
        let line = line.word("%s").word(text).finish().unwrap();
        let output = Command::new("sh").arg("-c").arg(&line).env("TOKEN", "to'k en").output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{line}");
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn a_shell_hears_exactly_what_was_written() {
        for hostile in [
            "",
            "plain",
            "it's",
            "a b",
            "$HOME",
            "`id`",
            "$(id)",
            "\"; id #",
            "';id;'",
            "a\nb\\n",
            "!!",
            "~",
            "*",
            "{a,b}",
            "-n",
            "ä\u{202e}",
            "\u{f0000}not a name\u{f0001}$TOKEN",
            "\u{f0000}",
            "\u{f0000}$(id)\u{f0001}",
        ] {
            assert_eq!(heard(hostile), hostile);
        }
    }

    #[test]
    fn a_variable_is_its_value_wherever_it_stands() {
        let token = variable("TOKEN");
        for (before, after) in
            [("", ""), ("Bearer ", ""), ("{\"k\":\"", "\"}"), ("a", "b"), ("$x`", "'"), ("!", "_1")]
        {
            assert_eq!(heard(&format!("{before}{token}{after}")), format!("{before}to'k en{after}"));
        }
        assert_eq!(quoted(&format!("Bearer {token}")), "\"Bearer $TOKEN\"");
        assert_eq!(quoted(&format!("{token}x")), "\"${TOKEN}x\"");
        assert_eq!(quoted(&format!("{{\"a\":\"{token}\"}}")), "'{\"a\":\"'\"$TOKEN\"'\"}'");
    }

    #[test]
    fn printf_says_what_is_to_be_sent() {
        for text in ["PING\r\n", "100% \\n \u{1}", "-n 'x'", ""] {
            let mut line = CommandLine { said: String::new(), impossible: false };
            printf(&mut line, text);
            let output = Command::new("sh").arg("-c").arg(line.finish().unwrap()).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
        }
    }

    #[test]
    fn no_shell_can_be_told_a_nul() {
        assert_eq!(CommandLine::new("x").word("a\0b").finish(), None);
        assert_eq!(CommandLine::with("A", "\0", "x").finish(), None);
    }

    #[test]
    fn a_name_is_one_for_a_shell() {
        for (name, clean) in [("e2e-key", "e2e_key"), ("1st", "_1st"), ("", "_"), ("a b$(id)", "a_b__id_")] {
            assert_eq!(variable_name(name), clean);
        }
    }

    #[test]
    fn an_address_keeps_all_but_its_password() {
        let password = variable("URL_PASSWORD");
        for (address, shown) in [
            (
                "postgresql+asyncpg://app:hun%2Fter2@db.example.com:5432/app?sslmode=require&password=hunter2",
                format!("postgresql://app:{password}@db.example.com:5432/app?sslmode=require"),
            ),
            ("redis://:hunter2@[::1]:6379/3", format!("redis://:{password}@[::1]:6379/3")),
            ("mysql://app@h/db", "mysql://app@h/db".to_owned()),
        ] {
            assert_eq!(without_password(address, "URL"), Some(shown));
        }
        assert_eq!(without_password("https://hooks.example.com/services/hunter2", "URL"), None);
        assert_eq!(without_password("hunter2", "URL"), None);
    }
}
