//! What an SQL probe asks: a query, and how many connections there are.

use fixproof_core::model::{Facts, Mistake, Settings, Share, Text, Value};

/// What is asked.
pub(crate) struct Questions {
    /// The query.
    pub(crate) query: Option<Text>,
    /// Ask for the number of connections?
    pub(crate) connections: bool,
    /// The most rows to keep.
    pub(crate) row_limit: usize,
}

impl Questions {
    /// Reads `query`, `connections` and `row-limit`.
    ///
    /// # Errors
    /// What is wrong with the query.
    pub(crate) fn read(settings: &Settings) -> Result<Questions, Vec<Mistake>> {
        let query = settings.text("query").cloned();
        if query.as_ref().is_some_and(|query| query.expose().trim().is_empty()) {
            return Err(vec![Mistake::at("query", "it is empty").help("remove it to only connect")]);
        }
        Ok(Questions {
            query,
            connections: settings.flag("connections").unwrap_or(false),
            row_limit: settings.count("row-limit").and_then(|l| usize::try_from(l).ok()).unwrap_or(1000),
        })
    }
}

/// `connections.used`, `connections.max` and `connections.share`, where both numbers are known.
pub(crate) fn connections(used: Option<u64>, max: Option<u64>, facts: &mut Facts) {
    let (Some(used), Some(max)) = (used, max) else { return };
    facts.insert("connections.used", Value::count(used));
    facts.insert("connections.max", Value::count(max));
    if let Some(share) = Share::of(used, max) {
        facts.insert("connections.share", Value::Share(share));
    }
}
