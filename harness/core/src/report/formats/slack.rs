//! A notice for a chat: the body of a Slack incoming webhook, which Mattermost and others take too.
//!
//! Slack's limits: 50 blocks, 150 characters in a header, 3000 in a section. Text of a target or a suite is
//! between backticks, where no chat sees a mention, a link or a command, with Slack's three control characters
//! escaped. `text` holds everything, for chats that know no blocks and for notifications.

use serde_json::{Value, json};

use crate::model::Report;
use crate::report::format::{Format, FormatError, FormatOptions, Rendered};
use crate::report::notice::{Cause, Notice, Red};
use crate::report::sanitize::short;

/// The format.
pub(super) struct Slack;

/// How many characters a header may have.
const HEADER: usize = 150;
/// How many characters a section may have; Slack's limit is 3000.
const SECTION: usize = 2900;
/// How many characters `text` may have. Slack shows no more of a message.
const TEXT: usize = 4000;
/// How many sections there may be. With header and footer that is below Slack's 50 blocks.
const SECTIONS: usize = 16;
/// The most characters of a sentence.
const DETAIL: usize = 200;

impl Format for Slack {
    fn name(&self) -> &'static str {
        "slack"
    }

    fn summary(&self) -> &'static str {
        "the same for a chat: the body of a Slack incoming webhook, for `--notify` or your own `curl`"
    }

    fn file_name(&self) -> &'static str {
        "slack.json"
    }

    fn is_message(&self) -> bool {
        true
    }

    fn render(&self, report: &Report, _: &FormatOptions) -> Result<Vec<Rendered>, FormatError> {
        let mut bytes = serde_json::to_vec(&body(&Notice::of(report)))?;
        bytes.push(b'\n');
        Ok(vec![Rendered { part: None, bytes }])
    }
}

fn body(notice: &Notice) -> Value {
    let head = format!("{}: {}", headline(notice), notice.target);
    let lines = lines(notice);
    let footer = footer(notice);
    let mut blocks = vec![json!({
        "type": "header",
        "text": { "type": "plain_text", "text": cut(&escaped(&head), HEADER), "emoji": false },
    })];
    blocks
        .extend(sections(&lines).into_iter().map(|text| json!({ "type": "section", "text": marked(&text) })));
    blocks.push(json!({ "type": "context", "elements": [marked(&footer)] }));
    let text =
        fitting(std::iter::once(&format!("*{}*: {}", headline(notice), code(&notice.target))).chain(&lines));
    json!({ "text": text, "blocks": blocks })
}

/// `verbatim`: nothing is made a link or a mention by itself.
fn marked(text: &str) -> Value {
    json!({ "type": "mrkdwn", "text": text, "verbatim": true })
}

/// The word of the verdict, and what keeps it from meaning what a hurried reader takes it for.
fn headline(notice: &Notice) -> String {
    let word = notice.verdict.replace('-', " ").to_uppercase();
    match &notice.simulated {
        Some(_) => format!("{word} (simulated staging)"),
        None => word,
    }
}

fn lines(notice: &Notice) -> Vec<String> {
    let tally = &notice.tally;
    let mut lines = vec![match &notice.percentage {
        Some(share) => {
            format!("passed {share} of {} judged, threshold {}", tally.judged(), notice.threshold)
        }
        None => format!("nothing was judged, threshold {}", notice.threshold),
    }];
    if let Some(simulated) = &notice.simulated {
        let profile = code(&simulated.profile);
        lines.push(format!("Simulated, profile {profile}: this says nothing about a real environment."));
    }
    if notice.partial {
        lines.push("Partial: scenarios were left out, so nothing is signed off.".to_owned());
    }
    if let Some(run) = &notice.replay_of {
        lines.push(format!("Replay of run {}: no requests were sent.", code(run)));
    }
    let mut list = |title: &str, rows: Vec<String>, more: usize| {
        if rows.is_empty() {
            return;
        }
        lines.push(format!("*{title}*"));
        lines.extend(rows);
        if more > 0 {
            lines.push(format!("and {more} more"));
        }
    };
    list(
        "Why",
        notice.reasons.iter().map(|why| format!("• {}", code(why))).collect(),
        notice.left_out.reasons,
    );
    list("Causes", notice.causes.iter().map(cause).collect(), notice.left_out.causes);
    list("Red", notice.red.iter().map(red).collect(), notice.left_out.red);
    lines
}

fn cause(cause: &Cause) -> String {
    let what = cause.cause.as_deref().unwrap_or("inconclusive");
    let effects = match cause.effects {
        0 => String::new(),
        1 => ", 1 effect".to_owned(),
        many => format!(", {many} effects"),
    };
    format!("• {} {what}{effects}: {}", code(&cause.component), code(&cause.detail))
}

fn red(red: &Red) -> String {
    let critical = if red.critical { ", critical" } else { "" };
    let owner = red.owner.map(|owner| format!(", {owner}")).unwrap_or_default();
    let mut line = format!("• {} {}{critical}{owner}", code(&red.id), red.verdict);
    if !red.detail.is_empty() {
        line.push_str(&format!(": {}", code(&red.detail)));
    }
    if let Some(remedy) = &red.remedy {
        line.push_str(&format!("\n    to do: {}", code(remedy)));
    }
    line
}

fn footer(notice: &Notice) -> String {
    let (run, host, tool) = (code(&notice.run), code(&notice.host), code(&notice.tool));
    format!(
        "run {run}, started {} on {host}, {tool}; everything is in the reports of that run",
        notice.started
    )
}

/// Foreign text as code, which a chat does not interpret. A backtick would end it and becomes an apostrophe.
fn code(text: &str) -> String {
    match short(text, DETAIL).replace('`', "'") {
        text if text.is_empty() => "`(nothing)`".to_owned(),
        text => format!("`{}`", escaped(&text)),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The beginning of an escaped text, no escape cut through.
fn cut(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let kept: String = text.chars().take(limit - 1).collect();
    let whole = match kept.rfind('&') {
        Some(at) if !kept[at..].contains(';') => &kept[..at],
        _ => &kept,
    };
    format!("{whole}…")
}

/// Lines in sections, one for each list, none longer than Slack takes and no line torn apart.
fn sections(lines: &[String]) -> Vec<String> {
    let mut sections: Vec<String> = Vec::new();
    for line in lines {
        match sections
            .last_mut()
            .filter(|last| !line.starts_with('*') && length(last) + length(line) < SECTION)
        {
            Some(last) => {
                last.push('\n');
                last.push_str(line);
            }
            None => sections.push(line.clone()),
        }
    }
    sections.truncate(SECTIONS);
    sections
}

/// As many lines as `text` may have.
fn fitting<'a>(lines: impl Iterator<Item = &'a String>) -> String {
    let mut text = String::new();
    for line in lines {
        if length(&text) + length(line) + 10 > TEXT {
            text.push_str("\n…");
            break;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(line);
    }
    text
}

fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_foreign_is_obeyed_by_a_chat() {
        assert_eq!(code("<!here> `@channel` a&b"), "`&lt;!here&gt; '@channel' a&amp;b`");
        assert_eq!(code(""), "`(nothing)`");
    }

    #[test]
    fn no_escape_is_cut_through() {
        assert_eq!(cut("abc&amp;def", 7), "abc…");
        assert_eq!(cut("abc&amp;def", 10), "abc&amp;d…");
        assert_eq!(cut("abc", 3), "abc");
    }
}
