//! Entries that match the pattern, with their named groups.

use regex::Captures;

use super::config::Config;
use super::entry::Entry;

/// An entry that matches.
pub(super) struct Match<'a> {
    pub(super) entry: &'a Entry,
    groups: Option<Captures<'a>>,
    instance_group: Option<&'a str>,
}

impl Match<'_> {
    /// The text of a named group.
    pub(super) fn group(&self, name: &str) -> Option<&str> {
        self.groups.as_ref()?.name(name).map(|found| found.as_str())
    }

    /// The instance that wrote the entry.
    pub(super) fn instance(&self) -> Option<&str> {
        match self.instance_group {
            Some(group) => self.group(group),
            None => self.entry.instance.as_deref(),
        }
    }
}

/// Matches an entry; without a pattern every entry matches.
pub(super) fn matched<'a>(entry: &'a Entry, config: &'a Config) -> Option<Match<'a>> {
    let groups = match &config.pattern {
        Some(pattern) => Some(pattern.captures(&entry.message)?),
        None => None,
    };
    Some(Match { entry, groups, instance_group: config.instance_group.as_deref() })
}
