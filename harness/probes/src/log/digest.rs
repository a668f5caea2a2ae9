//! Entries to facts: the window, the order of time, the matches and what they come to. Pure.

use std::collections::HashSet;

use regex::Captures;
use serde_json::json;
use time::OffsetDateTime;

use fixproof_core::model::{Cause, Cut, ProbeError, Rest, Timestamp, Value, shortened};

use super::entry::{Entry, Part, entries};
use super::groups::{self, Said};
use super::question::Looking;
use super::tell::{Short, Teller};
use super::{outcome, sequence};

/// How many matches, and how many bytes of them, one fact holds.
const MATCHES: (usize, usize) = (200, 256 * 1024);
/// How many matches a transcript shows.
const SHOWN: usize = 20;

/// Where a source stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// At its end.
    Whole,
    /// Before it.
    Cut,
    /// It can't say: it was cut off if it gave as many entries as are looked at.
    CutWhereFull,
}

/// What a source gave.
pub(super) struct Material {
    pub(super) parts: Vec<Part>,
    pub(super) ends: Ends,
    /// Does it give the newest first, or nothing but the newest?
    pub(super) newest: bool,
}

/// An entry that matches, and its groups.
pub(super) struct Match<'a> {
    entry: &'a Entry,
    groups: Option<Captures<'a>>,
    instance_group: Option<&'a str>,
}

impl Match<'_> {
    pub(super) fn said(&self, group: &str) -> Option<&str> {
        self.groups.as_ref()?.name(group).map(|found| found.as_str())
    }

    pub(super) fn instance(&self) -> Option<&str> {
        match self.instance_group {
            Some(group) => self.said(group),
            None => self.entry.instance.as_deref(),
        }
    }
}

/// Facts, lines for the transcript, and when the last match was written.
pub(super) struct Digest {
    pub(super) teller: Teller,
    pub(super) lines: Vec<String>,
    pub(super) last: Option<OffsetDateTime>,
}

/// Looks through a log, from where the window begins.
///
/// # Errors
/// What can't be read as a log.
pub(super) fn digest(
    material: Material,
    looking: &Looking,
    window: Option<OffsetDateTime>,
) -> Result<Digest, ProbeError> {
    let mut all = Vec::new();
    for part in material.parts {
        entries(part, &looking.reading, &mut all)?;
    }
    if window.is_some() && !all.is_empty() && all.iter().all(|entry| entry.time.is_none()) {
        let detail =
            format!("none of {} entries says when it was written, so `since` can't be applied", all.len());
        return Err(ProbeError { cause: Cause::Missing, detail });
    }
    let cut = match material.ends {
        Ends::Whole => false,
        Ends::Cut => true,
        Ends::CutWhereFull => all.len() as u64 >= looking.limit,
    };
    let short = keep(&mut all, looking, window, cut, material.newest);
    let mut teller = Teller { short, ..Teller::default() };
    let matches: Vec<Match<'_>> = all.iter().filter_map(|entry| matched(entry, looking)).collect();
    count(&all, &matches, looking, &mut teller);
    for group in &looking.groups {
        let mut said = Said::default();
        matches.iter().filter_map(|found| found.said(&group.name)).for_each(|text| said.add(group, text));
        groups::tell(group, &said, &mut teller);
    }
    if let Some(wanted) = &looking.sequence {
        sequence::tell(wanted, &matches, looking.distinct, &mut teller);
    }
    if let Some(wanted) = &looking.outcome {
        outcome::tell(wanted, &all, &mut teller);
    }
    let lines = matches.iter().rev().take(SHOWN).rev().map(line).collect();
    let last = matches.iter().rev().find_map(|found| found.entry.time);
    Ok(Digest { teller, lines, last })
}

