//! From text to words. It knows no grammar.

use super::Operator;

/// One word of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Open,
    Close,
    Operator(Operator),
    /// A minus before a term.
    Minus,
    /// A bare word, with its parts between dots.
    Word(String, Vec<String>),
    Quoted(String),
}

/// The words of the text, or what can't be read.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    let mut found = Vec::new();
    while let Some(&first) = chars.get(at) {
        if first.is_whitespace() {
            at += 1;
            continue;
        }
        if chars[at..].starts_with(&['-', '-']) {
            at += chars[at..].iter().take_while(|c| **c != '\n').count();
            continue;
        }
        if let Some((operator, length)) = operator(&chars[at..]) {
            found.push(Token::Operator(operator));
            at += length;
            continue;
        }
        match first {
            '(' => found.push(Token::Open),
            ')' => found.push(Token::Close),
            '-' if chars.get(at + 1).is_some_and(|next| !next.is_ascii_digit()) => found.push(Token::Minus),
            '"' => {
                let (quoted, after) = quoted(&chars, at)?;
                found.push(Token::Quoted(quoted));
                at = after;
                continue;
            }
            _ => {
                let (word, after) = word(&chars, at)?;
                found.push(word);
                at = after;
                continue;
            }
        }
        at += 1;
    }
    Ok(found)
}

fn operator(rest: &[char]) -> Option<(Operator, usize)> {
    let next = rest.get(1).copied().unwrap_or(' ');
    Some(match (rest[0], next) {
        ('=', '~') => (Operator::Matches, 2),
        ('!', '~') => (Operator::MatchesNot, 2),
        ('!', '=') => (Operator::NotEqual, 2),
        ('>', '=') => (Operator::AtLeast, 2),
        ('<', '=') => (Operator::AtMost, 2),
        ('=', _) => (Operator::Equal, 1),
        ('>', _) => (Operator::Greater, 1),
        ('<', _) => (Operator::Less, 1),
        (':', _) => (Operator::Has, 1),
        _ => return None,
    })
}

/// The text between two quotation marks, and where it goes on after them.
fn quoted(chars: &[char], from: usize) -> Result<(String, usize), String> {
    let mut text = String::new();
    let mut at = from + 1;
    while let Some(&character) = chars.get(at) {
        match character {
            '"' => return Ok((text, at + 1)),
            '\\' => {
                match chars.get(at + 1) {
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some(escaped @ ('"' | '\\' | '\'')) => text.push(*escaped),
                    // Everything else belongs to a pattern.
                    Some(other) => text.extend(['\\', *other]),
                    None => break,
                }
                at += 2;
            }
            _ => {
                text.push(character);
                at += 1;
            }
        }
    }
    Err("unterminated string literal".to_owned())
}

/// A bare word: a path, a number, a keyword.
fn word(chars: &[char], from: usize) -> Result<(Token, usize), String> {
    let mut raw = String::new();
    let mut parts = vec![String::new()];
    let mut at = from;
    while let Some(&character) = chars.get(at) {
        match character {
            '.' => parts.push(String::new()),
            '"' if raw.ends_with('.') => {
                let (part, after) = quoted(chars, at)?;
                raw.push_str(&part);
                if let Some(last) = parts.last_mut() {
                    last.push_str(&part);
                }
                at = after;
                continue;
            }
            c if c.is_alphanumeric() || "_-/@%*+$".contains(c) => {
                if let Some(last) = parts.last_mut() {
                    last.push(c);
                }
            }
            _ => break,
        }
        raw.push(character);
        at += 1;
    }
    match at == from {
        true => Err(format!("unexpected character '{}'", chars[from])),
        false => Ok((Token::Word(raw, parts), at)),
    }
}
