//! Searches that match what they are meant to exclude: a word contained in its own opposite, a piece of any page.

use crate::model::{Expectation, FactPath, Search, Severity, Value};

/// A good word, and a worse one that holds it; each also with `not` before it.
const OPPOSITES: [(&str, &str); 17] = [
    ("healthy", "unhealthy"),
    ("ok", "not ok"),
    ("ready", "not ready"),
    ("up", "not up"),
    ("alive", "not alive"),
    ("active", "inactive"),
    ("connected", "disconnected"),
    ("available", "unavailable"),
    ("reachable", "unreachable"),
    ("valid", "invalid"),
    ("success", "no success"),
    ("successful", "unsuccessful"),
    ("complete", "incomplete"),
    ("completed", "not completed"),
    ("enabled", "not enabled"),
    ("running", "not running"),
    ("passed", "none passed"),
];

/// Unrelated texts: a search that matches one of these is not a search for a word.
const UNRELATED: [&str; 5] =
    ["", "zq~9", "blue", "the quick brown fox jumps over the lazy dog", "Ünïcode 字"];

/// The page of a proxy in front of a service that is down.
const ERROR_PAGE: &str = "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>502 Bad Gateway</title></head>\n\
    <body>\n<h1>502 Bad Gateway</h1>\n<p>The server is temporarily unable to service your request. Please try again later.</p>\n\
    </body>\n</html>\n";

/// A wrong text that an expectation accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WeakMatch {
    /// The opposite of the word it looks for.
    Opposite(String),
    /// A page that says that something is down.
    ErrorPage,
}

/// Does a search hold for the opposite of what it looks for? `status_asked` is whether the step looks at a status as well,
/// which tells an error page from a page.
#[must_use]
pub fn weak_match(expectation: &Expectation, status_asked: bool) -> Option<WeakMatch> {
    let search = expectation.operator.search?;
    if expectation.negated || expectation.severity != Severity::Error {
        return None;
    }
    let holds = |text: &str| expectation.holds(&Value::Text(text.to_owned())) == Ok(true);
    if search != Search::Start
        && !UNRELATED.iter().any(|text| holds(text))
        && let Some(opposite) =
            OPPOSITES.iter().find_map(|(word, opposite)| opposite_of(word, opposite, holds))
    {
        return Some(WeakMatch::Opposite(opposite));
    }
    // A pattern describes more than a piece of a page.
    let whole = expectation.at.is_none() && expectation.that == FactPath::Plain("text".into());
    let piece = search != Search::Pattern;
    (whole && piece && !status_asked && holds(ERROR_PAGE)).then_some(WeakMatch::ErrorPage)
}

/// The opposite that holds where the word does, in the case the search is written in.
fn opposite_of(word: &str, opposite: &str, holds: impl Fn(&str) -> bool) -> Option<String> {
    let capitalised = |text: &str| {
        let (first, rest) = text.split_at(1);
        first.to_uppercase() + rest
    };
    [word.to_owned(), capitalised(word), word.to_uppercase()].into_iter().find_map(|word| {
        let candidates = [opposite.to_owned(), opposite.to_uppercase(), format!("not {word}")];
        candidates.into_iter().find(|candidate| holds(&word) && holds(candidate))
    })
}
