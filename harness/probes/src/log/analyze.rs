//! Entries to facts: the window, the order of time, the matches, and what the judge aggregates of them. Pure.

use std::collections::HashSet;

use serde_json::json;
use time::OffsetDateTime;

use fixproof_core::model::{
    Cause, Collected, Cut, Facts, Partial, ProbeError, Rest, Timestamp, Value, shortened,
};

use super::config::Config;
use super::entry::{Entry, entries};
use super::matches::{Match, matched};
use super::material::{Ends, Material};
use super::{groups, outcome, sequence};

/// Most matches, and most bytes of them, in one fact.
const MATCHES: (usize, usize) = (200, 256 * 1024);
/// Most matches in a transcript.
const SHOWN: usize = 20;

/// Facts, values to aggregate, lines for the transcript, and the time of the last match.
pub(super) struct Analysis {
    pub(super) facts: Facts,
    pub(super) collected: Collected,
    pub(super) lines: Vec<String>,
    pub(super) last: Option<OffsetDateTime>,
}

/// Analyzes a log, from the beginning of the window.
///
/// # Errors
/// Material that is not a log.
pub(super) fn analyze(
    material: Material,
    config: &Config,
    window: Option<OffsetDateTime>,
) -> Result<Analysis, ProbeError> {
    let mut all = Vec::new();
    for part in material.parts {
        entries(part, &config.parsing, &mut all)?;
    }
    if window.is_some() && !all.is_empty() && all.iter().all(|entry| entry.time.is_none()) {
        let detail = format!("none of {} entries has a timestamp, so `since` can't be applied", all.len());
        return Err(ProbeError { cause: Cause::Missing, detail });
    }
    let cut = match material.ends {
        Ends::Whole => false,
        Ends::Cut => true,
        Ends::CutWhereFull => all.len() as u64 >= config.limit,
    };
    let partial = keep(&mut all, config, window, cut, material.newest);
    let mut facts = Facts::default();
    let matches: Vec<Match<'_>> = all.iter().filter_map(|entry| matched(entry, config)).collect();
    count(&all, &matches, config, partial, &mut facts);
    let of_group =
        |name: &str| matches.iter().filter_map(|found| found.group(name)).collect::<Vec<_>>().into_iter();
    let series = config.groups.iter().map(|group| groups::series(group, of_group(&group.name))).collect();
    if let Some(wanted) = &config.sequence {
        sequence::add_facts(wanted, &matches, config.distinct, partial, &mut facts);
    }
    let trials =
        config.outcome.iter().map(|wanted| outcome::trials(wanted, &all, partial, &mut facts)).collect();
    let lines = matches.iter().rev().take(SHOWN).rev().map(line).collect();
    let last = matches.iter().rev().find_map(|found| found.entry.time);
    Ok(Analysis { facts, collected: Collected { series, trials, partial }, lines, last })
}

/// Keeps what is in the window, the newest of it, in the order of time. Returns what was left out, if anything was.
fn keep(
    all: &mut Vec<Entry>,
    config: &Config,
    window: Option<OffsetDateTime>,
    cut: bool,
    newest: bool,
) -> Option<Partial> {
    let times: Vec<OffsetDateTime> = all.iter().filter_map(|entry| entry.time).collect();
    let backwards = times.windows(2).all(|pair| pair[0] >= pair[1]) && times.first() > times.last();
    if backwards {
        all.reverse();
    }
    all.sort_by_key(|entry| entry.time);
    // The part that was cut off is before the window if something that was read is.
    let newest = newest || backwards;
    let covered = newest && window.is_some_and(|from| times.iter().any(|time| *time < from));
    if let Some(from) = window {
        all.retain(|entry| entry.time.is_none_or(|time| time >= from));
    }
    let most = usize::try_from(config.limit).unwrap_or(usize::MAX);
    let over = all.len().saturating_sub(most);
    all.drain(..over);
    let cut = cut && !covered;
    let read = u64::try_from(all.len()).unwrap_or(u64::MAX);
    (over > 0 || cut).then_some(Partial { read, newest: newest || !cut })
}

fn count(all: &[Entry], matches: &[Match<'_>], config: &Config, partial: Option<Partial>, facts: &mut Facts) {
    let number = |count: usize| Some(Value::count(count as u64));
    // An entry without a timestamp is no evidence of an entry in the window.
    let written = all.iter().filter(|entry| config.since.is_none() || entry.time.is_some()).count();
    facts.insert_of(partial, "entries", number(written), Rest::Raises);
    facts.insert_of(partial, "count", number(matches.len()), Rest::Raises);
    if config.distinct {
        let named: HashSet<&str> = matches.iter().filter_map(Match::instance).collect();
        let nameless = matches.iter().filter(|found| found.instance().is_none()).count();
        facts.insert_of(partial, "distinct", number(named.len() + nameless), Rest::Raises);
    }
    let mut times = matches.iter().filter_map(|found| found.entry.time);
    let text = |time: OffsetDateTime| Value::Text(Timestamp(time).to_string());
    let first = times.clone().next();
    facts.insert_of(partial, "first", first.map(text), Rest::Changes);
    facts.insert_newest(partial, "last", times.next_back().map(text));
    facts.insert("truncated", Value::Flag(partial.is_some()));
    add_matches(matches, config, partial, facts);
}

/// Adds the newest matches; the fact is partial if some are left out.
fn add_matches(matches: &[Match<'_>], config: &Config, partial: Option<Partial>, facts: &mut Facts) {
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
    let list: Vec<serde_json::Value> = kept.iter().rev().map(|found| shown(found, config)).collect();
    let value = Value::Json(list.into());
    if kept.len() < matches.len() && partial.is_none() {
        let cut = Cut { seen: Some(value), rest: Rest::Raises, read: kept.len() as u64 };
        facts.insert_cut("matches", cut);
    } else {
        facts.insert_of(partial, "matches", Some(value), Rest::Raises);
    }
}

fn shown(found: &Match<'_>, config: &Config) -> serde_json::Value {
    let groups: serde_json::Map<String, serde_json::Value> = config
        .groups
        .iter()
        .filter_map(|group| Some((group.name.clone(), found.group(&group.name)?.into())))
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
