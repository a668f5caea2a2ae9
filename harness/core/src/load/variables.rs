//! `{{variables}}` in texts: their syntax, and captures used before they exist.

use crate::model::{At, Code, Part, Problem, Span, Step, Template, Variable, Written};

use super::reader::Reader;
use super::suggest;
use super::units::is_name;

/// Splits a text at its `{{variables}}`. `span` is the text's own, quotes included.
///
/// # Errors
/// Braces that are not closed or hold no valid name.
pub fn template(text: &str, span: Span) -> Result<Template, Problem> {
    if !text.contains("{{") {
        return Ok(Template::literal(text));
    }
    // Without escapes, the text is in the file unchanged, one or three quotes after the start of the span.
    let quotes = match (span.end.saturating_sub(span.start)).checked_sub(text.len()) {
        Some(2) => Some(1),
        Some(6) => Some(3),
        Some(0) => Some(0),
        _ => None,
    };
    let marked = |from: usize, to: usize| quotes.map_or(span, |q| span.part(q + from, q + to));
    let mut parts = Vec::new();
    let mut rest = 0;
    while let Some(open) = text[rest..].find("{{").map(|at| rest + at) {
        let Some(close) = text[open + 2..].find("}}").map(|at| open + 2 + at) else {
            return Err(Problem::error(Code::BadValue, marked(open, text.len()), "`{{` is not closed")
                .label("`}}` is missing")
                .help("a variable is written {{name}}"));
        };
        let name = text[open + 2..close].trim();
        if !name.split('.').all(is_name) || name.split('.').count() > 2 {
            return Err(Problem::error(
                Code::BadValue,
                marked(open, close + 2),
                format!("invalid variable name `{name}`"),
            )
            .label("valid: letters, digits, `-` and `_`, with at most one dot")
            .help("use {{component.key}}, {{limit.name}}, {{secret.name}}, {{run.nonce}}, or {{name}} for a capture"));
        }
        if open > rest {
            parts.push(Part::Literal(text[rest..open].to_owned()));
        }
        parts.push(Part::Variable(Variable { name: name.to_owned(), span: marked(open, close + 2) }));
        rest = close + 2;
    }
    if rest < text.len() {
        parts.push(Part::Literal(text[rest..].to_owned()));
    }
    Ok(Template { parts })
}

/// Calls `visit` with every variable in a value.
pub(super) fn each<'w>(written: &'w Written, visit: &mut dyn FnMut(&'w Variable)) {
    match written {
        Written::Flag(_) | Written::Number(_) => {}
        Written::Text(template) => template.variables().for_each(visit),
        Written::List(items) => items.iter().for_each(|item| each(&item.value, visit)),
        Written::Table(entries) => entries.iter().for_each(|(_, value)| each(&value.value, visit)),
    }
}

/// Captured variables are used by later steps of the same scenario only. A name with a dot is the target's: the
/// planner looks it up. `broken` holds the names of captures that could not be read.
pub(super) fn check_captures(reader: &mut Reader<'_>, steps: &[Step], broken: &[String]) {
    let mut known: Vec<&At<String>> = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let mut used = Vec::new();
        for (_, value) in &step.settings {
            each(&value.value, &mut |variable| used.push(variable));
        }
        for expectation in &step.expect {
            each(&expectation.wanted.value, &mut |variable| used.push(variable));
        }
        for variable in used.into_iter().filter(|variable| !variable.name.contains('.')) {
            if known.iter().any(|name| name.value == variable.name) || broken.contains(&variable.name) {
                continue;
            }
            let later =
                steps[index..].iter().flat_map(|s| &s.captures).find(|c| c.name.value == variable.name);
            reader.problems.push(match later {
                Some(capture) => unknown(variable)
                    .label("used before it is captured")
                    .also(capture.name.span, "captured only here")
                    .help("a captured value is available to later steps only"),
                None => {
                    let names = known.iter().map(|name| name.value.as_str());
                    let problem = unknown(variable).label("no earlier step captures it");
                    problem.help(suggest::did_you_mean(&variable.name, names).unwrap_or_else(|| {
                        "variables of the target have a dot: {{backend.url}}, {{limit.pool}}, {{secret.token}}"
                            .to_owned()
                    }))
                }
            });
        }
        known.extend(step.captures.iter().map(|capture| &capture.name));
    }
}

fn unknown(variable: &Variable) -> Problem {
    Problem::error(Code::UnknownVariable, variable.span, format!("unknown variable `{}`", variable.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SourceId;

    fn span(len: usize) -> Span {
        Span { source: SourceId(0), start: 10, end: 10 + len }
    }

    #[test]
    fn a_text_is_split_at_its_variables() {
        let text = "{{backend.url}}/x/{{ token }}";
        let found = template(text, span(text.len() + 2)).unwrap();
        assert_eq!(found.parts.len(), 3);
        let variables: Vec<&Variable> = found.variables().collect();
        assert_eq!(variables[0].name, "backend.url");
        assert_eq!((variables[0].span.start, variables[0].span.end), (11, 26));
        assert_eq!(variables[1].name, "token");
    }

    #[test]
    fn closing_braces_alone_are_plain_text() {
        let text = r#"{"a":{"b":1}}"#;
        assert_eq!(template(text, span(text.len())).unwrap().as_literal(), Some(text));
    }

    #[test]
    fn braces_that_hold_no_name_are_refused() {
        for text in ["{{", "{{a", "{{}}", "{{ }}", "{{a b}}", "{{a..b}}", "{{a.b.c}}", "{{.a}}", "ä{{é}}"] {
            assert!(template(text, span(text.len() + 2)).is_err(), "{text}");
        }
    }
}
