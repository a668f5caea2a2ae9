//! The frame around a problem or a finding: its source line, the mark, what to do next.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::model::{self, Evaluation, Excerpt, Finding, Problem, Severity, Sources, Span};
use crate::report::sanitize::{one_line, sanitize, sanitize_in_place};
use crate::report::style::Style;
use crate::report::style::{Paint, painted};

/// How much of a seen or wanted value a frame shows.
const VALUE: usize = 600;
/// How much of a message a frame shows.
const MESSAGE: usize = 2000;
/// How much of one line of a file a frame takes.
const LINE: usize = 4000;

fn renderer(style: Style) -> Renderer {
    let renderer = if style.colour { Renderer::styled() } else { Renderer::plain() };
    renderer.term_width(style.width.max(40))
}

/// A problem in the user's files, with its line.
#[must_use]
pub fn problem(problem: &Problem, sources: &Sources, style: Style) -> String {
    let level = match problem.level {
        model::Level::Error => Level::ERROR,
        model::Level::Warning => Level::WARNING,
    };
    let title = level.primary_title(one_line(&problem.message, MESSAGE)).id(problem.code.name());
    let mut group = Group::with_title(title);
    if let Some(span) = problem.span {
        let also = problem.also.as_ref();
        let (same, other) = match also {
            Some((second, _)) if second.source == span.source => (also, None),
            _ => (None, also),
        };
        let mut snippet =
            snippet(sources, span).annotation(mark(sources, span, AnnotationKind::Primary, &problem.label));
        if let Some((second, label)) = same {
            snippet = snippet.annotation(mark(sources, *second, AnnotationKind::Context, label));
        }
        group = group.element(snippet);
        if let Some((second, label)) = other {
            let second_snippet = self::snippet(sources, *second);
            group = group.element(second_snippet.annotation(mark(
                sources,
                *second,
                AnnotationKind::Context,
                label,
            )));
        }
    }
    let mut text = renderer(style).render(&[group]);
    if let Some(help) = &problem.help {
        let word = painted("help", Paint::Bold, style.colour);
        text.push_str(&format!("\n{word}: {}", sanitize(help)));
    }
    text
}

/// Every problem in its frame, without colour.
impl std::fmt::Display for model::InvalidInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, one) in self.problems.iter().enumerate() {
            let gap = if index == 0 { "" } else { "\n\n" };
            write!(f, "{gap}{}", problem(one, &self.sources, Style::PLAIN))?;
        }
        Ok(())
    }
}

type Marked<'a> = annotate_snippets::Snippet<'a, annotate_snippets::Annotation<'a>>;

fn snippet<'a>(sources: &'a Sources, span: Span) -> Marked<'a> {
    Snippet::source(sanitize_in_place(sources.text(span.source)))
        .path(one_line(sources.name(span.source), VALUE))
}

fn mark<'a>(
    sources: &Sources,
    span: Span,
    kind: AnnotationKind,
    label: &str,
) -> annotate_snippets::Annotation<'a> {
    let (start, end) = within(sources.text(span.source), span.start, span.end);
    let annotation = kind.span(start..end);
    if label.is_empty() { annotation } else { annotation.label(one_line(label, MESSAGE)) }
}

/// A range that lies inside the text and between its characters.
fn within(text: &str, start: usize, end: usize) -> (usize, usize) {
    let start = text.floor_char_boundary(start.min(text.len()));
    (start, text.ceil_char_boundary(end.clamp(start, text.len())))
}

/// One expectation: its result, its source line, what was seen and what was wanted.
#[must_use]
pub fn finding(finding: &Finding, style: Style) -> String {
    let level = match (finding.expectation.severity, &finding.evaluation) {
        (_, Evaluation::Pass) => Level::NOTE,
        (Severity::Warn, _) | (_, Evaluation::Inconclusive(_)) => Level::WARNING,
        (Severity::Error, Evaluation::Fail(_)) => Level::ERROR,
    };
    let expectation = one_line(&finding.expectation.to_string(), VALUE);
    let step = finding
        .expectation
        .step
        .as_ref()
        .map(|step| format!(" (step {})", one_line(step, 80)))
        .unwrap_or_default();
    let title = match &finding.evaluation {
        Evaluation::Pass => level.primary_title(format!("{expectation}: passed{step}")),
        Evaluation::Fail(cause) => {
            level.primary_title(format!("{expectation}: failed{step}")).id(cause.to_string())
        }
        Evaluation::Inconclusive(why) => {
            let why = one_line(&why.to_string(), MESSAGE);
            level.primary_title(format!("{expectation}: inconclusive{step}: {why}"))
        }
    };
    let mut group = Group::with_title(title);
    match Some(&finding.expectation.excerpt).filter(|_| finding.evaluation != Evaluation::Pass) {
        Some(excerpt) => group = group.element(excerpt_snippet(excerpt)),
        None => {
            let place = finding.expectation.place();
            let origin = annotate_snippets::Origin::path(one_line(&place.file, VALUE))
                .line(place.line as usize)
                .char_column(place.column as usize);
            group = group.element(origin);
        }
    }
    let said = |name: &'static str, text: &str| Level::NOTE.with_name(name).message(one_line(text, VALUE));
    group = group
        .element(said("seen", &finding.seen_text()))
        .element(said("wanted", &finding.expectation.wanted_text()));
    renderer(style).render(&[group])
}

fn excerpt_snippet(excerpt: &Excerpt) -> Marked<'_> {
    let text = crate::report::sanitize::cut(&excerpt.text, LINE);
    let (start, end) = within(text, excerpt.mark.0, excerpt.mark.1);
    Snippet::source(sanitize_in_place(text))
        .line_start(excerpt.place.line as usize)
        .path(one_line(&excerpt.place.file, VALUE))
        .annotation(AnnotationKind::Primary.span(start..end))
}
