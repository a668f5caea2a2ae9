//! What a probe brings back: facts, or the reason why there are none. It has no opinion.

use std::borrow::Cow;
use std::time::Duration;

use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::seconds::{from_seconds, seconds};
use super::{Cause, Collected, Doubt, Secret, Value};

/// A moment on the calendar, shown as RFC 3339 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub OffsetDateTime);

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.format(&Rfc3339).unwrap_or_else(|_| self.0.unix_timestamp().to_string()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(deserializer)?;
        OffsetDateTime::parse(&text, &Rfc3339)
            .map(Timestamp)
            .map_err(|_| D::Error::custom(format!("`{text}` is no moment like 2026-03-01T03:12:45Z")))
    }
}

/// Why a fact that should be there can't be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unreadable {
    /// [`Cause::NotJson`], mostly.
    pub cause: Cause,
    /// What was seen instead.
    pub detail: String,
}

/// What the part that was not looked at can still do to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rest {
    /// Only raise it: a count, a sum, a maximum, a list that may have more elements.
    Raises,
    /// Only lower it: a minimum.
    Lowers,
    /// Anything: a mean, a percentile, the first of something.
    Changes,
}

/// A fact of something that was looked at in part only, because it was cut off at a limit. It proves what no
/// further part could take back, and nothing else: above all no absence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cut {
    /// What the part that was looked at says; nothing where nothing of it was in there.
    pub seen: Option<Value>,
    /// What the rest can do to it.
    pub rest: Rest,
    /// How many entries were looked at.
    pub read: u64,
}

/// One fact.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// It was seen.
    Seen(Value),
    /// It was seen in part.
    Cut(Cut),
    /// Something was seen in its place that can't be read as it.
    Unreadable(Unreadable),
}

/// The facts of one observation, in the order they were gathered. A fact that is not in it is *missing*.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts(Vec<(Cow<'static, str>, Fact)>);

impl Facts {
    /// Adds a fact. A second one of the same name replaces the first.
    pub fn insert(&mut self, name: impl Into<Cow<'static, str>>, value: Value) {
        self.put(name.into(), Fact::Seen(value));
    }

    /// Adds a fact of something that was looked at in part only.
    pub fn insert_cut(&mut self, name: impl Into<Cow<'static, str>>, cut: Cut) {
        self.put(name.into(), Fact::Cut(cut));
    }

    /// Says that a fact can't be read.
    pub fn insert_unreadable(&mut self, name: impl Into<Cow<'static, str>>, cause: Cause, detail: String) {
        self.put(name.into(), Fact::Unreadable(Unreadable { cause, detail }));
    }

