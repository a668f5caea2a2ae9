//! Brings SQL text into one form, so that the table of statements needs each statement once. It understands no SQL.

/// The statements of a query, each in lower case outside quotes, without comments, with single spaces between words
/// and none around punctuation. Empty statements are left out.
pub(crate) fn normalised(query: &str) -> Vec<String> {
    let mut statements = vec![String::new()];
    let mut rest = query.chars().peekable();
    let mut gap = false;
    while let Some(next) = rest.next() {
        match next {
            '-' if rest.peek() == Some(&'-') => {
                rest.by_ref().find(|&skipped| skipped == '\n');
                gap = true;
            }
            '/' if rest.peek() == Some(&'*') => {
                let mut before = ' ';
                rest.by_ref()
                    .skip(1)
                    .find(|&skipped| std::mem::replace(&mut before, skipped) == '*' && skipped == '/');
                gap = true;
            }
            ';' => {
                statements.push(String::new());
                gap = false;
            }
            space if space.is_whitespace() => gap = true,
            other => {
                let Some(statement) = statements.last_mut() else {
                    continue;
                };
                let last = statement.chars().last();
                if std::mem::take(&mut gap) && last.is_some_and(is_wordy) && is_wordy(other) {
                    statement.push(' ');
                }
                if other == '\'' {
                    statement.push(other);
                    for quoted in rest.by_ref() {
                        statement.push(quoted);
                        if quoted == '\'' {
                            break;
                        }
                    }
                } else {
                    statement.extend(other.to_lowercase());
                }
            }
        }
    }
    statements.retain(|statement| !statement.is_empty());
    statements
}

/// What a space must be kept beside: all but the punctuation that stands for itself.
fn is_wordy(character: char) -> bool {
    !matches!(character, '(' | ',' | '=' | ':' | '<' | '>' | '+')
}

/// What one selected expression asks for: `select EXPRESSION[::CAST][ as ALIAS][ from …]`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Selected {
    /// The expression and everything from ` from ` on.
    pub(crate) text: String,
    /// The type it is cast to.
    pub(crate) cast: Option<String>,
    /// The name given to its column.
    pub(crate) alias: Option<String>,
}

/// Takes a normalised statement apart; none where it selects nothing or more than one expression.
pub(crate) fn selected(statement: &str) -> Option<Selected> {
    let body = statement
        .strip_prefix("select ")
        .or_else(|| statement.strip_prefix("select").filter(|rest| rest.starts_with('(')))?;
    let from = top_level(body, " from ").unwrap_or(body.len());
    let (expression, tail) = body.split_at(from);
    if top_level(expression, ",").is_some() {
        return None;
    }
    let (expression, alias) = match expression.rsplit_once(" as ") {
        Some((expression, alias)) if is_word(alias) => (expression, Some(alias.trim_matches('"').to_owned())),
        _ => (expression, None),
    };
    let (expression, cast) = match expression.rsplit_once("::") {
        Some((expression, cast)) if is_word(cast) => (expression, Some(cast.to_owned())),
        _ => (expression, None),
    };
    Some(Selected { text: format!("{expression}{tail}"), cast, alias })
}

/// Where `sought` first stands outside quotes and parentheses.
fn top_level(text: &str, sought: &str) -> Option<usize> {
    let mut depth = 0_i32;
    let mut quoted = false;
    for (at, character) in text.char_indices() {
        if !quoted && depth == 0 && text[at..].starts_with(sought) {
            return Some(at);
        }
        match character {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
    }
    None
}

/// A bare or quoted name.
pub(crate) fn is_word(text: &str) -> bool {
    let bare = text.trim_matches('"');
    !bare.is_empty() && bare.chars().all(|character| character.is_alphanumeric() || character == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_spaces_and_comments_make_no_difference_outside_quotes() {
        let wanted =
            vec!["select count(*) from pg_stat_activity where backend_type='client  Backend'".to_owned()];
        assert_eq!(
            normalised(
                "SELECT count(*)\n FROM pg_stat_activity -- all\n WHERE backend_type = 'client  Backend';"
            ),
            wanted
        );
        assert_eq!(normalised("/* SQLx ping */"), Vec::<String>::new());
        assert_eq!(normalised("BEGIN; SELECT 1 ;; COMMIT"), ["begin", "select 1", "commit"]);
    }

    #[test]
    fn a_cast_and_an_alias_are_told_from_the_expression() {
        let parts = selected("select count(*)::int8 as used from t where a='x as y'").unwrap();
        assert_eq!(
            parts,
            Selected {
                text: "count(*) from t where a='x as y'".into(),
                cast: Some("int8".into()),
                alias: Some("used".into())
            }
        );
        assert!(selected("select a,b from t").is_none());
    }
}
