//! The scenario's own text, with what did not hold marked where it is written.

use maud::{Markup, html};

use crate::model::{Evaluation, Finding, Outcome};
use crate::report::html_page::say;
use crate::report::prose::{is_inconclusive, plural};
use crate::report::sanitize::one_line;

/// How many lines are shown.
const LINES: usize = 150;
/// How much of a line is shown.
const LINE: usize = 300;
/// The most characters of what was seen under a line.
const SEEN: usize = 400;
/// How many findings are marked.
const MARKS: usize = 40;

/// One finding's mark.
struct Mark<'a> {
    finding: &'a Finding,
    /// From the first line it is written in to the last.
    lines: std::ops::RangeInclusive<u32>,
}

/// The text with its line numbers; nothing, where the report does not have it.
pub(super) fn text(outcome: &Outcome) -> Markup {
    let card = &outcome.scenario;
    let total = card.text.lines().count();
    let marks = marks(outcome);
    html! {
        @if total > 0 {
            h4 { "As written in " code { (say(&format!("{}:{}", card.place.file, card.text_line), SEEN)) } }
            pre.source {
                @for (number, line) in (card.text_line..).zip(card.text.lines()).take(LINES) {
                    (numbered(number, line, &marks))
                }
                @if total > LINES { i.left-out { "… " (total - LINES) " more line" (plural(total - LINES)) } "\n" }
            }
        }
        @for mark in marks.iter().filter(|mark| !is_within(mark, outcome, total)) { (apart(mark.finding)) }
    }
}

fn marks(outcome: &Outcome) -> Vec<Mark<'_>> {
    let marked = outcome.findings.iter().filter(|f| f.breaks() || is_inconclusive(f) || f.warns());
    marked
        .take(MARKS)
        .map(|finding| {
            let first = finding.expectation.place().line;
            let lines = finding.expectation.excerpt.text.lines().count().max(1);
            let last = first.saturating_add(u32::try_from(lines - 1).unwrap_or(0));
            Mark { finding, lines: first..=last }
        })
        .collect()
}

/// Is it in the part of the text that is shown?
fn is_within(mark: &Mark<'_>, outcome: &Outcome, total: usize) -> bool {
    let card = &outcome.scenario;
    let shown = u32::try_from(total.min(LINES)).unwrap_or(u32::MAX);
    let last = card.text_line.saturating_add(shown);
    mark.finding.expectation.place().file == card.place.file
        && (card.text_line..last).contains(mark.lines.end())
}

fn numbered(number: u32, line: &str, marks: &[Mark<'_>]) -> Markup {
    let touching: Vec<&Mark<'_>> = marks.iter().filter(|mark| mark.lines.contains(&number)).collect();
    html! {
        span.line {
            span.at { (number) }
            @match touching.first() {
                Some(mark) => { (marked(line, mark, number)) }
                None => { (say(line, LINE)) }
            }
            "\n"
        }
        @for mark in touching.iter().filter(|mark| *mark.lines.end() == number) { (remark(mark.finding)) }
    }
}

/// The line with its marked part, as far as it can be found in it.
fn marked(line: &str, mark: &Mark<'_>, number: u32) -> Markup {
    let (start, end) = part(line, mark, number).unwrap_or((line.len() - line.trim_start().len(), line.len()));
    let (before, rest) = line.split_at(start);
    let (inside, after) = rest.split_at(end - start);
    html! {
        @if !before.is_empty() { (say(before, LINE)) }
        mark class=(tone(mark.finding)) { (say(inside, LINE)) }
        @if !after.is_empty() { (say(after, LINE)) }
    }
}

/// The marked bytes of this line of the excerpt, where the line is the one the excerpt was taken from.
fn part(line: &str, mark: &Mark<'_>, number: u32) -> Option<(usize, usize)> {
    let excerpt = &mark.finding.expectation.excerpt;
    let index = usize::try_from(number.checked_sub(*mark.lines.start())?).ok()?;
    let begin: usize = excerpt.text.split_inclusive('\n').take(index).map(str::len).sum();
    (excerpt.text.lines().nth(index)? == line).then_some(())?;
    let within = |at: usize| at.saturating_sub(begin).min(line.len());
    let (start, end) = (within(excerpt.mark.0), within(excerpt.mark.1));
    let is_part = start < end && line.is_char_boundary(start) && line.is_char_boundary(end);
    is_part.then_some((start, end))
}

/// What was seen, under the line of the expectation.
fn remark(finding: &Finding) -> Markup {
    let (word, what) = match &finding.evaluation {
        Evaluation::Inconclusive(why) => ("inconclusive", one_line(&why.to_string(), SEEN)),
        Evaluation::Fail(_) | Evaluation::Pass if finding.warns() => {
            ("warning", format!("seen {}", one_line(&finding.seen_text(), SEEN)))
        }
        Evaluation::Fail(_) | Evaluation::Pass => {
            ("failed", format!("seen {}", one_line(&finding.seen_text(), SEEN)))
        }
    };
    html! {
        span class={ "line remark " (tone(finding)) } {
            span.at aria-hidden="true" { "↳" } (word) ": " bdi { (what) } "\n"
        }
    }
}

fn tone(finding: &Finding) -> &'static str {
    match () {
        () if finding.breaks() => "breaks",
        () if finding.warns() => "warns",
        () => "unsure",
    }
}

/// A finding that is written elsewhere.
fn apart(finding: &Finding) -> Markup {
    html! {
        div class={ "finding " (tone(finding)) } {
            p { strong { (say(&finding.expectation.to_string(), SEEN)) } }
            dl {
                dt { "Written at" } dd { code { (say(&finding.expectation.place().to_string(), SEEN)) } }
                dt { "Seen" } dd { (say(&finding.seen_text(), SEEN)) }
                dt { "Wanted" } dd { (say(&finding.expectation.wanted_text(), SEEN)) }
            }
        }
    }
}
