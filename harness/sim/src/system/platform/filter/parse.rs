//! From words to a tree. OR binds tighter than AND, and two terms side by side are an AND, as in the real language.

use regex::RegexBuilder;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::lexer::{Token, tokens};
use super::{Filter, Operand, Operator, severity};

/// What the real one takes at most.
const LONGEST: usize = 20_000;
const DEEPEST: usize = 50;

/// A compiled pattern may not grow beyond this many bytes.
const LARGEST_PATTERN: usize = 1 << 20;

/// The fields of an entry.
const FIELDS: [&str; 18] = [
    "errorGroups",
    "httpRequest",
    "insertId",
    "jsonPayload",
    "labels",
    "logName",
    "operation",
    "protoPayload",
    "receiveTimestamp",
    "resource",
    "severity",
    "sourceLocation",
    "spanId",
    "split",
    "textPayload",
    "timestamp",
    "trace",
    "traceSampled",
];

/// Reads a filter; an empty one takes everything.
pub(crate) fn parse(text: &str) -> Result<Filter, String> {
    if text.chars().count() > LONGEST {
        return Err(format!("the filter is longer than {LONGEST} characters"));
    }
    let mut words = Words { tokens: tokens(text)?, at: 0, depth: 0 };
    if words.tokens.is_empty() {
        return Ok(Filter::All(Vec::new()));
    }
    let filter = words.conjunction()?;
    match words.next() {
        None => Ok(filter),
        Some(token) => Err(format!("syntax error at {}", said(&token))),
    }
}

fn said(token: &Token) -> String {
    match token {
        Token::Open => "'('".to_owned(),
        Token::Close => "')'".to_owned(),
        Token::Minus => "'-'".to_owned(),
        Token::Operator(operator) => format!("the operator {operator:?}"),
        Token::Word(raw, _) => format!("'{raw}'"),
        Token::Quoted(text) => format!("\"{text}\""),
    }
}

struct Words {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Words {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn is_keyword(&self, keyword: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(raw, _)) if raw == keyword)
    }

    fn takes_keyword(&mut self, keyword: &str) -> bool {
        let found = self.is_keyword(keyword);
        self.at += usize::from(found);
        found
    }

    fn conjunction(&mut self) -> Result<Filter, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("the filter is nested too deeply".to_owned());
        }
        let mut terms = vec![self.disjunction()?];
        loop {
            let and = self.takes_keyword("AND");
            match self.peek() {
                None | Some(Token::Close) if !and => break,
                _ => terms.push(self.disjunction()?),
            }
        }
        self.depth -= 1;
        Ok(one_or(terms, Filter::All))
    }

    fn disjunction(&mut self) -> Result<Filter, String> {
        let mut terms = vec![self.term()?];
        while self.takes_keyword("OR") {
            terms.push(self.term()?);
        }
        Ok(one_or(terms, Filter::Any))
    }

    fn term(&mut self) -> Result<Filter, String> {
        let mut negated = false;
        while self.takes_keyword("NOT") || self.takes_minus() {
            negated = !negated;
        }
        let term = match self.next() {
            Some(Token::Open) => {
                let inner = self.conjunction()?;
                self.closes()?;
                inner
            }
            Some(Token::Quoted(text)) => match self.peek() {
                Some(Token::Operator(_)) => return Err(format!("\"{text}\" is no field")),
                _ => Filter::Anywhere(text),
            },
            Some(Token::Word(raw, path)) => self.after_word(raw, path)?,
            Some(token) => return Err(format!("syntax error at {}", said(&token))),
            None => return Err("the filter ends where a term is needed".to_owned()),
        };
        Ok(if negated { Filter::Not(Box::new(term)) } else { term })
    }

    fn takes_minus(&mut self) -> bool {
        let found = self.peek() == Some(&Token::Minus);
        self.at += usize::from(found);
        found
    }

    fn closes(&mut self) -> Result<(), String> {
        match self.next() {
            Some(Token::Close) => Ok(()),
            _ => Err("a ')' is missing".to_owned()),
        }
    }

    fn after_word(&mut self, raw: String, path: Vec<String>) -> Result<Filter, String> {
        match self.peek() {
            Some(Token::Operator(operator)) => {
                let operator = *operator;
                self.at += 1;
                known(&raw, &path)?;
                self.operand(&path, operator)
            }
            Some(Token::Open) if raw == "log_id" => {
                self.at += 1;
                let Some(Token::Quoted(name)) = self.next() else {
                    return Err("log_id takes one string".to_owned());
                };
                self.closes()?;
                Ok(Filter::LogId(name))
            }
            Some(Token::Open) => Err(format!("the function '{raw}' is not supported here")),
            _ if ["AND", "OR", "NOT"].contains(&raw.as_str()) => Err(format!("syntax error at '{raw}'")),
            _ => Ok(Filter::Anywhere(raw)),
        }
    }

    /// One value, or several in parentheses, which do not nest.
    fn operand(&mut self, path: &[String], operator: Operator) -> Result<Filter, String> {
        if self.peek() != Some(&Token::Open) {
            return self.value(path, operator);
        }
        self.at += 1;
        let mut terms = vec![self.value(path, operator)?];
        let all = self.is_keyword("AND");
        while self.takes_keyword(if all { "AND" } else { "OR" }) {
            terms.push(self.value(path, operator)?);
        }
        self.closes()?;
        Ok(one_or(terms, if all { Filter::All } else { Filter::Any }))
    }

    fn value(&mut self, path: &[String], operator: Operator) -> Result<Filter, String> {
        match self.next() {
            Some(Token::Word(raw, _)) if operator == Operator::Has && raw == "*" => {
                Ok(Filter::Present(path.to_vec()))
            }
            Some(Token::Word(text, _) | Token::Quoted(text)) => {
                Ok(Filter::Compare(path.to_vec(), operator, operand(path, operator, text)?))
            }
            _ => Err(format!("a value for {} is missing", path.join("."))),
        }
    }
}

