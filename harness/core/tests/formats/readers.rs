//! Readers of every format: is a file whole, and is it what it calls itself? A test reads back what a format wrote.

use std::collections::BTreeSet;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;

/// Can it be read again as a file of that format?
pub(crate) fn read_back(format: &str, bytes: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    match format {
        "junit" => xml(text),
        "json" | "notice" | "slack" | "otlp" => json(text).map(drop),
        "html" => whole(text.starts_with("<!DOCTYPE html>") && text.ends_with("</html>\n")),
        "markdown" => whole(text.len() <= 60_000 && text.ends_with("End of the report.\n")),
        "github" => github(text),
        "gitlab" => gitlab(text),
        "tap" => tap(text),
        "nagios" => nagios(text),
        "prometheus" => prometheus(text),
        other => Err(format!("no reader for {other}")),
    }
}

fn whole(is_whole: bool) -> Result<(), String> {
    is_whole.then_some(()).ok_or_else(|| "the file does not begin or end as it must".to_owned())
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// Well-formed, with one root.
fn xml(text: &str) -> Result<(), String> {
    let attributes = |tag: &BytesStart<'_>| {
        tag.attributes().try_for_each(|attribute| attribute.map(drop).map_err(|error| error.to_string()))
    };
    let mut reader = Reader::from_str(text);
    reader.config_mut().enable_all_checks(true);
    let (mut depth, mut roots) = (0_usize, 0_usize);
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(tag) => {
                attributes(&tag)?;
                roots += usize::from(depth == 0);
                depth += 1;
            }
            Event::Empty(tag) => {
                attributes(&tag)?;
                roots += usize::from(depth == 0);
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Eof if depth == 0 && roots == 1 => return Ok(()),
            Event::Eof => return Err(format!("{roots} roots, {depth} elements left open")),
            _ => {}
        }
    }
}

/// Only annotations, none longer than GitHub takes, the verdict last.
fn github(text: &str) -> Result<(), String> {
    let lines = text.strip_suffix('\n').unwrap_or_default();
    let is_sound = |line: &str| {
        let known = ["error ", "warning ", "notice "];
        let rest = line.strip_prefix("::").filter(|rest| known.iter().any(|level| rest.starts_with(level)));
        let message = rest.and_then(|rest| rest.split_once("::")).map(|(_, message)| message);
        message.is_some_and(|message| message.len() < 64 << 10) && !line.contains(char::is_control)
    };
    if let Some(line) = lines.split('\n').find(|line| !is_sound(line)) {
        return Err(format!("no annotation: {line:.80}"));
    }
    let last = lines.rsplit('\n').next().unwrap_or_default();
    whole(last.starts_with("::notice title=fixproof%3A "))
}

/// Every field that GitLab asks for, and no fingerprint twice.
fn gitlab(text: &str) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for issue in json(text)?.as_array().ok_or("no list")? {
        let text = |key: &str| issue[key].as_str().ok_or(format!("no {key} in {issue}"));
        if !["info", "minor", "major", "critical", "blocker"].contains(&text("severity")?) {
            return Err(format!("no severity of GitLab's: {issue}"));
        }
        let location = &issue["location"];
        if location["path"].as_str().is_none() || location["lines"]["begin"].as_u64().is_none() {
            return Err(format!("no place: {issue}"));
        }
        text("description")?;
        text("check_name")?;
        if !seen.insert(text("fingerprint")?.to_owned()) {
            return Err(format!("a fingerprint twice: {issue}"));
        }
    }
    Ok(())
}

