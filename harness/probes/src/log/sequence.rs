//! Did the newest instance say everything in order?

use fixproof_core::model::{Rest, Value};

use super::digest::Match;
use super::question::Sequence;
use super::tell::Teller;

/// Says it in facts. `matches` are in the order of time.
pub(super) fn tell(sequence: &Sequence, matches: &[Match<'_>], instances: bool, teller: &mut Teller) {
    let words: Vec<(Option<&str>, &str)> = matches
        .iter()
        .filter_map(|found| Some((found.instance(), found.said(&sequence.group)?)))
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
    match teller.short {
        // What the newest instance has said stays said.
        Some(short) if complete && short.newest => {
            teller.facts.insert("sequence.complete", Value::Flag(true))
        }
        _ => teller.tell("sequence.complete", Some(Value::Flag(complete)), Rest::Changes),
    }
    teller.tell("sequence.in-order", in_order.map(Value::Flag), Rest::Changes);
    teller.tell("sequence.missing", Some(Value::Json(missing.into())), Rest::Changes);
    teller.tell("sequence.instance", newest.map(|name| Value::Text(name.to_owned())), Rest::Changes);
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