fn one_or(mut terms: Vec<Filter>, several: fn(Vec<Filter>) -> Filter) -> Filter {
    match terms.len() {
        1 => terms.remove(0),
        _ => several(terms),
    }
}

/// Refuses a field that no entry has.
fn known(raw: &str, path: &[String]) -> Result<(), String> {
    match path.first().is_some_and(|first| FIELDS.contains(&first.as_str())) && !path.contains(&String::new())
    {
        true => Ok(()),
        false => Err(format!("Field not found: '{raw}'.")),
    }
}

fn operand(path: &[String], operator: Operator, text: String) -> Result<Operand, String> {
    if matches!(operator, Operator::Matches | Operator::MatchesNot) {
        let pattern = RegexBuilder::new(&text).size_limit(LARGEST_PATTERN).build();
        return pattern.map(Operand::Pattern).map_err(|_| format!("invalid regular expression: {text}"));
    }
    let ordered = operator != Operator::Has;
    match path[0].as_str() {
        "severity" if ordered => {
            severity(&text).map(Operand::Severity).ok_or_else(|| format!("unknown severity: {text}"))
        }
        "timestamp" | "receiveTimestamp" if ordered => OffsetDateTime::parse(&text, &Rfc3339)
            .map(Operand::Time)
            .map_err(|_| format!("invalid timestamp: {text}")),
        _ => Ok(Operand::Text(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_filter_is_refused_with_a_reason() {
        for (text, reason) in [
            ("severity>=LOUD", "unknown severity: LOUD"),
            ("severity >=", "a value for severity is missing"),
            ("sevrity=ERROR", "Field not found: 'sevrity'."),
            ("jsonPayload..x=1", "Field not found: 'jsonPayload..x'."),
            ("timestamp>=\"yesterday\"", "invalid timestamp: yesterday"),
            ("timestamp>=2025-09-15T11:31:00Z", "invalid timestamp: 2025-09-15T11"),
            ("(severity=ERROR", "a ')' is missing"),
            ("severity=ERROR)", "syntax error at ')'"),
            ("textPayload:\"x", "unterminated string literal"),
            ("textPayload=~\"(\"", "invalid regular expression: ("),
            ("severity=ERROR AND", "the filter ends where a term is needed"),
            ("OR severity=ERROR", "syntax error at 'OR'"),
            ("sample(insertId)", "the function 'sample' is not supported here"),
            ("severity=ERROR; x", "unexpected character ';'"),
        ] {
            assert_eq!(parse(text).err().as_deref(), Some(reason), "{text}");
        }
        assert!(parse(&"(".repeat(3000)).is_err());
        assert!(parse(&format!("textPayload:{}", "(".repeat(15_000))).is_err());
    }
}