    fn put(&mut self, name: Cow<'static, str>, fact: Fact) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = fact,
            None => self.0.push((name, fact)),
        }
    }

    /// Adds all of them.
    pub fn extend(&mut self, others: Facts) {
        others.0.into_iter().for_each(|(name, fact)| self.put(name, fact));
    }

    /// A fact by name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Fact> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, fact)| fact)
    }

    /// A fact's value, where it was seen.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Value> {
        match self.get(name) {
            Some(Fact::Seen(value)) => Some(value),
            _ => None,
        }
    }

    /// All facts.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Fact)> {
        self.0.iter().map(|(name, fact)| (name.as_ref(), fact))
    }

    /// All facts, to be changed in place (redaction, trimming).
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Fact)> {
        self.0.iter_mut().map(|(name, fact)| (&**name, fact))
    }

    /// Changes every name that is not a word of this program (redaction: a target may name a header after what it was
    /// sent).
    pub fn rename(&mut self, renamed: impl Fn(&str) -> String) {
        for (name, _) in &mut self.0 {
            if let Cow::Owned(name) = name {
                *name = renamed(name);
            }
        }
    }

    /// Forgets a fact.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| known != name);
    }

    /// Are there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Facts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, fact) in &self.0 {
            match fact {
                Fact::Seen(value) => map.serialize_entry(name, value)?,
                Fact::Cut(cut) => map.serialize_entry(name, &serde_json::json!({ "cut": cut }))?,
                Fact::Unreadable(why) => {
                    map.serialize_entry(name, &serde_json::json!({ "unreadable": why }))?
                }
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Fact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Fact, D::Error> {
        use serde_json::Value as Json;
        let mut written = Json::deserialize(deserializer)?;
        let tagged = |json: &mut Json, tag: &str| json.as_object_mut().and_then(|rows| rows.remove(tag));
        if let Some(cut) = tagged(&mut written, "cut") {
            return serde_json::from_value(cut).map(Fact::Cut).map_err(D::Error::custom);
        }
        if let Some(why) = tagged(&mut written, "unreadable") {
            return serde_json::from_value(why).map(Fact::Unreadable).map_err(D::Error::custom);
        }
        Value::from_written(written).map(Fact::Seen).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Facts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Facts, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Facts;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object of facts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut rows: A) -> Result<Facts, A::Error> {
                let mut facts = Vec::new();
                while let Some((name, fact)) = rows.next_entry::<String, Fact>()? {
                    facts.push((Cow::Owned(name), fact));
                }
                Ok(Facts(facts))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// One part of an observation's time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// `dns`, `connect`, `tls`, `first-byte`, `body`, `auth`, `query` …
    pub name: Cow<'static, str>,
    /// From the start of the observation.
    #[serde(serialize_with = "seconds", deserialize_with = "from_seconds")]
    pub after: Duration,
    /// How long it took, or had taken when it was cut off.
    #[serde(serialize_with = "seconds", deserialize_with = "from_seconds")]
    pub took: Duration,
    /// Did it come to its end?
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    pub complete: bool,
}

/// What went over the wire, bounded, for a reader. Secrets go when the report is born.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transcript {
    /// What was sent: `GET https://… HTTP/1.1`, headers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sent: Vec<String>,
    /// What came back: status line, headers, the beginning of the body.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub received: Vec<String>,
}

impl Transcript {
    /// Is nothing in it?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sent.is_empty() && self.received.is_empty()
    }
}

fn yes() -> bool {
    true
}

/// Why nothing, or not everything, came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeError {
    /// Layer and reason.
    pub cause: Cause,
    /// What was seen, in the words of its source: `connection refused by 127.0.0.1:5432`.
    pub detail: String,
}

impl ProbeError {
    /// A cause and its details.
    #[must_use]
    pub fn new(cause: Cause, detail: impl Into<String>) -> ProbeError {
        ProbeError { cause, detail: detail.into() }
    }
}

/// One look at the target.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// Everything that was seen. With an obstacle: what was seen before it.
    pub facts: Facts,
    /// The timeline.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<Phase>,
    /// Why it could not be finished, if it could not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub obstacle: Option<ProbeError>,
    /// Evidence for a reader.
    #[serde(default, skip_serializing_if = "Transcript::is_empty")]
    pub transcript: Transcript,
    /// How much of the time may be the harness's own. Filled in by probe and engine.
    #[serde(
        default,
        skip_serializing_if = "Duration::is_zero",
        serialize_with = "seconds",
        deserialize_with = "from_seconds"
    )]
    pub own: Duration,
    /// How far its times may be from the true ones because the host is not sound. Filled in by the engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Doubt>,
    /// Secrets that the probe learned (an access token). The engine takes them out and makes them known to the redactor
    /// before anything else looks at the observation; they are never written.
    #[serde(skip)]
    pub secrets: Vec<Secret>,
    /// Values for the judge to aggregate. The judge takes them and adds facts instead; they are never written.
    #[serde(skip)]
    pub collected: Collected,
}

impl Observation {
    /// An observation that came back with these facts.
    #[must_use]
    pub fn seen(facts: impl IntoIterator<Item = (&'static str, Value)>) -> Observation {
        let mut seen = Facts::default();
        facts.into_iter().for_each(|(name, value)| seen.insert(name, value));
        Observation { facts: seen, ..Observation::default() }
    }

    /// An observation that came to nothing.
    #[must_use]
    pub fn blocked_by(cause: Cause, detail: impl Into<String>) -> Observation {
        Observation { obstacle: Some(ProbeError { cause, detail: detail.into() }), ..Observation::default() }
    }
}
