//! How an outcome is written: what repeats in it stands once, and is referred to.
//!
//! * An expectation stands in the outcome's `expectations`; a finding has its index.
//! * A line of the scenario's own text is not written again, nor is the name of its file.
//! * A sample may be `like` an earlier one: what is left out of it is as it is there.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value as Json, json};

use super::Outcome;

/// The largest size of an outcome's samples that is read, in bytes: a small file must not become a large value.
const LARGEST: usize = 512 << 20;

/// A part of a sample of which what is as in another one is left out, key by key. Of a list the elements are compared
/// one by one.
#[derive(Clone, Copy)]
enum Part {
    Sample,
    Attempt,
    Observation,
    /// One with no part of its own: a value in it is written whole or not at all.
    Leaf,
}

impl Part {
    /// The part that a key holds.
    fn under(self, key: &str) -> Option<Part> {
        match (self, key) {
            (Part::Sample, "attempts") => Some(Part::Attempt),
            (Part::Attempt, "observation") => Some(Part::Observation),
            (Part::Attempt, "findings") | (Part::Observation, "facts" | "phases" | "transcript") => {
                Some(Part::Leaf)
            }
            _ => None,
        }
    }
}

/// Writes outcomes in their compact form.
pub(super) fn write<S: Serializer>(outcomes: &[Outcome], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(outcomes.iter().map(Compacted))
}

/// Reads outcomes from their compact form.
pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Outcome>, D::Error> {
    Ok(Vec::<Stored>::deserialize(deserializer)?.into_iter().map(|Stored(outcome)| outcome).collect())
}

struct Compacted<'a>(&'a Outcome);

impl Serialize for Compacted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        compact(self.0).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

fn compact(outcome: &Outcome) -> Result<Json, serde_json::Error> {
    let mut json = serde_json::to_value(outcome)?;
    let mut cards: Vec<Json> = Vec::new();
    each_finding(&mut json, &mut |finding| {
        let Some(card) = finding.get_mut("expectation") else { return };
        let at = cards.iter().position(|known| known == card).unwrap_or_else(|| {
            cards.push(card.clone());
            cards.len() - 1
        });
        *card = json!(at);
    });
    cards.iter_mut().for_each(|card| shorten(&mut card["excerpt"], outcome));
    if !cards.is_empty() {
        json["expectations"] = Json::Array(cards);
    }
    if let Some(samples) = json.get_mut("samples").and_then(Json::as_array_mut) {
        *samples = liken(samples);
    }
    Ok(json)
}

fn each_finding(outcome: &mut Json, change: &mut dyn FnMut(&mut Json)) {
    let mut of = |holder: &mut Json| {
        if let Some(findings) = holder.get_mut("findings").and_then(Json::as_array_mut) {
            findings.iter_mut().for_each(&mut *change);
        }
    };
    of(outcome);
    let samples = outcome.get_mut("samples").and_then(Json::as_array_mut).into_iter().flatten();
    for sample in samples {
        sample.get_mut("attempts").and_then(Json::as_array_mut).into_iter().flatten().for_each(&mut of);
    }
}

/// Leaves out of an excerpt what the scenario's card says.
fn shorten(excerpt: &mut Json, outcome: &Outcome) {
    let card = &outcome.scenario;
    if excerpt["place"]["file"].as_str() == Some(&card.place.file)
        && let Some(place) = excerpt["place"].as_object_mut()
    {
        place.remove("file");
    }
    let text = excerpt["text"].as_str().unwrap_or_default();
    let count = text.lines().count();
    if count > 0 && lines(&card.text, card.text_line, excerpt, count).as_deref() == Some(text) {
        excerpt["text"] = json!(count);
    }
}

/// So many lines of a scenario's own text, from the one that an excerpt begins with.
fn lines(text: &str, first: u32, excerpt: &Json, count: usize) -> Option<String> {
    let line = u32::try_from(excerpt["place"]["line"].as_u64()?).ok()?;
    let skipped = usize::try_from(line.checked_sub(first)?).ok()?;
    let lines: Vec<&str> = text.lines().skip(skipped).take(count).collect();
    (lines.len() == count).then(|| lines.join("\n"))
}

/// The samples, each without what it has in common with the one before it, or with one of the last that are written whole.
fn liken(samples: &[Json]) -> Vec<Json> {
    let mut whole: Vec<usize> = Vec::new();
    let mut all = Vec::new();
    for (index, sample) in samples.iter().enumerate() {
        let against = |base: &usize| {
            let mut less = difference(&samples[*base], sample, Part::Sample)?;
            less.as_object_mut()?.insert("like".to_owned(), json!(base));
            // Above all the order of facts must come back as it was.
            let same = merged(&samples[*base], &less, Part::Sample).is_some_and(|back| alike(&back, sample));
            same.then(|| (less.to_string().len(), less))
        };
        let bases = whole.iter().rev().take(4).copied().chain(index.checked_sub(1));
        let shortest = bases.filter_map(|base| against(&base)).min_by_key(|(length, _)| *length);
        match shortest.filter(|(length, _)| length * 5 < sample.to_string().len() * 4) {
            Some((_, less)) => all.push(less),
            None => {
                whole.push(index);
                all.push(sample.clone());
            }
        }
    }
    all
}

/// The same with every key in the same order.
fn alike(one: &Json, other: &Json) -> bool {
    let (one, other) = (one.to_string(), other.to_string());
    one == other
}