/// Keeps what is in the window, the newest of it, in the order of time. Says what was left out, if anything was.
fn keep(
    all: &mut Vec<Entry>,
    looking: &Looking,
    window: Option<OffsetDateTime>,
    cut: bool,
    newest: bool,
) -> Option<Short> {
    let times: Vec<OffsetDateTime> = all.iter().filter_map(|entry| entry.time).collect();
    let backwards = times.windows(2).all(|pair| pair[0] >= pair[1]) && times.first() > times.last();
    if backwards {
        all.reverse();
    }
    all.sort_by_key(|entry| entry.time);
    // What was cut off lies before the window, if something that was read does.
    let newest = newest || backwards;
    let covered = newest && window.is_some_and(|from| times.iter().any(|time| *time < from));
    if let Some(from) = window {
        all.retain(|entry| entry.time.is_none_or(|time| time >= from));
    }
    let most = usize::try_from(looking.limit).unwrap_or(usize::MAX);
    let over = all.len().saturating_sub(most);
    all.drain(..over);
    let cut = cut && !covered;
    let read = u64::try_from(all.len()).unwrap_or(u64::MAX);
    (over > 0 || cut).then_some(Short { read, newest: newest || !cut })
}

fn matched<'a>(entry: &'a Entry, looking: &'a Looking) -> Option<Match<'a>> {
    let groups = match &looking.pattern {
        Some(pattern) => Some(pattern.captures(&entry.message)?),
        None => None,
    };
    Some(Match { entry, groups, instance_group: looking.instance_group.as_deref() })
}

fn count(all: &[Entry], matches: &[Match<'_>], looking: &Looking, teller: &mut Teller) {
    let number = |count: usize| Some(Value::count(count as u64));
    // What does not say when it was written is no sign that somebody wrote in the window.
    let written = all.iter().filter(|entry| looking.since.is_none() || entry.time.is_some()).count();
    teller.tell("entries", number(written), Rest::Raises);
    teller.tell("count", number(matches.len()), Rest::Raises);
    if looking.distinct {
        let named: HashSet<&str> = matches.iter().filter_map(Match::instance).collect();
        let nameless = matches.iter().filter(|found| found.instance().is_none()).count();
        teller.tell("distinct", number(named.len() + nameless), Rest::Raises);
    }
    let mut times = matches.iter().filter_map(|found| found.entry.time);
    let text = |time: OffsetDateTime| Value::Text(Timestamp(time).to_string());
    let first = times.clone().next();
    teller.tell("first", first.map(text), Rest::Changes);
    teller.newest("last", times.next_back().map(text));
    teller.facts.insert("truncated", Value::Flag(teller.short.is_some()));
    tell_matches(matches, looking, teller);
}

/// The newest matches; those that were left out make it a part.
fn tell_matches(matches: &[Match<'_>], looking: &Looking, teller: &mut Teller) {
    let mut bytes = 0;
    let kept: Vec<&Match<'_>> = matches
        .iter()
        .rev()
        .take(MATCHES.0)
        .take_while(|found| {
            bytes += found.entry.message.len();
            bytes <= MATCHES.1
        })
        .collect();
    let list: Vec<serde_json::Value> = kept.iter().rev().map(|found| shown(found, looking)).collect();
    let value = Value::Json(list.into());
    if kept.len() < matches.len() && teller.short.is_none() {
        let cut = Cut { seen: Some(value), rest: Rest::Raises, read: kept.len() as u64 };
        teller.facts.insert_cut("matches", cut);
    } else {
        teller.tell("matches", Some(value), Rest::Raises);
    }
}

fn shown(found: &Match<'_>, looking: &Looking) -> serde_json::Value {
    let groups: serde_json::Map<String, serde_json::Value> = looking
        .groups
        .iter()
        .filter_map(|group| Some((group.name.clone(), found.said(&group.name)?.into())))
        .collect();
    json!({
        "timestamp": found.entry.time.map(|time| Timestamp(time).to_string()),
        "instance": found.instance(),
        "message": found.entry.message,
        "groups": groups,
    })
}

fn line(found: &Match<'_>) -> String {
    let time = found.entry.time.map(|time| format!("{} ", Timestamp(time))).unwrap_or_default();
    let instance = found.instance().map(|name| format!("{name} ")).unwrap_or_default();
    let message = shortened(&found.entry.message, 300);
    format!("{time}{instance}{message}")
}
