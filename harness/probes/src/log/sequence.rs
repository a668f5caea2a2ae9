//! Whether the newest instance wrote every word of a sequence, in order.

use fixproof_core::model::{Facts, Partial, Rest, Value};

use super::config::Sequence;
use super::matches::Match;

/// Adds the facts. `matches` are in the order of time.
pub(super) fn add_facts(
    sequence: &Sequence,
    matches: &[Match<'_>],
    instances: bool,
    partial: Option<Partial>,
    facts: &mut Facts,
) {
    let words: Vec<(Option<&str>, &str)> = matches
        .iter()
        .filter_map(|found| Some((found.instance(), found.group(&sequence.group)?)))
        .filter(|(_, word)| sequence.order.iter().any(|known| known == word))
        .collect();
    let newest = if instances { newest_instance(&words) } else { None };
    let said: Vec<&str> = if instances {
        words.iter().filter(|(instance, _)| *instance == newest).map(|(_, word)| *word).collect()
    } else {
        // Nothing tells instances apart, so the newest begins where the first word was said for the last time.
        let begins =
            words.iter().rposition(|(_, word)| Some(*word) == sequence.order.first().map(String::as_str));
        words.iter().skip(begins.unwrap_or(0)).map(|(_, word)| *word).collect()
    };
    let missing: Vec<&str> =
        sequence.order.iter().map(String::as_str).filter(|word| !said.contains(word)).collect();
    let places: Vec<Option<usize>> =
        said.iter().map(|word| sequence.order.iter().position(|known| known == word)).collect();
    let in_order = (!said.is_empty()).then(|| places.windows(2).all(|pair| pair[0] < pair[1]));
    let complete = missing.is_empty();
    match partial {
        // More entries can't take back a word that the newest instance wrote.
        Some(partial) if complete && partial.newest => facts.insert("sequence.complete", Value::Flag(true)),
        _ => facts.insert_of(partial, "sequence.complete", Some(Value::Flag(complete)), Rest::Changes),
    }
    facts.insert_of(partial, "sequence.in-order", in_order.map(Value::Flag), Rest::Changes);
    facts.insert_of(partial, "sequence.missing", Some(Value::Json(missing.into())), Rest::Changes);
    facts.insert_of(
        partial,
        "sequence.instance",
        newest.map(|name| Value::Text(name.to_owned())),
        Rest::Changes,
    );
}

/// The instance whose first word came last.
fn newest_instance<'a>(words: &[(Option<&'a str>, &str)]) -> Option<&'a str> {
    let mut known: Vec<Option<&str>> = Vec::new();
    for (instance, _) in words {
        if !known.contains(instance) {
            known.push(*instance);
        }
    }
    known.last().copied().flatten()
}
