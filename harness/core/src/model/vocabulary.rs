//! What a probe can be asked: the rows of the tables that help, checks, schema and docs are made from.

use serde::Serialize;

use super::Kind;

/// Everything there is to say about one kind of probe. It stands in the probe's own file.
#[derive(Debug)]
pub struct ProbeSpec {
    /// The word after `probe =`.
    pub name: &'static str,
    /// One line: what it asks.
    pub summary: &'static str,
    /// What may stand in `with`.
    pub settings: &'static [SettingSpec],
    /// What expectations may look at, in groups; several probes may share one.
    pub facts: &'static [&'static [FactSpec]],
    /// Duration facts that are the steps of one observation, in order; drawn as its timeline.
    pub phases: &'static [&'static str],
    /// A whole scenario file that uses it and loads.
    pub example: &'static str,
}

/// One setting of a probe.
#[derive(Debug)]
pub struct SettingSpec {
    /// The key in `with`.
    pub name: &'static str,
    /// What it takes.
    pub kind: SettingKind,
    /// Must it be there?
    pub required: bool,
    /// One line: what it does, its unit and its default.
    pub meaning: &'static str,
}

/// What a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingKind {
    /// Characters.
    Text,
    /// True or false.
    Flag,
    /// A whole number, not negative.
    Count,
    /// A duration with its unit.
    Duration,
    /// A size with its unit.
    Size,
    /// A list of texts.
    Texts,
    /// A table whose values are texts, numbers or booleans.
    Table,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Anything TOML can say (a JSON body).
    Any,
}

/// One fact a probe yields.
#[derive(Debug, Serialize)]
pub struct FactSpec {
    /// The word after `that =`. A name with a `*` is a family: `header.*` covers `header.content-type`, and
    /// `duration.*.max` covers `duration.took.max`.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Is it there whenever an observation came back? Then `exists` on it can't fail, and says nothing.
    pub always: bool,
    /// One line: what it means.
    pub meaning: &'static str,
}

impl SettingSpec {
    /// A setting that must be there.
    #[must_use]
    pub const fn required(name: &'static str, kind: SettingKind, meaning: &'static str) -> SettingSpec {
        SettingSpec { name, kind, required: true, meaning }
    }

    /// A setting that may be left out; its meaning says what holds then.
    #[must_use]
    pub const fn optional(name: &'static str, kind: SettingKind, meaning: &'static str) -> SettingSpec {
        SettingSpec { name, kind, required: false, meaning }
    }
}

impl FactSpec {
    /// A fact that is there whenever an observation came back.
    #[must_use]
    pub const fn always(name: &'static str, kind: Kind, meaning: &'static str) -> FactSpec {
        FactSpec { name, kind, always: true, meaning }
    }

    /// A fact that may be missing from an observation.
    #[must_use]
    pub const fn sometimes(name: &'static str, kind: Kind, meaning: &'static str) -> FactSpec {
        FactSpec { name, kind, always: false, meaning }
    }

    /// Does this row speak of that fact?
    #[must_use]
    pub fn covers(&self, fact: &str) -> bool {
        let Some((before, after)) = self.name.split_once('*') else { return fact == self.name };
        let member = fact.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        // A star in the middle stands for one word, one at the end for everything that follows.
        member.is_some_and(|member| !member.is_empty() && (after.is_empty() || !member.contains('.')))
    }
}

impl ProbeSpec {
    /// The facts of all groups.
    pub fn facts(&self) -> impl Iterator<Item = &'static FactSpec> + use<> {
        let groups: &'static [&'static [FactSpec]] = self.facts;
        groups.iter().copied().flatten()
    }

    /// The row that speaks of a fact.
    #[must_use]
    pub fn fact(&self, name: &str) -> Option<&'static FactSpec> {
        self.facts().find(|fact| fact.covers(name))
    }

    /// The row of a setting.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&'static SettingSpec> {
        let settings: &'static [SettingSpec] = self.settings;
        settings.iter().find(|setting| setting.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_a_member_and_never_for_nothing() {
        let covers = |name: &'static str, fact: &str| {
            FactSpec { name, kind: Kind::Text, always: false, meaning: "" }.covers(fact)
        };
        assert!(covers("header.*", "header.x.y"));
        assert!(!covers("header.*", "header."));
        assert!(covers("duration.*.max", "duration.took.max"));
        for other in
            ["duration.took", "duration..max", "duration.took.p95", "duration.a.b.max", "duration.max"]
        {
            assert!(!covers("duration.*.max", other), "{other}");
        }
    }
}