/// Version, plan, as many points as planned, numbered, and every block of diagnostics closed.
fn tap(text: &str) -> Result<(), String> {
    let mut lines = text.strip_suffix('\n').ok_or("the last line is not complete")?.split('\n');
    whole(lines.next() == Some("TAP version 13"))?;
    let plan = lines.next().and_then(|line| line.strip_prefix("1..")?.parse::<usize>().ok());
    let planned = plan.ok_or("there is no plan")?;
    let (mut points, mut in_block) = (0, false);
    for line in lines {
        match line {
            "  ---" if !in_block => in_block = true,
            "  ..." if in_block => in_block = false,
            line if in_block && line.starts_with("  ") => {}
            line if !in_block && line.starts_with("# ") => {}
            line if !in_block => {
                let rest = line.strip_prefix("not ").unwrap_or(line).strip_prefix("ok ");
                let number = rest.and_then(|rest| rest.split(' ').next()?.parse::<usize>().ok());
                points += 1;
                if number != Some(points) {
                    return Err(format!("point {points} is missing at: {line:.80}"));
                }
            }
            line => return Err(format!("no line of a block: {line:.80}")),
        }
    }
    whole(points == planned && !in_block)
}

/// A state, performance data once, the run's line last, and no longer than monitoring systems keep.
fn nagios(text: &str) -> Result<(), String> {
    let (first, rest) = text.split_once('\n').ok_or("the first line is not complete")?;
    let said = first.strip_prefix("FIXPROOF ").and_then(|rest| rest.split_once(" - "));
    let states = ["OK", "WARNING", "CRITICAL", "UNKNOWN"];
    let (_, said) = said.filter(|(state, _)| states.contains(state)).ok_or("there is no state")?;
    let (_, numbers) = said.split_once('|').ok_or("there is no performance data")?;
    if numbers.contains('|') || rest.contains('|') {
        return Err("performance data begins a second time".to_owned());
    }
    whole(first.len() <= 4 << 10 && text.len() <= 8 << 10)?;
    let last = rest.strip_suffix('\n').and_then(|rest| rest.rsplit('\n').next());
    whole(last.is_some_and(|last| last.starts_with("run ")))
}

/// Every line a comment of its family or a sample of it, no sample twice, the last family there.
fn prometheus(text: &str) -> Result<(), String> {
    let lines = text.strip_suffix('\n').ok_or("the last line is not complete")?;
    let (mut family, mut families, mut seen) = ("", BTreeSet::new(), BTreeSet::new());
    for line in lines.split('\n') {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            family = rest.split(' ').next().unwrap_or_default();
            if !families.insert(family) {
                return Err(format!("{family} begins a second time"));
            }
        } else if line.starts_with("# TYPE ") {
            if line != format!("# TYPE {family} gauge") {
                return Err(format!("no type of {family}: {line:.80}"));
            }
        } else {
            let series = sample(line, family).ok_or_else(|| format!("no sample of {family}: {line:.80}"))?;
            if !seen.insert(series) {
                return Err(format!("a second sample of {series:.200}"));
            }
        }
    }
    let has_value = lines.rsplit('\n').next().is_some_and(|line| !line.starts_with('#'));
    whole(family == "fixproof_run_timestamp_seconds" && has_value)
}

/// The series of a sample of that family, if it is one.
fn sample<'a>(line: &'a str, family: &str) -> Option<&'a str> {
    let mut rest = line.strip_prefix(family)?.strip_prefix('{')?;
    loop {
        let (name, value) = rest.split_once("=\"")?;
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
            return None;
        }
        rest = after_closing_quote(value)?;
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => break,
        }
    }
    let value = rest.strip_prefix("} ")?;
    value.parse::<f64>().ok().filter(|value| value.is_finite())?;
    Some(&line[..line.len() - value.len() - 1])
}

fn after_closing_quote(text: &str) -> Option<&str> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            'n' | '\\' | '"' if escaped => escaped = false,
            _ if escaped => return None,
            '\\' => escaped = true,
            '"' => return text.get(at + 1..),
            _ => {}
        }
    }
    None
}

#[test]
fn half_an_xml_file_is_not_read_back() {
    assert!(read_back("junit", b"<a><b/></a>").is_ok());
    for broken in [&b"<a><b></a>"[..], b"<a>", b"<a/><a/>", b"", b"<a x='1' x='2'/>", b"<a>\xff</a>"] {
        assert!(read_back("junit", broken).is_err(), "{}", String::from_utf8_lossy(broken));
    }
}