/// What is not in the base; nothing where the base has more than it.
fn difference(base: &Json, json: &Json, part: Part) -> Option<Json> {
    match (base, json) {
        (Json::Array(bases), Json::Array(items)) => {
            let pairs = bases.iter().zip(items).filter(|_| bases.len() == items.len());
            let less: Option<Vec<Json>> = pairs.map(|(base, item)| difference(base, item, part)).collect();
            less.filter(|less| less.len() == items.len()).map(Json::Array)
        }
        (Json::Object(base), Json::Object(rows)) => {
            if base.keys().any(|key| !rows.contains_key(key)) {
                return None;
            }
            let mut less = Map::new();
            for (key, value) in rows {
                match (base.get(key), part.under(key)) {
                    (Some(same), _) if same == value => {}
                    (Some(other), Some(under)) => {
                        less.insert(key.clone(), difference(other, value, under)?);
                    }
                    _ => {
                        less.insert(key.clone(), value.clone());
                    }
                }
            }
            Some(Json::Object(less))
        }
        _ => None,
    }
}

/// The base, with what differs laid over it.
fn merged(base: &Json, less: &Json, part: Part) -> Option<Json> {
    match (base, less) {
        (Json::Array(bases), Json::Array(items)) if bases.len() == items.len() => {
            bases.iter().zip(items).map(|(base, item)| merged(base, item, part)).collect()
        }
        (Json::Object(base), Json::Object(rows)) => {
            let mut whole = base.clone();
            for (key, value) in rows.iter().filter(|(key, _)| *key != "like") {
                let value = match (base.get(key), part.under(key)) {
                    (Some(other), Some(under)) => merged(other, value, under)?,
                    _ => value.clone(),
                };
                whole.insert(key.clone(), value);
            }
            Some(Json::Object(whole))
        }
        _ => None,
    }
}

/// An outcome that is read from its compact form.
struct Stored(Outcome);

impl<'de> Deserialize<'de> for Stored {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Stored, D::Error> {
        use serde::de::Error;
        let whole = expanded(Json::deserialize(deserializer)?).map_err(D::Error::custom)?;
        let outcome = serde_path_to_error::deserialize(whole).map_err(|error| {
            let at = error.path().to_string();
            D::Error::custom(format!("`{at}`: {}", error.into_inner()))
        })?;
        Ok(Stored(outcome))
    }
}

fn expanded(mut json: Json) -> Result<Json, String> {
    let outcome = json.as_object_mut().ok_or("an outcome is an object")?;
    let mut cards = match outcome.remove("expectations") {
        Some(Json::Array(cards)) => cards,
        Some(_) => return Err("`expectations` is a list".to_owned()),
        None => Vec::new(),
    };
    if let Some(Json::Array(samples)) = outcome.get_mut("samples") {
        let mut size = 0;
        for index in 0..samples.len() {
            if let Some(like) = samples[index].get("like").cloned() {
                let base = like.as_u64().and_then(|at| usize::try_from(at).ok()).filter(|at| *at < index);
                let whole = base.and_then(|base| merged(&samples[base], &samples[index], Part::Sample));
                samples[index] = whole
                    .ok_or_else(|| format!("`samples[{index}].like`: {like} is not the index of an earlier sample of the same shape"))?;
            }
            size += samples[index].to_string().len();
            if size > LARGEST {
                return Err(format!("`samples` are larger than {LARGEST} bytes when they are expanded"));
            }
        }
    }
    let scenario = outcome.get("scenario").cloned().unwrap_or_default();
    cards.iter_mut().try_for_each(|card| lengthen(card, &scenario))?;
    let mut missing = None;
    each_finding(&mut json, &mut |finding| {
        let Some(slot) = finding.get_mut("expectation") else { return };
        let at = slot.as_u64().and_then(|at| usize::try_from(at).ok());
        match at.and_then(|at| cards.get(at)) {
            Some(card) => *slot = card.clone(),
            None => missing = Some(slot.clone()),
        }
    });
    match missing {
        Some(at) => Err(format!("a finding has the expectation {at}, and there are {}", cards.len())),
        None => Ok(json),
    }
}

fn lengthen(card: &mut Json, scenario: &Json) -> Result<(), String> {
    let Some(excerpt) = card.get_mut("excerpt").filter(|excerpt| excerpt["place"].is_object()) else {
        return Err("an expectation has an `excerpt` with a `place`".to_owned());
    };
    if excerpt["place"].get("file").is_none() {
        excerpt["place"]["file"] = scenario["place"]["file"].clone();
    }
    if let Some(count) = excerpt["text"].as_u64() {
        let text = scenario["text"].as_str().unwrap_or_default();
        let first = scenario["text_line"].as_u64().and_then(|line| u32::try_from(line).ok()).unwrap_or(1);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let found = lines(text, first, excerpt, count);
        excerpt["text"] = json!(found.ok_or("an excerpt is not in the scenario's `text`")?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_file_does_not_become_a_large_value() {
        let mut samples = vec![json!({ "attempts": [{ "observation": { "text": "x".repeat(1 << 20) } }] })];
        samples.extend((0..1000).map(|_| json!({ "like": 0 })));
        let refused = expanded(json!({ "samples": samples })).unwrap_err();
        assert!(refused.contains("larger than"), "{refused}");
        samples.truncate(3);
        let read = expanded(json!({ "samples": samples })).unwrap();
        assert_eq!(read["samples"][2], read["samples"][0]);
    }
}
